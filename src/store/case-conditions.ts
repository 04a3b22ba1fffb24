import type { CaseFilter, CaseScope } from '../usecases/case-ports.ts'
import { facet, type Keys, type Realm, type StateKey } from './case-keys.ts'
import type { KeyedHash } from './crypto.ts'
import { type Condition, type InvertedIndex, MERGED_KEYS_MAX } from './index-join.ts'

export const FACETS: InvertedIndex = { name: 'facets_order', keyField: 'facets', orderField: 'order' }
const WORDS: InvertedIndex = { name: 'words_order', keyField: 'words', orderField: 'order' }
const PHONE: InvertedIndex = { name: 'phone_order', keyField: 'phoneKey', orderField: 'order' }

/** A thing that is asked for; `alone` is the same without the state, for where another condition has seen to it. */
export type CaseCondition = Condition & { alone?: Condition }

/**
 * What a filter asks of a case, as keys of the realms that this reader may look into: all of it has to hold. Null where nothing
 * can be found, for the reader may know of no case at all. `states` are those of the filter, or narrower ones.
 */
export function conditionsOf(
  { keys, hash }: { keys: Keys; hash: KeyedHash },
  filter: Omit<CaseFilter, 'due' | 'received' | 'states'>,
  states: readonly StateKey[] | null,
): CaseCondition[] | null {
  const realms = realmsOf(filter.scope)
  const places = placesOf(filter.scope)
  if (realms.length === 0) return null
  const { unitCode, handler, field, channel, contentKind, words = [], phone } = filter
  const everywhere = (texts: readonly string[]) =>
    texts.flatMap((text) => realms.map((realm) => [realm, text] as const))
  const things = [
    ...(places === null ? [] : [everywhereOrAt(places, realms)]),
    ...(unitCode === undefined ? [] : [everywhere([facet.lead(unitCode), facet.coordinating(unitCode)])]),
    ...(handler === undefined ? [] : [everywhere([facet.handler(handler)])]),
    ...(field === undefined ? [] : [everywhere([facet.field(field)])]),
    ...(channel === undefined ? [] : [everywhere([facet.channel(channel)])]),
    ...(contentKind === undefined ? [] : [everywhere([facet.contentKind(contentKind)])]),
  ]
  const onFacets = (texts: readonly (readonly [Realm, string])[]): Condition => ({
    index: FACETS,
    keys: texts.map(([realm, text]) => keys.facet(realm, text)),
  })
  const stateAlone = states === null ? [] : [onFacets(everywhere(states.map(facet.state)))]
  const conditions = things
    // A reader who may know of so many units' cases knows of nearly all: the case itself is asked when it is read.
    .filter((texts) => texts.length <= MERGED_KEYS_MAX)
    .map((texts): CaseCondition => {
      const alone = onFacets(texts)
      // What is closed is too much to be kept together with each thing.
      if (states === null || states.includes('closed') || texts.length * states.length > MERGED_KEYS_MAX) return alone
      const paired = texts.flatMap(([realm, text]) => states.map((state) => [realm, withState(text, state)] as const))
      return { ...onFacets(paired), alone }
    })
  // Where no thing carries the state along, it is a thing of its own; where nothing is asked, everything is.
  if (!conditions.some(({ alone }) => alone !== undefined)) conditions.push(...stateAlone)
  const sought = wordConditions(keys, filter.looksAtSenders, words, realms)
  if (phone !== undefined) sought.push({ index: PHONE, keys: [hash.phoneKey(phone)] })
  if (conditions.length + sought.length === 0) conditions.push(onFacets(everywhere([facet.any])))
  return [...conditions, ...sought]
}

/** The unit and the handler by which a reader knows of ordinary cases; null for whoever knows of all of them. */
export function placesOf({ ordinary }: CaseScope): string[] | null {
  if (ordinary === 'all') return null
  const { leadUnitCodes, coordinatingUnitCodes, handler, intakeUnitCodes } = ordinary
  return [
    ...leadUnitCodes.map(facet.lead),
    ...coordinatingUnitCodes.map(facet.coordinating),
    ...(handler?.leadUnitCodes.map((unitCode) => facet.assigned(handler.login, unitCode)) ?? []),
    ...intakeUnitCodes.map(facet.intake),
  ]
}

function realmsOf({ ordinary, denunciations }: CaseScope): Realm[] {
  const places = placesOf({ ordinary, denunciations })
  const realms: Realm[] = places === null || places.length > 0 ? ['ordinary'] : []
  if (denunciations === null) return realms
  const { intakeOfficer } = denunciations
  return [...realms, intakeOfficer === null ? 'denunciations' : `denunciations of ${intakeOfficer}`]
}

function everywhereOrAt(places: readonly string[], realms: readonly Realm[]) {
  return realms.flatMap((realm) =>
    (realm === 'ordinary' ? places : [facet.any]).map((place) => [realm, place] as const),
  )
}

function withState(text: string, state: StateKey): string {
  return text === facet.any ? facet.state(state) : facet.both(text, facet.state(state))
}

/** One condition for each word: in the text, or in the name for those who may see it. */
function wordConditions(
  keys: Keys,
  looksAtSenders: boolean,
  words: readonly string[],
  realms: readonly Realm[],
): CaseCondition[] {
  const secret = realms.some((realm) => realm !== 'ordinary')
  const inRealms: Realm[] = [
    ...(realms.includes('ordinary') ? ['ordinary' as const] : []),
    ...(secret ? ['denunciations' as const] : []),
  ]
  return words.map((word) => ({
    index: WORDS,
    keys: inRealms.flatMap((realm) => [
      keys.word(realm, word),
      ...(looksAtSenders ? [keys.senderWord(realm, word)] : []),
    ]),
  }))
}
