import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { createRedisCounter, type RedisCounter } from '../../src/store/redis-counter.ts'
import { createMemoryCounter, createRateLimiter } from '../../src/zalo/rate.ts'
import { canTestWithRedis, startRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

describe.runIf(canTestWithRedis())('replicas that share Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>
  const counters: RedisCounter[] = []
  let accounts = 0

  beforeAll(async () => {
    redis = await startRedis()
    for (let replica = 0; replica < 2; replica++) {
      counters.push(
        createRedisCounter({
          url: redis.url,
          logger: createLogger({ level: 'silent' }),
          fallback: createMemoryCounter(),
        }),
      )
    }
    await until('both are connected', () => counters.every((one) => one.isUp()))
  })
  afterAll(async () => {
    for (const counter of counters) await counter.stop()
    await redis.kill()
  })

  /** Two replicas of one account. */
  function replicas(perMinute: number) {
    accounts += 1
    return counters.map((counter) =>
      createRateLimiter({ perMinute, counter, key: `account-${accounts}`, random: () => 0 }),
    )
  }

  test('spend one bucket together', async () => {
    const limiters = replicas(400)
    const granted = await Promise.all(limiters.flatMap((one) => Array.from({ length: 100 }, () => one.acquire(1, 300))))
    const count = granted.filter(Boolean).length
    // What the bucket holds at once, and what comes in within the wait.
    expect(count).toBeGreaterThanOrEqual(25)
    expect(count).toBeLessThan(50)
  })

  test('leave something for a citizen who waits at another one, however hard a broadcast presses', async () => {
    const [first, second] = replicas(400)
    const broadcast = await Promise.all(Array.from({ length: 200 }, () => first?.acquire(4, 200)))
    const sent = broadcast.filter(Boolean).length
    expect(sent).toBeGreaterThanOrEqual(20)
    expect(sent).toBeLessThan(50)
    const answers = await Promise.all(Array.from({ length: 4 }, () => second?.acquire(1, 5_000)))
    expect(answers.every((one) => one === true)).toBe(true)
  })

  test('slow down together when Zalo says that little is left, or refuses', async () => {
    const [first, second] = replicas(400)
    expect(await second?.acquire(1, 100)).toBe(true)
    first?.note(400, 3)
    await until('the other one hears of it', async () => (await second?.acquire(1, 20)) === false)
    const [third, fourth] = replicas(400)
    third?.refused()
    await until('the other one stops', async () => (await fourth?.acquire(1, 20)) === false)
  })
})
