import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  dayOf,
  formatDay,
  formatTime,
  localIso,
  readDate,
  realDay,
  weekdayOf,
} from '../../../src/conversation/text/dates.ts'

// Monday 23/11/2026, 10:00 in Vietnam.
const now = Date.UTC(2026, 10, 23, 3)

describe('readDate', () => {
  test.each([
    ['12/9', '2026-09-12'],
    ['12/09/2026', '2026-09-12'],
    ['12-9-2026', '2026-09-12'],
    ['12.9.2026', '2026-09-12'],
    ['12/9/26', '2026-09-12'],
    ['2026-09-12', '2026-09-12'],
    ['em nộp từ 12/9 tới giờ', '2026-09-12'],
    ['ngày 12 tháng 9', '2026-09-12'],
    ['12 thang 9 nam 2025', '2025-09-12'],
    ['mùng 5 tháng 3', '2026-03-05'],
    ['ngày 12-9', '2026-09-12'],
    ['ngày 12', '2026-11-12'],
    ['ngày 25', '2026-10-25'],
    ['hôm nay', '2026-11-23'],
    ['hom nay', '2026-11-23'],
    ['sáng nay', '2026-11-23'],
    ['hôm qua', '2026-11-22'],
    ['chieu qua', '2026-11-22'],
    ['hôm kia', '2026-11-21'],
    ['ngày mai', '2026-11-24'],
    ['3 ngày trước', '2026-11-20'],
    ['cách đây 2 tuần', '2026-11-09'],
    ['thứ 2 tuần trước', '2026-11-16'],
    ['thu hai tuan roi', '2026-11-16'],
    ['thứ hai', '2026-11-23'],
    ['thứ 3', '2026-11-17'],
    ['t6 tuần này', '2026-11-27'],
    ['thứ sáu tới', '2026-11-27'],
    ['chủ nhật', '2026-11-22'],
    ['29/2', '2024-02-29'],
  ])('%s is %s', (text, day) => expect(readDate(text, now)).toBe(day))

  test('without a year the most recent day is meant, beside "hẹn" the nearest', () => {
    expect(readDate('15/12', now)).toBe('2025-12-15')
    expect(readDate('giấy hẹn 15/12', now)).toBe('2026-12-15')
    expect(readDate('giấy hẹn ngày 12/10', now)).toBe('2026-10-12')
    expect(readDate('trước ngày 30/11', now)).toBe('2026-11-30')
  })

  test.each([
    '31/2',
    '12/13',
    '31/2021/QĐ-TTg',
    '1.500.000 đồng',
    'lần thứ 2',
    'từ đó tới nay',
    '0905000123',
    'nửa 1/2 ha',
    'tháng 9',
    '',
  ])('no day in "%s"', (text) => expect(readDate(text, now)).toBeNull())

  test('the day is the one in Vietnam', () => {
    expect(readDate('hôm nay', Date.UTC(2026, 10, 23, 16, 59))).toBe('2026-11-23')
    expect(readDate('hôm nay', Date.UTC(2026, 10, 23, 17))).toBe('2026-11-24')
  })

  test('every day is read back from its written form', () => {
    const day = fc
      .date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10))
    fc.assert(
      fc.property(day, (aDay) => {
        expect(readDate(formatDay(aDay, 'vi', { weekday: true, year: true }), now)).toBe(aDay)
        expect(readDate(aDay, now)).toBe(aDay)
      }),
    )
  })

  test('any text is read without an exception and quickly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readDate(text, now) ?? '2026-01-01').toMatch(/^\d{4}-\d{2}-\d{2}$/)
      }),
    )
    const started = performance.now()
    for (const unit of ['1/', '12/9 ', 'thứ ', '1 ', 'ngay 1 ', '1-', '12.'])
      readDate(unit.repeat(Math.ceil(9000 / unit.length)), now)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('days and times in words', () => {
  test('Vietnamese', () => {
    expect(formatDay('2026-12-15', 'vi', { weekday: true, year: true })).toBe('thứ Ba 15/12/2026')
    expect(formatDay('2026-12-13', 'vi', { weekday: true, year: false })).toBe('Chủ nhật 13/12')
    expect(formatDay('2026-12-08', 'vi', { weekday: false, year: true })).toBe('08/12/2026')
    expect(formatTime(Date.UTC(2026, 11, 14, 8, 20), 'vi')).toBe('15:20 ngày 14/12/2026')
  })

  test('English', () => {
    expect(formatDay('2026-12-08', 'en', { weekday: true, year: true })).toBe('Tuesday 8 December 2026')
    expect(formatTime(Date.UTC(2026, 11, 14, 8, 20), 'en')).toBe('15:20 on 14 December 2026')
  })

  test('times for other systems carry the offset', () => {
    expect(localIso(Date.UTC(2026, 10, 23, 2, 12))).toBe('2026-11-23T09:12:00+07:00')
    expect(localIso(Date.UTC(2026, 10, 23, 2, 12, 0, 5))).toBe('2026-11-23T09:12:00.005+07:00')
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => Date.parse(localIso(ms)) === ms))
  })

  test('the day changes at midnight in Vietnam', () => {
    expect(dayOf(Date.UTC(2026, 11, 31, 16, 59, 59, 999))).toBe('2026-12-31')
    expect(dayOf(Date.UTC(2026, 11, 31, 17))).toBe('2027-01-01')
  })

  test('days are counted over months and leap years', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(weekdayOf('2026-12-13')).toBe(0)
    expect(realDay(2026, 2, 29)).toBeNull()
  })
})
