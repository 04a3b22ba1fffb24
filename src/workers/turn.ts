import { randomBytes } from 'node:crypto'
import type { Incoming } from '../conversation/incoming.ts'
import type { Received } from '../conversation/received.ts'
import type { Clock, OutgoingBody } from '../usecases/ports.ts'
import type { StoredConversation, TurnToStore } from '../usecases/road.ts'
import type { RunTurn, TurnOutput } from '../usecases/turn.ts'
import { combineBubbles } from './combine-bubbles.ts'

/** What a waiting event turned out to be once its bytes were read. */
export type TurnEvent =
  | { key: string; at: number; userId: string; content: Incoming | { id: string; at: number; type: 'staffWrote' } }
  | { key: string; at: number; userId: null; content: { id: string; at: number; type: 'wake' | 'staffAnswered' } }

/**
 * Fetches the file behind an event and keeps it. `later` when it may work after a while; at the end of its patience it
 * answers with `files` that say what went wrong.
 */
export type IngestMedia = (event: {
  citizenKey: string
  incoming: Extract<Incoming, { type: 'media' }>
  tries: number
}) => Promise<Received | 'later'>

/** How long a quiet to wait for before these events are answered; 0 answers at once. */
export type SettleMs = (conversation: unknown, events: (Incoming | Received)[]) => number

/** The last resort when a turn cannot be done: says so, offers a person. `conversation` tells the language. */
export type SayOnly = (conversation: unknown) => OutgoingBody

/** Runs one citizen's turn within a time limit. */
export function createTurnRunner(deps: { runTurn: RunTurn; clock: Clock; timeoutMs: number }) {
  return async (input: {
    citizenKey: string
    userId: string
    read: StoredConversation | null
    events: Received[]
  }): Promise<{ output: TurnOutput; now: number }> => {
    const now = deps.clock.now()
    const output = await withTimeout(
      deps.runTurn({
        citizenKey: input.citizenKey,
        userId: input.userId,
        conversation: input.read?.state ?? null,
        events: input.events,
        noticed: input.read?.noticed ?? null,
        now,
        entropy: randomBytes(32).toString('hex'),
      }),
      deps.timeoutMs,
    )
    return { output, now }
  }
}

/** A turn that did not come to an end; its code is the reason in the dead-letter list. */
export class TurnTimeoutError extends Error {
  override readonly name = 'TurnTimeoutError'
  readonly code = 'turn_timeout'
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TurnTimeoutError(`a turn took longer than ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

type Common = {
  citizenKey: string
  userId: string
  read: StoredConversation | null
  events: TurnEvent[]
  owner: string | null
  now: number
}

/** What a finished turn changes. `floodNotice` is said once when the citizen writes too much. */
export function turnToStore(from: Common & { output: TurnOutput; floodNotice: OutgoingBody | null }): TurnToStore {
  const { output, read, events } = from
  const notice = from.floodNotice === null ? [] : [{ body: from.floodNotice, priority: 1 as const }]
  return {
    citizenKey: from.citizenKey,
    userId: from.userId,
    read,
    state: output.conversation,
    eventKeys: events.map(({ key }) => key),
    eraseEventKeys: output.eraseEvents ?? [],
    messages: combineBubbles([...output.messages, ...notice]),
    told: toldAfter(read, events),
    filed: output.filed,
    moves: output.moves,
    consents: output.consents,
    dataRequests: output.dataRequests ?? [],
    left: leftAfter(events),
    wakeAt: output.wakeAt,
    handoff: output.handoff,
    waitsForStaff: waitsAfter(events, output.handoff),
    following: followingAfter(events),
    interactionAt: lastInteraction(events),
    floodToldAt: from.floodNotice === null ? (read?.floodToldAt ?? null) : from.now,
    owner: from.owner,
    now: from.now,
  }
}

/** What giving events up changes: nothing but their marks and a word to the citizen. */
export function deadTurn(from: Common & { reason: string; apology: OutgoingBody }): TurnToStore {
  const { read, events } = from
  return {
    citizenKey: from.citizenKey,
    userId: from.userId,
    read,
    state: read?.state ?? null,
    eventKeys: events.map(({ key }) => key),
    deadReason: from.reason,
    eraseEventKeys: [],
    messages: [{ body: from.apology, priority: 1 }],
    told: [],
    filed: [],
    moves: [],
    consents: [],
    left: leftAfter(events),
    wakeAt: read?.wakeAt ?? null,
    handoff: null,
    waitsForStaff: waitsAfter(events, null),
    following: followingAfter(events),
    interactionAt: lastInteraction(events),
    floodToldAt: read?.floodToldAt ?? null,
    owner: from.owner,
    now: from.now,
  }
}

/** What could not be told before is said as soon as the citizen does anything, before their own matter goes on. */
function toldAfter(read: StoredConversation | null, events: TurnEvent[]): StoredConversation['kept'] {
  return read === null || lastInteraction(events) === null || leftAfter(events) !== null ? [] : read.kept
}

function followingAfter(events: TurnEvent[]): boolean | null {
  const last = events.findLast(({ content }) => content.type === 'followed' || content.type === 'unfollowed')
  return last === undefined ? null : last.content.type === 'followed'
}

/** Going away counts as long as the citizen does nothing after it. */
export function leftAfter(events: TurnEvent[]): 'unfollowed' | 'withdrawn' | null {
  const lasting = events.filter(({ content }) => !['wake', 'staffWrote', 'staffAnswered'].includes(content.type))
  const since = lasting.findLastIndex(({ content }) => !['unfollowed', 'withdrewData'].includes(content.type))
  const going = lasting.slice(since + 1).map(({ content }) => content.type)
  if (going.includes('withdrewData')) return 'withdrawn'
  return going.includes('unfollowed') ? 'unfollowed' : null
}

/** Whoever of the staff has written is there; what the citizen asked for after it counts again. */
function waitsAfter(events: TurnEvent[], handoff: TurnOutput['handoff']): boolean | null {
  if (handoff !== null) return handoff === 'requested'
  return events.some(({ content }) => content.type === 'staffWrote' || content.type === 'staffAnswered') ? false : null
}

/** Unfollowing, the passing of time and the words of staff open no window to write to the citizen (zalo §4.1). */
function lastInteraction(events: TurnEvent[]): number | null {
  const caused = events.filter(
    ({ content }) => !['unfollowed', 'wake', 'staffWrote', 'staffAnswered', 'withdrewData'].includes(content.type),
  )
  return caused.length === 0 ? null : Math.max(...caused.map(({ at }) => at))
}
