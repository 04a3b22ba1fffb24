import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newForm } from '../../src/conversation/state.ts'
import type { MessagingPlatform, SendPriority } from '../../src/usecases/ports.ts'
import { openBroadcastHouse, startBroadcastProcess } from '../support/broadcast-house.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

type House = Awaited<ReturnType<typeof openBroadcastHouse>>
type Running = Awaited<ReturnType<typeof startBroadcastProcess>>

const { uri } = testDatabase()
let now: number
let house: House
let running: Running[]
let sent: { userId: string; priority: SendPriority | undefined; text: string }[]
/** Sends wait for it. */
let gate: Promise<void>
const holds: PromiseWithResolvers<void>[] = []

/** Keeps sends back until it is resolved, or the test has ended whatever way. */
function hold(): PromiseWithResolvers<void> {
  const held = Promise.withResolvers<void>()
  holds.push(held)
  return held
}

beforeAll(async () => {
  house = await openBroadcastHouse(uri)
})
beforeEach(() => {
  now = Date.parse('2026-11-23T09:00:00+07:00')
  sent = []
  running = []
  gate = Promise.resolve()
})
afterEach(async () => {
  for (const one of holds.splice(0)) one.resolve()
  for (const one of running) await one.stop().catch(() => undefined)
  await house.empty()
})
afterAll(() => house.close())

const platform: MessagingPlatform = {
  async send(userId, body, options) {
    await gate
    const text = body.type === 'text' ? body.text : ''
    sent.push({ userId, priority: options?.priority, text })
    return { ok: true, messageId: `m${sent.length}`, sentAt: now }
  },
  chat: async (userId) =>
    sent
      .map((one, index) => ({ ...one, messageId: `m${index + 1}` }))
      .filter((one) => one.userId === userId)
      .map(({ messageId, text }) => ({ messageId, fromCitizen: false, at: Date.now(), type: 'text', text })),
}

type Options = Partial<Parameters<typeof startBroadcastProcess>[0]>
async function start(options: Options = {}): Promise<Running> {
  const one = await startBroadcastProcess({ uri, platform, clock: { now: () => now }, ...options })
  running.push(one)
  return one
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `80${index + 1}` }))
const stateOf = async (id: string) => (await house.store.find(id))?.state
const reportOf = (id: string) => house.store.report(id)
const form = newForm({ flow: 'submit', flowVersion: '1', draftId: 'd1', startedAt: 0 })

describe('a running broadcast', () => {
  test('reaches everybody who may get it once, last in line, and says why for the others', async () => {
    await house.addPeople(now, [
      ...ids(5),
      { id: '901', following: null },
      { id: '902', following: false },
      { id: '903', lastContactAt: now - 8 * 86_400_000 },
      { id: '904', state: { broadcasts: false } },
    ])
    const { id } = await house.addRunning(now)
    await start()
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent.map(({ userId }) => userId).sort()).toEqual(['801', '802', '803', '804', '805'])
    expect(new Set(sent.map(({ priority }) => priority))).toEqual(new Set([4]))
    expect(await reportOf(id)).toMatchObject({
      counts: { total: 9, sent: 5, delivered: 0, skipped: 4, failed: 0 },
      reasons: { notOptedIn: 1, unfollowed: 1, windowClosed: 1, optedOut: 1 },
    })
    const page = await house.store.recipients(id, { group: 'all', reason: null, after: null, limit: 6 })
    const rest = await house.store.recipients(id, { group: 'all', reason: null, after: page.next, limit: 6 })
    const lines = [...page.items, ...rest.items]
    expect([page.items.length, rest.items.length, rest.next]).toEqual([6, 3, null])
    expect(new Set(lines.map(({ ref }) => ref)).size).toBe(9)
    expect(lines.filter(({ state }) => state === 'sent')).toHaveLength(5)
    const skipped = await house.store.recipients(id, { group: 'skipped', reason: null, after: null, limit: 10 })
    expect(skipped.items.map(({ reason }) => reason).sort()).toEqual([
      'notOptedIn',
      'optedOut',
      'unfollowed',
      'windowClosed',
    ])
  })

  test('never stands in the outbox with more copies than it may', async () => {
    await house.addPeople(now, ids(40))
    const { id } = await house.addRunning(now)
    const held = hold()
    gate = held.promise
    await start({ broadcasts: { aheadMax: 10, handful: 7 } })
    await until('the outbox is full', async () => (await house.runs.openCopies(id, 100)) === 10)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(await house.runs.openCopies(id, 100)).toBe(10)
    held.resolve()
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent).toHaveLength(40)
  })

  test('stops while it runs: what has not left is taken back, and nobody is lost from the count', async () => {
    await house.addPeople(now, ids(30))
    const { id } = await house.addRunning(now)
    const held = hold()
    gate = held.promise
    await start({ broadcasts: { aheadMax: 10 }, sender: { broadcastLanesAtOnceMax: 3 } })
    await until('copies are queued', async () => (await house.runs.openCopies(id, 100)) === 10)
    await until('three are leaving', async () => {
      const leaving = await house.database.collections.outbox.countDocuments({ state: 'sending' })
      return leaving === 3
    })
    await house.change(id, 'stopped')
    held.resolve()
    await until('nothing is open', async () => (await house.runs.openCopies(id, 1)) === 0)
    expect(sent).toHaveLength(3)
    const { counts, reasons } = await reportOf(id)
    expect(counts).toEqual({ total: 10, sent: 3, delivered: 0, skipped: 7, failed: 0 })
    expect(reasons).toEqual({ stopped: 7 })
  })

  test('pauses and goes on with the same people', async () => {
    await house.addPeople(now, ids(12))
    const { id } = await house.addRunning(now)
    const held = hold()
    gate = held.promise
    await start({ broadcasts: { aheadMax: 6 }, sender: { broadcastLanesAtOnceMax: 2 } })
    await until('two are leaving', async () => {
      const leaving = await house.database.collections.outbox.countDocuments({ state: 'sending' })
      return leaving === 2
    })
    await house.change(id, 'paused')
    held.resolve()
    await until('nothing is open', async () => (await house.runs.openCopies(id, 1)) === 0)
    expect(sent).toHaveLength(2)
    await house.change(id, 'running')
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent.map(({ userId }) => userId).sort()).toEqual(
      ids(12)
        .map((one) => one.id)
        .sort(),
    )
  })
})

