import type { mongo } from 'mongoose'
import type { CaseDocument } from './case-documents.ts'
import { openCase } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'

/** Of each of these people: how many own cases, how many of them open, and the communes of today in which they lie. */
export type ReadOwnCases = (
  citizenKeys: readonly string[],
) => Promise<Map<string, { all: number; open: number; communeCodes: string[] }>>

/** The latest cases of each person that are opened: a handful is plenty to know a place. */
const OPENED_MAX = 5

/** `communeToday` gives the commune that a commune of an address has become part of. */
export function createReadOwnCases(deps: {
  cases: mongo.Collection<CaseDocument>
  cipher: FieldCipher
  communeToday(model: '2022' | '2025', communeCode: string): string | null
}): ReadOwnCases {
  return async (citizenKeys) => {
    const found = await deps.cases
      .aggregate<{ _id: string; all: number; open: number; latest: CaseDocument[] }>(
        [
          { $match: { citizenKey: { $in: [...citizenKeys] } } },
          { $sort: { citizenKey: 1, receivedAt: -1 } },
          { $project: { citizenKey: 1, open: 1, sealed: 1, lawRevision: 1 } },
          {
            $group: {
              _id: '$citizenKey',
              all: { $sum: 1 },
              open: { $sum: { $cond: ['$open', 1, 0] } },
              latest: { $firstN: { n: OPENED_MAX, input: '$$ROOT' } },
            },
          },
        ],
        { hint: 'citizen' },
      )
      .toArray()
    return new Map(
      found.map(({ _id, all, open, latest }) => [_id, { all, open, communeCodes: communesOf(latest) }] as const),
    )
  }

  function communesOf(latest: readonly CaseDocument[]): string[] {
    const codes = latest.flatMap((document) => {
      const { model, communeCode } = openCase(deps.cipher, document).address
      return (communeCode === null ? null : deps.communeToday(model, communeCode)) ?? []
    })
    return [...new Set(codes)]
  }
}
