import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { BROADCAST_STATES, type BroadcastState } from '../cases/broadcasts/broadcast.ts'
import { formatTime } from '../cases/days.ts'
import { openAuditStore } from '../store/audit-store.ts'
import { openBroadcastCollections } from '../store/broadcast-documents.ts'
import { createBroadcastStore } from '../store/broadcast-store.ts'
import { createTexts } from '../texts.ts'
import { createAudit } from '../usecases/audit.ts'
import type { BroadcastPosition } from '../usecases/broadcast-ports.ts'
import { type Broadcasts, createBroadcasts, type SeenBroadcast } from '../usecases/broadcasts.ts'
import { RefusedError } from '../usecases/refused-error.ts'
import type { Opened, Run } from './open.ts'
import { OperatorError, type Output, record } from './output.ts'

/** `broadcast …`: what runs, and an end to it when nobody of the office can be reached. Writing and approving take persons. */
export function addBroadcastCommands(program: Command, run: Run): void {
  const broadcast = program
    .command('broadcast')
    .description('Thông báo chung gửi người dân / general news that are sent to citizens')
  const withBroadcasts = (work: (broadcasts: Broadcasts, output: Output) => Promise<void>) =>
    run(async (opened, output) => explained(async () => work(await broadcastsOf(opened), output)))

  broadcast
    .command('list')
    .description(
      'Liệt kê, mới nhất trước: id, trạng thái, cách gửi, lúc tạo, người tạo, tổng, đã gửi, đã đến, bỏ qua, lỗi, tiêu đề / list, newest first: id, state, way, when made, by whom, total, sent, delivered, skipped, failed, title',
    )
    .option('--state <state>', BROADCAST_STATES.join(', '))
    .action((asked: { state?: string }) =>
      withBroadcasts(async (broadcasts, output) => {
        const states = asked.state === undefined ? null : [stateOf(asked.state)]
        for (let after: BroadcastPosition | null = null; ; ) {
          const page = await broadcasts.list('operator', { states, after, limit: 100 })
          for (const one of page.items) output.result(line(one))
          if (page.next === null) return
          after = page.next
        }
      }),
    )

  broadcast
    .command('show')
    .description(
      'In một thông báo: nội dung, tiến độ, lý do, các bước đã qua / print one: words, progress, reasons, steps',
    )
    .argument('<id>')
    .action((id: string) =>
      withBroadcasts(async (broadcasts, output) => {
        const found = await broadcasts.find('operator', id)
        const { broadcast: current, report, preview } = found
        output.result(line(found))
        for (const [reason, count] of Object.entries(report.reasons)) output.result(record('reason', reason, count))
        if (report.article !== null) {
          const { state, id: articleId, at, reason } = report.article
          output.result(record('article', state, articleId, at === 0 ? null : formatTime(at), reason))
        }
        for (const { at, by, act, note } of current.history)
          output.result(record('step', formatTime(at), by, act, note))
        output.result(record('text', preview))
      }),
    )

  const simple = (act: 'pause' | 'resume' | 'stop', description: string, said: string) =>
    broadcast
      .command(act)
      .description(description)
      .argument('<id>')
      .action((id: string) =>
        withBroadcasts(async (broadcasts, output) => {
          await broadcasts.act('operator', id, { input: { act }, versions: null, mark: null })
          output.say(said)
        }),
      )
  simple('pause', 'Tạm dừng / pause', 'Đã tạm dừng. / Paused.')
  simple('resume', 'Gửi tiếp / go on', 'Đang gửi tiếp. / Going on.')
  simple(
    'stop',
    'Dừng hẳn; tin chưa gửi sẽ không được gửi / end it; what has not been sent is not sent',
    'Đã dừng hẳn; những tin đang trên đường vẫn đến. / Stopped; messages on their way still arrive.',
  )
}

function line({ broadcast, report: { counts } }: SeenBroadcast): string {
  const { id, state, way, createdAt, createdBy, title } = broadcast
  const { total, sent, delivered, skipped, failed } = counts
  return record(id, state, way, formatTime(createdAt), createdBy, total, sent, delivered, skipped, failed, title)
}

function stateOf(text: string): BroadcastState {
  const found = BROADCAST_STATES.find((state) => state === text)
  if (found !== undefined) return found
  throw new OperatorError(
    `Không có trạng thái này; các trạng thái: ${BROADCAST_STATES.join(', ')}.`,
    `There is no such state; the states are ${BROADCAST_STATES.join(', ')}.`,
  )
}

const locales = fileURLToPath(new URL('../../locales', import.meta.url))
const read = (locale: 'vi' | 'en') => JSON.parse(readFileSync(`${locales}/${locale}.json`, 'utf8'))

async function broadcastsOf({ config, database, keyring, units }: Opened): Promise<Broadcasts> {
  const nobody = { total: 0, reachable: 0, free: 0, skipped: {}, isComplete: false }
  return createBroadcasts({
    store: createBroadcastStore({ database, collections: await openBroadcastCollections(database) }),
    runs: { count: async () => nobody },
    units,
    isCommune: () => false,
    attachments: { findOwn: async () => [], openCopy: async () => null },
    texts: createTexts({ vi: read('vi'), en: read('en') }, {}),
    audit: createAudit({ store: await openAuditStore(database, keyring.fields), now: Date.now }),
    sendTest: async () => 'noLinkedAccount',
    publicUrl: config.http.publicUrl,
    followers: () => null,
    messagePriceVnd: 0,
    now: () => Date.now() + config.clockOffsetMs,
    // The running service looks twice a second.
    onChanged: () => undefined,
  })
}

async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'not_found') throw error
    throw new OperatorError('Không có thông báo mang id này.', 'No broadcast has this id.')
  }
}
