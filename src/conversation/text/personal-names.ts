import { FAMILY_NAMES } from './family-names.ts'
import { fold } from './normalise.ts'
import type { PersonalDataFinding } from './personal-data-finding.ts'

const NAME_WORDS_MAX = 5
const CAPITAL_NAME_WORDS_MAX = 4

/**
 * Names of persons after "ông, bà, anh, chị, cô, chú …", with an office between them or not, and after "tôi tên là"
 * (R3-8b). "ông/bà chủ tịch xã Sa Thầy" names nobody. The title itself is not part of the finding.
 */
export function findPersonNames(text: string): PersonalDataFinding[] {
  const words = wordsIn(text)
  const found: PersonalDataFinding[] = []
  for (let index = 0; index < words.length; index++) {
    const name = nameAfterTitle(words, index) ?? nameAfterIntroduction(words, index)
    if (name === null) continue
    const [start, end] = [words[name.from]?.start ?? 0, words[name.to - 1]?.end ?? 0]
    found.push({ kind: 'personName', start, end, text: text.slice(start, end) })
    index = name.to - 1
  }
  return found
}

/** `small` is NFC lower case; `joined` tells that only a space divides the word from the one before. */
type NameWord = { text: string; small: string; start: number; end: number; joined: boolean; afterDigit: boolean }
type Range = { from: number; to: number }

