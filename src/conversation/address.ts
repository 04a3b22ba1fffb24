import type { Model } from './unit.ts'

/**
 * An address inside the province (R3-4); codes are those of the statistical office, `text` is as typed. `areaNames` are
 * commune, district where the model has one, and province, as they stand in a written address.
 */
export type Address = {
  model: Model
  provinceCode: string
  districtCode: string | null
  communeCode: string
  areaNames: readonly string[]
  detail: string
  text: string
}

/** An old name and what took over from it: "Thị trấn Sa Thầy" is now "xã Sa Thầy". */
export type Conversion = { fromName: string; toName: string }

/** One of several meanings; `name` fits a button ("xã Đăk Pxi"), `label` also says what it holds or where it lies. */
export type AddressCandidate = { address: Address; name: string; label: string; converted?: Conversion }

export type AddressReading =
  | { kind: 'ok'; address: Address; converted?: Conversion }
  /** Understood through an old name, a misspelling or a wrong level word: the citizen says whether it is right. */
  | { kind: 'confirm'; address: Address; converted?: Conversion }
  | { kind: 'choose'; candidates: AddressCandidate[]; detail: string }
  /** `districtName` is set when a district was named that holds too many communes to offer. */
  | { kind: 'incomplete'; missing: 'commune'; provinceKnown: boolean; districtName: string | null; detail: string }
  /**
   * In another province: kept as free text, only the province must be known (R3-4). `formerName` is the name that was
   * said, where that province has been merged into `provinceName`.
   */
  | { kind: 'outside'; provinceName: string; provinceCode: string; formerName: string | null; text: string }
  | { kind: 'foreign'; countryName: string; text: string }
  | { kind: 'unknown'; text: string }

export type Places = {
  /** Reads where a citizen lives, as they typed it; never throws, looks at the first 400 characters only. */
  readAddress(text: string): AddressReading
}

/** "Thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi". */
export function formatAddress(address: Pick<Address, 'detail' | 'areaNames'>): string {
  return [address.detail, ...address.areaNames].filter((part) => part !== '').join(', ')
}