test('words that are mended on the way wait for their approval, and go to whoever has none yet', async () => {
  await house.addPeople(now, ids(5))
  const { id } = await house.addRunning(now)
  const held = hold()
  gate = held.promise
  await start({ sender: { broadcastLanesAtOnceMax: 1 } })
  await until('all are queued and one is leaving', async () => {
    const leaving = await house.database.collections.outbox.countDocuments({ state: 'sending' })
    return leaving === 1 && (await house.runs.openCopies(id, 10)) === 5
  })
  const change = async (next: object) => {
    const current = await house.store.find(id)
    if (current === null) throw new Error('gone')
    await house.store.replace({ ...current, ...next, version: current.version + 1 }, null)
  }
  now += 1_000
  await change({ state: 'waitingApproval', title: 'Nghỉ lễ, lịch mới' })
  held.resolve()
  await until('nothing is open', async () => (await house.runs.openCopies(id, 1)) === 0)
  expect(sent).toHaveLength(1)
  now += 1_000
  await change({ state: 'running', startedAt: now })
  await until('it is done', async () => (await stateOf(id)) === 'done')
  expect(new Set(sent.map(({ userId }) => userId)).size).toBe(5)
  expect(sent.map(({ text }) => text.split('\n')[0]).sort()).toEqual([
    'Nghỉ lễ 24/11',
    ...Array.from({ length: 4 }, () => 'Nghỉ lễ, lịch mới'),
  ])
})

test('a copy with the words before is taken back also where the new ones run already', async () => {
  await house.addPeople(now, ids(3))
  const { id } = await house.addRunning(now)
  const held = hold()
  gate = held.promise
  await start({ sender: { broadcastLanesAtOnceMax: 1 } })
  await until('all are queued and one is leaving', async () => {
    const leaving = await house.database.collections.outbox.countDocuments({ state: 'sending' })
    return leaving === 1 && (await house.runs.openCopies(id, 10)) === 3
  })
  now += 1_000
  const current = await house.store.find(id)
  if (current === null) throw new Error('gone')
  const next = { ...current, title: 'Nghỉ lễ, lịch mới', startedAt: now, version: current.version + 1 }
  await house.store.replace(next, null)
  held.resolve()
  await until('it is done', async () => (await stateOf(id)) === 'done')
  expect(sent.map(({ text }) => text.split('\n')[0]).sort()).toEqual([
    'Nghỉ lễ 24/11',
    'Nghỉ lễ, lịch mới',
    'Nghỉ lễ, lịch mới',
  ])
})

