import { describe, expect, test } from 'vitest'
import { computeClocks } from '../../src/cases/clocks.ts'
import { dayOf, startOfDay } from '../../src/cases/days.ts'
import type { RuleSet } from '../../src/cases/rule-set.ts'
import { calendar, qd31 } from './support.ts'
import { AFTER_HOURS_ROWS, PUBLISH_ROWS, SUPPLEMENT_ROWS, TRANSFER_ROW, WORKED_ROWS } from './worked-rows.ts'

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

  test.each(AFTER_HOURS_ROWS)(
    'received at %s: C is %s on the same day, %s on the next working day',
    (received, sameDay, nextWorkingDay) => {
      const timeline = { receivedAt: at(received) }
      expect(computeClocks(timeline, withRules({ afterHoursPolicy: 'same-day' }), calendar).answerBy).toBe(sameDay)
      expect(computeClocks(timeline, withRules({ afterHoursPolicy: 'next-working-day' }), calendar).answerBy).toBe(
        nextWorkingDay,
      )
    },
  )

  test.each(PUBLISH_ROWS)('a result entered on %s is posted by %s', (entered, postBy) => {
    const timeline = { receivedAt: at(entered), resultAt: at(`${entered} 15:00`) }
    expect(computeClocks(timeline, qd31, calendar).publishBy).toBe(postBy)
  })

  test.each(SUPPLEMENT_ROWS)(
    'received %s (C %s), asked %s after %s days, supplemented %s: C %s paused, %s restarted',
    (...row) => {
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
    },
  )

  test('a case passed on by a ministry is counted from the transfer', () => {
    const [sent, there, passedOn, refuseBy, forwardBy, answerBy] = TRANSFER_ROW
    const receivedAt = at(`${sent} 09:00`)
    expect(computeClocks({ receivedAt }, qd31, calendar).answerBy).toBe(there)
    expect(computeClocks({ receivedAt, transferredAt: at(`${passedOn} 14:00`) }, qd31, calendar)).toMatchObject({
      receivedDate: sent,
      countedFrom: passedOn,
      refuseBy,
      forwardBy,
      answerBy,
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

  test('asked and answered before the day from which C is counted changes nothing either', () => {
    const rules = withRules({ afterHoursPolicy: 'next-working-day' })
    const saturday = at('2026-11-21 10:00')
    const pauses = [{ kind: 'supplement' as const, from: at('2026-11-21 11:00'), to: at('2026-11-21 12:00') }]
    const without = computeClocks({ receivedAt: saturday }, rules, calendar).answerBy
    expect(computeClocks({ receivedAt: saturday, pauses }, rules, calendar).answerBy).toBe(without)
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
