export type FloodOptions = {
  /** More events of one citizen than this in a minute are a flood. */
  eventsPerMinute: number
  /** A flooding citizen gets one turn in this time. */
  foldMs: number
  /** The same citizen is not told again within this time. */
  tellAgainMs: number
}

export type FloodGuard = {
  /** Counts an event that arrived. */
  count(citizenKey: string): void
  isFlooding(citizenKey: string): boolean
  /** Remembers when a citizen was served. */
  served(citizenKey: string): void
  /** How long this citizen's next turn has to wait. */
  restMs(citizenKey: string): number
}

/** Slows down a citizen who sends too much, and nobody else. What it knows is bounded and forgotten within two minutes. */
export function createFloodGuard(options: FloodOptions): FloodGuard {
  let windowStartedAt = performance.now()
  let current = new Map<string, number>()
  let previous = new Map<string, number>()
  const servedAt = new Map<string, number>()

  function roll(): void {
    const elapsedMs = performance.now() - windowStartedAt
    if (elapsedMs < minuteMs) return
    previous = elapsedMs < 2 * minuteMs ? current : new Map()
    current = new Map()
    windowStartedAt = performance.now()
    for (const [citizenKey, at] of servedAt) if (performance.now() - at > minuteMs) servedAt.delete(citizenKey)
  }

  function isFlooding(citizenKey: string): boolean {
    roll()
    // The last minute slides: the part of the previous window that still lies in it counts by its share.
    const share = 1 - (performance.now() - windowStartedAt) / minuteMs
    const counted = (current.get(citizenKey) ?? 0) + (previous.get(citizenKey) ?? 0) * Math.max(0, share)
    return counted > options.eventsPerMinute
  }

  return {
    count(citizenKey) {
      roll()
      current.set(citizenKey, (current.get(citizenKey) ?? 0) + 1)
    },
    isFlooding,
    served(citizenKey) {
      if (isFlooding(citizenKey)) servedAt.set(citizenKey, performance.now())
    },
    restMs(citizenKey) {
      const at = servedAt.get(citizenKey)
      return at === undefined || !isFlooding(citizenKey) ? 0 : Math.max(0, at + options.foldMs - performance.now())
    },
  }
}

const minuteMs = 60_000
