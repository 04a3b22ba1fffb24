import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countWorkingDays, createCalendar, provisionalYear } from '../../src/cases/calendar.ts'
import { computeClocks } from '../../src/cases/clocks.ts'
import {
  addDays,
  type Day,
  dayFromNumber,
  dayNumber,
  endOfDay,
  formatTime,
  isDay,
  startOfDay,
} from '../../src/cases/days.ts'
import { calendar, qd31, years } from './support.ts'

const anyDay = fc.integer({ min: dayNumber('2022-01-01'), max: dayNumber('2026-12-31') }).map(dayFromNumber)

/** Counts a day at a time with nothing but Date and the data file: slow, and written apart from the code under test. */
const slow = {
  off: new Set(years.flatMap((year) => year.off)),
  makeUp: new Set(years.flatMap((year) => year.makeUp)),
  isWorkingDay(day: Day): boolean {
    if (slow.makeUp.has(day)) return true
    if (slow.off.has(day)) return false
    const weekday = new Date(`${day}T12:00:00Z`).getUTCDay()
    return weekday !== 0 && weekday !== 6
  },
  next(day: Day): Day {
    const date = new Date(`${day}T12:00:00Z`)
    date.setUTCDate(date.getUTCDate() + 1)
    return date.toISOString().slice(0, 10)
  },
  dueDay(start: Day, count: number): Day {
    let day = start
    for (let left = count; left > 0; ) {
      day = slow.next(day)
      if (slow.isWorkingDay(day)) left -= 1
    }
    return day
  },
  workingDays(after: Day, upTo: Day): number {
    let count = 0
    for (let day = after; day < upTo; ) {
      day = slow.next(day)
      if (slow.isWorkingDay(day)) count += 1
    }
    return count
  },
}

describe('working days', () => {
  test.each([
    [2022, 249],
    [2025, 250],
    [2026, 249],
  ])('%s has %s of them', (year, count) => {
    expect(calendar.workingDays(`${year - 1}-12-31`, `${year}-12-31`)).toBe(count)
  })

  test('a make-up Saturday is one, a swapped Monday and a new holiday are not', () => {
    expect(calendar.isWorkingDay('2026-08-22')).toBe(true)
    expect(calendar.isWorkingDay('2026-08-31')).toBe(false)
    expect(calendar.isWorkingDay('2026-11-24')).toBe(false)
    expect(calendar.isWorkingDay('2026-11-23')).toBe(true)
    expect(calendar.isWorkingDay('2026-01-01')).toBe(false)
    expect(calendar.isWorkingDay('2025-12-31')).toBe(true)
  })

  test('a later count gives a later due day, and the due day is a working day', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 300 }), (start, count) => {
        const due = calendar.dueDay(start, count)
        return calendar.dueDay(start, count + 1) > due && calendar.isWorkingDay(due) && due > start
      }),
    )
  })

  test('as many working days lie up to the due day as were counted', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 0, max: 600 }), (start, count) => {
        return calendar.workingDays(start, calendar.dueDay(start, count)) === count
      }),
    )
  })

  test('receipt on a day off counts as receipt on the last working day before it', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: 1, max: 40 }), (start, count) => {
        let before = start
        while (!calendar.isWorkingDay(before)) before = addDays(before, -1)
        return calendar.dueDay(start, count) === calendar.dueDay(before, count)
      }),
    )
  })

  test('stretches of time add up', () => {
    fc.assert(
      fc.property(anyDay, anyDay, anyDay, (one, two, three) => {
        const [a = '', b = '', c = ''] = [one, two, three].sort()
        return calendar.workingDays(a, b) + calendar.workingDays(b, c) === calendar.workingDays(a, c)
      }),
    )
  })

  test('nothing lies between a day and an earlier one', () => {
    expect(calendar.workingDays('2026-03-05', '2026-03-05')).toBe(0)
    expect(calendar.workingDays('2026-03-05', '2026-03-02')).toBe(0)
  })

  test('only whole counts are due days', () => {
    expect(() => calendar.dueDay('2026-03-05', -1)).toThrow(RangeError)
    expect(() => calendar.dueDay('2026-03-05', 1.5)).toThrow(RangeError)
    expect(() => calendar.dueDay('hôm qua', 1)).toThrow(RangeError)
  })

  test('a slow counter agrees on ten thousand random cases with pauses', () => {
    const random = mulberry(20_261_123)
    const pick = (max: number) => Math.floor(random() * max)
    for (let round = 0; round < 10_000; round += 1) {
      const received = dayFromNumber(dayNumber('2022-01-01') + pick(1800))
      const pauses: { asked: Day; answered: Day }[] = []
      let last = received
      for (let left = pick(4); left > 0; left -= 1) {
        const asked = addDays(last, pick(12))
        last = addDays(asked, pick(20))
        pauses.push({ asked, answered: last })
      }
      const policy = round % 2 === 0 ? ('pause-resume' as const) : ('restart' as const)

      let from = received
      let used = 0
      for (const pause of pauses) {
        used += slow.workingDays(from, pause.asked)
        if (policy === 'restart') used = 0
        from = pause.answered
      }
      const answerBy = slow.dueDay(from, pauses.length === 0 ? 15 : Math.max(1, 15 - used))

      const clocks = computeClocks(
        {
          receivedAt: startOfDay(received) + pick(86_400_000),
          pauses: pauses.map(({ asked, answered }) => ({
            kind: 'supplement' as const,
            from: startOfDay(asked) + pick(40_000_000),
            to: startOfDay(answered) + 40_000_000 + pick(40_000_000),
          })),
        },
        { ...qd31, supplementClock: policy },
        calendar,
      )
      expect(clocks.answerBy, `${received} ${JSON.stringify(pauses)} ${policy}`).toBe(answerBy)
      expect(clocks.refuseBy).toBe(slow.dueDay(received, 2))
      expect(clocks.forwardBy).toBe(slow.dueDay(received, 5))
      expect(clocks.firstProgressUpdateBy).toBe(slow.dueDay(answerBy, 5))
    }
  }, 60_000)
})

