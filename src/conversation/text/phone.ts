import { digitRuns, plainDigits } from './digit-runs.ts'
import { excerpt, showLiterally } from './normalise.ts'
import { classifyNational, type NationalNumber, nationalOf, showNational } from './phone-numbers.ts'

export type PhoneWrongReason =
  /** There is no number in the text. */
  | 'noNumber'
  | 'tooShort'
  | 'tooLong'
  /** Two different numbers; only one can be kept. */
  | 'several'
  /** 113, 1022, 1900…: nobody can be reached there (R3-3). */
  | 'shortNumber'
  /** A fixed number without its area code. */
  | 'areaCodeMissing'
  | 'foreign'
  /** The right length, but no Vietnamese number begins so. */
  | 'unknownNumber'

export type PhoneReading =
  | { kind: 'ok'; e164: string; national: string; shown: string; type: 'mobile' | 'fixed' }
  | {
      kind: 'confirm'
      e164: string
      national: string
      shown: string
      /** `oldElevenDigit`: converted from `from`; `zeroAdded`: `from` lacked its first 0; `unknownRange`: maybe a new allotment. */
      reason: 'oldElevenDigit' | 'unknownRange' | 'zeroAdded'
      from?: string
    }
  | { kind: 'wrong'; reason: PhoneWrongReason; understood: string; digitsMissing?: number }

/**
 * Reads the one telephone number in what a citizen typed (R3-3): words around it, +84, spaces, dots and the letter O for
 * zero are understood; what is doubtful comes back as a question, what is wrong says which part was understood.
 */
export function readPhone(text: string): PhoneReading {
  const runs = digitRuns(plainDigits(text.normalize('NFKC'))).map(({ text: typed, plus, groups }) => ({
    text: typed,
    plus,
    groups: groups.map((group) => group.digits),
  }))
  const found = new Map<string, NationalNumber>()
  for (const run of runs) for (const number of numbersIn(run)) found.set(number.national, number)
  // Nine digits are taken for a number without its 0 only where nothing clearer stands beside them.
  if (found.size > 1) for (const [key, { type }] of found) if (type === 'zeroAdded') found.delete(key)
  const [first] = found.values()
  if (first === undefined) return wrong(text, runs)
  const leftover = runs.some((run) => numbersIn(run).length === 0 && /^0\d{8,10}$/.test(run.groups.join('')))
  if (found.size > 1 || leftover) return { kind: 'wrong', reason: 'several', understood: quote(text) }
  const { national, type, from } = first
  const shared = { e164: `+84${national.slice(1)}`, national, shown: showNational(national) }
  if (type === 'mobile' || type === 'fixed') return { kind: 'ok', ...shared, type }
  return from === undefined
    ? { kind: 'confirm', ...shared, reason: type }
    : { kind: 'confirm', ...shared, reason: type, from }
}

/** A stored number (`+84…`) as Vietnamese people write it: `0905 000 123`, `0260 3 797 799`. Other text comes back as it is. */
export function formatPhone(e164: string): string {
  return e164.startsWith('+84') ? showNational(`0${e164.slice(3)}`) : e164
}

const LONGEST_DIGITS = 15

type Run = { text: string; plus: boolean; groups: string[] }

/** The numbers that a run of groups consists of, or ends with; empty when it cannot be read. */
function numbersIn(run: Run): NationalNumber[] {
  const { groups } = run
  const whole = readGroups(groups, run.plus)
  if (whole !== undefined) return [whole]
  const split = splitWholly(groups, run.plus)
  if (split.length > 0) return split
  // "thôn 2 0905000123": short groups before a number that stands whole in its own group.
  const last = groups.at(-1) ?? ''
  const alone =
    last.startsWith('0') && groups.slice(0, -1).every((group) => group.length <= 4)
      ? readGroups([last], false)
      : undefined
  return alone === undefined ? [] : [alone]
}

function readGroups(groups: string[], plus: boolean): NationalNumber | undefined {
  let length = 0
  for (const group of groups) {
    length += group.length
    if (length > LONGEST_DIGITS) return undefined
  }
  return classifyNational(nationalOf(groups.join(''), plus))
}

/** Cuts the groups into whole numbers that begin with 0 or 84, leaving nothing over. */
function splitWholly(groups: string[], plus: boolean): NationalNumber[] {
  const numbers: NationalNumber[] = []
  let start = 0
  while (start < groups.length) {
    let read: NationalNumber | undefined
    let end = start
    let digits = 0
    while (read === undefined && end < groups.length && digits <= LONGEST_DIGITS) {
      digits += groups[end]?.length ?? 0
      end++
      read = readGroups(groups.slice(start, end), plus && start === 0)
      if (read?.type === 'zeroAdded') read = undefined
    }
    if (read === undefined) return []
    numbers.push(read)
    start = end
  }
  return numbers
}

function wrong(text: string, runs: Run[]): PhoneReading {
  const longest = runs.reduce<Run | undefined>(
    (best, run) => (best === undefined || run.groups.join('').length > best.groups.join('').length ? run : best),
    undefined,
  )
  if (longest === undefined) return { kind: 'wrong', reason: 'noNumber', understood: quote(text) }
  const digits = longest.groups.join('')
  const understood = quote(longest.text)
  if (longest.plus && !digits.startsWith('84')) return { kind: 'wrong', reason: 'foreign', understood }
  const national = nationalOf(digits, longest.plus)
  if (/^(?:1\d{2,4}|1[89]00\d{4,6})$/.test(digits)) return { kind: 'wrong', reason: 'shortNumber', understood }
  if (/^[2-8]\d{6}$/.test(digits)) return { kind: 'wrong', reason: 'areaCodeMissing', understood }
  if (digits.length < (national.startsWith('0') ? 3 : 6))
    return { kind: 'wrong', reason: 'noNumber', understood: quote(text) }
  const full = national.startsWith('0') ? national : `0${national}`
  const missing = (full.startsWith('02') ? 11 : 10) - full.length
  if (missing > 0) return { kind: 'wrong', reason: 'tooShort', understood, digitsMissing: missing }
  if (missing < 0 && !/^01\d{9}$/.test(full)) return { kind: 'wrong', reason: 'tooLong', understood }
  return { kind: 'wrong', reason: 'unknownNumber', understood }
}

function quote(text: string): string {
  return excerpt(showLiterally(text.slice(0, 200)).replace(/\s+/g, ' ').trim(), 40)
}
