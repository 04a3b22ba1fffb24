import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayNumber } from '../../src/cases/days.ts'
import { allowedActs } from '../../src/cases/decide.ts'
import { type CalendarVersion, createLawBook, type LawAt, lawOfCase, yearsMissing } from '../../src/cases/law-book.ts'
import { changeLaw } from '../../src/cases/law-change.ts'
import { movedDays, recompute } from '../../src/cases/recompute.ts'
import { OPEN_STATES, STATES } from '../../src/cases/words.ts'
import { at, caseIn, citizen, contextAt, NOW } from './fixtures.ts'
import { lawBook, qd31, ruleSets, years } from './support.ts'

const by = { importedAt: 5, importedBy: 'admin' }
const year2026 = years.find(({ year }) => year === 2026)
if (year2026 === undefined) throw new Error('no 2026')
const tetLonger = { ...year2026, off: [...year2026.off, '2026-03-19'] }

describe('a change', () => {
  test('is none where days only stand in another order or a version has another name', () => {
    const same = { ...year2026, version: 'other', off: year2026.off.toReversed() }
    const change = changeLaw(lawBook, { years: [same], ruleSets }, by)
    expect(change).toMatchObject({ years: [], ruleSets: [], book: lawBook })
  })

  test('makes a version of its own and leaves the old one where it was', () => {
    const { book, years: changed } = changeLaw(lawBook, { years: [tetLonger] }, by)
    expect(changed).toMatchObject([{ year: 2026, before: '2026.1', version: '2026.2', off: { added: ['2026-03-19'] } }])
    expect(book.revision).toBe(2)
    expect(book.newest.calendar.isWorkingDay('2026-03-19')).toBe(false)
    expect(book.at(1).calendar.isWorkingDay('2026-03-19')).toBe(true)
    expect(book.versionsOfYear(2026).map(({ version, importedBy }) => [version, importedBy])).toEqual([
      ['2026.1', 'program'],
      ['2026.2', 'admin'],
    ])
  })

  test('takes the name that a file gives unless it stands for something else', () => {
    const named = (version: string, provisional = false) =>
      changeLaw(lawBook, { years: [{ ...tetLonger, version, provisional }] }, by).years[0]?.version
    expect(named('2026.9')).toBe('2026.9')
    expect(named('2026.1')).toBe('2026.2')
    expect(named('2026.0-provisional')).toBe('2026.2')
    expect(named('2026.1', true)).toBe('2026.2-provisional')
  })

  test('of a rule set names each value', () => {
    const [first] = ruleSets
    if (first === undefined) throw new Error('no rule set')
    const next = { ...first, supplementClock: 'restart' as const, workingDays: { ...first.workingDays, publish: 3 } }
    const { ruleSets: changed, book } = changeLaw(lawBook, { ruleSets: [next] }, by)
    expect(changed).toEqual([
      {
        id: 'qd31-2021',
        before: '1',
        version: '2',
        values: [
          { path: 'workingDays.publish', before: '2', after: '3' },
          { path: 'supplementClock', before: 'pause-resume', after: 'restart' },
        ],
      },
    ])
    expect(book.at(1).ruleSet('qd31-2021').workingDays.publish).toBe(2)
    expect(book.newest.ruleSet('qd31-2021').workingDays.publish).toBe(3)
    expect(() => book.newest.ruleSet('qd99')).toThrow(/qd99/)
  })

  test('whatever comes after it, every revision stays as it was', () => {
    const anyDay = fc.integer({ min: dayNumber('2026-01-01'), max: dayNumber('2026-12-31') })
    const anyOff = fc.uniqueArray(anyDay.map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)))
    fc.assert(
      fc.property(fc.array(anyOff, { maxLength: 5 }), (changes) => {
        let book = lawBook
        const seen = [book.newest.calendar.dueDay('2026-03-02', 15)]
        for (const off of changes) {
          book = changeLaw(book, { years: [{ ...year2026, off }] }, by).book
          seen[book.revision - 1] = book.newest.calendar.dueDay('2026-03-02', 15)
        }
        expect(seen).toEqual(seen.map((_, index) => book.at(index + 1).calendar.dueDay('2026-03-02', 15)))
      }),
      { numRuns: 30 },
    )
  })
})

