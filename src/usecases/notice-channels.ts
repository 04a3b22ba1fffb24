import type { Locale, SendResult } from './ports.ts'

/** A way to a sender beside the chat, in the order in which rule R5-1 names them. */
export const OUTSIDE_CHANNELS = ['template', 'sms', 'email'] as const
export type OutsideChannel = (typeof OUTSIDE_CHANNELS)[number]

/** What is known of the person, opened only at the moment of sending. */
export type ChannelAddress = {
  /** The platform's id of a citizen who has met the account. */
  userId: string | null
  /** E.164. */
  phone: string | null
  email: string | null
}

/** One notice as an outside channel carries it: code, state and days only (R5-4), except by e-mail. */
export type ChannelMessage = {
  /** The same on every repeat of one try, so that a provider that knows references sends it once. `[A-Za-z0-9_-]{1,48}` */
  reference: string
  /** The id of §5: `N3`, or `message`. */
  notice: string
  caseCode: string
  locale: Locale
  /** A suspected denunciation: nothing but code, state and days on any channel (R2-31). */
  isQuiet: boolean
  subject: string
  text: string
  /** For SMS. */
  shortText: string
  link: string
  /** Display strings by name, for templates: code, state, unit, link, answerBy, replyBy, reason, name … */
  values: Record<string, string>
}

/** A channel beside the chat; one that is not set up is absent. */
export type NoticeChannel = {
  name: OutsideChannel
  /**
   * Null where this notice can go this way to this person, else the reason as a word: `noTemplate`, `templateDisabled`, `noPhone`,
   * `notMobile`, `noEmail`, `noBalance` and the like. Decides without I/O; `now` is service time.
   */
  hindrance(notice: string, address: ChannelAddress, now: number): string | null
  /** Answers with the classes of zalo §10.1 whatever the channel is. */
  send(address: ChannelAddress, message: ChannelMessage): Promise<SendResult>
}

/** What a provider says later of what it took. */
export type ChannelReceipt = {
  channel: OutsideChannel
  messageId?: string
  reference?: string
  state: 'delivered' | 'seen' | 'failed'
  /** Service time. */
  at: number
  code?: string
}

/**
 * Takes a receipt to the proof of the notice; resolves when it is stored. The same receipt again changes nothing, and one that
 * belongs to nothing is `unknown`.
 */
export type OnReceipt = (receipt: ChannelReceipt) => Promise<'stored' | 'unknown'>
