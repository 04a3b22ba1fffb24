import { afterEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createListeningStore } from '../../src/store/listening-store.ts'
import type { ChatLine } from '../../src/usecases/ports.ts'
import { recoverChat, recoverEvents } from '../../src/usecases/recover-events.ts'
import type { RunTurn } from '../../src/usecases/turn.ts'
import { type CatchUp, createCatchUp } from '../../src/workers/catch-up.ts'
import { type ListeningOptions, startListening } from '../../src/workers/listening.ts'
import { eventOfLine } from '../../src/zalo/chat-events.ts'
import { parseEvent } from '../../src/zalo/events.ts'
import { toWebhookEvent } from '../../src/zalo/webhook-event.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform } from '../support/fake-platform.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type Road, says, startRoad, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { createTestClient } from '../support/zalo-client.ts'

const { uri } = testDatabase()
const closers: (() => Promise<void>)[] = []
let people = 0
let accounts = 0

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close().catch(() => undefined)
})

const remember: RunTurn = async ({ conversation, events }) => {
  const words = events.map((event) => (event.type === 'text' ? event.text : event.type))
  return says([...((conversation ?? []) as string[]), ...words], words.join(' '))
}

function newCitizen(): string {
  people += 1
  return String(7_730_000_000_000_000_000n + BigInt(people))
}

async function startZalo(recents: 'lines' | 'chats' = 'chats'): Promise<FakeZalo> {
  accounts += 1
  const zalo = await startFakeZalo({ recents, oaId: `43180721${accounts}` })
  closers.push(() => zalo.stop())
  return zalo
}

type Rig = {
  road: Road
  stop(): Promise<void>
  crash(): Promise<void>
  logged: string[]
  heard: () => Promise<number>
  owes: () => Promise<number | null>
}

/** The road with its ears, joined as `app.ts` joins them. */
async function startService(
  zalo: FakeZalo,
  options: Partial<ListeningOptions> & { isBusy?: boolean; waitMaxMs?: number } = {},
): Promise<Rig> {
  const { isBusy = false, waitMaxMs = 3_000, ...listening } = options
  const database = await openDatabase({ uri })
  const client = createTestClient(zalo, { timeoutMs: 1_500 })
  const store = createListeningStore({ database, oaId: zalo.account.oaId })
  const { account } = zalo
  const logged: string[] = []
  const metrics = createMetrics()
  let catchUp: CatchUp = async () => false
  const road = await startRoad({
    uri,
    account,
    keys: testKeys(),
    platform: createFakePlatform().platform,
    runTurn: remember,
    leaseMs: 800,
    ports: { catchUp: (asked) => catchUp(asked) },
  })
  const chats = {
    chat: (userId: string, page: { offset: number; count: number }) => client.client.chat(userId, page, 3),
    eventOf(line: ChatLine, userId: string) {
      const raw = eventOfLine(line, userId, account)
      return raw === null ? null : { raw, event: toWebhookEvent(parseEvent(raw, account)) }
    },
    citizenKey: road.citizenKey,
    inbox: road.inboxStore,
    onStored: road.inbox.look,
    now: Date.now,
  }
  const worker = await startListening({
    store,
    newestAt: async () => (await client.client.recentChats({ offset: 0, count: 1 }))[0]?.at ?? 0,
    recover: (since, keep) =>
      recoverEvents(
        {
          ...chats,
          recentChats: (page) => client.client.recentChats(page, 3),
        },
        since,
        keep,
      ),
    isBusyTime: () => isBusy,
    isPlatformAway: (error) => error instanceof Error && error.name === 'ZaloError',
    owner: `run-${Math.random()}`,
    logger: createLogger({ level: 'info', destination: { write: (line: string) => void logged.push(line) } }),
    metrics,
    options: { pollMs: 20, leaseMs: 1_000, silenceMs: 3_600_000, failurePauseMaxMs: 50, ...listening },
  })
  catchUp = createCatchUp({
    owedSince: worker.owedSince,
    recover: (asked) => recoverChat(chats, asked),
    logger: createLogger({ level: 'silent' }),
    metrics,
    options: { waitMaxMs },
  })
  road.onWebhook({ onHeard: worker.heard, onMissed: worker.missed })
  zalo.setWebhook(road.webhookUrl)
  let isEnded = false
  const end = (how: () => Promise<void>) => async () => {
    if (isEnded) return
    isEnded = true
    zalo.setWebhook(undefined)
    await how()
    client.transport.close()
    await database.close().catch(() => undefined)
  }
  const stop = end(async () => {
    await worker.stop()
    await road.stop()
  })
  closers.push(stop)
  await until('it has begun to listen', async () => (await store.read()).heardAt !== null)
  return {
    road,
    stop,
    // The database goes away under everything that runs; nothing is given back.
    crash: end(async () => {
      await database.close()
      await road.crash()
      await worker.stop().catch(() => undefined)
    }),
    logged,
    heard: async () => (await store.read()).heardAt ?? 0,
    owes: async () => (await store.read()).owedSince,
  }
}

