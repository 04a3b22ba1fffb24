import type { Case } from '../cases/case.ts'
import { dueKeyOf, orderAt, publicationOrder } from '../cases/list-order.ts'
import { OPEN_STATES, type State } from '../cases/words.ts'
import { wordPairs } from '../usecases/likeness.ts'
import { publicName, publishedWords, senderWords, textWords } from '../usecases/search-words.ts'
import type { KeyedHash } from './crypto.ts'

/**
 * By what a case is found without being opened. Every list is read from an inverted index: a key for each thing that is true of
 * a case, then the place of the case in the list. Keys are truncated keyed hashes, so that the database alone tells no word and
 * no name; where two words meet in one key, the case is opened before it is shown and looked at again.
 */
export type CaseKeys = {
  /** `orderAt` of the receipt. */
  order: number
  /** `dueKeyOf` while the case is open. */
  dueKey: string | null
  /** What is true of it (see `facetsOf`); the first one tells the realm. */
  facets: number[]
  /** For counts: who has the case, while it is open and no suspected denunciation. */
  openUnit: string | null
  openHandler: string | null
  /** `publicationOrder`, while something is published. */
  publicOrder: number | null
  publicKeys: number[] | null
}

/** Raised whenever keys, or what else stands in clear, are made otherwise: the next start makes them anew. */
export const KEYS_VERSION = 3

/** Keys of one realm never meet those of another: who may not know of a suspected denunciation asks in another realm (R2-30). */
export type Realm = 'ordinary' | 'denunciations' | `denunciations of ${string}`

/** A case that is open or closed, whatever its state. */
export type StateKey = State | 'open' | 'closed'

export const facet = {
  any: '*',
  state: (state: StateKey) => `state ${state}`,
  lead: (unitCode: string) => `lead ${unitCode}`,
  coordinating: (unitCode: string) => `coordinating ${unitCode}`,
  intake: (unitCode: string) => `intake ${unitCode}`,
  handler: (login: string | null) => `handler ${login ?? ''}`,
  /** The handler together with the unit that leads: who has left the unit is its handler no more (R7-12). */
  assigned: (login: string, leadUnitCode: string) => `assigned ${leadUnitCode} ${login}`,
  field: (field: string) => `field ${field}`,
  channel: (channel: string) => `channel ${channel}`,
  contentKind: (kind: string) => `kind ${kind}`,
  /** Both at once. Kept for each facet with the state and with open; the place of a case among the closed is asked for apart. */
  both: (one: string, other: string) => `${one} & ${other}`,
}

export type Keys = ReturnType<typeof createKeys>

/** Makes keys of facets and words; the same for the same secret. */
function createKeys(hash: KeyedHash) {
  const known = new Map<string, number>()
  const numberOf = (purpose: string, text: string, read: (bytes: Buffer) => number): number => {
    const name = `${purpose}\n${text}`
    const found = known.get(name)
    if (found !== undefined) return found
    const made = read(Buffer.from(hash.keyOf(purpose, text), 'base64url'))
    // The same few thousand words come again and again.
    if (known.size >= KEYS_REMEMBERED) known.clear()
    known.set(name, made)
    return made
  }
  const long = (bytes: Buffer) => bytes.readUIntBE(0, 6)
  const short = (bytes: Buffer) => bytes.readInt32BE(0)
  const word = (purpose: string) => (realm: Realm, text: string) =>
    numberOf(realm === 'ordinary' ? purpose : `${purpose} of denunciations`, text, short)
  return {
    facet: (realm: Realm, text: string) => numberOf('list facet', `${realm}\n${text}`, long),
    word: word('list word'),
    senderWord: word('list sender'),
    publicFacet: (text: string) => numberOf('public facet', text, long),
    publicWord: (text: string) => numberOf('public word', text, short),
    publicName: (name: string) => numberOf('public name', name, long),
    /** The least of the numbers that each of several hashes gives these words: alike sets agree in some of them (MinHash). */
    least(realm: Realm, texts: Iterable<string>): number[] {
      const least: number[] = Array.from({ length: LIKENESS_HASHES }, () => Number.POSITIVE_INFINITY)
      for (const text of texts) {
        const bytes = Buffer.from(hash.keyOf('likeness', text), 'base64url')
        for (const [place, number] of least.entries()) least[place] = Math.min(number, bytes.readUInt32BE(place * 4))
      }
      const purpose = realm === 'ordinary' ? 'likeness place' : 'likeness place of denunciations'
      return least
        .filter((number) => number !== Number.POSITIVE_INFINITY)
        .map((number, place) => short(Buffer.from(hash.keyOf(purpose, `${place} ${number}`), 'base64url')))
    },
  }
}

