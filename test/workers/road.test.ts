import { afterEach, describe, expect, test } from 'vitest'
import type { Received } from '../../src/conversation/received.ts'
import type { RunTurn } from '../../src/usecases/turn.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform } from '../support/fake-platform.ts'
import { postEvent, type Road, type RoadOptions, says, startRoad, testAccount, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { zaloEvents } from '../support/zalo-events.ts'

const { uri } = testDatabase()
const events = zaloEvents(testAccount)
const running: Road[] = []
let citizens = 0

/** A citizen nobody has met. */
function newCitizen(): string {
  citizens += 1
  return String(7_700_000_000_000_000_000n + BigInt(citizens))
}

async function road(options: Partial<RoadOptions> = {}): Promise<Road> {
  const started = await startRoad({
    uri,
    account: testAccount,
    keys: testKeys(),
    platform: createFakePlatform().platform,
    runTurn: remember,
    ...options,
  })
  running.push(started)
  return started
}

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop().catch(() => undefined)
})

/** Answers each turn with the words it was given; the conversation remembers all of them. */
const remember: RunTurn = async ({ conversation, events: given }) => {
  const words = wordsOf(given)
  const before = (conversation ?? []) as string[]
  return says([...before, ...words], `${words.join(' ')}`)
}

function wordsOf(given: Received[]): string[] {
  return given.map((event) => (event.type === 'text' ? event.text : event.type))
}

async function conversationOf(started: Road, userId: string): Promise<unknown> {
  const citizenKey = started.citizenKey(userId)
  return (await started.turnStore.load([citizenKey])).get(citizenKey)?.state
}

