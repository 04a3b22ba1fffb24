import supertest from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House

beforeAll(async () => {
  house = await openHouse(uri, undefined, { ratePerMinute: 5, wrongTokensPerMinute: 3 })
})
afterAll(() => house.close())

const me = (token: string, from = '203.0.113.1') =>
  supertest(house.app).get('/api/v1/me').set('Authorization', `Bearer ${token}`).set('X-Forwarded-For', from)
const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status)

test('a token that asks too often is told when to come back, and no other token is held up', async () => {
  const busy = await house.tokenOf('busy', 'QN-VP', 'intakeOfficer')
  const calm = await house.tokenOf('calm', 'QN-VP', 'intakeOfficer')
  const answers = []
  for (let call = 0; call < 7; call++) answers.push(await me(busy))
  expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 200, 429, 429])
  const refused = answers.at(-1)
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(Number(refused?.headers['retry-after'])).toBeLessThanOrEqual(12)
  expect(JSON.parse(refused?.text ?? '')).toMatchObject({ status: 429, code: 'too_many_requests', errors: [] })
  expect((await me(calm)).status).toBe(200)
})

test('an address that shows one wrong token after another is not heard for a while; no token at all is just 401', async () => {
  const token = await house.tokenOf('later', 'QN-VP', 'intakeOfficer')
  const neighbour = await house.tokenOf('neighbour', 'QN-VP', 'intakeOfficer')
  const guesser = '203.0.113.77'
  const wrong = `pakn_${'a'.repeat(12)}.${'b'.repeat(43)}`
  expect((await me(neighbour, guesser)).status).toBe(200)
  const guesses = []
  for (let guess = 0; guess < 4; guess++) guesses.push(await me(wrong, guesser))
  expect(statusesOf(guesses.slice(0, 3))).toEqual([401, 401, 401])
  expect(guesses.at(-1)?.status).toBe(429)
  expect(guesses.at(-1)?.headers['retry-after']).toMatch(/^\d+$/)
  expect((await me(token, guesser)).status).toBe(429)
  // Whoever was known before is not shut out by a neighbour behind the same address.
  expect((await me(neighbour, guesser)).status).toBe(200)
  expect((await me(token, '203.0.113.78')).status).toBe(200)
  for (let call = 0; call < 5; call++) {
    const { status } = await supertest(house.app).get('/api/v1/me').set('X-Forwarded-For', guesser)
    expect(status).toBe(401)
  }
})
