import type { mongo } from 'mongoose'
import type { CarryDeps } from '../usecases/carry-notice.ts'
import {
  type Bubble,
  ENDED_STATES,
  type NoticePosition,
  type NoticeRecord,
  type NoticeRecords,
} from '../usecases/notice-records.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import type { OutboxDocument } from './documents.ts'
import { ConflictError } from './errors.ts'
import { type NoticeDocument, openNotice, openTold } from './notice-documents.ts'
import type { QueueNotices } from './outbox-store.ts'
import { userIdContext } from './turn-store.ts'
import { createWriteTogether } from './write-together.ts'

/** Notice records in MongoDB. */
export function createNoticeRecords(deps: {
  database: Database
  cipher: FieldCipher
  queueNotices: QueueNotices
}): NoticeRecords & Pick<CarryDeps['records'], 'answered'> {
  const { database, cipher } = deps
  const { notices, outbox, conversations } = database.collections
  const writeTogether = createWriteTogether(database)

  async function write(record: NoticeRecord, session: mongo.ClientSession | undefined): Promise<void> {
    const { matchedCount } = await notices.updateOne(
      { _id: record.id, version: record.version },
      updateOf(record),
      session === undefined ? { writeConcern: { w: 'majority' } } : { session },
    )
    if (matchedCount === 0) throw new ConflictError(`notice ${record.id} changed after it was read`)
  }

  return {
    async due({ partitions, now, limit }) {
      const found = await notices
        .find(
          { partition: { $in: [...partitions] }, lookAt: { $lte: new Date(now) } },
          // In the order of the index: however many are due, only so many are read.
          { projection: { sealed: 0 }, sort: { partition: 1, lookAt: 1 }, limit, hint: 'look' },
        )
        .toArray()
      return found.map(openNotice)
    },

    async told(id) {
      const found = await notices.findOne({ _id: id }, { projection: { sealed: 1 } })
      if (found === null) throw new Error(`there is no notice ${id}`)
      return openTold(cipher, found)
    },

    async bubbles(keys) {
      if (keys.length === 0) return new Map()
      const found = await outbox.find({ _id: { $in: [...keys] } }, { projection: { body: 0 } }).toArray()
      return new Map(found.map((document) => [document._id, bubbleOf(document)]))
    },

    async chatFacts(citizenKey) {
      const found = await conversations.findOne(
        { _id: citizenKey },
        { projection: { lastInteractionAt: 1, following: 1, unreachable: 1, userId: 1 } },
      )
      if (found === null) return null
      const { lastInteractionAt, following, unreachable, userId } = found
      return {
        facts: {
          lastInteractionAt: lastInteractionAt?.getTime() ?? null,
          following,
          unreachable: unreachable === null ? null : { code: unreachable.code, at: unreachable.at.getTime() },
        },
        userId: cipher.decryptText(userId, userIdContext(citizenKey)),
      }
    },

    store: (record) =>
      unlessFaster(async () => {
        const { citizenKey } = record
        if (!record.isKept || citizenKey === null) return write(record, undefined)
        const before = await notices.findOne({ _id: record.id }, { projection: { kept: 1 } })
        if (before?.kept === true) return write(record, undefined)
        // A turn that is on its way has not seen that there is something to be said: its version refuses it.
        await writeTogether(async (session) => {
          await write(record, session)
          await conversations.updateOne(
            { _id: citizenKey },
            { $set: { noticesKept: true }, $inc: { version: 1 } },
            { session },
          )
        })
      }),

    say: (record, now) =>
      unlessFaster(async () => {
        const { citizenKey } = record
        if (citizenKey === null) throw new Error(`notice ${record.id} has no chat`)
        const found = await notices.findOne({ _id: record.id }, { projection: { sealed: 1 } })
        const { draft, locale, body } = openTold(cipher, found ?? { _id: record.id })
        if (body === null) throw new Error(`notice ${record.id} has no words for the chat`)
        const { caseCode, notice: id, mandatory, textVersion } = record
        await writeTogether(async (session) => {
          const message = {
            body,
            priority: mandatory ? (2 as const) : (3 as const),
            notice: { caseCode, id, mandatory, textVersion, draft, locale, record: record.id },
          }
          const keys = await deps.queueNotices(session, [{ citizenKey, messages: [message], now }])
          await write({ ...record, bubbles: [...record.bubbles, ...keys], isKept: false }, session)
        })
      }),

    async takeBack(bubble, now) {
      const closing = { $unset: { open: '' as const } }
      const back = await outbox.updateOne(
        { _id: bubble, open: true, state: 'waiting' },
        { $set: { state: 'withdrawn', owner: null, settledAt: new Date(now) }, ...closing },
        { writeConcern: { w: 'majority' } },
      )
      if (back.matchedCount > 0) return true
      await outbox.updateOne({ _id: bubble, open: true, state: 'ambiguous' }, closing, {
        writeConcern: { w: 'majority' },
      })
      return (await outbox.countDocuments({ _id: bubble, open: true }, { limit: 1 })) === 0
    },

    async answered(id, reference, { at, triedAt, result, code, messageId }) {
      await notices.updateOne(
        { _id: id },
        {
          $set: {
            'tries.$[one].at': new Date(at),
            'tries.$[one].result': result,
            ...(triedAt === undefined ? {} : { 'tries.$[one].triedAt': new Date(triedAt) }),
            ...(code === undefined ? {} : { 'tries.$[one].code': code }),
            ...(messageId === undefined ? {} : { 'tries.$[one].messageId': messageId }),
          },
          $inc: { version: 1 },
        },
        { arrayFilters: [{ 'one.reference': reference, 'one.result': 'sending' }], writeConcern: { w: 'majority' } },
      )
    },

    async receipt({ messageId, reference }, said) {
      const field = messageId === undefined ? 'reference' : 'messageId'
      const value = messageId ?? reference
      if (value === undefined || value === '') return false
      // What was seen stays seen, whatever comes late.
      const from = said.result === 'failed' ? ['sending', 'unknown', 'accepted'] : undefined
      const results = from ?? (said.result === 'seen' ? [...OPEN_RESULTS, 'delivered'] : OPEN_RESULTS)
      const { matchedCount } = await notices.updateOne(
        {
          ...HAS_TRIES,
          [`tries.${field}`]: value,
          tries: { $elemMatch: { [field]: value, result: { $in: results } } },
        },
        {
          $set: {
            'tries.$[one].result': said.result,
            'tries.$[one].answeredAt': new Date(said.at),
            ...(said.code === undefined ? {} : { 'tries.$[one].code': said.code }),
            lookAt: new Date(0),
          },
          $inc: { version: 1 },
        },
        {
          arrayFilters: [{ [`one.${field}`]: value, 'one.result': { $in: results } }],
          writeConcern: { w: 'majority' },
        },
      )
      return matchedCount > 0
    },

    async templateEcho({ citizenKey, messageId, at, now }) {
      if (messageId === '') return false
      const isNamed = await notices.countDocuments({ ...HAS_TRIES, 'tries.messageId': messageId }, { limit: 1 })
      if (isNamed > 0) return true
      const found = await notices
        .find(
          { ...HAS_TRIES, citizenKey, tries: { $elemMatch: { way: 'templateByUser', result: { $in: DOUBTFUL } } } },
          { projection: { tries: 1 }, hint: 'triesOfCitizen', limit: DOUBTS_MAX },
        )
        .toArray()
      const doubtful = found.flatMap(({ tries }) => tries).filter(({ way }) => way === 'templateByUser')
      // It may be the echo of one whose answer is still on its way, and will be named by that.
      if (doubtful.some((one) => one.result === 'sending' && !isInDoubt(one, now))) return false
      const [nearest] = found
        .flatMap(({ _id, tries }) => tries.map((one) => ({ _id, one, apartMs: at - one.at.getTime() })))
        .filter(({ one, apartMs }) => isInDoubt(one, now) && apartMs >= -SKEW_MS && apartMs <= ECHO_MAX_MS)
        .toSorted((a, b) => Math.abs(a.apartMs) - Math.abs(b.apartMs))
      if (nearest === undefined) return false
      const { reference, result } = nearest.one
      const { matchedCount } = await notices.updateOne(
        { _id: nearest._id, tries: { $elemMatch: { reference, result } } },
        {
          $set: {
            'tries.$[one].result': 'accepted',
            'tries.$[one].messageId': messageId,
            lookAt: new Date(0),
          },
          $inc: { version: 1 },
        },
        { arrayFilters: [{ 'one.reference': reference, 'one.result': result }], writeConcern: { w: 'majority' } },
      )
      return matchedCount > 0
    },

    async ofCase(caseCode) {
      const found = await notices
        .find({ caseCode }, { projection: { sealed: 0 } })
        .sort({ createdAt: 1, _id: 1 })
        .toArray()
      return found.map(openNotice)
    },

    async notInformed(after, limit, { notice, upTo } = {}) {
      const found = await notices
        .find(
          {
            missing: true,
            ...(notice === undefined ? {} : { notice }),
            ...(upTo === undefined ? {} : { createdAt: { $lte: new Date(upTo) } }),
            ...(after === null ? {} : laterThan(after)),
          },
          {
            projection: { sealed: 0 },
            sort: { createdAt: 1, _id: 1 },
            limit,
            hint: notice === undefined ? 'missing' : 'missingOf',
          },
        )
        .toArray()
      return found.map(openNotice)
    },

    async notInformedSince() {
      const [oldest] = await notices
        .find(
          { missing: true },
          { projection: { createdAt: 1 }, sort: { createdAt: 1, _id: 1 }, limit: 1, hint: 'missing' },
        )
        .toArray()
      const count = await notices.countDocuments({ missing: true }, { hint: 'missing', limit: COUNTED_MAX })
      return { oldestAt: oldest?.createdAt.getTime() ?? null, count }
    },
  }
}

