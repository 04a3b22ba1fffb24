import type { Case } from '../cases/case.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { Param } from '../conversation/effects.ts'
import type { ChannelAddress, ChannelMessage } from './notice-channels.ts'
import type { OutsideWay, ToldNotice } from './notice-records.ts'
import type { Locale, OutgoingBody, Texts } from './ports.ts'

/** What is needed to word a notice for a way beside the chat. */
export type WordingDeps = {
  texts: Pick<Texts, 'translate'>
  publicUrl: string
  unitName(code: string): string
  render(notice: NoticeDraft, current: Case, locale: Locale): { body: OutgoingBody }[]
}

/** Names under which a template may ask for what a notice says (R5-4: code, state, unit and days, nothing of the words). */
const DAYS = ['answerBy', 'replyBy', 'disagreeBy', 'nextUpdateBy', 'decisionBy', 'lateSupplementBy', 'date'] as const

/** The notice as a letter says it, for a person who calls or writes and for e-mail. */
export function letterOf(deps: WordingDeps, { draft, locale }: ToldNotice, current: Case): string {
  return deps
    .render(draft, { ...current, citizenKey: null }, locale)
    .flatMap(({ body }) => (body.type === 'text' ? [body.text] : []))
    .join('\n\n')
}

/** The notice as an outside channel carries it. */
export function channelMessageOf(
  deps: WordingDeps,
  told: ToldNotice,
  current: Case,
  reference: string,
): ChannelMessage {
  const { draft, locale } = told
  const { texts } = deps
  const link = `${deps.publicUrl}/tra-cuu?code=${draft.caseCode}`
  const stateName = String(draft.params.state)
  const state = texts.translate(locale, `case.state.${stateName}`, { code: String(draft.params.parentCode ?? '') })
  const params: Record<string, Param> = {
    code: draft.caseCode,
    state: { key: `case.state.${stateName}`, params: { code: '' } },
    link,
  }
  const values: Record<string, string> = { code: draft.caseCode, state, link }
  if (!draft.quiet) {
    if (typeof draft.params.unitCode === 'string') values.unit = deps.unitName(draft.params.unitCode)
    for (const name of DAYS) {
      const value = draft.params[name]
      if (value !== null && typeof value === 'object' && 'day' in value) {
        values[name] = texts.translate(locale, 'notices.outside.day', { day: value })
      }
    }
    for (const name of ['receivedAt', 'publishedAt']) {
      const value = draft.params[name]
      if (value !== null && typeof value === 'object' && 'time' in value) {
        values[name] = texts.translate(locale, 'notices.outside.day', { day: value })
      }
    }
    if (typeof draft.params.reasonCode === 'string') {
      values.reason = texts.translate(locale, `case.refusalReason.${draft.params.reasonCode}`)
    }
  }
  return {
    reference,
    notice: draft.notice,
    caseCode: draft.caseCode,
    locale,
    isQuiet: draft.quiet,
    subject: texts.translate(locale, 'notices.outside.subject', params),
    text: letterOf(deps, told, current),
    shortText: texts.translate(locale, 'notices.outside.short', params),
    link,
    values,
  }
}

/** The part of an address that a way uses: a template goes by user id or by phone, never by both at once. */
export function addressFor(way: OutsideWay, whole: ChannelAddress): ChannelAddress {
  const nobody: ChannelAddress = { userId: null, phone: null, email: null }
  switch (way) {
    case 'templateByUser':
      return { ...nobody, userId: whole.userId }
    case 'templateByPhone':
    case 'sms':
      return { ...nobody, phone: whole.phone }
    case 'email':
      return { ...nobody, email: whole.email }
  }
  return way satisfies never
}
