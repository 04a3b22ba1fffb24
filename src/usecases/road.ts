/** The shapes of the durable road between `workers` and `store`: what waits, what a turn changes, what is on its way. */
import type { DataRequest } from '../cases/data-requests.ts'
import type { Change } from '../cases/decision.ts'
import type { OutgoingBody } from './ports.ts'
import type { ConsentRecord, FiledDraft, OutgoingMessage } from './turn.ts'

/**
 * Number of shares the citizens are divided into. One process at a time serves a share, so it may take its citizens'
 * events and messages without claiming each. Fixed for the life of the data.
 */
export const partitionCount = 64

/** The share a citizen belongs to. */
export function partitionOf(citizenKey: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < citizenKey.length; index++) {
    hash = Math.imul(hash ^ citizenKey.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % partitionCount
}

export type CitizenPlace = { citizenKey: string; partition: number }

/**
 * What a failed call to the store means: `away` – nothing is wrong with the work, the database cannot be reached now;
 * `conflict` – another write was faster, the same work may be done again; `other` – this work cannot be stored.
 */
export type JudgeFault = (error: unknown) => 'away' | 'conflict' | 'other'

/** The name of the event by which a chat learns that an officer has answered beside it. */
export const STAFF_ANSWERED = 'staff_answered'

/** `turn` runs the conversation; `trace` is what the platform says about our own messages (echoes and receipts). */
export type InboxLane = 'turn' | 'trace'

export type NewEvent = {
  /** Deduplication key. */
  key: string
  citizenKey: string
  lane: InboxLane
  eventName: string
  /** The platform's time in milliseconds. */
  at: number
  receivedAt: number
  /** The bytes as they came; null for events of our own. */
  raw: Buffer | null
  /** It never came by webhook and was read from the platform's record of the chat. */
  isRecovered?: true
}

/** A waiting event without its content. */
export type WaitingEvent = {
  key: string
  citizenKey: string
  partition: number
  eventName: string
  at: number
  receivedAt: number
  tries: number
  /** Real time; 0 when it may be handled now. */
  retryAt: number
  /** It was read from the platform's record of the chat. */
  isRecovered?: true
}

export type DeadLetter = { key: string; eventName: string; reason: string; at: number; settledAt: number }

/** The durable inbox. */
export type InboxStore = {
  /** Stores an event once; `known` when it was there already. Resolves after a majority has it; rejects when the database is away. */
  add(event: NewEvent): Promise<'stored' | 'known'>
  /** Which of these keys are there already. */
  knownOf(keys: string[]): Promise<Set<string>>
  /** Citizens in `partitions` with events that wait, except those that the caller has in hand. */
  waitingCitizens(query: {
    partitions: number[]
    lane: InboxLane
    except: string[]
    limit: number
    realNow: number
  }): Promise<CitizenPlace[]>
  /** The waiting events of these citizens in the platform's time order, at most `limit` altogether. */
  waitingOf(places: CitizenPlace[], lane: InboxLane, limit: number): Promise<WaitingEvent[]>
  /** The stored bytes of events; an event without bytes is left out. */
  rawOf(keys: string[]): Promise<Map<string, Buffer>>
  /** Counts a failed try and puts the events off. */
  postpone(keys: string[], failure: { reason: string; retryAt: number }): Promise<void>
  /** Marks events whose effects are stored elsewhere already or that turned out to have none. */
  settle(keys: string[], now: number, reason?: string): Promise<void>
  /** Gives events up of which not even the citizen is known any more. */
  bury(keys: string[], now: number, reason: string): Promise<void>
  /** When the oldest waiting event came, by service time; null when nothing waits. */
  oldestWaiting(): Promise<number | null>
  deadLetters: {
    /** Events that were given up, newest first; `before` continues a list. */
    list(query: { limit: number; before?: number }): Promise<DeadLetter[]>
    /** Lets one dead event wait again, as if it had just come; false when there is no such event. */
    replay(key: string): Promise<boolean>
  }
  /** Resolves when every accepted `add` has been answered. */
  idle(): Promise<void>
}

/** A conversation as it was read; `version` is what a writer must still find. */
export type StoredConversation = {
  citizenKey: string
  version: number
  state: unknown
  userId: string
  outboxSequence: number
  noticeSequence: number
  floodToldAt: number | null
  following: boolean | null
  handoff: 'requested' | 'ended' | null
  lastInteractionAt: number | null
  wakeAt: number | null
  /** Buttons of a notice that asks for something and was queued since the last turn. */
  noticed: NoticeChoices | null
  /** Notices that could not be told before, oldest first: they are said first when the citizen writes again. */
  kept: KeptNotice[]
}

/** The words of a notice that waits for the citizen; `version` is what a writer must still find. */
export type KeptNotice = { record: string; version: number; message: OutgoingMessage }

/** What a number or a typed title means behind a notice. */
export type NoticeChoices = { payload: string; title: string }[]

/** Everything that one turn changes, stored whole or not at all. */
export type TurnToStore = {
  citizenKey: string
  userId: string
  read: StoredConversation | null
  state: unknown
  eventKeys: string[]
  /** The events are given up for this reason instead of being done. */
  deadReason?: string
  /** Stored events of this citizen whose bytes go for good (R2-32). */
  eraseEventKeys: string[]
  messages: OutgoingMessage[]
  /** Of the kept notices those that are said in this turn: their words come first. */
  told: KeptNotice[]
  filed: FiledDraft[]
  moves: Change[]
  consents: ConsentRecord[]
  dataRequests?: DataRequest[]
  /** The citizen went away by this turn, and may not be written to on the chat until they do something there again. */
  left?: 'unfollowed' | 'withdrawn' | null
  wakeAt: number | null
  handoff: 'requested' | 'ended' | null
  /** Whether the citizen now waits for a member of staff; null or absent leaves it as it is. */
  waitsForStaff?: boolean | null
  following: boolean | null
  /** When the citizen last did something, by the platform's time; null for a turn that nobody caused. */
  interactionAt: number | null
  floodToldAt: number | null
  /** The process run that will send at once; null leaves the messages to whoever looks next. */
  owner: string | null
  now: number
}

/** A message that now stands in the outbox. */
export type QueuedMessage = { id: string; sequence: number; message: OutgoingMessage }

/** `isAdmitted`: the messages stand under the name of the run that asked for them. */
export type StoredTurn = {
  messages: QueuedMessage[]
  noticeSequence: number
  isAdmitted: boolean
  /** As the next turn would read it, unless somebody else writes before. */
  conversation: StoredConversation
}

/** Reads conversations and stores whole turns. */
export type TurnStore = {
  /** The conversations of these citizens; one never met is missing from the answer. */
  load(citizenKeys: string[]): Promise<Map<string, StoredConversation>>
  /**
   * Stores all these turns in one transaction, or none of them. Rejects with a `conflict` when a conversation or an event
   * was changed by somebody else. A lost answer to the commit is looked up before this resolves.
   */
  commit(turns: TurnToStore[], signal: AbortSignal): Promise<StoredTurn[]>
  /** Ends what a killed process left open in the middle of a commit: it keeps others from what it touched. */
  unblock(): Promise<void>
}

export type OutboxState =
  | 'waiting'
  | 'sending'
  | 'accepted'
  | 'delivered'
  | 'seen'
  | 'failed'
  | 'ambiguous'
  | 'unreachable'
  /** A broadcast that was taken back before it left. */
  | 'withdrawn'

export type OutboxTry = { at: Date; code: string; class: string }

/** A message that is not yet settled, with its words. */
export type OpenMessage = {
  id: string
  citizenKey: string
  sequence: number
  priority: OutgoingMessage['priority']
  body: OutgoingBody
  state: 'waiting' | 'sending' | 'ambiguous'
  owner: string | null
  messageIds: string[]
  partsAccepted: number
  triesCount: number
  settleTries: number
  /** Real time. */
  retryAt: number
  /** Real time of the first send whose outcome is in doubt; null where none is. */
  doubtSince: number | null
  /** What the platform has answered to sends whose outcome it leaves open, one for each. */
  doubts: string[]
  createdAt: number
  /** The broadcast that it is a copy of; null for every other message. */
  broadcast: string | null
}

/** What became of one message: the fields that a mark changes. */
export type OutboxMark = {
  id: string
  /** Only while it is still in one of these states; a mark that comes too late changes nothing. @default any */
  from?: OutboxState[]
  /** Only while this run is the one that may be sending it. */
  ifOwner?: string
  state: OutboxState
  owner?: string | null
  messageIds?: string[]
  partsAccepted?: number
  retryAt?: number
  doubtSince?: number
  tried?: OutboxTry
  settleTried?: boolean
  /** Nothing more will be tried, although it is not known what became of it. */
  isGivenUp?: boolean
  acceptedAt?: number
  settledAt?: number
}

/** The durable outbox: what is on its way to citizens, and what became of it. */
export type OutboxStore = {
  /** Citizens in `partitions` with messages that may be sent now, except those that the caller has in hand. */
  waitingCitizens(query: {
    partitions: number[]
    except: string[]
    /** Messages that this run has in hand already. */
    exceptOwner?: string
    limit: number
    realNow: number
  }): Promise<CitizenPlace[]>
  /** Whether anything in `partitions` is unsettled that this run does not have in hand. */
  hasBacklog(partitions: number[], exceptOwner: string): Promise<boolean>
  /** The unsettled messages of these citizens in their order, at most `limit` of each. */
  openMessages(places: CitizenPlace[], limit: number): Promise<Map<string, OpenMessage[]>>
  /** The platform ids of citizens, to send to. */
  userIds(citizenKeys: string[]): Promise<Map<string, string>>
  /**
   * Writes what became of messages, in one round trip. `isHard` waits for a majority. Without it a crash may forget the
   * marks; that is enough for a message that was accepted, which then counts as one of unknown outcome.
   */
  mark(marks: OutboxMark[], options: { isHard: boolean }): Promise<void>
  /**
   * Takes an open message in hand to be sent, under this run's name. False where it is open no more: whoever took another way
   * instead has taken it back.
   */
  claim(id: string, owner: string, realNow: number): Promise<boolean>
  /** Remembers that a citizen cannot be reached on this channel now. */
  markUnreachable(citizenKey: string, code: string, now: number): Promise<void>
  /** Which of these platform ids are known as ours, with the message each belongs to and whether it is its last part. */
  byMessageIds(messageIds: string[]): Promise<Map<string, { id: string; isLast: boolean; record?: string }>>
  /**
   * Records receipts; a message that was seen has been delivered, whatever came first. The record of a notice is looked at anew.
   */
  recordReceipts(receipts: { id: string; state: 'delivered' | 'seen'; at: number; record?: string }[]): Promise<void>
  /** How many messages wait and since when, by service time. */
  backlog(): Promise<{ waiting: number; oldestAt: number | null }>
}

/** One run of one process. `processId` outlives a restart, `owner` does not. */
export type ProcessRun = { processId: string; owner: string }

/** Leases on partitions. All times are the database's own, so that the clocks of the processes do not matter. */
export type PartitionStore = {
  /** Makes the partitions exist; safe to be called by every process at every start. */
  prepare(): Promise<void>
  /** Says that this run is alive. */
  beat(run: ProcessRun): Promise<void>
  /** How many runs are alive. */
  census(): Promise<number>
  /** Renews what this run holds and answers which partitions these are. */
  renew(run: ProcessRun): Promise<number[]>
  /** Takes up to `count` partitions that nobody holds any more. */
  take(run: ProcessRun, count: number): Promise<void>
  /** Takes over at once what an earlier run of the same process held. Only when that run is known to have ended. */
  inherit(run: ProcessRun): Promise<void>
  /** Gives partitions back, so that others need not wait for the lease to end. */
  release(run: ProcessRun, ids: number[]): Promise<void>
  /** The run has ended in good order. */
  leave(run: ProcessRun): Promise<void>
}

export type DueWake = CitizenPlace & { wakeAt: number }

/** Conversations that asked to be woken. */
export type WakeStore = {
  /** Those in `partitions` whose time has come by `now`, earliest first. */
  due(query: { partitions: number[]; now: number; limit: number }): Promise<DueWake[]>
  /** Puts a wake event into the inbox, once for each wish, and takes the wish away. */
  wake(wakes: DueWake[], now: number): Promise<void>
}

/** What a nightly job removed, by kind. */
export type RetentionReport = { [kind: string]: number }

/** Removes what has outlived its purpose (R9-8). */
export type RetentionStore = {
  /** True for one process at a time, and for none once the job of this name is done. */
  claim(job: string, owner: string, leaseMs: number): Promise<boolean>
  /**
   * Removes in small steps; each step counts what it removed in the same transaction and keeps the claim alive. Rejects when
   * another process has taken the job over.
   */
  sweep(
    claim: { job: string; owner: string; leaseMs: number },
    before: RetentionBounds,
    signal: AbortSignal,
  ): Promise<void>
  /** Closes the job and answers what was removed altogether, by whichever processes. */
  finish(job: string, owner: string, now: number): Promise<RetentionReport>
  /** The jobs that are done, newest first. */
  reports(limit: number): Promise<{ job: string; doneAt: number; removed: RetentionReport }[]>
}

/** Service times before which things go. */
export type RetentionBounds = { eventsBefore: number; chatBefore: number }
