import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { carryOutClockAct, clockActOn, stateOfWork } from '../../src/cases/clock-acts.ts'
import { addDays, type Day, dayOf, startOfDay } from '../../src/cases/days.ts'
import { clocksOf } from '../../src/cases/decision.ts'
import { flagsOf } from '../../src/cases/flags.ts'
import { reminderDayAt, reminderTimeOf } from '../../src/cases/reminder-days.ts'
import { remindersOn } from '../../src/cases/reminders.ts'
import { at, caseIn, supplement } from './fixtures.ts'
import { calendar, qd31 } from './support.ts'

const law = { calendar, ruleSet: qd31 }

/** `kind left audience,audience` of everything said on a day. */
function said(current: Case, day: Day, since: Day | null = before(day)): string[] {
  const clocks = clocksOf(current, { ...law, now: at(day, 8) })
  return remindersOn(day, since, current, clocks, calendar).map(
    ({ kind, left, audiences }) =>
      `${kind} ${left} ${audiences.map((one) => ('unitCode' in one ? `${one.to}@${one.unitCode}` : one.to)).join(',')}`,
  )
}

/** The working day before. */
function before(day: Day): Day {
  let earlier = addDays(day, -1)
  while (!calendar.isWorkingDay(earlier)) earlier = addDays(earlier, -1)
  return earlier
}

/** A case of which only C speaks: due on Monday 23 March 2026. */
const quiet = caseIn('PROCESSING', { opinions: [], coordinatingUnitCodes: [] })

describe('the day of a reminder', () => {
  test.each([
    ['2026-03-20T08:00:00+07:00', '2026-03-20'],
    ['2026-03-20T07:59:59+07:00', '2026-03-19'],
    ['2026-03-21T12:00:00+07:00', '2026-03-20'],
    ['2026-03-23T07:30:00+07:00', '2026-03-20'],
    // Tết, and a Saturday on which civil servants work.
    ['2026-02-20T23:00:00+07:00', '2026-02-13'],
    ['2026-01-10T08:00:00+07:00', '2026-01-10'],
  ])('%s belongs to %s', (moment, day) => {
    expect(reminderDayAt(Date.parse(moment), calendar)).toBe(day)
  })

  test('is a working day whose 08:00 has come, and no working day lies between it and now', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('2022-01-10'), max: at('2026-12-20') }), (now) => {
        const day = reminderDayAt(now, calendar)
        expect(calendar.isWorkingDay(day)).toBe(true)
        expect(reminderTimeOf(day)).toBeLessThanOrEqual(now)
        for (let next = addDays(day, 1); startOfDay(next) + 8 * 3_600_000 <= now; next = addDays(next, 1)) {
          expect(calendar.isWorkingDay(next)).toBe(false)
        }
      }),
    )
  })
})

describe('C at the unit (R4-C7)', () => {
  const workers = 'handler@QN-C1,coordinators@QN-C1'
  test.each([
    ['2026-03-13', []],
    ['2026-03-16', [`answerDue 5 ${workers}`]],
    ['2026-03-17', []],
    ['2026-03-18', [`answerDue 3 ${workers}`]],
    ['2026-03-19', []],
    ['2026-03-20', [`answerDue 1 ${workers},leaders@QN-C1`]],
    ['2026-03-23', [`answerDue 0 ${workers},leaders@QN-C1`]],
    ['2026-03-24', [`answerDue -1 ${workers},leaders@QN-C1,intake`]],
    ['2026-03-25', [`answerDue -2 ${workers},leaders@QN-C1,intake`]],
  ])('%s', (day, expected) => {
    expect(said(quiet, day)).toEqual(expected)
  })

  test('stands still while the citizen or the Office has the case', () => {
    expect(said(caseIn('AWAITING_SUPPLEMENT'), '2026-03-24')).toEqual([])
    expect(said(caseIn('PENDING_PUBLICATION'), '2026-03-24').join()).not.toContain('answerDue')
  })

  test('what fell into a gap is said once, as it stands then', () => {
    // The service stood still from the 13th; 5 and 3 days left have passed meanwhile.
    expect(said(quiet, '2026-03-19', '2026-03-13')).toEqual([`answerDue 2 ${workers}`])
    expect(said(quiet, '2026-03-25', '2026-03-19')).toHaveLength(1)
    expect(said(quiet, '2026-03-19', null)).toHaveLength(1)
  })

  test('whatever days the service ran on, a day that asks for a reminder gets it on the next run, and no run says it twice', () => {
    const workingDays = daysFrom('2026-02-24', 60).filter((day) => calendar.isWorkingDay(day))
    const due = workingDays.indexOf('2026-03-23')
    const asks = (index: number) => index > due || [5, 3, 1, 0].includes(due - index)
    fc.assert(
      fc.property(fc.subarray(workingDays, { minLength: 1 }), (runs) => {
        let since = -1
        for (const day of runs) {
          const index = workingDays.indexOf(day)
          const missed = workingDays.slice(since + 1, index + 1).some((_, offset) => asks(since + 1 + offset))
          const heard = said(quiet, day, workingDays[since] ?? null).filter((line) => line.startsWith('answerDue'))
          expect(heard).toHaveLength(missed ? 1 : 0)
          since = index
        }
      }),
    )
  })
})

