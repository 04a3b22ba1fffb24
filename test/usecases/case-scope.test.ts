import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Case, type Officer, ROLES, type Role } from '../../src/cases/case.ts'
import { view } from '../../src/cases/rights.ts'
import { STATES } from '../../src/cases/words.ts'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { caseFields } from '../../src/store/case-documents.ts'
import { createCaseStore, openCaseCollections } from '../../src/store/case-store.ts'
import { createFieldCipher, createKeyedHash, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { CaseStore, Units } from '../../src/usecases/case-ports.ts'
import { scopeOf } from '../../src/usecases/case-scope.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'
import { caseIn } from '../cases/fixtures.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const UNIT_CODES = ['QN', 'QN-VP', 'QN-TTPVHCC', 'QN-SXD', 'QN-C23527', 'KT-D616', 'KT-C23527', 'KT-C23530']
const LOGINS = ['lan', 'hung', 'binh']
let database: Database
let units: Units
let store: CaseStore
const cases: Case[] = []

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
  const keys = {
    cipher: createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`)),
    hash: createKeyedHash(randomBytes(32)),
  }
  const collections = await openCaseCollections(database)
  store = createCaseStore({
    database,
    collections,
    ...keys,
    queueMessages: () => Promise.reject(new Error('this test only reads')),
    listDays: () => ({ answerBy: null, dueBy: null, provisional: false }),
  })
  for (const [index, change] of fc.sample(someCase, { numRuns: 150, seed: 7 }).entries()) {
    cases.push({ ...caseIn(change.state), ...change, code: `PAKN.20261123.${String(index + 1).padStart(4, '0')}` })
  }
  await collections.cases.insertMany(
    cases.map((one) => ({
      _id: one.code,
      ...caseFields(keys, { ...one, draftId: null }, { answerBy: null, dueBy: null, provisional: false }),
      words: [],
      head: { seq: 0, hash: '' },
    })),
  )
})
afterAll(() => database.close())

const unitCode = fc.constantFrom(...UNIT_CODES)
const someCase = fc.record({
  state: fc.constantFrom(...STATES),
  intakeUnitCode: fc.constantFrom('QN-VP', 'KT-VP', 'QN-SXD'),
  intakeOfficer: fc.option(fc.constantFrom(...LOGINS)),
  leadUnitCode: fc.option(unitCode),
  coordinatingUnitCodes: fc.uniqueArray(unitCode, { maxLength: 2 }),
  handler: fc.option(fc.constantFrom(...LOGINS)),
  denunciationSuspected: fc.boolean(),
  concernedUnitCodes: fc.uniqueArray(unitCode, { maxLength: 2 }),
})
const someOfficer = fc.record({
  type: fc.constant('officer' as const),
  login: fc.constantFrom(...LOGINS),
  name: fc.constant('Cán bộ'),
  unitCode,
  roles: fc.uniqueArray(fc.constantFrom<Role>(...ROLES), { maxLength: 3 }),
})

test('the database gives an officer exactly the cases that the rules let them know of', async () => {
  await fc.assert(
    fc.asyncProperty(someOfficer, async (officer: Officer) => {
      const scope = scopeOf(officer, units)
      const known = cases
        .filter((one) => view(one, officer, units) !== 'none')
        .map(({ code }) => code)
        .sort()
      const asked = { after: null, limit: cases.length + 1 }
      for (const sort of ['-receivedAt', 'dueAt'] as const) {
        const { found, next } = await store.list({ scope, looksAtSenders: false }, { ...asked, sort })
        expect(next).toBeNull()
        expect(found.map(({ current }) => current.code).sort()).toEqual(known)
      }
    }),
    { numRuns: 150 },
  )
})

test('one case is found by its code where it lies in the scope, and is not there where it does not', async () => {
  await fc.assert(
    fc.asyncProperty(someOfficer, fc.nat(cases.length - 1), async (officer, index) => {
      const current = cases[index]
      if (current === undefined) throw new Error('no such case')
      const scope = scopeOf(officer, units)
      const isKnown = view(current, officer, units) !== 'none'
      expect((await store.find(current.code, scope))?.code).toBe(isKnown ? current.code : undefined)
      expect(await store.knownOf([current.code], scope)).toEqual(isKnown ? [current.code] : [])
    }),
    { numRuns: 150 },
  )
})
