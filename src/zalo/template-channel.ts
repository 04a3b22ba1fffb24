import type { ChannelAddress, ChannelMessage, NoticeChannel } from '../usecases/notice-channels.ts'
import type { SendPriority, SendResult } from '../usecases/ports.ts'
import type { Answer, Calls } from './calls.ts'
import { at, numberAt, textAt } from './json.ts'
import { judgeFailure, type PartFailure } from './sender.ts'
import { readQuota } from './template-platform.ts'
import type { RegisteredTemplate } from './template-registry.ts'
import { fillTemplate, ONE_TIME_CODE } from './template-values.ts'
import type { TemplateWatch } from './template-watch.ts'

export type TemplateChannel = NoticeChannel & {
  /** The one-time code, where its template is registered; null where it has to go another way. */
  codeHindrance(phone: string): string | null
  sendCode(message: { phone: string; code: string; minutes: number; reference: string }): Promise<SendResult>
}

/** Told of a template whose parameters could not be filled: names only. */
export type OnUnfilled = (fault: { name: string; parameter: string; fault: string }) => void

/** Where nobody was reached by the id, yet the telephone number may lead to the same person (zalo §3.6, §10.1). */
const TRY_PHONE = new Set(['-249', '-235', '-201', '-213', '-227', '-230', '-232'])
/** How long a way that the platform closed is left alone. */
const CLOSED_MS = 24 * 3_600_000
const EVERY_TEMPLATE = '*'

/** Template messages: by the citizen's id, which is cheaper, else by telephone number (zalo §3.6, §8.1). */
export function createTemplateChannel(deps: {
  templates: readonly RegisteredTemplate[]
  watch: TemplateWatch
  /** Of `openapi.zalo.me`. */
  oa: Calls
  /** Of `business.openapi.zalo.me`. */
  business: Calls
  /** The real clock. */
  now(): number
  random?: () => number
  onUnfilled: OnUnfilled
}): TemplateChannel {
  const { watch, now } = deps
  const random = deps.random ?? Math.random
  const byName = new Map(deps.templates.map((template) => [template.name, template]))
  /** Templates, or all of them, that cannot be sent by id, and until when. */
  const closedById = new Map<string, number>()

  function isOpenById(templateId: string): boolean {
    return [EVERY_TEMPLATE, templateId].every((key) => (closedById.get(key) ?? 0) <= now())
  }

  async function sendTemplate(name: string, to: Recipient, filling: Filling): Promise<SendResult> {
    const template = byName.get(name)
    if (template === undefined) return { ok: false, class: 'drop', code: 'noTemplate' }
    const filled = fillTemplate(template.parameters, filling.values, {
      rules: watch.rules(name),
      isQuiet: filling.isQuiet,
    })
    if (!filled.ok) {
      // A quiet notice may say less than the template asks for, which is nobody's fault.
      if (!filling.isQuiet) deps.onUnfilled({ name, parameter: filled.parameter, fault: filled.fault })
      return { ok: false, class: 'drop', code: `template:${filled.fault}` }
    }
    const { userId, phone } = to
    const content = { template_id: template.templateId, template_data: filled.data }
    if (userId !== null && isOpenById(template.templateId)) {
      const answer = await post(deps.oa, '/v3.0/oa/message/template', { user_id: userId, ...content }, filling.priority)
      if (answer.type === 'answered' && answer.code === '-249') closedById.set(template.templateId, now() + CLOSED_MS)
      if (answer.type === 'answered' && answer.code === '-235') closedById.set(EVERY_TEMPLATE, now() + CLOSED_MS)
      const isOver = phone === null || answer.type !== 'answered' || !TRY_PHONE.has(answer.code)
      if (isOver) return conclude(name, answer, 'oa')
    }
    if (phone === null) return { ok: false, class: 'user', code: 'noPhone' }
    const { reference } = filling
    const body = { phone: phone.replace(/^\+/, ''), ...content, tracking_id: reference, sending_mode: '1' }
    return conclude(name, await post(deps.business, '/message/template', body, filling.priority), 'zbs')
  }

  function post(calls: Calls, path: string, body: object, priority: SendPriority): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json' }
    return calls.call({ method: 'POST', path, headers, body: Buffer.from(JSON.stringify(body)), priority })
  }

  function conclude(name: string, answer: Answer, api: 'oa' | 'zbs'): SendResult {
    if (answer.type !== 'answered' || answer.code !== '0') {
      if (answer.type === 'answered') watch.noteRefusal(name, answer.code, api)
      return plainly(judgeFailure(answer, { api, now: now(), random }))
    }
    const { data } = answer
    watch.noteAccepted(readQuota(at(data, 'quota')))
    const messageId = textAt(data, 'msg_id') ?? textAt(data, 'message_id') ?? ''
    return { ok: true, messageId, sentAt: numberAt(data, 'sent_time') ?? now() }
  }

  return {
    name: 'template',
    hindrance(notice, { userId, phone }) {
      const hindrance = watch.hindrance(notice)
      if (hindrance !== null) return hindrance
      const templateId = byName.get(notice)?.templateId ?? ''
      return phone === null && (userId === null || !isOpenById(templateId)) ? 'noPhone' : null
    },
    send: (address: ChannelAddress, message: ChannelMessage) =>
      sendTemplate(message.notice, address, {
        values: { ...message.values, code: message.caseCode, link: message.link },
        isQuiet: message.isQuiet,
        reference: message.reference,
        priority: 2,
      }),

    codeHindrance: () => watch.hindrance(ONE_TIME_CODE),
    // Zalo refuses one-time codes by id (zalo §3.6).
    sendCode: ({ phone, code, minutes, reference }) =>
      sendTemplate(
        ONE_TIME_CODE,
        { userId: null, phone },
        {
          values: { code, minutes: String(minutes) },
          isQuiet: false,
          reference,
          priority: 1,
        },
      ),
  }
}

type Recipient = { userId: string | null; phone: string | null }
type Filling = { values: Readonly<Record<string, string>>; isQuiet: boolean; reference: string; priority: SendPriority }

/** Without what only the parts of a chat message need. */
function plainly({ isPlainBetter: _plain, isAttachmentGone: _gone, ...failure }: PartFailure): SendResult {
  return failure
}