async function conversationOf({ road }: Rig, userId: string): Promise<string[]> {
  const citizenKey = road.citizenKey(userId)
  return ((await road.turnStore.load([citizenKey])).get(citizenKey)?.state ?? []) as string[]
}

const inboxOf = ({ road }: Rig, userId: string) =>
  road.database.collections.inbox.find({ citizenKey: road.citizenKey(userId) }, { sort: { at: 1 } }).toArray()

describe('messages that came while nobody listened', () => {
  test.each(['lines', 'chats'] as const)('are taken in once and in order, from a list of %s', async (recents) => {
    const zalo = await startZalo(recents)
    const citizens = Array.from({ length: 13 }, newCitizen)
    const before = await startService(zalo)
    await zalo.post(zalo.events.userSendsText(citizens[0] as string, 'trước'))
    await until('it is answered', async () => (await conversationOf(before, citizens[0] as string)).length === 1)
    await before.stop()

    const lost: ReturnType<typeof zalo.events.userSendsText>[] = []
    for (const [index, userId] of citizens.entries()) {
      for (let line = 0; line < (index === 0 ? 25 : 2); line++) {
        const event = zalo.events.userSendsText(userId, `mất ${line}`, { at: Date.now() + line })
        lost.push(event)
        expect(await zalo.post(event)).toBe(0)
      }
    }

    const after = await startService(zalo)
    await until('everybody is answered', async () => {
      const counts = await Promise.all(citizens.map(async (userId) => (await conversationOf(after, userId)).length))
      return counts.every((count, index) => count >= (index === 0 ? 26 : 2))
    })
    const all = await Promise.all(citizens.map((userId) => conversationOf(after, userId)))
    const texts = (count: number) => Array.from({ length: count }, (_, line) => `mất ${line}`)
    expect(all).toEqual([['trước', ...texts(25)], ...Array.from({ length: 12 }, () => texts(2))])
    const stored = await inboxOf(after, citizens[0] as string)
    expect(stored.map(({ isRecovered = false }) => isRecovered)).toEqual([false, ...texts(25).map(() => true)])

    // Zalo brings some of them after all: they are known.
    for (const event of lost.slice(20, 30)) expect(await zalo.post(event)).toBe(200)
    await zalo.post(zalo.events.userSendsText(citizens[0] as string, 'sau', { at: Date.now() + 1_000 }))
    await until('the last one is answered', async () =>
      (await conversationOf(after, citizens[0] as string)).includes('sau'),
    )
    expect(await conversationOf(after, citizens[0] as string)).toEqual(['trước', ...texts(25), 'sau'])
  })

  test('of every kind become what the webhook would have told', async () => {
    const zalo = await startZalo()
    const userId = newCitizen()
    const { events } = zalo
    const first = await startService(zalo)
    await first.stop()
    const at = Date.now()
    const card = events.userSendsCard(userId, { name: 'Y Hà', phone: '84905000012' }, { at: at + 4 })
    await zalo.post(events.userSendsImage(userId, 'https://f1.zdn.vn/a.jpg', { text: 'ổ gà', at: at + 1 }))
    await zalo.post(events.userSendsLocation(userId, { latitude: '14.35', longitude: '107.98' }, { at: at + 2 }))
    await zalo.post(events.userSendsSticker(userId, { at: at + 3 }))
    await zalo.post(card)
    await zalo.post(events.userSendsVideo(userId, 'https://f1.zdn.vn/a.mp4', { at: at + 5 }))
    const second = await startService(zalo)
    await until('they are in', async () => (await conversationOf(second, userId)).length === 4)
    expect(await conversationOf(second, userId)).toEqual(['files', 'location', 'sticker', 'link'])
    await until('it is said', () => second.logged.join('').includes('eventsUnrecovered'))
    // The list called the card a link; the webhook names it rightly, and it is still the same message.
    expect(await zalo.post(card)).toBe(200)
    expect(await inboxOf(second, userId)).toHaveLength(4)
  })

  test('are not the old chats of an account that is connected for the first time', async () => {
    const zalo = await startZalo()
    const userId = newCitizen()
    await zalo.post(zalo.events.userSendsText(userId, 'chuyện cũ', { at: Date.now() - 60_000 }))
    const rig = await startService(zalo)
    await zalo.post(zalo.events.userSendsText(userId, 'chuyện mới'))
    await until('it is answered', async () => (await conversationOf(rig, userId)).length > 0)
    expect(await conversationOf(rig, userId)).toEqual(['chuyện mới'])
  })

  describe('by somebody who writes before all chats have been read', () => {
    /** Two messages are lost, and the list of the chats cannot be read. */
    async function withLoss(
      options: { waitMaxMs?: number } = {},
      spoil: (zalo: FakeZalo, userId: string) => void = () => undefined,
    ) {
      const zalo = await startZalo()
      const userId = newCitizen()
      const before = await startService(zalo)
      await zalo.post(zalo.events.userSendsText(userId, 'trước', { at: Date.now() - 1_000 }))
      await until('it is answered', async () => (await conversationOf(before, userId)).length === 1)
      await before.stop()
      const at = Date.now()
      for (const line of [0, 1]) await zalo.post(zalo.events.userSendsText(userId, `mất ${line}`, { at: at + line }))
      zalo.fail({ mode: 'error', code: -201 }, { path: 'listrecentchat', times: Number.POSITIVE_INFINITY })
      spoil(zalo, userId)
      const after = await startService(zalo, options)
      expect(await zalo.post(zalo.events.userSendsText(userId, 'sau', { at: at + 2_000 }))).toBe(200)
      return { zalo, userId, after }
    }
    const readsOf = ({ calls }: FakeZalo) => calls.filter(({ route }) => route === '/v2.0/oa/conversation').length

    test('come before what they write now, and the chat is read once', async () => {
      const { zalo, userId, after } = await withLoss()
      await until('all is answered', async () => (await conversationOf(after, userId)).length === 4)
      expect(await conversationOf(after, userId)).toEqual(['trước', 'mất 0', 'mất 1', 'sau'])
      expect((await inboxOf(after, userId)).map(({ isRecovered = false }) => isRecovered)).toEqual([
        false,
        true,
        true,
        false,
      ])
      const reads = readsOf(zalo)
      await zalo.post(zalo.events.userSendsText(userId, 'nữa', { at: Date.now() + 3_000 }))
      await until('that too', async () => (await conversationOf(after, userId)).length === 5)
      expect(readsOf(zalo)).toBe(reads)
      expect(await after.owes()).not.toBeNull()
    })

    test('keep them waiting for a moment only, where the chat cannot be read', async () => {
      const spoil = (zalo: FakeZalo, userId: string) =>
        zalo.fail({ mode: 'timeout' }, { path: '/conversation', userId, times: Number.POSITIVE_INFINITY })
      const { zalo, userId, after } = await withLoss({ waitMaxMs: 200 }, spoil)
      await until('it is answered', async () => (await conversationOf(after, userId)).length === 2)
      expect(await conversationOf(after, userId)).toEqual(['trước', 'sau'])
      // Nobody else is kept waiting for the same.
      const reads = readsOf(zalo)
      const other = newCitizen()
      await zalo.post(zalo.events.userSendsText(other, 'chào'))
      await until('the other is answered', async () => (await conversationOf(after, other)).length === 1)
      expect(readsOf(zalo)).toBe(reads)
    })
  })

  test('wait until Zalo can be asked', async () => {
    const zalo = await startZalo()
    const userId = newCitizen()
    const first = await startService(zalo)
    await first.stop()
    await zalo.post(zalo.events.userSendsText(userId, 'mất'))
    zalo.fail({ mode: 'html502' }, { path: 'listrecentchat', times: 2 })
    zalo.fail({ mode: 'error', code: -201 }, { path: '/conversation', times: Number.POSITIVE_INFINITY })
    const second = await startService(zalo)
    await until('nothing could be asked', () => zalo.calls.some(({ outcome }) => outcome === 'error'))
    expect(await conversationOf(second, userId)).toEqual([])
    await second.stop()
    zalo.clearFaults()
    // The debt outlives the process.
    const third = await startService(zalo)
    await until('it is answered', async () => (await conversationOf(third, userId)).length > 0)
    expect(await conversationOf(third, userId)).toEqual(['mất'])
  })
})

