/** A small memory of what was used last; what is not used for a while is gone. */
export type Recent<T> = {
  get(key: string): T | undefined
  set(key: string, value: T): void
  delete(key: string): void
  clear(): void
}

/** Keeps values for one to two times `keepMs` after their last use, and at most twice `valuesMax` of them. */
export function createRecent<T>(options: { keepMs: number; valuesMax: number }): Recent<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  let turnedAt = performance.now()

  function turn(): void {
    if (performance.now() - turnedAt < options.keepMs && young.size < options.valuesMax) return
    old = performance.now() - turnedAt < 2 * options.keepMs ? young : new Map()
    young = new Map()
    turnedAt = performance.now()
  }

  return {
    get(key) {
      turn()
      const value = young.get(key) ?? old.get(key)
      if (value !== undefined) young.set(key, value)
      return value
    },
    set(key, value) {
      turn()
      young.set(key, value)
    },
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
    clear() {
      young.clear()
      old.clear()
    },
  }
}
