import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import { OPEN_STATES } from '../cases/words.ts'
import type { CaseFilter, CaseMove, CasePosition, CaseScope, CaseStore } from '../usecases/case-ports.ts'
import type { JudgedCases } from '../usecases/law.ts'
import type { CaseChange } from '../usecases/refused-error.ts'
import type { OutgoingMessage } from '../usecases/turn.ts'
import {
  type CaseCollections,
  type CaseDocument,
  type ConsentDocument,
  caseFields,
  chainLine,
  defineCaseModels,
  type HistoryDocument,
  historyKey,
  nationalKeyOf,
  openCase,
  openLine,
} from './case-documents.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import type { Database } from './database.ts'
import { ConflictError, isCommitUnknown } from './errors.ts'
import { keepMark } from './idempotency-store.ts'
import { createJudgedCases } from './judged-cases.ts'
import { createWorkItemStore } from './work-items.ts'
import { createWriteTogether } from './write-together.ts'

/** Puts messages into a citizen's outbox inside the given transaction. */
export type QueueMessages = (
  session: mongo.ClientSession,
  citizenKey: string,
  messages: OutgoingMessage[],
  now: number,
) => Promise<unknown>

export type MongoCaseStore = CaseStore &
  JudgedCases & {
    byCode(code: string): Promise<Case | null>
    byDraft(draftId: string): Promise<Case | null>
    /** Newest first. */
    ofCitizen(citizenKey: string, limit: number): Promise<Case[]>
    /** What the case itself remembers of its last line of history; null for a code that is none. */
    head(code: string): Promise<CaseDocument['head'] | null>
    /** Every code, oldest first. */
    codes(): AsyncIterable<string>
  }

/** Brings the collections of the cases into being. */
export async function openCaseCollections(database: Database): Promise<CaseCollections> {
  for (const model of defineCaseModels(database.connection)) {
    await model.createCollection()
    await model.createIndexes()
  }
  return {
    cases: database.collection<CaseDocument>('cases'),
    history: database.collection<HistoryDocument>('history'),
    counters: database.collection<{ _id: string; value: number }>('counters'),
    consents: database.collection<ConsentDocument>('consents'),
  }
}

