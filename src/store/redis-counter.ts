import { Redis } from 'ioredis'
import type { Logger } from '../logger.ts'
import type { SharedCounter } from '../usecases/ports.ts'

/**
 * A token bucket in one script, so that replicas never take the same token. Time is Redis's own. Keys end by themselves:
 * nothing durable lives here.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wanted, capacity, perMs, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local shut = tonumber(redis.call('GET', KEYS[2]) or '0')
if now < shut then return {0, shut - now} end
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1] or capacity)
tokens = math.min(capacity, tokens + math.max(0, now - tonumber(bucket[2] or now)) * perMs)
local taken = math.max(0, math.min(wanted, math.floor(tokens - reserve)))
redis.call('HSET', KEYS[1], 'tokens', tokens - taken, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / perMs) + 60000)
if taken > 0 then return {taken, 0} end
return {0, math.ceil((reserve + 1 - tokens) / perMs)}
`
const PAUSE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local untilMs = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[2]) or '0'))
redis.call('SET', KEYS[2], untilMs, 'PX', math.max(1, untilMs - now))
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) end
`
const COMMAND_TIMEOUT_MS = 500
const LOG_EVERY_MS = 60_000

export type RedisCounter = SharedCounter & { isUp(): boolean; stop(): Promise<void> }

/** The rate limit shared by all replicas; while Redis is away each replica keeps to a share of its own by `fallback`. */
export function createRedisCounter(options: { url: string; logger: Logger; fallback: SharedCounter }): RedisCounter {
  const { logger, fallback } = options
  const redis = new Redis(options.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 200, 5_000),
  })
  let loggedAt = 0
  const away = (error: unknown) => {
    if (performance.now() - loggedAt < LOG_EVERY_MS && loggedAt > 0) return
    loggedAt = performance.now()
    logger.warn({ err: error }, 'Redis is away: the rate limit holds for this process alone')
  }
  redis.on('error', away)
  redis.connect().catch(away)
  const keys = (key: string) => [`pakn:rate:{${key}}`, `pakn:rate:{${key}}:shut`]

  return {
    async take(key, wanted, bucket) {
      if (redis.status !== 'ready') return fallback.take(key, wanted, bucket)
      try {
        const answer = await redis.eval(
          TAKE,
          2,
          ...keys(key),
          wanted,
          bucket.capacity,
          bucket.perMs,
          bucket.reserve ?? 0,
        )
        const [taken = 0, waitMs = 0] = answer as number[]
        return { taken, waitMs }
      } catch (error) {
        away(error)
        return fallback.take(key, wanted, bucket)
      }
    },
    async pause(key, ms, options = {}) {
      await fallback.pause(key, ms, options)
      if (redis.status === 'ready')
        await redis.eval(PAUSE, 2, ...keys(key), ms, options.keepsTokens === true ? 1 : 0).catch(away)
    },
    isUp: () => redis.status === 'ready',
    async stop() {
      redis.disconnect()
    },
  }
}
