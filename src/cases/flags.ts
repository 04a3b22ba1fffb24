import type { Calendar } from './calendar.ts'
import { type Case, isEscalated } from './case.ts'
import { type Clocks, isPast } from './clocks.ts'
import { type Day, dayOf } from './days.ts'
import type { RuleSet } from './rule-set.ts'
import { OPEN_STATES } from './words.ts'

/** Overlays of a case (§4.1): not states, and never stored where time can change them. */
export type Flag =
  | 'overdue'
  | 'dueSoon'
  | 'escalated'
  | 'agencyConflict'
  | 'coordinating'
  | 'denunciationSuspected'
  | 'reopenedRound'

/** The day that whoever has the case now must keep: B or C at the intake, C at the unit, P at publication. Null when nobody must. */
export function dueDayOf(current: Case, clocks: Clocks): Day | null {
  switch (current.state) {
    case 'PENDING_INTAKE':
      return clocks.answerBy !== null && clocks.answerBy < clocks.forwardBy ? clocks.answerBy : clocks.forwardBy
    case 'FORWARDED':
    case 'PROCESSING':
    case 'RETURNED_TO_INTAKE':
    case 'RETURNED_TO_AGENCY':
      return clocks.answerBy
    case 'PENDING_PUBLICATION':
      return clocks.publishBy
    default:
      return null
  }
}

/** The days that are stored beside a case for its lists; the truth is always computed (R4-C2). */
export type ListDays = {
  answerBy: Day | null
  dueBy: Day | null /** A due day lies in a year that is not finally known (R10-11). */
  provisional: boolean
}

export function listDaysOf(current: Case, clocks: Clocks): ListDays {
  return { answerBy: clocks.answerBy, dueBy: dueDayOf(current, clocks), provisional: clocks.provisional }
}

/** The flags of a case at this moment. */
export function flagsOf(
  current: Case,
  clocks: Clocks,
  context: { now: number; calendar: Calendar; ruleSet: RuleSet },
): Flag[] {
  const { now, calendar, ruleSet } = context
  const due = dueDayOf(current, clocks)
  const isOverdue = isPast(due, now)
  const isOpen = OPEN_STATES.includes(current.state)
  const isDueSoon = due !== null && !isOverdue && calendar.workingDays(dayOf(now), due) <= ruleSet.workingDays.dueSoon
  const isConflict = current.escalation?.reasonCode === 'agency_conflict' && current.escalation.decision === null
  const flags: [Flag, boolean][] = [
    ['overdue', isOverdue],
    ['dueSoon', isDueSoon],
    ['escalated', isOpen && isEscalated(current)],
    ['agencyConflict', isOpen && isConflict],
    ['coordinating', isOpen && current.coordinatingUnitCodes.length > 0],
    ['denunciationSuspected', current.denunciationSuspected],
    ['reopenedRound', current.round > 0],
  ]
  return flags.filter(([, isSet]) => isSet).map(([flag]) => flag)
}
