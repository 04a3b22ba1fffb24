import type { mongo } from 'mongoose'
import { createGroupCommit } from '../group-commit.ts'
import { type InboxStore, type NewEvent, partitionOf, type WaitingEvent } from '../usecases/road.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import type { InboxDocument } from './documents.ts'
import { isDuplicatesOnly } from './errors.ts'

/** The inbox in MongoDB; concurrent `add`s share their writes. */
export function createInboxStore(deps: {
  database: Database
  cipher: FieldCipher
  /** Longest time a caller of `add` waits for the database. @default 1500 */
  addTimeoutMs?: number
  eventsPerWriteMax?: number
}): InboxStore {
  const { inbox, deadLetters } = deps.database.collections
  const addTimeoutMs = deps.addTimeoutMs ?? 1_500
  const writes = createGroupCommit<NewEvent, 'stored' | 'known'>({
    itemsMax: deps.eventsPerWriteMax ?? 256,
    write: insert,
  })

  async function insert(events: NewEvent[]): Promise<('stored' | 'known')[]> {
    const documents = events.map(toDocument)
    const known = new Set<number>()
    try {
      await inbox.insertMany(documents, { ordered: false })
    } catch (error) {
      for (const index of duplicatesOnly(error)) known.add(index)
    }
    return events.map((_, index) => (known.has(index) ? 'known' : 'stored'))
  }

  function toDocument(event: NewEvent): InboxDocument {
    return {
      _id: event.key,
      partition: partitionOf(event.citizenKey),
      citizenKey: event.citizenKey,
      lane: event.lane,
      eventName: event.eventName,
      at: event.at,
      receivedAt: new Date(event.receivedAt),
      ...(event.raw === null ? {} : { raw: deps.cipher.encrypt(event.raw, rawContext(event.key)) }),
      state: 'waiting',
      tries: 0,
      ...(event.isRecovered === true ? { isRecovered: true as const } : {}),
    }
  }

  return {
    add: (event) => withDeadline(writes.add(event), addTimeoutMs),

    async knownOf(keys) {
      const found = await inbox.find({ _id: { $in: keys } }, { projection: { _id: 1 } }).toArray()
      return new Set(found.map(({ _id }) => _id))
    },

    async waitingCitizens(query) {
      const found = await inbox
        .find(
          {
            state: 'waiting',
            partition: { $in: query.partitions },
            ...(query.except.length === 0 ? {} : { citizenKey: { $nin: query.except } }),
            lane: query.lane,
            $or: [{ retryAt: { $exists: false } }, { retryAt: { $lte: new Date(query.realNow) } }],
          },
          { projection: { _id: 0, citizenKey: 1, partition: 1 }, limit: query.limit, hint: 'waiting' },
        )
        .toArray()
      return [...new Map(found.map((place) => [place.citizenKey, place])).values()]
    },

    async waitingOf(places, lane, limit) {
      const found = await inbox
        .find(
          {
            state: 'waiting',
            partition: { $in: [...new Set(places.map(({ partition }) => partition))] },
            citizenKey: { $in: places.map(({ citizenKey }) => citizenKey) },
            lane,
          },
          { projection: { raw: 0 }, sort: { at: 1 }, limit, hint: 'waiting' },
        )
        .toArray()
      return found.map(toWaitingEvent)
    },

    async rawOf(keys) {
      const found = await inbox.find({ _id: { $in: keys } }, { projection: { raw: 1 } }).toArray()
      const raws = new Map<string, Buffer>()
      for (const { _id, raw } of found)
        if (raw !== undefined) raws.set(_id, deps.cipher.decryptBytes(raw, rawContext(_id)))
      return raws
    },

    async postpone(keys, failure) {
      await inbox.updateMany(
        { _id: { $in: keys }, state: 'waiting' },
        { $inc: { tries: 1 }, $set: { reason: failure.reason, retryAt: new Date(failure.retryAt) } },
      )
    },

    async settle(keys, now, reason) {
      await inbox.updateMany(
        { _id: { $in: keys }, state: 'waiting' },
        { $set: { state: 'done', settledAt: new Date(now), ...(reason === undefined ? {} : { reason }) } },
      )
    },

    async bury(keys, now, reason) {
      await deps.database.transaction((session) =>
        buryEvents(deps.database, session, { keys, reason, settledAt: new Date(now) }),
      )
    },

    async oldestWaiting() {
      const [oldest] = await inbox
        .aggregate<{ receivedAt: Date }>(
          [{ $match: { state: 'waiting' } }, { $group: { _id: null, receivedAt: { $min: '$receivedAt' } } }],
          { hint: 'waiting' },
        )
        .toArray()
      return oldest === undefined ? null : oldest.receivedAt.getTime()
    },

    deadLetters: {
      async list(query) {
        const found = await deadLetters
          .find(query.before === undefined ? {} : { settledAt: { $lt: new Date(query.before) } }, {
            sort: { settledAt: -1 },
            limit: query.limit,
          })
          .toArray()
        return found.map(({ _id: key, eventName, reason, at, settledAt }) => {
          return { key, eventName, reason, at, settledAt: settledAt.getTime() }
        })
      },
      replay: (key) =>
        deps.database.transaction(async (session) => {
          const { matchedCount } = await inbox.updateOne(
            { _id: key, state: 'dead' },
            { $set: { state: 'waiting', tries: 0 }, $unset: { reason: '', retryAt: '', settledAt: '', commitId: '' } },
            { session },
          )
          await deadLetters.deleteOne({ _id: key }, { session })
          return matchedCount === 1
        }),
    },

    idle: () => writes.idle(),
  }
}

