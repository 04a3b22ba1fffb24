import { z } from 'zod'
import { type Day, isDay, startOfDay } from '../../cases/days.ts'
import { atFault, type FieldReading, read } from './field-reading.ts'

const exact = z.iso.datetime({ offset: true })
/** When offices open: what is stamped with a day only came within office hours (R10-9). */
const OPENING_MS = 8 * 3_600_000

/** A time with its offset, or a day; never in the future. */
export function readMoment(path: string, text: string, now: number): FieldReading<number> {
  const at = momentOf(text.trim(), now)
  if (at === null) return atFault(path, 'notA.moment')
  return at > now ? atFault(path, 'inFuture') : read(at)
}

function momentOf(text: string, now: number): number | null {
  if (isDay(text)) return openingOf(text, now)
  return exact.safeParse(text).success ? Date.parse(text) : null
}

function openingOf(day: Day, now: number): number {
  const opening = startOfDay(day) + OPENING_MS
  // Before opening time of today the stamp of today is still no future.
  return startOfDay(day) <= now ? Math.min(opening, now) : opening
}
