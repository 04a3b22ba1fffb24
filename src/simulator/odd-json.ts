import type { Random } from './random.ts'

/**
 * Writes the same JSON value in one of the spellings that Zalo's servers may choose: plain, with escapes (`\/`, `\u1ea1`), or
 * with loose whitespace. A receiver that re-serialises the body before checking the signature fails on it (zalo §9.2).
 */
export function writeOddJson(value: unknown, random: Random): string {
  if (random.chance(0.4)) return JSON.stringify(value)
  const escaped = random.chance(0.6)
  const loose = random.chance(0.6)
  return write(value, escaped, loose)
}

function write(value: unknown, escaped: boolean, loose: boolean): string {
  const gap = loose ? ' ' : ''
  if (Array.isArray(value)) {
    return `[${gap}${value.map((item) => write(item ?? null, escaped, loose)).join(`,${gap}`)}${gap}]`
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    const lines = fields.map(
      ([name, field]) => `${writeString(name, escaped)}${gap}:${gap}${write(field, escaped, loose)}`,
    )
    return loose ? `{\n\t${lines.join(' ,\n\t')}\r\n}` : `{${lines.join(',')}}`
  }
  return typeof value === 'string' ? writeString(value, escaped) : JSON.stringify(value)
}

function writeString(text: string, escaped: boolean): string {
  const plain = JSON.stringify(text)
  if (!escaped) return plain
  return plain
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
