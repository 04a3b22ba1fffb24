import type { mongo } from 'mongoose'
import { formatCaseCode } from '../cases/code.ts'
import { dayOf } from '../cases/days.ts'
import { fileCase, modelOn } from '../cases/file-case.ts'
import { ruleSetOn } from '../cases/rule-set.ts'
import type { Law } from '../usecases/law.ts'
import type { FiledDraft } from '../usecases/turn.ts'
import {
  type CaseCollections,
  type CaseDocument,
  caseFields,
  chainLine,
  type HistoryDocument,
} from './case-documents.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import type { FileDrafts, FiledCase, KeepConsents } from './turn-store.ts'

type FilingDeps = {
  collections: CaseCollections
  cipher: FieldCipher
  hash: KeyedHash
  law: Pick<Law, 'calendar' | 'ruleSets' | 'revision'>
  /** The unit that takes cases in under a model (R0-2). */
  focalUnitCode(model: '2022' | '2025'): string
  codePrefix: string
}

/** Makes cases of completed forms inside the turn's transaction: one case and one code per draft (R3-10, R3-15). */
export function createFileDrafts(deps: FilingDeps): FileDrafts {
  const { cases, history, counters } = deps.collections

  /** The first of `count` numbers of that day. */
  async function takeNumbers(session: mongo.ClientSession, day: string, count: number): Promise<number> {
    const counter = await counters.findOneAndUpdate(
      { _id: `case:${deps.codePrefix}:${day}` },
      { $inc: { value: count } },
      { session, upsert: true, returnDocument: 'after' },
    )
    return (counter?.value ?? count) - count + 1
  }

  return async (session, drafts) => {
    const filed = new Map<string, FiledCase>()
    const draftIds = [...new Set(drafts.map(({ draft }) => draft.draftId))]
    const known = await cases
      .find({ draftId: { $in: draftIds } }, { session, projection: { draftId: 1, answerBy: 1 } })
      .toArray()
    for (const { _id, draftId, answerBy } of known)
      if (draftId !== undefined) filed.set(draftId, { code: _id, answerBy })

    const fresh = [...new Map(drafts.map((one) => [one.draft.draftId, one])).values()].filter(
      ({ draft }) => !filed.has(draft.draftId),
    )
    const documents: { case: CaseDocument; line: HistoryDocument }[] = []
    for (const [day, ofDay] of Map.groupBy(fresh, ({ draft }) => dayOf(draft.receivedAt))) {
      const first = await takeNumbers(session, day, ofDay.length)
      for (const [index, { citizenKey, draft, now }] of ofDay.entries()) {
        const code = formatCaseCode({ prefix: deps.codePrefix, day, number: first + index })
        const made = documentsOf(deps, { code, citizenKey, draft, now })
        filed.set(draft.draftId, { code, answerBy: made.case.answerBy })
        documents.push(made)
      }
    }
    if (documents.length > 0) {
      await cases.insertMany(
        documents.map((made) => made.case),
        { session, ordered: true },
      )
      await history.insertMany(
        documents.map((made) => made.line),
        { session, ordered: true },
      )
    }
    return filed
  }
}

/** Keeps every answer about personal data once, in the transaction of the turn in which it was given (R9-1). */
export function createKeepConsents(collections: Pick<CaseCollections, 'consents'>): KeepConsents {
  return async (session, consents) => {
    await collections.consents.bulkWrite(
      consents.map(({ citizenKey, purpose, given, textVersion, at, eventId }) => ({
        updateOne: {
          filter: { _id: `${eventId}.${purpose}.${given ? 'yes' : 'no'}` },
          update: { $setOnInsert: { citizenKey, purpose, given, textVersion, at: new Date(at), eventId } },
          upsert: true,
        },
      })),
      { session, ordered: true },
    )
  }
}

function documentsOf(
  deps: FilingDeps,
  asked: { code: string; citizenKey: string; draft: FiledDraft; now: number },
): { case: CaseDocument; line: HistoryDocument } {
  const { code, citizenKey, draft, now } = asked
  const day = dayOf(draft.receivedAt)
  const ruleSet = ruleSetOn(deps.law.ruleSets(), day)
  if (ruleSet === undefined) throw new Error(`no rule set is in force on ${day}`)
  const { locale: _locale, ...fields } = draft
  const outcome = fileCase(
    // Only an office leader may clear it (R2-30, pakn-rules §2.3).
    { ...fields, citizenKey, channel: 'zalo', denunciationSuspected: fields.hints.includes('denunciationSuspected') },
    {
      code,
      now,
      ruleSet,
      calendar: deps.law.calendar(),
      lawRevision: deps.law.revision(),
      intakeUnitCode: deps.focalUnitCode(modelOn(day)),
    },
  )
  if (!outcome.ok) {
    const paths = outcome.faults.map(({ path, key }) => `${path} ${key}`).join(', ')
    throw new Error(`draft ${draft.draftId} is not a case: ${paths}`)
  }
  const { document, head } = chainLine(deps.cipher, code, null, outcome.entry)
  return {
    case: { _id: code, ...caseFields(deps, outcome.next, outcome.clocks.answerBy), head },
    line: document,
  }
}
