import { type DigitGroup, digitRuns, plainDigits } from './digit-runs.ts'
import { fold } from './normalise.ts'
import type { PersonalDataFinding, PersonalDataKind } from './personal-data-finding.ts'
import { classifyNational, nationalOf } from './phone-numbers.ts'

/**
 * Telephone, identity and account numbers in a text (R3-8b). The words right before a number decide what its digits
 * leave open: "stk 12345678" is an account, "mã hồ sơ 123456789" is none of a person's numbers.
 */
export function findPersonalNumbers(text: string): PersonalDataFinding[] {
  const found: Span[] = []
  let rest = text
  // What is left beside a number may itself read as one once that number is gone, so it is looked at again.
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const spans = findOnce(rest)
    if (spans.length === 0) break
    found.push(...spans)
    rest = covered(rest, spans)
  }
  return found.map((span) => ({ ...span, text: text.slice(span.start, span.end) }))
}

/** The same text with the spans covered by `]`, so that offsets stay and nothing in them is found again. */
export function covered(text: string, spans: readonly { start: number; end: number }[]): string {
  let result = ''
  let end = 0
  for (const span of [...spans].sort((left, right) => left.start - right.start)) {
    if (span.start < end) continue
    result += text.slice(end, span.start) + ']'.repeat(span.end - span.start)
    end = span.end
  }
  return result + text.slice(end)
}

const ROUNDS_MAX = 8

function findOnce(text: string): Span[] {
  const searched = plainDigits(withoutHarmlessNumbers(text)).replace(/[/\n]/g, ';')
  return digitRuns(searched)
    .filter((run) => run.groups.reduce((sum, group) => sum + group.digits.length, 0) >= 6)
    .flatMap((run) => {
      const context = contextBefore(searched, run.start)
      const isHarmless = context === 'tax' || (context === 'paper' && phoneEnd(run.groups, 0, run.plus) === null)
      return isHarmless ? findIn(run.groups.slice(1), null, false) : findIn(run.groups, context, run.plus)
    })
}

/** `tax` and `paper` announce numbers of nobody; a tax number may look like a telephone number, that of a paper may not. */
type Context = 'phone' | 'idNumber' | 'account' | 'tax' | 'paper' | null
type Span = Omit<PersonalDataFinding, 'text'>

function findIn(groups: readonly DigitGroup[], context: Context, plus: boolean): Span[] {
  const named = namedByContext(groups, context, plus)
  if (named !== null) return [named.span, ...findIn(groups.slice(named.to), null, false)]
  const found: Span[] = []
  let rest = groups
  let isPlus = plus
  while (rest.length > 0) {
    const phone = nextPhone(rest, isPlus)
    found.push(...withoutPhones(rest.slice(0, phone?.from ?? rest.length)))
    if (phone === null) return found
    found.push(spanOf('phone', rest.slice(phone.from, phone.to), isPlus && phone.from === 0))
    rest = rest.slice(phone.to)
    isPlus = false
  }
  return found
}

/** The first groups, as many as can be what the words before them announce. */
function namedByContext(
  groups: readonly DigitGroup[],
  context: Context,
  plus: boolean,
): { span: Span; to: number } | null {
  if (context === null || context === 'tax' || context === 'paper' || (plus && context !== 'phone')) return null
  let digits = ''
  let best = 0
  for (let to = 1; to <= groups.length && digits.length <= 19; to++) {
    digits += groups[to - 1]?.digits ?? ''
    if (fits(context, digits, plus)) best = to
  }
  return best === 0 ? null : { span: spanOf(context, groups.slice(0, best), plus), to: best }
}

function fits(context: 'phone' | 'idNumber' | 'account', digits: string, plus: boolean): boolean {
  if (context === 'account') return digits.length >= 6 && digits.length <= 19
  if (context === 'idNumber') return [8, 9, 10, 12].includes(digits.length)
  return classifyNational(nationalOf(digits, plus)) !== undefined
}

function nextPhone(groups: readonly DigitGroup[], plus: boolean): { from: number; to: number } | null {
  for (let from = 0; from < groups.length; from++) {
    const to = phoneEnd(groups, from, plus && from === 0)
    if (to !== null) return { from, to }
  }
  return null
}

function withoutPhones(groups: readonly DigitGroup[]): Span[] {
  const whole = wholeKind(groups)
  if (whole !== null) return [spanOf(whole, groups, false)]
  return groups
    .filter((group) => isLonePersonal(group.digits))
    .map((group) => spanOf(group.digits.length >= 13 ? 'account' : 'idNumber', [group], false))
}

/** What groups are together by their digits alone: a bank card in fours, a citizen's number of twelve digits. */
function wholeKind(groups: readonly DigitGroup[]): PersonalDataKind | null {
  if (groups.length === 0 || groups.length > 12) return null
  if (groups.length === 4 && groups.every((group) => group.digits.length === 4)) return 'account'
  const all = groups.map((group) => group.digits).join('')
  return all.length === 12 && all.startsWith('0') ? 'idNumber' : null
}

