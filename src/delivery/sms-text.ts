/** How much of what a provider charges for a text may take: parts of 160 letters, or of 70 with accents. */
export type SmsSize = { alphabet: 'gsm7' | 'ucs2'; parts: number }

// 3GPP TS 23.038: the letters that take one septet, and those that take two.
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const EXTENDED = new Set('\f^{}\\[~]|€')

const PLAIN: Readonly<Record<string, string>> = {
  đ: 'd',
  Đ: 'D',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '·': '-',
  '•': '-',
  '…': '...',
  '\u00a0': ' ',
  '\u202f': ' ',
  '\t': ' ',
}

/** The same words in letters that every phone and the short alphabet have: no accents, plain quotes. What has none goes. */
export function withoutAccents(text: string): string {
  let plain = ''
  for (const letter of text.normalize('NFD')) {
    if (/\p{M}/u.test(letter)) continue
    const shown = PLAIN[letter] ?? letter
    plain += [...shown].every((sign) => BASIC.has(sign) || EXTENDED.has(sign)) ? shown : ''
  }
  return plain.replace(/ {2,}/g, ' ').trim()
}

/** What a text costs. A letter of two septets or two units is never cut in half, so a part may stay one short. */
export function sizeOf(text: string): SmsSize {
  const letters = [...text]
  const isShort = letters.every((letter) => BASIC.has(letter) || EXTENDED.has(letter))
  const alphabet = isShort ? 'gsm7' : 'ucs2'
  const widths = letters.map((letter) => (isShort ? (EXTENDED.has(letter) ? 2 : 1) : letter.length))
  const [alone, joined] = isShort ? [160, 153] : [70, 67]
  if (widths.reduce((sum, width) => sum + width, 0) <= alone) return { alphabet, parts: 1 }
  let parts = 1
  let used = 0
  for (const width of widths) {
    if (used + width > joined) {
      parts += 1
      used = 0
    }
    used += width
  }
  return { alphabet, parts }
}

/** Shortens a text word by word until it takes at most `partsMax` parts; `keep`, a link at its end, stays whole. */
export function fitSms(text: string, { partsMax, keep }: { partsMax: number; keep: string }): string {
  if (sizeOf(text).parts <= partsMax) return text
  const isKept = keep !== '' && text.includes(keep)
  const words = (isKept ? text.slice(0, text.indexOf(keep)) : text).split(' ').filter((word) => word !== '')
  const tail = isKept ? ` ${keep}` : ''
  while (words.length > 0) {
    words.pop()
    const shorter = `${words.join(' ').replace(/[\s.,;:]+$/, '')}...${tail}`
    if (sizeOf(shorter).parts <= partsMax) return shorter
  }
  return [...text].slice(0, 60 * partsMax).join('')
}
