import { readFileSync } from 'node:fs'

/**
 * The clocks once more, written from the rules and not from the service: a day at a time with nothing but `Date` and the data
 * file, sharing no code with what it checks. Slow, and so short that its truth can be seen.
 */

type Year = { off: string[]; makeUp: string[] }

const file = JSON.parse(readFileSync(new URL('../../data/calendars.json', import.meta.url), 'utf8')) as Record<
  string,
  Year | string
>
const listed = Object.values(file).filter((year): year is Year => typeof year !== 'string')
const daysOff = new Set(listed.flatMap(({ off }) => off))
const daysWorked = new Set(listed.flatMap(({ makeUp }) => makeUp))

export function isWorkingDay(day: string): boolean {
  if (daysWorked.has(day)) return true
  if (daysOff.has(day)) return false
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6
}

export function nextDay(day: string, count = 1): string {
  const date = new Date(`${day}T12:00:00Z`)
  date.setUTCDate(date.getUTCDate() + count)
  return date.toISOString().slice(0, 10)
}

/** The `count`-th working day after `start`. */
export function dueDay(start: string, count: number): string {
  let day = start
  for (let left = count; left > 0; ) {
    day = nextDay(day)
    if (isWorkingDay(day)) left -= 1
  }
  return day
}

/** Working days after `from` up to and including `upTo`. */
export function workingDays(from: string, upTo: string): number {
  let count = 0
  for (let day = from; day < upTo; ) {
    day = nextDay(day)
    if (isWorkingDay(day)) count += 1
  }
  return count
}

export type SlowCase = {
  /** Day and minute of the day of the receipt. */
  received: { day: string; minute: number }
  transferred: { day: string; minute: number } | null
  /** One after the other; only the last may have no end. */
  pauses: { asked: string; answered: string | null }[]
  result: string | null
  afterHours: 'same-day' | 'next-working-day'
  supplementClock: 'pause-resume' | 'restart'
}

export type SlowClocks = {
  receivedDate: string
  refuseBy: string
  forwardBy: string
  answerBy: string | null
  progressUpdatesBy: string[]
  publishBy: string | null
  used: number
}

/** A, B, C, U and P with the lengths of the rules: 2, 5, 15, every 5, 2. */
export function countSlowly(one: SlowCase): SlowClocks {
  const dayOfReceipt = ({ day, minute }: { day: string; minute: number }) => {
    if (one.afterHours === 'same-day') return day
    return minute >= 17 * 60 || !isWorkingDay(day) ? dueDay(day, 1) : day
  }
  const receivedDate = dayOfReceipt(one.received)
  const start = one.transferred === null ? receivedDate : dayOfReceipt(one.transferred)
  let from = start
  let used = 0
  let charged = 0
  let answerBy: string | null = dueDay(start, 15)
  for (const { asked, answered } of one.pauses) {
    used += workingDays(from, asked)
    charged += workingDays(from, asked)
    if (answered === null) {
      answerBy = null
      break
    }
    if (answered > from) from = answered
    if (one.supplementClock === 'restart') charged = 0
    answerBy = dueDay(from, charged >= 15 ? 1 : 15 - charged)
  }
  return {
    receivedDate,
    refuseBy: dueDay(start, 2),
    forwardBy: dueDay(start, 5),
    answerBy,
    progressUpdatesBy: answerBy === null ? [] : [dueDay(answerBy, 5), dueDay(answerBy, 10)],
    publishBy: one.result === null ? null : dueDay(one.result, 2),
    used,
  }
}
