import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import type { ListDays } from '../cases/flags.ts'
import { createGroupCommit } from '../group-commit.ts'
import type { CaseMove, CaseStore } from '../usecases/case-ports.ts'
import type { OutgoingMessage } from '../usecases/turn.ts'
import {
  type CaseCollections,
  type CaseDocument,
  caseFields,
  caseUpdate,
  chainLine,
  historyKey,
  storedDays,
} from './case-documents.ts'
import { keysOf, wordKeys } from './case-keys.ts'
import { type AddedLine, addLines, placeProjection } from './case-lines.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import type { Database } from './database.ts'
import { ConflictError, isCommitUnknown, isDatabaseAway } from './errors.ts'
import { keepMark } from './idempotency-store.ts'
import type { StoreMoves } from './turn-store.ts'
import { createWorkItemStore } from './work-items.ts'
import { BusyError, createWriteTogether } from './write-together.ts'

/** Puts messages into the outboxes of citizens inside the given transaction. */
export type QueueMessages = (
  session: mongo.ClientSession,
  asked: readonly { citizenKey: string; messages: readonly OutgoingMessage[]; now: number }[],
) => Promise<unknown>

export type CaseMovesDeps = {
  database: Database
  collections: CaseCollections
  cipher: FieldCipher
  hash: KeyedHash
  queueMessages: QueueMessages
  /** What stands beside a case for its lists; the truth is always computed (R4-C2). */
  listDays(current: Case): ListDays
}

type Asked = Parameters<CaseStore['storeMoves']>[0]
type Outcome = 'stored' | { error: unknown }

/**
 * Stores what becomes of cases: `storeMoves` in a transaction of its own, which the acts of one moment share, for a commit costs more than
 * what is in it; `storeMovesIn` in a transaction of somebody else.
 */
export function createCaseMoves(deps: CaseMovesDeps): {
  storeMoves: CaseStore['storeMoves']
  storeMovesIn: StoreMoves
} {
  const { database, cipher } = deps
  const { cases, history } = deps.collections
  const writeTogether = createWriteTogether(database)
  const workItemStore = createWorkItemStore(database, cipher)

  function changeOf({ next, entry, sameDueDay }: CaseMove, found: CaseDocument) {
    const { document, head } = chainLine(cipher, next.code, found.head, entry)
    const days = sameDueDay === true ? storedDays(found) : deps.listDays(next)
    const fields = caseFields(deps, next, days)
    // The words stay as they are; only who may find the case by them changes, with its realm.
    const words = fields.facets[0] === found.facets?.[0] ? {} : { words: wordKeys(keysOf(deps.hash), next) }
    const added: AddedLine = { line: document, before: found, after: fields }
    return { added, update: caseUpdate({ ...fields, ...words }, head) }
  }

  /** Moves of different cases. */
  async function storeApart(session: mongo.ClientSession, moves: readonly CaseMove[]): Promise<void> {
    const codes = moves.map(({ next }) => next.code)
    const found = await cases.find({ _id: { $in: codes } }, { session, projection: STORED }).toArray()
    const documents = new Map(found.map((document) => [document._id, document]))
    const changes = moves.map((move) => {
      const document = documents.get(move.next.code)
      if (document?.version !== move.next.version - 1)
        throw new ConflictError(`case ${move.next.code} changed after it was read`)
      return { version: document.version, code: document._id, ...changeOf(move, document) }
    })
    await cases.bulkWrite(
      changes.map(({ code, version, update }) => ({ updateOne: { filter: { _id: code, version }, update } })),
      { session, ordered: true },
    )
    await addLines(
      deps.collections,
      session,
      changes.map(({ added }) => added),
    )
  }

  const storeMovesIn: StoreMoves = async (session, moves) => {
    // One after the other where a case moves more than once, for each of its lines rests on the one before.
    for (let rest = moves; rest.length > 0; ) {
      const first = new Map(rest.toReversed().map((move) => [move.next.code, move]))
      await storeApart(session, [...first.values()].reverse())
      rest = rest.filter((move) => first.get(move.next.code) !== move)
    }
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

  /** All or none of them, in one transaction. */
  async function storeTogether(group: readonly Asked[]): Promise<void> {
    try {
      await writeTogether(async (session) => {
        for (const { mark, moves } of group) await keepMark(database, session, mark, moves[0]?.next.code)
        await storeMovesIn(
          session,
          group.flatMap(({ moves }) => moves),
        )
        const told = group.flatMap(({ messages, now }) => messages.map((one) => ({ ...one, now })))
        if (told.length > 0) await deps.queueMessages(session, told)
        await workItemStore.insert(
          session,
          group.flatMap(({ workItems = [] }) => workItems),
        )
        for (const { finished, reassigned } of group) {
          if (finished !== undefined) await workItemStore.finish(session, finished)
          if (reassigned !== undefined) await workItemStore.reassign(session, reassigned)
        }
      })
    } catch (error) {
      const [first] = group.flatMap(({ moves }) => moves)
      if (isCommitUnknown(error) && first !== undefined && (await stands(first))) return
      throw error
    }
  }

  async function storeAll(group: readonly Asked[]): Promise<Outcome[]> {
    try {
      await storeTogether(group)
      return group.map(() => 'stored')
    } catch (error) {
      // Nothing is tried again where it is not known what became of it, or where the database has no room for it now.
      const isHopeless = isCommitUnknown(error) || error instanceof BusyError || isDatabaseAway(error)
      if (group.length === 1 || isHopeless) return group.map(() => ({ error }))
      // One of them spoils it for all; which one shows when each stands alone.
      const outcomes: Outcome[] = []
      for (const one of group) outcomes.push(...(await storeAll([one])))
      return outcomes
    }
  }

  const groups = createGroupCommit<Asked, Outcome>({
    itemsMax: actsAtOnceMax,
    write: storeAll,
    writesAtOnceMax: 2,
    itemsBesideMin: 4,
  })

  return {
    storeMovesIn,
    async storeMoves(asked) {
      const outcome = await groups.add(asked)
      if (outcome !== 'stored') throw outcome.error
    },
  }
}

const actsAtOnceMax = 32

/** What a move has to know of the document that it changes. */
const STORED = {
  version: 1,
  head: 1,
  answerBy: 1,
  dueKey: 1,
  provisional: 1,
  facets: { $slice: 1 },
  ...placeProjection,
} as const
