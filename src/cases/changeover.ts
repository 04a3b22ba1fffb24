import type { Case } from './case.ts'
import type { Json } from './chain.ts'
import type { Change } from './decision.ts'
import { OPEN_STATES } from './words.ts'

/** Where a unit's part of a case goes: to another unit, nowhere because the unit is still there, or only a person can say. */
export type Succession =
  | { to: string }
  | { stays: true }
  | { undecided: 'severalSuccessors' | 'placeUnknown' | 'noSuccessor' }

/** One part of a case that goes to another unit. */
export type ChangeoverStep = { part: 'intake' | 'lead' | 'coordinating'; from: string; to: string }

export type Changeover =
  | { ok: true; steps: ChangeoverStep[]; change: Change }
  | { ok: false; part: ChangeoverStep['part']; from: string; reason: string }

/**
 * Hands an open case of units that have ended over to those that took over (R7-6): state, clocks and every word stay, and one
 * line of history shows both. Null where no unit of the case has ended. `keepsHandler` says whether the handler is of the unit
 * that leads from now on.
 */
export function changeover(
  current: Case,
  asked: {
    successorOf(unitCode: string): Succession
    isWithin(unitCode: string, ancestorCode: string): boolean
    keepsHandler(leadUnitCode: string): boolean
    /** Whether a person has said where it goes. */
    isDecided: boolean
    now: number
  },
): Changeover | null {
  if (!OPEN_STATES.includes(current.state)) return null
  const steps: ChangeoverStep[] = []
  const parts: [ChangeoverStep['part'], readonly string[]][] = [
    ['intake', [current.intakeUnitCode]],
    ['lead', current.leadUnitCode === null ? [] : [current.leadUnitCode]],
    ['coordinating', current.coordinatingUnitCodes],
  ]
  for (const [part, unitCodes] of parts) {
    for (const from of unitCodes) {
      const next = asked.successorOf(from)
      if ('undecided' in next) return { ok: false, part, from, reason: next.undecided }
      if ('to' in next) steps.push({ part, from, to: next.to })
    }
  }
  if (steps.length === 0) return null

  const to = new Map(steps.map((step) => [step.from, step.to]))
  const after = (unitCode: string) => to.get(unitCode) ?? unitCode
  const leadUnitCode = current.leadUnitCode === null ? null : after(current.leadUnitCode)
  const concernedUnitCodes = withSuccessors(current.concernedUnitCodes, asked.successorOf)
  const lead = steps.find(({ part }) => part === 'lead')
  // R2-31: a suspected denunciation goes to nobody who took over from a unit complained of.
  if (
    lead !== undefined &&
    current.denunciationSuspected &&
    concernedUnitCodes.some((unit) => asked.isWithin(lead.to, unit))
  ) {
    return { ok: false, part: 'lead', from: lead.from, reason: 'unitComplainedOf' }
  }
  const keepsHandler = lead === undefined || asked.keepsHandler(lead.to)
  const next: Case = {
    ...current,
    intakeUnitCode: after(current.intakeUnitCode),
    leadUnitCode,
    coordinatingUnitCodes: [...new Set(current.coordinatingUnitCodes.map(after))].filter(
      (unit) => unit !== leadUnitCode,
    ),
    opinions: current.opinions.map((opinion) =>
      opinion.answeredAt === null ? { ...opinion, unitCode: after(opinion.unitCode) } : opinion,
    ),
    concernedUnitCodes,
    handler: keepsHandler ? current.handler : null,
    version: current.version + 1,
  }
  const data: Record<string, Json> = {
    rule: 'R7-6',
    // R9-10: a change of competence inside the State needs no new consent.
    legalGround: 'competent_agency',
    decidedBy: asked.isDecided ? 'person' : 'rule',
    steps: steps.map((step) => ({ ...step })),
    ...(keepsHandler || current.handler === null ? {} : { handlerBefore: current.handler }),
  }
  const { state } = current
  const entry = { at: asked.now, actor: 'system', act: 'changeover', from: state, to: state, data }
  return { ok: true, steps, change: { next, entry } }
}

/** Whoever took over from a unit complained of is as little told of it as that unit was (R2-30). */
function withSuccessors(unitCodes: readonly string[], successorOf: (unitCode: string) => Succession): string[] {
  const added = unitCodes.flatMap((unitCode) => {
    const next = successorOf(unitCode)
    return 'to' in next ? [next.to] : []
  })
  return [...new Set([...unitCodes, ...added])]
}
