import { fold } from './normalise.ts'

/** One word as typed, and as it is compared; `folded` is empty for a word of signs only. */
export type Word = { text: string; folded: string; start: number; end: number }

/** The words of a text between white space, with their UTF-16 offsets. */
export function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    folded: fold(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/** How many of the first words the longest of these phrases covers; a phrase is folded words between single spaces. */
export function leadingPhrase(words: readonly Word[], phrases: ReadonlySet<string>, wordsMax = 6): number {
  let phrase = ''
  let longest = 0
  for (let count = 1; count <= Math.min(words.length, wordsMax); count++) {
    const next = words[count - 1]?.folded ?? ''
    phrase = phrase === '' || next === '' ? phrase + next : `${phrase} ${next}`
    if (phrases.has(phrase)) longest = count
  }
  return longest
}
