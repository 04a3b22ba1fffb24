import { describe, expect, test } from 'vitest'
import { computeClocks } from '../../src/cases/clocks.ts'
import { dayOf, startOfDay } from '../../src/cases/days.ts'
import type { RuleSet } from '../../src/cases/rule-set.ts'
import { calendar, qd31 } from './support.ts'

/** Rules §10.3, row by row: received, A, B, C, first and second progress update. */
const WORKED_ROWS = [
  ['2022-07-11', '2022-07-13', '2022-07-18', '2022-08-01', '2022-08-08', '2022-08-15'], // plain
  ['2022-01-28', '2022-02-08', '2022-02-11', '2022-02-25', '2022-03-04', '2022-03-11'], // Friday before Tết
  ['2022-01-29', '2022-02-08', '2022-02-11', '2022-02-25', '2022-03-04', '2022-03-11'], // Saturday, Tết break
  ['2022-04-08', '2022-04-13', '2022-04-18', '2022-05-04', '2022-05-11', '2022-05-18'], // before Giỗ Tổ (Sunday → Monday off)
  ['2022-04-09', '2022-04-13', '2022-04-18', '2022-05-04', '2022-05-11', '2022-05-18'], // Saturday
  ['2022-04-29', '2022-05-05', '2022-05-10', '2022-05-24', '2022-05-31', '2022-06-07'], // before 30/4–1/5
  ['2022-08-31', '2022-09-06', '2022-09-09', '2022-09-23', '2022-09-30', '2022-10-07'], // before Quốc khánh
  ['2025-01-24', '2025-02-04', '2025-02-07', '2025-02-21', '2025-02-28', '2025-03-07'], // Friday before Tết
  ['2025-04-04', '2025-04-09', '2025-04-14', '2025-04-26', '2025-05-07', '2025-05-14'], // ends on a make-up Saturday
  ['2025-04-23', '2025-04-25', '2025-04-29', '2025-05-16', '2025-05-23', '2025-05-30'], // swap of 2/5 inside
  ['2025-04-25', '2025-04-28', '2025-05-06', '2025-05-20', '2025-05-27', '2025-06-03'], // day 1 = make-up Saturday
  ['2025-06-30', '2025-07-02', '2025-07-07', '2025-07-21', '2025-07-28', '2025-08-04'], // last day of the three-tier model
  ['2025-08-29', '2025-09-04', '2025-09-09', '2025-09-23', '2025-09-30', '2025-10-07'], // before Quốc khánh
  ['2025-12-31', '2026-01-06', '2026-01-09', '2026-01-22', '2026-01-29', '2026-02-05'], // swap of 2/1/2026 and make-up 10/1 inside
  ['2026-01-09', '2026-01-12', '2026-01-15', '2026-01-29', '2026-02-05', '2026-02-12'], // day 1 = make-up Saturday
  ['2026-02-06', '2026-02-10', '2026-02-13', '2026-03-06', '2026-03-13', '2026-03-20'], // Tết inside
  ['2026-02-13', '2026-02-24', '2026-02-27', '2026-03-13', '2026-03-20', '2026-03-27'], // Friday before Tết
  ['2026-02-16', '2026-02-24', '2026-02-27', '2026-03-13', '2026-03-20', '2026-03-27'], // holiday (Tết)
  ['2026-02-22', '2026-02-24', '2026-02-27', '2026-03-13', '2026-03-20', '2026-03-27'], // Sunday after Tết
  ['2026-04-24', '2026-04-29', '2026-05-06', '2026-05-20', '2026-05-27', '2026-06-03'], // before Giỗ Tổ, 30/4
  ['2026-04-26', '2026-04-29', '2026-05-06', '2026-05-20', '2026-05-27', '2026-06-03'], // Sunday and Giỗ Tổ
  ['2026-08-20', '2026-08-22', '2026-08-26', '2026-09-14', '2026-09-21', '2026-09-28'], // make-up Sat 22/8 inside
  ['2026-08-21', '2026-08-24', '2026-08-27', '2026-09-15', '2026-09-22', '2026-09-29'], // same
  ['2026-08-28', '2026-09-04', '2026-09-09', '2026-09-23', '2026-09-30', '2026-10-07'], // before Quốc khánh
  ['2026-11-20', '2026-11-25', '2026-11-30', '2026-12-14', '2026-12-21', '2026-12-28'], // 24/11 inside
  ['2026-11-21', '2026-11-25', '2026-11-30', '2026-12-14', '2026-12-21', '2026-12-28'], // Saturday
  ['2026-11-23', '2026-11-26', '2026-12-01', '2026-12-15', '2026-12-22', '2026-12-29'], // day before 24/11
  ['2026-11-24', '2026-11-26', '2026-12-01', '2026-12-15', '2026-12-22', '2026-12-29'], // new holiday
] as const

const HOUR_MS = 3_600_000

/** A moment in Vietnam, `YYYY-MM-DD HH:MM`. */
function at(text: string): number {
  const [day = '', time = '00:00'] = text.split(' ')
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return startOfDay(day) + hours * HOUR_MS + minutes * 60_000
}

