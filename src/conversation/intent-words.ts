import { isMarked, type Marks, marksOf } from './accents.ts'
import { isOneEdit, type KeyIndex } from './place-words.ts'
import { fold, toNfc } from './text/normalise.ts'

/** One word of a message, ready to be compared with rule words. */
export type IntentWord = {
  /** Lower case, with marks as typed. */
  text: string
  folded: string
  marks: Marks
  /** It carries at least one mark. */
  isMarked: boolean
  /** Rule words that this one is a slip of; empty when it is a rule word itself. */
  meant: readonly string[]
  opensClause: boolean
  opensSentence: boolean
}

export type IntentText = {
  words: readonly IntentWord[]
  /** The writer uses marks, so a word without any is another word: "to" is not "tố". */
  isMarked: boolean
}

export type Vocabulary = {
  /** Folded rule words, found exactly or with one slip. */
  words: KeyIndex<string>
  /** "ko" → không, "hs" → hồ sơ, "chừ" → giờ; typed exactly like this, so "chu" and "chủ" stay what they are. */
  abbreviations: ReadonlyMap<string, readonly string[]>
  /** What was found out about a syllable stays here; there are only so many of them in the language. */
  syllables?: Map<string, WordForm>
}

/** What a word is, wherever it stands. */
type WordForm = Omit<IntentWord, 'opensClause' | 'opensSentence'>

const TEXT_MAX = 2000
/** "nghiêng" in composed letters. */
const SYLLABLE_LENGTH_MAX = 7
const WORD = /[\p{L}\p{M}\p{N}]+/gu
const SENTENCE_END = /[.!?…\n\r;]/
const CLAUSE_END = /[,:()"“”]|\s[-–]\s/

/** Splits a message and names what its odd words may have meant. Looks at the first 2,000 characters. */
export function readWords(text: string, vocabulary: Vocabulary): IntentText {
  const words: IntentWord[] = []
  const source = toNfc(text.slice(0, TEXT_MAX))
  let end = 0
  let marked = 0
  let typed = 0
  for (const match of source.matchAll(WORD)) {
    const between = source.slice(end, match.index)
    end = match.index + match[0].length
    const opensSentence = words.length === 0 || (between !== ' ' && SENTENCE_END.test(between))
    const opensClause = opensSentence || (between !== ' ' && CLAUSE_END.test(between))
    const said = match[0].toLowerCase()
    const form = formOf(said, vocabulary)
    if (form.folded === '') continue
    typed += 1
    if (form.isMarked) marked += 1
    const expansion = vocabulary.abbreviations.get(said)
    if (expansion === undefined) {
      words.push({ ...form, opensClause, opensSentence })
      continue
    }
    expansion.forEach((word, index) => {
      const opens = index === 0
      words.push({
        ...formOf(word, vocabulary),
        meant: [],
        opensClause: opens && opensClause,
        opensSentence: opens && opensSentence,
      })
    })
  }
  return { words, isMarked: typed >= 2 && marked >= typed * 0.4 }
}

function formOf(said: string, vocabulary: Vocabulary): WordForm {
  const known = vocabulary.syllables?.get(said)
  if (known !== undefined) return known
  const marks = marksOf(said)
  const folded = /^[a-z0-9]+$/.test(marks.letters) ? marks.letters : foldOne(said)
  const form = { text: said, folded, marks, isMarked: isMarked(marks), meant: meantBy(folded, vocabulary) }
  if (isSyllable(folded) && said.length <= SYLLABLE_LENGTH_MAX) vocabulary.syllables?.set(said, form)
  return form
}

function foldOne(word: string): string {
  if (/^[a-z0-9]+$/.test(word)) return word
  return fold(word).replaceAll(' ', '')
}

function meantBy(folded: string, { words }: Vocabulary): readonly string[] {
  if (folded.length < 3 || folded.length > 14 || words.exact(folded).length > 0 || isSyllable(folded)) return []
  const plain = withoutTelex(folded)
  const squeezed = folded.replace(/(.)\1+/g, '$1')
  const exact = [plain, squeezed].filter((word) => word !== folded && words.exact(word).length > 0)
  if (exact.length > 0) return exact
  if (folded.length < 4) return []
  return words.near(folded).filter((word) => word.length >= 4 && isOneEdit(word, folded))
}

/** Keys of a keyboard that did not combine: "khieeus" → "khieu". */
function withoutTelex(word: string): string {
  return word
    .replace(/[sfrxj]$/, '')
    .replace(/([aeod])\1/g, '$1')
    .replace(/(?<=.)w/g, '')
}

const ONSET = /^(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?/
const RIMES = new Set(
  (
    'a ac ach ai am an ang anh ao ap at au ay e ec em en eng eo ep et ech enh eu i ia ich iec iem ien ieng iep iet ieu im in ' +
    'inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong oong op ot u ua uan ' +
    'uang uat uay uac uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh ' +
    'uyt uyu y yem yen yet yeu'
  ).split(' '),
)

/** True for letters that can be a Vietnamese syllable without its marks; those are taken at their word. */
export function isSyllable(folded: string): boolean {
  const onset = ONSET.exec(folded)?.[0] ?? ''
  const rest = folded.slice(onset.length)
  return (
    RIMES.has(rest) ||
    (onset === 'gi' && (rest === '' || RIMES.has(`i${rest}`))) ||
    (onset === 'qu' && RIMES.has(`u${rest}`))
  )
}
