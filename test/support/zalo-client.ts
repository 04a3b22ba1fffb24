import { createZaloClient, type ZaloClient } from '../../src/zalo/client.ts'
import { createMemoryCounter, createRateLimiter } from '../../src/zalo/rate.ts'
import { createTokenSource } from '../../src/zalo/token.ts'
import { createTransport } from '../../src/zalo/transport.ts'
import type { FakeZalo } from './fake-zalo.ts'
import { createMemoryPinStore, createMemoryTokenStore } from './memory-stores.ts'

/** A client of a fake Zalo that holds a good grant, with everything it was built from. */
export function createTestClient(
  zalo: FakeZalo,
  options: {
    messageApi?: 'auto' | 'v3' | 'v2'
    pinned?: 'v3' | 'v2'
    timeoutMs?: number
    perMinute?: number
    turnWaitMs?: number
    url?: string
    now?: () => number
  } = {},
) {
  const transport = createTransport({ timeoutMs: options.timeoutMs ?? 3_000 })
  const pins = createMemoryPinStore(options.pinned)
  const grants = createMemoryTokenStore()
  const tokens = createTokenSource({
    store: grants.store,
    transport,
    oauthUrl: zalo.url,
    appId: zalo.account.appId,
    appSecret: zalo.account.appSecret,
    now: Date.now,
    environmentRefreshToken: zalo.tokens.refreshToken,
  })
  const limiter = createRateLimiter({
    perMinute: options.perMinute ?? 6_000_000,
    counter: createMemoryCounter(),
    random: () => 0,
  })
  const client: ZaloClient = createZaloClient({
    transport,
    openapiUrl: options.url ?? zalo.url,
    appSecret: zalo.account.appSecret,
    tokens,
    limiter,
    messageApi: options.messageApi ?? 'auto',
    pins: pins.store,
    now: options.now ?? Date.now,
    random: () => 0,
    ...(options.turnWaitMs === undefined ? {} : { turnWaitMs: options.turnWaitMs }),
  })
  return { client, pins, grants, tokens, limiter, transport }
}
