import { type Connection, type mongo, Schema } from 'mongoose'
import type { Broadcast } from '../cases/broadcasts/broadcast.ts'
import type { ArticleProgress, BroadcastReport } from '../usecases/broadcast-ports.ts'
import type { Database } from './database.ts'
import { makeAllIndexes } from './make-indexes.ts'

/** A broadcast and how far its messages have come. Nothing in it is personal: it is what everybody may read. */
export type BroadcastDocument = Omit<Broadcast, 'id'> & {
  _id: string
  /** Absent until there is one. */
  article?: ArticleProgress
  /** As it was counted last, at a real time. */
  counted?: {
    counts: BroadcastReport['counts']
    reasons: Record<string, number>
    at: Date
    isSettled: boolean
  }
  /** Present while it runs or waits for its time. */
  live?: true
  run: {
    owner: string | null
    /** The database's time. */
    until: Date
    /** Everybody up to this citizen key has been looked at. */
    cursor: string
    /** Everybody has been looked at. */
    isRead: boolean
  }
}

/** What becomes of one person's copy of one broadcast. */
export type RecipientDocument = {
  /** `recipientKey(broadcastId, citizenKey)`: nobody has two lines in one broadcast. */
  _id: string
  broadcastId: string
  citizenKey: string
  state: 'queued' | 'skipped' | 'deferred'
  reason: string | null
  /** The copy in the outbox. */
  messageId: string | null
  /** Service time at which somebody who waits is looked at again. */
  retryAt: Date | null
  at: Date
  /** Real time. */
  removeAt: Date
}

export type BroadcastCollections = {
  broadcasts: mongo.Collection<BroadcastDocument>
  recipients: mongo.Collection<RecipientDocument>
  /** The broadcast that has the one article of a day. */
  articleDays: mongo.Collection<{ _id: string; broadcastId: string }>
}

export function recipientKey(broadcastId: string, citizenKey: string): string {
  return `${broadcastId}/${citizenKey}`
}

/** Brings the collections of broadcasts and their indexes into being. */
export async function openBroadcastCollections(database: Database): Promise<BroadcastCollections> {
  await makeAllIndexes(defineModels(database.connection))
  return {
    broadcasts: database.collection<BroadcastDocument>('broadcasts'),
    recipients: database.collection<RecipientDocument>('broadcastRecipients'),
    articleDays: database.collection('broadcastDays'),
  }
}

/** A broadcast as it is stored, opened. */
export function openBroadcast({
  _id: id,
  run: _run,
  live: _live,
  article: _article,
  counted: _counted,
  ...broadcast
}: BroadcastDocument): Broadcast {
  // Of an earlier build there is none.
  return { id, ...broadcast, earlier: broadcast.earlier ?? [] }
}

/** The fields that change with a broadcast itself; how far it has come stays as it is. */
export function broadcastFields(broadcast: Broadcast): Omit<BroadcastDocument, '_id' | 'run' | 'article' | 'counted'> {
  const { id: _id, ...fields } = broadcast
  const isLive = fields.state === 'running' || fields.state === 'scheduled'
  return { ...fields, ...(isLive ? { live: true as const } : {}) }
}

function defineModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const plain = (shape: Record<string, unknown>) => new Schema(shape, { _id: false })
  const broadcast = new Schema(
    {
      _id: String,
      version: Number,
      state: String,
      live: Boolean,
      title: String,
      text: String,
      link: String,
      coverAttachmentId: String,
      way: String,
      segment: plain({ communeCodes: [String], lastContactDays: Number, ownCases: String }),
      target: plain({
        ages: [Number],
        gender: Number,
        locations: [Number],
        platforms: [Number],
        telcos: [Number],
        cities: [Number],
      }),
      sendAt: Number,
      createdBy: String,
      createdAt: Number,
      writtenBy: [String],
      approval: plain({ by: String, at: Number }),
      startedAt: Number,
      endedAt: Number,
      fault: String,
      history: [plain({ at: Number, by: String, act: String, note: String })],
      earlier: [
        plain({ title: String, text: String, link: String, coverAttachmentId: String, by: String, until: Number }),
      ],
      counted: Schema.Types.Mixed,
      article: plain({
        step: String,
        at: Number,
        token: String,
        articleId: String,
        code: String,
        retryAt: Number,
      }),
      run: plain({ owner: String, until: Date, cursor: String, isRead: Boolean }),
    },
    options,
  )
  broadcast.index({ createdAt: -1, _id: -1 }, { name: 'newest' })
  broadcast.index({ state: 1, createdAt: -1, _id: -1 }, { name: 'states' })
  broadcast.index({ live: 1 }, { name: 'live', partialFilterExpression: { live: true } })
  const recipient = new Schema(
    {
      _id: String,
      broadcastId: String,
      citizenKey: String,
      state: String,
      reason: String,
      messageId: String,
      retryAt: Date,
      at: Date,
      removeAt: Date,
    },
    options,
  )
  recipient.index({ broadcastId: 1, state: 1, reason: 1, _id: 1 }, { name: 'states' })
  recipient.index({ broadcastId: 1, retryAt: 1 }, { name: 'deferred', partialFilterExpression: { state: 'deferred' } })
  recipient.index({ removeAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  const day = new Schema({ _id: String, broadcastId: String }, options)
  return [
    connection.model('Broadcast', broadcast, 'broadcasts'),
    connection.model('BroadcastRecipient', recipient, 'broadcastRecipients'),
    connection.model('BroadcastDay', day, 'broadcastDays'),
  ]
}
