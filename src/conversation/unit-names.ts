import { accentFit, hasMarks } from './accents.ts'
import {
  createKeyIndex,
  isOneEdit,
  type KeyIndex,
  keyOf,
  keyOfWords,
  sameSpelling,
  splitLevel,
  type Word,
  wordsOf,
} from './place-words.ts'
import { toNfc } from './text/normalise.ts'
import type { ExternalBody, FindOptions, Model, Unit, UnitData, UnitMatch } from './unit.ts'

/** One way to call one unit; `former` names belong to what it took over from. */
export type UnitName = {
  unit: Unit
  text: string
  words: readonly Word[]
  key: string
  former: boolean
  weight: number
}

export type UnitNames = {
  of(model: Model): readonly UnitName[]
  find(text: string, options: FindOptions): UnitMatch[]
  externalBody(text: string): ExternalBody | null
}

const LOOKED_AT_MAX = 200
const WORDS_MAX = 25
const SCORE_MIN = 0.5
/** Longer names are found by their words. */
const NEAR_KEY_MAX = 24
/** What people wrap around the name of a unit; kept where a unit has such a word in its name. */
const FILLERS = new Set('gui cho toi den o tai ve cua co quan da vang a em nhe nha xin giup noi thuoc la de'.split(' '))
/** Words of so many units that they alone name none. */
const COMMON = new Set(
  'ubnd uy ban nhan dan xa phuong thi tran so tinh mot cua bo phan trung tam phuc vu hanh chinh cong van phong huyen thanh pho vp va dac khu'
    .split(' ')
    .map(sameSpelling),
)

type Book = {
  names: readonly UnitName[]
  rarity: ReadonlyMap<string, number>
  /** Names by their telling words. */
  byWord: ReadonlyMap<string, readonly UnitName[]>
  words: KeyIndex<string>
  keys: KeyIndex<UnitName>
}

/** Every name of every unit, and the search over them. */
export function createUnitNames(data: UnitData, byCode: ReadonlyMap<string, Unit>): UnitNames {
  const book = ofEachModel((model) => bookOf(namesOf(data, byCode, model)))
  const external = data.externalBodies.flatMap((body) =>
    body.names.map((name) => ({ body, words: wordsOf(toNfc(name)) })),
  )
  const externalBody = (text: string): ExternalBody | null => {
    const words = wordsOf(toNfc(text.slice(0, LOOKED_AT_MAX)))
    const isMarked = words.some((word) => hasMarks(word.text))
    return (
      external.find((entry) => words.some((_, index) => isSaidAt(words, index, entry.words, isMarked)))?.body ?? null
    )
  }
  return {
    of: (model) => book(model).names,
    externalBody,
    find(text, options) {
      if (externalBody(text) !== null) return []
      const words = wordsOf(toNfc(text.slice(0, LOOKED_AT_MAX)))
      const { rarity } = book(options.model)
      const isFiller = ({ folded, spelling }: Word) => FILLERS.has(folded) && !rarity.has(spelling)
      return search(book(options.model), words.filter((word) => !isFiller(word)).slice(0, WORDS_MAX), options)
    },
  }
}

/** What is made of a model when that model is first asked for: a service speaks of one of the two. */
export function ofEachModel<Made>(make: (model: Model) => Made): (model: Model) => Made {
  const made = new Map<Model, Made>()
  return (model) => {
    const known = made.get(model) ?? make(model)
    made.set(model, known)
    return known
  }
}

function isSaidAt(words: readonly Word[], at: number, name: readonly Word[], isMarked: boolean): boolean {
  return name.every((word, index) => {
    const said = words[at + index]
    if (said === undefined || said.folded !== word.folded) return false
    const fit = accentFit(said.text.toLowerCase(), word.text.toLowerCase())
    return fit === 'exact' || (fit === 'plain' && !(isMarked && name.length === 1))
  })
}

function namesOf(data: UnitData, byCode: ReadonlyMap<string, Unit>, model: Model): UnitName[] {
  const names: UnitName[] = []
  const seen = new Set<string>()
  const add = (unit: Unit, text: string, former = false, weight = 1) => {
    const words = wordsOf(toNfc(text))
    const key = keyOfWords(words)
    const id = `${unit.code} ${key}`
    if (seen.has(id)) return
    seen.add(id)
    names.push({ unit, text, words, key, former, weight })
  }
  const units = data.files.filter((file) => file.model === model).flatMap((file) => file.units)
  for (const unit of units) {
    for (const text of [unit.name, unit.areaName ?? unit.name, ...unit.aliases, unit.shortName]) add(unit, text)
    if (unit.publicServiceCentre !== null) add(unit, unit.publicServiceCentre)
    if (unit.areaName !== null && unit.level !== 'province') {
      add(unit, `Ủy ban nhân dân ${unit.areaName}`)
      add(unit, `Một cửa ${unit.areaName}`)
    }
    const initials = wordsOf(unit.shortName).map((word) => word.folded.charAt(0))
    if (unit.kind === 'so' && initials.length > 2) add(unit, initials.join(''))
  }
  for (const { unit: code, names: texts } of data.synonyms) {
    const unit = byCode.get(code)
    if (unit?.model === model) for (const text of texts) add(unit, text)
  }
  for (const unit of units) {
    for (const area of unit.mergedFrom) {
      const unit2022 = area.unit2022 === null ? undefined : byCode.get(area.unit2022)
      for (const text of [area.name, splitLevel(area.name).bare, ...(unit2022?.aliases ?? [])])
        add(unit, text, true, 0.97)
      const bare = keyOf(splitLevel(area.district).bare)
      const hasSameName = keyOf(splitLevel(unit.areaName ?? '').bare) === bare
      for (const text of [area.district, `UBND ${area.district}`, splitLevel(area.district).bare])
        add(unit, text, true, hasSameName ? 0.9 : 0.75)
    }
  }
  return names
}

