export type Model = '2022' | '2025'
export type UnitLevel = 'province' | 'department' | 'district' | 'commune'

/** A unit of the organisation tree (R11): `name` is the agency, `areaName` the territory, where it has one. */
export type Unit = {
  code: string
  model: Model
  name: string
  areaName: string | null
  shortName: string
  level: UnitLevel
  kind: string
  parent: string | null
  gsoCode: string | null
  roles: readonly string[]
  aliases: readonly string[]
  /** Units of the 2025 model that took over the territory or the matters. */
  succeededBy: readonly string[]
  mergedFrom: readonly FormerArea[]
  formerProvince: string | null
  formerDistricts: readonly string[]
  publicServiceCentre: string | null
  certainty: string
  /** First and last day of the unit, where they are not those of its model. A unit that has ended stays in the data (R11-1). */
  validFrom: string | null
  validTo: string | null
}

/** An area that went into a commune in July 2025; `unit2022` is its code in the 2022 list, where that is known. */
export type FormerArea = { gsoCode: string | null; name: string; district: string; unit2022: string | null }

export type UnitFile = {
  model: Model
  title: string
  validFrom: string
  validTo: string | null
  units: readonly Unit[]
}

/** Other words for a unit: what people say, and names of departments that were merged. */
export type UnitSynonym = { unit: string; names: readonly string[] }

export type Province = {
  code: string
  name: string
  kind: string
  aliases: readonly string[]
  cities: readonly string[]
  formerProvinces: readonly { code: string; name: string; aliases: readonly string[] }[]
}

export type Country = { name: string; aliases: readonly string[] }

/** Agencies outside the tree (R7-7): their matters are passed on, they cannot be chosen. */
export type ExternalBody = { id: string; name: string; names: readonly string[] }

export type UnitData = {
  files: readonly UnitFile[]
  synonyms: readonly UnitSynonym[]
  externalBodies: readonly ExternalBody[]
  provinces: readonly Province[]
  countries: readonly Country[]
}

/** `via` is the name that matched; a former name says that the unit took over from it. */
export type UnitMatch = { unit: Unit; score: number; via: string; former: boolean }

export type FindOptions = { model: Model; levels?: readonly UnitLevel[]; limit?: number }

export type Units = {
  byCode(code: string): Unit | undefined
  ofModel(model: Model): readonly Unit[]
  /** The unit that takes in what is addressed to nobody in particular: Văn phòng UBND tỉnh (R7-1). */
  focalUnit(model: Model): Unit
  /** The unit of level `province`. */
  provinceUnit(model: Model): Unit
  /** Units whose name a citizen may mean by this text, best first; empty for agencies outside the tree (R7-7). */
  find(text: string, options: FindOptions): UnitMatch[]
  /** Units that a longer text names beyond doubt, in the order of certainty. */
  mentionedIn(content: string, options: { model: Model; limit?: number }): UnitMatch[]
  /** The agency outside the tree that a text names ("công an xã", "bảo hiểm xã hội"), if any (R7-7). */
  externalBody(text: string): ExternalBody | null
  provinces: readonly Province[]
  countries: readonly Country[]
}
