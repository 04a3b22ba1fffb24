import { randomBytes } from 'node:crypto'
import { type Connection, Schema } from 'mongoose'
import type { NoticeRecord, NoticeTry, ToldNotice } from '../usecases/notice-records.ts'
import { partitionOf } from '../usecases/road.ts'
import type { OutgoingMessage } from '../usecases/turn.ts'
import type { NewWork } from '../usecases/work-items.ts'
import type { FieldCipher } from './crypto.ts'
import { openJson, sealJson } from './sealed.ts'

/** A notice record as it is kept: what it is found by in clear, the words encrypted. */
export type NoticeDocument = {
  _id: string
  version: number
  caseCode: string
  notice: string
  mandatory: boolean
  needsPerson: boolean
  isAnswer: boolean
  textVersion: string
  citizenKey: string | null
  partition: number
  createdAt: Date
  state: NoticeRecord['state']
  /** Absent once it has ended. */
  lookAt?: Date
  /** Present while the words of the chat are kept for the citizen's next message. */
  kept?: true
  /** Present while a mandatory notice is not proven to have been told. */
  missing?: true
  bubbles: string[]
  tries: (Omit<NoticeTry, 'at' | 'triedAt' | 'answeredAt'> & { at: Date; triedAt?: Date; answeredAt?: Date })[]
  workItem: string | null
  /** Absent after the retention of the chat. */
  sealed?: Buffer
}

export const toldContext = (id: string): string => `notices.sealed:${id}`

/** By real time, so that notices of one moment of the service's clock still stand in the order in which they arose. */
export function freshNoticeId(): string {
  return `${Date.now().toString(36).padStart(9, '0')}${randomBytes(8).toString('hex')}`
}

/** The record of a notice that has just arisen; `bubble` is its message in the outbox, null where its words are kept. */
export function noticeDocument(
  cipher: FieldCipher,
  from: {
    id: string
    citizenKey: string
    message: OutgoingMessage & { notice: NonNullable<OutgoingMessage['notice']> }
    bubble: string | null
    lookAt: number
    now: number
  },
): NoticeDocument {
  const { caseCode, id: notice, mandatory, textVersion, draft, locale } = from.message.notice
  return {
    _id: from.id,
    version: 1,
    caseCode,
    notice,
    mandatory,
    needsPerson: mandatory || notice === 'message',
    isAnswer: from.message.priority === 1,
    textVersion,
    citizenKey: from.citizenKey,
    partition: partitionOf(from.citizenKey),
    createdAt: new Date(from.now),
    state: from.bubble === null ? 'waiting' : 'planned',
    lookAt: new Date(from.lookAt),
    ...(from.bubble === null ? { kept: true } : {}),
    ...(mandatory ? { missing: true } : {}),
    bubbles: from.bubble === null ? [] : [from.bubble],
    tries: [],
    workItem: null,
    sealed: sealTold(cipher, from.id, { draft, locale, body: from.message.body }),
  }
}

/** The record of a notice to a sender without a chat: the work that it is, or what is tried before. */
export function workNoticeDocument(cipher: FieldCipher, item: NewWork): NoticeDocument {
  const { id, caseCode, notice, mandatory, textVersion, createdAt, dueAt, tryFirst } = item
  const isWork = tryFirst === undefined
  return {
    _id: id,
    version: 1,
    caseCode,
    notice,
    mandatory,
    needsPerson: true,
    isAnswer: false,
    textVersion,
    citizenKey: null,
    partition: partitionOf(caseCode),
    createdAt: new Date(createdAt),
    state: isWork ? 'workItem' : 'planned',
    lookAt: new Date(isWork ? dueAt + 1 : createdAt),
    ...(mandatory ? { missing: true } : {}),
    bubbles: [],
    tries: [],
    workItem: isWork ? id : null,
    ...(tryFirst === undefined ? {} : { sealed: sealTold(cipher, id, tryFirst) }),
  }
}

export function sealTold(cipher: FieldCipher, id: string, told: ToldNotice): Buffer {
  return sealJson(cipher, told, toldContext(id))
}

export function openTold(cipher: FieldCipher, { _id, sealed }: Pick<NoticeDocument, '_id' | 'sealed'>): ToldNotice {
  if (sealed === undefined) throw new Error(`notice ${_id} has lost its words`)
  return openJson(cipher, sealed, toldContext(_id)) as ToldNotice
}

export function openNotice(document: NoticeDocument): NoticeRecord {
  const { _id: id, createdAt, lookAt, kept, missing: _missing, sealed: _sealed, tries, ...clear } = document
  return {
    ...clear,
    id,
    createdAt: createdAt.getTime(),
    lookAt: lookAt?.getTime() ?? null,
    isKept: kept === true,
    tries: tries.map(({ at, triedAt, answeredAt, ...one }) => ({
      ...one,
      at: at.getTime(),
      ...(triedAt === undefined ? {} : { triedAt: triedAt.getTime() }),
      ...(answeredAt === undefined ? {} : { answeredAt: answeredAt.getTime() }),
    })),
  }
}

/** Declares the collection with an index for each way in which a record is found. */
export function defineNotices(connection: Connection) {
  const tried = new Schema(
    {
      way: String,
      reference: String,
      at: Date,
      triedAt: Date,
      result: String,
      answeredAt: Date,
      code: String,
      messageId: String,
      textVersion: String,
    },
    { _id: false },
  )
  const schema = new Schema(
    {
      _id: String,
      version: Number,
      caseCode: String,
      notice: String,
      mandatory: Boolean,
      needsPerson: Boolean,
      isAnswer: Boolean,
      textVersion: String,
      citizenKey: String,
      partition: Number,
      createdAt: Date,
      state: String,
      lookAt: Date,
      kept: Boolean,
      missing: Boolean,
      bubbles: [String],
      tries: [tried],
      workItem: String,
      sealed: Buffer,
    },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ caseCode: 1, createdAt: 1, _id: 1 }, { name: 'case' })
  schema.index({ partition: 1, lookAt: 1 }, { name: 'look', partialFilterExpression: { lookAt: { $type: 'date' } } })
  schema.index({ createdAt: 1, _id: 1 }, { name: 'missing', partialFilterExpression: { missing: true } })
  schema.index({ notice: 1, createdAt: 1, _id: 1 }, { name: 'missingOf', partialFilterExpression: { missing: true } })
  schema.index({ citizenKey: 1, createdAt: 1, _id: 1 }, { name: 'kept', partialFilterExpression: { kept: true } })
  // Only what has left on another way than the chat is in these.
  const hasTries = { partialFilterExpression: { 'tries.0': { $exists: true } } }
  schema.index({ 'tries.messageId': 1 }, { name: 'messageIds', ...hasTries })
  schema.index({ citizenKey: 1 }, { name: 'triesOfCitizen', ...hasTries })
  schema.index({ 'tries.reference': 1 }, { name: 'references', ...hasTries })
  return connection.model('Notice', schema, 'notices')
}
