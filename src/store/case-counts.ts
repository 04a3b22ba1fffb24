import type { mongo } from 'mongoose'
import { CHANNELS, FIELDS, STATES } from '../cases/words.ts'
import { type CaseStore, type Count, DUE_FILTERS } from '../usecases/case-ports.ts'
import { placesOf } from './case-conditions.ts'
import type { CaseDocument } from './case-documents.ts'
import { facet, keysOf, NOBODY } from './case-keys.ts'
import type { KeyedHash } from './crypto.ts'

/**
 * What a reader's cases are made of, counted in the indexes: each number up to a bound, beyond which it only says that there are
 * more. Suspected denunciations are not counted, for anybody.
 */
export function createCaseCounts(deps: {
  database: mongo.Db
  cases: mongo.Collection<CaseDocument>
  hash: KeyedHash
}): CaseStore['counts'] {
  const { database, cases } = deps
  const keys = keysOf(deps.hash)

  return async (scope, { due, exactUpTo }) => {
    const places = placesOf(scope)
    if (places?.length === 0) return { state: [], due: [], unit: [], handler: [], field: [], channel: [] }

    /** Cases of which any of these facets is true. */
    async function count<Value>(value: Value, texts: readonly string[], dueKey?: object): Promise<Count<Value>> {
      const [only, ...others] = texts.map((text) => keys.facet('ordinary', text))
      const facets = others.length === 0 ? only : { $in: [only, ...others] }
      const query = dueKey === undefined ? { facets } : { facets, dueKey }
      const hint = dueKey === undefined ? 'facets_order' : 'facets_due'
      const answer = await database.command({ count: cases.collectionName, query, limit: exactUpTo + 1, hint })
      const counted = Number(answer.n)
      return { value, count: Math.min(counted, exactUpTo), more: counted > exactUpTo }
    }
    const alone = (text: string) => (places === null ? [text] : places.map((place) => facet.both(place, text)))

    const [state, dueCounts, field, channel, desks] = await Promise.all([
      Promise.all(STATES.map((one) => count(one, alone(facet.state(one))))),
      Promise.all(
        DUE_FILTERS.map((one) => {
          const { from, before } = due[one]
          return count(one, places ?? [facet.any], { $gte: from ?? '0', $lt: before })
        }),
      ),
      Promise.all(FIELDS.map((one) => count(one, alone(facet.field(one)), ANY_DUE))),
      Promise.all(CHANNELS.map((one) => count(one, alone(facet.channel(one)), ANY_DUE))),
      countDesks(scope, exactUpTo),
    ])
    return { state, due: dueCounts, field: field.filter(isSome), channel: channel.filter(isSome), ...desks }
  }

  /** Who has how many open cases: of the units whose cases the reader knows of, or those of the reader as a handler. */
  async function countDesks(
    { ordinary }: Parameters<CaseStore['counts']>[0],
    exactUpTo: number,
  ): Promise<{ unit: Count<string>[]; handler: Count<string | null>[] }> {
    const units = ordinary === 'all' ? null : [...new Set(ordinary.leadUnitCodes)]
    const own = ordinary === 'all' ? null : ordinary.handler
    const match =
      units === null
        ? { openUnit: { $gt: '' } }
        : units.length > 0
          ? { openUnit: { $in: units } }
          : own === null
            ? null
            : { openUnit: { $in: [...own.leadUnitCodes] }, openHandler: own.login }
    if (match === null) return { unit: [], handler: [] }
    const groups = await cases
      .aggregate<{ _id: { unit: string; handler: string }; count: number }>(
        [
          { $match: match },
          { $limit: DESK_CASES_MAX },
          { $group: { _id: { unit: '$openUnit', handler: '$openHandler' }, count: { $sum: 1 } } },
        ],
        { hint: 'open_desks' },
      )
      .toArray()
    const isCut = groups.reduce((sum, { count }) => sum + count, 0) >= DESK_CASES_MAX
    const tally = (nameOf: (group: (typeof groups)[number]['_id']) => string) => {
      const sums = new Map<string, number>()
      for (const { _id, count } of groups) sums.set(nameOf(_id), (sums.get(nameOf(_id)) ?? 0) + count)
      return [...sums]
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .map(([value, count]) => ({ value, count: Math.min(count, exactUpTo), more: isCut || count > exactUpTo }))
    }
    return {
      unit: tally(({ unit }) => unit).filter(({ value }) => value !== NOBODY),
      handler: tally(({ handler }) => handler).map((one) => ({
        ...one,
        value: one.value === NOBODY ? null : one.value,
      })),
    }
  }
}

/** Open cases that are looked at for the numbers of units and handlers; were there more, every number would say so. */
const DESK_CASES_MAX = 20_000
const ANY_DUE = { $gt: '' }

const isSome = ({ count }: { count: number }) => count > 0
