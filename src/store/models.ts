import { type Connection, type Model, Schema } from 'mongoose'
import { defineNotices } from './notice-documents.ts'

/**
 * Declares the collections of the road and the marks of writes with their indexes. The hot paths speak to the driver's collections of the same
 * names; the schemas are where the shape can be read and from where the indexes are made.
 */
export function defineModels(connection: Connection): Model<unknown>[] {
  return [
    connection.model('Inbox', inbox, 'inbox'),
    connection.model('DeadLetter', deadLetter, 'deadLetters'),
    connection.model('Conversation', conversation, 'conversations'),
    connection.model('Outbox', outbox, 'outbox'),
    defineNotices(connection),
    connection.model('Partition', partition, 'partitions'),
    connection.model('Job', job, 'jobs'),
    connection.model('Process', processRun, 'processes'),
    connection.model('IdempotencyMark', idempotencyMark, 'idempotencyMarks'),
  ] as unknown as Model<unknown>[]
}

const options = { versionKey: false, strict: true, autoCreate: false } as const

const inbox = new Schema(
  {
    _id: String,
    partition: Number,
    citizenKey: String,
    lane: { type: String, enum: ['turn', 'trace'] },
    eventName: String,
    at: Number,
    receivedAt: Date,
    raw: Buffer,
    state: { type: String, enum: ['waiting', 'done', 'dead'] },
    tries: Number,
    retryAt: Date,
    reason: String,
    commitId: String,
    settledAt: Date,
    isRecovered: Boolean,
  },
  options,
)
// Only what still waits is in here, so it stays small however many events are kept. There is no other index: inside a
// transaction the server reads the catalogue anew for every index of every document that an update touches, and the nightly
// job walks the collection from its old end.
inbox.index({ partition: 1, citizenKey: 1, at: 1 }, { name: 'waiting', partialFilterExpression: { state: 'waiting' } })

const deadLetter = new Schema(
  { _id: String, citizenKey: String, eventName: String, reason: String, at: Number, settledAt: Date },
  options,
)
deadLetter.index({ settledAt: -1 }, { name: 'newest' })

const conversation = new Schema(
  {
    _id: String,
    partition: Number,
    version: Number,
    schemaVersion: Number,
    state: Buffer,
    userId: Buffer,
    noticed: Buffer,
    outboxSequence: Number,
    noticeSequence: Number,
    wakeAt: Date,
    lastInteractionAt: Date,
    following: Boolean,
    unreachable: new Schema({ code: String, at: Date }, { _id: false }),
    noticesKept: Boolean,
    handoff: String,
    floodToldAt: Date,
    createdAt: Date,
    updatedAt: Date,
  },
  options,
)
conversation.index(
  { partition: 1, wakeAt: 1 },
  { name: 'wake', partialFilterExpression: { wakeAt: { $type: 'date' } } },
)

const outbox = new Schema(
  {
    _id: String,
    citizenKey: String,
    partition: Number,
    sequence: Number,
    priority: Number,
    body: Buffer,
    state: String,
    open: Boolean,
    owner: String,
    messageIds: [String],
    partsAccepted: Number,
    tries: [new Schema({ at: Date, code: String, class: String }, { _id: false })],
    settleTries: Number,
    retryAt: Date,
    doubtSince: Date,
    createdAt: Date,
    acceptedAt: Date,
    deliveredAt: Date,
    seenAt: Date,
    settledAt: Date,
    notice: new Schema(
      { caseCode: String, id: String, mandatory: Boolean, textVersion: String, record: String },
      { _id: false },
    ),
    broadcast: String,
  },
  options,
)
outbox.index({ partition: 1, citizenKey: 1, sequence: 1 }, { name: 'open', partialFilterExpression: { open: true } })
outbox.index({ messageIds: 1 }, { name: 'messageIds', partialFilterExpression: { 'messageIds.0': { $exists: true } } })
outbox.index(
  { 'notice.caseCode': 1, sequence: 1 },
  { name: 'notices', partialFilterExpression: { 'notice.caseCode': { $exists: true } } },
)

outbox.index(
  { broadcast: 1, state: 1, open: 1 },
  { name: 'broadcasts', partialFilterExpression: { broadcast: { $exists: true } } },
)

const partition = new Schema({ _id: Number, owner: String, processId: String, until: Date }, options)
const processRun = new Schema({ _id: String, owner: String, until: Date }, options)
const job = new Schema({ _id: String, owner: String, until: Date, removed: Schema.Types.Mixed, doneAt: Date }, options)

const idempotencyMark = new Schema(
  {
    _id: String,
    bodyHash: String,
    createdAt: Date,
    subject: String,
    claim: new Schema({ id: String, until: Date }, { _id: false }),
    answer: Buffer,
  },
  options,
)
idempotencyMark.index({ createdAt: 1 }, { name: 'retention', expireAfterSeconds: 86_400 })
