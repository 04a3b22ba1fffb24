import { fold, toNfc } from './text/normalise.ts'

/** One word of a text, with its place in the NFC form of that text. */
export type Word = {
  text: string
  folded: string
  /** `folded` in the one spelling of its official variants. */
  spelling: string
  start: number
  end: number
  /** A comma, line end or the like stands before this word. */
  opensSegment: boolean
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’ʼ`´][\p{L}\p{M}\p{N}]+)*/gu
const BREAK = /[,;\n\r()[\]:!?|]|\s\/|\/\s|\s[-–—]+\s|\.\s*$/u

/** The words of a text; `H'Drai` is one word. `text` is taken to be NFC already. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let end = 0
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(end, match.index)
    const opensSegment = words.length === 0 || BREAK.test(between)
    end = match.index + match[0].length
    const folded = foldWord(match[0])
    words.push({ text: match[0], folded, spelling: sameSpelling(folded), start: match.index, end, opensSegment })
  }
  return words
}

/** Folds without leaving spaces, so that `H'Drai` and `hdrai` are one. */
export function foldWord(word: string): string {
  if (/^[A-Za-z0-9]+$/.test(word)) return word.toLowerCase()
  return fold(word).replaceAll(' ', '')
}

/** Spellings that are official side by side (R3-4): Đắk = Đăk = Đắc, Ngọc = Ngọk, Ya = Ia, Kỳ = Kì. */
export function sameSpelling(folded: string): string {
  return K_OR_Y.test(folded) ? folded.replaceAll('k', 'c').replaceAll('y', 'i') : folded
}

const K_OR_Y = /[ky]/

/** What two spellings of one name share: letters only, no marks, no spaces (R3-4). */
export function keyOf(name: string): string {
  return keyOfWords(wordsOf(toNfc(name)))
}

export function keyOfWords(words: readonly Word[]): string {
  return words.map(({ spelling }) => spelling).join('')
}

/** A number for the key itself and for each string that leaves one of its letters out; others may have the same one. */
function hashesOf(key: string): number[] {
  const hashes = [hashFrom(HASH_START, key, 0)]
  let before = HASH_START
  for (let index = 0; index < key.length; index++) {
    hashes.push(hashFrom(before, key, index + 1))
    before = Math.imul(before ^ key.charCodeAt(index), HASH_PRIME)
  }
  return hashes
}

function hashFrom(start: number, key: string, from: number): number {
  let hash = start
  for (let index = from; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), HASH_PRIME)
  return hash >>> 0
}

/** FNV-1a. */
const HASH_START = 0x811c9dc5
const HASH_PRIME = 0x01000193

/** True when one letter added, left out, changed, or two neighbours swapped make `right` of `left`. */
export function isOneEdit(left: string, right: string): boolean {
  if (left === right) return true
  const [short, long] = left.length <= right.length ? [left, right] : [right, left]
  if (long.length - short.length > 1) return false
  let from = 0
  while (from < short.length && short[from] === long[from]) from++
  if (short.length < long.length) return short.slice(from) === long.slice(from + 1)
  if (short.slice(from + 1) === long.slice(from + 1)) return true
  return (
    short[from] === long[from + 1] && short[from + 1] === long[from] && short.slice(from + 2) === long.slice(from + 2)
  )
}

/** Keys found under an exact or a once mistyped form of themselves. */
export type KeyIndex<Value> = {
  exact(key: string): readonly Value[]
  near(key: string): readonly Value[]
}

/** `nearMax`: keys longer than this are found under their exact form only. */
export function createKeyIndex<Value>(
  pairs: Iterable<readonly [string, Value]>,
  { nearMax = Infinity }: { nearMax?: number } = {},
): KeyIndex<Value> {
  const byKey = new Map<string, Value[]>()
  for (const [key, value] of pairs) {
    const values = byKey.get(key)
    if (values === undefined) byKey.set(key, [value])
    else if (!values.includes(value)) values.push(value)
  }
  const keys = [...byKey.keys()]
  const forms = formsOf(keys, nearMax)
  return {
    exact: (key) => byKey.get(key) ?? [],
    near(key) {
      const found = new Set<Value>()
      const seen = new Set([key])
      for (const hash of hashesOf(key)) {
        for (let at = firstOf(forms, hash * KEYS_MAX); Math.floor((forms[at] ?? -1) / KEYS_MAX) === hash; at++) {
          const known = keys[(forms[at] ?? 0) % KEYS_MAX] ?? key
          if (seen.has(known)) continue
          seen.add(known)
          if (isOneEdit(key, known)) for (const value of byKey.get(known) ?? []) found.add(value)
        }
      }
      return [...found]
    },
  }
}