describe('the work of recovering', () => {
  test('is done by one of several processes, and by another when that one is killed', async () => {
    const zalo = await startZalo()
    const citizens = Array.from({ length: 30 }, newCitizen)
    const before = await startService(zalo)
    await before.stop()
    for (const userId of citizens) {
      for (const word of ['một', 'hai', 'ba']) await zalo.post(zalo.events.userSendsText(userId, word))
    }
    // The first one comes to the eleventh chat and gets no answer.
    zalo.fail({ mode: 'slow', ms: 1 }, { path: '/conversation', times: 10 })
    zalo.fail({ mode: 'timeout' }, { path: '/conversation', times: Number.POSITIVE_INFINITY })
    const first = await startService(zalo)
    const second = await startService(zalo)
    const reads = () => zalo.calls.filter(({ route }) => route === '/v2.0/oa/conversation').length
    await until('it is in the middle', () => reads() === 11)
    await first.crash()
    zalo.clearFaults()
    await until(
      'all are answered',
      async () => {
        const all = await Promise.all(citizens.map((userId) => conversationOf(second, userId)))
        return all.every((words) => words.length >= 3)
      },
      25_000,
    )
    for (const userId of citizens) expect(await conversationOf(second, userId)).toEqual(['một', 'hai', 'ba'])
  }, 60_000)
})

