import type { Router } from 'express'
import type { Config } from './config.ts'
import { CODE_VALID_MS } from './conversation/kinds/sender.ts'
import { createMailChannel } from './delivery/citizen-mail.ts'
import { createSmsSender, type SmsSender } from './delivery/sms.ts'
import { createSmsChannel } from './delivery/sms-channel.ts'
import { createSmtpSender } from './delivery/smtp.ts'
import { createTrouble, type Trouble } from './delivery/trouble.ts'
import { readMailReceipts } from './http/mail-receipts.ts'
import { createReceiptRouter } from './http/receipts.ts'
import { readSmsReceipts } from './http/sms-receipts.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers } from './open-stores.ts'
import { openTemplates, type Templates } from './open-templates.ts'
import type { NoticeChannel, OnReceipt, OutsideChannel } from './usecases/notice-channels.ts'
import type { Clock, SendResult, Texts } from './usecases/ports.ts'
import { type FactValue, ownFacts, type SharedFacts } from './usecases/shared-facts.ts'
import type { AccountChange } from './usecases/webhook-event.ts'
import type { Calls } from './zalo/calls.ts'
import type { RegisteredTemplate } from './zalo/template-registry.ts'

/** How long a provider that refused us is left alone. */
const TROUBLE_MS = 10 * 60_000
const CODE_MINUTES = CODE_VALID_MS / 60_000

export type SendCode = (message: { phone: string; code: string; reference: string }) => Promise<void>

export type Channels = {
  /** In the order of rule R5-1; what is not set up is not among them. */
  list: readonly NoticeChannel[]
  /** How one-time codes go out (R3-11); null where there is no way. */
  sendCode: SendCode | null
  /** Where providers tell what became of messages. */
  routers(deps: { onReceipt: OnReceipt; clock: Clock }): Router[]
  onAccountChange(change: AccountChange): void
  /** A sentence for the operator: which ways there are. */
  line: string
  /** Reads from the platform what its templates may do, now and again. */
  start(): void
}

/** Every way to a citizen beside the chat that the configuration has. */
export function openChannels(deps: {
  config: Pick<Config, 'sms' | 'smsStyle' | 'mail' | 'http'>
  templates: readonly RegisteredTemplate[]
  calls: { oa: Calls; business: Calls }
  texts: Pick<Texts, 'translate'>
  /** Absent: this process is alone. */
  facts?: SharedFacts
  metrics: Metrics
  logger: Logger
  closers: Closers
}): Channels {
  const { config, metrics, logger, closers, texts } = deps
  const facts = deps.facts ?? ownFacts
  const templates = deps.templates.length === 0 ? null : openTemplates(deps)
  const sms = config.sms === null ? null : createSmsSender({ ...config.sms, timeoutMs: 10_000 })
  const list: NoticeChannel[] = []
  if (templates !== null) list.push(templates.channel)
  if (sms !== null) {
    list.push(createSmsChannel({ sender: sms, style: config.smsStyle, trouble: troubleOf('sms'), now: Date.now }))
  }
  if (config.mail !== null) list.push(openMail(config.mail))

  function openMail(mail: NonNullable<Config['mail']>): NoticeChannel {
    const smtp = createSmtpSender({ smtpUrl: mail.smtpUrl, from: mail.from })
    closers.add('mail to citizens', () => smtp.close())
    const { publicUrl } = config.http
    return createMailChannel({ smtp, from: mail.from, publicUrl, texts, trouble: troubleOf('email'), now: Date.now })
  }

  function troubleOf(channel: OutsideChannel): Trouble {
    metrics.channelReady.set({ channel }, 1)
    const key = `channels/${channel}`
    const trouble = createTrouble({
      lastsMs: TROUBLE_MS,
      onChange(code, isOwn) {
        metrics.channelReady.set({ channel }, code === null ? 1 : 0)
        if (!isOwn) return
        // Several processes may meet it; one says it.
        facts.sayOnce(key, code ?? '', () => {
          if (code === null) logger.info({ channel }, 'the channel works again')
          else logger.error({ channel, code }, 'the provider of a channel refuses us: login, right or balance')
        })
      },
      onMet: (met) => facts.tell(key, met),
    })
    facts.follow(key, (_key, value) => trouble.adopt(troubleIn(value)))
    return trouble
  }

  function counted(channel: NoticeChannel): NoticeChannel {
    return {
      ...channel,
      async send(address, message) {
        const result = await channel.send(address, message)
        count(channel.name, result)
        return result
      },
    }
  }

  function count(channel: OutsideChannel, result: SendResult): void {
    metrics.channelSends.inc({ channel, class: result.ok ? 'ok' : result.class, code: result.ok ? '0' : result.code })
  }

  return {
    list: list.map(counted),
    sendCode: codeSender({ templates, sms, count, textOf: (code) => texts.translate('vi', 'sms.code', { code }) }),

    routers({ onReceipt, clock }) {
      const common = { onReceipt, clock, metrics, logger }
      const routers: Router[] = []
      if (config.sms !== null) {
        const secret = config.sms.token
        const read = readSmsReceipts
        routers.push(
          createReceiptRouter({ ...common, path: '/webhooks/sms', channel: 'sms', secret, bytesMax: 64 * 1024, read }),
        )
      }
      if (config.mail !== null && config.mail.webhookSecret !== null) {
        const secret = config.mail.webhookSecret
        const read = readMailReceipts
        routers.push(
          createReceiptRouter({
            ...common,
            path: '/webhooks/mail',
            channel: 'email',
            secret,
            bytesMax: 256 * 1024,
            read,
          }),
        )
      }
      return routers
    },

    onAccountChange: (change) => templates?.onChange(change),
    line: lineOf(deps.templates, list),
    start() {
      templates?.start()
    },
  }
}