describe('the other clocks', () => {
  test('A on its last day, B at its end and after it', () => {
    const current = caseIn('PENDING_INTAKE')
    expect(said(current, '2026-03-03')).toEqual([])
    expect(said(current, '2026-03-04')).toEqual(['refuseDue 0 intake'])
    expect(said(current, '2026-03-05')).toEqual([])
    expect(said(current, '2026-03-06')).toEqual(['forwardDue 1 intake'])
    expect(said(current, '2026-03-09')).toEqual(['forwardDue 0 intake'])
    expect(said(current, '2026-03-10')).toEqual(['forwardDue -1 intake,officeLeaders'])
  })

  test('K: not acknowledged after a working day', () => {
    const current = caseIn('FORWARDED', { opinions: [], arrivedAt: at('2026-03-05') })
    expect(said(current, '2026-03-05')).toEqual([])
    expect(said(current, '2026-03-06')).toEqual(['acknowledgeDue 0 coordinators@QN-C1'])
    expect(said(current, '2026-03-09')).toEqual(['acknowledgeDue -1 coordinators@QN-C1,leaders@QN-C1,intake'])
    expect(said(current, '2026-03-10')).toEqual(['acknowledgeDue -2 coordinators@QN-C1,leaders@QN-C1'])
    expect(said({ ...current, state: 'PROCESSING', acceptedAt: at('2026-03-06') }, '2026-03-10')).toEqual([])
  })

  test('O: an opinion that is missing; each unit is its own', () => {
    const asked = { question: '?', askedBy: 'ac', answeredAt: null, answeredBy: null, opinion: null }
    const current = caseIn('PROCESSING', {
      opinions: [
        { ...asked, unitCode: 'QN-C2', askedAt: at('2026-03-03') },
        { ...asked, unitCode: 'QN-SXD', askedAt: at('2026-03-04') },
      ],
    })
    expect(said(current, '2026-03-10')).toEqual(['opinionDue 0 coordinators@QN-C2', 'opinionDue 1 coordinators@QN-SXD'])
    expect(said(current, '2026-03-11')).toEqual([
      'opinionDue -1 coordinators@QN-C2,leaders@QN-C2,handler@QN-C1,coordinators@QN-C1',
      'opinionDue 0 coordinators@QN-SXD',
    ])
    expect(said(current, '2026-03-12')[0]).toBe('opinionDue -2 coordinators@QN-C2,leaders@QN-C2')
  })

  test('P: the Office has not posted', () => {
    const current = caseIn('PENDING_PUBLICATION')
    expect(said(current, '2026-03-19')).toEqual(['publishDue 1 publishers'])
    expect(said(current, '2026-03-20')).toEqual(['publishDue 0 publishers'])
    expect(said(current, '2026-03-23')).toEqual(['publishDue -1 publishers,officeLeaders'])
  })

  test('E: a decision that is missing', () => {
    const escalation = {
      reasonCode: 'agency_conflict' as const,
      positions: [],
      proposal: 'Giao sở chủ trì.',
      proposedBy: 'ol',
      proposedAt: at('2026-03-02'),
      submittedAt: at('2026-03-02'),
      submittedBy: 'ol',
      decision: null,
    }
    const current = { ...quiet, escalation }
    expect(said(current, '2026-03-11')).toEqual(['decisionDue 3 officeLeaders'])
    expect(said(current, '2026-03-17')).toEqual(['decisionDue -1 officeLeaders'])
  })

  test('an urge past its answer-by day, until an update answers it', () => {
    const urge = {
      number: 1,
      unitCode: 'QN-C1',
      text: 'Đề nghị trả lời.',
      answerBy: '2026-03-08',
      at: at('2026-03-05'),
      by: 'ol',
    }
    const current = { ...quiet, urges: [urge] }
    // The day is a Sunday: its last working day is the Friday before.
    expect(said(current, '2026-03-06')).toEqual(['urgeDue 0 handler@QN-C1,coordinators@QN-C1,leaders@QN-C1'])
    expect(said(current, '2026-03-09')).toEqual(['urgeDue -1 handler@QN-C1,coordinators@QN-C1,leaders@QN-C1,person'])
    expect(said(current, '2026-03-10')).toEqual(['urgeDue -2 handler@QN-C1,coordinators@QN-C1,leaders@QN-C1'])
    const update = { at: at('2026-03-09'), day: '2026-03-09', by: 'h', text: 'Đang xác minh.' }
    expect(said({ ...current, progressUpdates: [update] }, '2026-03-10')).toEqual([])
  })

  test('Q: the closing is proposed after the citizen was reminded and both days have passed', () => {
    const current = caseIn('AWAITING_SUPPLEMENT')
    const reminded = {
      ...current,
      supplements: [{ ...supplement, replyBy: '2026-03-19', remindedAt: at('2026-03-10') }],
    }
    expect(said(current, '2026-03-23')).toEqual([])
    expect(said(reminded, '2026-03-19')).toEqual([])
    expect(said(reminded, '2026-03-20')).toEqual(['closingProposed -1 intake'])
  })

  test('nothing is said about a case that is closed', () => {
    for (const state of ['REFUSED', 'PUBLISHED', 'WITHDRAWN', 'MERGED', 'CLOSED_NO_SUPPLEMENT'] as const) {
      expect(said(caseIn(state), '2026-06-01')).toEqual([])
    }
  })
})

