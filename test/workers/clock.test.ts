import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import type { OutboxDocument } from '../../src/store/documents.ts'
import { createRetentionStore } from '../../src/store/retention-store.ts'
import { outboxDocument } from '../../src/store/turn-store.ts'
import { createWakeStore } from '../../src/store/wake-store.ts'
import { partitionOf } from '../../src/usecases/road.ts'
import type { OutgoingMessage, RunTurn } from '../../src/usecases/turn.ts'
import { startRetention, startWaking } from '../../src/workers/clock.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform } from '../support/fake-platform.ts'
import { noticeOfMessage } from '../support/notices.ts'
import { postEvent, type Road, type RoadOptions, says, startRoad, testAccount, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { zaloEvents } from '../support/zalo-events.ts'

const { uri } = testDatabase()
const events = zaloEvents(testAccount)
const logger = createLogger({ level: 'silent' })
const running: { stop(): Promise<void> }[] = []
const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/** A clock that a test moves. */
function movableClock() {
  let movedMs = 0
  return {
    now: () => Date.now() + movedMs,
    advance(ms: number) {
      movedMs += ms
    },
  }
}

/** Asks to be woken a day after the citizen's last words, and counts how often it was. */
const remindOnce: RunTurn = async ({ conversation, events: given, now }) => {
  const before = (conversation ?? { wakes: 0 }) as { wakes: number }
  const wakes = before.wakes + given.filter(({ type }) => type === 'wake').length
  const isWoken = given.every(({ type }) => type === 'wake')
  return { ...says({ wakes }, isWoken ? 'nhắc' : 'chào'), wakeAt: isWoken ? null : now + dayMs }
}

async function road(options: Partial<RoadOptions>): Promise<Road> {
  const started = await startRoad({
    uri,
    account: testAccount,
    keys: testKeys(),
    platform: createFakePlatform().platform,
    runTurn: remindOnce,
    ...options,
  })
  running.push(started)
  return started
}

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop()
})

test('a conversation is woken once when its time has come, however far the clock was moved', async () => {
  const clock = movableClock()
  const fake = createFakePlatform()
  const started = await road({ platform: fake.platform, clock })
  const wakeStore = createWakeStore({ database: started.database })
  running.push(startWaking({ wakeStore, partitions: started.partitions, clock, logger, pollMs: 20 }))
  running.push(startWaking({ wakeStore, partitions: started.partitions, clock, logger, pollMs: 20 }))
  await postEvent(started.webhookUrl, events.userSendsText('7800000000000000001', 'chào'))
  await until('the answer is there', () => fake.sent.length === 1)
  clock.advance(dayMs - hourMs)
  await pause(150)
  expect(fake.sent).toHaveLength(1)
  clock.advance(3 * dayMs)
  await until('the reminder is there', () => fake.sent.length === 2)
  await pause(300)
  expect(fake.sent.map(({ text }) => text)).toEqual(['chào', 'nhắc'])
  const [wake] = await started.database.collections.inbox.find({ eventName: 'wake' }).toArray()
  expect(wake?._id).toMatch(/^wake:.+:\d+$/)
})

test('a wish whose event was stored before a crash is not granted twice', async () => {
  const clock = movableClock()
  const fake = createFakePlatform()
  const started = await road({ platform: fake.platform, clock })
  const wakeStore = createWakeStore({ database: started.database })
  const citizenKey = started.citizenKey('7800000000000000002')
  await postEvent(started.webhookUrl, events.userSendsText('7800000000000000002', 'chào'))
  await until('the answer is there', () => fake.sent.length === 1)
  clock.advance(2 * dayMs)
  const due = await wakeStore.due({ partitions: [partitionOf(citizenKey)], now: clock.now(), limit: 10 })
  expect(due.map((wake) => wake.citizenKey)).toContain(citizenKey)
  await wakeStore.wake(due, clock.now())
  await until('the reminder is there', () => fake.sent.length === 2)
  await started.database.collections.conversations.updateOne(
    { _id: citizenKey },
    { $set: { wakeAt: new Date(due[0]?.wakeAt ?? 0) } },
  )
  await wakeStore.wake(due, clock.now())
  await pause(400)
  expect(fake.sent).toHaveLength(2)
  expect(await wakeStore.due({ partitions: [partitionOf(citizenKey)], now: clock.now(), limit: 10 })).toEqual([])
})

