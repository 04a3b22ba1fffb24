import type { mongo } from 'mongoose'
import { earliestOrder } from '../cases/list-order.ts'
import type { PublishedCases } from '../usecases/public-cases.ts'
import { type CaseDocument, openCase } from './case-documents.ts'
import { facet, keysOf } from './case-keys.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import type { Database } from './database.ts'
import { type Condition, createIndexJoin, type InvertedIndex, join } from './index-join.ts'

const PUBLIC: InvertedIndex = { name: 'public_keys', keyField: 'publicKeys', orderField: 'publicOrder' }

/** The published cases in MongoDB, by the keys of what is published of them and nothing else. */
export function createPublishedCases(deps: {
  database: Database
  cipher: FieldCipher
  hash: KeyedHash
}): PublishedCases {
  const cases = deps.database.collection<CaseDocument>('cases')
  const keys = keysOf(deps.hash)
  const indexes = createIndexJoin(cases)

  return {
    async list({ unitCode, field, name, words = [], from, before }, after, limit) {
      const asked = [
        ...(unitCode === undefined ? [] : [keys.publicFacet(facet.lead(unitCode))]),
        ...(field === undefined ? [] : [keys.publicFacet(facet.field(field))]),
        ...(name === undefined ? [] : [keys.publicName(name)]),
        ...words.map(keys.publicWord),
      ]
      const conditions = (asked.length === 0 ? [keys.publicFacet(facet.any)] : asked).map(
        (key): Condition => ({ index: PUBLIC, keys: [key] }),
      )
      const span = {
        from: from === undefined ? 1 : earliestOrder(from),
        before: Math.min(
          before === undefined ? Number.MAX_SAFE_INTEGER : earliestOrder(before),
          after ?? Number.MAX_SAFE_INTEGER,
        ),
      }
      const [first, ...others] = (await indexes.rank(conditions, span, PROBED)).map(({ condition }) => condition)
      if (first === undefined) return { found: [], next: null }
      const { hits, next } = await join(indexes.source(first, span), others.map(indexes.keepOf), { after, limit })
      const orders = [...new Set(hits.map(({ order }) => order))]
      const documents = await cases
        .find({ publicOrder: { $in: orders, $gt: 0 }, denunciation: { $ne: true } } as mongo.Filter<CaseDocument>, {
          hint: 'public_order',
        })
        .toArray()
      const byOrder = Map.groupBy(documents, ({ publicOrder }) => publicOrder ?? 0)
      const found = orders.flatMap((at) =>
        (byOrder.get(at) ?? []).map((document) => ({ current: openCase(deps.cipher, document), at })),
      )
      return { found, next }
    },
  }
}

/** How far ahead is looked to tell a rare word from a common one. */
const PROBED = 250
