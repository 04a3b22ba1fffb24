import { createKeyIndex, type KeyIndex, keyOf, splitLevel } from './place-words.ts'
import type { Model, Unit, Units } from './unit.ts'

/** Something a name in an address can mean. */
export type Area = {
  type: 'commune' | 'district' | 'home' | 'elsewhere' | 'country'
  /** With its level word in front: "Thị trấn Sa Thầy". */
  name: string
  /** All spellings, without level word; they decide how well typed marks agree. */
  spellings: readonly string[]
  kind: string
  /** The communes it stands for today; more than one for districts and divided communes. */
  targets: readonly Unit[]
  /** The area is gone: an address there is converted to a target. */
  isFormer: boolean
  /** Keys of districts it lies or lay in. */
  districts: readonly string[]
  /** Where it lay, for showing: "Huyện Đắk Hà". */
  districtName: string | null
  province: { code: string; name: string } | null
}

export type Gazetteer = { index: KeyIndex<Area>; ofDistrict: (key: string) => Area | undefined }

/** Everything an address of this model can name, once built and then only looked up. */
export function createGazetteer(units: Units, model: Model): Gazetteer {
  const communes = units.ofModel(model).filter((unit) => unit.level === 'commune')
  const districts = model === '2022' ? districtsOfTree(units, communes) : districtsBefore(units, communes)
  const areas: Area[] = [
    ...communes.map((unit) => currentCommune(units, unit)),
    ...(model === '2022' ? [] : formerCommunes(units, communes)),
    ...districts,
    ...provinces(units, model),
    ...countries(units),
  ]
  const index = createKeyIndex(areas.flatMap((area) => area.spellings.map((name) => [keyOf(name), area] as const)))
  const byDistrict = new Map(districts.flatMap((area) => area.spellings.map((name) => [keyOf(name), area] as const)))
  return { index, ofDistrict: (key) => byDistrict.get(key) }
}

/** Spellings of a unit without level words. */
function spellingsOf(unit: Unit): string[] {
  const names = [unit.areaName ?? unit.name, unit.shortName, ...unit.aliases].map((name) => splitLevel(name).bare)
  const level = unit.kind.replaceAll('_', '')
  const keys = new Set(names.map(keyOf))
  // An unmarked alias with its level word ("Xa Dak Cam") says nothing that the bare one does not.
  const repeats = (name: string) => keyOf(name).startsWith(level) && keys.has(keyOf(name).slice(level.length))
  return [...new Set(names.filter((name) => !repeats(name)))]
}

function currentCommune(units: Units, unit: Unit): Area {
  const parent = unit.parent === null ? undefined : units.byCode(unit.parent)
  const district = parent?.level === 'district' ? (parent.areaName ?? parent.name) : null
  const districtNames = district === null ? unit.formerDistricts : [district]
  const merged = unit.mergedFrom.map((area) => area.district)
  return {
    type: 'commune',
    name: unit.areaName ?? unit.name,
    spellings: spellingsOf(unit),
    kind: unit.kind,
    targets: [unit],
    isFormer: false,
    districts: [...new Set([...districtNames, ...merged].map((name) => keyOf(splitLevel(name).bare)))],
    districtName: district,
    province: null,
  }
}

/** Communes that went into others (R3-4); one that kept name and kind is the current one and is left out. */
function formerCommunes(units: Units, communes: readonly Unit[]): Area[] {
  const areas = new Map<string, Area>()
  for (const unit of communes) {
    for (const former of unit.mergedFrom) {
      const { kind, bare } = splitLevel(former.name)
      if (former.name === former.district) continue
      if (keyOf(bare) === keyOf(splitLevel(unit.areaName ?? '').bare) && kind === unit.kind) continue
      const unit2022 = former.unit2022 === null ? undefined : units.byCode(former.unit2022)
      const id = `${former.gsoCode} ${keyOf(former.name)} ${keyOf(former.district)}`
      const known = areas.get(id)
      areas.set(id, {
        type: 'commune',
        name: former.name,
        spellings: [...new Set([bare, ...(unit2022 === undefined ? [] : spellingsOf(unit2022))])],
        kind: kind ?? unit2022?.kind ?? 'xa',
        targets: [...(known?.targets ?? []), unit],
        isFormer: true,
        districts: [keyOf(splitLevel(former.district).bare)],
        districtName: former.district,
        province: null,
      })
    }
  }
  return [...areas.values()]
}

