import type { FiledDraft } from '../usecases/turn.ts'
import type { CaseCollections } from './case-documents.ts'
import { createFileCases, type FilingDeps, type FilingToStore } from './case-filing.ts'
import type { FileDrafts, FiledCase, KeepConsents } from './turn-store.ts'

/** Makes cases of completed forms inside the turn's transaction: one case and one code per draft (R3-10, R3-15). */
export function createFileDrafts(
  deps: FilingDeps & {
    /** The unit that takes this case in: the focal unit (R0-2), or one with intake of its own (R7-8). */
    intakeUnitCode(draft: FiledDraft): string
  },
): FileDrafts {
  const { cases } = deps.collections
  const fileCases = createFileCases(deps)

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
    const stored = await fileCases(session, fresh.map(filingOf))
    for (const [index, { next, clocks }] of stored.entries()) {
      const draftId = fresh[index]?.draft.draftId
      if (draftId !== undefined) filed.set(draftId, { code: next.code, answerBy: clocks.answerBy })
    }
    return filed
  }

  function filingOf({ citizenKey, draft, now }: { citizenKey: string; draft: FiledDraft; now: number }): FilingToStore {
    const { relatedTo, ...fields } = draft
    return {
      filing: {
        ...fields,
        citizenKey,
        channel: 'zalo',
        // Only an office leader may clear it (R2-30, pakn-rules §2.3).
        denunciationSuspected: fields.hints.includes('denunciationSuspected'),
        relatedCodes: relatedTo == null ? [] : [relatedTo],
      },
      intakeUnitCode: deps.intakeUnitCode(draft),
      now,
    }
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
