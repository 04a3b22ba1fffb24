import type { IncomingHttpHeaders } from 'node:http'
import type { SignedEvent, ZaloEvent, zaloEvents } from './zalo-events.ts'

/**
 * How one call goes wrong. The `…ButDelivered` ways bring the message to the citizen all the same. `silent` never answers,
 * `reset` cuts the connection, `hang` waits `ms` and then does as it should.
 */
export type Fault =
  | { mode: 'error' | 'errorButDelivered'; code: number; message?: string }
  | { mode: 'timeout' | 'timeoutButDelivered' | 'reset' | 'resetButDelivered' }
  | { mode: 'html502' | 'html502ButDelivered' }
  | { mode: 'answer'; status: number; body: string; isDelivered?: boolean }
  | { mode: 'slow'; ms: number }

/** Which calls a fault meets; `times` of them (1 where nothing is said, `Infinity` for all). */
export type FaultMatch = { path?: string; userId?: string; times?: number; buttonsOnly?: boolean }

export type FakeCall = {
  method: string
  path: string
  /** Path without its query. */
  route: string
  headers: IncomingHttpHeaders
  /** Parsed JSON, form fields, or the parameter `data` of a `GET`. */
  body: unknown
  token: string
  userId: string
  /** Zalo's number, or the word for an answer that is none. */
  outcome: string
}

/** A message that reached a citizen. */
export type Delivered = { userId: string; messageId: string; at: number; message: FakeMessage; route: string }

/** A template that reached somebody, by the platform's id or by telephone number. */
export type TemplateArrival = {
  to: { userId: string } | { phone: string }
  messageId: string
  at: number
  templateId: string
  data: Record<string, string>
  /** `tracking_id`: only by telephone number. */
  reference?: string
}

export type FakeMessage = { text?: string; attachment?: { type?: string; payload?: Record<string, unknown> } }

export type FakeZaloOptions = {
  appId?: string
  appSecret?: string
  oaId?: string
  oaSecretKey?: string
  /** Which message path this account accepts; the other answers -235 or -240 as at Zalo (`v3` is a business account). */
  paths?: 'v3' | 'v2' | 'both' | 'none'
  /** Kept refresh token at the start; the first one to be used. */
  refreshToken?: string
  /** Seconds that an access token lives, written as text like Zalo does. */
  expiresInSeconds?: number
  perMinute?: number
  requireProof?: boolean
  /** `plain` answers -201 to buttons. */
  buttons?: 'accepted' | 'plain'
  /** Numbers where Zalo mostly writes text, and text where it mostly writes numbers. */
  oddTypes?: boolean
  /** Where signed events go; without it none are sent. */
  webhookUrl?: string
  /** Which events follow a delivered message. */
  echoes?: boolean
  receipts?: boolean
  /** Off for benches: nothing is kept but counts. */
  isRecording?: boolean
  /** What the list of recent chats shows. @default 'lines' */
  recents?: 'lines' | 'chats'
  onDelivered?: (delivered: Delivered) => void
  /** Decides about every call that no fault of `fail` meets. */
  fate?: (call: { route: string; userId: string; body: unknown }) => Fault | undefined
  /** Carries the echo and the receipts of one message, in Zalo's order, instead of posting them one after the other. */
  carryEvents?: (events: ZaloEvent[]) => void
  /** How long the answer to a call takes that has been carried out already. @default none */
  answerDelayMs?: () => number
  port?: number
}

export type FakeZalo = {
  url: string
  account: { appId: string; appSecret: string; oaId: string; oaSecretKey: string }
  /** Everything that was asked, in order. */
  calls: FakeCall[]
  /** Everything that reached a citizen, in order. */
  delivered: Delivered[]
  /** `unheard`: deliveries whose caller was gone before the answer. */
  counts: { calls: number; delivered: number; refreshes: number; unheard: number }
  /** The tokens that are good now. */
  tokens: { accessToken: string; refreshToken: string }
  fail(fault: Fault, match?: FaultMatch): void
  clearFaults(): void
  /** Makes the present access token bad without giving a new one. */
  revokeAccessToken(): void
  /** Issues a code as the consent page would. */
  issueCode(challenge?: string): string
  /** Signs an event and posts it; resolves to the status, 0 when nobody answers. */
  post(event: ZaloEvent | Record<string, unknown>, options?: { odd?: boolean; secretKey?: string }): Promise<number>
  sign(event: ZaloEvent | Record<string, unknown>, options?: { odd?: boolean }): SignedEvent
  events: ReturnType<typeof zaloEvents>
  /** Articles that were made, and each broadcast of one, in order. */
  articles: { id: string; token: string; body: Record<string, unknown> }[]
  announced: { articleId: string; target: unknown }[]
  /** Templates that reached somebody, in order. */
  templates: TemplateArrival[]
  texts(userId: string): string[]
  setWebhook(url: string | undefined): void
  /** Resolves when every echo and receipt that is due has been posted. */
  settled(): Promise<void>
  stop(): Promise<void>
}
