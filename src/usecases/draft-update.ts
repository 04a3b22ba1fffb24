import type { Case, Officer } from '../cases/case.ts'
import { nextUpdateAfter, updateOwedOn } from '../cases/clock-acts.ts'
import { type Day, dayOf } from '../cases/days.ts'
import { clocksOf } from '../cases/decision.ts'
import { permit } from '../cases/permit.ts'
import { view } from '../cases/rights.ts'
import { scopeOf } from './case-scope.ts'
import { contextFor, type MoveCaseDeps } from './move-case.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** Words for the citizen that a unit may edit or confirm; `by` is the update day (U), null while the answer is not late. */
export type UpdateDraft = { by: Day | null; text: string }

/** The draft of a progress update, for whoever may write one now. */
export async function draftUpdate(
  deps: Pick<MoveCaseDeps, 'cases' | 'units' | 'law' | 'officers' | 'attachments'> & {
    describeWork(current: Case): string
  },
  officer: Officer,
  code: string,
  now: number,
): Promise<UpdateDraft> {
  requireScope(officer, 'read')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  if (current === null || view(current, officer, deps.units) === 'none') throw new RefusedError('not_found')
  const context = await contextFor(deps, current, null, now)
  const permitted = permit(current, 'progressUpdate', officer, context)
  if (!permitted.ok) throw new RefusedError(permitted.code === 'illegal_act' ? 'illegal_act' : 'forbidden')
  const clocks = clocksOf(current, context)
  const today = dayOf(now)
  const by = updateOwedOn(today, current, clocks) ?? nextUpdateAfter(today, current, clocks)
  return { by, text: deps.describeWork(current) }
}
