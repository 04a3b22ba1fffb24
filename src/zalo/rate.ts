import type { SendPriority, SharedCounter } from '../usecases/ports.ts'

/** Spreads calls so that all replicas together stay under the account's limit (zalo §4.3). */
export type RateLimiter = {
  /**
   * Resolves to true when the call may go out, to false when its turn does not come within `waitMaxMs`. Waiting callers are
   * served by priority; every priority gets a share, so none starves.
   */
  acquire(priority: SendPriority, waitMaxMs?: number): Promise<boolean>
  /** Tells what Zalo said of the limit: `X-RateLimit-Limit` and `X-RateLimit-Remain`. */
  note(limit: number | undefined, remain: number | undefined): void
  /** Zalo answered -32: everybody pauses for a minute and a little more. Resolves to the length of the pause. */
  refused(): number
  /** How long nothing at all will go out; 0 while calls flow. */
  pausedMs(): number
  /** How many callers wait, for metrics. */
  waiting(): number
}

type Waiter = { resolve: (granted: boolean) => void; timer: NodeJS.Timeout | undefined }

/** Shares of a full queue: an answer to a waiting citizen before everything else, a broadcast last. */
const shares: Readonly<Record<SendPriority, number>> = { 1: 24, 2: 6, 3: 3, 4: 1 }
const priorities: readonly SendPriority[] = [1, 2, 3, 4]
/** Calls per minute from which on a limit is worth spending to its end. */
const largeFrom = 1_000
/**
 * What a class leaves in the bucket that the replicas share, as a part of it: a citizen who is answered by another replica finds
 * something there at once, however hard a broadcast presses here.
 */
const reserves: Readonly<Record<SendPriority, number>> = { 1: 0, 2: 0, 3: 0.1, 4: 0.2 }
/** Tokens taken in advance are worth little after this: a burst must not be saved up in every replica. */
const handLifeMs = 1_000

/**
 * A bucket that refills so that no minute sees more than `perMinute` calls, a full bucket and handfuls of some replicas included.
 * Under a small limit it holds a quarter of it, so that a citizen who writes after a quiet time is answered at once; under a large
 * one little more than a second's worth, which leaves nearly all of the limit to those who send without a pause. Far from the
 * limit tokens are taken in handfuls, so a call costs nothing but a subtraction.
 */
