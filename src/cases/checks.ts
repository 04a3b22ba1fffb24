import type { Case, CaseAttachment } from './case.ts'
import type { Step } from './decision.ts'
import { type Fault, fault } from './faults.ts'

/** Checks of fields against master data, the calendar and the case; each answers with the faults it found. */

export function unknownUnits(path: string, unitCodes: readonly string[], { context, today }: Step): Fault[] {
  return unitCodes.flatMap((unitCode, position) =>
    context.units.isActive(unitCode, today)
      ? []
      : [fault(unitCodes.length > 1 ? `${path}.${position}` : path, 'unknownUnit')],
  )
}

/** R2-31: a suspected denunciation never goes to a unit complained of, nor to one below it. */
export function unitsComplainedOf(
  path: string,
  unitCodes: readonly string[],
  current: Case,
  { context }: Step,
): Fault[] {
  if (!current.denunciationSuspected) return []
  const isConcerned = (unitCode: string) =>
    current.concernedUnitCodes.some((concerned) => context.units.isWithin(unitCode, concerned))
  return unitCodes.some(isConcerned) ? [fault(path, 'unitComplainedOf')] : []
}

/** A handler is an officer of the unit who may write answers there. */
export function unfitHandler(login: string, unitCode: string | null, { context }: Step): Fault[] {
  const officer = context.findOfficer(login)
  if (officer === null) return [fault('handler', 'unknownOfficer')]
  if (unitCode === null || !context.units.isWithin(officer.unitCode, unitCode))
    return [fault('handler', 'officerOfOtherUnit')]
  const mayWrite = officer.roles.some(
    (role) => role === 'handler' || role === 'agencyCoordinator' || role === 'agencyLeader' || role === 'intakeOfficer',
  )
  return mayWrite ? [] : [fault('handler', 'officerWithoutRole')]
}

export function notBeforeToday(path: string, day: string, { today }: Step): Fault[] {
  return day < today ? [fault(path, 'inPast')] : []
}

export function notAfterToday(path: string, day: string, { today }: Step): Fault[] {
  return day > today ? [fault(path, 'inFuture')] : []
}

export function unknownAttachments(ids: readonly string[] | undefined, known: readonly CaseAttachment[]): Fault[] {
  return (ids ?? []).flatMap((id, position) =>
    known.some((attachment) => attachment.id === id) ? [] : [fault(`attachmentIds.${position}`, 'unknownAttachment')],
  )
}

/** The named files, in the order in which they were named, each once. */
export function pickAttachments(
  ids: readonly string[] | undefined,
  known: readonly CaseAttachment[],
): CaseAttachment[] {
  return [...new Set(ids ?? [])].flatMap((id) => known.find((attachment) => attachment.id === id) ?? [])
}

/** Every file that belongs to a case, each once: the sender's, what was added later, those of answers early and late. */
export function attachmentsOf(current: Case): CaseAttachment[] {
  const all = [
    ...current.attachments,
    ...current.supplements.flatMap((supplement) => supplement.attachments),
    ...(current.pendingApproval?.attachments ?? []),
    ...[...current.answerHistory, current.answer].flatMap((answer) => answer?.attachments ?? []),
    ...[...current.publicationHistory, current.publication].flatMap((publication) => publication?.attachments ?? []),
    ...[...current.disagreements, current.disagreement].flatMap((disagreement) => disagreement?.attachments ?? []),
  ]
  return [...new Map(all.map((attachment) => [attachment.id, attachment])).values()]
}
