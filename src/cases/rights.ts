import type { Actor, Case, Officer, Role, UnitDirectory } from './case.ts'
import { MATRIX, type Right } from './matrix.ts'
import type { Grant, Scope } from './transition.ts'

/** What somebody who may know of a case sees of it (§7.2). */
export type Sight = {
  /** The words of the sender and of the file; `masked` without personal data in them. */
  text: 'full' | 'masked' | 'none'
  /** Name, telephone, e-mail and address as they are; else masked (R9-17). */
  sender: boolean
  files: boolean
  /** The data of the lines of the history; `withoutSender` leaves out what tells who the sender is. */
  historyData: 'all' | 'withoutSender' | 'none'
}

/** How much of a case somebody may read, in one word: everything, something, or not even that it is there. */
export type View = 'full' | 'masked' | 'none'

const SCOPES: Record<Scope, (officer: Officer, current: Case, units: UnitDirectory) => boolean> = {
  office: (officer, _current, units) => units.isOffice(officer.unitCode),
  ownOffice: (officer, current, units) =>
    units.isOffice(officer.unitCode) && current.leadUnitCode !== null && units.isOffice(current.leadUnitCode),
  directIntake: (officer, current, units) =>
    current.intakeUnitCode === officer.unitCode &&
    !units.isOffice(officer.unitCode) &&
    units.hasDirectIntake(officer.unitCode),
  lead: (officer, current, units) =>
    current.leadUnitCode !== null && units.isWithin(current.leadUnitCode, officer.unitCode),
  coordinating: (officer, current, units) =>
    current.coordinatingUnitCodes.some((unitCode) => units.isWithin(unitCode, officer.unitCode)),
  // Whoever has left the unit is not its handler any more, also while the case still bears the name (R7-12).
  assigned: (officer, current, units) =>
    current.handler === officer.login &&
    current.leadUnitCode !== null &&
    units.isWithin(officer.unitCode, current.leadUnitCode),
  tookIn: (officer, current, units) => units.isOffice(officer.unitCode) && current.intakeOfficer === officer.login,
  all: () => true,
  unit: () => false,
}

/** The grants of a list that this actor has on this case. */
export function grantsHeld(
  grants: readonly Grant[],
  actor: Actor,
  current: Case,
  units: UnitDirectory,
): readonly Grant[] {
  if (actor.type === 'system') return []
  if (actor.type === 'citizen') return isOwner(actor, current) ? grants.filter((grant) => grant === 'citizen') : []
  return grants.filter((grant) => {
    if (grant === 'citizen') return false
    const [role, scope] = partsOf(grant)
    return actor.roles.includes(role) && SCOPES[scope](actor, current, units)
  })
}

/** A right that concerns no single case: whether the person has it, and over which units. Null for a person without it. */
export function rightOver(right: Right, officer: Officer, units: UnitDirectory): 'all' | { unitCode: string } | null {
  const scopes = MATRIX[right].flatMap((grant) => {
    const [role, scope] = partsOf(grant)
    return officer.roles.includes(role) ? [scope] : []
  })
  if (scopes.includes('all') || (scopes.includes('office') && units.isOffice(officer.unitCode))) return 'all'
  return scopes.includes('unit') ? { unitCode: officer.unitCode } : null
}

const EVERYTHING: Sight = { text: 'full', sender: true, files: true, historyData: 'all' }

/** What this actor sees of this case; null where they may not even know of it. An administrator sees none (R7-10). */
export function sightOf(current: Case, actor: Actor, units: UnitDirectory): Sight | null {
  if (actor.type === 'system') return EVERYTHING
  if (actor.type === 'citizen') return isOwner(actor, current) ? EVERYTHING : null
  const reader = current.denunciationSuspected ? readerOfDenunciation(current, actor, units) : actor
  const has = (right: Right) => grantsHeld(MATRIX[right], reader, current, units).length > 0
  if (!has('know')) return null
  const isHidden = current.leadUnitCode !== null && units.hidesSenderFrom(current.leadUnitCode)
  const sender = has('readSender') || (has('readSenderAsUnit') && !isHidden)
  return {
    text: has('readText') ? 'full' : has('readMaskedText') ? 'masked' : 'none',
    sender,
    files: has('openFiles'),
    historyData: has('readHistoryData') ? (sender ? 'all' : 'withoutSender') : 'none',
  }
}

/** The same in one word. */
export function view(current: Case, actor: Actor, units: UnitDirectory): View {
  const sight = sightOf(current, actor, units)
  return sight === null ? 'none' : viewOf(sight)
}

export function viewOf({ text, sender }: Sight): Exclude<View, 'none'> {
  return text === 'full' && sender ? 'full' : 'masked'
}

/** Whether this actor may take the whole case away, as much of it as they may read; the owner has an own copy. */
export function mayExport(current: Case, actor: Actor, units: UnitDirectory): boolean {
  if (sightOf(current, actor, units) === null) return false
  return actor.type !== 'officer' || grantsHeld(MATRIX.exportCase, actor, current, units).length > 0
}

/** Whether this actor may see what is hidden from them after giving a reason that is logged (R7-11). */
export function mayReveal(current: Case, actor: Actor, units: UnitDirectory): boolean {
  const sight = sightOf(current, actor, units)
  if (sight === null) return false
  if (sight.sender || actor.type !== 'officer') return true
  const reader = current.denunciationSuspected ? readerOfDenunciation(current, actor, units) : actor
  return grantsHeld(MATRIX.reveal, reader, current, units).length > 0
}

/** R2-30: only those roles count that may know of a suspected denunciation, and none in a unit complained of. */
function readerOfDenunciation(current: Case, officer: Officer, units: UnitDirectory): Officer {
  const isComplainedOf = current.concernedUnitCodes.some((unitCode) => units.isWithin(officer.unitCode, unitCode))
  const held = isComplainedOf ? [] : grantsHeld(MATRIX.knowDenunciation, officer, current, units)
  return { ...officer, roles: held.map((grant) => partsOf(grant)[0]) }
}

/** The role and the scope of a grant to officers. */
export function partsOf(grant: Grant): readonly [Role, Scope] {
  const known = PARTS.get(grant)
  if (known !== undefined) return known
  const parts = grant.split(':') as [Role, Scope]
  PARTS.set(grant, parts)
  return parts
}

/** There are only a few dozen grants, and a case is judged by all of them many times. */
const PARTS = new Map<Grant, readonly [Role, Scope]>()

function isOwner(actor: { citizenKey: string }, current: Case): boolean {
  return current.citizenKey !== null && current.citizenKey === actor.citizenKey
}
