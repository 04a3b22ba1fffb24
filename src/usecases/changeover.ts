import type { Case } from '../cases/case.ts'
import { type Changeover, type ChangeoverStep, changeover, type Succession } from '../cases/changeover.ts'
import type { CaseStore, Officers, Units } from './case-ports.ts'

export type ChangeoverDeps = {
  cases: Pick<CaseStore, 'find' | 'storeMoves'> & {
    /** Codes of open cases in which one of these units has a part, as they are when it begins. */
    openCodesOfUnits(unitCodes: readonly string[]): AsyncIterable<string>
  }
  units: Units
  officers: Officers
  successionFor(current: Case, decided: string | null): (unitCode: string) => Succession
  now(): number
}

/** What became, or would become, of one case. */
export type ChangedOver =
  | { code: string; outcome: 'moved'; steps: ChangeoverStep[] }
  | { code: string; outcome: 'undecided'; part: string; from: string; reason: string }

const TRIES_MAX = 20

/**
 * Hands every open case of ended units over (R7-6), each in its own transaction. A case that has been handed over has no ended
 * unit any more, so that a run that was cut off is simply run again: nothing happens twice. `isDry` changes nothing.
 */
export async function* runChangeover(
  deps: ChangeoverDeps,
  asked: { endedUnitCodes: readonly string[]; decisions: ReadonlyMap<string, string>; isDry: boolean },
): AsyncGenerator<ChangedOver> {
  for await (const code of deps.cases.openCodesOfUnits(asked.endedUnitCodes)) {
    const done = await handOver(deps, code, asked.decisions.get(code) ?? null, asked.isDry)
    if (done !== null) yield done
  }
}

async function handOver(
  deps: ChangeoverDeps,
  code: string,
  decided: string | null,
  isDry: boolean,
): Promise<ChangedOver | null> {
  for (let attempt = 1; ; attempt++) {
    const current = await deps.cases.find(code)
    const next = current === null ? null : await decide(deps, current, decided)
    if (next === null) return null
    if (!next.ok) return { code, outcome: 'undecided', part: next.part, from: next.from, reason: next.reason }
    if (isDry) return { code, outcome: 'moved', steps: next.steps }
    try {
      const move = { ...next.change, sameDueDay: true as const }
      await deps.cases.storeMoves({ moves: [move], messages: [], mark: null, now: deps.now() })
      return { code, outcome: 'moved', steps: next.steps }
    } catch (error) {
      // Somebody acted on it at the same moment: it is looked at anew.
      if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === TRIES_MAX) throw error
    }
  }
}

async function decide(deps: ChangeoverDeps, current: Case, decided: string | null): Promise<Changeover | null> {
  const handler = current.handler === null ? null : await deps.officers.find(current.handler)
  return changeover(current, {
    successorOf: deps.successionFor(current, decided),
    isWithin: deps.units.isWithin,
    keepsHandler: (leadUnitCode) => handler !== null && deps.units.isWithin(handler.unitCode, leadUnitCode),
    isDecided: decided !== null,
    now: deps.now(),
  })
}
