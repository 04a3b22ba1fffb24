import { randomBytes } from 'node:crypto'
import { type Connection, type mongo, Schema } from 'mongoose'
import type { Case } from '../cases/case.ts'
import type { ListDays } from '../cases/flags.ts'
import { appendEntry, type HistoryEntry, type HistoryEntryDraft, type Json } from '../cases/history.ts'
import { dayOfDueKey } from '../cases/list-order.ts'
import { OPEN_STATES } from '../cases/words.ts'
import { type CaseKeys, caseKeys, keysOf } from './case-keys.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import { openJson, sealJson } from './sealed.ts'
import { defineWorkItems } from './work-items.ts'

/** A case as it is kept: whole and encrypted in `sealed`, beside it in clear what lists are made of. */
export type CaseDocument = {
  /** The code. */
  _id: string
  schemaVersion: 1
  version: number
  state: string
  /** Present while somebody owes something. */
  open?: true
  draftId?: string
  citizenKey?: string
  /** Keyed hash of the number in its one normal form. */
  phoneKey: string
  channel: string
  receivedAt: Date
  /** See `Case`; kept here alone and not in `sealed`. */
  lawRevision: number
  contentKind: string | null
  field: string | null
  intakeUnitCode: string
  leadUnitCode: string | null
  coordinatingUnitCodes: string[]
  handler: string | null
  /** R2-30; who may know of such a case is asked of the database, so what the answer hangs on stands here in clear. */
  denunciation: boolean
  intakeOfficer: string | null
  /** Units complained of; empty for every other case. */
  concernedUnitCodes: string[]
  /** Clock C as it was when the case was last stored. */
  answerBy: string | null
  /** True while the case is open and a due day lies in a year that is not finally known (R10-11). */
  provisional: boolean
  publishedAt: Date | null
  closedAt: Date | null
  /** Keyed hash of the national system's code, where it has given one. */
  nationalKey?: string
  /** Keys of the words of the sender (see `wordKeys`). */
  words: number[]
  sealed: Buffer
  /** The last line of the history: without it, lines cut off at the end could not be missed. */
  head: { seq: number; hash: string }
} & CaseKeys

export type HistoryDocument = Omit<HistoryEntry, 'data' | 'salt'> & {
  /** `historyKey(code, seq)`: a place in a chain can be taken once. */
  _id: string
  code: string
  /** Encrypted JSON of data and salt; absent once erased by law. */
  sealed?: Buffer
}

/** What an event for other systems has to know of a case: with whom it is, and whether nobody outside may know of it. */
export type CasePlace = Pick<CaseDocument, 'intakeUnitCode' | 'leadUnitCode' | 'coordinatingUnitCodes' | 'denunciation'>

/** A change of a case that other systems have not been told of yet; it goes when each has its own delivery of it. */
export type CaseEventDocument = Pick<HistoryDocument, '_id' | 'code' | 'seq' | 'act' | 'from' | 'to' | 'at'> & {
  /** Every unit that had the case before the change or has it now: whoever gives a case away hears of that, too. */
  unitCodes: string[]
  /** R2-30: a suspected denunciation before the change or after it. */
  isSecret: boolean
}

export const caseContext = (code: string): string => `cases.sealed:${code}`
export const historyContext = (id: string): string => `history.sealed:${id}`
export const historyKey = (code: string, seq: number): string => `${code}#${String(seq).padStart(6, '0')}`

/** Everything of a case document apart from its head and its words, which no act changes. */
export function caseFields(
  keys: { cipher: FieldCipher; hash: KeyedHash },
  current: Case,
  { answerBy, dueBy, provisional }: ListDays,
): Omit<CaseDocument, '_id' | 'head' | 'words'> {
  return {
    schemaVersion: 1,
    version: current.version,
    state: current.state,
    ...(isOpen(current) ? { open: true as const } : {}),
    ...(current.draftId === null ? {} : { draftId: current.draftId }),
    ...(current.citizenKey === null ? {} : { citizenKey: current.citizenKey }),
    phoneKey: keys.hash.phoneKey(current.phone),
    channel: current.channel,
    receivedAt: new Date(current.receivedAt),
    lawRevision: current.lawRevision,
    contentKind: current.contentKind,
    field: current.field,
    intakeUnitCode: current.intakeUnitCode,
    leadUnitCode: current.leadUnitCode,
    coordinatingUnitCodes: current.coordinatingUnitCodes,
    handler: current.handler,
    denunciation: current.denunciationSuspected,
    intakeOfficer: current.intakeOfficer,
    concernedUnitCodes: current.denunciationSuspected ? current.concernedUnitCodes : [],
    answerBy,
    provisional: provisional && OPEN_STATES.includes(current.state),
    publishedAt: current.publication === null ? null : new Date(current.publication.publishedAt),
    closedAt: current.closedAt === null ? null : new Date(current.closedAt),
    ...(current.nationalCode === null ? {} : { nationalKey: nationalKeyOf(keys.hash, current.nationalCode) }),
    sealed: sealJson(keys.cipher, { ...current, lawRevision: undefined }, caseContext(current.code)),
    ...caseKeys(keysOf(keys.hash), current, dueBy),
  }
}

