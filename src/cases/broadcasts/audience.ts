import type { Segment } from './broadcast.ts'
import { WINDOW_DAYS } from './plan.ts'

const DAY_MS = 86_400_000

/** What is known of somebody who might get a direct message. */
export type RecipientFacts = {
  /** Null: neither a follow nor an unfollow was seen. */
  following: boolean | null
  lastContactAt: number | null
  /** Zalo has refused to deliver to this person since they last wrote. */
  isUnreachable: boolean
  /** The latest word about broadcasts in the chat; null where there was none. */
  consent: boolean | null
  /** In the middle of a form or of a talk, and when to look again; null otherwise. */
  busyUntil: number | null
  /** The communes of today in which the person's own cases lie; null where that was not asked for. */
  communeCodes: readonly string[] | null
  /** How many own cases, and how many of them open; null where that was not asked for. */
  ownCases: { all: number; open: number } | null
}

/** Why somebody of the segment gets nothing. */
export type SkipReason = 'optedOut' | 'notOptedIn' | 'unfollowed' | 'unreachable' | 'windowClosed' | 'stopped'
/** Why somebody gets it later. */
export type DeferReason = 'busy' | 'night' | 'paused' | 'asking'

export type Verdict =
  | { to: 'send' }
  | { to: 'skip'; reason: SkipReason }
  | { to: 'defer'; reason: DeferReason; until: number }
  /** Not of the segment: counted nowhere. */
  | { to: 'ignore' }

/** Whether only Zalo can tell that this person has asked for news: who followed before the service began was never seen to. */
export function isFollowingUnknown({ consent, following }: RecipientFacts): boolean {
  return consent === null && following === null
}

/**
 * Whether somebody gets a direct message now. Nobody gets one who has not asked for news, by following the account or by saying
 * so in the chat (R9-1); a word in the chat counts more than a tap on "follow". With `canAsk` somebody of whom that is not known
 * passes, for Zalo is asked before the message leaves.
 */
export function judgeRecipient(
  facts: RecipientFacts,
  segment: Segment,
  now: number,
  { canAsk = false }: { canAsk?: boolean } = {},
): Verdict {
  if (!isOfSegment(facts, segment, now)) return { to: 'ignore' }
  const reason = skipReason(facts, now, canAsk)
  if (reason !== null) return { to: 'skip', reason }
  if (facts.busyUntil !== null && facts.busyUntil > now) return { to: 'defer', reason: 'busy', until: facts.busyUntil }
  return { to: 'send' }
}

/** Whether own cases must be looked at for this segment. */
export function asksForCases({ communeCodes, ownCases }: Segment): boolean {
  return communeCodes.length > 0 || ownCases !== null
}

function isOfSegment(facts: RecipientFacts, segment: Segment, now: number): boolean {
  const { communeCodes, lastContactDays, ownCases } = segment
  if (lastContactDays !== null) {
    if (facts.lastContactAt === null || now - facts.lastContactAt > lastContactDays * DAY_MS) return false
  }
  if (communeCodes.length > 0 && !communeCodes.some((code) => facts.communeCodes?.includes(code))) return false
  if (ownCases === null) return true
  const { all, open } = facts.ownCases ?? { all: 0, open: 0 }
  return ownCases === 'none' ? all === 0 : ownCases === 'open' ? open > 0 : all > 0
}

function skipReason(facts: RecipientFacts, now: number, canAsk: boolean): SkipReason | null {
  if (facts.consent === false) return 'optedOut'
  if (facts.following === false) return 'unfollowed'
  if (isFollowingUnknown(facts) && !canAsk) return 'notOptedIn'
  if (facts.isUnreachable) return 'unreachable'
  if (facts.lastContactAt === null || now - facts.lastContactAt >= WINDOW_DAYS * DAY_MS) return 'windowClosed'
  return null
}
