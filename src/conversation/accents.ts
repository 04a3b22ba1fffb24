/** How the marks of a typed word agree with those of a known word that folds to the same letters. */
export type AccentFit = 'exact' | 'plain' | 'conflict'

type Marks = { tone: string; shapes: string }

const TONES = new Map([
  ['\u0300', 'f'],
  ['\u0301', 's'],
  // Hỏi and ngã are written for one another all over the central provinces.
  ['\u0303', 'r'],
  ['\u0309', 'r'],
  ['\u0323', 'j'],
])
const SHAPES = new Map([
  ['\u0302', 'o'],
  ['\u0306', 'a'],
  ['\u031b', 'w'],
])

/**
 * Compares the Vietnamese marks of two words with the same folded letters. Marks left out ("khieu", "khiêu" for "khiếu")
 * are `plain`; marks that say another word ("chạy" for "cháy") are a `conflict`.
 */
export function accentFit(typed: string, known: string): AccentFit {
  if (typed === known) return 'exact'
  const left = marksOf(typed)
  const right = marksOf(known)
  if (left.shapes.length !== right.shapes.length) return 'plain'
  let fit: AccentFit = 'exact'
  if (left.tone !== right.tone) {
    if (left.tone !== '') return 'conflict'
    fit = 'plain'
  }
  for (let index = 0; index < left.shapes.length; index++) {
    if (left.shapes[index] === right.shapes[index]) continue
    if (left.shapes[index] !== '.') return 'conflict'
    fit = 'plain'
  }
  return fit
}

/** True when the word carries at least one Vietnamese mark, so that its writer has a Vietnamese keyboard. */
export function hasMarks(word: string): boolean {
  if (isAscii(word)) return false
  const { tone, shapes } = marksOf(word)
  return tone !== '' || /[^.]/.test(shapes)
}

function isAscii(word: string): boolean {
  for (let index = 0; index < word.length; index++) if (word.charCodeAt(index) > 127) return false
  return true
}

function marksOf(word: string): Marks {
  if (isAscii(word)) return { tone: '', shapes: '.'.repeat(word.length) }
  let tone = ''
  let shapes = ''
  for (const char of word.toLowerCase().normalize('NFD')) {
    const toneHere = TONES.get(char)
    const shapeHere = SHAPES.get(char)
    if (toneHere !== undefined) tone = toneHere
    else if (shapeHere !== undefined) shapes = shapes.slice(0, -1) + shapeHere
    else shapes += char === 'đ' ? 'd' : '.'
  }
  return { tone, shapes }
}
