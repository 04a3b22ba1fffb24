import type { ConsentHistory, KeptConsent } from '../usecases/consents.ts'
import type { CaseCollections } from './case-documents.ts'

/** The answers about personal data and news, as turns have kept them. */
export function createConsentHistory({ consents }: Pick<CaseCollections, 'consents'>): ConsentHistory {
  return {
    async of(citizenKey, after, limit) {
      const at = after === null ? null : new Date(after.at)
      const later = at === null ? {} : { $or: [{ at: { $gt: at } }, { at, _id: { $gt: after?.id ?? '' } }] }
      const found = await consents
        .find({ citizenKey, ...later })
        .sort({ at: 1, _id: 1 })
        .limit(limit)
        .hint('citizen')
        .toArray()
      return found.map(({ _id: id, purpose, given, textVersion, at: time }) => ({
        id,
        purpose: purpose as KeptConsent['purpose'],
        given,
        textVersion,
        at: time.getTime(),
      }))
    },
  }
}