function withRules(change: Partial<RuleSet>): RuleSet {
  return { ...qd31, ...change }
}

describe('the worked rows of the rules', () => {
  test.each(WORKED_ROWS)('received %s: A %s, B %s, C %s, updates %s and %s', (received, a, b, c, first, second) => {
    for (const time of ['00:00', '09:12', '23:59']) {
      const clocks = computeClocks({ receivedAt: at(`${received} ${time}`) }, qd31, calendar)
      expect(clocks).toMatchObject({
        receivedDate: received,
        refuseBy: a,
        supplementBy: b,
        forwardBy: b,
        answerBy: c,
        progressUpdatesBy: [first, second],
        firstProgressUpdateBy: first,
        paused: false,
        provisional: false,
      })
    }
  })

  test.each([
    ['2026-11-21 10:00', '2026-12-14', '2026-12-15'],
    ['2026-02-22 09:00', '2026-03-13', '2026-03-16'],
    ['2026-02-13 16:59', '2026-03-13', '2026-03-13'],
    ['2026-02-13 17:00', '2026-03-13', '2026-03-16'],
    ['2026-11-23 18:30', '2026-12-15', '2026-12-16'],
    ['2026-01-09 20:15', '2026-01-29', '2026-01-30'],
  ])('received at %s: C is %s on the same day, %s on the next working day', (received, sameDay, nextWorkingDay) => {
    const timeline = { receivedAt: at(received) }
    expect(computeClocks(timeline, withRules({ afterHoursPolicy: 'same-day' }), calendar).answerBy).toBe(sameDay)
    expect(computeClocks(timeline, withRules({ afterHoursPolicy: 'next-working-day' }), calendar).answerBy).toBe(
      nextWorkingDay,
    )
  })

  test.each([
    ['2025-04-29', '2025-05-06'],
    ['2026-02-12', '2026-02-23'],
    ['2026-02-13', '2026-02-24'],
    ['2026-08-21', '2026-08-24'],
    ['2026-11-23', '2026-11-26'],
  ])('a result entered on %s is posted by %s', (entered, postBy) => {
    const timeline = { receivedAt: at(entered), resultAt: at(`${entered} 15:00`) }
    expect(computeClocks(timeline, qd31, calendar).publishBy).toBe(postBy)
  })

  test.each([
    ['2026-03-02', '2026-03-23', '2026-03-05', 3, '2026-03-12', '2026-03-30', '2026-04-02'],
    ['2026-02-05', '2026-03-05', '2026-02-12', 5, '2026-02-24', '2026-03-10', '2026-03-17'],
    ['2022-07-11', '2022-08-01', '2022-07-18', 5, '2022-07-25', '2022-08-08', '2022-08-15'],
  ])('received %s (C %s), asked %s after %s days, supplemented %s: C %s paused, %s restarted', (...row) => {
    const [received, before, asked, used, came, resumed, restarted] = row
    const receivedAt = at(`${received} 08:00`)
    const pauses = [{ kind: 'supplement' as const, from: at(`${asked} 10:00`), to: at(`${came} 11:00`) }]
    expect(computeClocks({ receivedAt }, qd31, calendar).answerBy).toBe(before)
    const resume = computeClocks({ receivedAt, pauses }, withRules({ supplementClock: 'pause-resume' }), calendar)
    expect(resume).toMatchObject({
      answerBy: resumed,
      answerByOtherPolicy: restarted,
      usedWorkingDays: used,
      paused: false,
    })
    const restart = computeClocks({ receivedAt, pauses }, withRules({ supplementClock: 'restart' }), calendar)
    expect(restart).toMatchObject({ answerBy: restarted, answerByOtherPolicy: resumed, usedWorkingDays: used })
  })

  test('a case passed on by a ministry is counted from the transfer', () => {
    const sent = at('2025-04-18 09:00')
    expect(computeClocks({ receivedAt: sent }, qd31, calendar).answerBy).toBe('2025-05-13')
    expect(computeClocks({ receivedAt: sent, transferredAt: at('2025-04-25 14:00') }, qd31, calendar)).toMatchObject({
      receivedDate: '2025-04-18',
      countedFrom: '2025-04-25',
      refuseBy: '2025-04-28',
      forwardBy: '2025-05-06',
      answerBy: '2025-05-20',
    })
  })
})

