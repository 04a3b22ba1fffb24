import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Officer } from '../../src/cases/case.ts'
import { verifyChain } from '../../src/cases/history.ts'
import type { CalendarVersion } from '../../src/cases/law-book.ts'
import { openLaw, readShippedLaw } from '../../src/open-law.ts'
import { openLawStore } from '../../src/store/law-store.ts'
import { importLaw } from '../../src/usecases/import-law.ts'
import { openKeptLaw } from '../../src/usecases/keep-law.ts'
import { type RecomputeDeps, recomputeClocks } from '../../src/usecases/recompute-clocks.ts'
import { type House, openHouse, receivedAt } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'

const shipped = readShippedLaw('.')
const never = new AbortController().signal
const now = receivedAt + 60_000
const noFault = (code: string, error: unknown) => {
  throw new Error(`${code}: ${error}`)
}

/** The year as it is in force in this house, with other days. */
function yearFile(house: House, year: number, change: Partial<CalendarVersion>): string {
  const found = house.law.kept.book().newest.years.find((one) => one.year === year)
  const { off, makeUp, provisional, sources } = {
    off: [],
    makeUp: [],
    provisional: false,
    sources: [],
    ...found,
    ...change,
  }
  return JSON.stringify({ timezone: 'Asia/Ho_Chi_Minh', [year]: { off, makeUp, provisional, sources } })
}

function importCalendar(house: House, text: string, dryRun = false) {
  const file = { kind: 'calendar' as const, name: 'calendar.json', text }
  return importLaw(house.lawFiles, { file, dryRun, by: 'operator' })
}

const offDays = (house: House, year: number) =>
  house.law.kept.book().newest.years.find((one) => one.year === year)?.off ?? []

describe('what comes with the program', () => {
  const { uri } = testDatabase()
  let house: House
  beforeAll(async () => {
    house = await openHouse(uri)
  })
  afterAll(() => house.close())

  test('is stored once, however many processes start, and however often', async () => {
    const { database } = house
    await Promise.all(Array.from({ length: 4 }, () => openLaw({ shipped, database, clock: { now: () => now } })))
    expect(await database.collection('calendars').countDocuments()).toBe(shipped.years.length)
    expect(await database.collection('ruleSets').countDocuments()).toBe(shipped.ruleSets.length)
    expect(await house.law.store.revision()).toBe(1)
    const [stored] = await database.collection('calendars').find({ year: 2026 }).toArray()
    expect(stored).toMatchObject({
      version: '2026.1',
      importedBy: 'program',
      sources: expect.arrayContaining([expect.any(String)]),
    })
  })

  test('is taken over with an upgrade, but never over what the province has imported', async () => {
    const { store } = house.law
    await importCalendar(house, yearFile(house, 2026, { off: [...offDays(house, 2026), '2026-11-23'] }))
    const upgraded = {
      ...shipped,
      years: [
        ...shipped.years.filter(({ year }) => year !== 2026 && year !== 2027),
        { year: 2026, version: '2026.2', provisional: false, off: [], makeUp: [], sources: [] },
        { year: 2027, version: '2027.1', provisional: false, off: ['2027-02-08'], makeUp: [], sources: [] },
      ],
    }
    const { newest } = (await openKeptLaw(store, upgraded, now)).book()
    expect(newest.years.find(({ year }) => year === 2027)).toMatchObject({ version: '2027.1', importedBy: 'program' })
    expect(newest.years.find(({ year }) => year === 2026)?.off).toContain('2026-11-23')
    // An older program that starts beside it changes nothing back.
    const old = await openKeptLaw(store, shipped, now)
    expect(old.book().newest.years.find(({ year }) => year === 2027)).toMatchObject({ version: '2027.1' })
  })

  test('a stored version that cannot be used is a fault with its place', async () => {
    const calendars = house.database.collection<{ _id: string }>('calendars')
    await calendars.updateOne({ _id: '2025@1' }, { $push: { off: '2025-05-03' } } as object)
    await expect(openLaw({ shipped, database: house.database, clock: { now: () => now } })).rejects.toThrow(
      /calendars 2025@1:1 {2}2025\.off\.12 dataFault\.offOnWeekend/,
    )
    await calendars.updateOne({ _id: '2025@1' }, { $pull: { off: '2025-05-03' } } as object)
  })
})

