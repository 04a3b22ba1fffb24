import { type Day, dayFromNumber, dayNumber, weekdayOfNumber } from './days.ts'

/** One year of the working calendar as data (R10-1 … R10-5). `off` lists only days that would be Monday to Friday. */
export type CalendarYear = {
  year: number
  off: readonly Day[]
  /** Saturdays and Sundays on which civil servants work (R10-5). */
  makeUp: readonly Day[]
  /** True when the year's decisions were not known: weekends and fixed-date holidays only (R10-11). */
  provisional: boolean
  version: string
}

/** Answers about working days; every day in it is a day in Vietnam. */
export type Calendar = {
  isWorkingDay(day: Day): boolean
  /** The `count`-th working day strictly after `start` (R10-6); `start` itself when `count` is 0. */
  dueDay(start: Day, count: number): Day
  /** Working days after `after` up to and including `upTo`; 0 when `upTo` is not later. */
  workingDays(after: Day, upTo: Day): number
  /** True when any year from the one day's to the other's is not finally known (R10-11). */
  isProvisional(from: Day, to: Day): boolean
  /** The version of each year between the two days, as a proof of how a due day was counted. */
  versions(from: Day, to: Day): Record<string, string>
}

/** The version written for a year that no file holds. */
export const UNKNOWN_YEAR_VERSION = 'provisional'

type YearIndex = {
  firstDay: number
  /** countUpTo[n] = working days from 1 January up to and including the n-th day of the year (0 = 1 January). */
  countUpTo: Uint16Array
  /** The working days of the year in order, as day numbers. */
  workingDays: Int32Array
  provisional: boolean
  version: string
}

/** Years not given are counted with weekends and fixed-date holidays and marked provisional (R10-11). */
export function createCalendar(years: readonly CalendarYear[]): Calendar {
  const given = new Map(years.map((year) => [year.year, year]))
  const indexes = new Map<number, YearIndex>()

  function indexOf(year: number): YearIndex {
    let index = indexes.get(year)
    if (index === undefined) {
      index = indexYear(given.get(year) ?? provisionalYear(year))
      indexes.set(year, index)
    }
    return index
  }

  function countUpTo(number: number, index: YearIndex): number {
    return index.countUpTo[number - index.firstDay] ?? 0
  }

  return {
    isWorkingDay(day) {
      const number = dayNumber(day)
      const index = indexOf(yearOf(day))
      const before = number === index.firstDay ? 0 : countUpTo(number - 1, index)
      return countUpTo(number, index) > before
    },

    dueDay(start, count) {
      if (!Number.isInteger(count) || count < 0)
        throw new RangeError('a count of working days is a whole number from 0')
      if (count === 0) return start
      let year = yearOf(start)
      let index = indexOf(year)
      let wanted = countUpTo(dayNumber(start), index) + count
      // Ends: every year has working days, so `wanted` falls with each turn.
      while (wanted > index.workingDays.length) {
        wanted -= index.workingDays.length
        year += 1
        index = indexOf(year)
      }
      return dayFromNumber(index.workingDays[wanted - 1] ?? Number.NaN)
    },

    workingDays(after, upTo) {
      if (upTo <= after) return 0
      const fromYear = yearOf(after)
      const toYear = yearOf(upTo)
      let count = countUpTo(dayNumber(upTo), indexOf(toYear)) - countUpTo(dayNumber(after), indexOf(fromYear))
      for (let year = fromYear; year < toYear; year += 1) count += indexOf(year).workingDays.length
      return count
    },

    isProvisional(from, to) {
      for (let year = yearOf(from); year <= yearOf(to); year += 1) if (indexOf(year).provisional) return true
      return false
    },

    versions(from, to) {
      const versions: Record<string, string> = {}
      for (let year = yearOf(from); year <= yearOf(to); year += 1) versions[year] = indexOf(year).version
      return versions
    },
  }
}

/**
 * A year as far as the law alone fixes it (R10-2, R10-4, R10-11): 1 January, 30 April, 1 May, 2 September and, from 2026,
 * 24 November; one that falls on a weekend is taken on the next working day. Tết, Giỗ Tổ and swaps are missing.
 */
export function provisionalYear(year: number): CalendarYear {
  const fixed = ['01-01', '04-30', '05-01', '09-02', ...(year >= 2026 ? ['11-24'] : [])].map((day) =>
    dayNumber(`${year}-${day}`),
  )
  const off = new Set(fixed.filter(isWeekday))
  for (const holiday of fixed) {
    if (isWeekday(holiday)) continue
    let substitute = holiday + 1
    while (!isWeekday(substitute) || off.has(substitute)) substitute += 1
    off.add(substitute)
  }
  return {
    year,
    off: [...off].sort((a, b) => a - b).map(dayFromNumber),
    makeUp: [],
    provisional: true,
    version: UNKNOWN_YEAR_VERSION,
  }
}

/** How many working days the year has. */
export function countWorkingDays(year: CalendarYear): number {
  return indexYear(year).workingDays.length
}

/** The year in which a day lies. */
export function yearOf(day: Day): number {
  return Number(day.slice(0, 4))
}

function indexYear(year: CalendarYear): YearIndex {
  const firstDay = dayNumber(`${year.year}-01-01`)
  const dayCount = dayNumber(`${year.year + 1}-01-01`) - firstDay
  const off = new Set(year.off.map(dayNumber))
  const makeUp = new Set(year.makeUp.map(dayNumber))
  const countUpTo = new Uint16Array(dayCount)
  const workingDays: number[] = []
  for (let offset = 0; offset < dayCount; offset += 1) {
    const number = firstDay + offset
    if (makeUp.has(number) || (isWeekday(number) && !off.has(number))) workingDays.push(number)
    countUpTo[offset] = workingDays.length
  }
  return {
    firstDay,
    countUpTo,
    workingDays: Int32Array.from(workingDays),
    provisional: year.provisional,
    version: year.version,
  }
}

function isWeekday(number: number): boolean {
  const weekday = weekdayOfNumber(number)
  return weekday >= 1 && weekday <= 5
}
