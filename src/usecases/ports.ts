import type { Params } from '../conversation/effects.ts'

/**
 * The shapes that the stories need from the outside. Adapters in `store`, `zalo`, `delivery` and `media` satisfy them;
 * `app.ts` joins the two.
 */

/** A tap sends `payload` as if it had been typed, unseen (zalo §3.2). `url` opens a page instead. */
export type Button = { title: string; payload: string } | { title: string; url: string }

/** One message to one citizen, before the platform's limits are applied. */
export type OutgoingBody =
  /** `imageUrl`: a picture above the words; Zalo takes no buttons beside it (zalo §3.1). */
  | { type: 'text'; text: string; buttons: Button[]; imageUrl?: string }
  /** Zalo's own card that asks for name, phone and address. */
  | { type: 'requestInfo'; title: string; subtitle: string; imageUrl?: string }

/**
 * What became of one call to the messaging platform (zalo §10.1):
 * - `retry`: nothing was delivered, try again after `retryAfterMs`
 * - `wait`: nothing was delivered, not before `retryAfterMs`
 * - `user`: this citizen cannot be reached on this channel now
 * - `admin`: the account or the grant is wrong; nothing to this account will work until a person mends it
 * - `drop`: this message can never be sent
 * - `ambiguous`: it may have been delivered; settle before any second try
 */
export type SendResult =
  | {
      ok: true
      /** Of the last part; the empty text where the platform accepted the message without naming it. */
      messageId: string
      /** Of every part that this call sent, in order; echoes and receipts carry these. */
      messageIds?: string[]
      sentAt: number
    }
  | {
      ok: false
      class: 'retry' | 'wait' | 'user' | 'admin' | 'drop' | 'ambiguous'
      /** The platform's number, or a word of ours: `timeout`, `reset`, `http502`, `refused`. */
      code: string
      retryAfterMs?: number
      /** How many parts of a long message the platform has taken in all: the next try starts there (`fromPart`). */
      partsAccepted?: number
      messageIds?: string[]
    }

/** 1 an answer to a waiting citizen, 2 a mandatory notice, 3 anything else, 4 broadcast. */
export type SendPriority = 1 | 2 | 3 | 4

export type SendOptions = {
  /** Goes on after a try that ended between the parts of a long message: `partsAccepted` of that try. */
  fromPart?: number
  /** 1 where nothing is said. */
  priority?: SendPriority
}

/** A line of the platform's own record of a chat (zalo §6.3), with the address or place that its type has. */
export type ChatLine = {
  messageId: string
  fromCitizen: boolean
  at: number
  type: string
  text: string
  url?: string
  thumbnail?: string
  description?: string
  place?: { latitude: string; longitude: string }
}

/** Sends to one citizen, known by the platform's id. */
export type MessagingPlatform = {
  send(userId: string, body: OutgoingBody, options?: SendOptions): Promise<SendResult>
  /** Newest first; `count` ≤ 10 a call. Throws `ZaloError` when it cannot be read. */
  chat(userId: string, options: { offset: number; count: number }): Promise<ChatLine[]>
}

/** The service's own time. Leases and timeouts never use it: it can be moved in demonstration and trial. */
export type Clock = { now(): number }

/** Both tokens of the grant that the account's administrator gave (zalo §2.3); times in milliseconds of the real clock. */
export type TokenPair = {
  accessToken: string
  refreshToken: string
  obtainedAt: number
  accessExpiresAt: number
  refreshExpiresAt: number
}

/** What is stored about the grant; `hash` is always the SHA-256 of a refresh token in hex. */
export type StoredGrant = {
  pair?: TokenPair
  /** A refresh token went out and its answer is not stored yet. */
  pending?: { hash: string; at: number }
  /** The platform no longer takes the stored refresh token: an administrator must consent again. */
  lost?: { code: string; at: number }
  /** When the administrator consented, or the first pair came by hand. */
  grantedAt?: number
  /** Refresh tokens from the environment that were used: each value serves once. */
  usedHashes: string[]
}

/** One grant for all replicas. Every write is a majority write: an unstored pair is a lost grant (zalo §2.3). */
export type TokenStore = {
  read(): Promise<StoredGrant>
  /** True where `holder` now holds the lock, also when it held it before; it ends by itself after `ttlMs`. */
  tryLock(holder: string, ttlMs: number): Promise<boolean>
  unlock(holder: string): Promise<void>
  /** Before a refresh token goes out; `remember` also adds it to `usedHashes`. */
  markPending(hash: string, at: number, options: { remember: boolean }): Promise<void>
  /** Ends a refresh without a new pair, if `hash` is still the pending one; `lost` also marks the grant as dead. */
  endPending(hash: string, lost?: { code: string; at: number }): Promise<void>
  /** Replaces the pair and removes `pending` and `lost`; a consent begins the age of the grant anew. */
  saveNew(pair: TokenPair, options?: { isConsent?: boolean }): Promise<void>
}

/** A token bucket shared by all replicas; it refills by its own clock. */
export type SharedCounter = {
  /** Takes up to `wanted` whole tokens; with none at hand `taken` is 0 and `waitMs` says how long until one is. */
  take(
    key: string,
    wanted: number,
    /** What is in the bucket up to `reserve` is left for others. @default 0 */
    bucket: { capacity: number; perMs: number; reserve?: number },
  ): Promise<{ taken: number; waitMs: number }>
  /** Shuts the bucket for everybody and empties it, unless it is to keep what it holds; a longer pause that already runs stays. */
  pause(key: string, ms: number, options?: { keepsTokens?: boolean }): Promise<void>
}

/** Which of the two message paths this account accepts, once it is known (zalo §3.9). */
export type PinStore = { read(): Promise<'v3' | 'v2' | undefined>; pin(path: 'v3' | 'v2'): Promise<void> }

export type Locale = 'vi' | 'en'

/** Every sentence a person can read, in the reader's language. */
export type Texts = {
  /** Strings among the parameters are other people's words and are shown literally. */
  translate(locale: Locale, key: string, params?: Params): string
  has(key: string): boolean
  /** Changes whenever the words of the sentence change in either language (R9-1, R5-5). */
  version(key: string): string
}
