import type { InboxLane, OutboxState, OutboxTry } from '../usecases/road.ts'
import type { NoticeOfMessage, OutgoingMessage } from '../usecases/turn.ts'

export type InboxDocument = {
  /** The deduplication key. */
  _id: string
  partition: number
  citizenKey: string
  lane: InboxLane
  eventName: string
  /** The platform's time in milliseconds. */
  at: number
  receivedAt: Date
  /** Encrypted raw bytes of the event; absent for events of our own and after their retention. */
  raw?: Buffer
  state: 'waiting' | 'done' | 'dead'
  tries: number
  /** Not to be looked at before this real time, after a failure. */
  retryAt?: Date
  /** Class or code of the last failure; never free text. */
  reason?: string
  /** The transaction that had this event's effects. */
  commitId?: string
  settledAt?: Date
  /** It never came by webhook and was read from the platform's record of the chat. */
  isRecovered?: true
}

export type DeadLetterDocument = {
  /** The key of the event. */
  _id: string
  citizenKey: string
  eventName: string
  /** Class or code; never free text. */
  reason: string
  at: number
  settledAt: Date
}

export type ConversationDocument = {
  /** The citizen key. */
  _id: string
  partition: number
  version: number
  schemaVersion: 1
  /** Encrypted JSON. */
  state: Buffer
  /** Encrypted platform id. */
  userId: Buffer
  /** The number of the last message to this citizen. */
  outboxSequence: number
  /** The number of the last message that was queued by somebody else than the worker of this citizen. */
  noticeSequence: number
  /** Encrypted JSON of the buttons of a notice that asks for something, until the next turn. */
  noticed?: Buffer | null
  wakeAt: Date | null
  lastInteractionAt: Date | null
  following: boolean | null
  unreachable: { code: string; at: Date } | null
  /** Present while words are kept for the citizen's next message. */
  noticesKept?: boolean
  handoff: 'requested' | 'ended' | null
  /** When the citizen was last told to slow down. */
  floodToldAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** One bubble to one citizen. */
export type OutboxDocument = {
  /** `messageKey(citizenKey, sequence)`, so two messages can never share a place in the order. */
  _id: string
  citizenKey: string
  partition: number
  sequence: number
  priority: OutgoingMessage['priority']
  /** Encrypted JSON of the body; absent after its retention. */
  body?: Buffer
  state: OutboxState
  /** Present while the message is waiting, sending or ambiguous. */
  open?: true
  /** The process run that may be sending it right now. */
  owner: string | null
  messageIds: string[]
  /** How many parts of a long message have been accepted. */
  partsAccepted: number
  tries: OutboxTry[]
  settleTries: number
  /** Real time before which it is not tried. */
  retryAt: Date
  /** Real time of the first send whose outcome is in doubt. */
  doubtSince?: Date
  createdAt: Date
  acceptedAt?: Date
  deliveredAt?: Date
  seenAt?: Date
  settledAt?: Date
  notice?: Pick<NoticeOfMessage, 'caseCode' | 'id' | 'mandatory' | 'textVersion' | 'record'>
  /** The broadcast that it is a copy of. */
  broadcast?: string
}

export type PartitionDocument = { _id: number; owner: string | null; processId: string | null; until: Date }

export type ProcessDocument = { _id: string; owner: string; until: Date }

/** The place of a message in a citizen's order, as a key that sorts by it. */
export function messageKey(citizenKey: string, sequence: number): string {
  return `${citizenKey}.${String(sequence).padStart(9, '0')}`
}

export type JobDocument = {
  /** The kind of work and its day. */
  _id: string
  owner: string
  until: Date
  removed: { [kind: string]: number }
  doneAt: Date | null
}
