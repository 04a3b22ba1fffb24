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

/** All strings that one deletion makes of a key, and the key itself. */
export function deletionsOf(key: string): string[] {
  const forms = [key]
  for (let index = 0; index < key.length; index++) forms.push(key.slice(0, index) + key.slice(index + 1))
  return forms
}

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
  // Nearly every form belongs to one key, and there are very many of them: no list for one.
  const byDeletion = new Map<string, string | string[]>()
  for (const key of byKey.keys()) {
    if (key.length > nearMax) continue
    for (const form of new Set(deletionsOf(key))) {
      const known = byDeletion.get(form)
      if (known === undefined) byDeletion.set(form, key)
      else if (typeof known === 'string') byDeletion.set(form, [known, key])
      else known.push(key)
    }
  }
  return {
    exact: (key) => byKey.get(key) ?? [],
    near(key) {
      const keys = new Set<string>()
      for (const form of deletionsOf(key)) {
        const known = byDeletion.get(form)
        if (typeof known === 'string') keys.add(known)
        else for (const one of known ?? []) keys.add(one)
      }
      keys.delete(key)
      const values = new Set<Value>()
      for (const known of keys) {
        if (isOneEdit(key, known)) for (const value of byKey.get(known) ?? []) values.add(value)
      }
      return [...values]
    },
  }
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
