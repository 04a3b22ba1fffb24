import { remember } from '../remember.ts'

/** Text in Unicode NFC; halves of broken surrogate pairs become U+FFFD, so that it can be stored and sent. */
export function toNfc(text: string): string {
  return text.toWellFormed().normalize('NFC')
}

/**
 * The form in which words are compared: no accents, đ→d, lower case, styled letters plain, one space between runs of
 * letters and digits. Never shown to anybody. `fold(fold(text)) === fold(text)`.
 */
export function fold(text: string): string {
  if (IS_FOLDED.test(text)) return text
  return text.length <= FOLDED_LENGTH_MAX ? foldShort(text) : foldAnew(text)
}

const FOLDED_LENGTH_MAX = 300
const FOLDED_REMEMBERED = 512
const IS_FOLDED = /^[a-z0-9]+(?: [a-z0-9]+)*$/
const foldShort = remember(foldAnew, FOLDED_REMEMBERED)

function foldAnew(text: string): string {
  const plain = text.toWellFormed().normalize('NFKD').toLowerCase().replace(MARK_OR_INVISIBLE, '')
  return plain.replace(D_WITH_STROKE, 'd').replace(NOT_A_WORD, ' ').trim()
}

const MARK_OR_INVISIBLE = /[\p{M}\p{Cf}]+/gu
// ð is what old Vietnamese keyboards left in place of đ.
const D_WITH_STROKE = /[đð]/g
// Modifier letters (ʼ) stand for an apostrophe in Vietnamese names, never for a letter.
const NOT_A_WORD = /[^\p{Ll}\p{Lo}\p{Nd}]+/gu

/**
 * A citizen's text as it may stand in a chat bubble or on a page: the letters as typed, but no control, bidi or invisible
 * characters that could disguise it, no stack of accents that climbs over its neighbours, and mentions shown as `(@id)`,
 * which address nobody (zalo §3.8). Line breaks stay. Escaping for HTML is the page's matter.
 */
export function showLiterally(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(INVISIBLE, '')
    .replace(JOINER_OUTSIDE_EMOJI, '')
    .normalize('NFC')
    .replace(TOO_MANY_MARKS, '$1')
    .replace(/\[(@[^\]\n]{0,100})\]/g, '($1)')
    .replace(/\[(?=@)/g, '(')
}

/** How many characters a person would be told: code points, as Zalo counts them. */
export function codePointLength(text: string): number {
  let pairs = 0
  for (let index = 0; index + 1 < text.length; index++) {
    if (isHigh(text.charCodeAt(index)) && isLow(text.charCodeAt(index + 1))) pairs++
  }
  return text.length - pairs
}

/**
 * The beginning of a text in at most `maxCodePoints` code points, `…` included, cut between words where one ends in the
 * last third, and never inside what a reader sees as one character.
 */
export function excerpt(text: string, maxCodePoints: number): string {
  if (text.length <= maxCodePoints || codePointLength(text) <= maxCodePoints) return text
  if (maxCodePoints < 1) return ''
  const cut = graphemeStart(text, unitsOf(text, maxCodePoints - 1))
  const space = text.slice(0, cut + 1).search(/\s\S*$/u)
  const end = space > cut * 0.66 ? space : cut
  return `${text.slice(0, end).replace(/[\s,;:.…–—([-]+$/u, '')}…`
}

// Control characters but \n, bidi marks, overrides and isolates, zero-width characters, tags; ZWJ (200D) is judged apart.
const INVISIBLE =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\u034F|\u17B4|\u17B5/gu
const JOINER_OUTSIDE_EMOJI =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Variation_Selector}])\u200D|\u200D(?!\p{Extended_Pictographic})/gu
const TOO_MANY_MARKS = /(\p{M}{4})\p{M}+/gu

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

function unitsOf(text: string, codePoints: number): number {
  let units = 0
  for (let count = 0; count < codePoints; count++) {
    units += isHigh(text.charCodeAt(units)) && isLow(text.charCodeAt(units + 1)) ? 2 : 1
  }
  return units
}

function graphemeStart(text: string, unit: number): number {
  const around = text.slice(0, unit + 64)
  const grapheme = new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(around).containing(unit)
  return grapheme?.index ?? unit
}
