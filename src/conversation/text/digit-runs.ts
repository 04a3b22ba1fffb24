/** Groups of digits that separators, and nothing else, hold together; offsets are UTF-16 units of the text. */
export type DigitRun = { text: string; start: number; plus: boolean; groups: DigitGroup[] }
export type DigitGroup = { digits: string; start: number; end: number }

/**
 * Full-width digits and the letter O inside a number become plain digits; the length never changes. "O9O5 OOO 123": a word
 * of digits and Os is a number, a word of Os alone is one between two numbers.
 */
export function plainDigits(text: string): string {
  return text
    .replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
    .replace(/[\p{L}\p{M}\d]+/gu, (word) =>
      /^[\doO]+$/.test(word) && /\d/.test(word) ? word.replace(/[oO]/g, '0') : word,
    )
    .replace(/(?<=\d[\s.-])[oO]{2,4}(?=[\s.-]\d)/g, (word) => '0'.repeat(word.length))
}

// Separator and digit never match the same character, so this cannot backtrack far. A comma joins only between digits,
// and a line break joins nothing.
const RUN = /\+?\d(?:(?:[^\S\n]|[.\-–—()/·_]){1,3}\d|,?\d)*/g

/** The runs of digits of a text that went through `plainDigits`. */
export function digitRuns(text: string): DigitRun[] {
  return [...text.matchAll(RUN)].map(({ 0: run, index }) => ({
    text: run,
    start: index,
    plus: run.startsWith('+'),
    groups: [...run.matchAll(/\d+/g)].map(({ 0: digits, index: offset }) => ({
      digits,
      start: index + offset,
      end: index + offset + digits.length,
    })),
  }))
}