function bookOf(names: readonly UnitName[]): Book {
  const byWord = new Map<string, UnitName[]>()
  for (const name of names) {
    for (const word of new Set(name.words.map(({ spelling }) => spelling))) {
      const list = byWord.get(word)
      if (list === undefined) byWord.set(word, [name])
      else list.push(name)
    }
  }
  const rarity = new Map([...byWord].map(([word, list]) => [word, Math.log(1 + names.length / list.length)]))
  for (const word of COMMON) byWord.delete(word)
  const words = createKeyIndex([...byWord.keys()].map((word) => [word, word] as const))
  const keys = createKeyIndex(
    names.map((name) => [name.key, name] as const),
    { nearMax: NEAR_KEY_MAX + 1 },
  )
  return { names, rarity, byWord, words, keys }
}

function search(book: Book, words: readonly Word[], options: FindOptions): UnitMatch[] {
  const { model, levels, limit = 5 } = options
  const best = new Map<Unit, UnitMatch>()
  const offer = (name: UnitName, score: number) => {
    if (name.unit.model !== model || (levels !== undefined && !levels.includes(name.unit.level))) return
    const known = best.get(name.unit)
    if (known !== undefined && known.score >= score) return
    best.set(name.unit, { unit: name.unit, score, via: name.text, former: name.former })
  }
  const key = keyOfWords(words)
  for (const name of book.keys.exact(key)) offer(name, markFactor(words, name) * name.weight)
  if (key.length >= 5 && key.length <= NEAR_KEY_MAX)
    for (const name of book.keys.near(key)) offer(name, 0.85 * name.weight)
  for (const name of candidatesOf(book, words)) offer(name, wordScore(book, words, name) * name.weight)
  const found = [...best.values()].filter(({ score }) => score >= SCORE_MIN)
  const top = Math.max(0, ...found.map(({ score }) => score))
  return found
    .filter(({ score }) => score >= top * (top > 0.99 ? 0.9 : 0.75))
    .sort((left, right) => right.score - left.score || left.unit.code.localeCompare(right.unit.code))
    .slice(0, limit)
}

function candidatesOf(book: Book, words: readonly Word[]): Iterable<UnitName> {
  const names = new Set<UnitName>()
  for (const { spelling: word } of words) {
    const known = book.byWord.get(word)
    const near =
      known === undefined && word.length >= 4 && word.length <= 12 && !COMMON.has(word) ? book.words.near(word) : []
    for (const list of [known, ...near.map((other) => book.byWord.get(other))])
      for (const name of list ?? []) names.add(name)
  }
  return names
}

/** Rare words count more; both what was asked and what the unit is called should be covered. */
function wordScore(book: Book, words: readonly Word[], name: UnitName): number {
  const unknown = Math.log(1 + book.names.length)
  const rarityOf = (word: Word) => book.rarity.get(word.spelling) ?? unknown
  const left = [...name.words]
  let asked = 0
  let met = 0
  for (const word of words) {
    const rarity = rarityOf(word)
    asked += rarity
    let bestIndex = -1
    let bestFit = 0
    left.forEach((other, index) => {
      const fit = wordFit(word, other)
      if (fit > bestFit) {
        bestFit = fit
        bestIndex = index
      }
    })
    if (bestIndex < 0) continue
    const [other] = left.splice(bestIndex, 1)
    met += bestFit * (other === undefined ? rarity : Math.min(rarity, rarityOf(other)))
  }
  const called = name.words.reduce((sum, word) => sum + rarityOf(word), 0)
  if (asked === 0 || called === 0) return 0
  return 0.55 * Math.min(1, met / asked) + 0.45 * Math.min(1, met / called)
}

function wordFit(typed: Word, known: Word): number {
  const left = typed.spelling
  const right = known.spelling
  if (left === right) return accentFit(typed.text.toLowerCase(), known.text.toLowerCase()) === 'conflict' ? 0.9 : 1
  return left.length >= 4 && right.length >= 4 && isOneEdit(left, right) ? 0.75 : 0
}

function markFactor(words: readonly Word[], name: UnitName): number {
  if (words.length !== name.words.length) return 1
  const conflicts = words.filter((word, index) => {
    const known = name.words[index]
    return known !== undefined && wordFit(word, known) === 0.9
  })
  return 0.95 ** conflicts.length
}