/** One-time codes go by their template where there is one, else by SMS, which also steps in where the template does not arrive. */
function codeSender(deps: {
  templates: Templates | null
  sms: SmsSender | null
  count(channel: OutsideChannel, result: SendResult): void
  textOf(code: string): string
}): SendCode | null {
  const { templates, sms, count } = deps
  const hasTemplate = templates?.hasCode === true
  if (!hasTemplate && sms === null) return null
  return async ({ phone, code, reference }) => {
    let failure = 'noChannel'
    if (hasTemplate && templates.channel.codeHindrance(phone) === null) {
      const result = await templates.channel.sendCode({ phone, code, minutes: CODE_MINUTES, reference })
      count('template', result)
      if (result.ok) return
      failure = result.code
    }
    if (sms !== null) {
      const result = await sms.send({ phone, text: deps.textOf(code), reference })
      count('sms', result)
      if (result.ok) return
      failure = result.code
    }
    throw new CodeNotSentError(failure)
  }
}

/** No channel took a one-time code. Nothing of the message is in here. */
export class CodeNotSentError extends Error {
  override readonly name = 'CodeNotSentError'
  readonly code: string

  constructor(code: string) {
    super('no channel took the one-time code')
    this.code = code
  }
}

function lineOf(templates: readonly RegisteredTemplate[], channels: readonly NoticeChannel[]): string {
  const names: Record<OutsideChannel, string> = {
    template: `mẫu tin ZBS (${templates.map(({ name }) => name).join(', ')})`,
    sms: 'SMS',
    email: 'thư điện tử',
  }
  const there = channels.map(({ name }) => names[name])
  return there.length === 0
    ? 'Kênh báo tin: chỉ có chat Zalo; chưa có mẫu tin ZBS (ZBS_TEMPLATES), SMS (SMS_URL), thư điện tử (SMTP_URL).'
    : `Kênh báo tin: chat Zalo, ${there.join(', ')}.`
}

function troubleIn(value: FactValue): { code: string; until: number } | null {
  const { code, until } = value ?? {}
  return typeof code === 'string' && typeof until === 'number' ? { code, until } : null
}
