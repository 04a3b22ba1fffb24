import type { Places } from './address.ts'
import { createGazetteer } from './place-areas.ts'
import { createAddressReader } from './place-reading.ts'
import { lowerLevel } from './place-words.ts'
import type { Model, Unit, Units } from './unit.ts'

export type { Address, AddressCandidate, AddressReading, Conversion, Places } from './address.ts'

/** Addresses of one administrative model; the index is built here, once. */
export function createPlaces(units: Units, options: { model: Model }): Places {
  const { model } = options
  const province = units.provinceUnit(model)
  const communeByCode = new Map(
    units
      .ofModel(model)
      .filter((unit) => unit.level === 'commune')
      .map((unit) => [unit.gsoCode, unit]),
  )
  const areaName = (unit: Unit) => lowerLevel(unit.areaName ?? unit.name)
  const reader = createAddressReader({ gazetteer: createGazetteer(units, model), units, model })
  return {
    readAddress: reader.readAddress,
    formatAddress(address) {
      const commune = communeByCode.get(address.communeCode)
      const parent = commune?.parent == null ? undefined : units.byCode(commune.parent)
      const parts = [
        address.detail,
        commune === undefined ? '' : areaName(commune),
        parent?.level === 'district' ? areaName(parent) : '',
        areaName(province),
      ]
      return parts.filter((part) => part !== '').join(', ')
    },
  }
}
