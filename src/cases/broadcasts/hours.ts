import { minuteOfDay } from '../days.ts'

/** Minutes of the day in Vietnam; `fromMinute` may be later than `toMinute`, over midnight. */
export type QuietHours = { fromMinute: number; toMinute: number } | null

/** When the quiet of now ends; null where it is not quiet now (R5-3). */
export function quietUntil(quiet: QuietHours, now: number): number | null {
  if (quiet === null || quiet.fromMinute === quiet.toMinute) return null
  const minute = minuteOfDay(now)
  const { fromMinute, toMinute } = quiet
  const isQuiet =
    fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
  if (!isQuiet) return null
  const minutesLeft = (toMinute - minute + MINUTES_OF_DAY) % MINUTES_OF_DAY
  return now - (now % 60_000) + minutesLeft * 60_000
}

const MINUTES_OF_DAY = 1_440

/** Zalo takes no broadcast between 22:00 and 06:00 (zalo §4.2). */
export const ARTICLE_NIGHT: QuietHours = { fromMinute: 22 * 60, toMinute: 6 * 60 }

/** When an article may go: outside of Zalo's night and of the quiet hours; null for now. */
export function articleNotBefore(quiet: QuietHours, now: number): number | null {
  const ends = [quietUntil(quiet, now), quietUntil(ARTICLE_NIGHT, now)].filter((end) => end !== null)
  return ends.length === 0 ? null : Math.max(...ends)
}