describe('a year that is not known', () => {
  test('has weekends and the holidays with a fixed date, taken later when they fall on a weekend', () => {
    expect(provisionalYear(2027).off).toEqual(['2027-01-01', '2027-04-30', '2027-05-03', '2027-09-02', '2027-11-24'])
    expect(provisionalYear(2023).off).toEqual(['2023-01-02', '2023-05-01', '2023-05-02', '2023-09-04'])
    expect(provisionalYear(2027).provisional).toBe(true)
    expect(countWorkingDays(provisionalYear(2024))).toBe(258)
  })

  test('is counted and marked', () => {
    const empty = createCalendar([])
    expect(empty.dueDay('2029-12-31', 1)).toBe('2030-01-02')
    expect(empty.isProvisional('2029-12-31', '2029-12-31')).toBe(true)
    expect(calendar.isProvisional('2025-01-01', '2026-12-31')).toBe(false)
    expect(calendar.isProvisional('2026-12-31', '2027-01-01')).toBe(true)
  })
})

describe('days', () => {
  test('are told from other texts', () => {
    for (const text of ['2026-02-29', '2026-13-01', '2026-1-1', '', '2026-02-28T00:00', '+002026-01'])
      expect(isDay(text)).toBe(false)
    for (const text of ['2024-02-29', '2026-12-31']) expect(isDay(text)).toBe(true)
  })

  test('end with their last millisecond in Vietnam', () => {
    expect(new Date(endOfDay('2026-12-15')).toISOString()).toBe('2026-12-15T16:59:59.999Z')
  })

  test('times are written with +07:00', () => {
    expect(formatTime(Date.parse('2026-11-23T02:12:00Z'))).toBe('2026-11-23T09:12:00+07:00')
    expect(formatTime(Date.parse('2026-11-23T17:00:00.050Z'))).toBe('2026-11-24T00:00:00.050+07:00')
  })
})

/** A small seeded generator, so that a failure can be repeated. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
