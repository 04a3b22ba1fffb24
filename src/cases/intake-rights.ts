import type { Officer, UnitDirectory } from './case.ts'

/**
 * At which intake an officer works (§7.2 "Enter other-channel PAKN"): `office` the focal unit's, `unit` the one of the own unit
 * where the province lets it take in (R7-8), null at none.
 */
export function intakeOf(officer: Officer, units: UnitDirectory): 'office' | 'unit' | null {
  const has = (...roles: Officer['roles']) => roles.some((role) => officer.roles.includes(role))
  if (units.isOffice(officer.unitCode)) return has('intakeOfficer', 'officeLeader') ? 'office' : null
  return units.hasDirectIntake(officer.unitCode) && has('intakeOfficer', 'agencyCoordinator') ? 'unit' : null
}