/** What a case that was stored before it had these fields is read with. */
const ADDED: Pick<Case, 'disagreements' | 'locale'> = { disagreements: [], locale: 'vi' }

/** One key for every spelling of a code of the national system (see `normaliseNationalCode`). */
export function nationalKeyOf(hash: KeyedHash, code: string): string {
  return hash.keyOf('national code', code.toLowerCase().replace(/[^a-z0-9]/g, ''))
}

function isOpen(current: Case): boolean {
  return OPEN_STATES.includes(current.state)
}

/** Fields that a case may lose again. */
const LOST_AGAIN = ['open', 'nationalKey'] as const

/** A stored case as it becomes, as an update: what it has no more goes. */
export function caseUpdate(
  fields: Omit<CaseDocument, '_id' | 'head' | 'words'> & Partial<Pick<CaseDocument, 'words'>>,
  head: CaseDocument['head'],
): mongo.UpdateFilter<CaseDocument> {
  const lost = LOST_AGAIN.filter((name) => fields[name] === undefined)
  return { $set: { ...fields, head }, $unset: Object.fromEntries(lost.map((name) => [name, ''])) }
}

export function openCase(cipher: FieldCipher, document: CaseDocument): Case {
  const opened = openJson(cipher, document.sealed, caseContext(document._id)) as Omit<Case, 'lawRevision'>
  return { ...ADDED, ...opened, lawRevision: document.lawRevision ?? 0 }
}

/** The days that stand beside a case as it is stored. */
export function storedDays({ answerBy, dueKey, provisional }: CaseDocument): ListDays {
  return { answerBy, dueBy: dueKey === null ? null : dayOfDueKey(dueKey), provisional }
}

/** The next line of a chain, ready to be inserted, and the head that it makes. */
export function chainLine(
  cipher: FieldCipher,
  code: string,
  head: CaseDocument['head'] | null,
  draft: HistoryEntryDraft,
): { document: HistoryDocument; head: CaseDocument['head'] } {
  const seq = (head?.seq ?? 0) + 1
  const entry = appendEntry(head?.hash ?? '0'.repeat(64), seq, draft, randomBytes(16).toString('hex'))
  const { data, salt, ...open } = entry
  const _id = historyKey(code, seq)
  const sealed = sealJson(cipher, { data, salt }, historyContext(_id))
  return { document: { ...open, _id, code, sealed }, head: { seq, hash: entry.hash } }
}

export function openLine(cipher: FieldCipher, { _id, code: _code, sealed, ...open }: HistoryDocument): HistoryEntry {
  if (sealed === undefined) return open
  const { data, salt } = openJson(cipher, sealed, historyContext(_id)) as {
    data: { [key: string]: Json }
    salt: string
  }
  return { ...open, data, salt }
}

export type CaseCollections = {
  cases: mongo.Collection<CaseDocument>
  history: mongo.Collection<HistoryDocument>
  counters: mongo.Collection<{ _id: string; value: number }>
  consents: mongo.Collection<ConsentDocument>
  caseEvents: mongo.Collection<CaseEventDocument>
  newLines: mongo.Collection<NewLineDocument>
}

/** A line of history that officers have not been told of yet; it goes when they have. */
export type NewLineDocument = {
  /** The line's own key. */
  _id: string
}

/** One answer to one question about personal data (R9-1); never changed, never removed before its case. */
export type ConsentDocument = {
  _id: string
  citizenKey: string
  purpose: string
  given: boolean
  textVersion: string
  at: Date
  eventId: string
}

