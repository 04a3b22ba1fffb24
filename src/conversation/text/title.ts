import { codePointLength, excerpt, fold, showLiterally } from './normalise.ts'
import { titleCase } from './person-name.ts'
import { findPersonalData } from './personal-data.ts'
import { withoutLead } from './title-lead.ts'
import { TITLE_MATTERS, TITLE_OFFICES, TITLE_PATTERNS } from './title-patterns.ts'
import { type Word, wordsOf } from './words.ts'

export type TitleOptions = {
  /** In code points, 20–300. @default 90 */
  max?: number
  /** The place as the caller knows it ("xã Sa Thầy"); without it the words after "xã", "phường" … are taken. */
  place?: string
}

const TITLE_LENGTH_MIN = 10
const TITLE_LENGTH_MAX = 300
const TITLE_MAX_LEAST = 20
const TITLE_LENGTH_AIM = 90
const READ_MAX = 3_000
/** A matter is told at the beginning; what comes later is detail. */
const PATTERN_READ_MAX = 600

/**
 * A title made from what a citizen wrote (R3-1): "Chậm trả kết quả tách thửa tại xã Sa Thầy" where the words show one of
 * the usual troubles, else the first sentence that says something, without greetings and "em", "tôi". Words typed without
 * accents stay so. Never holds a telephone number or a person's name that `findPersonalData` sees. Null when nothing is
 * worth proposing.
 */
export function proposeTitle(content: string, options: TitleOptions = {}): string | null {
  const max = Math.min(Math.max(options.max ?? TITLE_LENGTH_AIM, TITLE_MAX_LEAST), TITLE_LENGTH_MAX)
  const text = calm(
    showLiterally(content.slice(0, READ_MAX))
      .replace(/\p{Extended_Pictographic}+/gu, ' ')
      .replace(/(?<!\S)(?:https?:\/\/|www\.)\S+/gi, ' '),
  )
  const usual = fromPattern(text, max, options.place)
  if (usual !== null && isFit(usual)) return usual
  for (const title of fromSentences(text, max)) if (isFit(title)) return title
  return null
}

function isFit(title: string): boolean {
  return codePointLength(title) >= TITLE_LENGTH_MIN && findPersonalData(title).length === 0
}

function fromPattern(text: string, max: number, knownPlace: string | undefined): string | null {
  const start = text.slice(0, PATTERN_READ_MAX)
  const folded = ` ${fold(start)} `
  const pattern = earliest(TITLE_PATTERNS, folded)
  if (pattern === null) return null
  const matter = earliest(TITLE_MATTERS, folded)
  const title = matter === null ? pattern.without : pattern.title.replace('{matter}', matter.name)
  if (title === null || (matter === null && !PROCEDURE.test(folded))) return null
  const place = knownPlace ?? placeIn(start) ?? earliest(TITLE_OFFICES, folded)?.name
  const full = place === undefined ? title : `${title} tại ${place}`
  return [full, title].find((candidate) => codePointLength(candidate) <= max) ?? excerpt(title, max)
}

/** Without one of these a delay or a rude word need not be about an administrative procedure. */
const PROCEDURE =
  / (?:ho so|thu tuc|ket qua|kq|giay hen|giay to|mot cua|1 cua|can bo|cong chuc|ubnd|uy ban|hanh chinh|dich vu cong|dvc|so do|bia do|le phi) /

function earliest<Entry extends { when: RegExp }>(entries: readonly Entry[], folded: string): Entry | null {
  let best: Entry | null = null
  let bestAt = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const at = folded.search(entry.when)
    if (at >= 0 && at < bestAt) {
      best = entry
      bestAt = at
    }
  }
  return best
}

function* fromSentences(text: string, max: number): Generator<string> {
  for (const sentence of text.split(/[.!?…]+(?=\s|$)|\n+/)) {
    const title = cleaned(sentence)
    if (title !== null) yield shortened(title, max)
  }
}

function cleaned(sentence: string): string | null {
  const rest = withoutLead(wordsOf(sentence))
  const plain = withoutPersonalClauses(rest.map((word) => word.text).join(' '))
    .replace(/^[\s\p{P}\p{S}]+/u, '')
    .replace(/[\s,;:!?.…-]+(?:(?:ạ|nhé|nha|ah|với ạ|voi a)[\s,;:!?.…-]*)*$/iu, '')
    .replace(/ (?:ạ|nhé|nha|ah|với ạ|voi a)$/iu, '')
    .trim()
  const words = fold(plain)
    .split(' ')
    .filter((word) => /\p{L}/u.test(word))
  if (words.length < 3) return null
  const [first = ''] = plain
  return first.toUpperCase() + plain.slice(first.length)
}