/**
 * Gives events up inside the given transaction and puts them on the list of dead letters. Answers how many were still
 * waiting.
 */
export async function buryEvents(
  database: Database,
  session: mongo.ClientSession,
  grave: { keys: string[]; reason: string; settledAt: Date; commitId?: string },
): Promise<number> {
  const { inbox, deadLetters } = database.collections
  const { keys, reason, settledAt, commitId } = grave
  const events = await inbox
    .find({ _id: { $in: keys }, state: 'waiting' }, { session, projection: { citizenKey: 1, eventName: 1, at: 1 } })
    .toArray()
  if (events.length === 0) return 0
  await inbox.updateMany(
    { _id: { $in: events.map(({ _id }) => _id) } },
    { $set: { state: 'dead', reason, settledAt, ...(commitId === undefined ? {} : { commitId }) } },
    { session },
  )
  await deadLetters.insertMany(
    events.map(({ _id, citizenKey, eventName, at }) => ({ _id, citizenKey, eventName, at, reason, settledAt })),
    { session },
  )
  return events.length
}

/** Binds the stored bytes of an event to that event. */
export function rawContext(key: string): string {
  return `inbox.raw:${key}`
}

function toWaitingEvent(document: Omit<InboxDocument, 'raw'>): WaitingEvent {
  return {
    key: document._id,
    citizenKey: document.citizenKey,
    partition: document.partition,
    eventName: document.eventName,
    at: document.at,
    receivedAt: document.receivedAt.getTime(),
    tries: document.tries,
    retryAt: document.retryAt?.getTime() ?? 0,
    ...(document.isRecovered === true ? { isRecovered: true } : {}),
  }
}

/** The database did not answer in time. The event may be stored all the same; it is then known when it is repeated. */
export class InboxTimeoutError extends Error {
  override readonly name = 'InboxTimeoutError'
  readonly code = 'inbox_timeout'
}

/** Zalo waits two seconds for an answer (zalo §9.1), also for the one that asks it to repeat. */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new InboxTimeoutError(`not stored within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Positions of the items that were there already; anything else that went wrong is thrown. */
function duplicatesOnly(error: unknown): number[] {
  if (!isDuplicatesOnly(error)) throw error
  const faults = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
  return faults.map(({ index }) => index)
}
