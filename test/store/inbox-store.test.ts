import { createSecretKey } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFieldCipher } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createInboxStore } from '../../src/store/inbox-store.ts'
import { type InboxStore, type NewEvent, partitionCount, partitionOf } from '../../src/usecases/road.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const cipher = createFieldCipher([{ id: 'test', key: createSecretKey(Buffer.alloc(32, 7)) }])
let database: Database
let store: InboxStore

beforeAll(async () => {
  database = await openDatabase({ uri })
  store = createInboxStore({ database, cipher })
})

afterAll(() => database.close())

function event(key: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    key,
    citizenKey: 'citizen-a',
    lane: 'turn',
    eventName: 'user_send_text',
    at: 1,
    receivedAt: 1,
    raw: Buffer.from(`words of ${key}`),
    ...more,
  }
}

const place = (citizenKey: string) => ({ citizenKey, partition: partitionOf(citizenKey) })
const everywhere = Array.from({ length: partitionCount }, (_, index) => index)

test('many adds at once store each event once and say which was known', async () => {
  const keys = Array.from({ length: 300 }, (_, index) => `k${index % 100}`)
  const outcomes = await Promise.all(keys.map((key) => store.add(event(key, { citizenKey: 'citizen-many' }))))
  expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(100)
  expect(await database.collections.inbox.countDocuments({ citizenKey: 'citizen-many' })).toBe(100)
})

test('bytes come back as they were, and nowhere else', async () => {
  await store.add(event('bytes'))
  expect((await store.rawOf(['bytes', 'none'])).get('bytes')?.toString()).toBe('words of bytes')
  const stored = await database.collections.inbox.findOne({ _id: 'bytes' })
  expect(stored?.raw?.includes('words')).toBe(false)
  await database.collections.inbox.updateOne({ _id: 'k1' }, { $set: { raw: stored?.raw ?? Buffer.alloc(0) } })
  await expect(store.rawOf(['k1'])).rejects.toThrow()
})

test('what waits is found by citizen, in the time order of the platform, apart for each lane', async () => {
  await store.add(event('late', { citizenKey: 'citizen-b', at: 30 }))
  await store.add(event('early', { citizenKey: 'citizen-b', at: 10 }))
  await store.add(event('trace', { citizenKey: 'citizen-b', at: 20, lane: 'trace' }))
  const waiting = await store.waitingOf([place('citizen-b')], 'turn', 10)
  expect(waiting.map(({ key }) => key)).toEqual(['early', 'late'])
  const query = { partitions: everywhere, lane: 'turn' as const, except: [], limit: 1_000, realNow: Date.now() }
  const found = (await store.waitingCitizens(query)).map(({ citizenKey }) => citizenKey)
  expect(found).toContain('citizen-b')
  expect(await store.waitingCitizens({ ...query, except: found })).toEqual([])
  expect(await store.waitingCitizens({ ...query, partitions: [] })).toEqual([])
})

test('what was put off is not found before its time', async () => {
  await store.add(event('off', { citizenKey: 'citizen-c' }))
  await store.postpone(['off'], { reason: 'x', retryAt: Date.now() + 60_000 })
  const query = { partitions: everywhere, lane: 'turn' as const, except: [], limit: 1_000, realNow: Date.now() }
  const now = (await store.waitingCitizens(query)).map(({ citizenKey }) => citizenKey)
  expect(now).not.toContain('citizen-c')
  const later = await store.waitingCitizens({ ...query, realNow: Date.now() + 61_000 })
  expect(later.map(({ citizenKey }) => citizenKey)).toContain('citizen-c')
  expect(await store.waitingOf([place('citizen-c')], 'turn', 10)).toMatchObject([{ tries: 1 }])
})

test('an event that is given up is listed with its reason, newest first, and can wait again', async () => {
  for (const key of ['dead-1', 'dead-2']) await store.add(event(key, { citizenKey: 'citizen-d' }))
  await store.bury(['dead-1'], 1_000, 'poison')
  await store.bury(['dead-2', 'dead-1'], 2_000, 'poison')
  const letters = await store.deadLetters.list({ limit: 10 })
  expect(letters.map(({ key }) => key)).toEqual(['dead-2', 'dead-1'])
  expect((await store.deadLetters.list({ limit: 10, before: 2_000 })).map(({ key }) => key)).toEqual(['dead-1'])
  expect(await store.deadLetters.replay('dead-1')).toBe(true)
  expect(await store.waitingOf([place('citizen-d')], 'turn', 10)).toMatchObject([{ key: 'dead-1', tries: 0 }])
  expect((await store.deadLetters.list({ limit: 10 })).map(({ key }) => key)).toEqual(['dead-2'])
})
