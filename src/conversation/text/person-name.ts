import { FAMILY_NAMES } from './family-names.ts'
import { codePointLength, excerpt, fold, showLiterally } from './normalise.ts'
import { leadingPhrase, wordsOf } from './words.ts'

export type NameWrongReason =
  /** A command, a question, a sentence, a number: anything but a name. */
  'notAName' | 'tooShort' | 'tooLong'

export type NameReading =
  | { kind: 'ok'; name: string }
  /** One word only: ask once whether this is the whole name (R3-2). */
  | { kind: 'confirm'; name: string; reason: 'singleWord' }
  | { kind: 'wrong'; reason: NameWrongReason; understood: string }

const PERSON_LENGTH_MAX = 100
const BODY_LENGTH_MAX = 200
const PERSON_WORDS_MAX = 10

/**
 * Reads a person's name (R3-2): of any people of the province ("A Thăng", "Y Byă Niê", "Rơ Châm H'Blin"), kept as typed
 * but for spaces and NFC, without "tôi tên là" in front. Numbers, questions, commands and sentences are no names.
 */
export function readPersonName(text: string): NameReading {
  const typed = tidy(text)
  const name = withoutLeadIn(typed, PERSON_LEAD_INS, isPlausiblePerson)
  const reason = isQuestion(typed) ? 'notAName' : faultOf(name, PERSON_LENGTH_MAX, isPlausiblePerson)
  if (reason !== null) return { kind: 'wrong', reason, understood: quote(text) }
  // Y and A stand before the names of women and men; "Y'Lan" is whole, "H'Blin" is half a name.
  return name.includes(' ') || /^[AYU]['’]\p{L}{2}/iu.test(name)
    ? { kind: 'ok', name }
    : { kind: 'confirm', name, reason: 'singleWord' }
}

/** Reads the name of an enterprise, an organisation or an agency (R3-2): digits and `& , ( ) / - . "` may stand in it. */
export function readBodyName(text: string): NameReading {
  const typed = tidy(text)
  const name = withoutLeadIn(typed, BODY_LEAD_INS, isPlausibleBody)
  const reason = faultOf(name, BODY_LENGTH_MAX, isPlausibleBody)
  if (reason !== null) return { kind: 'wrong', reason, understood: quote(text) }
  return name.includes(' ') ? { kind: 'ok', name } : { kind: 'confirm', name, reason: 'singleWord' }
}

/** "rơ châm h'blin" → "Rơ Châm H'Blin": a capital after every space, apostrophe, hyphen and full stop. */
export function titleCase(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{L}\p{M}]+/gu, (word) => {
      const [first = ''] = word
      return first.toUpperCase() + word.slice(first.length)
    })
}

/** The same name in title case where it was typed all small or all capital; null where nothing needs offering (R3-2). */
export function suggestTitleCase(name: string): string | null {
  if (name !== name.toLowerCase() && name !== name.toUpperCase()) return null
  const suggestion = titleCase(name)
  return suggestion === name ? null : suggestion
}