describe('the way in', () => {
  test('a message is answered, and its words are in no collection in plain', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    expect(await postEvent(started.webhookUrl, events.userSendsText(userId, 'Đèn đường hỏng'))).toBe(200)
    await until('the reply is there', () => fake.textsTo(userId).length === 1)
    expect(fake.textsTo(userId)).toEqual(['Đèn đường hỏng'])
    for (const name of ['inbox', 'conversations', 'outbox']) {
      const found = await started.database.collection(name).find().toArray()
      const stored = Buffer.concat(
        found.map((document) => Buffer.from(JSON.stringify(document, bytesAsText))),
      ).toString()
      expect(stored).not.toContain('hỏng')
      expect(stored).not.toContain(userId)
    }
  })

  test('an event delivered many times at once has its effects once', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    const userId = newCitizen()
    const event = events.userSendsText(userId, 'một lần')
    const statuses = await Promise.all(Array.from({ length: 8 }, () => postEvent(started.webhookUrl, event)))
    expect(new Set(statuses)).toEqual(new Set([200]))
    await until('the reply is there', () => fake.textsTo(userId).length > 0)
    expect(await postEvent(started.webhookUrl, event)).toBe(200)
    await quiet(started)
    expect(fake.textsTo(userId)).toEqual(['một lần'])
    expect(await conversationOf(started, userId)).toEqual(['một lần'])
  })

  test('what waited while nobody worked is folded in the time order of Zalo, in one turn', async () => {
    const first = await road()
    const userId = newCitizen()
    const citizenKey = first.citizenKey(userId)
    await first.stop()
    running.length = 0
    const idle = await road({ ports: { settleMs: () => 60_000 } })
    const now = Date.now()
    for (const [text, at] of [
      ['ba', now - 100],
      ['một', now - 300],
      ['hai', now - 200],
    ] as const) {
      expect(await postEvent(idle.webhookUrl, events.userSendsText(userId, text, { at }))).toBe(200)
    }
    await idle.stop()
    running.length = 0
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform })
    await until('the reply is there', () => fake.textsTo(userId).length > 0)
    expect(fake.textsTo(userId)).toEqual(['một hai ba'])
    expect(citizenKey).toBe(started.citizenKey(userId))
  })

  test('a burst gets one answer when it is over, and somebody who never pauses is answered all the same', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform, ports: { settleMs: () => 400 } })
    const userId = newCitizen()
    for (const text of ['a', 'b', 'c']) {
      await postEvent(started.webhookUrl, events.userSendsText(userId, text))
      await pause(60)
    }
    await until('the reply is there', () => fake.textsTo(userId).length > 0)
    expect(fake.textsTo(userId)).toEqual(['a b c'])
    const talker = newCitizen()
    for (let index = 0; fake.textsTo(talker).length === 0; index++) {
      expect(index).toBeLessThan(150)
      await postEvent(started.webhookUrl, events.userSendsText(talker, 'nữa'))
      await pause(80)
    }
  })

  test('a word that needs no quiet ends the quiet', async () => {
    const fake = createFakePlatform()
    const started = await road({
      platform: fake.platform,
      ports: { settleMs: (_, given) => (given.some((event) => 'text' in event && event.text === 'xong') ? 0 : 60_000) },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'ảnh'))
    await pause(100)
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'xong'))
    await until('the reply is there', () => fake.textsTo(userId).length > 0)
    expect(fake.textsTo(userId)).toEqual(['ảnh xong'])
  })

  test('a slow file makes its own citizen wait and nobody else', async () => {
    const fake = createFakePlatform()
    let finish: (() => void) | undefined
    const fetched = new Promise<void>((resolve) => {
      finish = resolve
    })
    const started = await road({
      platform: fake.platform,
      ports: {
        async ingestMedia({ incoming: { id, at, text } }) {
          await fetched
          return { id, at, type: 'files', files: [], text }
        },
      },
    })
    const sender = newCitizen()
    const other = newCitizen()
    await postEvent(
      started.webhookUrl,
      events.fromCitizen('user_send_image', sender, {
        attachments: [{ type: 'image', payload: { url: 'https://f18-zpg.zdn.vn/a.jpg', thumbnail: '' } }],
      }),
    )
    await postEvent(started.webhookUrl, events.userSendsText(other, 'chào'))
    await until('the other is answered', () => fake.textsTo(other).length === 1)
    await postEvent(started.webhookUrl, events.userSendsText(sender, 'kèm lời'))
    expect(fake.textsTo(sender)).toEqual([])
    finish?.()
    await until('the sender is answered', () => fake.textsTo(sender).length > 0)
    expect((await conversationOf(started, sender)) as string[]).toEqual(expect.arrayContaining(['files']))
  })

  test('a file that must be tried again later is fetched once more', async () => {
    const fake = createFakePlatform()
    let calls = 0
    const started = await road({
      platform: fake.platform,
      ports: {
        async ingestMedia({ incoming: { id, at, text } }) {
          calls += 1
          return calls === 1 ? 'later' : { id, at, type: 'files', files: [], text }
        },
      },
    })
    const userId = newCitizen()
    const attachments = [{ type: 'image', payload: { url: 'https://f18-zpg.zdn.vn/a.jpg', thumbnail: '' } }]
    await postEvent(started.webhookUrl, events.fromCitizen('user_send_image', userId, { attachments }))
    await until('the sender is answered', () => fake.textsTo(userId).length > 0)
    expect(calls).toBe(2)
  })

  test('words of staff reach the conversation as an event of their own', async () => {
    const started = await road()
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'chào'))
    await postEvent(started.webhookUrl, events.echo(userId, 'staff-1', 'Chào Ông', { adminId: '99' }))
    await until(
      'both are known',
      async () => ((await conversationOf(started, userId)) as string[] | undefined)?.length === 2,
    )
    expect(await conversationOf(started, userId)).toEqual(expect.arrayContaining(['chào', 'staffWrote']))
  })

  test('the bytes of events that a turn wants gone are gone', async () => {
    const started = await road({
      async runTurn(input) {
        const output = await remember(input)
        const ids = input.events.flatMap((event) => (event.type === 'text' && event.text === 'xóa' ? [event.id] : []))
        return ids.length === 0 ? output : { ...output, eraseEvents: ids }
      },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'xóa'))
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'giữ'))
    const stored = () => started.database.collections.inbox.find({ citizenKey: started.citizenKey(userId) }).toArray()
    await until('both are done', async () => (await stored()).every(({ state }) => state === 'done'))
    expect((await stored()).filter(({ raw }) => raw === undefined)).toHaveLength(1)
  })
})

