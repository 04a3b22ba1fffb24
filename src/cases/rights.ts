import type { Actor, Case, Officer, Role, UnitDirectory } from './case.ts'
import type { Grant, Scope } from './transition.ts'

/** How much of a case somebody may read: `masked` hides contact data, `none` means one may not even know of it (§7.2). */
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
  assigned: (officer, current) => current.handler === officer.login,
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
    const [role, scope] = grant.split(':') as [Role, Scope]
    return actor.roles.includes(role) && SCOPES[scope](actor, current, units)
  })
}

/** Who may read a case, as rows of §7.2 "See case" and "See phone, address". The widest of a person's roles counts. */
const VIEWS: readonly { view: View; grants: readonly Grant[]; roles?: readonly Role[] }[] = [
  {
    view: 'full',
    grants: [
      'intakeOfficer:office',
      'officeLeader:office',
      'intakeOfficer:directIntake',
      'agencyCoordinator:directIntake',
      'agencyCoordinator:lead',
      'agencyLeader:lead',
      'handler:assigned',
    ],
  },
  {
    view: 'masked',
    grants: ['publisher:office', 'agencyCoordinator:coordinating', 'agencyLeader:coordinating'],
    // The auditor reads everything masked; the data protection officer reveals with a reason, which is logged (R7-11).
    roles: ['auditor', 'dataProtectionOfficer'],
  },
]

/** How much this actor may read of this case. An administrator reads none (R7-10). */
export function view(current: Case, actor: Actor, units: UnitDirectory): View {
  if (actor.type === 'system') return 'full'
  if (actor.type === 'citizen') return isOwner(actor, current) ? 'full' : 'none'
  if (current.denunciationSuspected) return viewOfDenunciation(current, actor, units)
  for (const row of VIEWS) {
    if (row.roles?.some((role) => actor.roles.includes(role))) return row.view
    if (grantsHeld(row.grants, actor, current, units).length > 0) return row.view
  }
  return 'none'
}

/** §7.2 "Export, print one case"; the owner has an own copy. */
const EXPORTERS: readonly Grant[] = [
  'citizen',
  'intakeOfficer:office',
  'officeLeader:office',
  'publisher:office',
  'intakeOfficer:directIntake',
  'agencyCoordinator:directIntake',
  'agencyCoordinator:lead',
  'agencyLeader:lead',
  'handler:assigned',
]

/** Whether this actor may take the whole case away, as much of it as they may read. */
export function mayExport(current: Case, actor: Actor, units: UnitDirectory): boolean {
  if (view(current, actor, units) === 'none') return false
  if (actor.type === 'officer' && actor.roles.some((role) => role === 'auditor' || role === 'dataProtectionOfficer')) {
    return true
  }
  return grantsHeld(EXPORTERS, actor, current, units).length > 0
}

/** Whether this actor may see contact data unmasked after giving a reason that is logged (R7-11). */
export function mayReveal(current: Case, actor: Actor, units: UnitDirectory): boolean {
  const seen = view(current, actor, units)
  if (seen === 'full') return true
  return seen === 'masked' && actor.type === 'officer' && actor.roles.includes('dataProtectionOfficer')
}

/** R2-30: the Office's leader, the assigned intake officer and the data protection officer; nobody of a unit complained of. */
function viewOfDenunciation(current: Case, officer: Officer, units: UnitDirectory): View {
  if (current.concernedUnitCodes.some((unitCode) => units.isWithin(officer.unitCode, unitCode))) return 'none'
  const isOffice = units.isOffice(officer.unitCode)
  if (isOffice && officer.roles.includes('officeLeader')) return 'full'
  if (isOffice && officer.roles.includes('intakeOfficer') && current.intakeOfficer === officer.login) return 'full'
  return officer.roles.includes('dataProtectionOfficer') ? 'masked' : 'none'
}

function isOwner(actor: { citizenKey: string }, current: Case): boolean {
  return current.citizenKey !== null && current.citizenKey === actor.citizenKey
}
