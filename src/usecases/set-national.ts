import { z } from 'zod'
import type { Case, Officer } from '../cases/case.ts'
import { normaliseNationalCode } from '../cases/code.ts'
import { faultsOf } from '../cases/faults.ts'
import type { HistoryEntryDraft } from '../cases/history.ts'
import { MATRIX } from '../cases/matrix.ts'
import { grantsHeld } from '../cases/rights.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import type { IdempotencyMark } from './idempotency.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

export type NationalDeps = { cases: Pick<CaseStore, 'find' | 'findNational' | 'storeMoves'>; units: Units }

/** What the national system says of a case: its code there, and its state in the words of that system (R3-15, §4.1). */
export const nationalSchema = z
  .strictObject({
    nationalCode: z.string().min(1).max(200).nullable().optional().meta({ example: 'PAKN.20261124.0317' }),
    nationalState: z
      .string()
      .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
      .max(200)
      .nullable()
      .optional()
      .meta({ description: 'Free text; it moves no state of ours', example: 'Xử lý ở địa phương' }),
  })
  .meta({ description: 'A field that is left out stays as it is; null takes it away' })

type Wanted = Pick<Case, 'nationalCode' | 'nationalState'>

/** The case, for an officer who enters into the national system; 404 and 403 before anything else is judged. */
export async function findForNational(deps: NationalDeps, officer: Officer, code: string): Promise<Case> {
  requireScope(officer, 'write')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  if (current === null) throw new RefusedError('not_found')
  if (grantsHeld(MATRIX.intake, officer, current, deps.units).length === 0) throw new RefusedError('forbidden')
  return current
}

/** Keeps what the national system says, with a line of history. Saying the same again changes nothing. */
export async function setNational(
  deps: NationalDeps,
  officer: Officer,
  code: string,
  request: { input: unknown; version: number | readonly number[] | null; mark: IdempotencyMark | null },
  now: number,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const current = await findForNational(deps, officer, code)
    const read = typeof request.version === 'number' ? [request.version] : request.version
    if (read !== null && !read.includes(current.version)) throw new RefusedError('version_conflict')
    const wanted = await readNational(deps, request.input, current)
    const isSame = wanted.nationalCode === current.nationalCode && wanted.nationalState === current.nationalState
    if (isSame) return
    const next: Case = { ...current, ...wanted, version: current.version + 1 }
    try {
      const moves = [{ next, entry: entryOf(current, next, officer, now) }]
      return await deps.cases.storeMoves({ moves, messages: [], mark: request.mark, now })
    } catch (error) {
      // The case moved on, or another one was given the code in this moment: both are seen at the next look.
      if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === attemptsMax) throw error
    }
  }
}

const attemptsMax = 5

async function readNational(deps: NationalDeps, input: unknown, current: Case): Promise<Wanted> {
  const parsed = nationalSchema.safeParse(input)
  if (!parsed.success) throw new RefusedError('invalid_fields', faultsOf(parsed.error, input))
  const { nationalCode: typed, nationalState: state } = parsed.data
  if (typed === undefined && state === undefined) throw refused('nationalCode', 'required')
  const nationalState = state === undefined ? current.nationalState : state === '' ? null : state
  if (typed === undefined || typed === null) {
    return { nationalCode: typed === undefined ? current.nationalCode : null, nationalState }
  }
  const nationalCode = normaliseNationalCode(typed)
  if (nationalCode === null) throw refused('nationalCode', 'notANationalCode')
  const other = await deps.cases.findNational(nationalCode)
  if (other !== null && other.code !== current.code) throw refused('nationalCode', 'nationalCodeTaken')
  return { nationalCode, nationalState }
}

function refused(path: string, key: string): RefusedError {
  return new RefusedError('invalid_fields', [{ path, key: `fault.${key}`, params: {} }])
}

function entryOf(before: Case, next: Case, officer: Officer, now: number): HistoryEntryDraft {
  const { nationalCode, nationalState, state } = next
  const data = {
    nationalCode,
    nationalState,
    nationalCodeBefore: before.nationalCode,
    nationalStateBefore: before.nationalState,
    actorUnitCode: officer.unitCode,
  }
  return { at: now, actor: officer.login, act: 'syncNational', from: state, to: state, data }
}
