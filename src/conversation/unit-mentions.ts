import { accentFit, hasMarks } from './accents.ts'
import { keyOfWords, type LevelWord, levelWordBefore, splitLevel, type Word, wordsOf } from './place-words.ts'
import { remember } from './remember.ts'
import { toNfc } from './text/normalise.ts'
import type { Model, Unit, UnitMatch } from './unit.ts'
import { ofEachModel, type UnitName, type UnitNames } from './unit-names.ts'

const LOOKED_AT_MAX = 9000
const AREA_WORDS_MAX = 4
/** The title, the receiving unit and their answers all look at the same content. */
const CONTENTS_REMEMBERED = 64
const BODY_NAME_WORDS_MAX = 10
/** First words of agencies; other words people use for them are too common inside a story. */
const BODY_WORDS = new Set('so ban van thanh trung ubnd uy mot chi bo phong'.split(' '))
/** A name behind one of these is a person, a street, a school. */
const OTHER_NAMES = new Set(
  'ong ba anh chi em co chu bac chau duong pho truong thon lang xom cho cau quan nha tap'.split(' '),
)

type Entry = { unit: Unit; text: string; words: readonly Word[]; kind: LevelWord | null; former: boolean }
type Book = { areas: ReadonlyMap<string, readonly Entry[]>; bodies: ReadonlyMap<string, readonly Entry[]> }

/** Finds units in a longer text; better none than a wrong one. */
export function createUnitMentions(names: UnitNames): {
  mentionedIn(content: string, options: { model: Model; limit?: number }): UnitMatch[]
} {
  const mentionsOfModel = ofEachModel((model) => {
    const book = bookOf(names.of(model))
    return remember((content: string): readonly UnitMatch[] => findMentions(book, content), CONTENTS_REMEMBERED)
  })
  return {
    mentionedIn: (content, { model, limit = 3 }) =>
      mentionsOfModel(model)(content.slice(0, LOOKED_AT_MAX)).slice(0, limit),
  }
}

function findMentions(book: Book, content: string): UnitMatch[] {
  const words = wordsOf(toNfc(content))
  const isMarked = words.filter((word) => hasMarks(word.text)).length > words.length * 0.3
  const best = new Map<Unit, UnitMatch & { at: number }>()
  const offer = (entry: Entry, score: number, at: number) => {
    const known = best.get(entry.unit)
    if (known !== undefined && known.score >= score) return
    best.set(entry.unit, { unit: entry.unit, score, via: entry.text, former: entry.former, at })
  }
  for (let at = 0; at < words.length; at++) {
    readArea(book, words, { at, isMarked, offer })
    readBody(book, words, { at, isMarked, offer })
  }
  const found = [...best.values()].sort((left, right) => right.score - left.score || left.at - right.at)
  return found.map(({ unit, score, via, former }) => ({ unit, score, via, former }))
}

type Position = { at: number; isMarked: boolean; offer: (entry: Entry, score: number, at: number) => void }

function bookOf(names: readonly UnitName[]): Book {
  const areas = new Map<string, Entry[]>()
  const bodies = new Map<string, Entry[]>()
  for (const name of names) {
    const isArea = name.unit.level === 'commune' || name.unit.level === 'district'
    if (!isArea && !(BODY_WORDS.has(name.words[0]?.folded ?? '') && name.words.length >= 2 && name.key !== 'vanphong'))
      continue
    const { kind, bare } = splitLevel(name.text)
    if (isArea && kind === null && !name.former && name.text !== name.unit.shortName) continue
    const words = wordsOf(toNfc(bare))
    const key = keyOfWords(words)
    const entry = { unit: name.unit, text: name.text, words, kind, former: name.former }
    const book = isArea ? areas : bodies
    const entries = book.get(key)
    if (entries === undefined) book.set(key, [entry])
    else entries.push(entry)
  }
  return { areas, bodies }
}

