import { createHash, randomBytes } from 'node:crypto'

export type Random = {
  /** Decimal digits, the first one never zero, as Zalo's ids are (zalo §0.3). */
  digits(count: number): string
  hex(count: number): string
  /** Letters and digits. */
  token(count: number): string
  chance(probability: number): boolean
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random values; the same seed gives the same sequence, no seed gives unpredictable ones. */
export function createRandom(seed?: string): Random {
  let counter = 0
  const bytes = (count: number): Buffer => {
    if (seed === undefined) return randomBytes(count)
    const parts: Buffer[] = []
    for (let have = 0; have < count; have += 32) {
      parts.push(createHash('sha256').update(`${seed}:${counter++}`).digest())
    }
    return Buffer.concat(parts).subarray(0, count)
  }
  const pick = (alphabet: string, count: number): string =>
    [...bytes(count)].map((byte) => alphabet[byte % alphabet.length]).join('')
  return {
    digits: (count) => pick('123456789', 1) + pick('0123456789', count - 1),
    hex: (count) => pick('0123456789abcdef', count),
    token: (count) => pick(LETTERS, count),
    chance: (probability) => bytes(2).readUInt16BE() / 65_536 < probability,
  }
}
