import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { startMongod } from '../../src/store/mongod.ts'
import { partitionCount } from '../../src/usecases/road.ts'
import type { RunTurn } from '../../src/usecases/turn.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform } from '../support/fake-platform.ts'
import { postEvent, type Road, type RoadOptions, says, startRoad, testAccount, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { zaloEvents } from '../support/zalo-events.ts'

const { uri } = testDatabase()
const events = zaloEvents(testAccount)
const running: Road[] = []
const quickSender = { retryFirstMs: 30, retryMaxMs: 60, settleAfterMs: 80, lingerMs: 20, pollMs: 30 }
let citizens = 0

function newCitizen(): string {
  citizens += 1
  return String(7_720_000_000_000_000_000n + BigInt(citizens))
}

const remember: RunTurn = async ({ conversation, events: given }) => {
  const words = given.flatMap((event) => (event.type === 'text' ? [event.text] : []))
  return says([...((conversation ?? []) as string[]), ...words], words.join(' '))
}

async function road(options: Partial<RoadOptions> = {}): Promise<Road> {
  const started = await startRoad({
    uri,
    account: testAccount,
    keys: testKeys(),
    platform: createFakePlatform().platform,
    runTurn: remember,
    leaseMs: 800,
    sender: quickSender,
    ...options,
  })
  running.push(started)
  return started
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop().catch(() => undefined)
})

async function conversationOf(started: Road, userId: string): Promise<string[]> {
  const citizenKey = started.citizenKey(userId)
  return ((await started.turnStore.load([citizenKey])).get(citizenKey)?.state ?? []) as string[]
}

function crash(started: Road): Promise<void> {
  running.splice(running.indexOf(started), 1)
  return started.crash()
}

describe('several processes', () => {
  test('share the citizens fairly, and take over at once from one that ends in good order', async () => {
    const first = await road()
    expect(first.partitions.owned()).toHaveLength(partitionCount)
    const second = await road()
    await until('they share', () => first.partitions.owned().length === 32 && second.partitions.owned().length === 32)
    const both = new Set([...first.partitions.owned(), ...second.partitions.owned()])
    expect(both.size).toBe(partitionCount)
    running.splice(running.indexOf(second), 1)
    await second.stop()
    await until('the first has all', () => first.partitions.owned().length === partitionCount)
  })

  test("one citizen's events through both are answered once each, in order", async () => {
    const fake = createFakePlatform()
    // Nobody dies here: a lease that a busy machine lets run out would give an answer to both to send.
    const first = await road({ platform: fake.platform, leaseMs: 4_000 })
    const second = await road({ platform: fake.platform, leaseMs: 4_000 })
    await until('they share', () => first.partitions.owned().length === 32 && second.partitions.owned().length === 32)
    const userIds = Array.from({ length: 12 }, newCitizen)
    for (let index = 0; index < 8; index++) {
      await Promise.all(
        userIds.flatMap((userId) => {
          const event = events.userSendsText(userId, `t${index}`)
          // Delivered twice, to different processes.
          return [first, second].map((one) => postEvent(one.webhookUrl, event))
        }),
      )
      await until(`t${index} is answered`, () => userIds.every((userId) => wordsTo(fake, userId).length === index + 1))
    }
    const expected = Array.from({ length: 8 }, (_, index) => `t${index}`)
    for (const userId of userIds) {
      expect(wordsTo(fake, userId)).toEqual(expected)
      expect(await conversationOf(first, userId)).toEqual(expected)
    }
  })

  test('a process that dies is replaced when its leases end, by nobody before', async () => {
    const fake = createFakePlatform()
    const first = await road({ platform: fake.platform, leaseMs: 1_200 })
    const userId = newCitizen()
    await crash(first)
    const second = await road({ platform: fake.platform, leaseMs: 1_200 })
    expect(second.partitions.owned()).toHaveLength(0)
    expect(await postEvent(second.webhookUrl, events.userSendsText(userId, 'chào'))).toBe(200)
    expect(fake.textsTo(userId)).toEqual([])
    await until('it is answered', () => fake.textsTo(userId).length === 1)
    expect(fake.textsTo(userId)).toEqual(['chào'])
  })

  test('a writer that comes too late with a conversation changes nothing', async () => {
    const first = await road()
    const userId = newCitizen()
    await postEvent(first.webhookUrl, events.userSendsText(userId, 'một'))
    await until('it is known', async () => (await conversationOf(first, userId)).length === 1)
    const citizenKey = first.citizenKey(userId)
    const read = (await first.turnStore.load([citizenKey])).get(citizenKey) ?? null
    await postEvent(first.webhookUrl, events.userSendsText(userId, 'hai'))
    await until('it is known', async () => (await conversationOf(first, userId)).length === 2)
    const late = first.turnStore.commit(
      [
        {
          citizenKey,
          userId,
          read,
          state: ['muộn'],
          eventKeys: [],
          eraseEventKeys: [],
          messages: [],
          told: [],
          filed: [],
          moves: [],
          consents: [],
          wakeAt: null,
          handoff: null,
          following: null,
          interactionAt: null,
          floodToldAt: null,
          owner: null,
          now: Date.now(),
        },
      ],
      new AbortController().signal,
    )
    await expect(late).rejects.toMatchObject({ code: 'version_conflict' })
    expect(await conversationOf(first, userId)).toEqual(['một', 'hai'])
  })
})