/** No login and no code of a unit. */
export const NOBODY = '-'
const KEYS_REMEMBERED = 100_000
const made = new WeakMap<KeyedHash, Keys>()

/** The keys of one secret, made once for everybody who uses it. */
export function keysOf(hash: KeyedHash): Keys {
  const known = made.get(hash)
  if (known !== undefined) return known
  const keys = createKeys(hash)
  made.set(hash, keys)
  return keys
}

/** What changes with a case. */
export function caseKeys(keys: Keys, current: Case, dueBy: string | null): CaseKeys {
  const order = orderAt(current.receivedAt, current.code)
  const isOpen = OPEN_STATES.includes(current.state)
  const isCounted = isOpen && !current.denunciationSuspected
  const facets = facetsOf(current)
  return {
    order,
    dueKey: isOpen ? dueKeyOf(dueBy, order) : null,
    facets: realmsOf(current).flatMap((realm) => facets.map((text) => keys.facet(realm, text))),
    openUnit: isCounted ? (current.leadUnitCode ?? NOBODY) : null,
    openHandler: isCounted ? (current.handler ?? NOBODY) : null,
    ...publicKeys(keys, current),
  }
}

/** The words of the sender, which no act changes; the realm does, with the suspicion of a denunciation. */
export function wordKeys(keys: Keys, current: Case): number[] {
  const realm = current.denunciationSuspected ? 'denunciations' : 'ordinary'
  return [
    ...new Set([
      ...[...textWords(current)].map((word) => keys.word(realm, word)),
      ...[...senderWords(current)].map((word) => keys.senderWord(realm, word)),
      ...likenessKeys(keys, current, realm),
    ]),
  ]
}

/** By which cases with the same words are found (R4-M1): two that share half of their pairs have a key in common nearly always. */
export function likenessKeys(keys: Keys, { title, content }: Pick<Case, 'title' | 'content'>, realm: Realm): number[] {
  return keys.least(realm, wordPairs(title, content))
}

/** Each takes four bytes of one hash. Of texts that share a third of all their pairs nine in ten have one in common. */
const LIKENESS_HASHES = 6

function realmsOf(current: Case): Realm[] {
  if (!current.denunciationSuspected) return ['ordinary']
  const { intakeOfficer } = current
  return intakeOfficer === null ? ['denunciations'] : ['denunciations', `denunciations of ${intakeOfficer}`]
}

/** Everything that lists ask for, alone and with the state: two rare things together are found without looking at either. */
function facetsOf(current: Case): string[] {
  const { state, leadUnitCode, handler, field, channel, contentKind } = current
  const isOpen = OPEN_STATES.includes(state)
  const places = [
    ...(leadUnitCode === null ? [] : [facet.lead(leadUnitCode)]),
    ...new Set(current.coordinatingUnitCodes.map(facet.coordinating)),
    facet.intake(current.intakeUnitCode),
    ...(handler === null || leadUnitCode === null ? [] : [facet.assigned(handler, leadUnitCode)]),
  ]
  const topics = [...(field === null ? [] : [facet.field(field)]), facet.channel(channel)]
  const things = [
    ...places,
    facet.handler(handler),
    ...topics,
    ...(contentKind === null ? [] : [facet.contentKind(contentKind)]),
  ]
  const states = isOpen ? [facet.state(state), facet.state('open')] : [facet.state(state)]
  return [
    facet.any,
    ...things,
    ...states,
    ...things.flatMap((thing) => states.map((one) => facet.both(thing, one))),
    // What a unit's counts are made of; few enough, for a case is open for a while only.
    ...(isOpen ? places.flatMap((place) => topics.map((topic) => facet.both(place, topic))) : [facet.state('closed')]),
  ]
}

function publicKeys(keys: Keys, current: Case): Pick<CaseKeys, 'publicOrder' | 'publicKeys'> {
  const { publication } = current
  if (publication === null || current.denunciationSuspected) return { publicOrder: null, publicKeys: null }
  const unitCode = current.answer?.unitCode ?? current.leadUnitCode
  const name = publicName(current)
  const found = [
    keys.publicFacet(facet.any),
    ...(unitCode === null ? [] : [keys.publicFacet(facet.lead(unitCode))]),
    ...(current.field === null ? [] : [keys.publicFacet(facet.field(current.field))]),
    ...(name === null ? [] : [keys.publicName(name)]),
    ...[...publishedWords(publication)].map(keys.publicWord),
  ]
  return { publicOrder: publicationOrder(publication.publishedAt, current.code), publicKeys: [...new Set(found)] }
}
