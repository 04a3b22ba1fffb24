export type Random = {
  /** A whole number of at least 0 and less than `bound`. */
  below(bound: number): number
  chance(share: number): boolean
  pick<T>(values: readonly T[]): T
  /** An index of `values`, each as often as its weight says. */
  weighted<T>(values: readonly (readonly [value: T, weight: number])[]): T
  /** Small numbers far oftener than large ones. */
  skewed(bound: number): number
}

/** The same numbers for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    below,
    chance: (share) => next() < share,
    pick: (values) => values[below(values.length)] as (typeof values)[number],
    weighted(values) {
      let at = next() * values.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of values) {
        at -= weight
        if (at < 0) return value
      }
      return (values.at(-1) as (typeof values)[number])[0]
    },
    skewed: (bound) => Math.floor(bound * next() ** 3),
  }
}
