import { afterEach, describe, expect, test } from 'vitest'
import { messageKey, type OutboxDocument } from '../../src/store/documents.ts'
import { partitionOf } from '../../src/usecases/road.ts'
import type { OutgoingMessage, RunTurn } from '../../src/usecases/turn.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform, refusal } from '../support/fake-platform.ts'
import { noticeOfMessage } from '../support/notices.ts'
import { postEvent, type Road, type RoadOptions, says, startRoad, testAccount, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { zaloEvents } from '../support/zalo-events.ts'

const { uri } = testDatabase()
const events = zaloEvents(testAccount)
const running: Road[] = []
const quickSender = {
  retryFirstMs: 30,
  retryMaxMs: 60,
  settleAfterMs: 60,
  lingerMs: 20,
  pollMs: 30,
  pauseFirstMs: 80,
  pauseMaxMs: 80,
}
let citizens = 0

function newCitizen(): string {
  citizens += 1
  return String(7_710_000_000_000_000_000n + BigInt(citizens))
}

/** Says every word of a message in a bubble of its own. */
const wordByWord: RunTurn = async ({ conversation, events: given }) => {
  const words = given.flatMap((event) => (event.type === 'text' ? event.text.split(' ') : []))
  const output = says([...((conversation ?? []) as string[]), ...words])
  const messages = words.map(
    (text): OutgoingMessage => ({
      body: { type: 'text', text, buttons: [{ title: 'Thôi', payload: '#thoi' }] },
      priority: 1,
    }),
  )
  return { ...output, messages }
}

async function road(options: Partial<RoadOptions> = {}): Promise<Road> {
  const started = await startRoad({
    uri,
    account: testAccount,
    keys: testKeys(),
    platform: createFakePlatform().platform,
    runTurn: wordByWord,
    sender: quickSender,
    traces: { pollMs: 50, retryMs: 50, patienceMs: 2_000 },
    ...options,
  })
  running.push(started)
  return started
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop().catch(() => undefined)
})

function storedFor(started: Road, userId: string): Promise<OutboxDocument[]> {
  const citizenKey = started.citizenKey(userId)
  return started.database.collections.outbox.find({ citizenKey }, { sort: { _id: 1 } }).toArray()
}

async function statesOf(started: Road, userId: string): Promise<string[]> {
  return (await storedFor(started, userId)).map(({ state }) => state)
}

function settled(started: Road, userId: string, ...states: string[]): Promise<void> {
  return until(`the messages are ${states.join(', ')}`, async () => {
    return JSON.stringify(await statesOf(started, userId)) === JSON.stringify(states)
  })
}

