import type { mongo } from 'mongoose'
import type { CaseDocument } from './case-documents.ts'

/** An inverted index: the keys of a case, each with the place of the case in the list. */
export type InvertedIndex = {
  name: string
  keyField: 'facets' | 'words' | 'phoneKey' | 'publicKeys'
  orderField: 'order' | 'publicOrder'
}

/** True of a case that has any of these keys. */
export type Condition = { index: InvertedIndex; keys: readonly (number | string)[] }

/** Places from `from` on and before `before`. */
export type Span = { from: number; before: number }

/** A case on its way into a list: its place by receipt or publication, and its place in the list that is read. */
export type Entry<At> = { order: number; at: At }

/** Entries in the order of the list, strictly after `after`. */
export type Source<At> = { read(after: At | null, count: number): Promise<Entry<At>[]> }

/** Of these places those that hold. */
export type Keep = { cost: number; keep(orders: readonly number[]): Promise<ReadonlySet<number>> }

export type Joined<At> = { hits: Entry<At>[]; next: At | null }

/**
 * How many entries one page may look at in all the indexes together. Where that does not fill it, the page is shorter and the
 * next one goes on from there: the cost of a page has a bound, whatever is asked.
 */
const LOOK_UPS_MAX = 12_000
const FIRST_READ = 200
const LONGEST_READ = 2_000
/** How many intervals of an index one query may name. */
const INTERVALS_MAX = 4_000
/** The server merges sorted reads of at most 200 keys; more would make it sort. */
export const MERGED_KEYS_MAX = 150

export type IndexJoin = ReturnType<typeof createIndexJoin>

/** Reads lists out of inverted indexes: one is read in order, the others are only asked about what it gives. No case is read. */
export function createIndexJoin(cases: mongo.Collection<CaseDocument>) {
  function find({ index, keys }: Condition, order: object) {
    const [only] = keys
    const filter = { [index.keyField]: keys.length === 1 ? only : { $in: [...keys] }, [index.orderField]: order }
    return cases
      .find(filter as mongo.Filter<CaseDocument>, { hint: index.name })
      .project<Record<string, number>>({ _id: 0, [index.orderField]: 1 })
  }

  /** Newest first. */
  function source(condition: Condition, span: Span): Source<number> {
    const { orderField } = condition.index
    return {
      async read(after, count) {
        const order = { $gte: span.from, $lt: after === null ? span.before : Math.min(after, span.before) }
        const found = await find(condition, order)
          .sort({ [orderField]: -1 })
          .limit(count)
          .batchSize(count)
          .toArray()
        return found.map((entry) => ({ order: entry[orderField] ?? 0, at: entry[orderField] ?? 0 }))
      },
    }
  }

  function keepOf(condition: Condition): Keep {
    const { orderField } = condition.index
    return {
      cost: condition.keys.length,
      async keep(orders) {
        const width = Math.max(1, Math.floor(INTERVALS_MAX / condition.keys.length))
        const kept = new Set<number>()
        for (let at = 0; at < orders.length; at += width) {
          const asked = orders.slice(at, at + width)
          const found = await find(condition, { $in: asked })
            .batchSize(asked.length + 1)
            .toArray()
          for (const entry of found) kept.add(entry[orderField] ?? 0)
        }
        return kept
      },
    }
  }

  /** The place of the `count`th entry from `span.before` down: the deeper, the rarer. Minus infinity where there are fewer. */
  async function depth(condition: Condition, span: Span, count: number): Promise<number> {
    const { orderField } = condition.index
    const [found] = await find(condition, { $gte: span.from, $lt: span.before })
      .sort({ [orderField]: -1 })
      .skip(count - 1)
      .limit(1)
      .toArray()
    return found?.[orderField] ?? Number.NEGATIVE_INFINITY
  }

  return {
    source,
    keepOf,
    depth,

    /** The conditions, rarest first as far as the next `count` entries tell. */
    async rank<C extends Condition>(conditions: readonly C[], span: Span, count: number): Promise<Ranked<C>[]> {
      if (conditions.length === 1) return conditions.map((condition) => ({ condition, depth: 0 }))
      const ranked = await Promise.all(
        conditions.map(async (condition) => ({
          condition,
          depth:
            condition.keys.length > MERGED_KEYS_MAX ? Number.POSITIVE_INFINITY : await depth(condition, span, count),
        })),
      )
      return ranked.sort((a, b) => (a.depth === b.depth ? 0 : a.depth - b.depth))
    },
  }
}

export type Ranked<C extends Condition> = { condition: C; depth: number }

/** Up to `limit` entries of the source that everything in `keeps` lets through, and where the next page begins. */
export async function join<At>(
  source: Source<At>,
  keeps: readonly Keep[],
  asked: { after: At | null; limit: number },
): Promise<Joined<At>> {
  const hits: Entry<At>[] = []
  let after = asked.after
  let lookUps = 0
  let count = keeps.length === 0 ? asked.limit : Math.max(FIRST_READ, asked.limit)
  for (;;) {
    const read = await source.read(after, count)
    let left = read
    for (const { cost, keep } of keeps) {
      if (left.length === 0) break
      lookUps += left.length * cost
      const kept = await keep(left.map(({ order }) => order))
      left = left.filter(({ order }) => kept.has(order))
    }
    for (const entry of left) {
      hits.push(entry)
      if (hits.length === asked.limit) return { hits, next: entry.at }
    }
    const last = read.at(-1)
    if (read.length < count || last === undefined) return { hits, next: null }
    after = last.at
    lookUps += read.length
    if (lookUps >= LOOK_UPS_MAX) return { hits, next: after }
    count = Math.min(count * 4, LONGEST_READ)
  }
}