describe('turns that fail', () => {
  const failing: RunTurn = async (input) => {
    if (input.events.some((event) => event.type === 'text' && event.text === 'độc'))
      throw new PoisonError('secret words')
    return remember(input)
  }
  const quick = { triesMax: 4, retryFirstMs: 10, retryMaxMs: 40 }

  test('only the event that cannot be done is given up, its citizen hears of it, and what follows goes on', async () => {
    const fake = createFakePlatform()
    const started = await road({
      platform: fake.platform,
      runTurn: failing,
      inbox: quick,
      ports: { settleMs: () => 50 },
    })
    const userId = newCitizen()
    const other = newCitizen()
    for (const text of ['trước', 'độc', 'sau']) await postEvent(started.webhookUrl, events.userSendsText(userId, text))
    await postEvent(started.webhookUrl, events.userSendsText(other, 'khác'))
    await until('the last is done', async () => ((await conversationOf(started, userId)) as string[])?.includes('sau'))
    await until('all is sent', () => fake.textsTo(userId).length >= 3)
    expect(await conversationOf(started, userId)).toEqual(['trước', 'sau'])
    expect(fake.textsTo(userId)).toEqual(['trước', 'Xin lỗi Ông/Bà.', 'sau'])
    expect(fake.textsTo(other)).toEqual(['khác'])
    const [letter, ...more] = await started.inboxStore.deadLetters.list({ limit: 10 })
    expect(more).toEqual([])
    expect(letter).toMatchObject({ reason: 'poison', eventName: 'user_send_text' })
    expect(JSON.stringify(letter)).not.toContain('secret')

    running.length = 0
    await started.stop()
    const mended = await road({ platform: fake.platform })
    expect(await mended.inboxStore.deadLetters.replay(letter?.key ?? '')).toBe(true)
    expect(await mended.inboxStore.deadLetters.replay(letter?.key ?? '')).toBe(false)
    await until('the event is done after all', () => fake.textsTo(userId).at(-1) === 'độc')
    expect(await mended.inboxStore.deadLetters.list({ limit: 10 })).toEqual([])
  })

  test('a first message that cannot be done is answered with an apology too', async () => {
    const fake = createFakePlatform()
    const started = await road({ platform: fake.platform, runTurn: failing, inbox: quick })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'độc'))
    await until('there is an apology', () => fake.textsTo(userId).length > 0)
    expect(fake.textsTo(userId)).toEqual(['Xin lỗi Ông/Bà.'])
    expect(await conversationOf(started, userId)).toBeNull()
  })

  test('a turn that never ends is given up like one that throws', async () => {
    const fake = createFakePlatform()
    const started = await road({
      platform: fake.platform,
      runTurn: (input) =>
        input.events.some((event) => 'text' in event) ? new Promise(() => undefined) : remember(input),
      inbox: { ...quick, triesMax: 2, turnTimeoutMs: 50 },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'treo'))
    await until('there is an apology', () => fake.textsTo(userId).length > 0)
    const letters = await started.inboxStore.deadLetters.list({ limit: 50 })
    expect(letters.map(({ reason }) => reason)).toContain('turn_timeout')
  })

  test('a conversation that somebody else changed is read again, and the turn is done once', async () => {
    const fake = createFakePlatform()
    let isMeddling = true
    const started: Road = await road({
      platform: fake.platform,
      async runTurn(input) {
        if (isMeddling && input.conversation !== null) {
          isMeddling = false
          await started.database.collections.conversations.updateOne(
            { _id: input.citizenKey },
            { $inc: { version: 1 } },
          )
        }
        return remember(input)
      },
    })
    const userId = newCitizen()
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'một'))
    await until('the first is answered', () => fake.textsTo(userId).length === 1)
    await postEvent(started.webhookUrl, events.userSendsText(userId, 'hai'))
    await until('the second is answered', () => fake.textsTo(userId).length === 2)
    await quiet(started)
    expect(fake.textsTo(userId)).toEqual(['một', 'hai'])
    expect(await conversationOf(started, userId)).toEqual(['một', 'hai'])
  })
})

describe('a flood', () => {
  test('slows its citizen down, says so once, keeps every word and harms nobody else', async () => {
    const fake = createFakePlatform()
    const started = await road({
      platform: fake.platform,
      inbox: { eventsPerTurnMax: 10, flood: { eventsPerMinute: 15, foldMs: 150, tellAgainMs: 60_000 } },
    })
    const userId = newCitizen()
    const other = newCitizen()
    const texts = Array.from({ length: 60 }, (_, index) => `t${index}`)
    const at = Date.now()
    await Promise.all(
      texts.map((text, index) => postEvent(started.webhookUrl, events.userSendsText(userId, text, { at: at + index }))),
    )
    const beganAt = performance.now()
    await postEvent(started.webhookUrl, events.userSendsText(other, 'chào'))
    await until('the other is answered', () => fake.textsTo(other).length === 1)
    expect(performance.now() - beganAt).toBeLessThan(5_000)
    await until('all is folded', async () => ((await conversationOf(started, userId)) as string[]).length === 60)
    await quiet(started)
    expect(new Set((await conversationOf(started, userId)) as string[])).toEqual(new Set(texts))
    expect(fake.textsTo(userId).filter((text) => text.includes('gửi chậm lại'))).toHaveLength(1)
    expect(fake.textsTo(userId).length).toBeLessThan(20)
  })
})

class PoisonError extends Error {
  override readonly name = 'PoisonError'
  readonly code = 'poison'
}

/** Nothing waits and nothing is in hand. */
async function quiet(started: Road): Promise<void> {
  await until('all is quiet', async () => {
    if (started.inbox.size() > 0 || started.sender.size() > 0) return false
    const waiting = await started.database.collections.inbox.countDocuments({ state: 'waiting', lane: 'turn' })
    return waiting === 0 && (await started.outboxStore.backlog()).waiting === 0
  })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function bytesAsText(_key: string, value: unknown): unknown {
  const bytes = (value as { type?: unknown; data?: number[] } | null)?.data
  return Array.isArray(bytes) ? Buffer.from(bytes).toString('latin1') : value
}
