import { dayOf } from '../cases/days.ts'
import { modelOn } from '../cases/file-case.ts'
import type { Units } from './case-ports.ts'
import type { FiledDraft } from './turn.ts'

/**
 * The unit that takes in what a citizen sends: the focal unit of the model, unless the unit that the citizen named takes in cases
 * of its own (R7-3, R7-8). What may be a denunciation goes to the focal unit, whoever was named (R2-31).
 */
export function intakeUnitCodeOf(
  draft: Pick<FiledDraft, 'receivedAt' | 'suggestedUnitCode' | 'hints'>,
  units: Pick<Units, 'isActive' | 'hasDirectIntake'>,
  focalUnitCode: (model: '2022' | '2025') => string,
): string {
  const day = dayOf(draft.receivedAt)
  const named = draft.suggestedUnitCode
  const takesIn =
    named !== null &&
    !draft.hints.includes('denunciationSuspected') &&
    units.hasDirectIntake(named) &&
    units.isActive(named, day)
  return takesIn ? named : focalUnitCode(modelOn(day))
}
