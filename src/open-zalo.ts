import type { Config, ZaloCredentials } from './config.ts'
import type { Logger } from './logger.ts'
import type { Closers, Stores } from './open-stores.ts'
import { createPinStore, createTokenStore } from './store/zalo-store.ts'
import type { SharedCounter } from './usecases/ports.ts'
import type { PartWords } from './workers/deliver.ts'
import { type Calls, createCalls } from './zalo/calls.ts'
import { createZaloClient, type ZaloClient } from './zalo/client.ts'
import { parseEvent } from './zalo/events.ts'
import { toRequests } from './zalo/messages.ts'
import { createRateLimiter } from './zalo/rate.ts'
import { createSignatureCheck, timestampOf } from './zalo/signature.ts'
import { createTokenSource, type TokenSource } from './zalo/token.ts'
import { createTransport } from './zalo/transport.ts'
import { toWebhookEvent } from './zalo/webhook-event.ts'

export type ZaloAccount = {
  credentials: ZaloCredentials
  refreshToken: string | null
  openapiUrl: string
  businessUrl: string
  oauthUrl: string
}

export type Zalo = {
  client: ZaloClient
  /** Calls outside the chat on both hosts, under the rate limit of the account. */
  calls: { oa: Calls; business: Calls }
  tokens: TokenSource
  checkSignature: ReturnType<typeof createSignatureCheck>
  timestampOf: typeof timestampOf
  read(raw: Buffer): ReturnType<typeof toWebhookEvent>
  /** What Zalo's own record of a chat will show of each part of a message. */
  partWords: PartWords
}

/** Everything that speaks to Zalo for one account, or reads what Zalo sends. */
export async function openZalo(deps: {
  config: Config
  account: ZaloAccount
  stores: Stores
  counter: SharedCounter
  /** Measures the pauses that the rate limit orders. */
  steadyNow: () => number
  logger: Logger
  closers: Closers
}): Promise<Zalo> {
  const { config, account, stores, counter, logger, closers } = deps
  const { appId, appSecret, oaId, oaSecretKey } = account.credentials
  const { database } = stores
  const transport = createTransport()
  closers.add('zalo transport', () => transport.close())
  const tokens = createTokenSource({
    store: createTokenStore({ database, cipher: stores.keyring.fields, oaId }),
    transport,
    oauthUrl: account.oauthUrl,
    appId,
    appSecret,
    now: Date.now,
    environmentRefreshToken: account.refreshToken ?? undefined,
    onAlert: (alert) => logger.error({ alert }, 'the Zalo grant needs attention'),
  })
  const limiter = createRateLimiter({ perMinute: config.zalo.ratePerMinute, counter, key: oaId, now: deps.steadyNow })
  const client = createZaloClient({
    transport,
    openapiUrl: account.openapiUrl,
    appSecret,
    tokens,
    limiter,
    messageApi: config.zalo.messageApi,
    broadcastTargets: config.zalo.broadcastTargets,
    pins: createPinStore({ database, oaId }),
    now: Date.now,
  })
  const secretKeys = [oaSecretKey, ...(config.zalo.previousSecretKey === null ? [] : [config.zalo.previousSecretKey])]
  return {
    client,
    calls: {
      oa: createCalls({ transport, baseUrl: account.openapiUrl, appSecret, tokens, limiter }),
      business: createCalls({ transport, baseUrl: account.businessUrl, appSecret, tokens, limiter }),
    },
    tokens,
    checkSignature: createSignatureCheck({ appId, secretKeys }),
    timestampOf,
    read: (raw) => toWebhookEvent(parseEvent(raw, { appId, oaId })),
    partWords: (body) =>
      body.type === 'requestInfo'
        ? [{ text: body.title, isCard: true }]
        : toRequests('', body).map(({ message }) => ({ text: message.text ?? '', isCard: false })),
  }
}
