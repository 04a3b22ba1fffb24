import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SendPriority, SharedCounter } from '../../src/usecases/ports.ts'
import { createMemoryCounter, createRateLimiter, type RateLimiter } from '../../src/zalo/rate.ts'

describe('with a clock of its own', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const now = () => performance.now()

  function limiter(perMinute: number, counter: SharedCounter = createMemoryCounter(now)): RateLimiter {
    return createRateLimiter({ perMinute, counter, now, random: () => 0 })
  }

  /** Asks all the time for `ms` and notes when each call went out. */
  async function sendsDuring(ms: number, limiters: RateLimiter[], priority: SendPriority = 1): Promise<number[]> {
    const sentAt: number[] = []
    let isOver = false
    for (const one of limiters) {
      for (let caller = 0; caller < 30; caller += 1) {
        void (async () => {
          while (!isOver) {
            await one.acquire(priority)
            sentAt.push(now())
          }
        })()
      }
    }
    await vi.advanceTimersByTimeAsync(ms)
    isOver = true
    return sentAt
  }

  function mostInAnyMinute(sentAt: number[]): number {
    return Math.max(...sentAt.map((start) => sentAt.filter((at) => at >= start && at < start + 60_000).length))
  }

  test.each([20, 100, 400])('no minute sees more than %i calls, and most of them are used', async (perMinute) => {
    const sentAt = await sendsDuring(240_000, [limiter(perMinute)])
    expect(mostInAnyMinute(sentAt)).toBeLessThanOrEqual(perMinute)
    expect(sentAt.length).toBeGreaterThan(perMinute * 2.5)
  })

  test('nearly all of a large limit can be used', async () => {
    const sentAt = await sendsDuring(180_000, [limiter(4_000)])
    expect(sentAt.length).toBeGreaterThan(4_000 * 3 * 0.98)
    for (let index = 0; index < sentAt.length; index += 97) {
      const start = sentAt[index] ?? 0
      const within = sentAt.slice(index, index + 4_100).filter((at) => at < start + 60_000).length
      expect(within).toBeLessThanOrEqual(4_000)
    }
  })

  test('replicas share one limit', async () => {
    const counter = createMemoryCounter(now)
    const sentAt = await sendsDuring(180_000, [limiter(100, counter), limiter(100, counter), limiter(100, counter)])
    expect(mostInAnyMinute(sentAt)).toBeLessThanOrEqual(100)
    expect(sentAt.length).toBeGreaterThan(180)
  })

  test('after a quiet time a quarter of the limit goes at once, the rest is spread', async () => {
    const sentAt = await sendsDuring(60_000, [limiter(100)])
    expect(sentAt.filter((at) => at - (sentAt[0] ?? 0) < 100)).toHaveLength(25)
    const gaps = sentAt.slice(26).map((at, index) => at - (sentAt[index + 25] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan(2_000)
  })

  test('one call per minute is possible', async () => {
    const sentAt = await sendsDuring(180_000, [limiter(1)])
    expect(sentAt.length).toBeGreaterThanOrEqual(2)
    expect(mostInAnyMinute(sentAt)).toBe(1)
  })

  test('a refusal for speed stops everybody for a minute at least', async () => {
    const counter = createMemoryCounter(now)
    const [first, second] = [limiter(600, counter), limiter(600, counter)]
    expect(await first.acquire(1)).toBe(true)
    expect(first.refused()).toBe(60_000)
    const start = now()
    let sent: number[] = []
    void sendsDuring(0, [first, second]).then((list) => {
      sent = list
    })
    await vi.advanceTimersByTimeAsync(59_900)
    expect(sent).toEqual([])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(now() - start).toBeGreaterThan(60_000)
    expect(await first.acquire(1, 10_000)).toBe(true)
  })

  test('the pause has jitter', () => {
    const counter = createMemoryCounter(now)
    expect(createRateLimiter({ perMinute: 10, counter, now, random: () => 0.99 }).refused()).toBeGreaterThan(74_000)
  })

  test('nobody who can wait only a little is kept through a pause', async () => {
    const one = limiter(600)
    one.refused()
    expect(await one.acquire(1, 5_000)).toBe(false)
    expect(one.waiting()).toBe(0)
  })

  test('a caller whose turn does not come in time hears so, and leaves the queue', async () => {
    const one = limiter(4)
    await one.acquire(1)
    const late = one.acquire(1, 2_000)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await late).toBe(false)
    expect(one.waiting()).toBe(0)
  })

  test("near the end of Zalo's own minute the rest is spread over a minute", async () => {
    const one = limiter(600)
    one.note(100, 50)
    expect(await one.acquire(1, 0)).toBe(true)
    one.note(100, 5)
    const start = now()
    const next = one.acquire(1).then(() => now() - start)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(await next).toBeGreaterThanOrEqual(9_900)
    one.note(100, 0)
    const last = one.acquire(1).then(() => now() - start)
    await vi.advanceTimersByTimeAsync(70_000)
    expect(await last).toBeGreaterThanOrEqual(69_000)
  })

  test('headers that make no sense change nothing', async () => {
    const one = limiter(600)
    for (const [limit, remain] of [
      [undefined, 0],
      [100, undefined],
      [0, 0],
      [-1, -5],
    ] as const)
      one.note(limit, remain)
    expect(await one.acquire(1, 0)).toBe(true)
  })

  test('the waiting citizen goes first and nobody starves', async () => {
    const one = limiter(60)
    const order: SendPriority[] = []
    for (const priority of [4, 3, 2, 1] as const) {
      for (let count = 0; count < 300; count += 1) void one.acquire(priority).then(() => order.push(priority))
    }
    await vi.advanceTimersByTimeAsync(300_000)
    const shareOf = (priority: SendPriority) => order.filter((each) => each === priority).length / order.length
    expect(order.length).toBeGreaterThan(200)
    expect(shareOf(1)).toBeGreaterThan(0.6)
    expect(shareOf(1)).toBeGreaterThan(shareOf(2))
    expect(shareOf(2)).toBeGreaterThan(shareOf(3))
    expect(shareOf(3)).toBeGreaterThan(shareOf(4))
    expect(shareOf(4)).toBeGreaterThan(0.01)
  })

  test('a citizen who writes during a broadcast is the next to be answered', async () => {
    const one = limiter(60)
    const order: SendPriority[] = []
    for (let count = 0; count < 300; count += 1) void one.acquire(4).then(() => order.push(4))
    await vi.advanceTimersByTimeAsync(60_000)
    const sentBefore = order.length
    void one.acquire(1).then(() => order.push(1))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(order.indexOf(1) - sentBefore).toBeLessThanOrEqual(1)
  })

  test('callers of one priority are served in the order they came', async () => {
    const one = limiter(60)
    const order: number[] = []
    for (let count = 0; count < 40; count += 1) void one.acquire(2).then(() => order.push(count))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(order).toEqual(Array.from({ length: 40 }, (_, index) => index))
  })

  test('without the shared counter each process keeps the pace alone', async () => {
    const broken: SharedCounter = {
      take: () => Promise.reject(new Error('away')),
      pause: () => Promise.reject(new Error('away')),
    }
    const one = limiter(100, broken)
    const sentAt = await sendsDuring(120_000, [one])
    expect(mostInAnyMinute(sentAt)).toBeLessThanOrEqual(100)
    expect(sentAt.length).toBeGreaterThan(100)
    expect(one.refused()).toBe(60_000)
  })
})

test('far from the limit a turn costs next to nothing', async () => {
  let takes = 0
  const memory = createMemoryCounter()
  const counter: SharedCounter = {
    ...memory,
    take: (...parameters) => {
      takes += 1
      return memory.take(...parameters)
    },
  }
  const limiter = createRateLimiter({ perMinute: 6_000_000, counter })
  const startedAt = performance.now()
  // Fewer than the bucket holds: whoever empties it waits for drops.
  for (let count = 0; count < 50_000; count += 1) await limiter.acquire(1)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(takes).toBeLessThan(100)
})
