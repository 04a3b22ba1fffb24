import { codeIn, entriesOf, idIn, present, type ReadReceipt, timeIn } from './receipts.ts'

// What providers call it: plain words, and the states of SMPP.
const DELIVERED = /^(delivered|delivrd|success|successful|received|read)$/i
const FAILED = /^(failed|failure|undelivered|undeliverable|undeliv|rejected|rejectd|expired|deleted|error|blocked)$/i
const ON_ITS_WAY = /^(accepted|acceptd|sent|queued|pending|enroute|buffered|submitted|processing|unknown)$/i

/** Receipts of an SMS provider: `{id, reference, state, at, code}`, one, a list, or a list under `receipts`. */
export function readSmsReceipts(raw: Buffer): ReadReceipt[] | null {
  const entries = entriesOf(raw)
  return entries === null ? null : entries.map(readOne)
}

function readOne(entry: Record<string, unknown>): ReadReceipt {
  const messageId = idIn(entry, 'id', 'messageId', 'message_id')
  const reference = idIn(entry, 'reference')
  const word = String(entry.state ?? entry.status ?? '')
  if (ON_ITS_WAY.test(word)) return { kind: 'progress' }
  const state = DELIVERED.test(word) ? 'delivered' : FAILED.test(word) ? 'failed' : null
  if (state === null || (messageId === undefined && reference === undefined)) return { kind: 'unreadable' }
  const at = timeIn(entry, 'at', 'time', 'timestamp')
  const code = state === 'failed' ? (codeIn(entry, 'code', 'errorCode', 'error') ?? word.toLowerCase()) : undefined
  return { kind: 'receipt', state, ...present({ messageId, reference, at, code }) }
}