function readArea(book: Book, words: readonly Word[], position: Position): void {
  const { at, isMarked, offer } = position
  const found = longest(words, at, book.areas, { isMarked, lengthMax: AREA_WORDS_MAX })
  if (found === null) return
  const level = levelWordBefore(words, at)
  const levelWord = words[at - 1]
  if (
    level !== null &&
    levelWord !== undefined &&
    !(isMarked && levelWord.folded === 'xa' && levelWord.text.toLowerCase() === 'xa')
  ) {
    if (found.length === 1 && levelWord.folded.length === 1) return
    const said = found.entries.filter(({ kind }) => kind === level.level)
    const units = new Set(said.map(({ unit }) => unit))
    for (const entry of said) offer(entry, units.size > 1 && entry.former ? 0.8 : 0.95, at)
    return
  }
  const before = words[at - 1]
  const isCapital = words.slice(at, at + found.length).every((word) => /^\p{Lu}/u.test(word.text))
  if (found.length < 2 || !isMarked || !isCapital || !found.isExact) return
  if (
    before !== undefined &&
    (OTHER_NAMES.has(before.folded) || (/^\p{Lu}/u.test(before.text) && !words[at]?.opensSegment))
  )
    return
  for (const entry of found.entries) {
    if (entry.unit.level === 'commune' && (entry.kind === null || !DISTRICTS.has(entry.kind)))
      offer(entry, entry.former ? 0.6 : 0.7, at)
  }
}

const DISTRICTS = new Set<LevelWord>(['huyen', 'thanh_pho', 'thi_xa', 'quan'])

function readBody(book: Book, words: readonly Word[], position: Position): void {
  const { at, isMarked, offer } = position
  if (!BODY_WORDS.has(words[at]?.folded ?? '')) return
  const found = longest(words, at, book.bodies, { isMarked, lengthMax: BODY_NAME_WORDS_MAX })
  if (found === null) return
  // "một cửa xã Sa Thầy" is the commune's own desk.
  const next = words[at + found.length]
  const isOfCommune = next !== undefined && ['xa', 'phuong', 'huyen', 'cua'].includes(next.folded)
  for (const entry of found.entries) offer(entry, isOfCommune ? 0.5 : 0.9, at)
}

function longest(
  words: readonly Word[],
  at: number,
  book: ReadonlyMap<string, readonly Entry[]>,
  options: { isMarked: boolean; lengthMax: number },
): { entries: readonly Entry[]; length: number; isExact: boolean } | null {
  const { isMarked, lengthMax } = options
  let key = ''
  let best: { entries: readonly Entry[]; length: number; isExact: boolean } | null = null
  for (let length = 1; length <= Math.min(lengthMax, words.length - at); length++) {
    const word = words[at + length - 1]
    if (word === undefined) break
    key += word.spelling
    const known = book.get(key)
    if (known === undefined) continue
    const said = words.slice(at, at + length)
    const fits = known.map((entry) => ({ entry, fit: fitOf(said, entry.words, isMarked) }))
    const entries = fits.filter(({ fit }) => fit !== 'conflict')
    if (entries.length === 0) continue
    const exact = entries.filter(({ fit }) => fit === 'exact')
    const chosen = exact.length > 0 ? exact : entries
    best = { entries: chosen.map(({ entry }) => entry), length, isExact: exact.length > 0 }
  }
  return best
}

/** In a text with marks, a name without any is another word ("so", "ban"). */
function fitOf(said: readonly Word[], known: readonly Word[], isMarked: boolean): 'exact' | 'plain' | 'conflict' {
  if (said.length !== known.length) return isMarked ? 'conflict' : 'plain'
  const fits = said.map((word, index) => {
    const other = known[index]
    if (other === undefined || word.spelling !== other.spelling) return 'conflict'
    // Đắk and Đăk, Ngọc and Ngọk are one.
    if (['dac', 'ngoc'].includes(word.spelling)) return 'exact'
    return accentFit(word.text.toLowerCase(), other.text.toLowerCase())
  })
  if (fits.includes('conflict')) return 'conflict'
  if (!fits.includes('plain')) return 'exact'
  return isMarked && !fits.some((fit, index) => fit === 'exact' && hasMarks(said[index]?.text ?? ''))
    ? 'conflict'
    : 'plain'
}