/** The group after the telephone number that begins at `from`, or null. */
function phoneEnd(groups: readonly DigitGroup[], from: number, plus: boolean): number | null {
  const first = groups[from]?.digits ?? ''
  if (!plus && !first.startsWith('0') && !first.startsWith('84')) return null
  let digits = ''
  for (let to = from; to < groups.length && digits.length <= 14; to++) {
    digits += groups[to]?.digits ?? ''
    const number = digits.length < 9 ? undefined : classifyNational(nationalOf(digits, plus))
    if (number !== undefined && number.type !== 'zeroAdded') return to + 1
  }
  return null
}

/** Nine or twelve digits in one go are an identity number, thirteen and more a bank card; round sums are money. */
function isLonePersonal(digits: string): boolean {
  if (digits.length === 9 || digits.length === 12) return digits.startsWith('0') || !digits.endsWith('000')
  return digits.length >= 13 && digits.length <= 19 && !digits.endsWith('000000')
}

function spanOf(kind: PersonalDataKind, groups: readonly DigitGroup[], plus: boolean): Span {
  const start = groups[0]?.start ?? 0
  return { kind, start: plus ? start - 1 : start, end: groups.at(-1)?.end ?? start }
}

const UNITS =
  'đồng|dong|đ|vnđ|vnd|triệu|trieu|tr|tỷ|tỉ|ty|nghìn|ngàn|nghin|ngan|k|usd|%|m2|m²|m3|m|ha|hecta|sào|kg|km|tấn|người|hộ|lần|ngày|tháng|năm|giờ'

/** Numbers that are nobody's, by their shape. Every repetition is bounded, so a long row of digits costs little. */
const HARMLESS: readonly RegExp[] = [
  // Dossiers of the one-stop shop: 000.00.12.H34-221123-0001
  /(?<![\p{L}\d])(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,3}-\d{6}-\d{3,6}(?!\d)/giu,
  // Case codes: PAKN.20261123.0001, 20261123.0001
  /(?<![\p{L}\d])(?:[A-Z]{2,10}[.\- ]?20\d{6}[.\- ]\d{1,6}|20\d{6}\.\d{1,6})(?!\d)/giu,
  // Laws: 31/2021/QĐ-TTg, 2476/VP-TTHCC
  /(?<!\d)\d{1,5}\/(?:(?:19|20)\d{2}\/)?\p{Lu}[\p{L}\d-]{1,30}/gu,
  // Days: 12/09/2026, 12-9-2026, 2026-09-12
  /(?<!\d)(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}(?!\d)/g,
  /(?<!\d)(?:19|20)\d{2}-(?:0\d|1[0-2])-[0-3]\d(?!\d)/g,
  new RegExp(
    String.raw`(?<![\d+.,])[1-9]\d{0,14}(?:[.,\u00a0 ]\d{3}){0,5}(?:[.,]\d{1,3})?[ \u00a0]{0,2}(?:${UNITS})(?![\p{L}\d])`,
    'giu',
  ),
  // Sums without their unit: 1.500.000
  /(?<![\d+.,])[1-9]\d{0,2}(?:\.\d{3}){1,4}(?![\d.]\d|\d)/g,
]

function withoutHarmlessNumbers(text: string): string {
  return HARMLESS.reduce((rest, pattern) => rest.replace(pattern, (number) => '|'.repeat(number.length)), text)
}

const CONTEXT_LENGTH = 40
const FILLER = '(?: (?:so|la|cua|em|toi|minh|chau|ong|ba|anh|chi|no|nay|sau|nhu))*$'
const CONTEXTS: readonly [Exclude<Context, null>, RegExp][] = [
  ['tax', new RegExp(`(?:^| )(?:mst|ma so thue|ma so dn|ma so doanh nghiep)${FILLER}`)],
  [
    'paper',
    new RegExp(
      `(?:^| )(?:ho so|ma hs|bien nhan|giay hen|quyet dinh|cong van|van ban|nghi dinh|thong tu|so phieu|so hieu|so seri|so phat hanh|hop dong)${FILLER}`,
    ),
  ],
  [
    'account',
    new RegExp(
      `(?:^| )(?:stk|so tk|tk|tai khoan|so tai khoan|ngan hang|vietcombank|agribank|bidv|vietinbank|techcombank|mb bank|mbbank|sacombank|acb|vpbank|tpbank|momo)${FILLER}`,
    ),
  ],
  [
    'idNumber',
    new RegExp(
      `(?:^| )(?:cccd|cmnd|cmtnd|cmt|cmnd cccd|can cuoc|can cuoc cong dan|chung minh|chung minh thu|chung minh nhan dan|so dinh danh|dinh danh ca nhan|ho chieu|bhxh|bhyt|bao hiem xa hoi|bao hiem y te|ma so bhxh)${FILLER}`,
    ),
  ],
  [
    'phone',
    new RegExp(`(?:^| )(?:sdt|dt|dien thoai|so dien thoai|di dong|zalo|goi|lien he|so may|hotline|tel|phone)${FILLER}`),
  ],
]

function contextBefore(text: string, start: number): Context {
  const before = text.slice(Math.max(0, start - CONTEXT_LENGTH), start)
  // What stands before another number, or in a placeholder, says nothing about this one.
  const words = fold(/[^\]\n\d]*$/.exec(before)?.[0] ?? '')
  if (words === '') return null
  return CONTEXTS.find(([, pattern]) => pattern.test(words))?.[0] ?? null
}