/** Cases and their chained history in MongoDB. */
export function createCaseStore(deps: {
  database: Database
  collections: CaseCollections
  cipher: FieldCipher
  hash: KeyedHash
  queueMessages: QueueMessages
  /** Clock C of a case, for lists; the truth is always computed (R4-C2). */
  answerBy(current: Case): string | null
  /** Whether a due day lies in a year that is not finally known (R10-11). */
  isProvisional?(current: Case): boolean
  /** Called before a case is given out that a newer law has judged than this process may know. */
  catchUp?(lawRevision: number): Promise<void>
}): MongoCaseStore {
  const { database, cipher } = deps
  const { cases, history } = deps.collections
  const writeTogether = createWriteTogether(database)
  const workItemStore = createWorkItemStore(database, cipher)

  async function findOne(filter: mongo.Filter<CaseDocument>): Promise<Case | null> {
    const document = await cases.findOne(filter)
    if (document === null) return null
    await deps.catchUp?.(document.lawRevision)
    return openCase(cipher, document)
  }

  function fieldsOf(current: Case): Omit<CaseDocument, '_id' | 'head'> {
    return caseFields(deps, current, deps.answerBy(current), deps.isProvisional?.(current) ?? false)
  }

  async function storeMove(session: mongo.ClientSession, { next, entry, sameDueDay }: CaseMove): Promise<void> {
    const filter = { _id: next.code, version: next.version - 1 }
    const found = await cases.findOne(filter, { session, projection: { head: 1, answerBy: 1, provisional: 1 } })
    if (found === null) throw new ConflictError(`case ${next.code} changed after it was read`)
    const { document, head } = chainLine(cipher, next.code, found.head, entry)
    const fields = sameDueDay === true ? caseFields(deps, next, found.answerBy, found.provisional) : fieldsOf(next)
    const unset = next.nationalCode === null ? { $unset: { nationalKey: '' as const } } : {}
    await cases.updateOne(filter, { $set: { ...fields, head }, ...unset }, { session })
    await history.insertOne(document, { session })
  }

  /** Whether exactly this line stands where it would: nobody else can have written it, for its salt is random. */
  async function stands({ next, entry }: CaseMove): Promise<boolean> {
    const current = await cases.findOne(
      { _id: next.code },
      { projection: { version: 1 }, readConcern: { level: 'majority' } },
    )
    if (current === null || current.version < next.version) return false
    const line = await history.findOne({
      code: next.code,
      act: entry.act,
      actor: entry.actor,
      _id: historyKey(next.code, next.version),
    })
    return line !== null
  }

  return {
    find: (code, scope) => findOne(scope === undefined ? { _id: code } : { _id: code, ...scopeFilter(scope) }),

    async findNational(code, scope) {
      const nationalKey = nationalKeyOf(deps.hash, code)
      return findOne(scope === undefined ? { nationalKey } : { nationalKey, ...scopeFilter(scope) })
    },

    async knownOf(codes, scope) {
      const filter = { _id: { $in: [...codes] }, ...scopeFilter(scope) }
      return (await cases.find(filter, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id)
    },

    async openCodesOfHandler(login, after, limit) {
      const found = await cases
        .find({ handler: login, state: { $in: [...OPEN_STATES] }, ...(after === null ? {} : { _id: { $gt: after } }) })
        .project<{ _id: string }>({ _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id }) => _id)
    },

    byCode: (code) => findOne({ _id: code }),
    byDraft: (draftId) => findOne({ draftId }),

    async ofCitizen(citizenKey, limit) {
      const found = await cases.find({ citizenKey }).sort({ receivedAt: -1 }).limit(limit).toArray()
      return found.map((document) => openCase(cipher, document))
    },

    async list(filter, after, limit) {
      const found = await cases
        .find({ $and: [filterOf(filter), ...(after === null ? [] : [olderThan(after)])] })
        .sort({ receivedAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map((document) => openCase(cipher, document))
    },

    async history(code): Promise<HistoryEntry[]> {
      const found = await history
        .find({ _id: { $gte: historyKey(code, 0), $lte: `${code}#~` } })
        .sort({ _id: 1 })
        .toArray()
      return found.map((document) => openLine(cipher, document))
    },

    async changes(code, seq, limit) {
      const found = await history
        .find({ _id: { $gt: historyKey(code, seq), $lte: `${code}#~` } })
        .project<CaseChange>({ _id: 0, seq: 1, at: 1, actor: 1, act: 1, from: 1, to: 1 })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
      return found.reverse()
    },

    async head(code) {
      return (await cases.findOne({ _id: code }, { projection: { head: 1 } }))?.head ?? null
    },

    async *codes() {
      for await (const { _id } of cases.find({}, { projection: { _id: 1 } }).sort({ receivedAt: 1, _id: 1 })) yield _id
    },

    ...createJudgedCases({ cases, cipher, fieldsOf }),

    async storeMoves({ moves, messages, mark, workItems = [], finished, now }) {
      try {
        await writeTogether(async (session) => {
          await keepMark(database, session, mark, moves[0]?.next.code)
          for (const move of moves) await storeMove(session, move)
          for (const one of messages) await deps.queueMessages(session, one.citizenKey, one.messages, now)
          await workItemStore.insert(session, workItems)
          if (finished !== undefined) await workItemStore.finish(session, finished)
        })
      } catch (error) {
        if (isCommitUnknown(error) && moves[0] !== undefined && (await stands(moves[0]))) return
        throw error
      }
    },
  }
}

function olderThan({ receivedAt, code }: CasePosition): mongo.Filter<CaseDocument> {
  const at = new Date(receivedAt)
  return { $or: [{ receivedAt: { $lt: at } }, { receivedAt: at, _id: { $lt: code } }] }
}

function filterOf({ scope, state, unitCode }: CaseFilter): mongo.Filter<CaseDocument> {
  const conditions: mongo.Filter<CaseDocument>[] = []
  if (state !== undefined) conditions.push({ state })
  if (unitCode !== undefined) conditions.push({ leadUnitCode: unitCode })
  conditions.push(scopeFilter(scope))
  return { $and: conditions }
}

/** The cases of a scope and no other. */
export function scopeFilter({ ordinary, denunciations }: CaseScope): mongo.Filter<CaseDocument> {
  const open = { denunciation: { $ne: true }, ...(ordinary === 'all' ? {} : { $or: ordinaryFilters(ordinary) }) }
  if (denunciations === null) return open
  const { intakeOfficer, notAgainst } = denunciations
  const secret = {
    denunciation: true,
    ...(intakeOfficer === null ? {} : { intakeOfficer }),
    concernedUnitCodes: { $nin: [...notAgainst] },
  }
  return { $or: [open, secret] }
}

function ordinaryFilters(ordinary: Exclude<CaseScope['ordinary'], 'all'>): mongo.Filter<CaseDocument>[] {
  const { leadUnitCodes, coordinatingUnitCodes, handler, intakeUnitCodes } = ordinary
  const filters: mongo.Filter<CaseDocument>[] = [
    ...(leadUnitCodes.length === 0 ? [] : [{ leadUnitCode: { $in: [...leadUnitCodes] } }]),
    ...(coordinatingUnitCodes.length === 0 ? [] : [{ coordinatingUnitCodes: { $in: [...coordinatingUnitCodes] } }]),
    ...(handler === null ? [] : [{ handler: handler.login, leadUnitCode: { $in: [...handler.leadUnitCodes] } }]),
    ...(intakeUnitCodes.length === 0 ? [] : [{ intakeUnitCode: { $in: [...intakeUnitCodes] } }]),
  ]
  // Nothing at all, in a form that the server answers without looking.
  return filters.length === 0 ? [{ _id: { $in: [] } }] : filters
}
