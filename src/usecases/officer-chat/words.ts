import type { Calendar } from '../../cases/calendar.ts'
import type { Case, PendingApproval } from '../../cases/case.ts'
import { type Day, dayOf } from '../../cases/days.ts'
import { workingDaysLeft } from '../../cases/reminder-days.ts'
import type { Param, Params } from '../../conversation/effects.ts'
import { excerpt, showLiterally } from '../../conversation/text/normalise.ts'
import { findPersonalData, removePersonalData } from '../../conversation/text/personal-data.ts'
import type { Locale, Texts } from '../ports.ts'
import { RefusedError } from '../refused-error.ts'

/** Says a sentence in the language of a chat. */
export type Say = (key: string, params?: Params) => string

export function sayIn(texts: Pick<Texts, 'translate'>, locale: Locale): Say {
  return (key, params) => texts.translate(locale, key, params)
}

/** How much of a title a line of the chat shows. */
const TITLE_MAX = 80

/** A title as it may stand in a chat: nothing that tells of a person, and nothing at all of a suspected denunciation (R2-31). */
export function titleInChat({ title, denunciationSuspected }: Pick<Case, 'title' | 'denunciationSuspected'>): string {
  if (denunciationSuspected) return ''
  const plain = showLiterally(title).replace(/\s+/gu, ' ').trim()
  return excerpt(removePersonalData(plain, findPersonalData(plain)), TITLE_MAX)
}

/** A due day and what is left until it, as officers read it in their reminders: within a sentence. */
export function dueWords(due: Day | null, now: number, calendar: Calendar, say: Say): string {
  return due === null ? say('officerChat.noDue') : say('officerChat.due', dueParams(due, now, calendar))
}

/** The same as what sentences are given. */
export function dueParams(due: Day, now: number, calendar: Calendar): Params {
  return { due: { day: due }, when: whenWords(due, dayOf(now), calendar) }
}

/** That the first of two persons has acted. */
export function pendingWords({ act }: PendingApproval, say: Say): string {
  return say('officerChat.pending', { act: { key: `refusal.act.${act}` } })
}

function whenWords(due: Day, today: Day, calendar: Calendar): Param {
  const days = Math.abs(workingDaysLeft(today, due, calendar))
  if (due < today) return days === 0 ? { key: 'officerChat.justLate' } : { key: 'desk.when.late', params: { days } }
  return days === 0 ? { key: 'desk.when.today' } : { key: 'desk.when.left', params: { days } }
}

/**
 * What a refusal says to an officer in the chat; the same sentences as the API. Null for what is no answer to what was
 * typed, such as a database that is away.
 */
export function refusalInChat(error: unknown, code: string, say: Say): string | null {
  if (!(error instanceof RefusedError)) return null
  switch (error.code) {
    case 'not_found':
      return say('officerChat.notFound', { code })
    case 'version_conflict':
      return say('officerChat.conflict', { code })
    case 'forbidden':
    case 'illegal_act':
    case 'invalid_fields': {
      const reasons = error.faults.map(({ key, params }) => say(key, params))
      const { allowedActs } = error.more
      return [
        say('officerChat.refused', { code }),
        ...reasons,
        ...(allowedActs === undefined ? [] : [allowed(allowedActs, say)]),
      ].join(' ')
    }
    default:
      return null
  }
}

/** What an officer may do with a case now. */
export function allowed(acts: readonly string[], say: Say): string {
  if (acts.length === 0) return say('refusal.nothingAllowed')
  return say('refusal.allowed', { acts: { list: acts.map((act) => ({ key: `refusal.act.${act}` })) } })
}
