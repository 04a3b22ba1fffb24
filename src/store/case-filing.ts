import type { mongo } from 'mongoose'
import { formatCaseCode } from '../cases/code.ts'
import { dayOf } from '../cases/days.ts'
import { type Filed, type Filing, fileCase } from '../cases/file-case.ts'
import { listDaysOf } from '../cases/flags.ts'
import type { HistoryEntryDraft } from '../cases/history.ts'
import { ruleSetOn } from '../cases/rule-set.ts'
import type { Law } from '../usecases/law.ts'
import {
  type CaseCollections,
  type CaseDocument,
  caseFields,
  chainLine,
  type HistoryDocument,
} from './case-documents.ts'
import { keysOf, wordKeys } from './case-keys.ts'
import { addLines } from './case-lines.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'

export type FilingDeps = {
  collections: CaseCollections
  cipher: FieldCipher
  hash: KeyedHash
  law: Pick<Law, 'calendar' | 'ruleSets' | 'revision'>
  codePrefix: string
}

export type FilingToStore = {
  filing: Filing
  intakeUnitCode: string
  now: number
  /** The first line of history, where it says more than the filing itself. */
  entryOf?(filed: Filed): HistoryEntryDraft
}

/** A case as it was filed, with the hash of its first line of history, which nobody else can have written. */
export type StoredFiling = Filed & { lineHash: string }

/** Makes cases inside the given transaction, in the order in which they are given. */
export type FileCases = (session: mongo.ClientSession, asked: readonly FilingToStore[]) => Promise<StoredFiling[]>

/**
 * Gives each case its code of the day of receipt (R3-15) and its number in the intake book (R3-25), and stores it with its first
 * line of history. Both counters are raised in the transaction: two never share a number, and one that is not stored leaves no gap.
 */
export function createFileCases(deps: FilingDeps): FileCases {
  const { cases, counters } = deps.collections

  /** Numbers from one counter for each of `keys`, in their order. */
  async function takeNumbers(session: mongo.ClientSession, keys: readonly string[]): Promise<number[]> {
    const next = new Map<string, number>()
    // In one order everywhere, so that two transactions never wait for each other in a circle.
    for (const [key, wanted] of [...Map.groupBy(keys, (key) => key)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const counter = await counters.findOneAndUpdate(
        { _id: key },
        { $inc: { value: wanted.length } },
        { session, upsert: true, returnDocument: 'after' },
      )
      next.set(key, (counter?.value ?? wanted.length) - wanted.length)
    }
    return keys.map((key) => {
      const number = (next.get(key) ?? 0) + 1
      next.set(key, number)
      return number
    })
  }

  return async (session, asked) => {
    if (asked.length === 0) return []
    const days = asked.map(({ filing }) => dayOf(filing.receivedAt))
    const ofDay = await takeNumbers(
      session,
      days.map((day) => `case:${deps.codePrefix}:${day}`),
    )
    const inBook = await takeNumbers(
      session,
      asked.map(({ intakeUnitCode }, index) => `book:${intakeUnitCode}:${days[index]?.slice(0, 4)}`),
    )
    const made = asked.map((one, index) => {
      const day = days[index] ?? ''
      const code = formatCaseCode({ prefix: deps.codePrefix, day, number: ofDay[index] ?? 0 })
      return documentsOf(deps, { ...one, code, day, intakeNumber: inBook[index] ?? 0 })
    })
    await cases.insertMany(
      made.map((one) => one.case),
      { session, ordered: true },
    )
    await addLines(
      deps.collections,
      session,
      made.map((one) => ({ line: one.line, before: null, after: one.case })),
    )
    return made.map(({ filed, line }) => ({ ...filed, lineHash: line.hash }))
  }
}

function documentsOf(
  deps: FilingDeps,
  asked: FilingToStore & { code: string; day: string; intakeNumber: number },
): { filed: Filed; case: CaseDocument; line: HistoryDocument } {
  const { filing, code, day, now, intakeUnitCode, intakeNumber } = asked
  const { law } = deps
  const ruleSet = ruleSetOn(law.ruleSets(), day)
  if (ruleSet === undefined) throw new Error(`no rule set is in force on ${day}`)
  const filed = fileCase(filing, {
    code,
    now,
    ruleSet,
    calendar: law.calendar(),
    lawRevision: law.revision(),
    intakeUnitCode,
    intakeNumber,
  })
  if (!filed.ok) {
    const paths = filed.faults.map(({ path, key }) => `${path} ${key}`).join(', ')
    throw new Error(`${filing.draftId ?? code} is not a case: ${paths}`)
  }
  const { document, head } = chainLine(deps.cipher, code, null, asked.entryOf?.(filed) ?? filed.entry)
  return {
    filed,
    case: {
      _id: code,
      ...caseFields(deps, filed.next, listDaysOf(filed.next, filed.clocks)),
      words: wordKeys(keysOf(deps.hash), filed.next),
      head,
    },
    line: document,
  }
}