function districtsOfTree(units: Units, communes: readonly Unit[]): Area[] {
  const districts = units.ofModel('2022').filter((unit) => unit.level === 'district')
  return districts.map((district) => ({
    type: 'district',
    name: district.areaName ?? district.name,
    spellings: spellingsOf(district),
    kind: district.kind,
    targets: communes.filter((unit) => unit.parent === district.code),
    isFormer: false,
    districts: [],
    districtName: null,
    province: null,
  }))
}

function districtsBefore(units: Units, communes: readonly Unit[]): Area[] {
  const names = new Map<string, { name: string; targets: Set<Unit> }>()
  for (const unit of communes) {
    for (const { district } of unit.mergedFrom) {
      const entry = names.get(keyOf(district)) ?? { name: district, targets: new Set<Unit>() }
      entry.targets.add(unit)
      names.set(keyOf(district), entry)
    }
  }
  const of2022 = units.ofModel('2022').filter((unit) => unit.level === 'district')
  return [...names.values()].map(({ name, targets }) => {
    const { kind, bare } = splitLevel(name)
    const unit2022 = of2022.find((unit) => keyOf(unit.areaName ?? '') === keyOf(name))
    const sameName = (unit: Unit) => keyOf(splitLevel(unit.areaName ?? '').bare) === keyOf(bare)
    const centre =
      unit2022 === undefined ? undefined : communes.find((unit) => unit.gsoCode === seatOf(units, unit2022))
    const isSeat = (unit: Unit) => sameName(unit) || unit === centre
    return {
      type: 'district',
      name,
      spellings: [...new Set([bare, ...(unit2022 === undefined ? [] : spellingsOf(unit2022))])],
      kind: kind ?? 'huyen',
      // The commune that carries the name of the district is what most people mean.
      targets: [...targets].sort((left, right) => Number(isSeat(right)) - Number(isSeat(left))),
      isFormer: true,
      districts: [],
      districtName: null,
      province: null,
    }
  })
}

/** The commune of today in which the town of a former district lies. */
function seatOf(units: Units, district: Unit): string | null {
  const town = units.ofModel('2022').find((unit) => unit.parent === district.code && unit.kind === 'thi_tran')
  const successor = town?.succeededBy[0]
  return successor === undefined ? null : (units.byCode(successor)?.gsoCode ?? null)
}

function provinces(units: Units, model: Model): Area[] {
  const home = units.provinceUnit(model)
  const base = { targets: [], isFormer: false, districts: [], districtName: null }
  const former = new Set(units.ofModel(model).flatMap((unit) => unit.formerProvince ?? []))
  const homeNames = [...new Set([splitLevel(home.areaName ?? home.name).bare, ...former])]
  const isHome = (name: string) => homeNames.some((homeName) => keyOf(homeName) === keyOf(name))
  const areas: Area[] = [
    ...homeNames.map((name) => ({
      ...base,
      type: 'home' as const,
      name: `Tỉnh ${name}`,
      spellings: [name],
      kind: 'tinh',
      province: null,
    })),
  ]
  for (const now of units.provinces) {
    const isWhole = now.formerProvinces.length === 1
    const before = now.formerProvinces.map((former) => ({
      code: former.code,
      name: former.name,
      spellings: [former.name, ...former.aliases, ...(isWhole ? [...now.aliases, ...now.cities] : [])],
    }))
    const current = { code: now.code, name: now.name, spellings: [now.name, ...now.aliases, ...now.cities] }
    const isGone = (name: string) => keyOf(name) !== keyOf(now.name)
    const known = model === '2022' ? before : [current, ...before.filter(({ name }) => isGone(name))]
    for (const province of known) {
      if (isHome(province.name)) continue
      areas.push({
        ...base,
        type: 'elsewhere',
        name: province.name,
        spellings: province.spellings,
        kind: now.kind,
        isFormer: model === '2025' && isGone(province.name),
        province: model === '2022' ? { code: province.code, name: province.name } : { code: now.code, name: now.name },
      })
    }
  }
  return areas
}

function countries(units: Units): Area[] {
  return units.countries.map((country) => ({
    type: 'country',
    name: country.name,
    spellings: [country.name, ...country.aliases],
    kind: 'country',
    targets: [],
    isFormer: false,
    districts: [],
    districtName: null,
    province: null,
  }))
}