export function createRateLimiter(deps: {
  perMinute: number
  counter: SharedCounter
  /** Name of the bucket that the replicas share; one per account. */
  key?: string
  /** The real clock. */
  now?: () => number
  random?: () => number
}): RateLimiter {
  const now = deps.now ?? (() => performance.now())
  const random = deps.random ?? Math.random
  const key = deps.key ?? 'zalo'
  const { perMinute } = deps
  const isLarge = perMinute >= largeFrom
  const capacity = Math.max(1, Math.floor(isLarge ? perMinute * 0.015 : Math.min(perMinute / 4, 25)))
  const kept = isLarge ? 0.002 : 0.05
  const bucket = { capacity, perMs: Math.max(perMinute * 0.7, perMinute * (1 - kept) - capacity) / 60_000 }
  const handful = Math.max(1, Math.min(Math.floor(perMinute / (isLarge ? 2_000 : 600)), capacity))
  const queues: Record<SendPriority, Waiter[]> = { 1: [], 2: [], 3: [], 4: [] }
  const passes: Record<SendPriority, number> = { 1: 0, 2: 0, 3: 0, 4: 0 }
  const alone = createMemoryCounter(now)
  let lastPass = 0
  let hand = { tokens: 0, takenAt: 0 }
  let notBefore = 0
  let isPumping = false
  let wake: (() => void) | undefined

  function takeFromHand(): boolean {
    if (hand.tokens < 1 || now() - hand.takenAt > handLifeMs || now() < notBefore) return false
    hand.tokens -= 1
    return true
  }

  /** The class with the least served share goes next; one that comes back from idleness starts level with the others. */
  function nextPriority(): SendPriority | undefined {
    let best: SendPriority | undefined
    for (const priority of priorities) {
      if (queues[priority].length > 0 && (best === undefined || passes[priority] < passes[best])) best = priority
    }
    return best
  }

  function serve(priority: SendPriority): void {
    const waiter = queues[priority].shift()
    lastPass = passes[priority]
    passes[priority] += 1 / shares[priority]
    clearTimeout(waiter?.timer)
    waiter?.resolve(true)
  }

  async function pump(): Promise<void> {
    if (isPumping) return
    isPumping = true
    try {
      for (;;) {
        const priority = nextPriority()
        if (priority === undefined) return
        if (takeFromHand()) {
          serve(priority)
          continue
        }
        const pauseMs = notBefore - now()
        if (pauseMs > 0) {
          await rest(pauseMs)
          continue
        }
        // While the shared counter cannot be asked, this process keeps the pace alone.
        const asked = { ...bucket, reserve: reserveFor(priority) }
        const { taken, waitMs } = await deps.counter
          .take(key, handful, asked)
          .catch(() => alone.take(key, handful, asked))
        if (taken > 0) hand = { tokens: taken, takenAt: now() }
        else await rest(waitMs)
      }
    } finally {
      isPumping = false
    }
  }

  /** Shares decide between those who wait here; what is left to others counts only while nobody here is more urgent. */
  function reserveFor(priority: SendPriority): number {
    const isUrgent = priorities.some((one) => one < priority && queues[one].length > 0)
    return isUrgent ? 0 : Math.min(Math.floor(capacity * reserves[priority]), capacity - 1)
  }

  /** Somebody more urgent ends the rest. */
  async function rest(ms: number): Promise<void> {
    await Promise.race([
      pauseFor(ms),
      new Promise<void>((resolve) => {
        wake = resolve
      }),
    ])
    wake = undefined
  }

  function waiting(): number {
    return priorities.reduce((sum, priority) => sum + queues[priority].length, 0)
  }

  return {
    acquire(priority, waitMaxMs) {
      if (waiting() === 0 && takeFromHand()) return Promise.resolve(true)
      if (waitMaxMs !== undefined && notBefore - now() > waitMaxMs) return Promise.resolve(false)
      return new Promise((resolve) => {
        const waiter: Waiter = { resolve, timer: undefined }
        if (queues[priority].length === 0) passes[priority] = Math.max(passes[priority], lastPass)
        if (priorities.every((one) => one > priority || queues[one].length === 0)) wake?.()
        queues[priority].push(waiter)
        if (waitMaxMs !== undefined) {
          waiter.timer = setTimeout(() => {
            const index = queues[priority].indexOf(waiter)
            if (index < 0) return
            queues[priority].splice(index, 1)
            resolve(false)
          }, waitMaxMs)
        }
        void pump()
      })
    },

    note(limit, remain) {
      if (
        limit === undefined ||
        remain === undefined ||
        limit <= 0 ||
        remain > limit * (limit >= largeFrom ? 0.015 : 0.1)
      )
        return
      // Near the end of Zalo's own minute the rest is spread over a minute: somebody else spends from the same limit.
      hand = { tokens: 0, takenAt: 0 }
      const pauseMs = 60_000 / (Math.max(0, remain) + 1)
      notBefore = Math.max(notBefore, now() + pauseMs)
      // The limit is the account's: every replica slows down.
      deps.counter.pause(key, Math.ceil(pauseMs), { keepsTokens: true }).catch(() => undefined)
    },

    refused() {
      const pauseMs = 60_000 + Math.floor(random() * 15_000)
      hand = { tokens: 0, takenAt: 0 }
      notBefore = Math.max(notBefore, now() + pauseMs)
      deps.counter.pause(key, pauseMs).catch(() => undefined)
      return pauseMs
    },

    pausedMs: () => Math.ceil(Math.max(0, notBefore - now())),
    waiting,
  }
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(1, Math.min(ms, 1_000))).unref()
  })
}

/** The port of `createRateLimiter` inside one process. */
export function createMemoryCounter(now: () => number = () => performance.now()): SharedCounter {
  const buckets = new Map<string, { tokens: number; at: number; shutUntil: number }>()

  function bucketOf(key: string, capacity: number) {
    const found = buckets.get(key)
    if (found !== undefined) return found
    const fresh = { tokens: capacity, at: now(), shutUntil: 0 }
    buckets.set(key, fresh)
    return fresh
  }

  return {
    async take(key, wanted, { capacity, perMs, reserve = 0 }) {
      const bucket = bucketOf(key, capacity)
      const current = now()
      bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, current - bucket.at) * perMs)
      bucket.at = current
      if (current < bucket.shutUntil) return { taken: 0, waitMs: bucket.shutUntil - current }
      const taken = Math.max(0, Math.min(wanted, Math.floor(bucket.tokens - reserve)))
      bucket.tokens -= taken
      return { taken, waitMs: taken > 0 ? 0 : Math.ceil((reserve + 1 - bucket.tokens) / perMs) }
    },

    async pause(key, ms, { keepsTokens = false } = {}) {
      const bucket = bucketOf(key, 0)
      bucket.shutUntil = Math.max(bucket.shutUntil, now() + ms)
      if (!keepsTokens) bucket.tokens = 0
    },
  }
}
