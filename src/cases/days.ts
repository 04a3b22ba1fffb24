/** A calendar day in Vietnam, `YYYY-MM-DD`. Such strings sort as the days do. */
export type Day = string

/** The service's only time zone has no summer time (R10-7). */
const OFFSET_MS = 7 * 3_600_000
const DAY_MS = 86_400_000

/** The day in Vietnam on which this moment lies. */
export function dayOf(at: number): Day {
  return dayFromNumber(Math.floor((at + OFFSET_MS) / DAY_MS))
}

/** Minutes since midnight in Vietnam. */
export function minuteOfDay(at: number): number {
  return Math.floor((((at + OFFSET_MS) % DAY_MS) + DAY_MS) / 60_000) % 1440
}

/** 00:00 of the day in Vietnam. */
export function startOfDay(day: Day): number {
  return dayNumber(day) * DAY_MS - OFFSET_MS
}

/** The last millisecond of the day: a period ends at 24:00 of its last day (R10-7). */
export function endOfDay(day: Day): number {
  return startOfDay(day) + DAY_MS - 1
}

/** Whole days since 1970-01-01; throws for a text that is not a day. */
export function dayNumber(day: Day): number {
  const time = Date.parse(`${day}T00:00:00Z`)
  if (!Number.isInteger(time) || day.length !== 10) throw new RangeError('not a day')
  return time / DAY_MS
}

/** The inverse of `dayNumber`. */
export function dayFromNumber(number: number): Day {
  return new Date(number * DAY_MS).toISOString().slice(0, 10)
}

/** The day that comes `count` calendar days later. */
export function addDays(day: Day, count: number): Day {
  return dayFromNumber(dayNumber(day) + count)
}

/** True for a real day written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
    dayFromNumber(dayNumber(text)) === text
  )
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?:Z|([+ -])(\d{2}):?([0-5]\d)))?$/i

/**
 * The moment that an ISO 8601 text with its offset names; a day alone is its midnight in Vietnam. Null where it cannot be
 * read. A blank in the place of `+` is what a query makes of one that was not encoded.
 */
export function readTime(text: string): number | null {
  const [, day = '', hours, minutes, seconds = '0', fraction = '', sign, offsetHours, offsetMinutes] =
    TIME.exec(text) ?? []
  if (!isDay(day)) return null
  if (hours === undefined) return startOfDay(day)
  if (Number(offsetHours ?? 0) > 14) return null
  const local = dayNumber(day) * DAY_MS + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000
  const offset = Number(offsetHours ?? 0) * 3_600_000 + Number(offsetMinutes ?? 0) * 60_000
  return local + Number(fraction.padEnd(3, '0').slice(0, 3)) - (sign === '-' ? -offset : offset)
}

/** 0 = Sunday … 6 = Saturday. */
export function weekdayOfNumber(number: number): number {
  return (((number + 4) % 7) + 7) % 7
}

/** ISO 8601 with `+07:00`; the fraction of a second is written only where there is one. */
export function formatTime(at: number): string {
  const local = new Date(at + OFFSET_MS).toISOString()
  return `${local.slice(0, 19)}${at % 1000 === 0 ? '' : local.slice(19, 23)}+07:00`
}
