import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Officer, ROLES, type Role } from '../../src/cases/case.ts'
import { addDays, startOfDay } from '../../src/cases/days.ts'
import { sightOf } from '../../src/cases/rights.ts'
import { CHANNELS, CONTENT_KINDS, FIELDS, OPEN_STATES, STATES } from '../../src/cases/words.ts'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { fold } from '../../src/conversation/text/normalise.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { CasePosition, Units } from '../../src/usecases/case-ports.ts'
import { type CaseListRequest, createListCases, type ListCases } from '../../src/usecases/list-cases.ts'
import { type SeenCase, seeCase } from '../../src/usecases/read-cases.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'
import { at } from '../cases/fixtures.ts'
import { calendar } from '../cases/support.ts'
import {
  FIRST_DAY,
  type Listed,
  LOGINS,
  PHONES,
  sampleCases,
  storeListed,
  UNIT_CODES,
  WORDS,
} from '../store/listed-cases.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const now = at('2026-03-19')
const today = '2026-03-19'
const listed: Listed[] = sampleCases(260, 11)
let database: Database
let units: Units
let lists: ListCases

beforeAll(async () => {
  database = await openDatabase({ uri })
  const data = await loadUnits('data')
  const files = data.files.map((file) => ({
    ...file,
    units: file.units.map((unit) =>
      unit.code === 'QN-SXD' ? { ...unit, roles: [...unit.roles, 'directIntake'] } : unit,
    ),
  }))
  units = createUnitDirectory({ files })
  const { store } = await storeListed(database, listed)
  lists = createListCases({
    cases: store,
    units,
    law: { calendar: () => calendar },
    codePrefix: 'PAKN',
    audit: { record: async () => undefined },
  })
})
afterAll(() => database.close())

const someOfficer = fc.record({
  type: fc.constant('officer' as const),
  login: fc.constantFrom(...LOGINS),
  name: fc.constant('Cán bộ'),
  unitCode: fc.constantFrom(...UNIT_CODES),
  roles: fc.uniqueArray(fc.constantFrom<Role>(...ROLES), { maxLength: 3 }),
})

type Asked = Omit<CaseListRequest, 'after' | 'limit'>

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 })
const day = fc.nat(30).map((later) => addDays(FIRST_DAY, later))
const someRequest = fc
  .record({
    states: maybe(fc.uniqueArray(fc.constantFrom(...STATES), { minLength: 1, maxLength: 4 })),
    unitCode: maybe(fc.constantFrom(...UNIT_CODES)),
    handler: maybe(
      fc.oneof(
        fc.constantFrom('me' as const, 'none' as const),
        fc.constantFrom(...LOGINS).map((login) => ({ login })),
      ),
    ),
    field: maybe(fc.constantFrom(...FIELDS.slice(0, 4))),
    channel: maybe(fc.constantFrom(...CHANNELS.slice(0, 4))),
    contentKind: maybe(fc.constantFrom(...CONTENT_KINDS.slice(0, 3))),
    due: maybe(fc.constantFrom('overdue' as const, 'today' as const, '3wd' as const)),
    receivedFrom: maybe(day),
    receivedTo: maybe(day),
    text: maybe(
      fc
        .subarray([...WORDS, 'Nguyễn', 'Niê', 'Công ty', 'Giấy'], { minLength: 1, maxLength: 2 })
        .map((words) => words.join(' ')),
    ),
    phone: maybe(fc.constantFrom(...PHONES)),
    sort: fc.constantFrom('dueAt' as const, '-receivedAt' as const),
  })
  // Everything at once would find nothing: two or three things are asked together.
  .chain((whole) => {
    const names = Object.keys(whole).filter(
      (name) => name !== 'sort' && whole[name as keyof typeof whole] !== undefined,
    )
    return fc.subarray(names, { maxLength: Math.min(3, names.length) }).map((kept) => {
      const entries = Object.entries(whole).filter(([name]) => name === 'sort' || kept.includes(name))
      return Object.fromEntries(entries) as unknown as Asked
    })
  })

/** The list as a person would make it, who reads every case. */
function expected(officer: Officer, asked: Asked): string[] {
  const words = asked.text === undefined ? [] : fold(asked.text).split(' ')
  const found = listed.flatMap(({ current, dueBy }) => {
    const sight = sightOf(current, officer, units)
    if (sight === null) return []
    const isOpen = OPEN_STATES.includes(current.state)
    const handler = asked.handler === 'me' ? officer.login : asked.handler === 'none' ? null : asked.handler?.login
    const due = isOpen ? (dueBy ?? '9999-12-31') : null
    const holds =
      (asked.states?.includes(current.state) ?? true) &&
      (asked.unitCode === undefined ||
        [current.leadUnitCode, ...current.coordinatingUnitCodes].includes(asked.unitCode)) &&
      (handler === undefined || current.handler === handler) &&
      (asked.field === undefined || current.field === asked.field) &&
      (asked.channel === undefined || current.channel === asked.channel) &&
      (asked.contentKind === undefined || current.contentKind === asked.contentKind) &&
      (asked.receivedFrom === undefined || current.receivedAt >= startOfDay(asked.receivedFrom)) &&
      (asked.receivedTo === undefined || current.receivedAt < startOfDay(addDays(asked.receivedTo, 1))) &&
      (asked.phone === undefined || (sight.sender && current.phone === asked.phone)) &&
      (asked.due !== 'overdue' || (due !== null && due < today)) &&
      (asked.due !== 'today' || due === today) &&
      // Thursday: Friday, Monday and Tuesday are the next three working days.
      (asked.due !== '3wd' || (due !== null && due >= today && due <= '2026-03-24')) &&
      (words.length === 0 || saysAll(seeCase(current, officer, units), words))
    return holds ? [{ current, due }] : []
  })
  const place = ({ current }: (typeof found)[number]) =>
    `${String(current.receivedAt).padStart(15, '0')} ${current.code.slice(-9)}`
  const newest = (a: (typeof found)[number], b: (typeof found)[number]) => (place(a) < place(b) ? 1 : -1)
  const soonest = (a: (typeof found)[number], b: (typeof found)[number]) => {
    if (a.due === null || b.due === null) return a.due === b.due ? newest(a, b) : a.due === null ? 1 : -1
    return a.due === b.due ? -newest(a, b) : a.due < b.due ? -1 : 1
  }
  return found.sort(asked.sort === 'dueAt' ? soonest : newest).map(({ current }) => current.code)
}