describe('the law of a case', () => {
  const { book } = changeLaw(lawBook, { years: [tetLonger] }, by)

  test.each(STATES)('%s: the newest while it is open, that of its closing afterwards', (state) => {
    const { calendar } = lawOfCase(book, { state, lawRevision: 1, ruleSetId: 'qd31-2021' })
    expect(calendar.isWorkingDay('2026-03-19')).toBe(!OPEN_STATES.includes(state))
  })

  test('before the first revision is the first', () => {
    expect(book.at(0).revision).toBe(1)
    expect(book.at(99).revision).toBe(2)
    const empty = createLawBook({ years: [], ruleSets: [] })
    expect(empty.newest.calendar.isProvisional('2026-01-01', '2026-01-01')).toBe(true)
  })

  test('a year that was loaded later was not known before', () => {
    const year2028: Omit<CalendarVersion, 'revision' | 'importedAt' | 'importedBy'> = {
      ...year2026,
      year: 2028,
      version: '2028.1',
      off: [],
      makeUp: [],
    }
    const later = changeLaw(book, { years: [year2028] }, by).book
    expect(later.at(2).calendar.versions('2028-01-01', '2028-01-01')).toEqual({ 2028: 'provisional' })
    expect(later.newest.calendar.versions('2028-01-01', '2028-01-01')).toEqual({ 2028: '2028.1' })
  })
})

describe('an open case under a changed law', () => {
  const { book } = changeLaw(lawBook, { years: [tetLonger] }, by)

  test('is led over with what was and what is', () => {
    const current = caseIn('PROCESSING')
    const change = recompute(current, book, NOW)
    expect(change?.next).toEqual({ ...current, version: current.version + 1, lawRevision: 2 })
    expect(change?.entry).toMatchObject({
      actor: 'system',
      act: 'recomputeClocks',
      from: 'PROCESSING',
      to: 'PROCESSING',
      data: {
        rule: 'R10-12',
        answerBy: '2026-03-24',
        calendarVersions: { 2026: '2026.2' },
        ruleSetVersion: '1',
        before: { answerBy: '2026-03-23', calendarVersions: { 2026: '2026.1' }, ruleSetVersion: '1' },
        moved: [{ clock: 'answerBy', before: '2026-03-23', after: '2026-03-24' }],
      },
    })
  })

  test('is left alone where no day of a running clock moves', () => {
    const elsewhere = changeLaw(lawBook, { years: [{ ...year2026, off: [...year2026.off, '2026-12-31'] }] }, by).book
    for (const state of OPEN_STATES) expect(recompute(caseIn(state), elsewhere, NOW), state).toBeNull()
  })

  test('names the clocks that run in its state, and updates only once C is over', () => {
    const clocks = (state: (typeof OPEN_STATES)[number], now = NOW, off = '2026-03-19') => {
      const later = changeLaw(lawBook, { years: [{ ...year2026, off: [...year2026.off, off] }] }, by).book
      return movedDays(caseIn(state), later.at(1), later.newest, now).map(({ clock }) => clock)
    }
    expect(clocks('PENDING_INTAKE', NOW, '2026-03-03')).toEqual(['answerBy', 'refuseBy', 'forwardBy'])
    expect(clocks('AWAITING_SUPPLEMENT')).not.toContain('answerBy')
    expect(clocks('PROCESSING', NOW, '2026-03-30')).toEqual([])
    expect(clocks('PROCESSING', at('2026-03-25'), '2026-03-30')).toEqual(['progressUpdateBy'])
  })
})

describe('years that nobody has loaded', () => {
  test.each([
    ['2026-11-29', []],
    ['2026-11-30', [2027]],
    ['2026-12-31', [2027]],
    ['2027-01-01', [2027]],
    ['2027-11-30', [2027, 2028]],
    ['2025-12-31', []],
  ])('on %s: %j', (today, missing) => {
    expect(yearsMissing(lawBook.newest, today)).toEqual(missing)
  })
})

describe('the right to disagree', () => {
  const { book } = changeLaw(lawBook, { years: [tetLonger] }, by)
  const published = {
    ...caseIn('PUBLISHED'),
    releasedAt: at('2026-03-02'),
    disagreement: null,
    citizenKey: 'key-of-the-sender',
  }
  /** Whether the sender may still disagree, with a calendar that came after the closing. */
  const may = (now: number, promisedBy: LawAt, today: LawAt) => {
    const lawOf = () => ({ calendar: promisedBy.calendar, ruleSet: qd31 })
    const context = contextAt(now, { calendar: today.calendar, lawOf })
    return allowedActs(published, citizen, context).includes('disagree')
  }

  test('ends as promised, or later where the calendar that came afterwards says so', () => {
    const [short, long] = [book.at(1), book.newest]
    expect(may(at('2026-03-23'), short, short)).toBe(true)
    expect(may(at('2026-03-24'), short, short)).toBe(false)
    expect(may(at('2026-03-24'), short, long)).toBe(true)
    expect(may(at('2026-03-24'), long, short)).toBe(true)
    expect(may(at('2026-03-25'), long, short)).toBe(false)
  })
})
