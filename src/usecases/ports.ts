/**
 * The shapes that the stories need from the outside. Adapters in `store`, `zalo`, `delivery` and `media` satisfy them;
 * `app.ts` joins the two.
 */

/** A tap sends `payload` as if it had been typed, unseen (zalo §3.2). `url` opens a page instead. */
export type Button = { title: string; payload: string } | { title: string; url: string }

/** One message to one citizen, before the platform's limits are applied. */
export type OutgoingBody =
  | { type: 'text'; text: string; buttons: Button[] }
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
  | { ok: true; messageId: string; sentAt: number }
  | {
      ok: false
      class: 'retry' | 'wait' | 'user' | 'admin' | 'drop' | 'ambiguous'
      /** The platform's number, or a word of ours: `timeout`, `reset`, `http502`, `refused`. */
      code: string
      retryAfterMs?: number
    }

/** A line of the platform's own record of a chat (zalo §6.3). */
export type ChatLine = { messageId: string; fromCitizen: boolean; at: number; type: string; text: string }

/** Sends to one citizen, known by the platform's id. */
export type MessagingPlatform = {
  send(userId: string, body: OutgoingBody): Promise<SendResult>
  /** Newest first; `count` ≤ 10 a call. Throws `ZaloError` when it cannot be read. */
  chat(userId: string, options: { offset: number; count: number }): Promise<ChatLine[]>
}

/** The service's own time. Leases and timeouts never use it: it can be moved in demonstration and trial. */
export type Clock = { now(): number }
