import { fold } from '../conversation/text/normalise.ts'

/** Neighbouring words of a text as they are compared (see `fold`): "ho so", "so cap" … Two texts that share many say the same. */
export function wordPairs(...texts: readonly string[]): Set<string> {
  const pairs = new Set<string>()
  for (const text of texts) {
    const words = fold(text.slice(0, LENGTH_READ)).split(' ')
    for (let index = 1; index < words.length; index++) pairs.add(`${words[index - 1]} ${words[index]}`)
  }
  return pairs
}

/** How alike two texts are, 0 to 1: twice the shared pairs over all of both (Dice); and which those are, as they stand in the first. */
export function likeness(
  one: ReadonlySet<string>,
  other: ReadonlySet<string>,
): { similarity: number; shared: string[] } {
  const shared = [...one].filter((pair) => other.has(pair))
  const all = one.size + other.size
  return { similarity: all === 0 ? 0 : (2 * shared.length) / all, shared }
}

/** As long as the content of a case may be. */
const LENGTH_READ = 6_000
