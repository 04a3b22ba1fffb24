import type { mongo } from 'mongoose'
import type { Case } from '../cases/case.ts'
import { earliestOrder, orderOfDueKey } from '../cases/list-order.ts'
import { OPEN_STATES, type State } from '../cases/words.ts'
import type { CaseCandidates, CaseFilter, CasePosition, CaseStore } from '../usecases/case-ports.ts'
import { type CaseCondition, conditionsOf, FACETS } from './case-conditions.ts'
import { type CaseDocument, nationalKeyOf, openCase } from './case-documents.ts'
import { keysOf, type StateKey } from './case-keys.ts'
import { scopeFilter } from './case-scope-filter.ts'
import type { FieldCipher, KeyedHash } from './crypto.ts'
import { type Condition, createIndexJoin, type Entry, join, type Keep, type Source, type Span } from './index-join.ts'

/** Lists of cases, read out of the inverted indexes; only what is on the page is opened. */
export function createCaseList(deps: {
  cases: mongo.Collection<CaseDocument>
  cipher: FieldCipher
  hash: KeyedHash
}): Pick<CaseStore, 'list' | 'named'> {
  const { cases, hash } = deps
  const keys = keysOf(hash)
  const indexes = createIndexJoin(cases)

  /** Newest receipt first, of the states given. */
  async function listReceived(
    filter: CaseFilter,
    states: readonly StateKey[] | null,
    asked: { after: number | null; limit: number },
  ): Promise<CaseCandidates> {
    const conditions = conditionsOf({ keys, hash }, filter, states)
    if (conditions === null) return nothing
    const span = spanOf(filter)
    const due = filter.due === undefined ? null : await dueSource(filter, conditions, filter.due, span)
    const after = asked.after ?? Number.MAX_SAFE_INTEGER
    const ranked = inTurn(await indexes.rank(conditions, { ...span, before: Math.min(span.before, after) }, PROBED))
    const [first, ...others] = ranked
    if (first === undefined) return nothing
    const found =
      due === null
        ? await join(indexes.source(first, span), others.map(indexes.keepOf), asked)
        : due.source === null
          ? await join(indexes.source(first, span), [...others.map(indexes.keepOf), due.keep], asked)
          : await join(due.source, ranked.map(indexes.keepOf), asked)
    return {
      found: await read(filter, found.hits, (received) => ({ received })),
      next: found.next === null ? null : { received: found.next },
    }
  }

  /**
   * What is due in the range, newest receipt first. There are a few thousand such cases at most; were there more, they would be
   * so many among the open ones that looking at each costs less.
   */
  async function dueSource(
    filter: CaseFilter,
    conditions: readonly CaseCondition[],
    due: NonNullable<CaseFilter['due']>,
    span: Span,
  ): Promise<{ source: Source<number> | null; keep: Keep }> {
    const range = dueRange(due)
    const keep: Keep = {
      cost: COST_OF_READING,
      async keep(orders) {
        const found = await cases
          .find({ order: { $in: [...orders] }, dueKey: range }, { hint: 'order' })
          .project<{ order: number }>({ _id: 0, order: 1 })
          .toArray()
        return new Set(found.map(({ order }) => order))
      },
    }
    const [narrowest] = conditions.filter(({ index }) => index === FACETS)
    const drawn = narrowest ?? conditionsOf({ keys, hash }, { ...filter, words: [] }, null)?.[0]
    if (drawn === undefined) return { source: null, keep }
    const all = await dueEntries(drawn, range, DUE_MAX + 1)
    if (all.length > DUE_MAX) return { source: null, keep }
    const orders = all
      .map(({ order }) => order)
      .filter((order) => order >= span.from && order < span.before)
      .sort((a, b) => b - a)
    return {
      source: sourceOf(
        orders.map((order) => ({ order, at: order })),
        (at, after) => at < after,
      ),
      keep,
    }
  }

  async function dueEntries(condition: Condition, range: DueRange, count: number): Promise<Entry<string>[]> {
    const [only] = condition.keys as number[]
    const facets = condition.keys.length === 1 ? only : { $in: [...(condition.keys as number[])] }
    const found = await cases
      .find({ facets, dueKey: range } as mongo.Filter<CaseDocument>, { hint: 'facets_due' })
      .project<{ dueKey: string }>({ _id: 0, dueKey: 1 })
      .sort({ dueKey: 1 })
      .limit(count)
      .batchSize(count)
      .toArray()
    return found.map(({ dueKey }) => ({ order: orderOfDueKey(dueKey), at: dueKey }))
  }

  /** Open cases by due day. */
  async function listDue(
    filter: CaseFilter,
    states: readonly StateKey[],
    asked: { after: string | null; limit: number },
  ): Promise<CaseCandidates> {
    const conditions = conditionsOf({ keys, hash }, filter, states)
    if (conditions === null) return nothing
    const span = spanOf(filter)
    const ranked = await indexes.rank(conditions, span, PROBED)
    const [rarest] = ranked
    const [first, ...others] = inTurn(ranked)
    if (rarest === undefined || first === undefined) return nothing
    const inSpan: Keep = {
      cost: 0,
      keep: async (orders) => new Set(orders.filter((order) => order >= span.from && order < span.before)),
    }
    const range = dueRange(filter.due)
    const facetsFirst = inTurn(
      ranked.toSorted((a, b) => Number(b.condition.index === FACETS) - Number(a.condition.index === FACETS)),
    )
    const [driver, ...rest] = facetsFirst
    // A rare word leads to a handful of cases, which are sorted here; any other list is read in its order.
    const isRare = first.index !== FACETS && rarest.depth === Number.NEGATIVE_INFINITY
    const source =
      isRare || driver?.index !== FACETS ? await fewByDue(first, others, range, span) : dueSourceOf(driver, range)
    const keeps = isRare ? [inSpan] : [inSpan, ...rest.map(indexes.keepOf)]
    const found = await join(source, keeps, asked)
    return {
      found: await read(filter, found.hits, (due) => ({ due })),
      next: found.next === null ? null : { due: found.next },
    }
  }

  function dueSourceOf(condition: Condition, range: DueRange): Source<string> {
    return {
      read: (after, count) =>
        dueEntries(condition, after === null ? range : { ...range, ...laterThan(after, range) }, count),
    }
  }

  async function fewByDue(
    first: Condition,
    others: readonly Condition[],
    range: DueRange,
    span: Span,
  ): Promise<Source<string>> {
    const { hits } = await join(indexes.source(first, span), others.map(indexes.keepOf), { after: null, limit: PROBED })
    const found = await cases
      .find({ order: { $in: hits.map(({ order }) => order) }, dueKey: range }, { hint: 'order' })
      .project<{ order: number; dueKey: string }>({ _id: 0, order: 1, dueKey: 1 })
      .toArray()
    const entries = found.map(({ order, dueKey }) => ({ order, at: dueKey }))
    return sourceOf(
      entries.sort((a, b) => (a.at < b.at ? -1 : 1)),
      (at, after) => at > after,
    )
  }

  /** The cases at these places that lie in the reader's scope, in the order of the places. */
  async function read<At>(
    { scope }: CaseFilter,
    hits: readonly Entry<At>[],
    positionOf: (at: At) => CasePosition,
  ): Promise<CaseCandidates['found']> {
    if (hits.length === 0) return []
    const documents = await cases
      .find({ $and: [{ order: { $in: hits.map(({ order }) => order) } }, scopeFilter(scope)] }, { hint: 'order' })
      .toArray()
    const byOrder = Map.groupBy(documents, ({ order }) => order)
    return hits.flatMap(({ order, at }) =>
      // Taken out, so that it is there once.
      take(byOrder, order).map((document) => ({ current: openCase(deps.cipher, document), at: positionOf(at) })),
    )
  }

  return {
    async list(filter, { sort, after, limit }) {
      const states = filter.states ?? null
      if (sort === '-receivedAt') {
        const place = after !== null && 'received' in after ? after.received : null
        return listReceived(filter, filter.due === undefined ? states : (openOf(states) ?? ['open']), {
          after: place,
          limit,
        })
      }
      const open = states === null ? (['open'] as const) : openOf(states)
      const closed = states === null ? (['closed'] as const) : states.filter((state) => !OPEN_STATES.includes(state))
      const isPastDue = after !== null && 'received' in after
      const due =
        isPastDue || open === null || open.length === 0
          ? nothing
          : await listDue(filter, open, { after: after === null ? null : after.due, limit })
      // What is open fills the page, or its share of work is done; and what is closed has no due day.
      if (due.next !== null || filter.due !== undefined || closed.length === 0) return due
      const rest = await listReceived(filter, closed, {
        after: isPastDue ? after.received : null,
        limit: limit - due.found.length,
      })
      return { found: [...due.found, ...rest.found], next: rest.next }
    },

    async named(filter, { own, foreign }) {
      const conditions = conditionsOf({ keys, hash }, { ...filter, words: [] }, filter.states ?? null)
      const ids = [
        ...(own === null ? [] : [{ _id: own }]),
        ...(foreign === null ? [] : [{ nationalKey: nationalKeyOf(hash, foreign) }]),
      ]
      if (conditions === null || ids.length === 0) return []
      const span = spanOf(filter)
      const range = filter.due === undefined ? null : dueRange(filter.due)
      const found = await cases
        .find({ $and: [{ $or: ids }, scopeFilter(filter.scope)] })
        .limit(NAMED_MAX)
        .toArray()
      const holds = (document: CaseDocument): boolean =>
        document.order >= span.from &&
        document.order < span.before &&
        (range === null ||
          (document.dueKey !== null && document.dueKey >= range.$gte && document.dueKey < range.$lt)) &&
        conditions.every(({ index, keys: alternatives }) => {
          const own = document[index.keyField as 'facets' | 'words' | 'phoneKey']
          return typeof own === 'string'
            ? alternatives.includes(own)
            : alternatives.some((key) => own.includes(key as number))
        })
      return found.filter(holds).map((document): Case => openCase(deps.cipher, document))
    },
  }
}

