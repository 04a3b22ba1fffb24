import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type RunningMongod, startMongod } from '../../src/store/mongod.ts'
import { freePort, startTestApp, statusOf, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, type Fault, startFakeZalo } from '../support/fake-zalo.ts'
import { canTestWithRedis, startRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

let citizens = 0
function newId(): string {
  citizens += 1
  return `84610273955188${String(60_000 + citizens)}`
}

/** Answers that a stranger gets without a draft, each different from the others. */
const QUESTIONS = ['menu', 'trợ giúp', 'tra cứu', 'dữ liệu của tôi']

/**
 * Everybody asks one question after the other, each when the turn before is stored, whether or not its answer has come. The
 * webhook must not feel what happens behind it.
 */
async function askAll(zalo: FakeZalo, app: TestApp, citizens: Citizen[]): Promise<void> {
  const turns = () => app.metric('pakn_turn_events_total')
  let done = await turns()
  for (const words of QUESTIONS) {
    const before = performance.now()
    const posted = citizens.map(({ id }) => zalo.post(zalo.events.userSendsText(id, words)))
    expect(new Set(await Promise.all(posted))).toEqual(new Set([200]))
    expect(performance.now() - before).toBeLessThan(1_500)
    done += citizens.length
    await until('every turn is stored', async () => (await turns()) >= done)
  }
}

/** What somebody hears whom nothing goes wrong for. */
async function undisturbed(citizen: Citizen): Promise<string[]> {
  for (const words of QUESTIONS) await citizen.say(words)
  return citizen.heard()
}

let folder: string
let mongod: RunningMongod
let zaloOfDatabase: FakeZalo
let appOfDatabase: TestApp
/** Somebody whose turn was being stored at the very moment when the database went. */
const unlucky = newId()
const startDatabase = () =>
  startMongod({ dataDir: folder, binary: inject('mongodBinary'), log: () => undefined, waitMs: 20_000 })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pakn-away-'))
  mongod = await startDatabase()
  zaloOfDatabase = await startFakeZalo({ echoes: true, receipts: true })
  appOfDatabase = await startTestApp({ uri: mongod.uri, zalo: zaloOfDatabase, env: { LOG_LEVEL: 'error' } })
})
afterAll(async () => {
  await appOfDatabase.stop()
  await mongod.stop()
  await zaloOfDatabase.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the database goes away: the webhook says 503, readiness too; it comes back alone and everybody is answered once', async () => {
  const busy = createCitizen(zaloOfDatabase, newId())
  const late = createCitizen(zaloOfDatabase, newId())
  await busy.say('menu')
  await zaloOfDatabase.settled()
  const { calls } = zaloOfDatabase.counts
  // Its answer is accepted by Zalo while nobody can write that down.
  zaloOfDatabase.fail({ mode: 'slow', ms: 800 }, { userId: busy.id })
  expect(await zaloOfDatabase.post(zaloOfDatabase.events.userSendsText(busy.id, 'tra cứu'))).toBe(200)
  await until('its answer is on the way', () => zaloOfDatabase.counts.calls > calls)
  // And one is in the hands of the turn in that very moment.
  expect(await zaloOfDatabase.post(zaloOfDatabase.events.userSendsText(unlucky, 'menu'))).toBe(200)
  await mongod.stop()

  const event = zaloOfDatabase.events.userSendsText(late.id, 'menu')
  const before = performance.now()
  expect(await zaloOfDatabase.post(event)).toBe(503)
  expect(performance.now() - before).toBeLessThan(8_000)
  expect([await statusOf(`${appOfDatabase.url}/readyz`), await statusOf(`${appOfDatabase.url}/healthz`)]).toEqual([
    503, 200,
  ])
  expect(await statusOf(`${appOfDatabase.url}/metrics`)).toBe(200)
  const response = await fetch(`${appOfDatabase.url}/api/v1/me`, {
    headers: { authorization: `Bearer pakn_${'a'.repeat(12)}.${'b'.repeat(43)}` },
  })
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'unavailable'])

  mongod = await startDatabase()
  await until('it is ready again', async () => (await statusOf(`${appOfDatabase.url}/readyz`)) === 200)
  // Zalo repeats what was not accepted, and sometimes what was.
  expect(await zaloOfDatabase.post(event)).toBe(200)
  expect(await zaloOfDatabase.post(event)).toBe(200)
  await until('both are answered', () => busy.heard().length === 2 && late.heard().length === 1)
  expect(await busy.say('trợ giúp')).not.toBe('')
  expect(await late.say('trợ giúp')).not.toBe('')
  expect([busy.heard().length, late.heard().length]).toEqual([3, 2])
})