describe('what the platform may answer', () => {
  test('a message that was not delivered is tried again before those behind it', async () => {
    const fake = createFakePlatform()
    let refusals = 3
    fake.answer = (_, text) => (text === 'một' && refusals-- > 0 ? refusal('retry', '-32') : undefined)
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai ba'))
    await settled(started, userId, 'accepted', 'accepted', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một', 'hai', 'ba'])
    const [first] = await storedFor(started, userId)
    expect(first?.tries.map(({ code }) => code)).toEqual(['-32', '-32', '-32'])
  })

  test('a citizen whose messages wait does not hold up another', async () => {
    const fake = createFakePlatform()
    const stuck = newCitizen()
    fake.answer = (userId) => (userId === stuck ? refusal('wait', '-218', { retryAfterMs: 60_000 }) : undefined)
    const started = await road({ platform: fake.platform })
    const other = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(stuck, 'một hai'))
    await postEvent(started.webhookUrl, events.userSendsText(other, 'chào'))
    await settled(started, other, 'accepted')
    await settled(started, stuck, 'waiting', 'waiting')
    await postEvent(started.webhookUrl, events.userSendsText(stuck, 'ba'))
    await settled(started, stuck, 'waiting', 'waiting', 'waiting')
    await until('nothing is in memory', () => started.sender.size() === 0)
    const [first, second] = await storedFor(started, stuck)
    expect(first?.retryAt.getTime()).toBeGreaterThan(Date.now() + 50_000)
    expect(second?.tries).toEqual([])
  })

  test('a citizen who cannot be reached is marked so, until they write again', async () => {
    const fake = createFakePlatform()
    fake.answer = () => refusal('user', '-230')
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'unreachable')
    const conversation = () => started.database.collections.conversations.findOne({ _id: started.citizenKey(userId) })
    await until('the mark is there', async () => (await conversation())?.unreachable?.code === '-230')
    fake.answer = undefined
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'hai'))
    await settled(started, userId, 'unreachable', 'accepted')
    expect((await conversation())?.unreachable).toBeNull()
  })

  test('a message that can never be sent ends as failed and those behind it go on', async () => {
    const fake = createFakePlatform()
    fake.answer = (_, text) => (text === 'một' ? refusal('drop', '-248') : undefined)
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai'))
    await settled(started, userId, 'failed', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['hai'])
  })

  test('an account that cannot send makes everybody wait, without trying them all, and then all goes out in order', async () => {
    const fake = createFakePlatform()
    const tried = new Set<string>()
    let isBroken = true
    fake.answer = (userId) => {
      if (isBroken) tried.add(userId)
      return isBroken ? refusal('admin', '-204') : undefined
    }
    const started = await road({
      platform: fake.platform,
      sender: { ...quickSender, pauseFirstMs: 400, pauseMaxMs: 400 },
    })
    const userIds = Array.from({ length: 5 }, newCitizen)
    const [first = ''] = userIds
    await postEvent(started.webhookUrl, events.userSendsText(first, 'một hai'))
    await until('the sender pauses', () => started.sender.isPaused())
    expect((await started.metrics.senderPaused.get()).values[0]?.value).toBe(1)
    for (const userId of userIds.slice(1)) await postEvent(started.webhookUrl, events.userSendsText(userId, 'chào'))
    await until('all are stored', async () => {
      const stored = await Promise.all(userIds.map((userId) => statesOf(started, userId)))
      return stored.every((states) => states.length > 0)
    })
    // One at a time is tried after each pause; however long storing took, never everybody at once.
    expect(tried.size).toBeLessThan(userIds.length)
    isBroken = false
    for (const userId of userIds.slice(1)) await settled(started, userId, 'accepted')
    await settled(started, first, 'accepted', 'accepted')
    expect(fake.textsTo(first)).toEqual(['một', 'hai'])
  })

  test('many citizens waiting for a dead platform stay out of memory, and are served when it is back', async () => {
    const fake = createFakePlatform()
    let isDown = true
    fake.answer = () => (isDown ? refusal('retry', 'refused') : undefined)
    const started = await road({
      platform: fake.platform,
      sender: { ...quickSender, lanesMax: 10, lingerMs: 5 },
      inbox: { citizensAtOnceMax: 10 },
    })
    const userIds = Array.from({ length: 60 }, newCitizen)
    await Promise.all(userIds.map((userId) => postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai'))))
    await until('all turns are stored', async () => {
      const stored = await Promise.all(userIds.map((userId) => statesOf(started, userId)))
      return stored.every((states) => states.length === 2)
    })
    expect(started.sender.size()).toBeLessThanOrEqual(20)
    isDown = false
    await until('all is sent', () => userIds.every((userId) => fake.textsTo(userId).length === 2), 20_000)
    for (const userId of userIds) expect(fake.textsTo(userId)).toEqual(['một', 'hai'])
  })

  test('a sender that throws is taken for one that may have delivered', async () => {
    const fake = createFakePlatform()
    let isFirst = true
    fake.answer = () => {
      if (!isFirst) return undefined
      isFirst = false
      throw new Error('a fault')
    }
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    expect(fake.chatCalls).toBe(1)
    expect(fake.textsTo(userId)).toEqual(['một'])
  })
})

