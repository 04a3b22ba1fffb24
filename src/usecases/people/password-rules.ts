import { type Fault, fault } from '../../cases/faults.ts'

export const PASSWORD_LENGTH_MIN = 12
/** Longer than any sentence; a bound for the work of hashing. */
export const PASSWORD_LENGTH_MAX = 200

/** What many people choose, and what anybody would try first here; without accents, capitals, spaces and signs. */
const COMMON = [
  'password',
  'passw0rd',
  'matkhau',
  'qwertyuiop',
  'asdfghjkl',
  'iloveyou',
  'letmein',
  'welcome',
  'administrator',
  'admin',
  'quantri',
  'canbo',
  'ubnd',
  'quangngai',
  'kontum',
  'vietnam',
  'phananhkiennghi',
  'pakn',
  'zalo',
  'changeme',
  'abcdef',
  'abc',
  'anhyeuem',
  'emyeuanh',
]

/** What is wrong with a password that somebody wants to have; nothing of it is repeated. */
export function passwordFaults(password: string, person: { login: string; name: string }): Fault[] {
  const length = [...password].length
  if (length < PASSWORD_LENGTH_MIN) return [fault('password', 'tooShort', { min: PASSWORD_LENGTH_MIN })]
  if (length > PASSWORD_LENGTH_MAX) return [fault('password', 'tooLong', { max: PASSWORD_LENGTH_MAX })]
  const plain = plainOf(password)
  if (holdsOwnName(plain, person)) return [fault('password', 'passwordHoldsName')]
  return isCommon(plain) ? [fault('password', 'passwordCommon')] : []
}

/** The login, the name, or a longer word of the name; a short one such as "Hà" stands in many a good sentence. */
function holdsOwnName(plain: string, { login, name }: { login: string; name: string }): boolean {
  const words = name.split(/\s+/).map(plainOf)
  const own = [
    plainOf(login),
    words.join(''),
    [...words].reverse().join(''),
    ...words.filter((word) => word.length >= 5),
  ]
  return own.some((word) => word.length >= 3 && plain.includes(word))
}

function isCommon(plain: string): boolean {
  if (new Set(plain).size < 5 || isRow(plain)) return true
  // A common word with figures around it is a common word.
  let rest = plain.replace(/\d+/g, '')
  for (const word of COMMON) rest = rest.replaceAll(word, '')
  return rest.length < 4
}

/** Neighbours in the alphabet or among figures, up or down, most of the way: `abcdefghijkl`, `987654321098`. */
function isRow(plain: string): boolean {
  let steps = 0
  for (let index = 1; index < plain.length; index++) {
    const step = plain.charCodeAt(index) - plain.charCodeAt(index - 1)
    if (Math.abs(step) === 1) steps += 1
  }
  return plain.length > 1 && steps / (plain.length - 1) > 0.7
}

function plainOf(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[^\p{L}\p{N}]+/gu, '')
}
