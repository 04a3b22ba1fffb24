import type { ChatFacts, OutsideWay } from './notice-records.ts'
import type { SendResult } from './ports.ts'

/** A way of which the platform has said that it does not reach this number or this person, and until when that is believed. */
export type ClosedWay = { way: OutsideWay; code: string; since: number; until: number }

/** Whom a way leads to: a number by its hash, a person by their key. Nobody can be read from either. */
export type WayTarget = { citizenKey: string | null; phone: string | null }

/** What the platform has closed, kept under hashes and never for ever. Times are service time. */
export type ClosedWays = {
  of(target: WayTarget, now: number): Promise<ClosedWay[]>
  close(target: WayTarget, closed: ClosedWay): Promise<void>
}

const DAY_MS = 86_400_000
/** A person may install the app, come back to it or change their mind (zalo §10.2, class USER: "for now"). */
const PERSON_MS = 30 * DAY_MS
/** A number that is none stays none; the sender changes it, and the new one is another. */
const NUMBER_MS = 365 * DAY_MS

/** How long an answer closes a way to whom it was given; null where it says nothing of the recipient. */
export function closedBy(way: OutsideWay, result: SendResult, now: number): ClosedWay | null {
  if (result.ok || (way !== 'templateByUser' && way !== 'templateByPhone')) return null
  const { code } = result
  // Only a number is the platform's own word; the rest is ours.
  if (!/^-\d+$/.test(code)) return null
  if (way === 'templateByPhone' && code === '-108') return { way, code, since: now, until: now + NUMBER_MS }
  return result.class === 'user' ? { way, code, since: now, until: now + PERSON_MS } : null
}

/** Those that still hold: what was said of a person ends when they do something on the chat. */
export function stillClosed(ways: readonly ClosedWay[], chat: ChatFacts | null): ClosedWay[] {
  const lastActAt = chat?.lastInteractionAt ?? 0
  return ways.filter(({ way, since }) => way !== 'templateByUser' || lastActAt <= since)
}
