import { createHash } from 'node:crypto'
import type { Case } from '../cases/case.ts'
import { attachmentsOf } from '../cases/checks.ts'
import { formatCaseCode } from '../cases/code.ts'
import type { ListDays } from '../cases/flags.ts'
import type { HistoryEntry } from '../cases/history.ts'
import { type CaseFault, numberInCode, verifyCase } from '../cases/verify-case.ts'
import { OPEN_STATES } from '../cases/words.ts'
import type { FileStore } from './file-store.ts'

/** A case as it is stored, or what is left of one. */
export type StoredCase =
  | {
      code: string
      found: 'case'
      current: Case
      history: readonly HistoryEntry[]
      head: { seq: number; hash: string }
      /** The days that stand beside it for its lists. */
      days: ListDays
      /** Copies in clear that are not what the case says. */
      differing: readonly string[]
    }
  | { code: string; found: 'unreadable' }
  | { code: string; found: 'nothing'; lines: number }

export type StoredCases = {
  /** About how many cases there are. */
  count(): Promise<number>
  find(code: string): Promise<StoredCase | null>
  /** In the order of codes; also what has lines of history and no case. */
  all(): AsyncIterable<StoredCase>
  /** How many codes each day has given out. */
  numbersGiven(): AsyncIterable<{ prefix: string; day: string; count: number }>
  codesOfDay(prefix: string, day: string): Promise<string[]>
}

export type VerifyDeps = {
  stored: StoredCases
  /** Null: files are not looked at. */
  files: Pick<FileStore, 'open'> | null
  /** The same days by the law under which the case was judged. */
  listDays(current: Case): ListDays
}

export type FoundFault = CaseFault & { caseCode: string }

/** Verifies one case; null where there is none. */
export async function verifyOne(deps: VerifyDeps, code: string): Promise<FoundFault[] | null> {
  const stored = await deps.stored.find(code)
  return stored === null ? null : settledFaults(deps, stored)
}

/**
 * Verifies every case: chains, codes, deadlines, copies and files, and that no code is missing that was given out. Nothing is
 * mended. `onProgress` is told the cases done so far.
 */
export async function* verifyAll(deps: VerifyDeps, onProgress: (done: number) => void): AsyncGenerator<FoundFault> {
  let done = 0
  for await (const stored of deps.stored.all()) {
    yield* await settledFaults(deps, stored)
    done += 1
    if (done % progressEvery === 0) onProgress(done)
  }
  for await (const { prefix, day, count } of deps.stored.numbersGiven()) {
    const codes = new Set(await deps.stored.codesOfDay(prefix, day))
    for (let number = 1; number <= count; number++) {
      const code = formatCaseCode({ prefix, day, number })
      if (!codes.has(code)) yield { caseCode: code, place: '', code: 'code_missing' }
    }
    for (const code of codes) {
      if (numberInCode(code) > count) yield { caseCode: code, place: '', code: 'code_never_given' }
    }
  }
}

const progressEvery = 1_000
const looksMax = 3

/** A case may be moved between the reading of it and of its history: what looks wrong is read again. */
async function settledFaults(deps: VerifyDeps, first: StoredCase): Promise<FoundFault[]> {
  let faults = await faultsOf(deps, first)
  for (let look = 1; look < looksMax && faults.length > 0; look++) {
    const again = await deps.stored.find(first.code)
    faults = again === null ? [] : await faultsOf(deps, again)
  }
  return faults.map((fault) => ({ ...fault, caseCode: first.code }))
}

async function faultsOf(deps: VerifyDeps, stored: StoredCase): Promise<CaseFault[]> {
  if (stored.found === 'nothing') return [{ place: '', code: 'case_missing' }]
  if (stored.found === 'unreadable') return [{ place: '', code: 'unreadable' }]
  const { current, differing, days } = stored
  // A closed case keeps the due day it had (R10-12).
  const due = OPEN_STATES.includes(current.state) ? deps.listDays(current) : days
  const wrong = (['answerBy', 'dueBy'] as const).filter((day) => due[day] !== days[day])
  return [
    ...verifyCase(stored),
    ...differing.map((place): CaseFault => ({ place, code: 'copy_differs' })),
    ...wrong.map((place): CaseFault => ({ place, code: 'deadline_differs' })),
    ...(deps.files === null ? [] : await faultsOfFiles(deps.files, current)),
  ]
}

async function faultsOfFiles(files: Pick<FileStore, 'open'>, current: Case): Promise<CaseFault[]> {
  const faults: CaseFault[] = []
  for (const { id, sha256 } of attachmentsOf(current)) {
    const file = await files.open(id)
    if (file === undefined) faults.push({ place: id, code: 'file_missing' })
    else if ((await sha256Of(file.content)) !== sha256) faults.push({ place: id, code: 'file_changed' })
  }
  return faults
}

async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string | null> {
  const digest = createHash('sha256')
  try {
    for await (const piece of content) digest.update(piece)
    return digest.digest('hex')
  } catch {
    // What was changed in the store cannot be opened to its end.
    return null
  }
}