describe('webhooks that do not come', () => {
  test('in office hours are replaced by reading, with an alert, until they come again', async () => {
    const zalo = await startZalo()
    const userId = newCitizen()
    const rig = await startService(zalo, { isBusy: true, silenceMs: 150, deafPollMs: 50 })
    await zalo.post(zalo.events.userSendsText(userId, 'nghe'))
    await until('it is answered', async () => (await conversationOf(rig, userId)).length === 1)
    zalo.setWebhook(undefined)
    await zalo.post(zalo.events.userSendsText(userId, 'một'))
    await until('it is read', async () => (await conversationOf(rig, userId)).length === 2)
    expect(rig.logged.join('')).toContain('webhooksSilent')
    await zalo.post(zalo.events.userSendsText(userId, 'hai'))
    await until('it is read too', async () => (await conversationOf(rig, userId)).length === 3)
    zalo.setWebhook(rig.road.webhookUrl)
    await zalo.post(zalo.events.userSendsText(userId, 'ba'))
    await until('it is heard', async () => (await conversationOf(rig, userId)).length === 4)
    expect(await conversationOf(rig, userId)).toEqual(['nghe', 'một', 'hai', 'ba'])
    expect((await inboxOf(rig, userId)).map(({ isRecovered = false }) => isRecovered)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('at night are looked for when one comes again', async () => {
    const zalo = await startZalo()
    const [one, other] = [newCitizen(), newCitizen()]
    const rig = await startService(zalo, { isBusy: false, silenceMs: 100 })
    const heardAt = Date.now() + 1
    await zalo.post(zalo.events.userSendsText(one, 'nghe', { at: heardAt }))
    await until('it is answered', async () => (await conversationOf(rig, one)).length === 1)
    // It came after a pause as well, and what is read for it must not be what is lost now.
    await until('nothing is owed', async () => (await rig.owes()) === null && (await rig.heard()) === heardAt)
    zalo.setWebhook(undefined)
    await zalo.post(zalo.events.userSendsText(one, 'mất'))
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(await conversationOf(rig, one)).toEqual(['nghe'])
    zalo.setWebhook(rig.road.webhookUrl)
    await zalo.post(zalo.events.userSendsText(other, 'alo'))
    await until('what was lost is read', async () => (await conversationOf(rig, one)).length === 2)
    expect(await conversationOf(rig, other)).toEqual(['alo'])
  })

  test('for those that could not be stored are made good', async () => {
    const zalo = await startZalo()
    const userId = newCitizen()
    const rig = await startService(zalo)
    await zalo.post(zalo.events.userSendsText(userId, 'nghe'))
    await until('it is answered', async () => (await conversationOf(rig, userId)).length === 1)
    rig.road.refuseEvents(true)
    expect(await zalo.post(zalo.events.userSendsText(userId, 'mất'))).toBe(503)
    rig.road.refuseEvents(false)
    await until('it is read', async () => (await conversationOf(rig, userId)).length === 2)
    expect(await conversationOf(rig, userId)).toEqual(['nghe', 'mất'])
  })
})