test('the report is read by outcome and reason, page by page', async () => {
  await house.addPeople(now, [...ids(5), { id: '901', state: { broadcasts: false } }, { id: '902', following: false }])
  const refusing: MessagingPlatform = {
    ...platform,
    async send(userId, ...rest) {
      if (userId === '802') return { ok: false, class: 'user', code: '-217' }
      if (userId === '804') return { ok: false, class: 'drop', code: '-201' }
      return platform.send(userId, ...rest)
    },
  }
  await start({ platform: refusing })
  const { id } = await house.addRunning(now)
  await until('it is done', async () => (await stateOf(id)) === 'done')
  const read = async (group: 'all' | 'waiting' | 'sent' | 'skipped' | 'failed', reason: string | null = null) => {
    const found: string[] = []
    for (let after: string | null = null, pages = 0; pages < 10; pages++) {
      const page = await house.store.recipients(id, { group, reason, after, limit: 2 })
      expect(page.items.length).toBeLessThanOrEqual(2)
      found.push(...page.items.map((one) => `${one.state} ${one.reason ?? '-'}`))
      if (page.next === null) break
      after = page.next
    }
    return found.sort()
  }
  expect(await read('sent')).toEqual(['sent -', 'sent -', 'sent -'])
  expect(await read('failed')).toEqual(['failed zalo-201', 'failed zalo-217'])
  expect(await read('failed', 'zalo-217')).toEqual(['failed zalo-217'])
  expect(await read('skipped')).toEqual(['skipped optedOut', 'skipped unfollowed'])
  expect(await read('skipped', 'unfollowed')).toEqual(['skipped unfollowed'])
  expect(await read('waiting')).toEqual([])
  expect(await read('all')).toHaveLength(7)
})

describe('between plan and send', () => {
  async function withCopiesWaiting(count: number): Promise<{ id: string; release(): void }> {
    await house.addPeople(now, ids(count))
    const { id } = await house.addRunning(now)
    const held = hold()
    gate = held.promise
    await start({ sender: { broadcastLanesAtOnceMax: 1 } })
    await until('copies are queued', async () => (await house.runs.openCopies(id, 100)) === count)
    await until('one is leaving', async () => {
      return (await house.database.collections.outbox.countDocuments({ state: 'sending' })) === 1
    })
    return { id, release: () => held.resolve() }
  }
  const waiting = async () => {
    const copies = await house.database.collections.outbox.find({ state: 'waiting' }).toArray()
    return ids(5)
      .map(({ id }) => id)
      .filter((id) => copies.some(({ citizenKey }) => citizenKey === house.citizenKey(id)))
  }

  test('somebody says "stop" and gets nothing', async () => {
    const { id, release } = await withCopiesWaiting(3)
    const [stopped = ''] = await waiting()
    await house.setState(stopped, { broadcasts: false }, now)
    release()
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent.map(({ userId }) => userId)).not.toContain(stopped)
    expect(await reportOf(id)).toMatchObject({ counts: { total: 3, sent: 2, skipped: 1 }, reasons: { optedOut: 1 } })
  })

  test('somebody begins a form and gets it when the form is over', async () => {
    const { id, release } = await withCopiesWaiting(3)
    const [busy = ''] = await waiting()
    await house.setState(busy, { form: { ...form, lastAt: now } }, now)
    release()
    await until('the others have it', () => sent.length === 2)
    await until('it waits', async () => (await reportOf(id)).reasons['waiting:busy'] === 1)
    now += 61_000
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(await stateOf(id)).toBe('running')
    await house.setState(busy, { form: null }, now)
    now += 61_000
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent.filter(({ userId }) => userId === busy)).toHaveLength(1)
    expect((await reportOf(id)).counts).toMatchObject({ total: 3, sent: 3 })
  })

  test('the night comes, and everybody who waits gets it in the morning', async () => {
    await house.addPeople(now, ids(4))
    now = Date.parse('2026-11-23T20:59:00+07:00')
    const { id } = await house.addRunning(now)
    const held = hold()
    gate = held.promise
    await start({
      quietHours: { fromMinute: 21 * 60, toMinute: 7 * 60 },
      sender: { broadcastLanesAtOnceMax: 1 },
    })
    await until('one is leaving', async () => {
      return (await house.database.collections.outbox.countDocuments({ state: 'sending' })) === 1
    })
    now = Date.parse('2026-11-23T21:00:00+07:00')
    held.resolve()
    await until('the others wait', async () => (await reportOf(id)).reasons['waiting:night'] === 3)
    now = Date.parse('2026-11-24T06:59:59+07:00')
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(sent).toHaveLength(1)
    now = Date.parse('2026-11-24T07:00:00+07:00')
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent).toHaveLength(4)
  })
})

