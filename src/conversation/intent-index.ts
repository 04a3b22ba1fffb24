import type { Pattern } from './intent-pattern.ts'
import type { IntentText, IntentWord } from './intent-words.ts'

/** Which words one message says, so that most patterns can be put aside without looking at their order. */
export type Said = {
  /** For each word of the message, the known names that patterns may call it by. */
  names: readonly (readonly number[])[]
  /** For each need, the first and the last word that meets it; -1 where none does. */
  firstAt: Int32Array
  lastAt: Int32Array
}

export type Place = { from: number; end: number }

/** A pattern with its words, and the sets of them that it needs, as numbers. */
export type IndexedPattern = Pick<Pattern, 'matchAt'> & {
  firsts: ReadonlySet<number>
  needs: readonly { need: number; min: number; max: number }[]
}

/** Gives every word of the patterns a number: sets of numbers are quick to ask. */
export function createNames() {
  const numbers = new Map<string, number>()
  const needNumbers = new Map<string, number>()
  const needsMetBy: number[][] = []
  /** Patterns that begin with the same group share the set of its words. */
  const firstsKnown = new Map<string, ReadonlySet<number>>()
  const firstsOf = (words: ReadonlySet<string>): ReadonlySet<number> => {
    const firsts = [...words].map(numberOf).sort((left, right) => left - right)
    const known = firstsKnown.get(firsts.join()) ?? new Set(firsts)
    firstsKnown.set(firsts.join(), known)
    return known
  }
  const numberOf = (name: string): number => {
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, numbers.size)
    return numbers.size - 1
  }
  const needNumberOf = (words: readonly string[]): number => {
    const need = words.map(numberOf).sort((left, right) => left - right)
    const known = needNumbers.get(need.join())
    if (known !== undefined) return known
    const number = needNumbers.size
    needNumbers.set(need.join(), number)
    for (const name of need) {
      needsMetBy[name] ??= []
      needsMetBy[name].push(number)
    }
    return number
  }
  return {
    indexed({ firsts, needs, matchAt }: Pattern): IndexedPattern {
      return {
        firsts: firstsOf(firsts),
        needs: needs.map(({ words, min, max }) => ({ need: needNumberOf(words), min, max })),
        matchAt,
      }
    },
    said(text: IntentText): Said {
      const firstAt = new Int32Array(needNumbers.size).fill(-1)
      const lastAt = new Int32Array(needNumbers.size).fill(-1)
      const names = text.words.map((word, at) => {
        const known: number[] = []
        for (const name of namesOf(word)) {
          const number = numbers.get(name)
          if (number === undefined) continue
          known.push(number)
          for (const need of needsMetBy[number] ?? []) {
            if (firstAt[need] === -1) firstAt[need] = at
            lastAt[need] = at
          }
        }
        return known
      })
      return { names, firstAt, lastAt }
    },
  }
}

/** Where the pattern stands first in the text, if it does. */
export function findIn(text: IntentText, said: Said, pattern: IndexedPattern): Place | null {
  for (let from = 0; from < said.names.length; from++) {
    if (said.names[from]?.some((name) => pattern.firsts.has(name)) !== true || !canBegin(pattern, from, said)) continue
    const end = pattern.matchAt(text, from)
    if (end >= 0) return { from, end }
  }
  return null
}

/**
 * Finds patterns by their first words: calls `found` for every pattern that stands somewhere, in the order of the words,
 * until it says that the owner of the pattern is settled.
 */
export function createPatternIndex<Owner>(entries: readonly { pattern: IndexedPattern; owner: Owner }[]) {
  const owners = [...new Set(entries.map(({ owner }) => owner))]
  const numberOf = new Map(owners.map((owner, at) => [owner, at]))
  const byFirst: { pattern: IndexedPattern; owner: Owner; number: number }[][] = []
  for (const { pattern, owner } of entries) {
    const entry = { pattern, owner, number: numberOf.get(owner) ?? 0 }
    for (const first of pattern.firsts) {
      const known = byFirst[first]
      if (known === undefined) byFirst[first] = [entry]
      else known.push(entry)
    }
  }
  return {
    search(text: IntentText, said: Said, found: (owner: Owner, place: Place) => boolean): void {
      const isSettled = new Uint8Array(owners.length)
      for (let from = 0; from < said.names.length; from++) {
        for (const name of said.names[from] ?? []) {
          for (const { pattern, owner, number } of byFirst[name] ?? []) {
            if (isSettled[number] === 1 || !canBegin(pattern, from, said)) continue
            const end = pattern.matchAt(text, from)
            if (end >= 0 && found(owner, { from, end })) isSettled[number] = 1
          }
        }
      }
    },
  }
}

/** What the pattern needs is said, and at the right distance. */
function canBegin({ needs }: IndexedPattern, from: number, { firstAt, lastAt }: Said): boolean {
  for (const { need, min, max } of needs) {
    const first = firstAt[need] ?? -1
    if (first === -1 || first > from + max || (lastAt[need] ?? -1) < from + min) return false
  }
  return true
}

/** What patterns may call a word: itself, what it is a slip of, `#` for a number. */
function namesOf({ folded, meant }: IntentWord): readonly string[] {
  const first = folded.charCodeAt(0)
  if (first >= 48 && first <= 57) return ['#', folded]
  return meant.length === 0 ? [folded] : [folded, ...meant]
}
