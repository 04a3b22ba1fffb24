import { FIRST_PREVIOUS_HASH, hashData, hashLine, type Json, safeHashData, wellFormed } from './chain.ts'
import { formatTime } from './days.ts'

export { FIRST_PREVIOUS_HASH, type Json, wellFormed }

/** A line of the history before it is chained. */
export type HistoryEntryDraft = {
  at: number
  /** A login, `citizen` or `system`. */
  actor: string
  act: string
  from: string
  to: string
  data: { [key: string]: Json }
}

/** A line of the history as interface.md promises it. `data` and `salt` may be absent: the chain stays provable. */
export type HistoryEntry = {
  seq: number
  /** ISO 8601 with `+07:00`: the very text that was hashed. */
  at: string
  actor: string
  act: string
  from: string
  to: string
  data?: { [key: string]: Json }
  salt?: string
  dataHash: string
  previousHash: string
  hash: string
}

export type HistoryFault = {
  seq: number
  code: 'gap' | 'link_broken' | 'entry_changed' | 'data_changed' | 'salt_missing' | 'head_differs'
}

/**
 * Chains a line to the one before. `dataHash` = SHA-256 of `salt` + `data`, `hash` = SHA-256 of the line without `data`, `salt`
 * and `hash`, both as RFC 8785 JSON. Text is made well-formed first, so that a database gives back what was hashed.
 */
export function appendEntry(previousHash: string, seq: number, draft: HistoryEntryDraft, salt: string): HistoryEntry {
  const data = wellFormed(draft.data) as { [key: string]: Json }
  const { actor, act, from, to } = draft
  const signed = { seq, at: formatTime(draft.at), actor, act, from, to, dataHash: hashData(salt, data), previousHash }
  return { ...signed, data, salt, hash: hashLine(signed) }
}

/**
 * Every fault of a chain, first to last; none for an empty one. `head` is what the case itself remembers of its last line,
 * without which lines cut off at the end could not be missed.
 */
export function verifyChain(entries: readonly HistoryEntry[], head?: { seq: number; hash: string }): HistoryFault[] {
  const faults: HistoryFault[] = []
  let previousHash = FIRST_PREVIOUS_HASH
  let expectedSeq = 1
  for (const entry of entries) {
    const report = (code: HistoryFault['code']) => faults.push({ seq: entry.seq, code })
    if (entry.seq !== expectedSeq) report('gap')
    if (entry.previousHash !== previousHash) report('link_broken')
    const { data, salt, hash: stated, ...signed } = entry
    if (hashLine(signed) !== stated) report('entry_changed')
    if (data !== undefined && salt === undefined) report('salt_missing')
    if (data !== undefined && salt !== undefined && safeHashData(salt, data) !== entry.dataHash) report('data_changed')
    previousHash = stated
    expectedSeq = entry.seq + 1
  }
  if (head !== undefined && (head.seq !== expectedSeq - 1 || (head.seq > 0 && head.hash !== previousHash))) {
    faults.push({ seq: head.seq, code: 'head_differs' })
  }
  return faults
}
