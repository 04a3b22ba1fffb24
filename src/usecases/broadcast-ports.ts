import type { RecipientFacts, Verdict } from '../cases/broadcasts/audience.ts'
import type { ArticleTarget, Broadcast, BroadcastState } from '../cases/broadcasts/broadcast.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { Locale, OutgoingBody } from './ports.ts'
import type { CitizenPlace } from './road.ts'

/**
 * What became of a broadcast's direct messages: `total` people of the segment so far, `sent` accepted by Zalo, of these
 * `delivered` to the phone. What is neither sent nor skipped nor failed is on its way or waits.
 */
export type BroadcastCounts = { total: number; sent: number; delivered: number; skipped: number; failed: number }

/** How many by reason: why skipped, failed or waiting. */
export type BroadcastReasons = Record<string, number>

/** `article` is null where there is none yet. */
export type BroadcastReport = {
  counts: BroadcastCounts
  reasons: BroadcastReasons
  article: { state: ArticleStep; id: string | null; at: number; reason: string | null } | null
}

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

export const RECIPIENT_GROUPS = ['all', 'waiting', 'sent', 'skipped', 'failed'] as const

/** `sent`: accepted by Zalo, whether or not it has arrived. A page may be short and still have a `next`. */
export type RecipientQuery = {
  group: (typeof RECIPIENT_GROUPS)[number]
  reason: string | null
  after: string | null
  limit: number
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
  /**
   * Stores what a broadcast has become; false where it is not the version before any more. With `mended` the article that was
   * refused begins anew, with its number at Zalo where it has one.
   */
  replace(next: Broadcast, mark: IdempotencyMark | null, change?: { mended: boolean; now: number }): Promise<boolean>
  /** Counted now, or at most `maxAgeMs` ago; of a broadcast that ended long ago the last count stands for good. */
  report(id: string, maxAgeMs?: number): Promise<BroadcastReport>
  /** In the order of their keys, strictly after `after`. */
  recipients(id: string, query: RecipientQuery): Promise<{ items: RecipientLine[]; next: string | null }>
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
  /** How many stand in states that somebody should know of; `faulty`: paused by the service itself. */
  census(): Promise<Record<'waitingApproval' | 'scheduled' | 'running' | 'paused' | 'faulty', number>>
  /** What is known of these people now. */
  factsOf(citizenKey: string, asksForCases: boolean, now: number): Promise<RecipientFacts | null>
  /** Remembers what Zalo said of somebody of whom it was not known. */
  learnFollowing(citizenKey: string, isFollowing: boolean): Promise<void>
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

/** What Zalo said of one call about an article; the classes are those of `SendResult`. */
export type ArticleAnswer<T> =
  | { ok: true; value: T }
  | {
      ok: false
      class: 'retry' | 'wait' | 'user' | 'admin' | 'drop' | 'ambiguous'
      code: string
      retryAfterMs?: number
    }

export type ArticleDraft = {
  title: string
  author: string
  description: string
  paragraphs: readonly string[]
  link: string | null
  coverUrl: string
}

/** Articles of the account (zalo §7). Nothing here throws. */
export type ArticlePlatform = {
  /** Answers with a token: the article is made in the background. */
  create(article: ArticleDraft): Promise<ArticleAnswer<string>>
  /** Mends an article that is there; answers with a token as for a new one. */
  update(articleId: string, article: ArticleDraft): Promise<ArticleAnswer<string>>
  /** The id of the article once it is made; `-214` until then. */
  verify(token: string): Promise<ArticleAnswer<string>>
  /** An article of this title that was made since then; null where there is none among the newest. */
  findByTitle(title: string, since: number): Promise<ArticleAnswer<{ id: string | null }>>
  /** Tells the followers of the target; answers with the id of the message. */
  announce(articleId: string, target: ArticleTarget): Promise<ArticleAnswer<string>>
}

/**
 * How far the article of a broadcast has come. `creating` and `announcing` stand there before the call goes out: found there by
 * somebody else, it is not known whether it did.
 */
export const ARTICLE_STEPS = [
  'none',
  'creating',
  'made',
  'ready',
  'announcing',
  'announced',
  'unknown',
  'refused',
] as const
export type ArticleStep = (typeof ARTICLE_STEPS)[number]

export type ArticleProgress = {
  step: ArticleStep
  /** Since when, by service time. */
  at: number
  token: string | null
  articleId: string | null
  /** Zalo's last number, or a word of ours, where something did not go. */
  code: string | null
  /** Nothing is tried before. */
  retryAt: number
}

/** The article of each broadcast, moved step by step by whoever holds the broadcast. */
export type ArticleRuns = {
  progress(id: string): Promise<ArticleProgress>
  /** False where the broadcast does not run any more or another process has it; nothing is written then. */
  move(id: string, owner: string, next: ArticleProgress): Promise<boolean>
  /** Takes the one article of this day; false where another broadcast has it (zalo §4.2). */
  takeDay(day: string, id: string): Promise<boolean>
}
