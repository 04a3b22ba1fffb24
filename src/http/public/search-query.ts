import { addDays, isDay, startOfDay } from '../../cases/days.ts'
import { FIELDS } from '../../cases/words.ts'
import type { PublishedFilter } from '../../usecases/public-cases.ts'
import { exactName, wordsAsked } from '../../usecases/search-words.ts'

/** What somebody looks for in the published list, as they typed it. */
export type PublicSearch = {
  code: string
  q: string
  name: string
  from: string
  to: string
  unit: string
  field: string
}

export const SEARCH_FIELDS = ['code', 'q', 'name', 'from', 'to', 'unit', 'field'] as const

/** Takes the search out of a query; what is no text counts as not given. */
export function readSearch(query: Record<string, unknown>): PublicSearch {
  const text = (name: (typeof SEARCH_FIELDS)[number]) => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, TEXT_LENGTH_MAX) : ''
  }
  return {
    code: text('code'),
    q: text('q'),
    name: text('name'),
    from: text('from'),
    to: text('to'),
    unit: text('unit'),
    field: text('field'),
  }
}

/** The parts of a search that are filled in, for a link to the same search. */
export function filledIn(search: PublicSearch): Record<string, string> {
  return Object.fromEntries(SEARCH_FIELDS.filter((name) => search[name] !== '').map((name) => [name, search[name]]))
}

/** Why a search cannot be carried out; each names a sentence. */
export type SearchFault = 'name' | 'words' | 'day' | 'unit' | 'field'

/** The search as the list takes it, or what of it has to be written otherwise. A code is not part of it. */
export function toFilter(
  { q, name, from, to, unit, field }: PublicSearch,
  isUnit: (code: string) => boolean,
): { ok: true; filter: PublishedFilter } | { ok: false; faults: SearchFault[] } {
  const words = wordsAsked(q)
  const wholeName = exactName(name)
  const knownField = FIELDS.find((one) => one === field)
  const faults: SearchFault[] = [
    ...(name !== '' && wholeName === null ? ['name' as const] : []),
    ...(q !== '' && words.length === 0 ? ['words' as const] : []),
    ...([from, to].some((day) => day !== '' && !isDay(day)) ? ['day' as const] : []),
    ...(unit !== '' && !isUnit(unit) ? ['unit' as const] : []),
    ...(field !== '' && knownField === undefined ? ['field' as const] : []),
  ]
  if (faults.length > 0) return { ok: false, faults }
  const filter: PublishedFilter = {
    ...(words.length === 0 ? {} : { words }),
    ...(wholeName === null ? {} : { name: wholeName }),
    ...(from === '' ? {} : { from: startOfDay(from) }),
    ...(to === '' ? {} : { before: startOfDay(addDays(to, 1)) }),
    ...(unit === '' ? {} : { unitCode: unit }),
    ...(knownField === undefined ? {} : { field: knownField }),
  }
  return { ok: true, filter }
}

const TEXT_LENGTH_MAX = 200
