import { type AccentFit, accentFit, hasMarks } from './accents.ts'
import type { Command, IntentRules } from './intent-rules.ts'
import { isSyllable } from './intent-words.ts'
import { createKeyIndex, foldWord } from './place-words.ts'
import { fold, toNfc } from './text/normalise.ts'

type Phrase = { command: Command; words: readonly string[]; folded: readonly string[] }

const TEXT_MAX = 80
const WORDS_MAX = 7
const TYPO_LENGTH_MIN = 5

/** Recognises answers that are a command and nothing else. */
export function createCommands(rules: IntentRules): { command(text: string): Command | null } {
  const phrases = rules.commands.flatMap(({ id, words }) =>
    words.map((line): Phrase => {
      const said = wordsOf(line)
      return { command: id, words: said, folded: said.map(foldWord) }
    }),
  )
  const index = createKeyIndex(phrases.map((phrase) => [phrase.folded.join(''), phrase] as const))
  const before = new Set(rules.politeBefore.map((word) => fold(word)))
  const after = new Set(rules.politeAfter.map((word) => fold(word)))

  const exactly = (words: readonly string[], { isStripped }: { isStripped: boolean }): Command | null => {
    for (const said of new Set([words, words.map(squeeze)])) {
      const key = said.map(foldWord).join('')
      const fits = index.exact(key).map((phrase) => ({ phrase, fit: fitOf(said, phrase) }))
      // "U Minh" is a name, "ừ mình" is a yes.
      if (isStripped && key.length === 1 && !fits.some(({ fit }) => fit === 'exact')) continue
      const best = fits.some(({ fit }) => fit === 'exact') ? 'exact' : 'plain'
      const commands = new Set(fits.filter(({ fit }) => fit === best).map(({ phrase }) => phrase.command))
      const [first] = commands
      // "dung lai" is dùng lại as well as dừng lại: better asked again than guessed.
      if (first !== undefined) return commands.size === 1 ? first : null
    }
    return null
  }
  const nearly = (words: readonly string[]): Command | null => {
    const key = words.map(foldWord).join('')
    if (key.length < TYPO_LENGTH_MIN || key.length > 20) return null
    const commands = new Set(
      index
        .near(key)
        .filter((phrase) => phrase.folded.join('').length >= TYPO_LENGTH_MIN && isSlip(words, phrase))
        .map((phrase) => phrase.command),
    )
    const [only] = commands
    return commands.size === 1 && only !== undefined ? only : null
  }

  return {
    command(text) {
      if (text.length > TEXT_MAX) return null
      if (/^\s*\?+\s*$/.test(text)) return 'help'
      const words = wordsOf(text)
      if (words.length === 0 || words.length > WORDS_MAX) return null
      for (const rest of withoutPoliteness(words, { before, after })) {
        const command = exactly(rest, { isStripped: rest.length < words.length })
        if (command !== null) return command
      }
      for (const rest of withoutPoliteness(words, { before, after })) {
        const command = nearly(rest)
        if (command !== null) return command
      }
      return null
    },
  }
}

function wordsOf(text: string): string[] {
  return (toNfc(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase())
}

/** The words, then with fewer and fewer polite words around them; never nothing. */
function* withoutPoliteness(
  words: readonly string[],
  polite: { before: ReadonlySet<string>; after: ReadonlySet<string> },
): Generator<readonly string[]> {
  const fromMax = words.findIndex((word) => !polite.before.has(foldWord(squeeze(word))))
  const first = fromMax < 0 ? words.length - 1 : fromMax
  let last = words.length
  while (last > 1 && polite.after.has(foldWord(squeeze(words[last - 1] ?? '')))) last--
  for (let from = 0; from <= first; from++) {
    for (let end = words.length; end >= last && end > from; end--) yield words.slice(from, end)
  }
}

/** "okkkk" → "ok"; English double letters are in the rules as they are. */
function squeeze(word: string): string {
  return word.replace(/(\p{L})\1+/gu, '$1')
}

/** Marks may be left out, not contradicted: "huy" is hủy, "huỳ" is not. */
function fitOf(words: readonly string[], phrase: Phrase): AccentFit {
  if (words.length !== phrase.words.length) return 'plain'
  let worst: AccentFit = 'exact'
  for (const [index, word] of words.entries()) {
    if (foldWord(word) !== phrase.folded[index]) return 'conflict'
    const fit = accentFit(word, phrase.words[index] ?? '')
    if (fit === 'conflict') return fit
    if (fit === 'plain') worst = fit
  }
  return worst
}

/** One slip in the whole answer. A single real syllable is no slip: it may be a name. */
function isSlip(words: readonly string[], phrase: Phrase): boolean {
  if (words.length === 1) return !isSyllable(foldWord(words[0] ?? ''))
  if (words.length !== phrase.words.length) return false
  const isMarked = words.some(hasMarks)
  return words.every((word, index) => {
    const known = phrase.words[index] ?? ''
    if (foldWord(word) === phrase.folded[index]) return accentFit(word, known) !== 'conflict'
    return !isMarked || !isSyllable(foldWord(word))
  })
}