function wordsIn(text: string): NameWord[] {
  let end = 0
  return [...text.matchAll(/[\p{L}\p{M}]+(?:(?:['’]|-(?=\p{Lu}))[\p{L}\p{M}]+)*/gu)].map((match) => {
    const gap = text.slice(end, match.index)
    end = match.index + match[0].length
    const [joined, afterDigit] = [/^[ \u00a0]{1,2}$/.test(gap), /\d\s*$/.test(gap.slice(-4))]
    return {
      text: match[0],
      small: match[0].normalize('NFC').toLowerCase(),
      start: match.index,
      end,
      joined,
      afterDigit,
    }
  })
}

function nameAfterTitle(words: readonly NameWord[], index: number): Range | null {
  const title = words[index]
  if (title === undefined) return null
  const isClear = TITLES.has(title.small)
  if (!isClear && !UNACCENTED_TITLES.has(title.small)) return null
  if (isPartOfPlaceName(words, index)) return null
  const from = afterOffice(words, index + 1)
  const small = smallNameEnd(words, from)
  if (small !== null) return { from, to: small }
  const to = nameEnd(words, from)
  if (to === from) return null
  const isAllCapital = isCapitals(title.text) && isCapitals(words[from]?.text ?? '')
  const hasFamilyName = FAMILY_NAMES.has(fold(words[from]?.text ?? ''))
  // Without accents "ba", "co", "chi" are everyday words, and in capitals every word looks like a name.
  if ((!isClear || isAllCapital) && (to - from < 2 || !hasFamilyName)) return null
  return { from, to: isAllCapital ? Math.min(to, from + CAPITAL_NAME_WORDS_MAX) : to }
}

/** "Tôi tên là Nguyễn Văn An", "tên: Y Hà", "em là Trần Thị Hoa". */
function nameAfterIntroduction(words: readonly NameWord[], index: number): Range | null {
  const word = words[index]
  if (word === undefined) return null
  let from = index + 1
  if (NAME_WORDS.has(word.small)) {
    while (from < index + 4 && INTRODUCTION_FILLERS.has(words[from]?.small ?? '')) from++
  } else if (SELF.has(word.small) && IS.has(words[from]?.small ?? '')) {
    from++
  } else {
    return null
  }
  const to = nameEnd(words, from, true)
  return to - from >= 2 && FAMILY_NAMES.has(fold(words[from]?.text ?? '')) ? { from, to } : null
}

/** Skips "phó chủ tịch", "cán bộ địa chính tên" and the like. */
function afterOffice(words: readonly NameWord[], start: number): number {
  let at = start
  for (let offices = 0; offices < 4; offices++) {
    let longest = 0
    let phrase = ''
    for (let count = 1; count <= 3; count++) {
      const word = words[at + count - 1]
      if (word === undefined || !word.joined) break
      phrase = phrase === '' ? word.small : `${phrase} ${word.small}`
      if (OFFICES.has(phrase)) longest = count
    }
    if (longest === 0) break
    at += longest
  }
  // "ông chủ tịch xã Nguyễn Văn An": a commune is never called Văn or Thị in the middle.
  const isOfPlace = PLACE_WORDS.has(words[at]?.small ?? '') && MIDDLE_NAMES.has(words[at + 2]?.small ?? '')
  return isOfPlace && FAMILY_NAMES.has(fold(words[at + 1]?.text ?? '')) ? at + 1 : at
}

/** The first word after the capitalised name that begins at `from`; `from` itself where there is none. */
function nameEnd(words: readonly NameWord[], from: number, isAfterColon = false): number {
  let to = from
  while (to < from + NAME_WORDS_MAX) {
    const word = words[to]
    if (word === undefined || !/^\p{Lu}/u.test(word.text)) break
    if (!word.joined && !(isAfterColon && to === from)) break
    if (NEVER_IN_NAMES.has(word.small) || (to === from && TITLES.has(word.small))) break
    // An acronym after a name in mixed case: "ông An UBND xã".
    const isAcronym = word.text.length > 1 && isCapitals(word.text) && to > from && !isCapitals(words[from]?.text ?? '')
    if (isAcronym) break
    to++
  }
  return to
}

/** "ong nguyen van an": small letters count where family name and văn or thị leave no doubt. */
function smallNameEnd(words: readonly NameWord[], from: number): number | null {
  const [family, middle, given] = [words[from], words[from + 1], words[from + 2]]
  if (family === undefined || middle === undefined || given === undefined) return null
  const isName = family.joined && middle.joined && given.joined && MIDDLE_NAMES.has(middle.small)
  return isName && family.text === family.small && family.text.length > 1 && FAMILY_NAMES.has(fold(family.text))
    ? from + 3
    : null
}

/** "đường Bà Triệu", "281 Bà Triệu", "Bà Rịa". */
function isPartOfPlaceName(words: readonly NameWord[], index: number): boolean {
  const [before, title, next] = [words[index - 1], words[index], words[index + 1]]
  if (title === undefined || !/^\p{Lu}/u.test(title.text) || isCapitals(title.text)) return false
  if (title.afterDigit) return true
  if (title.joined && before !== undefined && PLACE_WORDS.has(before.small)) return true
  return next !== undefined && PLACES_LIKE_TITLES.has(`${title.small} ${next.small}`)
}

/** More than one letter, all of them capital; a lone "A" or "Y" says nothing. */
function isCapitals(word: string): boolean {
  return word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase()
}

function list(words: string): ReadonlySet<string> {
  return new Set(words.split('|').flatMap((word) => [word, fold(word)]))
}

const TITLES: ReadonlySet<string> = new Set(['ông', 'bà', 'anh', 'chị', 'cô', 'chú', 'bác', 'thầy', 'cậu'])
const UNACCENTED_TITLES: ReadonlySet<string> = new Set(['ong', 'ba', 'chi', 'co', 'chu', 'bac', 'thay'])
const NAME_WORDS: ReadonlySet<string> = new Set(['tên', 'ten'])
const SELF = list('tôi|em|mình|cháu|con|tui')
const IS: ReadonlySet<string> = new Set(['là', 'la'])
const INTRODUCTION_FILLERS = list('là|tôi|em|mình|cháu|của|gọi')

const OFFICES: ReadonlySet<string> = new Set([
  ...list(
    'chủ tịch|phó chủ tịch|bí thư|phó bí thư|giám đốc|phó giám đốc|trưởng phòng|phó phòng|phó trưởng phòng|trưởng thôn|trưởng công an|tổ trưởng|đội trưởng|hiệu trưởng|cán bộ|công chức|viên chức|nhân viên|chuyên viên|lãnh đạo|địa chính|tư pháp|hộ tịch|một cửa|công an|kế toán|thanh tra|văn phòng|văn thư|bảo vệ|giáo viên|bác sĩ|y tá|phụ trách|nào|đó|này|tên|tên là|trưởng|phó',
  ),
  // Only as written: Giao and Noi are names.
  'nội',
  'ngoại',
  'giáo',
])

const MIDDLE_NAMES = list('văn|thị')

const PLACE_WORDS = list(
  'đường|phố|chợ|cầu|xã|phường|huyện|tỉnh|thôn|làng|thị trấn|trấn|trường|hồ|đền|chùa|núi|ngõ|hẻm|kiệt|tổ|khu|đảo',
)

// Compared with their accents, for "Xa", "To" and "So" are names.
const NEVER_IN_NAMES: ReadonlySet<string> = new Set(
  'xã|phường|huyện|tỉnh|thôn|làng|thị trấn|thành|sở|ubnd|uỷ|ủy|chủ|phó|bí|giám|trưởng|cán|nhân|tôi|em|xin|đã|đang|không|có|nhưng|và|việc|hồ|quyết|luật|ngày|tháng|năm'.split(
    '|',
  ),
)

const PLACES_LIKE_TITLES: ReadonlySet<string> = new Set([
  'bà rịa',
  'bà nà',
  'bà đen',
  'cô tô',
  'ông ích',
  'bà huyện',
  'anh sơn',
])