// Latin letters with marks of any kind: every people of the province writes so, and foreigners' passports do.
const PERSON_SIGNS = /^[\p{Script=Latin}\p{M} '’.-]+$/u
const BODY_SIGNS = /^[\p{Script=Latin}\p{M}\d &,()/\-."'’“”:;+]+$/u

function isPlausiblePerson(name: string): boolean {
  return (
    PERSON_SIGNS.test(name) &&
    /^[\p{L}]/u.test(name) &&
    name.split(' ').length <= PERSON_WORDS_MAX &&
    !isAddress(name) &&
    !isPlace(name) &&
    !isRefusal(name) &&
    !isSentence(name)
  )
}

function isPlausibleBody(name: string): boolean {
  return (
    BODY_SIGNS.test(name) &&
    (name.match(/\p{L}/gu) ?? []).length >= 2 &&
    !isAddress(name) &&
    !isRefusal(name) &&
    !isQuestion(name)
  )
}

function faultOf(name: string, lengthMax: number, isPlausible: (name: string) => boolean): NameWrongReason | null {
  if (codePointLength(name) > lengthMax) return 'tooLong'
  if (/^\p{L}\p{M}*$/u.test(name) && !isRefusal(name)) return 'tooShort'
  return isPlausible(name) ? null : 'notAName'
}

/** One line, NFC, one kind of apostrophe for the stray ones, without quotes, polite endings and closing signs around it. */
function tidy(text: string): string {
  return showLiterally(text)
    .replace(/[ʼ‘`´]/g, "'")
    .replace(/\s+/g, ' ')
    .replace(/^["“”\s]+|["“”\s]+$/g, '')
    .replace(/[\s.,;:!]+$/, '')
    .replace(/(?: (?:ạ|nhé|nghen|nhe))+$/i, '')
    .replace(/[\s.,;:!]+$/, '')
    .trim()
}

/**
 * Drops "dạ em tên là", "họ tên:" and the like, but only where a plausible name remains; "Em Văn Tên" stays whole because
 * neither "là" nor a colon follows. "Ông Nguyễn Văn An" loses its title, for "Nguyễn" shows that it is one.
 */
function withoutLeadIn(typed: string, leadIns: ReadonlySet<string>, isPlausible: (name: string) => boolean): string {
  const words = wordsOf(typed.replace(/:\s*/g, ': '))
  const polite = leadingPhrase(words, POLITE)
  const covered = leadingPhrase(words.slice(polite), leadIns)
  const rest = words.slice(polite + covered)
  const title = leadingPhrase(rest, TITLES, 1)
  const afterTitle = rest.slice(title)
  const isTitled = title > 0 && afterTitle.length > 1 && FAMILY_NAMES.has(afterTitle[0]?.folded ?? '')
  const kept = isTitled ? afterTitle : rest
  const name = withoutUnaccentedAsk(
    kept.map((word) => word.text),
    polite + covered > 0,
  ).join(' ')
  return kept.length < words.length && kept.length > 0 && isPlausible(name) ? name : typed
}

/** "da em ten nguyen van an a": the last "a" is the polite "ạ" of somebody who types no accents. */
function withoutUnaccentedAsk(words: string[], isAsked: boolean): string[] {
  return isAsked && words.length >= 4 && words.at(-1) === 'a' && words.every((word) => word === fold(word))
    ? words.slice(0, -1)
    : words
}

function isAddress(name: string): boolean {
  return /:\/\/|www\.|@|\.(?:com|vn|net|org|info)\b/i.test(name)
}

/** "xã Sa Thầy" answers another question. Without accents only small letters tell, for Phương and Huyền are names. */
function isPlace(name: string): boolean {
  return (
    /^(?:xã|phường|thôn|làng|huyện|tỉnh|thị trấn) /u.test(name.toLowerCase()) ||
    /^(?:xa|phuong|thon|huyen|tinh) /.test(name)
  )
}

function isRefusal(name: string): boolean {
  const small = name.toLowerCase()
  const folded = fold(name)
  // Accents decide where they were typed: "Hồng" and "Dũng" are names although "hong" and "dung" may be answers.
  if (ACCENTED_REFUSALS.has(small)) return true
  const isGivenName = /^\p{Lu}\p{Ll}*$/u.test(name) && GIVEN_NAMES_LIKE_COMMANDS.has(folded)
  if (small === folded && (UNACCENTED_REFUSALS.has(folded) || SHORT_REFUSALS.has(folded))) return !isGivenName
  if (/^(?:không|ko|kg|hok)(?: |$)/u.test(small)) return true
  const [first, second = ''] = folded.split(' ')
  return first === 'khong' && small.startsWith('khong') && AFTER_NO.has(second)
}

function isQuestion(name: string): boolean {
  return name.includes('?') || ASKING.test(` ${fold(name)} `)
}

/** Two words that names hardly hold but every sentence does; never where each word has its capital. */
function isSentence(name: string): boolean {
  if (name !== name.toUpperCase() && name.split(' ').every((word) => /^\p{Lu}/u.test(word))) return false
  if (NEVER_IN_NAMES.test(` ${fold(name)} `)) return true
  const words = fold(name).split(' ')
  return words.length >= 4 && words.filter((word) => SENTENCE_WORDS.has(word)).length >= 2
}

function quote(text: string): string {
  return excerpt(showLiterally(text.slice(0, 400)).replace(/\s+/g, ' ').trim(), 60)
}

function set(words: string): ReadonlySet<string> {
  return new Set(words.split('|'))
}

const PRONOUNS = ['toi', 'tui', 'em', 'minh', 'chau', 'con', 'anh', 'chi', 'co', 'chu', 'bac', 'ong', 'ba']
const OWN_NAME = ['ten', 'ten day du', 'ho ten', 'ho va ten', 'ho ten day du', 'ho va ten day du']

const PERSON_LEAD_INS: ReadonlySet<string> = new Set([
  ...OWN_NAME.flatMap((name) => [name, `${name} la`]),
  ...PRONOUNS.flatMap((who) => [
    `${who} la`,
    `${who} ten`,
    `${who} ten la`,
    ...OWN_NAME.flatMap((name) => [
      `${name} ${who}`,
      `${name} ${who} la`,
      `${name} cua ${who}`,
      `${name} cua ${who} la`,
    ]),
  ]),
  ...set(
    'nguoi gui|nguoi gui la|nguoi phan anh|nguoi phan anh la|day la|la|nguoi lien he|nguoi lien he la|nguoi dai dien|nguoi dai dien la',
  ),
])

const BODY_LEAD_INS: ReadonlySet<string> = new Set(
  ['doanh nghiep', 'cong ty', 'to chuc', 'co quan', 'don vi', 'hop tac xa', ''].flatMap((body) =>
    [`ten ${body}`, `ten ${body} la`, `ten ${body} toi la`, `ten ${body} em la`].map((phrase) =>
      phrase.replace('  ', ' ').trim(),
    ),
  ),
)

const POLITE = set('da|vang|da vang|da thua|thua|da a')
const TITLES = set('ong|ba|anh|chi|co|chu|bac|em|toi|minh|chau')

const ACCENTED_REFUSALS = set(
  'không|không có|hủy|huỷ|hủy bỏ|huỷ bỏ|hủy đi|huỷ đi|thôi|quay lại|lui|bỏ qua|xong|hết|trợ giúp|giúp|giúp với|sửa|có|đúng|đúng rồi|sai|dạ|vâng|dạ vâng|vâng ạ|ừ|chào|xin chào|thử|ẩn danh|giấu tên|không tên|tra cứu|gửi|gửi đi|gửi luôn|gửi phản ánh|phản ánh|kiến nghị|tiếng việt|cảm ơn|cám ơn|bổ sung|rút|làm lại|bắt đầu lại|gặp cán bộ|người thật|cán bộ|cho hỏi|chưa|được|được rồi|đồng ý|tiếp|tiếp tục|tiếp theo|bắt đầu|đăng ký|đủ rồi|tôi|em|mình|của tôi|của em|như cũ|như trên|như lần trước|dùng lại|số điện thoại|địa chỉ|họ tên|họ và tên',
)

const UNACCENTED_REFUSALS: ReadonlySet<string> = new Set([...ACCENTED_REFUSALS].map(fold))

const SHORT_REFUSALS = set(
  'ko|k|kh|kg|hok|ko co|k co|menu|help|ok|oke|okie|ok em|ok ban|uh|alo|alo alo|hi|hello|test|gui pa|english|sdt',
)

const GIVEN_NAMES_LIKE_COMMANDS = set('huy|dung|thu|co')

const AFTER_NO = set('co|biet|muon|can|cho|noi|phai|dong|duoc|thich|ten|gui|nho')

const ASKING =
  / (?:tai sao|vi sao|sao phai|lam gi|cai gi|la gi|gi vay|gi the|bao lau|bao gio|bao nhieu|the nao|ten ai|ten gi|co can|co phai|phai khong|duoc khong|ai vay|cua ai|o dau|ma gi) /

const NEVER_IN_NAMES =
  / (?:chao (?:anh|chi|ad|ban|moi|ca|quy|co|chu|em)|anh chi|ad oi|admin|phan anh|kien nghi|khieu nai|to cao|ho so|giay to|thu tuc|tra cuu|ket qua|can bo|cam on|tro giup|(?:toi|em|minh) (?:la|ten)) /

const SENTENCE_WORDS = set(
  'toi|em|minh|cho|hoi|muon|duoc|khong|ko|chua|roi|nay|thi|ma|cua|voi|gi|ai|gui|nop|giay|biet|noi|phai|sao|lam|xin|bi|da|den|di|nhung|tu|o|tai|va|xa|ho|so|can|bo',
)
