/** A growing pause with a cap, spread so that many who failed together do not come back together. */
export function backoffMs(tries: number, options: { firstMs: number; maxMs: number }): number {
  const fullMs = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(tries, 20))
  return fullMs / 2 + Math.random() * (fullMs / 2)
}
