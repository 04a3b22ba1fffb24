/** The most code points that one text message may hold, counted after NFC (zalo §3.1). */
export const textLengthMax = 2000

/**
 * Cuts a text into parts of at most 2,000 code points. The parts joined are the text in NFC, with lone surrogates replaced;
 * every cut falls after a paragraph, else a line, a sentence, a word, and never inside a grapheme.
 */
export function splitText(text: string, lengthMax: number = textLengthMax): string[] {
  const whole = text.toWellFormed().normalize('NFC')
  const parts: string[] = []
  let start = 0
  while (whole.length - start > lengthMax) {
    const windowEnd = endOfCodePoints(whole, start, lengthMax)
    if (windowEnd >= whole.length) break
    const end = start + cutOf(whole.slice(start, windowEnd), graphemeEnds(whole, start, windowEnd))
    parts.push(whole.slice(start, end))
    start = end
  }
  if (start < whole.length) parts.push(whole.slice(start))
  return parts
}

/** The first code points of a text in NFC, with an ellipsis in place of what had to go. */
export function shorten(text: string, lengthMax: number): string {
  const whole = text.toWellFormed().normalize('NFC')
  if (whole.length <= lengthMax || endOfCodePoints(whole, 0, lengthMax) >= whole.length) return whole
  const windowEnd = endOfCodePoints(whole, 0, lengthMax - 1)
  const ends = graphemeEnds(whole, 0, windowEnd)
  return `${whole.slice(0, Math.max(0, ...ends) || windowEnd).trimEnd()}…`
}

/** Index of the code unit after `count` code points. */
function endOfCodePoints(text: string, start: number, count: number): number {
  let index = start
  for (let seen = 0; seen < count && index < text.length; seen += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1
  }
  return index
}

/** A grapheme that straddles the window is seen as such only with a little of what follows. */
const lookAheadUnits = 64

function graphemeEnds(text: string, start: number, windowEnd: number): Set<number> {
  const ends = new Set<number>()
  const segmenter = new Intl.Segmenter('vi', { granularity: 'grapheme' })
  for (const { index } of segmenter.segment(text.slice(start, windowEnd + lookAheadUnits))) {
    if (index > 0 && index <= windowEnd - start) ends.add(index)
  }
  return ends
}

/** From the most to the least natural place to pause, with the least share of the window that must be filled. */
const pauses: readonly { pattern: RegExp; fillMin: number }[] = [
  { pattern: /\n[^\S\n]*\n\s*/g, fillMin: 0.5 },
  { pattern: /\n\s*/g, fillMin: 0.5 },
  { pattern: /[.!?…;]["'”’)\]]*\s+/g, fillMin: 0.4 },
  { pattern: /\s+/g, fillMin: 0.1 },
]

/** Length of the part to take from a full window. */
function cutOf(window: string, ends: Set<number>): number {
  for (const { pattern, fillMin } of pauses) {
    let cut = 0
    for (const match of window.matchAll(pattern)) {
      const end = match.index + match[0].length
      if (ends.has(end)) cut = end
    }
    if (cut >= window.length * fillMin && cut > 0) return cut
  }
  // One grapheme longer than a whole message: only then between its code points.
  return Math.max(0, ...ends) || window.length
}