describe('U: an answer that is late', () => {
  // Due on the 23rd; updates on 30 March, 6 April …
  test('the unit finds a draft the day before, and the citizen hears on the day where nothing was written', () => {
    const workers = 'handler@QN-C1,coordinators@QN-C1'
    expect(said(quiet, '2026-03-27')).toContain(`updateDue 1 ${workers}`)
    expect(act(quiet, '2026-03-27')).toBeNull()
    expect(act(quiet, '2026-03-30')).toEqual({ act: 'progressUpdate', due: '2026-03-30' })
    expect(said(quiet, '2026-03-30')).toContain(`updateMissed 0 ${workers},leaders@QN-C1,intake`)
  })

  test('what the unit has written counts for the update day after it', () => {
    const written = {
      ...quiet,
      progressUpdates: [{ at: at('2026-03-25'), day: '2026-03-25', by: 'h', text: 'Đang làm.' }],
    }
    expect(said(written, '2026-03-27').join()).not.toContain('update')
    expect(act(written, '2026-03-30')).toBeNull()
    expect(act(written, '2026-04-06')).toEqual({ act: 'progressUpdate', due: '2026-04-06' })
  })

  test('the update says what the record proves, apologises, and is the service’s own', () => {
    const due = act(quiet, '2026-03-30')
    if (due === null) throw new Error('nothing is due')
    const { next, entry, notices } = carryOutClockAct(quiet, due, 'Hiện chưa có kết quả.', {
      ...law,
      now: at('2026-03-30', 8),
    })
    expect(entry).toMatchObject({ actor: 'system', act: 'progressUpdate', from: 'PROCESSING', to: 'PROCESSING' })
    expect(entry.data).toMatchObject({ automatic: true, due: '2026-03-30' })
    expect(next.progressUpdates.at(-1)).toMatchObject({ by: 'system', day: '2026-03-30' })
    expect(notices).toMatchObject([
      { notice: 'N7', mandatory: true, params: { text: 'Hiện chưa có kết quả.', nextUpdateBy: { day: '2026-04-06' } } },
    ])
    expect(stateOfWork(quiet)).toEqual([{ fact: 'handled', unitCode: 'QN-C1', day: '2026-03-19' }])
  })

  test('whatever days the service ran on, each run leaves every update day that has come with an update, and none with two', () => {
    const workingDays = daysFrom('2026-03-02', 70).filter((day) => calendar.isWorkingDay(day))
    fc.assert(
      fc.property(fc.subarray(workingDays, { minLength: 1 }), fc.integer({ min: 8, max: 30 }), (runs, hour) => {
        let current: Case = quiet
        for (const day of runs) {
          // A run may come late, even on the day after.
          const now = at(day, hour)
          for (let due = act(current, day, now); due !== null; due = act(current, day, now)) {
            current = carryOutClockAct(current, due, 'Hiện chưa có kết quả.', { ...law, now }).next
          }
          const { progressUpdatesBy } = clocksOf(current, { ...law, now })
          const come = progressUpdatesBy.filter((due) => due <= day)
          const last = come.at(-1)
          if (last !== undefined) {
            const from = come.at(-2) ?? '2026-03-23'
            expect(current.progressUpdates.some((update) => update.day > from)).toBe(true)
          }
          expect(current.progressUpdates.length).toBeLessThanOrEqual(come.length)
        }
      }),
    )
  })

  test('also the Office owes updates while it has the case', () => {
    expect(act(caseIn('PENDING_INTAKE'), '2026-03-30')).toEqual({ act: 'progressUpdate', due: '2026-03-30' })
    expect(said(caseIn('PENDING_INTAKE'), '2026-03-30')).toContain('updateMissed 0 intake,officeLeaders')
    expect(act(caseIn('PENDING_PUBLICATION'), '2026-03-30')).toBeNull()
  })
})

