import type { PersonalDataFinding, PersonalDataKind } from './personal-data-finding.ts'
import { findPersonNames } from './personal-names.ts'
import { covered, findPersonalNumbers } from './personal-numbers.ts'

export type { PersonalDataFinding, PersonalDataKind }

/** What stands in the place of a removed piece. */
export const PERSONAL_DATA_PLACEHOLDERS: Record<PersonalDataKind, string> = {
  phone: '[đã ẩn số điện thoại]',
  idNumber: '[đã ẩn số giấy tờ]',
  account: '[đã ẩn số tài khoản]',
  email: '[đã ẩn email]',
  houseNumber: '[đã ẩn số nhà]',
  personName: '[đã ẩn tên]',
}

/**
 * Finds what a citizen should not put into a text that will be public (R3-8b): telephone, identity and account numbers,
 * e-mail addresses, exact house numbers, names after "ông, bà, anh, chị, cô, chú". In order and without overlaps. Dates,
 * sums of money, and numbers of dossiers, cases and laws are left alone. It helps the writer; it does not replace the
 * publisher's eye (R6-5). Expects NFC.
 */
export function findPersonalData(text: string): PersonalDataFinding[] {
  const emails = findAll(text, EMAIL, 'email')
  const rest = covered(text, emails)
  const houses = HOUSE_NUMBERS.flatMap((pattern) => findAll(rest, pattern, 'houseNumber'))
  const found = [...emails, ...houses, ...findPersonalNumbers(covered(rest, houses)), ...findPersonNames(rest)]
  found.sort((left, right) => left.start - right.start || right.end - left.end)
  const kept: PersonalDataFinding[] = []
  let end = 0
  for (const finding of found) {
    if (finding.start < end) continue
    kept.push({ ...finding, text: text.slice(finding.start, finding.end) })
    end = finding.end
  }
  return kept
}

/** The text with each finding replaced by its placeholder; findings outside the text or inside another one are ignored. */
export function removePersonalData(
  text: string,
  findings: readonly PersonalDataFinding[],
  placeholders: Record<PersonalDataKind, string> = PERSONAL_DATA_PLACEHOLDERS,
): string {
  let result = ''
  let end = 0
  for (const finding of [...findings].sort((left, right) => left.start - right.start)) {
    if (finding.start < end || finding.end <= finding.start || finding.end > text.length) continue
    result += text.slice(end, finding.start) + placeholders[finding.kind]
    end = finding.end
  }
  return result + text.slice(end)
}

// It may start only where no address character stands before it, so each character is tried once.
const EMAIL = /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}/g

const HOUSE = String.raw`\d{1,5}[a-z]?(?:[/-]\d{1,5}[a-z]?){0,4}(?![\d\p{L}])`
const HOUSE_NUMBERS = [
  new RegExp(String.raw`(?<!\p{L})(?:số nhà|nhà số|so nha|nha so)[ \u00a0]{0,2}[:.]?[ \u00a0]{0,2}${HOUSE}`, 'giu'),
  new RegExp(
    String.raw`(?<!\p{L})(?:số|so)[ \u00a0]${HOUSE}(?=,?[ \u00a0](?:đường|phố|hẻm|ngõ|ngách|kiệt|duong|hem|ngo|kiet)[ \u00a0])`,
    'giu',
  ),
]

function findAll(text: string, pattern: RegExp, kind: PersonalDataKind): PersonalDataFinding[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }))
}
