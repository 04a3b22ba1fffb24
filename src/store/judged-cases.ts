import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import { OPEN_STATES } from '../cases/words.ts'
import type { JudgedCases } from '../usecases/law.ts'
import { type CaseDocument, openCase } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'

const isOpen = { state: { $in: [...OPEN_STATES] } }

/** The open cases by the law that judged them last. */
export function createJudgedCases(deps: {
  cases: mongo.Collection<CaseDocument>
  cipher: FieldCipher
  fieldsOf(current: Case): Omit<CaseDocument, '_id' | 'head' | 'words'>
}): JudgedCases {
  const { cases, cipher } = deps
  const isStale = (revision: number) => ({ ...isOpen, lawRevision: { $not: { $gte: revision } } })

  return {
    async staleOpen(revision, limit, except) {
      const filter = { ...isStale(revision), ...(except.length === 0 ? {} : { _id: { $nin: [...except] } }) }
      const found = await cases.find(filter).hint('law').limit(limit).toArray()
      return found.map((document) => openCase(cipher, document))
    },

    async *allOpen() {
      for await (const document of cases.find(isOpen).hint('law')) yield openCase(cipher, document)
    },

    async countOpen(revision, max) {
      const [stale, provisional] = await Promise.all([
        cases.countDocuments(isStale(revision), { hint: 'law', limit: max }),
        cases.countDocuments({ provisional: true }, { hint: 'provisional', limit: max }),
      ])
      return { stale, provisional }
    },

    async markJudged(judged, revision) {
      await cases.bulkWrite(
        judged.map((current) => ({
          updateOne: {
            filter: { _id: current.code, version: current.version },
            update: { $set: deps.fieldsOf({ ...current, lawRevision: revision }) },
          },
        })),
        { ordered: false },
      )
    },
  }
}
