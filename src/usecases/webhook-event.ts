import type { Incoming } from '../conversation/incoming.ts'
import type { ChannelReceipt } from './notice-channels.ts'

type Common = {
  /** The key that makes a repeated delivery the same event (zalo §9.3). */
  key: string
  eventName: string
  /** Zalo's id of the citizen; never logged. */
  userId: string
  /** Zalo's time in milliseconds. */
  at: number
}

/**
 * What one webhook event means to the road. `turn` events run the conversation; `echo` and `receipt` speak about our own
 * messages; `ignored` events have no effect and are only counted under `reason`.
 */
export type WebhookEvent =
  | (Common & { kind: 'incoming'; incoming: Incoming })
  /** Staff typed in Zalo's own tool (zalo §9.5). */
  | (Common & { kind: 'staffWrote' })
  /** The platform repeats what we sent ourselves. */
  | (Common & { kind: 'echo'; messageId: string; text: string })
  | (Common & { kind: 'receipt'; state: 'delivered' | 'seen'; messageIds: string[] })
  | { kind: 'ignored'; reason: string; accountChange?: AccountChange; channelReceipt?: ChannelReceipt }

/** Something about the account itself, which no citizen caused; `what` is its name in our words. */
export type AccountChange = { key: string; what: string; templateId?: string; before?: string; after?: string }

/** Understands the raw bytes of an event whose signature was right. Never throws: what it does not know is `ignored`. */
export type ReadWebhookEvent = (raw: Buffer) => WebhookEvent
