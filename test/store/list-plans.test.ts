import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Officer, Role } from '../../src/cases/case.ts'
import { startOfDay } from '../../src/cases/days.ts'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { Units } from '../../src/usecases/case-ports.ts'
import { type CaseListRequest, createListCases, type ListCases } from '../../src/usecases/list-cases.ts'
import type { PublishedFilter } from '../../src/usecases/public-cases.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'
import { at } from '../cases/fixtures.ts'
import { calendar } from '../cases/support.ts'
import { testDatabase } from '../support/database.ts'
import { type SeenQuery, watchQueries, withoutIndex } from '../support/seen-queries.ts'
import { PHONES, sampleCases, storeListed } from './listed-cases.ts'

const { uri } = testDatabase()
const COUNT = 1_500
const now = at('2026-03-19')
let database: Database
let units: Units
let lists: ListCases
let stored: Awaited<ReturnType<typeof storeListed>>

beforeAll(async () => {
  database = await openDatabase({ uri })
  units = createUnitDirectory(await loadUnits('data'))
  stored = await storeListed(database, sampleCases(COUNT, 5))
  lists = createListCases({
    cases: stored.store,
    units,
    law: { calendar: () => calendar },
    codePrefix: 'PAKN',
    audit: { record: async () => undefined },
  })
})
afterAll(() => database.close())

const officer = (unitCode: string, ...roles: Role[]): Officer => ({
  type: 'officer',
  login: 'lan',
  name: '',
  unitCode,
  roles,
})

const READERS: Record<string, Officer> = {
  'the Office': officer('QN-VP', 'intakeOfficer'),
  'its leader': officer('QN-VP', 'officeLeader'),
  'a commune': officer('QN-C23527', 'agencyCoordinator'),
  'a district with its communes': officer('KT-D616', 'agencyLeader', 'agencyCoordinator'),
  'a handler': officer('QN-C23527', 'handler'),
  'the whole province': officer('QN', 'agencyLeader'),
}

const FILTERS: Partial<CaseListRequest>[] = [
  {},
  { states: ['PROCESSING'] },
  { states: ['PROCESSING', 'FORWARDED', 'PUBLISHED'] },
  { unitCode: 'QN-C23530' },
  { handler: 'me' },
  { handler: 'none', states: ['PENDING_INTAKE'] },
  { field: 'land', channel: 'zalo', contentKind: 'conduct' },
  { due: 'overdue' },
  { due: 'today', unitCode: 'QN-C23527' },
  { due: '3wd', states: ['PROCESSING'] },
  { receivedFrom: '2026-03-10', receivedTo: '2026-03-12' },
  { text: 'hồ sơ' },
  { text: 'nghĩa trang hồ sơ' },
  { text: 'hồ sơ đất', states: ['PUBLISHED'], field: 'land' },
  { text: 'không có chữ này' },
  { text: 'PAKN.20260310.0001' },
  { phone: PHONES[0] ?? '' },
]

const db = () => database.connection.getClient().db(database.connection.name)

/** What one query may look at: about as much as it gives, passes over or is asked about. */
function tooMuch(queries: readonly SeenQuery[]): string[] {
  return queries
    .filter(({ keys, documents, returned, skipped, named }) => {
      const wanted = returned + skipped + named
      return keys > 2 * wanted + 300 || documents > returned + 25
    })
    .map(
      ({ collection, plan, keys, documents, returned, asked }) =>
        `${collection} ${plan} ${keys}/${documents} for ${returned}: ${asked}`,
    )
}

describe.each(Object.entries(READERS))('%s', (_who, reader) => {
  test('reads every list by an index, and no more of it than is shown', async () => {
    const seen = await watchQueries(db(), async () => {
      for (const filter of FILTERS) {
        for (const sort of ['-receivedAt', 'dueAt'] as const) {
          const asked = { ...filter, sort, limit: 20 }
          const { next } = await lists.list(reader, { ...asked, after: null }, now)
          if (next !== null) await lists.list(reader, { ...asked, after: next }, now)
        }
      }
    })
    expect(seen.length).toBeGreaterThan(FILTERS.length)
    expect(withoutIndex(seen, 0)).toEqual([])
    expect(tooMuch(seen)).toEqual([])
  })

  test('is given the counts by indexes alone', async () => {
    const seen = await watchQueries(db(), () => lists.counts(reader, now))
    expect(seen.length).toBeGreaterThan(3)
    expect(withoutIndex(seen, 0)).toEqual([])
    expect(seen.filter(({ documents }) => documents > 0)).toEqual([])
    expect(Math.max(...seen.map(({ keys }) => keys))).toBeLessThanOrEqual(1_001 + 300)
  })
})

test('the public list and its search read what they show', async () => {
  const filters: PublishedFilter[] = [
    {},
    { unitCode: 'QN-C1' },
    { field: 'land' },
    { words: ['ho', 'so'] },
    { words: ['cham'], unitCode: 'QN-C1', field: 'land' },
    { name: 'y ha nie' },
    { from: startOfDay('2026-03-10'), before: startOfDay('2026-03-12') },
    { words: ['never'] },
  ]
  const seen = await watchQueries(db(), async () => {
    for (const filter of filters) {
      const { next } = await stored.published.list(filter, null, 10)
      if (next !== null) await stored.published.list(filter, next, 10)
    }
  })
  expect(withoutIndex(seen, 0)).toEqual([])
  expect(tooMuch(seen)).toEqual([])
})

test('what other parts ask of the cases has an index as well', async () => {
  const { store } = stored
  const seen = await watchQueries(db(), async () => {
    await store.ofCitizen('somebody', 5)
    await store.openCodesOfHandler('lan', null, 10)
    await store.openCodesOfHandler('lan', 'PAKN.20260310.0001', 10)
    await store.findNational('H51.PAKN.20260310.0001')
    for await (const code of store.codes()) if (code !== '') break
  })
  expect(withoutIndex(seen, 0)).toEqual([])
  expect(tooMuch(seen)).toEqual([])
})

test('a list that reads a whole collection would be noticed', async () => {
  const seen = await watchQueries(db(), async () => {
    await stored.collections.cases.find({ channel: 'zalo' }).sort({ closedAt: 1 }).limit(5).toArray()
  })
  expect(withoutIndex(seen)).toHaveLength(1)
  expect(tooMuch(seen)).toHaveLength(1)
})
