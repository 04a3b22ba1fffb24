/** The code of a case as the citizen keeps it, `PAKN.20261123.0001` (R3-15). `day` is the day of receipt in Vietnam, YYYY-MM-DD. */
export function formatCaseCode(parts: { prefix: string; day: string; number: number }): string {
  return `${parts.prefix}.${parts.day.replaceAll('-', '')}.${String(parts.number).padStart(4, '0')}`
}

/** Whether this is a code exactly as `formatCaseCode` writes it (R3-16); any prefix where none is given. */
export function isCaseCode(text: string, prefix?: string): boolean {
  const match = /^([A-Z][A-Z0-9]{0,19})\.\d{8}\.\d{4,9}$/.exec(text)
  return match !== null && (prefix === undefined || match[1] === prefix)
}

/**
 * Finds the first case code anywhere in what a citizen typed, in every spelling of R3-16: `pakn 20200812 0012`,
 * `PAKN-20200812-0012`, `20200812.12`, the letter O for 0. Without the prefix only a day up to `nowDay` counts, so that
 * phone numbers, identity numbers and plain dates are not taken for codes.
 */
export function readCaseCode(text: string, options: { prefix: string; nowDay: string }): { code: string } | null {
  // Nobody hides a code behind pages of text; the bound keeps the search short.
  const plain = text
    .slice(0, LENGTH_READ)
    .normalize('NFKC')
    .replace(/\p{Cf}+/gu, '')
    .toLowerCase()
    .trim()
  for (const found of [...withPrefix(plain, options.prefix), ...withoutPrefix(plain)]) {
    const day = realDay(found.day)
    const number = Number(found.number)
    if (day === null || number < 1 || (!found.prefixed && day > options.nowDay)) continue
    return { code: formatCaseCode({ prefix: options.prefix, day, number }) }
  }
  return null
}

/**
 * The case code with which a text begins, in every spelling of R3-16, and what was written after it. Null where the text
 * begins with anything else: a code further on belongs to what is told.
 */
export function readLeadingCode(
  text: string,
  options: { prefix: string; nowDay: string },
): { code: string; rest: string } | null {
  const words = text.match(/\s*\S+/g) ?? []
  for (let count = 1; count <= Math.min(words.length, LEADING_WORDS_MAX); count++) {
    const head = words.slice(0, count).join('')
    if (head.length > LEADING_LENGTH_MAX) return null
    const found = readCaseCode(head, options)
    if (found !== null) return partAt(text, endOf(head, found.code, options), found.code, options.prefix)
  }
  return null
}

/** The fewest letters that say this code: what stands right behind them belongs to the words that follow. */
function endOf(head: string, code: string, options: { prefix: string; nowDay: string }): number {
  let end = 1
  while (end < head.length && readCaseCode(head.slice(0, end), options)?.code !== code) end++
  return end
}

function partAt(text: string, end: number, code: string, prefix: string): { code: string; rest: string } | null {
  const before = text
    .slice(0, end)
    .normalize('NFKC')
    .replace(/\p{Cf}+/gu, '')
    .toLowerCase()
    .trim()
  const digitsOnly = before.startsWith(prefix.toLowerCase()) ? before.slice(prefix.length) : before
  if (!/^[\s.\-–_:#,/0-9o]*$/.test(digitsOnly)) return null
  return { code, rest: text.slice(end).replace(/^[\s.,;:–-]+/, '') }
}

/** A code that is written in pieces, such as `pakn 2026 11 23 0001`. */
const LEADING_WORDS_MAX = 7
const LEADING_LENGTH_MAX = 80

/** The prefix of the national system's own codes (R3-15). */
export const NATIONAL_PREFIX = 'PAKN'

/**
 * The code that the national system gave a case, in one spelling: `pakn 20200812 12` → `PAKN.20200812.0012`, any other code in
 * capitals without spaces. Null for what is no code.
 */
export function normaliseNationalCode(text: string): string | null {
  const plain = text.slice(0, 200).normalize('NFKC').trim().toUpperCase()
  if (/^PAKN[\s.\-–_]*[0-9O]{8}[\s.\-–_]*[0-9O]{1,9}$/.test(plain)) {
    return readCaseCode(plain, { prefix: NATIONAL_PREFIX, nowDay: '9999-12-31' })?.code ?? null
  }
  const code = plain.replace(/\s+/g, '')
  return /^[A-Z0-9][A-Z0-9./_-]{3,58}[A-Z0-9]$/.test(code) && /\d/.test(code) ? code : null
}

const LENGTH_READ = 10_000
const EARLIEST_DAY = '2000-01-01'

type Found = { day: string; number: string; prefixed: boolean }

/** After the prefix the day may be written in any grouping, and the number may follow it at once when it has all its digits. */
function withPrefix(plain: string, prefix: string): Found[] {
  const found: Found[] = []
  const name = prefix.toLowerCase()
  for (let at = plain.indexOf(name); at >= 0; at = plain.indexOf(name, at + name.length)) {
    const rest = plain.slice(at + name.length, at + name.length + 40)
    const match =
      /^[\s.\-–_:#]{0,3}(2[0-9o]{3})[\s.\-/]?([0-9o]{2})[\s.\-/]?([0-9o]{2})([\s.\-–_:,/]{0,3})([0-9o]{1,9})/.exec(rest)
    if (match === null) continue
    const [whole, year = '', month = '', date = '', separator = '', tail = ''] = match
    const number = digitsOfTail(tail, rest.slice(whole.length))
    if (number === null || (separator === '' && number.length < 4)) continue
    found.push({ day: digits(year + month + date), number, prefixed: true })
  }
  return found
}

function withoutPrefix(plain: string): Found[] {
  const found: Found[] = []
  for (const match of plain.matchAll(/(?<![\p{L}\p{N}+])(2[0-9o]{7})([\s.\-–_:,/]{0,3})([0-9o]{1,7})/gu)) {
    const [whole, day = '', separator = '', tail = ''] = match
    const rest = plain.slice(match.index + whole.length)
    const number = digitsOfTail(tail, rest)
    if (number === null) continue
    // A space may as well divide a day from the next word, so a short number needs a firmer sign, and no sign needs the whole message.
    const alone = match.index === 0 && rest.replace(/[\s.!?]|ạ|nhé/g, '') === ''
    const firm = /[.\-–_:/]/.test(separator) || (separator !== '' && number.length >= 4)
    if (alone ? separator !== '' || number.length === 4 : firm)
      found.push({ day: digits(day), number, prefixed: false })
  }
  return found
}

/** Null when the digits go on, for then it is some other number; an O that begins the next word ("0001 ok") is given back. */
function digitsOfTail(tail: string, rest: string): string | null {
  if (/^[.\-/]?\d/.test(rest)) return null
  const own = /^\p{L}/u.test(rest) ? tail.replace(/o+$/, '') : tail
  return own === '' ? null : digits(own)
}

function digits(text: string): string {
  return text.replaceAll('o', '0')
}

/** `20200812` → `2020-08-12`, or null when the calendar has no such day. */
function realDay(compact: string): string | null {
  const day = `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6, 8)}`
  const time = Date.parse(`${day}T00:00:00Z`)
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === day
  return isReal && day >= EARLIEST_DAY ? day : null
}
