import type { UnitData } from '../conversation/units.ts'
import type { UnitRecord, Units } from './case-ports.ts'

/** Master data as the rules about cases ask for it; both models side by side, for codes never meet (R0-3). */
export function createUnitDirectory(
  data: Pick<UnitData, 'files'>,
  settings: { hideSender: boolean } = { hideSender: false },
): Units {
  const records = data.files.flatMap((file) =>
    file.units.map(
      (unit): UnitRecord => ({
        code: unit.code,
        name: unit.name,
        shortName: unit.shortName,
        level: unit.level,
        kind: unit.kind,
        parent: unit.parent,
        gsoCode: unit.gsoCode,
        roles: unit.roles,
        succeededBy: unit.succeededBy,
        model: file.model,
        validFrom: unit.validFrom ?? file.validFrom,
        validTo: unit.validTo ?? file.validTo,
        needsConfirmation: unit.certainty === 'general-knowledge',
      }),
    ),
  )
  const byCode = new Map(records.map((record) => [record.code, record]))
  const pathOf = (unitCode: string): UnitRecord[] => {
    const found: UnitRecord[] = []
    // Bounded by the tree itself: a unit that is met twice would be a circle in the data.
    for (let next = byCode.get(unitCode); next !== undefined && !found.includes(next); ) {
      found.push(next)
      next = next.parent === null ? undefined : byCode.get(next.parent)
    }
    return found
  }
  // Asked for many times with every request; master data stand still for as long as this directory.
  const paths = new Map(records.map(({ code }) => [code, pathOf(code)]))
  const path = (unitCode: string): readonly UnitRecord[] => paths.get(unitCode) ?? []
  const within = new Map<string, string[]>()
  for (const [code, above] of paths)
    for (const unit of above) within.set(unit.code, [...(within.get(unit.code) ?? []), code])
  // The focal role is a role in the data and no fixed unit (R0-2); a district routes too, but takes nothing in.
  const isOffice = (unitCode: string) =>
    path(unitCode).some(({ roles }) => roles.includes('intake') && roles.includes('routing'))
  return {
    all: () => records,
    find: (unitCode) => byCode.get(unitCode) ?? null,
    exists: (unitCode) => byCode.has(unitCode),
    isActive(unitCode, day) {
      const unit = byCode.get(unitCode)
      return unit !== undefined && unit.validFrom <= day && (unit.validTo === null || day <= unit.validTo)
    },
    isWithin: (unitCode, ancestorCode) => path(unitCode).some(({ code }) => code === ancestorCode),
    isOffice,
    hasDirectIntake: (unitCode) => byCode.get(unitCode)?.roles.includes('directIntake') ?? false,
    // The Office took the case in and knows the sender anyway.
    hidesSenderFrom: (unitCode) => settings.hideSender && !isOffice(unitCode),
    ancestorsOf: (unitCode) => path(unitCode).map(({ code }) => code),
    codesWithin: (unitCode) => within.get(unitCode) ?? [],
  }
}