describe('after a crash', () => {
  test('the same process takes its citizens back at once and answers what waited', async () => {
    const first = await road({ processId: 'p1', leaseMs: 60_000, ports: { settleMs: () => 60_000 } })
    const userId = newCitizen()
    await postEvent(first.webhookUrl, events.userSendsText(userId, 'một'))
    await crash(first)
    const fake = createFakePlatform()
    const beganAt = performance.now()
    await road({ processId: 'p1', isHeir: true, leaseMs: 60_000, platform: fake.platform })
    await until('it is answered', () => fake.textsTo(userId).length === 1)
    expect(performance.now() - beganAt).toBeLessThan(10_000)
  })

  test.each([
    ['that had been delivered is not sent again', true],
    ['that had not been delivered is sent', false],
  ])('a message on its way %s, and those behind it follow', async (_, isDelivered) => {
    const fake = createFakePlatform()
    const userId = newCitizen()
    fake.answer = (_userId, text) =>
      text === 'một'
        ? { result: { ok: true, messageId: 'never told', sentAt: 0 }, delivers: isDelivered, hangs: true }
        : undefined
    const first = await road({ processId: 'p2', isHeir: true, platform: fake.platform })
    await postEvent(first.webhookUrl, events.userSendsText(userId, 'một'))
    const { outbox } = first.database.collections
    await until(
      'it is on its way',
      async () => (await outbox.countDocuments({ citizenKey: first.citizenKey(userId), state: 'sending' })) === 1,
    )
    await postEvent(first.webhookUrl, events.userSendsText(userId, 'hai'))
    await until('the second is stored', async () => (await conversationOf(first, userId)).length === 2)
    await crash(first)
    fake.answer = undefined
    const second = await road({ processId: 'p2', isHeir: true, platform: fake.platform })
    await until('both are there', () => fake.textsTo(userId).length === 2)
    await until('all is settled', async () => (await second.outboxStore.backlog()).waiting === 0)
    expect(fake.textsTo(userId)).toEqual(['một', 'hai'])
    expect(fake.chatCalls).toBeGreaterThan(0)
  })

  test('a stopped process leaves nothing on its way', async () => {
    const fake = createFakePlatform()
    const userIds = Array.from({ length: 10 }, newCitizen)
    fake.answer = async () => {
      await pause(50)
      return undefined
    }
    const first = await road({ platform: fake.platform, sender: { ...quickSender, lanesAtOnceMax: 2 } })
    await Promise.all(userIds.map((userId) => postEvent(first.webhookUrl, events.userSendsText(userId, 'chào'))))
    await until('the first is sent', () => fake.sent.length > 0)
    running.splice(running.indexOf(first), 1)
    await first.stop()
    fake.answer = undefined
    const second = await road({ platform: fake.platform })
    const { owner } = first.partitions
    expect(await second.database.collections.outbox.countDocuments({ state: 'sending', owner })).toBe(0)
    await until('all are answered', () => userIds.every((userId) => fake.textsTo(userId).length === 1))
    await until('all is settled', async () => (await second.outboxStore.backlog()).waiting === 0)
    for (const userId of userIds) expect(fake.textsTo(userId)).toEqual(['chào'])
    expect(fake.chatCalls).toBe(0)
  })
})

describe('the database', () => {
  test('going away costs a 503 before Zalo gives up; when it is back everything goes on by itself', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pakn-away-'))
    const log = () => undefined
    let mongod = await startMongod({ dataDir, binary: inject('mongodBinary'), log })
    try {
      const fake = createFakePlatform()
      const started = await road({ uri: mongod.uri, platform: fake.platform })
      const userId = newCitizen()
      expect(await postEvent(started.webhookUrl, events.userSendsText(userId, 'trước'))).toBe(200)
      await until('it is answered', () => fake.textsTo(userId).length === 1)
      await mongod.stop()
      const lost = events.userSendsText(userId, 'giữa')
      for (let index = 0; index < 3; index++) {
        const beganAt = performance.now()
        expect(await postEvent(started.webhookUrl, lost)).toBe(503)
        expect(performance.now() - beganAt).toBeLessThan(5_000)
      }
      mongod = await startMongod({ dataDir, binary: inject('mongodBinary'), log })
      await until('it is stored', async () => (await postEvent(started.webhookUrl, lost)) === 200, 20_000)
      await until('it is answered', () => fake.textsTo(userId).length === 2, 20_000)
      expect(fake.textsTo(userId)).toEqual(['trước', 'giữa'])
      running.splice(running.indexOf(started), 1)
      await started.stop()
    } finally {
      await mongod.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

function wordsTo(fake: ReturnType<typeof createFakePlatform>, userId: string): string[] {
  return fake.textsTo(userId).flatMap((text) => text.split(' '))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
