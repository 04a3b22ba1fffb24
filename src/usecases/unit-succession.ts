import type { Case } from '../cases/case.ts'
import type { Succession } from '../cases/changeover.ts'
import type { Day } from '../cases/days.ts'
import type { Unit, UnitData } from '../conversation/unit.ts'
import type { Units } from './case-ports.ts'

/** Bodies of the former model with those that took over, and the body that each field belongs to now. */
export type ChangeoverData = {
  units: Readonly<Record<string, readonly string[]>>
  fields: Readonly<Record<string, string>>
}

/**
 * Where the units of a case go when they have ended (R7-6): a commune to the one that it went into, a body to the one that took
 * over the matter, a district to the commune in which the matter lies. What the data do not settle is a person's to say.
 */
export function createUnitSuccession(data: Pick<UnitData, 'files'>, bodies: ChangeoverData, units: Units, today: Day) {
  const all = new Map(data.files.flatMap(({ units: ofModel }) => ofModel.map((unit) => [unit.code, unit] as const)))
  const active = (code: string) => units.isActive(code, today)

  return (current: Case, decided: string | null) =>
    (unitCode: string): Succession => {
      if (active(unitCode)) return { stays: true }
      // A person decides who leads, and settles what else is open.
      if (decided !== null && unitCode === current.leadUnitCode) return { to: decided }
      const next = byData(current, unitCode)
      return decided !== null && 'undecided' in next ? { to: decided } : next
    }

  function byData(current: Case, unitCode: string): Succession {
    const unit = all.get(unitCode)
    if (unit === undefined) return { undecided: 'noSuccessor' }
    const named = (unit.succeededBy.length > 0 ? unit.succeededBy : (bodies.units[unitCode] ?? [])).filter(active)
    const [only] = named
    if (only !== undefined && named.length === 1) return { to: only }
    if (named.length > 1) {
      const byField = current.field === null ? undefined : bodies.fields[current.field]
      return byField !== undefined && named.includes(byField) ? { to: byField } : { undecided: 'severalSuccessors' }
    }
    if (unit.level !== 'district') return { undecided: 'noSuccessor' }
    const commune = communeOf(unit, current)
    return commune === null ? { undecided: 'placeUnknown' } : { to: commune }
  }

  /** The commune of today in which the matter of a district's case lies: by the unit that was named, else by the address. */
  function communeOf(district: Unit, current: Case): string | null {
    const named = current.suggestedUnitCode === null ? undefined : all.get(current.suggestedUnitCode)
    const lived = [...all.values()].find(
      (unit) =>
        unit.level === 'commune' &&
        unit.gsoCode === current.address.communeCode &&
        unit.model === current.address.model,
    )
    for (const place of [named, lived]) {
      if (place === undefined || place.level !== 'commune') continue
      const isInside =
        place.parent === district.code ||
        (place.validTo === null && district.areaName !== null && place.formerDistricts.includes(district.areaName))
      if (!isInside) continue
      const next = active(place.code) ? [place.code] : place.succeededBy.filter(active)
      const [only] = next
      if (only !== undefined && next.length === 1) return only
    }
    return null
  }
}