/** Without it the database does not see that the partial indexes of the tries are enough. */
const HAS_TRIES = { 'tries.0': { $exists: true } } as const
const COUNTED_MAX = 10_000
const OPEN_RESULTS = ['sending', 'unknown', 'accepted']

const DOUBTFUL = ['sending', 'unknown'] as const
const DOUBTS_MAX = 20
/** A send has its answer within this; one that has none by then was cut off. */
const ANSWER_MAX_MS = 30_000
const SKEW_MS = 2 * 60_000
const ECHO_MAX_MS = 10 * 60_000

/** Left, as far as is known, without an answer that says under which id. */
function isInDoubt({ way, result, at, messageId }: NoticeDocument['tries'][number], now: number): boolean {
  if (way !== 'templateByUser' || messageId !== undefined) return false
  return result === 'unknown' || (result === 'sending' && at.getTime() < now - ANSWER_MAX_MS)
}

async function unlessFaster(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof ConflictError) return false
    throw error
  }
}

function updateOf(record: NoticeRecord): mongo.UpdateFilter<NoticeDocument> {
  const isMissing = record.mandatory && !ENDED_STATES.has(record.state)
  const { lookAt } = record
  const set: Partial<NoticeDocument> = {
    state: record.state,
    bubbles: record.bubbles,
    tries: record.tries.map(({ at, triedAt, answeredAt, ...one }) => ({
      ...one,
      at: new Date(at),
      ...(triedAt === undefined ? {} : { triedAt: new Date(triedAt) }),
      ...(answeredAt === undefined ? {} : { answeredAt: new Date(answeredAt) }),
    })),
    workItem: record.workItem,
    ...(lookAt === null ? {} : { lookAt: new Date(lookAt) }),
    ...(record.isKept ? { kept: true as const } : {}),
    ...(isMissing ? { missing: true as const } : {}),
  }
  const unset = {
    ...(lookAt === null ? { lookAt: '' as const } : {}),
    ...(record.isKept ? {} : { kept: '' as const }),
    ...(isMissing ? {} : { missing: '' as const }),
  }
  return { $set: set, $inc: { version: 1 }, ...(Object.keys(unset).length === 0 ? {} : { $unset: unset }) }
}

function laterThan({ createdAt, id }: NoticePosition): mongo.Filter<NoticeDocument> {
  const at = new Date(createdAt)
  return { $or: [{ createdAt: { $gt: at } }, { createdAt: at, _id: { $gt: id } }] }
}

/** A message of the outbox as the planner looks at it. */
export function bubbleOf(document: Omit<OutboxDocument, 'body'>): Bubble {
  const { _id: id, state, open, createdAt, acceptedAt, deliveredAt, seenAt, settledAt, tries, messageIds } = document
  return {
    id,
    state,
    isOpen: open === true,
    createdAt: createdAt.getTime(),
    acceptedAt: acceptedAt?.getTime() ?? null,
    deliveredAt: deliveredAt?.getTime() ?? null,
    seenAt: seenAt?.getTime() ?? null,
    settledAt: settledAt?.getTime() ?? null,
    tries,
    messageIds,
  }
}
