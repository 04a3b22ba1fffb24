import type { Officer, UnitDirectory } from './case.ts'
import { MATRIX } from './matrix.ts'
import { partsOf } from './rights.ts'
import type { Scope } from './transition.ts'

/**
 * At which intake an officer works (§7.2 "Enter other-channel PAKN"): `office` the focal unit's, `unit` the one of the own unit
 * where the province lets it take in (R7-8), null at none.
 */
export function intakeOf(officer: Officer, units: UnitDirectory): 'office' | 'unit' | null {
  const has = (wanted: Scope) =>
    MATRIX.enterCase.some((grant) => {
      const [role, scope] = partsOf(grant)
      return scope === wanted && officer.roles.includes(role)
    })
  if (units.isOffice(officer.unitCode)) return has('office') ? 'office' : null
  return units.hasDirectIntake(officer.unitCode) && has('directIntake') ? 'unit' : null
}
