import type { ChatFacts } from '../usecases/notice-records.ts'

const HOUR_MS = 3_600_000

/** How long a citizen can be written to after they last did something (zalo §4.1). */
export type WindowLengths = { freeHours: number; openHours: number }

export const zaloWindows: WindowLengths = { freeHours: 48, openHours: 7 * 24 }

/** Why a citizen cannot be written to on the chat now. */
export type ClosedReason =
  /** Nothing from them for longer than the platform allows (-230, -232). */
  | 'windowClosed'
  /** Never followed or written (-213). */
  | 'neverMet'
  /** Blocked the account or its messages (-217, -244). */
  | 'blocked'
  /** Long away from the platform, or locked there (-227). */
  | 'away'
  /** Unfollowed the account, and nothing since. */
  | 'unfollowed'
  /** Took their data back at the platform, and nothing since (R9-5). */
  | 'withdrawn'
  /** The platform refuses for another reason. */
  | 'refused'

/** `free` up to `freeUntil`, against the quota of the package up to `openUntil`; null: not known, only the platform can tell. */
export type ChatWindow =
  | { isOpen: true; isFree: boolean; freeUntil: number | null; openUntil: number | null }
  | { isOpen: false; reason: ClosedReason; since: number; code: string | null }

/**
 * The windows of one citizen from what they did, corrected by what the platform has answered since: its word outweighs ours until
 * the citizen does something again. A citizen of whom nothing is known may be tried.
 */
export function openWindows(facts: ChatFacts, now: number, lengths: WindowLengths = zaloWindows): ChatWindow {
  const { lastInteractionAt, unreachable } = facts
  if (unreachable !== null) {
    return { isOpen: false, reason: reasonOf(unreachable.code), since: unreachable.at, code: unreachable.code }
  }
  if (lastInteractionAt === null) return { isOpen: true, isFree: false, freeUntil: null, openUntil: null }
  const freeUntil = lastInteractionAt + lengths.freeHours * HOUR_MS
  const openUntil = lastInteractionAt + lengths.openHours * HOUR_MS
  if (now >= openUntil) return { isOpen: false, reason: 'windowClosed', since: openUntil, code: null }
  return { isOpen: true, isFree: now < freeUntil, freeUntil, openUntil }
}

/** The same for those who read it: whether the chat reaches a citizen, why not and since when, or until when. */
export function reachOf(
  facts: ChatFacts,
  now: number,
  lengths: WindowLengths = zaloWindows,
): { isReachable: boolean; reason: string | null; since: number | null; until: number | null } {
  const window = openWindows(facts, now, lengths)
  if (window.isOpen) return { isReachable: true, reason: null, since: null, until: window.openUntil }
  const reason = window.code === null ? window.reason : `${window.reason} (${window.code})`
  return { isReachable: false, reason, since: window.since, until: null }
}

const REASONS: Readonly<Record<string, ClosedReason>> = {
  '-213': 'neverMet',
  '-217': 'blocked',
  '-227': 'away',
  '-230': 'windowClosed',
  '-232': 'windowClosed',
  '-244': 'blocked',
  unfollowed: 'unfollowed',
  withdrawn: 'withdrawn',
}

function reasonOf(code: string): ClosedReason {
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? 'refused') : 'refused'
}
