import type { Case } from '../cases/case.ts'
import type { Change } from '../cases/decision.ts'
import type { LawBook } from '../cases/law-book.ts'
import { recompute } from '../cases/recompute.ts'
import type { CaseStore } from './case-ports.ts'
import type { JudgedCases, KeptLaw, LawStore } from './law.ts'

export type RecomputeDeps = {
  cases: Pick<CaseStore, 'storeMoves'> & JudgedCases
  law: KeptLaw
  store: Pick<LawStore, 'claimSweep' | 'endSweep'>
  /** This process, in the eyes of the others. */
  owner: string
  now(): number
}

/** How far a change of the law has been led into the cases. */
export type RecomputeProgress = { examined: number; moved: number; failed: number }

export type RecomputeOptions = {
  signal: AbortSignal
  onProgress?(progress: RecomputeProgress): void
  /** A case that could not be led over; it is tried again at the next call, and the others do not wait for it. */
  onFault(code: string, error: unknown): void
}

/** Long enough for a handful of cases on a busy machine. */
const LEASE_MS = 30_000
const STEP = 200
/** Officers act on the same cases meanwhile and must not wait for a crowd. */
const WIDTH = 4
const HANDFUL = 10
/** Where so many fail, nothing is wrong with the cases. */
const FAILED_MAX = 100

/**
 * Leads every open case over to the newest law known here: a moved due day becomes one line of history by `system` and a new
 * `answerBy` in one transaction, and a case that is led over is not touched again. Whoever dies in the middle leaves the rest to
 * the next call, of any process. False where something is left to do: another process is at it, or cases failed.
 */
export async function recomputeClocks(deps: RecomputeDeps, options: RecomputeOptions): Promise<boolean> {
  const progress = { examined: 0, moved: 0, failed: 0 }
  const failed: string[] = []
  let isClaimed = false
  try {
    while (!options.signal.aborted && failed.length < FAILED_MAX) {
      const book = deps.law.book()
      const stale = await deps.cases.staleOpen(book.revision, STEP, failed)
      if (stale.length === 0) return failed.length === 0
      if (!(await deps.store.claimSweep(deps.owner, LEASE_MS))) return false
      isClaimed = true
      const fail = (code: string, error: unknown) => {
        failed.push(code)
        options.onFault(code, error)
      }
      const { unmoved, changes } = judge(stale, book, deps.now(), fail)
      await inLanes(inHandfuls(changes), async (handful) => {
        progress.moved += await storeMoves(deps, handful, fail)
      })
      if (unmoved.length > 0) await deps.cases.markJudged(unmoved, book.revision)
      progress.examined += stale.length
      progress.failed = failed.length
      options.onProgress?.({ ...progress })
    }
    return false
  } finally {
    if (isClaimed) await deps.store.endSweep(deps.owner)
  }
}

type Fail = (code: string, error: unknown) => void

function judge(stale: readonly Case[], book: LawBook, now: number, fail: Fail): { unmoved: Case[]; changes: Change[] } {
  const unmoved: Case[] = []
  const changes: Change[] = []
  for (const current of stale) {
    try {
      const change = recompute(current, book, now)
      if (change === null) unmoved.push(current)
      else changes.push(change)
    } catch (error) {
      fail(current.code, error)
    }
  }
  return { unmoved, changes }
}

/** A handful at once, for a commit costs more than what is in it; one by one where one of them is not as it was read. */
async function storeMoves(deps: RecomputeDeps, handful: readonly Change[], fail: Fail): Promise<number> {
  try {
    await deps.cases.storeMoves({ moves: handful, messages: [], mark: null, now: deps.now() })
    return handful.length
  } catch (error) {
    const [only, ...others] = handful
    if (only !== undefined && others.length === 0) {
      // Somebody has changed the case meanwhile: it is led over with the next step.
      if ((error as { code?: unknown }).code !== 'version_conflict') fail(only.next.code, error)
      return 0
    }
  }
  let moved = 0
  for (const change of handful) moved += await storeMoves(deps, [change], fail)
  return moved
}

function inHandfuls<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / HANDFUL) }, (_, index) =>
    items.slice(index * HANDFUL, (index + 1) * HANDFUL),
  )
}

async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: WIDTH }, lane))
}