function withoutPersonalClauses(sentence: string): string {
  if (findPersonalData(sentence).length === 0) return sentence
  return sentence
    .split(/,\s/)
    .filter((clause) => findPersonalData(clause).length === 0)
    .join(', ')
}

/** Ends a long sentence at a comma rather than in the middle of a thought. */
function shortened(title: string, max: number): string {
  if (codePointLength(title) <= max) return title
  const clause = title.slice(0, max).lastIndexOf(',')
  return clause >= max / 3 ? title.slice(0, clause).trimEnd() : excerpt(title, max)
}

/** Capitals only, from a stuck key or for emphasis, become small letters. */
function calm(text: string): string {
  const letters = text.replace(/[^\p{L}]+/gu, '')
  return letters.length > 15 && letters === letters.toUpperCase() ? text.toLowerCase() : text
}

const LEVELS: Record<string, string> = {
  xa: 'xã',
  phuong: 'phường',
  huyen: 'huyện',
  'thi tran': 'thị trấn',
  'thanh pho': 'thành phố',
  tp: 'thành phố',
  'thi xa': 'thị xã',
  'dac khu': 'đặc khu',
}

function placeIn(text: string): string | undefined {
  const words = wordsOf(text)
  for (let index = 0; index < words.length; index++) {
    for (const length of [2, 1]) {
      const label = words
        .slice(index, index + length)
        .map((word) => word.folded)
        .join(' ')
      const level = LEVELS[label]
      // "xa" without its accent is also "far"; a name has to follow it.
      const name =
        level === undefined ? '' : placeName(words.slice(index + length, index + length + 4).map((word) => word.text))
      if (level !== undefined && name !== '' && !isHome(words, index)) return `${level} ${name}`
    }
  }
  return undefined
}

/** "tôi ở xã Ia Tơi": where the writer lives is not where the trouble is, and need not be public (R6-4). */
function isHome(words: readonly Word[], index: number): boolean {
  const [writer, at] = [words[index - 2]?.folded ?? '', words[index - 1]?.folded ?? '']
  return (at === 'o' || at === 'tai') && LIVING.has(writer)
}

const LIVING: ReadonlySet<string> = new Set('toi|em|minh|chau|tui|nha|song|tru|hien|dang|que'.split('|'))

/** The words of a place name: those with a capital, or of small ones the first two up to a word that goes on telling. */
function placeName(words: string[]): string {
  const name: string[] = []
  const isCapital = /^\p{Lu}/u.test(words[0] ?? '')
  for (const word of words) {
    const bare = word.replace(/[\p{P}]+$/u, '')
    if (!/^[\p{L}\p{M}'’-]+$/u.test(bare)) break
    if (isCapital ? !/^\p{Lu}/u.test(bare) || (bare.length > 1 && bare === bare.toUpperCase()) : goesOn(bare)) break
    name.push(bare)
    if (bare !== word || name.length === (isCapital ? 4 : 2)) break
  }
  return isCapital ? name.join(' ') : titleCase(name.join(' '))
}

function goesOn(word: string): boolean {
  const small = word.normalize('NFC').toLowerCase()
  return small === fold(small) ? AFTER_PLACE.has(small) : AFTER_PLACE_ACCENTED.has(small)
}

const AFTER_PLACE_ACCENTED: ReadonlySet<string> = new Set(
  'từ|tới|chưa|thì|đã|lại|không|nộp|làm|mà|nhưng|và|để|có|được|bị|hỏi|nói|bảo|cứ|vẫn|đến|này|nhận|giải|đòi|yêu|hẹn|lâu|quá|hơn|gần|mấy|rồi|gửi|đi|của|trả|tháng|năm|ngày|về|nên|vì|cũng|đang|nơi|tôi|bằng|trước|hôm|chậm|phải|rất|một|thái|quy|ban|cán'.split(
    '|',
  ),
)
const AFTER_PLACE: ReadonlySet<string> = new Set(
  'tu|toi|chua|thi|da|lai|khong|ko|k|nop|lam|ma|nhung|va|de|co|duoc|bi|hoi|noi|bao|cu|van|den|nay|nhan|giai|doi|yeu|hen|lau|qua|hon|gan|may|roi|gui|di|cua|tra|thang|nam|ngay|ve|nen|vi|cung|dang|em|minh|thu|cho|do|khi|xin|hom|truoc|bang|cham|phai|rat|mot|thai|quy|ban|can'.split(
    '|',
  ),
)
