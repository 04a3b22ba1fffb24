import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import type { CaseStore } from '../usecases/case-ports.ts'
import type { JudgedCases } from '../usecases/law.ts'
import type { CaseChange } from '../usecases/refused-error.ts'
import type { OpenCases } from '../usecases/staff-ports.ts'
import { createCaseCounts } from './case-counts.ts'
import {
  type CaseCollections,
  type CaseDocument,
  type CaseEventDocument,
  type ConsentDocument,
  caseFields,
  defineCaseModels,
  type HistoryDocument,
  historyKey,
  type NewLineDocument,
  nationalKeyOf,
  openCase,
  openLine,
} from './case-documents.ts'
import { createCaseList } from './case-list.ts'
import { type CaseMovesDeps, createCaseMoves } from './case-moves.ts'
import { scopeFilter } from './case-scope-filter.ts'
import type { Database } from './database.ts'
import { createJudgedCases } from './judged-cases.ts'
import { makeAllIndexes } from './make-indexes.ts'
import type { StoreMoves } from './turn-store.ts'

export type MongoCaseStore = CaseStore &
  JudgedCases &
  OpenCases & {
    /** Moves inside a transaction of somebody else. */
    storeMovesIn: StoreMoves
    byCode(code: string): Promise<Case | null>
    byDraft(draftId: string): Promise<Case | null>
    /** Newest first. */
    ofCitizen(citizenKey: string, limit: number): Promise<Case[]>
    /** What the case itself remembers of its last line of history; null for a code that is none. */
    head(code: string): Promise<CaseDocument['head'] | null>
    /** Codes of open cases in which one of these units has a part, as they are when it begins. */
    openCodesOfUnits(unitCodes: readonly string[]): AsyncIterable<string>
    /** Every code, oldest first. */
    codes(): AsyncIterable<string>
  }

/** Brings the collections of the cases into being. */
export async function openCaseCollections(database: Database): Promise<CaseCollections> {
  await makeAllIndexes(defineCaseModels(database.connection))
  return {
    cases: database.collection<CaseDocument>('cases'),
    history: database.collection<HistoryDocument>('history'),
    counters: database.collection<{ _id: string; value: number }>('counters'),
    consents: database.collection<ConsentDocument>('consents'),
    caseEvents: database.collection<CaseEventDocument>('caseEvents'),
    newLines: database.collection<NewLineDocument>('newLines'),
  }
}

/** Cases and their chained history in MongoDB. */
export function createCaseStore(
  deps: CaseMovesDeps & {
    /** Called before a case is given out that a newer law has judged than this process may know. */
    catchUp?(lawRevision: number): Promise<void>
  },
): MongoCaseStore {
  const { database, cipher } = deps
  const { cases, history } = deps.collections

  async function findOne(filter: mongo.Filter<CaseDocument>): Promise<Case | null> {
    const document = await cases.findOne(filter)
    if (document === null) return null
    await deps.catchUp?.(document.lawRevision)
    return openCase(cipher, document)
  }

  const fieldsOf = (current: Case) => caseFields(deps, current, deps.listDays(current))

  return {
    ...createCaseMoves(deps),
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
        .find(
          { handler: login, dueKey: { $gt: '' }, ...(after === null ? {} : { _id: { $gt: after } }) },
          { hint: 'open_of_handler' },
        )
        .project<{ _id: string }>({ _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id }) => _id)
    },

    async *openCodesOfUnits(unitCodes) {
      const isOneOf = { $in: [...unitCodes] }
      const parts = [{ intakeUnitCode: isOneOf }, { leadUnitCode: isOneOf }, { coordinatingUnitCodes: isOneOf }]
      // Read off before anything is changed: a case that moves in the index is met neither twice nor not at all.
      const found = cases.find({ open: true, $or: parts }, { projection: { _id: 1 }, sort: { _id: 1 }, hint: 'open' })
      const codes = (await found.toArray()).map(({ _id }) => _id)
      yield* codes
    },

    byCode: (code) => findOne({ _id: code }),
    byDraft: (draftId) => findOne({ draftId }),

    async ofCitizen(citizenKey, limit) {
      const found = await cases.find({ citizenKey }).sort({ receivedAt: -1 }).limit(limit).toArray()
      return found.map((document) => openCase(cipher, document))
    },

    ...createCaseList({ cases, cipher, hash: deps.hash }),
    counts: createCaseCounts({
      database: database.connection.getClient().db(database.connection.name),
      cases,
      hash: deps.hash,
    }),

    async openAfter(code, limit) {
      const found = await cases
        .find({ open: true, _id: { $gt: code } }, { hint: 'open' })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      await deps.catchUp?.(Math.max(0, ...found.map(({ lawRevision }) => lawRevision ?? 0)))
      return found.map((document) => {
        try {
          return openCase(cipher, document)
        } catch {
          return { code: document._id, unreadable: true as const }
        }
      })
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
      for await (const { _id } of cases.find({}, { projection: { _id: 1 } }).sort({ order: 1 })) yield _id
    },

    ...createJudgedCases({ cases, cipher, fieldsOf }),
  }
}
