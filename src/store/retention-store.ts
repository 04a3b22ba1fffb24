import type { mongo } from 'mongoose'
import type { RetentionStore } from '../usecases/road.ts'
import type { Database } from './database.ts'
import type { InboxDocument, JobDocument, OutboxDocument } from './documents.ts'
import { ConflictError } from './errors.ts'

const stepSize = 500
/**
 * Collections are walked from their old end without an index, which every message would pay for. Documents lie there in the
 * order of their coming, more or less: after so many in a row that are too young the rest is younger still.
 */
const youngInRowMax = 5_000

type Claim = { job: string; owner: string; leaseMs: number }

/** Retention in MongoDB (R9-8). */
export function createRetentionStore(deps: { database: Database }): RetentionStore {
  const { database } = deps
  const { inbox, deadLetters, outbox, notices, jobs } = database.collections

  /** Removes and counts in one transaction, so that the report is exact whatever dies. */
  async function step(
    claim: Claim,
    kind: string,
    remove: (session: mongo.ClientSession) => Promise<number>,
  ): Promise<void> {
    await database.transaction(async (session) => {
      const removed = await remove(session)
      const { matchedCount } = await jobs.updateOne(
        { _id: claim.job, owner: claim.owner, doneAt: null },
        [
          {
            $set: {
              until: { $add: ['$$NOW', claim.leaseMs] },
              [`removed.${kind}`]: { $add: [{ $ifNull: [`$removed.${kind}`, 0] }, removed] },
            },
          },
        ],
        { session },
      )
      if (matchedCount === 0) throw new ConflictError(`${claim.job} is in another hand`)
    })
  }

  async function sweepEvents(claim: Claim, before: Date, signal: AbortSignal): Promise<void> {
    const isOld = (event: Pick<InboxDocument, 'receivedAt'>) => event.receivedAt < before
    // What still waits is nobody's chat log: it is work that has not been done.
    const isTaken = (event: Pick<InboxDocument, 'state'>) => event.state !== 'waiting'
    const events = inbox.find({}, { projection: { receivedAt: 1, state: 1 }, sort: { $natural: 1 } })
    for await (const keys of stepsOf(events, isOld, isTaken, signal)) {
      await step(claim, 'events', async (session) => {
        await deadLetters.deleteMany({ _id: { $in: keys } }, { session })
        return (await inbox.deleteMany({ _id: { $in: keys } }, { session })).deletedCount
      })
    }
  }

  async function sweepMessages(claim: Claim, before: Date, signal: AbortSignal): Promise<void> {
    type Row = Pick<OutboxDocument, 'createdAt' | 'open' | 'notice'> & { hasBody: boolean }
    const isOld = (message: Row) => message.createdAt < before
    const rows = () =>
      outbox.find<Row & { _id: string }>(
        {},
        {
          projection: { createdAt: 1, open: 1, notice: 1, hasBody: { $ne: [{ $type: '$body' }, 'missing'] } },
          sort: { $natural: 1 },
        },
      )
    const isChat = (message: Row) => message.open !== true && message.notice === undefined
    for await (const keys of stepsOf(rows(), isOld, isChat, signal)) {
      await step(claim, 'messages', async (session) => {
        return (await outbox.deleteMany({ _id: { $in: keys } }, { session })).deletedCount
      })
    }
    // Of a notice the proof stays, only its words go.
    const isNotice = (message: Row) => message.open !== true && message.notice !== undefined && message.hasBody
    for await (const keys of stepsOf(rows(), isOld, isNotice, signal)) {
      await step(claim, 'noticeBodies', async (session) => {
        return (await outbox.updateMany({ _id: { $in: keys } }, { $unset: { body: '' } }, { session })).modifiedCount
      })
    }
  }

  async function sweepNotices(claim: Claim, before: Date, signal: AbortSignal): Promise<void> {
    type Row = { createdAt: Date; isOver: boolean; hasWords: boolean }
    const rows = notices.find<Row & { _id: string }>(
      {},
      {
        projection: {
          createdAt: 1,
          isOver: { $eq: [{ $type: '$lookAt' }, 'missing'] },
          hasWords: { $ne: [{ $type: '$sealed' }, 'missing'] },
        },
        sort: { $natural: 1 },
      },
    )
    // The proof stays; words that nobody came back for are in the case itself.
    const isOld = ({ createdAt }: Row) => createdAt < before
    const isDone = ({ isOver, hasWords }: Row) => isOver && hasWords
    for await (const keys of stepsOf(rows, isOld, isDone, signal)) {
      await step(claim, 'noticeWords', async (session) => {
        const gone = { $unset: { sealed: '' as const, kept: '' as const }, $inc: { version: 1 } }
        return (await notices.updateMany({ _id: { $in: keys } }, gone, { session })).modifiedCount
      })
    }
  }

  return {
    async claim(job, owner, leaseMs) {
      const fresh: JobDocument = { _id: job, owner, until: new Date(0), removed: {}, doneAt: null }
      await jobs.updateOne({ _id: job }, { $setOnInsert: fresh }, { upsert: true })
      const { matchedCount } = await jobs.updateOne(
        { _id: job, doneAt: null, $or: [{ owner }, { $expr: { $lte: ['$until', '$$NOW'] } }] },
        [{ $set: { owner, until: { $add: ['$$NOW', leaseMs] } } }],
      )
      return matchedCount === 1
    },

    async sweep(claim, before, signal) {
      await sweepEvents(claim, new Date(before.eventsBefore), signal)
      await sweepMessages(claim, new Date(before.chatBefore), signal)
      await sweepNotices(claim, new Date(before.chatBefore), signal)
    },

    async finish(job, owner, now) {
      const done = await jobs.findOneAndUpdate(
        { _id: job, owner, doneAt: null },
        { $set: { doneAt: new Date(now) } },
        { returnDocument: 'after' },
      )
      if (done === null) throw new ConflictError(`${job} is in another hand`)
      return done.removed
    },

    async reports(limit) {
      const found = await jobs.find({ doneAt: { $ne: null } }, { sort: { _id: -1 }, limit }).toArray()
      return found.map(({ _id: job, doneAt, removed }) => ({ job, doneAt: doneAt?.getTime() ?? 0, removed }))
    },
  }
}

/** Keys of old rows in handfuls, until the signal or until only young rows come. */
async function* stepsOf<Row>(
  rows: mongo.FindCursor<Row & { _id: string }>,
  isOld: (row: Row) => boolean,
  isWanted: (row: Row) => boolean,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  let keys: string[] = []
  let youngInRow = 0
  try {
    for await (const row of rows) {
      if (signal.aborted || youngInRow >= youngInRowMax) break
      youngInRow = isOld(row) ? 0 : youngInRow + 1
      if (!isOld(row) || !isWanted(row)) continue
      keys.push(row._id)
      if (keys.length < stepSize) continue
      yield keys
      keys = []
    }
  } finally {
    await rows.close()
  }
  if (keys.length > 0 && !signal.aborted) yield keys
}
