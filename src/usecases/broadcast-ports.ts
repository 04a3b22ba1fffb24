import type { RecipientFacts, Verdict } from '../cases/broadcasts/audience.ts'
import type { Broadcast, BroadcastState } from '../cases/broadcasts/broadcast.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { Locale, OutgoingBody } from './ports.ts'
import type { CitizenPlace } from './road.ts'

/**
 * What became of a broadcast's direct messages: `total` people of the segment so far, `sent` accepted by Zalo, of these
 * `delivered` to the phone. What is neither sent nor skipped nor failed is on its way or waits.
 */
export type BroadcastCounts = { total: number; sent: number; delivered: number; skipped: number; failed: number }

/** How many by reason: why skipped, failed or waiting. */
export type BroadcastReasons = Readonly<Record<string, number>>

export type BroadcastReport = { counts: BroadcastCounts; reasons: BroadcastReasons }

export const RECIPIENT_STATES = ['waiting', 'sent', 'delivered', 'seen', 'skipped', 'failed'] as const
export type RecipientState = (typeof RECIPIENT_STATES)[number]

/** What became of one person's copy. Who it is stays out of it. */
export type RecipientLine = {
  /** Stands for the person in this broadcast and nowhere else. */
  ref: string
  state: RecipientState
  reason: string | null
  at: number
}

export type BroadcastPosition = { createdAt: number; id: string }

/** Broadcasts as people see and change them. Every write is a majority write. */
export type BroadcastStore = {
  /** Keeps the mark of the request in the same transaction. */
  add(broadcast: Broadcast, mark: IdempotencyMark | null): Promise<void>
  find(id: string): Promise<Broadcast | null>
  /** Newest first, strictly after `after`. */
  list(query: {
    states: readonly BroadcastState[] | null
    after: BroadcastPosition | null
    limit: number
  }): Promise<Broadcast[]>
  /** Stores what a broadcast has become; false where it is not the version before any more. */
  replace(next: Broadcast, mark: IdempotencyMark | null): Promise<boolean>
  report(id: string): Promise<BroadcastReport>
  /** In the order of their keys, strictly after `after`. */
  recipients(
    id: string,
    query: { group: 'all' | 'waiting' | 'skipped'; after: string | null; limit: number },
  ): Promise<{ items: RecipientLine[]; next: string | null }>
}

/** Judges one person; gets what is known of them now. */
export type JudgeRecipient = (facts: RecipientFacts) => Verdict

/** One step through the people: some who waited, then the next in the order of their keys. */
export type FeedStep = {
  id: string
  owner: string
  leaseMs: number
  /** People looked at in this step. */
  limit: number
  now: number
  judge: JudgeRecipient
  /** Whether own cases must be looked at. */
  asksForCases: boolean
  bodyFor(locale: Locale): OutgoingBody
}

export type FedStep =
  /** Somebody else has it, or it does not run any more. */
  | { outcome: 'lost' }
  | { outcome: 'fed'; examined: number; queued: CitizenPlace[]; isAtEnd: boolean; nextDeferredAt: number | null }

/** Broadcasts as the worker runs them. Leases are by the database's time. */
export type BroadcastRuns = {
  /** Those that run, and those whose time has come. */
  due(now: number): Promise<Broadcast[]>
  /** Takes one for `leaseMs`, or keeps what is held; false where another process has it. */
  take(id: string, owner: string, leaseMs: number): Promise<boolean>
  /** One transaction: whoever was looked at has a message, a reason or a later time, and the cursor stands behind them. */
  feed(step: FeedStep): Promise<FedStep>
  /** Copies in the outbox that have no outcome yet; counting ends at `max`. */
  openCopies(id: string, max: number): Promise<number>
  /** What is known of these people now. */
  factsOf(citizenKey: string, asksForCases: boolean, now: number): Promise<RecipientFacts | null>
  /** Takes a copy back that has not left, and says why on the person's line; false where it has left or is settled. */
  withdraw(
    copy: { messageId: string; broadcast: string; citizenKey: string },
    verdict: Verdict,
    now: number,
  ): Promise<boolean>
  /** How a segment looks now: bounded by `limitMs`, and then `isComplete` is false. */
  count(judge: JudgeRecipient, options: { asksForCases: boolean; now: number; limitMs: number }): Promise<AudienceCount>
}

export type AudienceCount = {
  /** People of the segment. */
  total: number
  reachable: number
  /** Of those reachable: whose last contact is so fresh that a message costs nothing (zalo §4.1). */
  free: number
  skipped: BroadcastReasons
  isComplete: boolean
}