describe('Q: a supplement that does not come', () => {
  test('the citizen is reminded once, after five working days, also when the run is late', () => {
    const current = caseIn('AWAITING_SUPPLEMENT')
    expect(act(current, '2026-03-09')).toBeNull()
    for (const day of ['2026-03-10', '2026-03-12', '2026-04-20']) {
      const due = act(current, day)
      expect(due).toEqual({ act: 'remindSupplement', due: '2026-03-10' })
      if (due === null) continue
      const { next, entry, notices } = carryOutClockAct(current, due, '', { ...law, now: at(day, 8) })
      expect(notices).toMatchObject([{ notice: 'N8', params: { missing: supplement.missing } }])
      expect(entry.act).toBe('remindSupplement')
      expect(act(next, day)).toBeNull()
    }
  })
})

test('the marks of time need no write: the same stored case is due soon and then overdue', () => {
  const flagsAt = (day: Day, hour: number) => {
    const now = at(day, hour)
    return flagsOf(quiet, clocksOf(quiet, { ...law, now }), { ...law, now })
  }
  const first = daysFrom('2026-03-02', 30).find((day) => flagsAt(day, 12).includes('dueSoon'))
  expect(first).toBeDefined()
  expect(calendar.workingDays(first ?? '', '2026-03-23')).toBe(qd31.workingDays.dueSoon)
  expect(flagsAt('2026-03-23', 23)).toContain('dueSoon')
  expect(flagsAt('2026-03-24', 0)).toEqual(['overdue'])
})

function act(current: Case, day: Day, now = at(day, 8)) {
  return clockActOn(day, current, clocksOf(current, { ...law, now: Math.max(now, at(day, 12)) }))
}

function daysFrom(first: Day, count: number): Day[] {
  return Array.from({ length: count }, (_, index) => addDays(first, index))
}

test('days are Vietnam’s', () => {
  expect(dayOf(reminderTimeOf('2026-03-20'))).toBe('2026-03-20')
})
