import type { Case } from './case.ts'
import { isCaseCode } from './code.ts'
import { dayOf } from './days.ts'
import { type HistoryEntry, type HistoryFault, type Json, verifyChain, wellFormed } from './history.ts'

/** Something about a stored case that cannot be as it was written. `place` is a line, a field, a file, or empty. */
export type CaseFault = {
  place: string
  code:
    | HistoryFault['code']
    /** Lines without their case. */
    | 'case_missing'
    /** A code that no case has although a later one was given that day. */
    | 'code_missing'
    | 'code_malformed'
    /** The code names another day than that of receipt. */
    | 'code_day'
    /** A number that was never given out. */
    | 'code_never_given'
    /** Cannot be opened with our keys: changed or moved from elsewhere. */
    | 'unreadable'
    /** The words and files as they came are not those of the first line any more (R6-6). */
    | 'original_changed'
    | 'version_differs'
    | 'state_differs'
    /** A copy in clear, by which lists find the case, is not what the case says. */
    | 'copy_differs'
    | 'deadline_differs'
    | 'file_missing'
    | 'file_changed'
}

/** What must stay as the first line of the history has it, whatever is done with the case. */
const ORIGINAL = [
  'submitterType',
  'name',
  'contactPerson',
  'phone',
  'email',
  'address',
  'title',
  'content',
  'attachments',
  'location',
  'dossierCode',
  'incidentDate',
  'concernedUnit',
  'channel',
  'receivedAt',
  'originalDocNumber',
  'enteredBy',
] as const satisfies readonly (keyof Case)[]

/** Judges a case against its own chain: nothing here trusts the case, or any line without its hash. */
export function verifyCase(stored: {
  current: Case
  history: readonly HistoryEntry[]
  /** What the case remembers of its last line. */
  head: { seq: number; hash: string }
}): CaseFault[] {
  const { current, history, head } = stored
  const faults: CaseFault[] = verifyChain(history, head).map(({ seq, code }) => ({ place: String(seq), code }))
  if (!isCaseCode(current.code)) faults.push({ place: current.code, code: 'code_malformed' })
  else if (dayInCode(current.code) !== dayOf(current.receivedAt)) faults.push({ place: '', code: 'code_day' })
  const last = history.at(-1)
  if (last !== undefined && current.version !== last.seq) faults.push({ place: '', code: 'version_differs' })
  if (last !== undefined && current.state !== last.to) faults.push({ place: '', code: 'state_differs' })
  const first = history[0]?.seq === 1 ? history[0].data : undefined
  // Absent once erased by law, together with the words themselves.
  if (first !== undefined) {
    for (const field of ORIGINAL) {
      if (!isSame(wellFormed(current[field]), first[field])) faults.push({ place: field, code: 'original_changed' })
    }
  }
  return faults
}

/** The day that a code names, `YYYY-MM-DD`, and its number of that day. */
export function dayInCode(code: string): string {
  const [, compact = ''] = code.split('.')
  return `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6, 8)}`
}

export function numberInCode(code: string): number {
  return Number(code.split('.')[2])
}

function isSame(left: Json, right: Json | undefined): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right ?? null))
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