test('the nightly job removes what is old, keeps the proof of notices and work that waits, and reports in numbers', async () => {
  const clock = movableClock()
  const started = await road({ clock, ports: { settleMs: () => 3_600_000 } })
  const { inbox, outbox, jobs } = started.database.collections
  await Promise.all([inbox.deleteMany({}), outbox.deleteMany({}), jobs.deleteMany({})])
  const old = clock.now() - 200 * dayMs
  const key = started.citizenKey('7800000000000000003')
  for (let index = 0; index < 12; index++) {
    await inbox.insertOne({
      _id: `old-${index}`,
      partition: partitionOf(key),
      citizenKey: key,
      lane: 'turn',
      eventName: 'user_send_text',
      at: old,
      receivedAt: new Date(index < 10 ? old : clock.now()),
      raw: Buffer.from('x'),
      state: index === 0 ? 'waiting' : 'done',
      tries: 0,
      ...(index === 0 ? { retryAt: new Date(Date.now() + dayMs) } : {}),
    })
  }
  const message = (
    sequence: number,
    now: number,
    more: Partial<OutboxDocument>,
    notice?: OutgoingMessage['notice'],
  ) => {
    const { open: _open, ...document } = outboxDocument(started.cipher, {
      id: `${key}.${sequence}`,
      citizenKey: key,
      sequence,
      message: {
        body: { type: 'text', text: 'x', buttons: [] },
        priority: 1,
        ...(notice === undefined ? {} : { notice }),
      },
      owner: null,
      now,
    })
    return { ...document, state: 'accepted' as const, ...more }
  }
  const notice = noticeOfMessage('PAKN.20261123.0001', 'N1')
  await outbox.insertMany([
    message(1, old, {}),
    message(2, old, {}, notice),
    message(3, old, { open: true, state: 'waiting', retryAt: new Date(Date.now() + dayMs) }),
    message(4, clock.now(), {}),
  ])
  const retentionStore = createRetentionStore({ database: started.database })
  const reports: unknown[] = []
  for (const owner of ['a', 'b', 'c']) {
    running.push(
      startRetention({
        retentionStore,
        owner,
        clock,
        logger,
        days: { events: 180, chat: 180 },
        pollMs: 20,
        onDone: (report) => reports.push(report),
      }),
    )
  }
  await until('the job is done', () => reports.length > 0)
  await pause(200)
  expect(reports).toEqual([{ events: 9, messages: 1, noticeBodies: 1 }])
  expect((await retentionStore.reports(5)).map(({ removed }) => removed)).toEqual(reports)
  expect((await inbox.find().toArray()).map(({ _id }) => _id).sort()).toEqual(['old-0', 'old-10', 'old-11'])
  const left = await outbox.find().sort({ sequence: 1 }).toArray()
  expect(left.map(({ sequence, body }) => [sequence, body !== undefined])).toEqual([
    [2, false],
    [3, true],
    [4, true],
  ])
  clock.advance(dayMs)
  await until('the next night has its own job', () => reports.length === 2)
  expect(reports[1]).toEqual({})
})

test('a job whose process died is finished by another, and the report counts the work of both', async () => {
  const started = await road({})
  const { inbox, jobs } = started.database.collections
  await Promise.all([inbox.deleteMany({}), jobs.deleteMany({})])
  const store = createRetentionStore({ database: started.database })
  const claim = { job: 'retention:2026-11-23', owner: 'first', leaseMs: 50 }
  const insert = (from: number) =>
    inbox.insertMany(
      Array.from({ length: 3 }, (_, index) => ({
        _id: `dead-${from + index}`,
        partition: 0,
        citizenKey: 'k',
        lane: 'turn' as const,
        eventName: 'user_send_text',
        at: 0,
        receivedAt: new Date(0),
        state: 'done' as const,
        tries: 0,
      })),
    )
  const bounds = { eventsBefore: Date.now() - dayMs, chatBefore: 0 }
  const { signal } = new AbortController()
  await insert(0)
  expect(await store.claim(claim.job, 'first', claim.leaseMs)).toBe(true)
  await store.sweep(claim, bounds, signal)
  expect(await store.claim(claim.job, 'second', 60_000)).toBe(false)
  await until('the claim has ended', () => store.claim(claim.job, 'second', 60_000))
  await insert(3)
  await expect(store.sweep(claim, bounds, signal)).rejects.toMatchObject({ code: 'version_conflict' })
  expect(await inbox.countDocuments()).toBe(3)
  await store.sweep({ ...claim, owner: 'second' }, bounds, signal)
  expect(await store.finish(claim.job, 'second', Date.now())).toEqual({ events: 6 })
  expect(await store.claim(claim.job, 'second', 60_000)).toBe(false)
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
