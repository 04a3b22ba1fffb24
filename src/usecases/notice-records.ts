import type { NoticeDraft } from '../cases/notices.ts'
import type { OutsideChannel } from './notice-channels.ts'
import type { Locale, OutgoingBody } from './ports.ts'
import type { OutboxState, OutboxTry } from './road.ts'

/** Every way on which a notice can go, in the order of rule R5-1; a template goes by user id or by phone (zalo §3.6, §8). */
export const OUTSIDE_WAYS = ['templateByUser', 'templateByPhone', 'sms', 'email'] as const
export type OutsideWay = (typeof OUTSIDE_WAYS)[number]
export type NoticeWay = 'chat' | OutsideWay

/** The channel that carries a way. */
export function channelOf(way: OutsideWay): OutsideChannel {
  return way === 'sms' || way === 'email' ? way : 'template'
}

/** How far a notice has come (interface.md, notices). */
export type NoticeRecordState =
  | 'planned'
  | 'accepted'
  | 'delivered'
  | 'seen'
  | 'workItem'
  | 'done'
  | 'waiting'
  | 'cancelled'

/** One try beside the chat. `sending` is written before it leaves: after a crash it may have arrived, so it is never repeated. */
export type NoticeTry = {
  way: OutsideWay
  reference: string
  /** Service time, as all times here. */
  at: number
  /** Of one that was put off: when it was made; `at` is when it may be made again. */
  triedAt?: number
  result: 'sending' | 'accepted' | 'delivered' | 'seen' | 'failed' | 'unknown' | 'later'
  /** When the answer or the receipt came. */
  answeredAt?: number
  code?: string
  messageId?: string
  textVersion: string
}

/** A notice as it is to be told, whatever way it takes; encrypted in the store. */
export type ToldNotice = {
  draft: NoticeDraft
  locale: Locale
  /** The bubble of the chat; null for a sender without one. */
  body: OutgoingBody | null
}

/** One notice to one recipient, from the act that caused it to its proof (R5-5). */
export type NoticeRecord = {
  id: string
  version: number
  caseCode: string
  notice: string
  mandatory: boolean
  /** Must end with a person where no channel carries it. */
  needsPerson: boolean
  /** Answers a citizen who waits: told at any hour (R5-3). */
  isAnswer: boolean
  textVersion: string
  citizenKey: string | null
  partition: number
  createdAt: number
  state: NoticeRecordState
  /** When somebody has to look at it next; null once it has ended. */
  lookAt: number | null
  /** The words of the chat are kept, to be said when the citizen next writes. */
  isKept: boolean
  /** Keys of its messages in the outbox, oldest first. */
  bubbles: string[]
  tries: NoticeTry[]
  /** The work of a person that it has become. */
  workItem: string | null
}

/** What became of a message of the chat. */
export type Bubble = {
  id: string
  state: OutboxState
  isOpen: boolean
  createdAt: number
  acceptedAt: number | null
  deliveredAt: number | null
  seenAt: number | null
  settledAt: number | null
  tries: OutboxTry[]
  messageIds: string[]
}

/** What the account knows of a citizen on the chat, for windows and reachability (zalo §4.1). */
export type ChatFacts = {
  /** By the platform's time. */
  lastInteractionAt: number | null
  following: boolean | null
  /** What the platform answered when it refused last; cleared when the citizen does something. */
  unreachable: { code: string; at: number } | null
}

/** States in which nothing more has to be done. */
export const ENDED_STATES: ReadonlySet<NoticeRecordState> = new Set(['delivered', 'seen', 'done', 'cancelled'])

/** Where the next page of a list begins: oldest first. */
export type NoticePosition = { createdAt: number; id: string }

/** Notice records as they are kept. */
export type NoticeRecords = {
  /** Those in `partitions` that somebody has to look at by `now`, earliest first. */
  due(query: { partitions: readonly number[]; now: number; limit: number }): Promise<NoticeRecord[]>
  told(id: string): Promise<ToldNotice>
  bubbles(keys: readonly string[]): Promise<Map<string, Bubble>>
  chatFacts(citizenKey: string): Promise<{ facts: ChatFacts; userId: string } | null>
  /**
   * Stores a record as it has become, `record.version` being the one that was read. False where somebody was faster, or where the
   * citizen has written meanwhile and the words of the chat were to be kept.
   */
  store(record: NoticeRecord): Promise<boolean>
  /** Puts the words into the chat now, with the record, or nothing. False where somebody was faster. */
  say(record: NoticeRecord, now: number): Promise<boolean>
  /**
   * Takes an open message of the chat back, so that it does not arrive behind another way into the same chat; one that may be there
   * already is not sent again. False where it is leaving at this moment.
   */
  takeBack(bubble: string, now: number): Promise<boolean>
  /** Takes a receipt to the try that it belongs to; false where it belongs to none. */
  receipt(
    found: { messageId?: string; reference?: string },
    said: { result: 'delivered' | 'seen' | 'failed'; at: number; code?: string },
  ): Promise<boolean>
  /**
   * The platform repeats a template that somebody sent by this citizen's id: it proves that a try of unknown outcome was taken, and
   * names the message for its receipts. Times: `at` is the platform's, `now` service time. False where it belongs to no try.
   */
  templateEcho(echo: { citizenKey: string; messageId: string; at: number; now: number }): Promise<boolean>
  ofCase(caseCode: string): Promise<NoticeRecord[]>
  /** Mandatory notices of which it is not proven that they were told, oldest first, strictly after `after`; `upTo` is inclusive. */
  notInformed(
    after: NoticePosition | null,
    limit: number,
    filter?: { notice?: string; upTo?: number },
  ): Promise<NoticeRecord[]>
  /** When the oldest of them arose, and how many there are up to a bound. */
  notInformedSince(): Promise<{ oldestAt: number | null; count: number }>
}
