import { type Command, Option } from 'commander'
import { formatTime } from '../cases/days.ts'
import { createWebhookPost } from '../delivery/webhook-post.ts'
import { openAuditStore } from '../store/audit-store.ts'
import { openWebhookCollections } from '../store/webhook-documents.ts'
import { createWebhookStore } from '../store/webhook-store.ts'
import { createAudit } from '../usecases/audit.ts'
import { RefusedError } from '../usecases/refused-error.ts'
import { createWebhooks, type Webhooks } from '../usecases/webhooks.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

/** `webhook …`. */
export function addWebhookCommands(program: Command, run: Run): void {
  const webhook = program
    .command('webhook')
    .description('Hệ thống khác được báo khi hồ sơ thay đổi / other systems that are told when a case changes')
  const withWebhooks = (work: (webhooks: Webhooks, output: Output) => Promise<void>) =>
    run(async (opened, output) => explained(async () => work(await webhooksOf(opened), output)))

  webhook
    .command('add')
    .description(
      'Báo cho một hệ thống từ bây giờ; in id và khóa ký, khóa chỉ in một lần / tell a system from now on; prints its id and the secret that signs, once',
    )
    .requiredOption('--url <url>', 'địa chỉ https nhận báo / https address of the receiver')
    .addOption(list('--act <act>', 'chỉ báo thao tác này, có thể lặp lại / only this act, may be repeated'))
    .addOption(
      list(
        '--unit <code>',
        'chỉ hồ sơ của đơn vị này và đơn vị trực thuộc, có thể lặp lại / only cases of this unit and those below it, may be repeated',
      ),
    )
    .action((asked: { url: string; act?: string[]; unit?: string[] }) =>
      withWebhooks(async (webhooks, output) => {
        const added = await webhooks.add('operator', {
          url: asked.url,
          ...(asked.act === undefined ? {} : { acts: asked.act }),
          ...(asked.unit === undefined ? {} : { unitCodes: asked.unit }),
        })
        output.result(record(added.id, added.secret))
        output.say(
          'Hãy đưa khóa cho bên nhận ngay: khóa không xem lại được. / Hand the secret to the receiver now: it cannot be shown again.',
        )
      }),
    )

  webhook
    .command('list')
    .description(
      'Liệt kê: id, địa chỉ, trạng thái, từ lúc, lỗi, số chờ, số đã bỏ, thao tác, đơn vị / list: id, address, state, since, fault, waiting, dead, acts, units',
    )
    .action(() =>
      withWebhooks(async (webhooks, output) => {
        for (const one of await webhooks.list('operator')) {
          const state = one.pausedBecause === 'gone' ? 'paused (410)' : one.state
          const since = one.failingSince === null ? null : formatTime(one.failingSince)
          const filters = [one.acts.join(',') || null, one.unitCodes.join(',') || null]
          output.result(record(one.id, one.url, state, since, one.fault, one.waiting, one.dead, ...filters))
        }
      }),
    )

  const simple = (act: 'pause' | 'resume' | 'remove', description: string, said: string) =>
    webhook
      .command(act)
      .description(description)
      .argument('<id>')
      .action((id: string) =>
        withWebhooks(async (webhooks, output) => {
          await webhooks.act('operator', id, { act })
          output.say(said)
        }),
      )
  simple(
    'pause',
    'Tạm ngừng báo; thay đổi vẫn được giữ lại 90 ngày / stop telling; changes are kept for 90 days',
    'Đã tạm ngừng. / Paused.',
  )
  simple(
    'resume',
    'Báo tiếp, và thử lại ngay những gì đang chờ / go on, and try now whatever waits',
    'Đã báo tiếp. / Resumed.',
  )
  simple(
    'remove',
    'Thôi báo, bỏ cả những gì đang chờ / end it with everything that waits',
    'Đã xóa. Khóa cũ không còn dùng nữa. / Removed. Its secret is of no use any more.',
  )

  webhook
    .command('dead')
    .description(
      'Liệt kê những gì đã bỏ: sự kiện, thao tác, lúc xảy ra, số lần thử, kết quả lần cuối, lúc thử cuối / list what was given up: event, act, when it happened, tries, last outcome, last try',
    )
    .argument('<id>')
    .action((id: string) =>
      withWebhooks(async (webhooks, output) => {
        for (let after: string | null = null; ; ) {
          const page = await webhooks.deliveries('operator', id, { state: 'dead', after, limit: 500 })
          for (const { eventId, act, at, tries, lastTry } of page.items) {
            const last = lastTry === null ? [null, null] : [lastTry.outcome, formatTime(lastTry.at)]
            output.result(record(eventId, act, at, tries, ...last))
          }
          if (page.next === null) return
          after = page.next
        }
      }),
    )

  webhook
    .command('replay')
    .description(
      'Gửi lại những gì đã bỏ, tất cả hoặc một sự kiện; in số sự kiện / send again what was given up, all or one event; prints how many',
    )
    .argument('<id>')
    .argument('[event]', 'ví dụ / for example PAKN.20261123.0001.v3')
    .action((id: string, eventId: string | undefined) =>
      withWebhooks(async (webhooks, output) => {
        const asked = { act: 'replay', ...(eventId === undefined ? {} : { eventId }) }
        output.result(String((await webhooks.act('operator', id, asked)).replayed))
      }),
    )
}

function list(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, earlier: string[] | undefined) => [
    ...(earlier ?? []),
    value,
  ])
}

async function webhooksOf({ config, database, keyring, units }: Opened): Promise<Webhooks> {
  return createWebhooks({
    store: createWebhookStore({
      collections: await openWebhookCollections(database),
      cipher: keyring.fields,
    }),
    units,
    judgeAddress: createWebhookPost({ hosts: config.webhooks }).judge,
    audit: createAudit({ store: await openAuditStore(database, keyring.fields), now: Date.now }),
    now: Date.now,
  })
}

async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'not_found') throw error
    throw new OperatorError('Không có webhook mang id này.', 'No webhook has this id.')
  }
}
