import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countWorkingDays, createCalendar, provisionalYear } from '../../src/cases/calendar.ts'
import { addDays, dayFromNumber, dayNumber, endOfDay, formatTime, isDay, readTime } from '../../src/cases/days.ts'
import { calendar } from './support.ts'

const anyDay = fc.integer({ min: dayNumber('2022-01-01'), max: dayNumber('2026-12-31') }).map(dayFromNumber)

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

  test('every year from 2022 to 2026 has as many as its table says', () => {
    const stated: Record<number, number> = { 2022: 249, 2023: 256, 2024: 258, 2025: 250, 2026: 249 }
    fc.assert(
      fc.property(fc.integer({ min: 2022, max: 2026 }), (year) => {
        let count = 0
        for (let day = `${year}-01-01`; day <= `${year}-12-31`; day = addDays(day, 1))
          if (calendar.isWorkingDay(day)) count += 1
        return count === stated[year]
      }),
    )
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

  test('times read back as they were written, and nothing else is a time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7_000_000_000_000 }), (at) => {
        expect(readTime(formatTime(at))).toBe(at)
        expect(readTime(new Date(at).toISOString())).toBe(at)
      }),
    )
    expect(readTime('2026-11-23')).toBe(Date.parse('2026-11-22T17:00:00Z'))
    expect(readTime('2026-11-23T09:12 07:00')).toBe(Date.parse('2026-11-23T02:12:00Z'))
    expect(readTime('2026-11-23T09:12:00-0500')).toBe(Date.parse('2026-11-23T14:12:00Z'))
    for (const text of [
      '2026-02-30T09:00:00+07:00',
      '2026-11-23T24:00:00+07:00',
      '2026-11-23T09:12:00',
      '2026-11-23T09:12:00+27:00',
      '23/11/2026',
      '1795400000000',
      '',
    ])
      expect(readTime(text), text).toBeNull()
  })
})
