import type { Settings } from './faults.ts'
import type { ChatMessage, Citizen, Letter, ShortMessage, SimulatedTemplate } from './model.ts'

/** One line of what passed between Zalo and the service. */
export type LogEntry = {
  seq: number
  at: number
  type: 'event' | 'call'
  title: string
  citizenId?: string
  /** Short result: `200`, `-230`, `chờ gửi lại lần 2`. */
  status: string
  failed: boolean
  durationMs?: number
  fault?: string
  request?: unknown
  answer?: unknown
  /** The exact bytes of an event, because the signature is over them. */
  raw?: string
  signature?: string
}

/** What an open page is told at once. */
export type Change =
  | { type: 'message'; message: ChatMessage }
  | { type: 'citizen'; citizen: Citizen }
  | { type: 'log'; entry: LogEntry }
  | { type: 'sms'; sms: ShortMessage }
  | { type: 'letter'; letter: Letter }
  | { type: 'templates'; templates: SimulatedTemplate[] }
  | { type: 'settings'; settings: Settings }
  | { type: 'clock'; now: number }
  | { type: 'webhook'; webhook: { url: string | undefined; subscribed: boolean; pending: number } }

export type Changes = {
  publish(change: Change): void
  subscribe(listener: (change: Change) => void): () => void
}

export function createChanges(): Changes {
  const listeners = new Set<(change: Change) => void>()
  return {
    publish(change) {
      for (const listener of listeners) listener(change)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const ENTRIES_MAX = 300

export type EventLog = {
  add(entry: Omit<LogEntry, 'seq'>): LogEntry
  /** Replaces fields of an entry that is still kept. */
  update(seq: number, fields: Partial<LogEntry>): void
  /** Newest first. */
  list(): LogEntry[]
}

/** The last events and calls, bounded; every addition and update reaches the open pages. */
export function createEventLog(changes: Changes): EventLog {
  const entries: LogEntry[] = []
  let seq = 0
  return {
    add(fields) {
      seq += 1
      const entry = { ...fields, seq }
      entries.push(entry)
      if (entries.length > ENTRIES_MAX) entries.shift()
      changes.publish({ type: 'log', entry })
      return entry
    },
    update(entrySeq, fields) {
      const entry = entries.find((each) => each.seq === entrySeq)
      if (entry === undefined) return
      Object.assign(entry, fields)
      changes.publish({ type: 'log', entry })
    },
    list: () => entries.toReversed(),
  }
}
