/** A Vietnamese number in its national form, beginning with 0. */
export type NationalNumber = {
  national: string
  type: 'mobile' | 'fixed' | 'oldElevenDigit' | 'unknownRange' | 'zeroAdded'
  /** As the citizen wrote it, where the number was changed. */
  from?: string
}

/** Drops the country code: `+84`, `0084`, and a bare `84` before a whole number; a 0 kept after it is dropped too (R3-3). */
export function nationalOf(digits: string, plus: boolean): string {
  const international = digits.startsWith('0084') ? digits.slice(2) : digits
  const marked = plus || international !== digits
  if (!international.startsWith('84')) return digits
  const rest = international.slice(2)
  const subscriber = rest.startsWith('0') ? rest.slice(1) : rest
  // A bare 84 is also how a number of VinaPhone goes on after its 0, so only the length tells.
  return marked || subscriber.length === 9 || subscriber.length === 10 ? `0${subscriber}` : digits
}

/** What kind of number this is, or undefined when it is none (R3-3). */
export function classifyNational(digits: string): NationalNumber | undefined {
  const standing = standingKind(digits)
  if (standing !== undefined) return { national: digits, type: standing }
  const current = OLD_PREFIXES[digits.slice(0, 4)]
  if (digits.length === 11 && current !== undefined) {
    return { national: current + digits.slice(4), type: 'oldElevenDigit', from: showNational(digits) }
  }
  if (UNKNOWN_RANGE.test(digits)) return { national: digits, type: 'unknownRange' }
  if (!digits.startsWith('0') && !digits.startsWith('1') && standingKind(`0${digits}`) !== undefined) {
    return { national: `0${digits}`, type: 'zeroAdded', from: digits }
  }
  return undefined
}

/** `0905 000 123`; fixed `0260 3 797 799`, and `024 3826 0000` for the two cities with a short area code. */
export function showNational(national: string): string {
  const parts = /^02[48]/.test(national)
    ? /^(\d{3})(\d{4})(\d{4})$/.exec(national)
    : (/^(02\d{2})(\d)(\d{3})(\d{3})$/.exec(national) ?? /^(\d{4})(\d{3})(\d{3,4})$/.exec(national))
  return parts === null ? national : parts.slice(1).join(' ')
}

function standingKind(digits: string): 'mobile' | 'fixed' | undefined {
  if (digits.length === 10 && MOBILE.test(digits)) return 'mobile'
  return digits.length === 11 && FIXED.test(digits) ? 'fixed' : undefined
}

// National parts as in libphonenumber's metadata (R3-3).
const MOBILE = /^0(?:1[46]0|(?:3\d|7[06-9])\d|5(?:[1689]\d|2[238]|59)|8(?:[1-8]\d|9[6-9])|9(?:[0-8]\d|9[013-9]))\d{6}$/
const FIXED = /^02(?:0[3-9]|1[0-689]|2[0-25-9]|[38][2-9]|4[2-8]|5[124-9]|6[0-39]|7[0-7]|9[0-4679])\d{7}$/
const UNKNOWN_RANGE = /^0[35789]\d{8}$/

/** Mobile prefixes of eleven-digit numbers before 2018 and what became of them (R3-3). */
const OLD_PREFIXES: Record<string, string> = {
  '0162': '032',
  '0163': '033',
  '0164': '034',
  '0165': '035',
  '0166': '036',
  '0167': '037',
  '0168': '038',
  '0169': '039',
  '0120': '070',
  '0121': '079',
  '0122': '077',
  '0126': '076',
  '0128': '078',
  '0123': '083',
  '0124': '084',
  '0125': '085',
  '0127': '081',
  '0129': '082',
  '0186': '056',
  '0188': '058',
  '0199': '059',
}
