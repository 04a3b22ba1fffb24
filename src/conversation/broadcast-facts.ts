import type { Conversation } from './state.ts'

/** An unfinished form that nobody has touched for so long is greeted before it goes on, so a message disturbs nothing. */
const FORM_FRESH_MS = 12 * 3_600_000
/** A question about a case, or words that wait for a choice. */
const QUESTION_FRESH_MS = 30 * 60_000
/** A talk with an officer. */
const TALK_FRESH_MS = 8 * 3_600_000
/** When to look again at somebody who is in the middle of something. */
const LOOK_AGAIN_MS = 60_000

/** What a stored conversation says to whoever wants to tell this person news of the province. */
export type BroadcastFacts = {
  /** The latest word about it in the chat; null where there was none. */
  consent: boolean | null
  /** In the middle of a form or a talk, and when to look again; null otherwise. */
  busyUntil: number | null
  locale: 'vi' | 'en'
}

export function readBroadcastFacts(stored: unknown, now: number): BroadcastFacts {
  const conversation = (stored ?? {}) as Partial<Conversation>
  const said = conversation.consents?.broadcasts?.given ?? (conversation.broadcasts === false ? false : null)
  return {
    consent: said,
    busyUntil: isBusy(conversation, now) ? now + LOOK_AGAIN_MS : null,
    locale: conversation.locale ?? 'vi',
  }
}

function isBusy({ form, held, alarm, asking, handoff, lastAt = 0 }: Partial<Conversation>, now: number): boolean {
  if (form != null && now - Math.max(form.lastAt, lastAt) < FORM_FRESH_MS) return true
  if (handoff != null && now - Math.max(handoff.since, lastAt) < TALK_FRESH_MS) return true
  return [held, alarm, asking].some((open) => open != null && now - open.at < QUESTION_FRESH_MS)
}