test('what is urgent for somebody takes the broadcast before it along', async () => {
  await house.addPeople(now, ids(4))
  const { id } = await house.addRunning(now)
  const held = hold()
  let sends = 0
  const slow: MessagingPlatform = {
    ...platform,
    async send(...args) {
      sends += 1
      // The only place for broadcasts is taken for long.
      if (sends === 1) await held.promise
      return platform.send(...args)
    },
  }
  const one = await start({ platform: slow, sender: { broadcastLanesAtOnceMax: 1 } })
  await until('one is leaving', () => sends === 1)
  await until('all are queued', async () => (await house.runs.openCopies(id, 10)) === 4)
  const [waiting] = await house.database.collections.outbox.find({ state: 'waiting' }).toArray()
  const { citizenKey, partition } = waiting ?? { citizenKey: '', partition: 0 }
  await house.queue(citizenKey, { body: { type: 'text', text: 'Đã có kết quả', buttons: [] }, priority: 2 }, now)
  one.road.sender.hint({ citizenKey, partition })
  await until('the notice is there', () => sent.some(({ text }) => text === 'Đã có kết quả'))
  expect(sent.map(({ priority }) => priority)).toEqual([2, 2])
  held.resolve()
  await until('it is done', async () => (await stateOf(id)) === 'done')
  expect(sent.map(({ priority }) => priority).sort()).toEqual([2, 2, 4, 4, 4])
})

test('who began to follow before anybody looked is known to Zalo, which is asked once', async () => {
  await house.addPeople(now, [
    { id: '901', following: null },
    { id: '902', following: null },
    { id: '903', following: null },
    { id: '904', following: null, state: { broadcasts: false } },
  ])
  const asked: string[] = []
  let isAway = true
  await start({
    askFollowing: async (key) => {
      if (isAway) throw new Error('away')
      asked.push(key)
      return key === house.citizenKey('901') ? true : key === house.citizenKey('902') ? false : null
    },
  })
  const { id } = await house.addRunning(now)
  await until('they wait for an answer', async () => (await reportOf(id)).reasons['waiting:asking'] === 3)
  isAway = false
  now += 61_000
  await until('it is done', async () => (await stateOf(id)) === 'done')
  expect((await reportOf(id)).reasons).toEqual({ unfollowed: 1, notOptedIn: 1, optedOut: 1 })
  const again = await house.addRunning(now, { title: 'Nghỉ Tết' })
  await until('it is done', async () => (await stateOf(again.id)) === 'done')
  expect(sent.map(({ userId }) => userId)).toEqual(['901', '901'])
  expect(asked.filter((key) => key === house.citizenKey('901'))).toHaveLength(1)
  expect(asked).not.toContain(house.citizenKey('904'))
})

describe('processes that die', () => {
  test('leave nobody out and tell nobody twice', async () => {
    await house.addPeople(now, ids(60))
    const { id } = await house.addRunning(now)
    const slow: MessagingPlatform = {
      ...platform,
      async send(...args) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return platform.send(...args)
      },
    }
    const options = {
      platform: slow,
      leaseMs: 300,
      broadcasts: { aheadMax: 8, handful: 5, leaseMs: 300 },
      sender: { broadcastLanesAtOnceMax: 3 },
    }
    for (const part of [10, 25, 40]) {
      const one = await start(options)
      await until(`${part} have it`, () => sent.length >= part)
      await one.crash()
    }
    await start(options)
    await until('it is done', async () => (await stateOf(id)) === 'done', 15_000)
    const told = Map.groupBy(sent, ({ userId }) => userId)
    expect([...told.keys()].sort()).toEqual(
      ids(60)
        .map((one) => one.id)
        .sort(),
    )
    // The platform's own record settles what was in flight, so that even those get no second copy.
    expect([...told.values()].filter((copies) => copies.length > 1)).toEqual([])
    expect((await reportOf(id)).counts).toMatchObject({ total: 60, sent: 60 })
  }, 20_000)

  test('and of two that live only one serves it', async () => {
    await house.addPeople(now, ids(40))
    const { id } = await house.addRunning(now)
    await Promise.all([
      start({ broadcasts: { aheadMax: 8, handful: 3 } }),
      start({ broadcasts: { aheadMax: 8, handful: 3 } }),
    ])
    await until('it is done', async () => (await stateOf(id)) === 'done')
    expect(sent.map(({ userId }) => userId).sort()).toEqual(
      ids(40)
        .map((one) => one.id)
        .sort(),
    )
  })
})
