import type { OutgoingBody } from '../usecases/ports.ts'
import type { OpenMessage } from '../usecases/road.ts'

/** A message in hand. */
export type LaneMessage = {
  id: string
  sequence: number
  priority: 1 | 2 | 3 | 4
  body: OutgoingBody
  /** As the database has it: only what is `sending` under this run may be sent. */
  state: 'waiting' | 'sending' | 'ambiguous'
  messageIds: string[]
  partsAccepted: number
  tries: number
  settleTries: number
  /** Real time. */
  retryAt: number
  /** Real time of the first send whose outcome is in doubt: from there on the platform's record may show it. */
  doubtSince: number | null
  /** What the platform has answered to sends whose outcome it leaves open, one for each. */
  doubts: string[]
  createdAt: number
  /** The broadcast that it is a copy of; null for every other message. */
  broadcast: string | null
}

/** The messages of one citizen that this process has in hand, in their order. Ready, busy, or resting until its timer. */
export type Lane = {
  citizenKey: string
  partition: number
  userId: string | null
  messages: LaneMessage[]
  phase: 'ready' | 'busy' | 'resting'
  /** The database may hold messages of this citizen that are not here. */
  mustLoad: boolean
  /** The highest number seen. */
  knownThrough: number
  /** Messages under this run's name that nobody has handed over, and since when that is known. */
  strays: Map<string, number>
  timer?: NodeJS.Timeout
}

export function createLane(citizenKey: string, partition: number): Lane {
  return {
    citizenKey,
    partition,
    userId: null,
    messages: [],
    phase: 'ready',
    mustLoad: false,
    knownThrough: 0,
    strays: new Map(),
  }
}

/** Puts messages in their place; one that is there already stays as it is. */
export function addToLane(lane: Lane, messages: LaneMessage[]): void {
  const known = new Set(lane.messages.map(({ id }) => id))
  lane.messages = [...lane.messages, ...messages.filter(({ id }) => !known.has(id))].sort(
    (a, b) => a.sequence - b.sequence,
  )
  lane.knownThrough = Math.max(lane.knownThrough, ...messages.map(({ sequence }) => sequence))
}

/** A message is as urgent as the most urgent one that waits behind it. */
export function urgencyOf({ messages }: Lane): LaneMessage['priority'] {
  return messages.reduce<LaneMessage['priority']>(
    (urgency, { priority }) => (priority < urgency ? priority : urgency),
    4,
  )
}

export type LoadedInto = 'complete' | 'strays'

/**
 * Takes up what the database holds for this citizen. What another run was sending when it ended has no known outcome. What
 * this run is said to be sending, without having it in hand, is about to be handed over: `strays` says to look again.
 */
export function loadIntoLane(
  lane: Lane,
  found: OpenMessage[],
  options: { owner: string; strayMs: number; settleAfterMs: number },
): LoadedInto {
  const known = new Set(lane.messages.map(({ id }) => id))
  const taken: LaneMessage[] = []
  let hasStrays = false
  for (const message of found) {
    if (known.has(message.id)) continue
    const isOurs = message.state === 'sending' && message.owner === options.owner
    if (isOurs && !isLongLost(lane, message.id, options.strayMs)) {
      hasStrays = true
      continue
    }
    const isUnknown = message.state !== 'waiting'
    taken.push({
      id: message.id,
      sequence: message.sequence,
      priority: message.priority,
      body: message.body,
      state: isUnknown ? 'ambiguous' : 'waiting',
      messageIds: message.messageIds,
      partsAccepted: message.partsAccepted,
      tries: message.triesCount,
      settleTries: message.settleTries,
      retryAt: message.state === 'sending' ? message.retryAt + options.settleAfterMs : message.retryAt,
      doubtSince: message.doubtSince ?? doubtSinceOf(message, options),
      doubts: message.doubts,
      createdAt: message.createdAt,
      broadcast: message.broadcast,
    })
  }
  addToLane(lane, taken)
  return hasStrays ? 'strays' : 'complete'
}

/** What another run was sending left at the time that stands there; what an earlier version left in doubt, shortly before. */
function doubtSinceOf({ state, retryAt }: OpenMessage, { settleAfterMs }: { settleAfterMs: number }): number | null {
  if (state === 'waiting') return null
  return state === 'sending' ? retryAt : retryAt - settleAfterMs
}

function isLongLost(lane: Lane, id: string, strayMs: number): boolean {
  const since = lane.strays.get(id) ?? performance.now()
  lane.strays.set(id, since)
  return performance.now() - since > strayMs
}
