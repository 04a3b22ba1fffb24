import type { Officer } from '../cases/case.ts'
import { MATRIX } from '../cases/matrix.ts'
import { partsOf } from '../cases/rights.ts'
import type { CaseScope, Units } from './case-ports.ts'

/** What everybody may know of: every case but suspected denunciations (R2-30). */
export const PUBLIC_SCOPE: CaseScope = { ordinary: 'all', denunciations: null }

/**
 * Exactly the cases that this officer may know of (§7.2), as the database can be asked for them. A case that is outside is not
 * read at all, so that looking for it takes what looking for none takes, and no count or list can tell of it.
 */
export function scopeOf(officer: Officer, units: Units): CaseScope {
  const { unitCode, login } = officer
  const scopesIn = (right: 'know' | 'knowDenunciation') =>
    MATRIX[right].flatMap((grant) => {
      const [role, scope] = partsOf(grant)
      return officer.roles.includes(role) ? [{ role, scope }] : []
    })
  const isOffice = units.isOffice(unitCode)
  const known = scopesIn('know').map(({ scope }) => scope)
  const within = units.codesWithin(unitCode)
  const everything = known.includes('all') || (known.includes('office') && isOffice)
  const ordinary: CaseScope['ordinary'] = everything
    ? 'all'
    : {
        leadUnitCodes: known.includes('lead') ? within : [],
        coordinatingUnitCodes: known.includes('coordinating') ? within : [],
        handler: known.includes('assigned') ? { login, leadUnitCodes: units.ancestorsOf(unitCode) } : null,
        intakeUnitCodes:
          known.includes('directIntake') && !isOffice && units.hasDirectIntake(unitCode) ? [unitCode] : [],
      }

  const secret = scopesIn('knowDenunciation')
  const seesAll = secret.some(({ scope }) => scope === 'all' || (scope === 'office' && isOffice))
  const seesOwn = secret.some(({ scope }) => scope === 'tookIn') && isOffice
  const denunciations: CaseScope['denunciations'] =
    seesAll || seesOwn ? { intakeOfficer: seesAll ? null : login, notAgainst: units.ancestorsOf(unitCode) } : null
  return { ordinary, denunciations }
}
