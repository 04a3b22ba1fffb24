import { createHash } from 'node:crypto'
import { type Connection, type mongo, Schema } from 'mongoose'
import { WORK_KINDS } from '../cases/work-chases.ts'
import type {
  NewStaffNotice,
  StaffNotice,
  StaffNoticeKind,
  StaffNoticeParams,
  StaffNoticePosition,
  StaffNoticeStore,
} from '../usecases/staff-ports.ts'
import type { Database } from './database.ts'
import { makeIndexes } from './make-indexes.ts'

type StaffNoticeDocument = {
  /** `noticeId`: one place for each person, case and thread. */
  _id: string
  login: string
  kind: StaffNoticeKind
  caseCode: string
  params: StaffNoticeParams
  /** `YYYY-MM-DD` of a reminder; the empty text for news. */
  digest: string
  /** The number of the run that wrote a reminder. */
  run?: number
  createdAt: Date
  readAt: Date | null
  /** Present while nobody has read it. */
  unread?: true
  /** Channels that it has not gone out on yet; absent when there are none. */
  awaits?: string[]
  /** Real time: a desk is no archive. */
  expiresAt: Date
}

const dayMs = 86_400_000
const keptDays = 180

/** The desks of officers in MongoDB. */
export async function openStaffNoticeStore(database: Database): Promise<StaffNoticeStore> {
  const model = defineModel(database.connection)
  await makeIndexes(model)
  const notices = database.collection<StaffNoticeDocument>('staffNotices')

  return {
    async write(asked) {
      if (asked.length === 0) return 0
      const operations = asked.map((notice) => ({ updateOne: operationOf(notice) }))
      const outcome = await insist(() => notices.bulkWrite(operations, { ordered: false }))
      return outcome.upsertedCount + outcome.modifiedCount
    },

    async list(login, { unreadOnly, after, limit }) {
      const found = await notices
        .find({ login, ...(unreadOnly ? { unread: true as const } : {}), ...(after === null ? {} : olderThan(after)) })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(toNotice)
    },

    countUnread: (login, max) => notices.countDocuments({ login, unread: true }, { limit: max, hint: 'unread' }),

    async markRead(login, ids, now) {
      const { modifiedCount } = await notices.updateMany(
        { login, unread: true, ...(ids === 'all' ? {} : { _id: { $in: [...ids] } }) },
        { $set: { readAt: new Date(now) }, $unset: { unread: '' } },
      )
      return modifiedCount
    },

    async settleReminders(caseCodes, now) {
      await notices.updateMany(
        // A sender who has to be told has to be told wherever the case has gone.
        { caseCode: { $in: [...caseCodes] }, unread: true, digest: { $ne: '' }, kind: { $nin: [...WORK_KINDS] } },
        { $set: { readAt: new Date(now) }, $unset: { unread: '', awaits: '' } },
      )
    },

    async settleWork(caseCode, work, now) {
      await notices.updateMany(
        { caseCode, unread: true, 'params.work': work },
        { $set: { readAt: new Date(now) }, $unset: { unread: '', awaits: '' } },
      )
    },

    async awaiting(channel, limit) {
      const found = await notices
        .aggregate<{ _id: string }>(
          [{ $match: { awaits: channel } }, { $group: { _id: '$login' } }, { $limit: limit }],
          { hint: 'awaiting' },
        )
        .toArray()
      return found.map(({ _id }) => _id)
    },

    async awaitingOf(channel, login, limit) {
      const found = await notices
        .find({ awaits: channel, login })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(toNotice)
    },

    async settleChannel(channel, login, ids, upTo, next) {
      const others = { $setDifference: ['$awaits', [channel]] }
      await notices.updateMany(
        { _id: { $in: [...ids] }, login, awaits: channel, createdAt: { $lte: new Date(upTo) } },
        [
          { $set: { awaits: next === null ? others : { $setUnion: [others, [next]] } } },
          { $set: { awaits: { $cond: [{ $eq: ['$awaits', []] }, '$$REMOVE', '$awaits'] } } },
        ],
      )
    },
  }
}

/**
 * News are written where there is nothing. A reminder takes the place of one that an earlier run wrote, unless that was for the
 * same day: a day is reminded of once, also when the clock has gone back and the day comes again.
 */
function operationOf(notice: NewStaffNotice) {
  const { login, caseCode, thread, kind, params, channels } = notice
  const digest = notice.digest ?? ''
  const _id = noticeId(login, caseCode, thread)
  const content = {
    login,
    kind,
    caseCode,
    params,
    digest,
    createdAt: new Date(notice.createdAt),
    readAt: null,
    unread: true as const,
    ...(channels.length === 0 ? {} : { awaits: [...channels] }),
    expiresAt: new Date(Date.now() + keptDays * dayMs),
  }
  if (digest === '') return { filter: { _id }, update: { $setOnInsert: content }, upsert: true }
  const run = notice.run ?? 0
  return {
    filter: { _id, run: { $lt: run }, digest: { $ne: digest } },
    update: { $set: { ...content, run } },
    upsert: true,
  }
}

/** What is there already shows as a duplicate, which is what was wanted; anything else is thrown. */
async function insist(write: () => Promise<mongo.BulkWriteResult>): Promise<mongo.BulkWriteResult> {
  try {
    return await write()
  } catch (error) {
    const fault = error as { writeErrors?: { code?: number }[] | { code?: number }; result?: mongo.BulkWriteResult }
    const faults = [fault.writeErrors ?? []].flat()
    if (fault.result === undefined || faults.length === 0 || faults.some(({ code }) => code !== 11_000)) throw error
    return fault.result
  }
}

function noticeId(login: string, caseCode: string, thread: string): string {
  return createHash('sha256')
    .update(JSON.stringify([login, caseCode, thread]))
    .digest('base64url')
    .slice(0, 24)
}

function olderThan({ createdAt, id }: StaffNoticePosition): mongo.Filter<StaffNoticeDocument> {
  const at = new Date(createdAt)
  return { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: id } }] }
}

function toNotice({ _id, login, kind, caseCode, params, digest, createdAt, readAt }: StaffNoticeDocument): StaffNotice {
  return {
    id: _id,
    login,
    kind,
    caseCode,
    params,
    digest: digest === '' ? null : digest,
    createdAt: createdAt.getTime(),
    readAt: readAt?.getTime() ?? null,
  }
}

function defineModel(connection: Connection) {
  const schema = new Schema(
    {
      _id: String,
      login: String,
      kind: String,
      caseCode: String,
      params: new Schema(
        { due: String, left: Number, unitCode: String, request: String, notice: String, work: String },
        { _id: false },
      ),
      digest: String,
      run: Number,
      createdAt: Date,
      readAt: Date,
      unread: Boolean,
      awaits: [String],
      expiresAt: Date,
    },
    { versionKey: false, strict: true, autoCreate: false },
  )
  const unread = { partialFilterExpression: { unread: true } }
  schema.index({ login: 1, createdAt: -1, _id: -1 }, { name: 'desk' })
  schema.index({ login: 1, unread: 1, createdAt: -1, _id: -1 }, { name: 'unread', ...unread })
  schema.index({ caseCode: 1 }, { name: 'unreadOfCase', ...unread })
  schema.index({ awaits: 1, login: 1 }, { name: 'awaiting', partialFilterExpression: { awaits: { $exists: true } } })
  schema.index({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return connection.model('StaffNotice', schema, 'staffNotices')
}
