import supertest from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let code = ''
const tokens: Record<string, string> = {}
const CITIZEN = 'citizen-of-consents'

beforeAll(async () => {
  house = await openHouse(uri)
  code = await house.file({}, CITIZEN)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.stranger = await house.tokenOf('stranger', 'QN-C23527', 'handler')
  const said = (id: string, given: boolean, at: string, citizenKey = CITIZEN) => ({
    _id: id,
    citizenKey,
    purpose: 'broadcasts',
    given,
    textVersion: 'v1',
    at: new Date(at),
    eventId: id,
  })
  await house.collections.consents.insertMany([
    said('c2', true, '2026-11-23T11:00:00+07:00'),
    said('c1', false, '2026-11-23T11:00:00+07:00'),
    said('c3', false, '2026-12-01T08:00:00+07:00'),
    said('c4', false, '2026-12-01T08:00:00+07:00', 'somebody-else'),
  ])
})
afterAll(() => house.close())

const read = (who: string, query = '', of = code) =>
  supertest(house.app).get(`/api/v1/cases/${of}/consents${query}`).set('Authorization', `Bearer ${tokens[who]}`)

test('what a sender has said about news stands in order, page by page, and nothing of anybody else', async () => {
  const { body } = await read('intake')
  const news = body.items.filter(({ purpose }: { purpose: string }) => purpose === 'broadcasts')
  expect(news.map(({ id, given, at }: { id: string; given: boolean; at: string }) => [id, given, at])).toEqual([
    ['c1', false, '2026-11-23T11:00:00+07:00'],
    ['c2', true, '2026-11-23T11:00:00+07:00'],
    ['c3', false, '2026-12-01T08:00:00+07:00'],
  ])
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { id: string }[]; next: string | null } = (
      await read('intake', `?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    ).body
    paged.push(...page.items.map(({ id }) => id))
    cursor = page.next
  }
  expect(paged).toEqual(body.items.map(({ id }: { id: string }) => id))
  const logged = await house.database
    .collection<{ _id: string; act: string }>('audit')
    .countDocuments({ act: 'readCase' })
  expect(logged).toBeGreaterThan(0)
})

test('whoever may not know of the case, or not who sent it, does not read it', async () => {
  expect((await read('stranger')).status).toBe(404)
  expect((await read('publisher')).status).toBe(403)
  expect((await read('intake', '', 'PAKN.20261123.9999')).status).toBe(404)
  expect((await read('intake', '?cursor=x')).status).toBe(422)
})