const KEYS_MAX = 2 ** 20

/**
 * What a mistyped key is found by: the hash of each form times `KEYS_MAX`, plus the number of the key, in order. There are very many
 * forms: as numbers in one row they take a tenth of what they take as strings in a map.
 */
function formsOf(keys: readonly string[], nearMax: number): Float64Array {
  if (keys.length > KEYS_MAX) throw new RangeError(`more than ${KEYS_MAX} keys`)
  const forms = keys.flatMap((key, number) =>
    key.length > nearMax ? [] : hashesOf(key).map((hash) => hash * KEYS_MAX + number),
  )
  return Float64Array.from(forms).sort()
}

/** Where the first number of at least `least` stands. */
function firstOf(sorted: Float64Array, least: number): number {
  let from = 0
  let end = sorted.length
  while (from < end) {
    const middle = (from + end) >>> 1
    if ((sorted[middle] ?? 0) < least) from = middle + 1
    else end = middle
  }
  return from
}

/** The kinds of area that a level word can name. */
export type LevelWord = 'xa' | 'phuong' | 'thi_tran' | 'dac_khu' | 'huyen' | 'thanh_pho' | 'thi_xa' | 'quan' | 'tinh'

const LEVEL_WORDS: Record<string, LevelWord> = {
  xa: 'xa',
  x: 'xa',
  phuong: 'phuong',
  p: 'phuong',
  ph: 'phuong',
  f: 'phuong',
  'thi tran': 'thi_tran',
  thitran: 'thi_tran',
  tt: 'thi_tran',
  ttr: 'thi_tran',
  't t': 'thi_tran',
  'dac khu': 'dac_khu',
  dackhu: 'dac_khu',
  dk: 'dac_khu',
  huyen: 'huyen',
  h: 'huyen',
  'thanh pho': 'thanh_pho',
  thanhpho: 'thanh_pho',
  tp: 'thanh_pho',
  't p': 'thanh_pho',
  'thi xa': 'thi_xa',
  thixa: 'thi_xa',
  tx: 'thi_xa',
  quan: 'quan',
  q: 'quan',
  tinh: 'tinh',
  t: 'tinh',
}

/** The level word that ends just before word `index`, and how many words it takes. */
export function levelWordBefore(words: readonly Word[], index: number): { level: LevelWord; length: number } | null {
  for (const length of [2, 1]) {
    const first = words[index - length]
    const last = words[index - 1]
    if (first === undefined || last === undefined) continue
    const said = length === 2 ? `${first.folded} ${last.folded}` : last.folded
    const level = LEVEL_WORDS[said]
    if (level === undefined) continue
    return { level, length }
  }
  return null
}

const LEVELS: readonly [string, LevelWord][] = [
  ['Thị trấn ', 'thi_tran'],
  ['Thị xã ', 'thi_xa'],
  ['Thành phố ', 'thanh_pho'],
  ['Đặc khu ', 'dac_khu'],
  ['Phường ', 'phuong'],
  ['Huyện ', 'huyen'],
  ['Tỉnh ', 'tinh'],
  ['Quận ', 'quan'],
  ['Xã ', 'xa'],
]

/** "Thị trấn Sa Thầy" → kind and bare name. Marks count: "Tịnh Khê" has no level word. */
export function splitLevel(areaName: string): { kind: LevelWord | null; bare: string } {
  for (const [word, kind] of LEVELS) {
    if (areaName.startsWith(word)) return { kind, bare: areaName.slice(word.length) }
  }
  return { kind: null, bare: areaName }
}

/** "Xã Sa Thầy" → "xã Sa Thầy", as it stands inside an address. */
export function lowerLevel(areaName: string): string {
  return areaName.charAt(0).toLowerCase() + areaName.slice(1)
}
