/** Callers hand in one item each; the items that arrive while a write is on its way travel together in the next one. */
export type GroupCommit<Item, Result> = {
  add(item: Item): Promise<Result>
  /** Items waiting for or being in a write. */
  size(): number
  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void>
}

/**
 * Gathers items into few writes: the first starts at once, the following wait for it and share the next. `write` answers
 * one result per item, in order; when it throws, every item of that write fails with the same error.
 */
export function createGroupCommit<Item, Result>(options: {
  write(items: Item[]): Promise<Result[]>
  itemsMax: number
  /** @default 1 */
  writesAtOnceMax?: number
  /** A write beside another waits for so many items, for many small ones cost more than few large. @default 1 */
  itemsBesideMin?: number
}): GroupCommit<Item, Result> {
  type Waiting = { item: Item; resolve(result: Result): void; reject(error: unknown): void }
  const writesAtOnceMax = options.writesAtOnceMax ?? 1
  const itemsBesideMin = options.itemsBesideMin ?? 1
  let waiting: Waiting[] = []
  let writes = 0
  let inWrite = 0
  let isScheduled = false
  let idleWaiters: (() => void)[] = []

  function schedule(): void {
    if (isScheduled || waiting.length === 0 || writes >= writesAtOnceMax) return
    if (writes > 0 && waiting.length < itemsBesideMin) return
    isScheduled = true
    // The next turn of the event loop, so that requests read from the sockets in this one come along.
    setImmediate(() => {
      isScheduled = false
      const group = waiting.slice(0, options.itemsMax)
      waiting = waiting.slice(group.length)
      writes += 1
      inWrite += group.length
      void writeGroup(group).finally(() => {
        writes -= 1
        inWrite -= group.length
        schedule()
        if (waiting.length === 0 && writes === 0) for (const resolve of idleWaiters.splice(0)) resolve()
      })
      schedule()
    })
  }

  async function writeGroup(group: Waiting[]): Promise<void> {
    let results: Result[]
    try {
      results = await options.write(group.map(({ item }) => item))
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    group.forEach(({ resolve }, index) => {
      resolve(results[index] as Result)
    })
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      })
    },
    size: () => waiting.length + inWrite,
    idle() {
      if (waiting.length === 0 && writes === 0) return Promise.resolve()
      return new Promise((resolve) => {
        idleWaiters = [...idleWaiters, resolve]
      })
    },
  }
}
