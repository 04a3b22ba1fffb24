import type { Broadcast } from '../../src/cases/broadcasts/broadcast.ts'
import { newBroadcast } from '../../src/cases/broadcasts/decide.ts'
import { readPlan } from '../../src/cases/broadcasts/plan.ts'
import { type Conversation, newConversation } from '../../src/conversation/state.ts'
import { createLogger } from '../../src/logger.ts'
import { openBroadcastCollections } from '../../src/store/broadcast-documents.ts'
import { createBroadcastRuns } from '../../src/store/broadcast-runs.ts'
import { createBroadcastStore } from '../../src/store/broadcast-store.ts'
import { createFieldCipher, createKeyedHash } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import type { ConversationDocument } from '../../src/store/documents.ts'
import { createOutboxStore } from '../../src/store/outbox-store.ts'
import { sealJson } from '../../src/store/sealed.ts'
import { stateContext, userIdContext } from '../../src/store/turn-store.ts'
import type { Clock, MessagingPlatform } from '../../src/usecases/ports.ts'
import { partitionOf } from '../../src/usecases/road.ts'
import type { OutgoingMessage } from '../../src/usecases/turn.ts'
import { type BroadcastOptions, type BroadcastWorker, startBroadcasts } from '../../src/workers/broadcasts.ts'
import type { SenderOptions } from '../../src/workers/outbox.ts'
import { startRoad, testAccount, testKeys } from './road.ts'

export type Person = {
  id: string
  following?: boolean | null
  lastContactAt?: number
  state?: Partial<Conversation>
}

/** People and broadcasts in a database, without a service that serves them. */
export async function openBroadcastHouse(uri: string) {
  const database = await openDatabase({ uri })
  const keys = testKeys()
  const cipher = createFieldCipher(keys.dataKeys)
  const hash = createKeyedHash(keys.hashSecret)
  const { store, runs, collections } = await openStores(database)
  const citizenKey = (id: string) => hash.citizenKey(id)

  return {
    database,
    store,
    runs,
    citizenKey,

    async addPeople(now: number, people: readonly Person[]): Promise<void> {
      const documents = people.map(
        ({ id, following = true, lastContactAt = now, state = {} }): ConversationDocument => {
          const key = citizenKey(id)
          return {
            _id: key,
            partition: partitionOf(key),
            version: 1,
            schemaVersion: 1,
            state: sealJson(cipher, { ...newConversation(now), ...state }, stateContext(key)),
            userId: cipher.encrypt(id, userIdContext(key)),
            outboxSequence: 0,
            noticeSequence: 0,
            wakeAt: null,
            lastInteractionAt: new Date(lastContactAt),
            following,
            unreachable: null,
            handoff: null,
            floodToldAt: null,
            createdAt: new Date(now),
            updatedAt: new Date(now),
          }
        },
      )
      await database.collections.conversations.insertMany(documents)
    },

    /** What a turn of this person would leave. */
    async setState(id: string, state: Partial<Conversation>, now: number): Promise<void> {
      const key = citizenKey(id)
      await database.collections.conversations.updateOne(
        { _id: key },
        {
          $set: { state: sealJson(cipher, { ...newConversation(now), ...state }, stateContext(key)) },
          $inc: { version: 1 },
        },
      )
    },

    async addRunning(now: number, change: object = {}): Promise<Broadcast> {
      const input = { title: 'Nghỉ lễ 24/11', text: 'Trung tâm nghỉ ngày 24/11.', way: 'direct', ...change }
      const reading = readPlan(input, { now, isCommune: () => true })
      if (!reading.ok) throw new Error(JSON.stringify(reading.faults))
      count += 1
      const id = `20261123-${count.toString(16).padStart(8, '0')}`
      const fresh = newBroadcast({ id, plan: reading.plan, isDraft: false, by: 'thu', now })
      const running: Broadcast = { ...fresh, state: 'running', approval: { by: 'hung', at: now }, startedAt: now }
      await store.add(running, null)
      return running
    },

    /** What a person's act would leave. */
    async change(id: string, state: Broadcast['state']): Promise<void> {
      const current = await store.find(id)
      if (current === null) throw new Error('no such broadcast')
      await store.replace({ ...current, state, version: current.version + 1 }, null)
    },

    /** A message of an officer's act, as its transaction queues it. */
    async queue(key: string, message: OutgoingMessage, now: number): Promise<void> {
      const outbox = createOutboxStore({ database, cipher })
      await database.transaction((session) =>
        outbox.queueNotices(session, [{ citizenKey: key, messages: [message], now }]),
      )
    },

    /** Nobody and nothing is left. */
    async empty(): Promise<void> {
      const { conversations, outbox, partitions } = database.collections
      const own = [collections.broadcasts, collections.recipients]
      for (const one of [conversations, outbox, partitions, ...own]) await one.deleteMany({})
    },

    close: () => database.close(),
  }
}

let count = 0

/** One process that serves broadcasts, on a real database: its sender and its worker. */
export async function startBroadcastProcess(options: {
  uri: string
  platform: MessagingPlatform
  clock: Clock
  quietHours?: { fromMinute: number; toMinute: number } | null
  leaseMs?: number
  /** What Zalo says of somebody, by citizen key. @default nothing */
  askFollowing?(citizenKey: string): Promise<boolean | null>
  sender?: Partial<SenderOptions>
  broadcasts?: Partial<BroadcastOptions>
}) {
  let worker: BroadcastWorker | undefined
  const road = await startRoad({
    uri: options.uri,
    account: testAccount,
    platform: options.platform,
    runTurn: async () => {
      throw new Error('nobody writes here')
    },
    keys: testKeys(),
    clock: options.clock,
    mayLeave: (copy) => worker?.mayLeave(copy) ?? Promise.resolve(true),
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    sender: { pollMs: 50, settleAfterMs: 50, ...options.sender },
  })
  const { store, runs } = await openStores(road.database)
  worker = startBroadcasts({
    store,
    runs,
    advanceArticle: async () => ({ outcome: 'over' }),
    askFollowing: options.askFollowing ?? (async () => null),
    texts: { translate: (_locale, key) => `[${key}]` },
    publicUrl: 'http://localhost',
    quietHours: options.quietHours ?? null,
    owner: road.partitions.owner,
    clock: options.clock,
    logger: createLogger({ level: 'silent' }),
    onQueued: (places) => places.forEach(road.sender.hint),
    options: { pollMs: 30, leaseMs: options.leaseMs ?? 4_000, knownForMs: 0, ...options.broadcasts },
  })
  const running = worker
  return {
    road,
    worker: running,
    async stop() {
      await running.stop()
      await road.stop()
    },
    /** Ends as `kill -9` does, as far as the database can see. */
    async crash() {
      await road.crash()
      await running.stop()
      await road.sender.stop().catch(() => undefined)
    },
  }
}

async function openStores(database: Database) {
  const collections = await openBroadcastCollections(database)
  const cipher = createFieldCipher(testKeys().dataKeys)
  return {
    collections,
    store: createBroadcastStore({ database, collections }),
    runs: createBroadcastRuns({
      database,
      collections,
      cipher,
      readOwnCases: async () => new Map(),
      keptDays: 180,
    }),
  }
}