describe('pauses', () => {
  const receivedAt = at('2026-03-02 08:00')

  test('while the citizen is asked, C has no due day and Q runs', () => {
    const pauses = [{ kind: 'supplement' as const, from: at('2026-03-05 10:00'), to: null }]
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar)).toMatchObject({
      answerBy: null,
      progressUpdatesBy: [],
      firstProgressUpdateBy: null,
      paused: true,
      supplementReminderOn: '2026-03-12',
      supplementReplyBy: '2026-03-19',
      usedWorkingDays: 3,
    })
  })

  test('asked and answered on one day changes nothing', () => {
    const pauses = [{ kind: 'supplement' as const, from: at('2026-03-05 09:00'), to: at('2026-03-05 16:00') }]
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar).answerBy).toBe('2026-03-23')
  })

  test('two pauses add up', () => {
    const pauses = [
      { kind: 'supplement' as const, from: at('2026-03-05 10:00'), to: at('2026-03-12 10:00') }, // 3 used
      { kind: 'supplement' as const, from: at('2026-03-17 10:00'), to: at('2026-03-19 10:00') }, // 3 more
    ]
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar)).toMatchObject({
      answerBy: '2026-04-01',
      usedWorkingDays: 6,
    })
  })

  test('asked after C has run out, one working day is left', () => {
    const pauses = [{ kind: 'supplement' as const, from: at('2026-03-25 10:00'), to: at('2026-03-30 10:00') }]
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar).answerBy).toBe('2026-03-31')
  })

  test('the time an answer lay at the Office is not charged to the unit', () => {
    const pauses = [{ kind: 'office' as const, from: at('2026-03-20 10:00'), to: at('2026-03-24 10:00') }] // 14 used
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar).answerBy).toBe('2026-03-25')
    const restart = computeClocks({ receivedAt, pauses }, withRules({ supplementClock: 'restart' }), calendar)
    expect(restart.answerBy).toBe('2026-03-25')
  })

  test('an answer that reached the Office late stays late when it is sent back', () => {
    const pauses = [{ kind: 'office' as const, from: at('2026-03-26 10:00'), to: at('2026-03-30 10:00') }]
    expect(computeClocks({ receivedAt, pauses }, qd31, calendar).answerBy).toBe('2026-03-23')
  })
})

describe('new rounds and other clocks', () => {
  const receivedAt = at('2022-07-11 08:00')

  test('a reopened case has a new C from the day of the request and keeps A and B', () => {
    const restart = { at: at('2022-08-29 08:00'), clocks: 'answer' as const }
    const pauses = [{ kind: 'supplement' as const, from: at('2022-07-18 08:00'), to: at('2022-07-25 08:00') }]
    expect(computeClocks({ receivedAt, restart, pauses }, qd31, calendar)).toMatchObject({
      refuseBy: '2022-07-13',
      forwardBy: '2022-07-18',
      answerBy: '2022-09-21',
      usedWorkingDays: 0,
    })
  })

  test('a reconsidered case has new A, B and C', () => {
    const restart = { at: at('2022-08-31 08:00'), clocks: 'all' as const }
    expect(computeClocks({ receivedAt, restart }, qd31, calendar)).toMatchObject({
      receivedDate: '2022-07-11',
      refuseBy: '2022-09-06',
      forwardBy: '2022-09-09',
      answerBy: '2022-09-23',
    })
  })

  test('a supplement at the intake starts a new B', () => {
    expect(computeClocks({ receivedAt, intakeResumedAt: at('2022-07-25 08:00') }, qd31, calendar)).toMatchObject({
      refuseBy: '2022-07-13',
      supplementBy: '2022-08-01',
      forwardBy: '2022-08-01',
    })
  })

  test('K, O, R and E run from their own events', () => {
    const clocks = computeClocks(
      {
        receivedAt,
        arrivedAt: at('2022-07-12 16:00'),
        releasedAt: at('2022-07-11 10:00'),
        escalatedAt: at('2022-07-11 10:00'),
        opinions: [
          { unitCode: 'KT-STP', askedAt: at('2022-07-11 10:00'), answeredAt: null },
          { unitCode: 'KT-STC', askedAt: at('2022-07-11 10:00'), answeredAt: at('2022-07-12 10:00') },
        ],
      },
      qd31,
      calendar,
    )
    expect(clocks).toMatchObject({
      acknowledgeBy: '2022-07-13',
      opinionsBy: [{ unitCode: 'KT-STP', by: '2022-07-18' }],
      disagreeBy: '2022-08-01',
      decisionBy: '2022-07-25',
    })
  })

  test('progress updates are listed as far as asked', () => {
    const clocks = computeClocks({ receivedAt }, qd31, calendar, '2022-09-01')
    expect(clocks.progressUpdatesBy).toEqual(['2022-08-08', '2022-08-15', '2022-08-22', '2022-08-29', '2022-09-07'])
  })

  test('a due day in a year that nobody knows yet is marked', () => {
    expect(computeClocks({ receivedAt: at('2026-11-23 08:00') }, qd31, calendar)).toMatchObject({
      provisional: false,
      calendarVersions: { 2026: '2026.1' },
    })
    expect(computeClocks({ receivedAt: at('2026-12-21 08:00') }, qd31, calendar)).toMatchObject({
      provisional: true,
      calendarVersions: { 2026: '2026.1', 2027: '2027.0-provisional' },
    })
    expect(computeClocks({ receivedAt: at('2040-12-21 08:00') }, qd31, calendar)).toMatchObject({
      provisional: true,
      calendarVersions: { 2040: 'provisional', 2041: 'provisional' },
    })
  })

  test('the day is the day in Vietnam', () => {
    expect(dayOf(Date.parse('2026-11-23T16:59:59.999Z'))).toBe('2026-11-23')
    expect(dayOf(Date.parse('2026-11-23T17:00:00.000Z'))).toBe('2026-11-24')
  })
})
