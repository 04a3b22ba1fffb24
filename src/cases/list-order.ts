import type { Day } from './days.ts'

/**
 * The place of a case in a list, as one number: the later the moment, the greater, to the second; within a second the number
 * in the code decides. No two cases of a day share it, so a page can begin strictly after any of them.
 */
export function orderAt(at: number, code: string): number {
  return earliestOrder(at) + (Number(/\d+$/.exec(code)?.[0] ?? 0) % NUMBERS_PER_SECOND)
}

/** The place of a publication; of different days, two cases may bear one number, so the day of the code counts too. */
export function publicationOrder(at: number, code: string): number {
  const [, day = '0', number = '0'] = /(\d{8})\.(\d+)$/.exec(code) ?? []
  return earliestOrder(at) + ((Number(day) * DAY_SPREAD + Number(number)) % NUMBERS_PER_SECOND)
}

/** No case of this moment or later has a smaller place, none of an earlier second a greater one. */
export function earliestOrder(at: number): number {
  return Math.floor(at / 1000) * NUMBERS_PER_SECOND
}

/** A place in the list of what is due: by day, and on one day the earlier receipt first. Texts of one length, which sort so. */
export function dueKeyOf(day: Day | null, order: number): string {
  return `${day ?? NO_DUE_DAY}${order.toString(36).padStart(ORDER_LENGTH, '0')}`
}

/** The place by receipt that a place by due day holds. */
export function orderOfDueKey(dueKey: string): number {
  return Number.parseInt(dueKey.slice(NO_DUE_DAY.length), 36)
}

/** The day that it holds; null where nothing is due. */
export function dayOfDueKey(dueKey: string): Day | null {
  const day = dueKey.slice(0, NO_DUE_DAY.length)
  return day === NO_DUE_DAY ? null : day
}

/** Open cases of which nothing is due now come after all that have a day. */
const NO_DUE_DAY: Day = '9999-12-31'
/** Seconds until the year 2106 times this stay below 2^53, where numbers are exact. */
const NUMBERS_PER_SECOND = 2 ** 21
/** A prime: puts the numbers of two days that are near each other far apart. */
const DAY_SPREAD = 7_919
/** 2^53 in base 36. */
const ORDER_LENGTH = 11