describe('a send of unknown outcome', () => {
  test('that was delivered is found in the record of the platform and not sent again', async () => {
    const fake = createFakePlatform()
    let isFirst = true
    fake.answer = () => {
      if (!isFirst) return undefined
      isFirst = false
      return refusal('ambiguous', '-200', { delivers: true })
    }
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai'))
    await settled(started, userId, 'accepted', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một', 'hai'])
    const [first] = await storedFor(started, userId)
    expect(first?.messageIds).toEqual([fake.sent[0]?.messageId])
  })

  test('that was not delivered is sent again, also when the same words were delivered before', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    let isFirst = true
    fake.answer = () => {
      if (!isFirst) return undefined
      isFirst = false
      return refusal('ambiguous', 'timeout')
    }
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một', 'một'])
  })

  test('is settled by its echo before the record is asked', async () => {
    const fake = createFakePlatform()
    fake.answer = () => refusal('ambiguous', 'timeout')
    const started = await road({
      platform: fake.platform,
      sender: { ...quickSender, settleAfterMs: 5_000, lingerMs: 6_000 },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'ambiguous')
    await postEvent(started.webhookUrl, events.echo(userId, 'echo-1', 'một'))
    await settled(started, userId, 'accepted')
    expect(fake.chatCalls).toBe(0)
    const [message] = await storedFor(started, userId)
    expect(message?.messageIds).toEqual(['echo-1'])
  })

  test('is not settled by an echo of other words', async () => {
    const fake = createFakePlatform()
    fake.answer = () => refusal('ambiguous', 'timeout')
    const started = await road({
      platform: fake.platform,
      sender: { ...quickSender, settleAfterMs: 600, lingerMs: 6_000 },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'ambiguous')
    await postEvent(started.webhookUrl, events.echo(userId, 'echo-1', 'khác'))
    await pause(200)
    expect(await statesOf(started, userId)).toEqual(['ambiguous'])
    fake.answer = undefined
    await settled(started, userId, 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một'])
  })

  test('is not settled by the echo of the message before it, which had the same words', async () => {
    const fake = createFakePlatform()
    const started = await road({
      platform: fake.platform,
      sender: { ...quickSender, settleAfterMs: 600, lingerMs: 6_000 },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    fake.answer = () => refusal('ambiguous', 'timeout')
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted', 'ambiguous')
    const citizenKey = started.citizenKey(userId)
    // Handed on by somebody who looked before the first one was on record.
    const outcome = await started.sender.offerEcho({
      citizenKey,
      partition: partitionOf(citizenKey),
      messageId: fake.sent[0]?.messageId ?? '',
      text: 'một',
      at: Date.now(),
    })
    expect(outcome).toBe('none')
    fake.answer = undefined
    await settled(started, userId, 'accepted', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một', 'một'])
  })

  test('is looked for from its beginning on, whatever the clock did while it was on its way', async () => {
    const fake = createFakePlatform()
    const realNow = Date.now
    let isFirst = true
    fake.answer = (userId, text) => {
      if (!isFirst) return undefined
      isFirst = false
      fake.record(userId, text)
      // The machine slept, and was woken before the answer came.
      Date.now = () => realNow() + 20 * 60_000
      return refusal('ambiguous', 'timeout')
    }
    try {
      const started = await road({ platform: fake.platform })
      const userId = newCitizen()
      await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
      for (let looks = 0; looks < 300 && (await statesOf(started, userId))[0] !== 'accepted'; looks++) await pause(10)
      expect(await statesOf(started, userId)).toEqual(['accepted'])
      expect(fake.textsTo(userId)).toEqual([])
      expect(fake.chatCalls).toBe(1)
    } finally {
      Date.now = realNow
    }
  })

  test.each([
    ['-200', 2],
    ['-9999', 3],
  ])(
    'that Zalo answers with %s each time is given up after %i sends, and those behind it go on',
    async (code, sends) => {
      const fake = createFakePlatform()
      let tries = 0
      fake.answer = (_, text) => {
        if (text !== 'một') return undefined
        tries += 1
        return refusal('ambiguous', code)
      }
      const started = await road({ platform: fake.platform })
      const userId = newCitizen()
      await postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai'))
      await settled(started, userId, 'failed', 'accepted')
      expect(tries).toBe(sends)
      expect(fake.textsTo(userId)).toEqual(['hai'])
    },
  )

  test('is never sent again while the record cannot be read, and ends as unknown', async () => {
    const fake = createFakePlatform()
    fake.isChatDown = true
    fake.answer = (_, text) => (text === 'một' ? refusal('ambiguous', '-200') : undefined)
    const started = await road({ platform: fake.platform, sender: { ...quickSender, settleTriesMax: 3 } })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một hai'))
    await settled(started, userId, 'ambiguous', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['hai'])
    expect((await storedFor(started, userId)).filter(({ open }) => open === true)).toEqual([])
  })
})

describe('what the platform tells of messages', () => {
  test('receipts are recorded on the message, also in the wrong order', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    const messageId = fake.sent.at(-1)?.messageId ?? ''
    await postEvent(started.webhookUrl, events.seen(userId, [messageId]))
    await settled(started, userId, 'seen')
    await postEvent(started.webhookUrl, events.received(userId, messageId))
    await postEvent(started.webhookUrl, events.echo(userId, messageId, 'một'))
    await until('the traces are done', async () => (await waitingTraces(started)) === 0)
    expect(await statesOf(started, userId)).toEqual(['seen'])
    expect(fake.textsTo(userId)).toEqual(['một'])
  })

  test('a receipt that comes before the answer to the send is recorded all the same', async () => {
    const fake = createFakePlatform()
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    fake.answer = async () => {
      await held
      return { result: { ok: true, messageId: 'early-1', sentAt: Date.now() } }
    }
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'sending')
    await postEvent(started.webhookUrl, events.received(userId, 'early-1'))
    await pause(150)
    release?.()
    await settled(started, userId, 'delivered')
  })

  test('receipts and echoes of messages that are not ours end without effect', async () => {
    const started = await road({ traces: { pollMs: 20, retryMs: 20, patienceMs: 100 } })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.received(userId, 'foreign-1'))
    await postEvent(started.webhookUrl, events.echo(userId, 'foreign-2', 'của ai đó'))
    await until('the traces are done', async () => (await waitingTraces(started)) === 0)
    expect(await storedFor(started, userId)).toEqual([])
  })
})

describe('notices of officers', () => {
  const notice = (text: string): OutgoingMessage => ({
    body: { type: 'text', text, buttons: [] },
    priority: 2,
    notice: noticeOfMessage('PAKN.20261123.0001', 'N4'),
  })

  test('keep their place between the answers of the conversation', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    const citizenKey = started.citizenKey(userId)
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    await started.database.transaction((session) =>
      started.outboxStore.queueNotices(session, [
        { citizenKey, messages: [notice('thông báo 1'), notice('thông báo 2')], now: Date.now() },
      ]),
    )
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'hai'))
    await settled(started, userId, 'accepted', 'accepted', 'accepted', 'accepted')
    expect(fake.textsTo(userId)).toEqual(['một', 'thông báo 1', 'thông báo 2', 'hai'])
    expect((await storedFor(started, userId)).map(({ _id }) => _id)).toEqual(
      [1, 2, 3, 4].map((n) => messageKey(citizenKey, n)),
    )
  })

  test('are not queued when the transaction fails, nor for somebody never met', async () => {
    const started = await road()
    const userId = newCitizen()
    const citizenKey = started.citizenKey(userId)
    const queued = await started.database.transaction((session) =>
      started.outboxStore.queueNotices(session, [{ citizenKey, messages: [notice('x')], now: Date.now() }]),
    )
    expect(queued).toEqual([])
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await settled(started, userId, 'accepted')
    const failed = started.database.transaction(async (session) => {
      await started.outboxStore.queueNotices(session, [{ citizenKey, messages: [notice('x')], now: Date.now() }])
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await statesOf(started, userId)).toEqual(['accepted'])
  })
})

function waitingTraces(started: Road): Promise<number> {
  return started.database.collections.inbox.countDocuments({ state: 'waiting', lane: 'trace' })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