const nothing: CaseCandidates = { found: [], next: null }
/** How far ahead is looked to tell a rare thing from a common one. */
const PROBED = 250
/** Due days that are gathered before they are put in the order of receipt. */
const DUE_MAX = 5_000
/** Reading a case costs about as much as this many look-ups in an index. */
const COST_OF_READING = 10
const NAMED_MAX = 20

type DueRange = { $gte: string; $lt: string }

function dueRange(due: CaseFilter['due']): DueRange {
  return { $gte: due?.from ?? '0', $lt: due?.before ?? 'z' }
}

function laterThan(after: string, range: DueRange): Partial<Record<'$gt' | '$gte', string>> {
  return after < range.$gte ? {} : { $gt: after }
}

function spanOf({ received }: CaseFilter): Span {
  return {
    from: received?.from == null ? 0 : earliestOrder(received.from),
    before: received?.before == null ? Number.MAX_SAFE_INTEGER : earliestOrder(received.before),
  }
}

function openOf(states: readonly State[] | null): State[] | null {
  return states?.filter((state) => OPEN_STATES.includes(state)) ?? null
}

function take<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  const found = map.get(key) ?? []
  map.delete(key)
  return found
}

/** Entries that are all there already. */
function sourceOf<At>(entries: readonly Entry<At>[], isAfter: (at: At, after: At) => boolean): Source<At> {
  return {
    async read(after, count) {
      const start = after === null ? 0 : entries.findIndex(({ at }) => isAfter(at, after))
      return start < 0 ? [] : entries.slice(start, start + count)
    },
  }
}

/** The state rides on the first thing that is read; asking for it again with the others would tell nothing more. */
function inTurn(ranked: readonly { condition: CaseCondition }[]): Condition[] {
  let isStateSeen = false
  return ranked.map(({ condition }) => {
    const { alone, ...whole } = condition
    if (alone === undefined) return whole
    if (isStateSeen) return alone
    isStateSeen = true
    return whole
  })
}
