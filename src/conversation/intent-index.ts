import type { Pattern } from './intent-pattern.ts'
import type { IntentText, IntentWord } from './intent-words.ts'

/** The words of one message, each once, so that most patterns can be put aside without looking at their order. */
export type Said = ReadonlySet<string>

export type PatternIndex<Owner> = {
  /** Calls `found` for every pattern that stands somewhere, in the order of the words, until its owner is settled. */
  search(text: IntentText, said: Said, found: (owner: Owner, from: number, end: number) => boolean): void
}

/** What patterns may call a word: itself, what it is a slip of, `#` for a number. */
export function namesOf(word: IntentWord): readonly string[] {
  if (/^\d/.test(word.folded)) return ['#', word.folded]
  return word.meant.length === 0 ? [word.folded] : [word.folded, ...word.meant]
}

export function saidIn(text: IntentText): Said {
  return new Set(text.words.flatMap(namesOf))
}

/** Where the pattern stands first in the text, if it does. */
export function findIn(text: IntentText, said: Said, pattern: Pattern): { from: number; end: number } | null {
  if (!isPossible(pattern, said)) return null
  for (const [from, word] of text.words.entries()) {
    if (!namesOf(word).some((name) => pattern.firsts.has(name))) continue
    const end = pattern.matchAt(text, from)
    if (end >= 0) return { from, end }
  }
  return null
}

/** Finds patterns by their first words. */
export function createPatternIndex<Owner>(entries: readonly { pattern: Pattern; owner: Owner }[]): PatternIndex<Owner> {
  const byFirst = new Map<string, { pattern: Pattern; owner: Owner }[]>()
  for (const entry of entries) {
    for (const first of entry.pattern.firsts) {
      const known = byFirst.get(first)
      if (known === undefined) byFirst.set(first, [entry])
      else known.push(entry)
    }
  }
  return {
    search(text, said, found) {
      const settled = new Set<Owner>()
      text.words.forEach((word, at) => {
        for (const first of namesOf(word)) {
          for (const { pattern, owner } of byFirst.get(first) ?? []) {
            if (settled.has(owner) || !isPossible(pattern, said)) continue
            const end = pattern.matchAt(text, at)
            if (end >= 0 && found(owner, at, end)) settled.add(owner)
          }
        }
      })
    },
  }
}

/** Every place of the pattern that must be filled can be filled by some word of the message. */
function isPossible({ needs }: Pattern, said: Said): boolean {
  for (const need of needs) {
    let isMet = false
    for (const word of need) {
      if (!said.has(word)) continue
      isMet = true
      break
    }
    if (!isMet) return false
  }
  return true
}