/** Declares the collections of the cases with their indexes: one for each list that is shown. */
export function defineCaseModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const caseSchema = new Schema(
    {
      _id: String,
      schemaVersion: Number,
      version: Number,
      state: String,
      open: Boolean,
      draftId: String,
      citizenKey: String,
      phoneKey: String,
      channel: String,
      receivedAt: Date,
      lawRevision: Number,
      contentKind: String,
      field: String,
      intakeUnitCode: String,
      leadUnitCode: String,
      coordinatingUnitCodes: [String],
      handler: String,
      denunciation: Boolean,
      intakeOfficer: String,
      concernedUnitCodes: [String],
      answerBy: String,
      provisional: Boolean,
      publishedAt: Date,
      closedAt: Date,
      order: Number,
      dueKey: String,
      facets: [Number],
      words: [Number],
      openUnit: String,
      openHandler: String,
      nationalKey: String,
      publicOrder: Number,
      publicKeys: [Number],
      sealed: Buffer,
      head: new Schema({ seq: Number, hash: String }, { _id: false }),
    },
    options,
  )
  // Lists are read from these alone; a case is opened only when it is on the page.
  caseSchema.index({ order: 1 }, { name: 'order' })
  caseSchema.index({ facets: 1, order: -1 }, { name: 'facets_order' })
  caseSchema.index({ facets: 1, dueKey: 1 }, { name: 'facets_due', partialFilterExpression: { dueKey: { $gt: '' } } })
  caseSchema.index({ words: 1, order: -1 }, { name: 'words_order' })
  caseSchema.index({ phoneKey: 1, order: -1 }, { name: 'phone_order' })
  caseSchema.index(
    { openUnit: 1, openHandler: 1 },
    { name: 'open_desks', partialFilterExpression: { openUnit: { $gt: '' } } },
  )
  caseSchema.index(
    { handler: 1, _id: 1 },
    { name: 'open_of_handler', partialFilterExpression: { dueKey: { $gt: '' } } },
  )
  // Two cases of ours never bear one code of the national system.
  caseSchema.index({ nationalKey: 1 }, { name: 'national', unique: true, sparse: true })
  caseSchema.index({ publicOrder: 1 }, { name: 'public_order', partialFilterExpression: { publicOrder: { $gt: 0 } } })
  caseSchema.index(
    { publicKeys: 1, publicOrder: -1 },
    { name: 'public_keys', partialFilterExpression: { publicOrder: { $gt: 0 } } },
  )
  // What a change of the law still has to be led into; what is closed is never in it.
  caseSchema.index({ lawRevision: 1 }, { name: 'law', partialFilterExpression: { state: { $in: [...OPEN_STATES] } } })
  caseSchema.index({ provisional: 1 }, { name: 'provisional', partialFilterExpression: { provisional: true } })
  caseSchema.index({ citizenKey: 1, receivedAt: -1 }, { name: 'citizen', sparse: true })
  // R3-10: one case per draft, whatever is tapped or redelivered.
  caseSchema.index({ draftId: 1 }, { name: 'draft', unique: true, sparse: true })
  // The intake book, in the order of receipt.
  caseSchema.index({ intakeUnitCode: 1, receivedAt: 1, _id: 1 }, { name: 'intakeBook' })
  caseSchema.index({ open: 1, _id: 1 }, { name: 'open', partialFilterExpression: { open: true } })
  const history = new Schema(
    {
      _id: String,
      code: String,
      seq: Number,
      at: String,
      actor: String,
      act: String,
      from: String,
      to: String,
      dataHash: String,
      previousHash: String,
      hash: String,
      sealed: Buffer,
    },
    options,
  )
  const counter = new Schema({ _id: String, value: Number }, options)
  // Empty but for a moment, and written with every change: it has no index but its key.
  const caseEvent = new Schema(
    {
      _id: String,
      code: String,
      seq: Number,
      act: String,
      from: String,
      to: String,
      at: String,
      unitCodes: [String],
      isSecret: Boolean,
    },
    options,
  )
  const consent = new Schema(
    {
      _id: String,
      citizenKey: String,
      purpose: String,
      given: Boolean,
      textVersion: String,
      at: Date,
      eventId: String,
    },
    options,
  )
  consent.index({ citizenKey: 1, at: 1 }, { name: 'citizen' })
  return [
    connection.model('Case', caseSchema, 'cases'),
    connection.model('History', history, 'history'),
    connection.model('Counter', counter, 'counters'),
    connection.model('Consent', consent, 'consents'),
    connection.model('CaseEvent', caseEvent, 'caseEvents'),
    defineWorkItems(connection),
    connection.model('NewLine', new Schema({ _id: String }, options), 'newLines'),
  ]
}
