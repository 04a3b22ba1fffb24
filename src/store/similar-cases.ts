import type { mongo } from 'mongoose'
import { earliestOrder } from '../cases/list-order.ts'
import type { FindSimilar } from '../usecases/find-duplicates.ts'
import { type CaseCollections, type CaseDocument, openCase } from './case-documents.ts'
import { keysOf, likenessKeys } from './case-keys.ts'
import { scopeFilter } from './case-scope-filter.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'

/** More of one telephone or of one wording are looked at no further: the newest tell enough. */
const OF_ONE_SENDER_MAX = 50
const OF_ONE_WORDING_MAX = 100
/** Of those only so many are opened: the ones with most keys in common. */
const OPENED_BY_WORDING_MAX = 30

/** What a case is opened from: its keys are many and say nothing more. */
const READ = { sealed: 1, lawRevision: 1 } as const

/** Candidates for duplicates in MongoDB: each by an index, the words by the keys of their likeness. */
export function createFindSimilar(deps: {
  collections: Pick<CaseCollections, 'cases'>
  cipher: FieldCipher
  hash: KeyedHash
}): FindSimilar {
  const { cases } = deps.collections
  const read = (filter: mongo.Filter<CaseDocument>, sort: mongo.Sort, index: string, limit: number) =>
    cases.find(filter, { projection: READ }).sort(sort).hint(index).limit(limit).toArray()

  /** Codes of the cases with most of these keys of likeness, the newest of equal ones first. */
  async function likeliest(filter: mongo.Filter<CaseDocument>, keys: readonly number[]): Promise<string[]> {
    const found = await cases
      .aggregate<{ _id: string }>(
        [
          { $match: filter },
          { $sort: { order: -1 } },
          { $limit: OF_ONE_WORDING_MAX },
          { $project: { shared: { $size: { $setIntersection: ['$words', [...keys]] } }, order: 1 } },
          { $sort: { shared: -1, order: -1 } },
          { $limit: OPENED_BY_WORDING_MAX },
          { $project: { _id: 1 } },
        ],
        { hint: 'words_order' },
      )
      .toArray()
    return found.map(({ _id }) => _id)
  }

  return async (current, scope, within) => {
    const known = scopeFilter(scope)
    const at = current.receivedAt
    const orders = (ms: number) => ({ $gte: earliestOrder(at - ms), $lt: earliestOrder(at + ms + 1_000) })
    const realms = scope.denunciations === null ? (['ordinary'] as const) : (['ordinary', 'denunciations'] as const)
    const words = realms.flatMap((realm) => likenessKeys(keysOf(deps.hash), current, realm))
    const [alike, ...found] = await Promise.all([
      likeliest({ words: { $in: words }, order: orders(within.words), ...known }, words),
      read(
        { phoneKey: deps.hash.phoneKey(current.phone), order: orders(within.sender), ...known },
        { order: -1 },
        'phone_order',
        OF_ONE_SENDER_MAX,
      ),
      current.citizenKey === null
        ? []
        : read(
            {
              citizenKey: current.citizenKey,
              receivedAt: { $gte: new Date(at - within.sender), $lte: new Date(at + within.sender) },
              ...known,
            },
            { receivedAt: -1 },
            'citizen',
            OF_ONE_SENDER_MAX,
          ),
    ])
    const documents = new Map(found.flat().map((document) => [document._id, document]))
    const others = alike.filter((code) => !documents.has(code))
    if (others.length > 0) {
      const opened = await cases.find({ _id: { $in: others }, ...known }, { projection: READ }).toArray()
      for (const document of opened) documents.set(document._id, document)
    }
    return [...documents.values()].map((document) => openCase(deps.cipher, document))
  }
}
