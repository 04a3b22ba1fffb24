import type { Address, Model } from '../../cases/case.ts'
import type { OtherChannelInput } from '../../cases/other-channel.ts'
import { formatAddress, type Places } from '../../conversation/address.ts'
import type { Unit, Units } from '../../conversation/units.ts'
import { atFault, type FieldReading, read, warning } from './field-reading.ts'

export type AddressDeps = { places: Record<Model, Places>; units: Units }

type Structured = Exclude<OtherChannelInput['address'], string>

/**
 * The sender's address under the model of the day of receipt (R3-4): free text through the reader of the chat, or codes. Where
 * no commune can be found, `{ communeCode: null, text }` keeps the words, for a vague address is a reason to refuse and none
 * not to take in.
 */
export function readSenderAddress(
  input: OtherChannelInput['address'],
  model: Model,
  deps: AddressDeps,
): FieldReading<Address> {
  return typeof input === 'string' ? readText(input, model, deps) : readCodes(input, model, deps)
}

function readText(text: string, model: Model, { places }: AddressDeps): FieldReading<Address> {
  const reading = places[model].readAddress(text)
  switch (reading.kind) {
    case 'ok':
      return read(plain(reading.address))
    case 'confirm':
      return read(plain(reading.address), warning('address', 'addressGuessed'))
    case 'choose': {
      const choices = reading.candidates.map(({ label, address }) => `${label} (${address.communeCode})`).join('; ')
      return atFault('address', 'address.ambiguous', { choices })
    }
    case 'outside':
      return read(asWritten(model, reading.provinceCode, text), warning('address', 'addressOutside'))
    case 'foreign':
      return read(asWritten(model, null, text), warning('address', 'addressOutside'))
    case 'incomplete':
      return atFault('address', 'address.incomplete')
    case 'unknown':
      return atFault('address', 'address.unknown')
  }
}

function readCodes(input: Structured, model: Model, deps: AddressDeps): FieldReading<Address> {
  const { units } = deps
  if (input.model !== undefined && input.model !== model)
    return atFault('address.model', 'address.otherModel', { model })
  const home = units.provinceUnit(model).gsoCode
  const provinceCode = input.provinceCode ?? null
  const isKnown = provinceCode === null || provinceCode === home || provinceCodes(units).has(provinceCode)
  if (!isKnown) return atFault('address.provinceCode', 'address.unknownProvince')
  const text = input.text ?? ''
  const communeCode = input.communeCode ?? null
  const isHere = provinceCode === null || provinceCode === home
  if (communeCode === null || !isHere) {
    const written = [input.detail ?? '', text].find((part) => part !== '')
    if (written === undefined) return atFault('address.text', 'required')
    const kept = { ...asWritten(model, provinceCode, text === '' ? written : text), detail: input.detail ?? '' }
    return isHere ? read(kept, warning('address', 'addressKept')) : read(kept)
  }
  const commune = units.ofModel(model).find((unit) => unit.level === 'commune' && unit.gsoCode === communeCode)
  if (commune === undefined) return atFault('address.communeCode', 'address.unknownCommune', { model })
  const district = districtOf(commune, units)
  if (input.districtCode != null && input.districtCode !== district?.gsoCode) {
    return atFault('address.districtCode', 'address.otherDistrict')
  }
  const areas = [commune, ...(district === null ? [] : [district]), units.provinceUnit(model)]
  const detail = input.detail ?? ''
  return read({
    model,
    provinceCode: home,
    districtCode: district?.gsoCode ?? null,
    communeCode,
    detail,
    text: text === '' ? formatAddress({ detail, areaNames: areas.map((area) => area.areaName ?? area.name) }) : text,
  })
}

function districtOf(commune: Unit, units: Units): Unit | null {
  const parent = commune.parent === null ? undefined : units.byCode(commune.parent)
  return parent?.level === 'district' ? parent : null
}

function provinceCodes(units: Units): Set<string> {
  return new Set(
    units.provinces.flatMap(({ code, formerProvinces }) => [code, ...formerProvinces.map((one) => one.code)]),
  )
}

function asWritten(model: Model, provinceCode: string | null, text: string): Address {
  return { model, provinceCode, districtCode: null, communeCode: null, detail: '', text }
}

function plain({ areaNames: _names, ...address }: Address & { areaNames: readonly string[] }): Address {
  return address
}
