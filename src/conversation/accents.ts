/** How the marks of a typed word agree with those of a known word that folds to the same letters. */
export type AccentFit = 'exact' | 'plain' | 'conflict'

/** The marks of one word, read once and then compared. */
export type Marks = {
  tone: string
  shapes: string
  /** What is left without them. */
  letters: string
}

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
  return typed === known ? 'exact' : compareMarks(marksOf(typed), marksOf(known))
}

/** `accentFit` for words whose marks were read before. */
export function compareMarks(typed: Marks, known: Marks): AccentFit {
  const lettersDiffer = typed.shapes.length !== known.shapes.length
  if (lettersDiffer) return 'plain'
  let fit: AccentFit = 'exact'
  if (typed.tone !== known.tone) {
    if (typed.tone !== '') return 'conflict'
    fit = 'plain'
  }
  if (typed.shapes === known.shapes) return fit
  for (let index = 0; index < typed.shapes.length; index++) {
    if (typed.shapes[index] === known.shapes[index]) continue
    if (typed.shapes[index] !== '.') return 'conflict'
    fit = 'plain'
  }
  return fit
}

/** True when the word carries at least one Vietnamese mark, so that its writer has a Vietnamese keyboard. */
export function hasMarks(word: string): boolean {
  return !isAscii(word) && isMarked(marksOf(word))
}

/** `hasMarks` for a word whose marks were read before. */
export function isMarked(marks: Marks): boolean {
  return marks.tone !== '' || /[^.]/.test(marks.shapes)
}

function isAscii(word: string): boolean {
  for (let index = 0; index < word.length; index++) if (word.charCodeAt(index) > 127) return false
  return true
}

/** Takes a word apart into its letters, their shapes and the tone. */
export function marksOf(word: string): Marks {
  if (isAscii(word)) {
    const letters = word.toLowerCase()
    return { tone: '', shapes: '.'.repeat(letters.length), letters }
  }
  let tone = ''
  let shapes = ''
  let letters = ''
  for (const char of word.toLowerCase().normalize('NFD')) {
    const toneHere = TONES.get(char)
    const shapeHere = SHAPES.get(char)
    if (toneHere !== undefined) tone = toneHere
    else if (shapeHere !== undefined) shapes = shapes.slice(0, -1) + shapeHere
    else {
      shapes += char === 'đ' ? 'd' : '.'
      letters += char === 'đ' ? 'd' : char
    }
  }
  return { tone, shapes, letters }
}