/** Whether all the words stand in what this reader sees. */
function saysAll(seen: SeenCase | null, words: readonly string[]): boolean {
  if (seen === null) return false
  const { current, sight } = seen
  const isNamed = sight.sender || current.submitterType !== 'citizen'
  const texts = [
    current.title,
    current.content,
    isNamed ? current.name : '',
    (sight.sender && current.contactPerson) || '',
  ]
  const said = texts.flatMap((text) => fold(text).split(' '))
  return words.every((word) => said.includes(word))
}

async function everyPage(officer: Officer, asked: Asked, limit: number): Promise<string[]> {
  const codes: string[] = []
  let after: CasePosition | null = null
  do {
    const page: Awaited<ReturnType<ListCases['list']>> = await lists.list(officer, { ...asked, after, limit }, now)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    codes.push(...page.items.map(({ current }) => current.code))
    after = page.next
  } while (after !== null)
  return codes
}

test('every list holds exactly what its reader may know of and asked for, in its order, page by page', async () => {
  let hits = 0
  await fc.assert(
    fc.asyncProperty(someOfficer, someRequest, fc.constantFrom(1, 2, 3), async (officer, asked, pages) => {
      const codes = expected(officer, asked)
      hits += codes.length
      const limit = Math.min(100, Math.ceil(codes.length / pages) || 1)
      expect(await everyPage(officer, asked, limit)).toEqual(codes)
    }),
    { numRuns: 150 },
  )
  expect(hits).toBeGreaterThan(500)
})

test('counts say how many of these cases there are, and know of no denunciation', async () => {
  await fc.assert(
    fc.asyncProperty(someOfficer, async (officer) => {
      const counts = await lists.counts(officer, now)
      const known = listed.filter(
        ({ current }) => !current.denunciationSuspected && sightOf(current, officer, units) !== null,
      )
      const open = known.filter(({ current }) => OPEN_STATES.includes(current.state))
      for (const { value, count, more } of counts.state) {
        expect([value, count, more]).toEqual([
          value,
          known.filter(({ current }) => current.state === value).length,
          false,
        ])
      }
      for (const { value, count } of counts.due) {
        const isDue = (by: string) =>
          value === 'overdue' ? by < today : by >= today && by <= (value === 'today' ? today : '2026-03-24')
        expect([value, count]).toEqual([value, open.filter(({ dueBy }) => dueBy !== null && isDue(dueBy)).length])
      }
      for (const [name, own] of [
        ['field', counts.field],
        ['channel', counts.channel],
      ] as const) {
        const tally = Object.groupBy(
          open.flatMap(({ current }) => current[name] ?? []),
          (value) => value,
        )
        expect(Object.fromEntries(own.map(({ value, count }) => [value, count]))).toEqual(
          Object.fromEntries(Object.entries(tally).map(([value, all]) => [value, all?.length])),
        )
      }
    }),
    { numRuns: 40 },
  )
})

describe('the desks of a unit', () => {
  test('are counted by the unit that leads and by its handlers', async () => {
    const office: Officer = { type: 'officer', login: 'x', name: '', unitCode: 'QN-VP', roles: ['officeLeader'] }
    const commune: Officer = { ...office, unitCode: 'QN-C23527', roles: ['agencyCoordinator'] }
    const open = listed
      .map(({ current }) => current)
      .filter((current) => OPEN_STATES.includes(current.state) && !current.denunciationSuspected)
    const all = await lists.counts(office, now)
    expect(Object.fromEntries(all.unit.map(({ value, count }) => [value, count]))).toEqual(
      tally(open.flatMap(({ leadUnitCode }) => leadUnitCode ?? [])),
    )
    expect(Object.fromEntries(all.handler.map(({ value, count }) => [String(value), count]))).toEqual(
      tally(open.map(({ handler }) => String(handler))),
    )
    const own = await lists.counts(commune, now)
    const led = open.filter(({ leadUnitCode }) => leadUnitCode === 'QN-C23527')
    expect(own.unit).toEqual([{ value: 'QN-C23527', count: led.length, more: false }])
    expect(Object.fromEntries(own.handler.map(({ value, count }) => [String(value), count]))).toEqual(
      tally(led.map(({ handler }) => String(handler))),
    )
  })
})

function tally(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