describe('Redis goes away', () => {
  const { uri: without } = testDatabase()
  const { uri: killed } = testDatabase()

  test('an address where nobody listens costs nothing but a warning', async () => {
    const zalo = await startFakeZalo()
    const app = await startTestApp({ uri: without, zalo, env: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } })
    const citizen = createCitizen(zalo, newId())
    expect(await undisturbed(citizen)).toHaveLength(QUESTIONS.length)
    expect(app.logged()).toContain('Redis is away')
    await app.stop()
    await zalo.stop()
  })

  test.runIf(canTestWithRedis())('one that is killed while it is used changes no answer', async () => {
    const zalo = await startFakeZalo()
    const redis = await startRedis()
    const app = await startTestApp({ uri: killed, zalo, env: { REDIS_URL: redis.url } })
    const citizen = createCitizen(zalo, newId())
    await citizen.say('menu')
    const gone = redis.kill()
    const startedAt = performance.now()
    await citizen.say('tra cứu')
    await gone
    await citizen.say('trợ giúp')
    expect(performance.now() - startedAt).toBeLessThan(6_000)
    expect(citizen.heard()).toHaveLength(3)
    await app.stop()
    await zalo.stop()
  })
})

describe('Zalo says that it is asked too often', () => {
  const { uri } = testDatabase()

  test('nothing more is sent for a minute, the webhook goes on, and a new start sends all in order', async () => {
    const zalo = await startFakeZalo()
    const dataDir = await mkdtemp(join(tmpdir(), 'pakn-limit-'))
    const first = await startTestApp({ uri, zalo, dataDir })
    const expected = await undisturbed(createCitizen(zalo, newId()))
    const citizen = createCitizen(zalo, newId())
    zalo.fail({ mode: 'error', code: -32 }, { userId: citizen.id })
    await askAll(zalo, first, [citizen])
    const { calls } = zalo.counts
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect([zalo.counts.calls, citizen.heard()]).toEqual([calls, []])
    expect(await first.metric('pakn_outbox_waiting')).toBeGreaterThan(0)
    const before = performance.now()
    await first.stop()
    expect(performance.now() - before).toBeLessThan(10_000)

    await letTheMinutePass(uri)
    const second = await startTestApp({ uri, zalo, dataDir })
    await until('every answer came', () => citizen.heard().length >= expected.length)
    expect(citizen.heard()).toEqual(expected)
    await second.stop()
    await zalo.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
})

describe('with a running service', () => {
  const { uri } = testDatabase()
  let zalo: FakeZalo
  let app: TestApp

  beforeAll(async () => {
    zalo = await startFakeZalo({ echoes: true, receipts: true })
    app = await startTestApp({ uri, zalo, env: { LOG_LEVEL: 'error' } })
  })
  afterAll(async () => {
    await app.stop()
    await zalo.stop()
  })

  const faults: [string, Fault, number][] = [
    ['slow', { mode: 'slow', ms: 700 }, 1],
    ['502 with a page', { mode: 'html502' }, 1],
    ['cut connections', { mode: 'reset' }, 2],
    ['a cut connection after delivery', { mode: 'resetButDelivered' }, 1],
    ['failing with -200', { mode: 'error', code: -200 }, 1],
    ['failing with -200 after delivery', { mode: 'errorButDelivered', code: -200 }, 1],
    ['a 502 after delivery', { mode: 'html502ButDelivered' }, 1],
  ]

  test('Zalo is ill in every way: each answer arrives once and in order, and the webhook does not feel it', async () => {
    const expected = await undisturbed(createCitizen(zalo, newId()))
    const ill = faults.map(([what, fault, times]) => {
      const citizen = createCitizen(zalo, newId())
      zalo.fail(fault, { userId: citizen.id, path: '/message', times })
      return { what, citizen }
    })
    await askAll(
      zalo,
      app,
      ill.map(({ citizen }) => citizen),
    )
    for (const { what, citizen } of ill) {
      await until(`all answers come though Zalo is ${what}`, () => citizen.heard().length >= expected.length, 25_000)
    }
    await zalo.settled()
    for (const { what, citizen } of ill) {
      expect({ what, heard: citizen.heard() }).toEqual({ what, heard: expected })
    }
  })

  test('one who sends 500 messages is told so once and answered in the end; another does not notice', async () => {
    const loud = createCitizen(zalo, newId())
    const quiet = createCitizen(zalo, newId())
    const startedAt = Date.now()
    const flood = Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        zalo.post(zalo.events.userSendsText(loud.id, `tin số ${index}`, { at: startedAt + index })),
      ),
    )
    const tookMs = [await timeOf(() => quiet.say('menu'))]
    expect(new Set(await flood)).toEqual(new Set([200]))
    tookMs.push(await timeOf(() => quiet.say('trợ giúp')))
    await until('the loud one is told', () => told(loud) > 0, 20_000)
    tookMs.push(await timeOf(() => quiet.say('tra cứu')))
    // A machine that is busy with other things may make one of them late.
    expect(tookMs.toSorted((a, b) => a - b)[1]).toBeLessThan(5_000)
    expect(told(loud)).toBe(1)
    expect(loud.heard().length).toBeLessThan(20)
  })

  const told = (citizen: Citizen) => citizen.heard().filter((words) => words.includes('đọc chưa kịp')).length
})

test('whoever was in the hands of a turn when the database went is answered once, too', async () => {
  await until('the unlucky one is answered', () => zaloOfDatabase.texts(unlucky).length > 0, 45_000)
  expect(zaloOfDatabase.texts(unlucky)).toHaveLength(1)
}, 50_000)

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

/** What is put off becomes due now. */
async function letTheMinutePass(uri: string): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri)
  await client
    .db()
    .collection('outbox')
    .updateMany({ open: true }, { $set: { retryAt: new Date() } })
  await client.close()
}
