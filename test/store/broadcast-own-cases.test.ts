import { afterAll, beforeAll, expect, test } from 'vitest'
import { createReadOwnCases, type ReadOwnCases } from '../../src/store/broadcast-own-cases.ts'
import { communesOf } from '../../src/usecases/broadcast-communes.ts'
import { draft, type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let house: House
let read: ReadOwnCases
beforeAll(async () => {
  house = await openHouse(uri)
  const { units, cipher, collections } = house
  read = createReadOwnCases({ cases: collections.cases, cipher, communeToday: communesOf(units).today })
})
afterAll(() => house.close())

test('people are known by the communes of today in which their own cases lie, and by whether one is open', async () => {
  const { address } = draft()
  const former = house.units.all().find(({ model, level, succeededBy }) => {
    return model === '2022' && level === 'commune' && succeededBy.length === 1
  })
  const today = house.units.all().find(({ code }) => code === former?.succeededBy[0])
  await house.file({}, 'one')
  await house.file({ address: { ...address, model: '2022', communeCode: former?.gsoCode ?? null } }, 'one')
  const closed = await house.file({ address: { ...address, communeCode: null } }, 'other')
  await house.collections.cases.updateOne({ _id: closed }, { $unset: { open: '' } })
  for (let count = 0; count < 30; count++) await house.file({}, 'many')
  const found = await read(['many', 'nobody', 'one', 'other'])
  expect(found.get('one')).toMatchObject({ all: 2, open: 2 })
  expect(new Set(found.get('one')?.communeCodes)).toEqual(new Set(['23527', today?.gsoCode]))
  expect(found.get('other')).toEqual({ all: 1, open: 0, communeCodes: [] })
  expect(found.get('many')).toEqual({ all: 30, open: 30, communeCodes: ['23527'] })
  expect(found.has('nobody')).toBe(false)
})
