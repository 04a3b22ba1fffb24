import type { Calendar } from './calendar.ts'
import { addDays, type Day, dayOf, minuteOfDay, startOfDay } from './days.ts'

/** R4-C7: reminders go out at this minute of a working day in Vietnam. */
const REMINDER_MINUTE = 8 * 60
/** No holiday is longer; a bound for the walk back. */
const DAYS_BACK_MAX = 60

/** The last working day whose 08:00 has come at this moment (R4-C7). */
export function reminderDayAt(now: number, calendar: Calendar): Day {
  let day = minuteOfDay(now) >= REMINDER_MINUTE ? dayOf(now) : addDays(dayOf(now), -1)
  for (let back = 0; back < DAYS_BACK_MAX && !calendar.isWorkingDay(day); back++) day = addDays(day, -1)
  return day
}

/** The moment at which the reminders of a day go out. */
export function reminderTimeOf(day: Day): number {
  return startOfDay(day) + REMINDER_MINUTE * 60_000
}

/** Working days from `day` until a due day: 0 on its last working day, negative when it has passed. */
export function workingDaysLeft(day: Day, due: Day, calendar: Calendar): number {
  return day <= due ? calendar.workingDays(day, due) : -calendar.workingDays(due, day)
}

/** When before its due day, and whether after it, somebody hears of a clock. */
export type Schedule = {
  /** Working days left. */
  at: readonly number[]
  late: 'never' | 'first' | 'daily'
}

/**
 * Whether a schedule speaks on a working day, given the last one on which it was asked: what fell into a gap between the two is
 * said now, once, as it stands now. `since` is null where nobody was asked before.
 */
export function isSpokenOn(schedule: Schedule, day: Day, since: Day | null, due: Day, calendar: Calendar): boolean {
  const left = workingDaysLeft(day, due, calendar)
  if (left < 0) return schedule.late === 'daily' || (schedule.late === 'first' && (since === null || since <= due))
  const leftBefore = since === null ? Number.POSITIVE_INFINITY : workingDaysLeft(since, due, calendar)
  return schedule.at.some((count) => left <= count && count < leftBefore)
}
