import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import type { Closers } from './open-stores.ts'
import type { SharedCounter } from './usecases/ports.ts'
import { createMemoryCounter } from './zalo/rate.ts'

/** The counter of every rate limit that the replicas share: in Redis where there is one, else in memory. */
export async function openCounter(
  config: Config,
  { logger, closers, steadyNow }: { logger: Logger; closers: Closers; steadyNow: () => number },
): Promise<SharedCounter> {
  const memory = createMemoryCounter(steadyNow)
  if (config.redisUrl === null) return memory
  const { createRedisCounter } = await import('./store/redis-counter.ts')
  const redis = createRedisCounter({ url: config.redisUrl, logger, fallback: memory })
  closers.add('redis', () => redis.stop())
  return redis
}