describe('a change of the law', () => {
  const { uri } = testDatabase()
  let house: House
  let codes: string[]
  const officer = (login: string, unitCode: string, ...roles: Officer['roles']): Officer => ({
    type: 'officer',
    login,
    name: login,
    unitCode,
    roles,
  })
  const intake = officer('intake', 'QN-VP', 'intakeOfficer')
  const freeDays = ['01', '02', '03', '04', '07', '08', '09', '10', '11', '14']
  /** A working day of December 2026 that no test before has taken. */
  const nextFreeDay = () => `2026-12-${freeDays.shift()}`

  const dataKeys = `k1:${randomBytes(32).toString('base64')}`
  beforeAll(async () => {
    house = await openHouse(uri, dataKeys)
  })
  afterAll(() => house.close())
  beforeEach(async () => {
    codes = []
    for (let count = 0; count < 6; count++) codes.push(await house.file())
  })

  const deps = (change: Partial<RecomputeDeps> = {}): RecomputeDeps => ({
    cases: house.cases,
    law: house.law.kept,
    store: house.law.store,
    owner: randomUUID(),
    now: () => now,
    ...change,
  })
  const sweep = (change: Partial<RecomputeDeps> = {}) =>
    recomputeClocks(deps(change), { signal: never, onFault: noFault })
  const find = async (code = '') => {
    const current = await house.cases.find(code)
    if (current === null) throw new Error(`no case ${code}`)
    return current
  }
  const act = async (code: string, name: string, extra: object = {}) => {
    const current = await find(code)
    const entry = { at: now, actor: intake.login, act: name, from: current.state, to: current.state, data: {} }
    const next = { ...current, ...extra, version: current.version + 1 }
    await house.cases.storeMoves({ moves: [{ next, entry }], messages: [], mark: null, now })
  }
  const moves = async (code: string) =>
    (await house.cases.history(code)).filter((line) => line.act === 'recomputeClocks')
  const stored = async (code: string) => {
    const found = await house.database
      .collection<{ _id: string; answerBy: string; lawRevision: number }>('cases')
      .findOne({ _id: code })
    return { answerBy: found?.answerBy, lawRevision: found?.lawRevision }
  }
  const takeOff = (day: string) => importCalendar(house, yearFile(house, 2026, { off: [...offDays(house, 2026), day] }))

  test('is told beforehand, case by case, and nothing is written', async () => {
    const secret = await house.file({ hints: ['denunciationSuspected'] })
    const before = await stored(codes[0] ?? '')
    const told = await importCalendar(
      house,
      yearFile(house, 2026, { off: [...offDays(house, 2026), '2026-12-31'], makeUp: ['2026-12-12'] }),
      true,
    )
    expect(told.years).toMatchObject([
      {
        year: 2026,
        before: '2026.1',
        version: '2026.2',
        workingDaysBefore: 249,
        workingDays: 247,
        off: { added: ['2026-12-31'], removed: [] },
        makeUp: { added: ['2026-12-12'], removed: ['2026-01-10', '2026-08-22'] },
      },
    ])
    expect(told).toMatchObject({ openCases: 6, casesMoved: 6 })
    expect(told.cases.find(({ code }) => code === codes[0])?.moved).toEqual([
      { clock: 'answerBy', before: '2026-12-15', after: '2026-12-14' },
    ])
    expect(told.cases.map(({ code }) => code)).not.toContain(secret)
    expect(await house.law.store.revision()).toBe(1)
    expect(await stored(codes[0] ?? '')).toEqual(before)
  })

  test('reaches every open case once, with what was and what is, and its stored day', async () => {
    const day = nextFreeDay()
    const done = await takeOff(day)
    expect(done.casesMoved).toBeGreaterThanOrEqual(codes.length)
    expect(await sweep()).toBe(true)
    expect(await sweep()).toBe(true)
    for (const code of codes) {
      const [line, ...more] = await moves(code)
      expect(more).toEqual([])
      expect(line).toMatchObject({ actor: 'system', from: 'PENDING_INTAKE', to: 'PENDING_INTAKE' })
      expect(line?.data).toMatchObject({
        rule: 'R10-12',
        answerBy: '2026-12-16',
        calendarVersions: { 2026: '2026.2' },
        before: { answerBy: '2026-12-15', calendarVersions: { 2026: '2026.1' } },
        moved: [
          { clock: 'answerBy', before: '2026-12-15', after: '2026-12-16' },
          { clock: 'forwardBy', before: '2026-12-01', after: '2026-12-02' },
        ],
      })
      expect(await stored(code)).toEqual({ answerBy: '2026-12-16', lawRevision: 2 })
      expect((await find(code)).version).toBe(2)
      expect(verifyChain(await house.cases.history(code), (await house.cases.head(code)) ?? undefined)).toEqual([])
    }
  })

  test('two processes at once, each ended in the middle, then a third: once per case', async () => {
    await takeOff(nextFreeDay())
    const ended = async () => {
      const stopping = new AbortController()
      let written = 0
      // Dies without a word: the lease stays where it is.
      const store = { ...house.law.store, claimSweep: async () => true, endSweep: async () => undefined }
      const cases: RecomputeDeps['cases'] = {
        ...house.cases,
        async storeMoves(asked) {
          // One at a time, so that it ends between two cases; nothing is written any more after the end.
          if (stopping.signal.aborted || asked.moves.length > 1 || written++ === 2) throw new Error('killed')
          await house.cases.storeMoves(asked)
        },
      }
      await recomputeClocks(deps({ cases, store }), {
        signal: stopping.signal,
        onFault: () => stopping.abort(),
      })
    }
    await Promise.all([ended(), ended()])
    expect(await sweep()).toBe(true)
    for (const code of codes) expect(await moves(code), code).toHaveLength(1)
  })

  test('officers who act on the same cases meanwhile lose nothing, and their cases are led over all the same', async () => {
    await takeOff(nextFreeDay())
    const acted = async (code: string) => {
      for (let count = 0; count < 5; count++) {
        for (;;) {
          try {
            await act(code, 'note')
            break
          } catch (error) {
            expect((error as { code?: unknown }).code).toBe('version_conflict')
          }
        }
      }
    }
    await Promise.all([sweep(), ...codes.map(acted)])
    expect(await sweep()).toBe(true)
    for (const code of codes) {
      const history = await house.cases.history(code)
      expect(history.filter((line) => line.act === 'note')).toHaveLength(5)
      expect(await moves(code)).toHaveLength(1)
      expect(verifyChain(history, (await house.cases.head(code)) ?? undefined)).toEqual([])
    }
  })

  test('a case whose days do not move is led over without a line', async () => {
    const [code = ''] = codes
    await importCalendar(house, yearFile(house, 2022, { sources: ['một văn bản khác'] }))
    expect(await sweep()).toBe(true)
    expect(await moves(code)).toEqual([])
    const { lawRevision } = await stored(code)
    expect(lawRevision).toBe(house.law.revision())
    expect((await find(code)).version).toBe(1)
  })

  test('a closed case keeps its day, also to whoever reads it later; opened again it has the newest', async () => {
    const [code = ''] = codes
    await act(code, 'withdraw', { state: 'WITHDRAWN', closedAt: now, lawRevision: house.law.revision() })
    const before = house.law.answerBy(await find(code))
    await takeOff(nextFreeDay())
    expect(await sweep()).toBe(true)
    expect(await moves(code)).toEqual([])
    expect(house.law.answerBy(await find(code))).toEqual(before)
    expect((await stored(code)).answerBy).toBe(before?.day)
    const open = await find(codes[1])
    expect(house.law.answerBy(open)?.day).not.toBe(before?.day)
    expect(house.law.answerBy({ ...(await find(code)), state: 'PENDING_INTAKE' })).toEqual(house.law.answerBy(open))
  })

  test('a process that has not noticed yet does before it gives out a case that was led over', async () => {
    const { database } = house
    const other = await openHouse(uri, dataKeys)
    const [code = ''] = codes
    const known = other.law.revision()
    await takeOff(nextFreeDay())
    expect(await sweep()).toBe(true)
    expect(other.law.revision()).toBe(known)
    expect((await other.cases.find(code))?.lawRevision).toBe(house.law.revision())
    expect(other.law.revision()).toBe(house.law.revision())
    expect(await (await openLawStore(database)).revision()).toBe(house.law.revision())
    await other.close()
  })

  test('two imports at once both hold', async () => {
    const [one, two] = [nextFreeDay(), nextFreeDay()]
    const text = yearFile(house, 2026, { off: [...offDays(house, 2026), one] })
    const sets = JSON.stringify({
      ruleSets: house.law
        .ruleSets()
        .map(({ id }) => ({ ...shipped.ruleSets.find((set) => set.id === id), version: two })),
    })
    await Promise.all([
      importCalendar(house, text),
      importLaw(house.lawFiles, {
        file: { kind: 'ruleSet', name: 'sets.json', text: sets },
        dryRun: false,
        by: 'operator',
      }),
    ])
    await house.law.kept.refresh()
    expect(offDays(house, 2026)).toContain(one)
    expect(house.law.ruleSets().map(({ version }) => version)).toEqual([two, two])
    await sweep()
  })

  test('a case that cannot be led over is named, and the others do not wait for it', async () => {
    await takeOff(nextFreeDay())
    const failing = codes[2] ?? ''
    const faults: string[] = []
    const cases: RecomputeDeps['cases'] = {
      ...house.cases,
      async storeMoves(asked) {
        if (asked.moves.some(({ next }) => next.code === failing)) throw new Error('broken')
        await house.cases.storeMoves(asked)
      },
    }
    expect(await recomputeClocks(deps({ cases }), { signal: never, onFault: (code) => void faults.push(code) })).toBe(
      false,
    )
    expect(faults).toEqual([failing])
    expect((await house.cases.countOpen(house.law.revision(), 100)).stale).toBe(1)
    expect(await sweep()).toBe(true)
    expect(await moves(failing)).toHaveLength(1)
  })

  test('the lists that this looks into are found by an index', async () => {
    const cases = house.database.collection('cases')
    const { queryPlanner } = await cases
      .find({
        state: {
          $in: [
            'PENDING_INTAKE',
            'AWAITING_SUPPLEMENT',
            'FORWARDED',
            'PROCESSING',
            'RETURNED_TO_INTAKE',
            'PENDING_PUBLICATION',
            'RETURNED_TO_AGENCY',
          ],
        },
        lawRevision: { $not: { $gte: 3 } },
      })
      .explain('queryPlanner')
    expect(JSON.stringify(queryPlanner.winningPlan)).toContain('"indexName":"law"')
    expect(await house.cases.countOpen(1, 3)).toEqual({ stale: 0, provisional: expect.any(Number) })
  })
})
