import { excerpt, showLiterally } from './normalise.ts'

export type EmailWrongReason = 'noAt' | 'several' | 'spaces' | 'noDot' | 'badCharacter' | 'incomplete' | 'tooLong'

export type EmailReading =
  | { kind: 'ok'; email: string }
  /** The domain looks like a slip of a well-known one: ask, and keep `email` where the person says it is right (R3-5). */
  | { kind: 'confirm'; email: string; suggestion: string }
  /** `suggestion` is there when the meaning is plain ("an @ gmail.com"); it still has to be confirmed. */
  | { kind: 'wrong'; reason: EmailWrongReason; understood: string; suggestion?: string }

const EMAIL_LENGTH_MAX = 254
const LOCAL_LENGTH_MAX = 64

/** Reads the one e-mail address in what a citizen typed (R3-5). The domain becomes small letters; nothing is corrected silently. */
export function readEmail(text: string): EmailReading {
  const plain = showLiterally(text.slice(0, 10_000)).normalize('NFKC')
  const candidates = [...new Set(candidatesIn(plain).map(withSmallDomain))]
  const [candidate] = candidates
  const understood = excerpt(plain.replace(/\s+/g, ' ').trim(), 80)
  if (candidates.length > 1) return { kind: 'wrong', reason: 'several', understood }
  if (candidate === undefined) return withoutCandidate(plain, understood)
  const fault = faultOf(candidate)
  if (fault !== null) return { kind: 'wrong', ...fault, understood: excerpt(candidate, 80) }
  const suggestion = suggestDomain(domainOf(candidate))
  if (suggestion === null) return { kind: 'ok', email: candidate }
  return { kind: 'confirm', email: candidate, suggestion: `${localOf(candidate)}@${suggestion}` }
}

/** Words with an @ and something on both sides of it, without the signs of the sentence around them. */
function candidatesIn(text: string): string[] {
  return text
    .split(/[\s,;<>()[\]"“”]+/)
    .map((word) => word.replace(/^(?:e-?mail|mail|mailto|gmail):/i, '').replace(/^[.:'*]+|[.:'!?*]+$/g, ''))
    .filter((word) => /^[^@].*@.*[^@]$/.test(word))
}

function withoutCandidate(text: string, understood: string): EmailReading {
  if (!text.includes('@')) return { kind: 'wrong', reason: 'noAt', understood }
  // "an @ gmail.com", "an@ gmail . com": the words around a lone @, joined.
  const at = text.indexOf('@')
  const before = /(\S{1,64})\s{0,2}$/.exec(text.slice(Math.max(0, at - 70), at))?.[1] ?? ''
  const after = /^\s{0,2}([^\s@]{1,64}(?:\s?\.\s?[^\s@]{1,20}){0,3})/.exec(text.slice(at + 1, at + 160))?.[1] ?? ''
  const joined = withSmallDomain(`${before}@${after.replace(/\s/g, '')}`.replace(/[.:'!?]+$/, ''))
  if (before === '' || after === '' || text.indexOf('@', at + 1) >= 0 || faultOf(joined) !== null) {
    return { kind: 'wrong', reason: 'incomplete', understood }
  }
  return { kind: 'wrong', reason: 'spaces', understood, suggestion: joined }
}

function faultOf(email: string): { reason: EmailWrongReason; suggestion?: string } | null {
  if (email.length > EMAIL_LENGTH_MAX || localOf(email).length > LOCAL_LENGTH_MAX) return { reason: 'tooLong' }
  const domain = domainOf(email)
  if (email.split('@').length !== 2) return { reason: 'badCharacter' }
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(localOf(email)))
    return { reason: 'badCharacter' }
  if (!/^[a-z0-9.-]+$/.test(domain)) return { reason: 'badCharacter' }
  if (!domain.includes('.')) {
    const known = WELL_KNOWN_DOMAINS.find(
      (candidate) => candidate.replace('.', '') === domain || candidate.startsWith(`${domain}.`),
    )
    return known === undefined ? { reason: 'noDot' } : { reason: 'noDot', suggestion: `${localOf(email)}@${known}` }
  }
  const labels = domain.split('.')
  const isDomain =
    labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    /^(?:[a-z]{2,}|xn--.+)$/.test(labels.at(-1) ?? '')
  return isDomain ? null : { reason: 'badCharacter' }
}

/** The well-known domain that this one is a slip of, or null. Most popular first, so that it wins a tie. */
function suggestDomain(domain: string): string | null {
  if (WELL_KNOWN_DOMAINS.includes(domain) || domain.length > 30) return null
  const fixed = FREQUENT_SLIPS[domain]
  if (fixed !== undefined) return fixed
  let best: string | null = null
  let bestDistance = 3
  for (const known of WELL_KNOWN_DOMAINS) {
    // A short domain is easily another real one.
    const allowed = known.length >= 9 ? 2 : 1
    const distance = slips(domain, known)
    if (distance <= allowed && distance < bestDistance) {
      best = known
      bestDistance = distance
    }
  }
  return best
}

const WELL_KNOWN_DOMAINS = [
  'gmail.com',
  'yahoo.com',
  'yahoo.com.vn',
  'hotmail.com',
  'outlook.com',
  'outlook.com.vn',
  'icloud.com',
  'live.com',
  'ymail.com',
  'msn.com',
  'mail.com',
  'googlemail.com',
  'rocketmail.com',
  'protonmail.com',
  'proton.me',
  'zoho.com',
  'aol.com',
  'me.com',
  'fpt.com.vn',
  'fpt.vn',
  'vnn.vn',
  'vnpt.vn',
  'viettel.com.vn',
  'kontum.gov.vn',
  'quangngai.gov.vn',
]

/** Slips that are many letters away, yet leave no doubt about what was meant. */
const FREQUENT_SLIPS: Record<string, string> = {
  'gmail.com.vn': 'gmail.com',
  'gmail.vn': 'gmail.com',
  'gmail.net': 'gmail.com',
  'gmail.cpm': 'gmail.com',
  'email.com': 'gmail.com',
  'hotmail.com.vn': 'hotmail.com',
  'hotmail.vn': 'hotmail.com',
  'icloud.com.vn': 'icloud.com',
  'yahoo.vn': 'yahoo.com.vn',
  'yahoo.com.vm': 'yahoo.com.vn',
}

/** Letters put in, left out, changed or swapped with their neighbour between two short words (optimal string alignment). */
function slips(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) return 3
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1
      let least = Math.min(at(previous, column) + 1, at(current, column - 1) + 1, at(previous, column - 1) + change)
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (isSwap) least = Math.min(least, at(beforePrevious, column - 2) + 1)
      current.push(least)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, right.length)
}

function at(numbers: number[], index: number): number {
  return numbers[index] ?? Number.POSITIVE_INFINITY
}

function withSmallDomain(email: string): string {
  return `${localOf(email)}@${domainOf(email).toLowerCase()}`
}

function localOf(email: string): string {
  return email.slice(0, email.lastIndexOf('@'))
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}
