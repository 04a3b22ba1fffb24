import type { Audience } from './audience.ts'
import type { Calendar } from './calendar.ts'
import { type Day, dayOf } from './days.ts'
import { reminderTimeOf, workingDaysLeft } from './reminder-days.ts'

/** What officers hear of the work of telling a sender whom no channel has reached; each names a sentence of the locales. */
export const WORK_KINDS = ['workArose', 'workOverdue'] as const
export type WorkKind = (typeof WORK_KINDS)[number]

/** Work as far as it is known who hears of it and when. */
export type ChasedWork = { assignee: string | null; unitCode: string; dueAt: number }

export type Chase = {
  kind: WorkKind
  /** The working day that it belongs to; null for what has just arisen. */
  day: Day | null
  due: Day
  /** Working days left; negative when it is late. */
  left: number
  /** Whoever has the work. */
  first: Audience[]
  /** Where none of the first is there: whoever can take it over. */
  instead: Audience[]
}

/** The letters of the morning's reminders leave together with what is chased then, so the chase comes just behind 08:00. */
export const CHASE_AFTER_MS = 2 * 60_000

/**
 * What is said about work that waits, or null where nothing is to be said at this moment: the late are chased from 08:00 of
 * working days on (R4-C7). Late once, the whole intake hears of it beside whoever has the work; `everyDays` working days later
 * their leaders as well, and after as many more the leaders of the Office.
 */
export function chaseOn(
  work: ChasedWork,
  asked: { now: number; calendar: Calendar; everyDays: number; isOffice: boolean },
): Chase | null {
  const { now, calendar, everyDays, isOffice } = asked
  const today = dayOf(now)
  const due = dayOf(work.dueAt)
  const left = workingDaysLeft(today, due, calendar)
  const holder: Audience[] = work.assignee === null ? [] : [{ to: 'person', login: work.assignee }]
  const intake: Audience = { to: 'intake' }
  if (now <= work.dueAt) return { kind: 'workArose', day: null, due, left, first: holder, instead: [intake] }
  if (!calendar.isWorkingDay(today) || now < reminderTimeOf(today)) return null
  const leaders: Audience = isOffice ? { to: 'officeLeaders' } : { to: 'leaders', unitCode: work.unitCode }
  const late = -left
  const above: Audience[] = [
    ...(late > everyDays ? [leaders] : []),
    ...(late > 2 * everyDays && !isOffice ? [{ to: 'officeLeaders' } as const] : []),
  ]
  return { kind: 'workOverdue', day: today, due, left, first: [...holder, intake, ...above], instead: [] }
}

/** When the same work is spoken of next. */
export function nextChaseAt(
  work: Pick<ChasedWork, 'dueAt'>,
  now: number,
  calendar: Calendar,
  everyDays: number,
): number {
  const today = dayOf(now)
  if (now <= work.dueAt) return chaseTimeOf(calendar.dueDay(dayOf(work.dueAt), 1))
  if (!calendar.isWorkingDay(today)) return chaseTimeOf(calendar.dueDay(today, 1))
  return chaseTimeOf(now < reminderTimeOf(today) ? today : calendar.dueDay(today, everyDays))
}

function chaseTimeOf(day: Day): number {
  return reminderTimeOf(day) + CHASE_AFTER_MS
}
