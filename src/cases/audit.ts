import { FIRST_PREVIOUS_HASH, hashData, hashLine, type JsonObject, safeHashData, wellFormed } from './chain.ts'
import { formatTime } from './days.ts'

/**
 * What the audit log keeps: `personal` = somebody saw personal data as it is, or took it along (R7-11); `technical` = accounts,
 * tokens, sign-ins, master data and settings, which is all that an administrator reads of it (§7.2).
 */
export const AUDIT_ACTS = {
  readCase: 'personal',
  listCases: 'personal',
  readHistory: 'personal',
  readNotices: 'personal',
  openFile: 'personal',
  revealSender: 'personal',
  exportCase: 'personal',
  dataRequest: 'personal',
  readAudit: 'personal',
  refused: 'personal',
  signIn: 'technical',
  signInRefused: 'technical',
  passwordSet: 'technical',
  tokenRefused: 'technical',
  tokenAdded: 'technical',
  tokenRevoked: 'technical',
  accountAdded: 'technical',
  accountChanged: 'technical',
  accountDisabled: 'technical',
  signInReset: 'technical',
  zaloLinkAsked: 'technical',
  zaloLinked: 'technical',
  zaloUnlinked: 'technical',
  imported: 'technical',
  settingChanged: 'technical',
  changeover: 'technical',
  broadcast: 'technical',
} as const
export type AuditAct = keyof typeof AUDIT_ACTS

/** Every act of the technical part. */
export const TECHNICAL_ACTS = (Object.keys(AUDIT_ACTS) as AuditAct[]).filter((act) => AUDIT_ACTS[act] === 'technical')

/** Something worth remembering, before it is chained. `data` may hold personal data; it is kept encrypted. */
export type AuditDraft = {
  at: number
  /** A login, `operator` for the operator's tool, `system`, or `nobody` for somebody unknown. */
  actor: string
  unitCode: string | null
  act: AuditAct
  /** The cases that it is about. */
  caseCodes: readonly string[]
  data: JsonObject
}

/** A line of the audit log. `data` and `salt` may be absent: the chain stays provable. */
export type AuditEntry = {
  seq: number
  /** ISO 8601 with `+07:00`: the very text that was hashed. */
  at: string
  actor: string
  unitCode: string | null
  act: AuditAct
  caseCodes: string[]
  data?: JsonObject
  salt?: string
  dataHash: string
  previousHash: string
  hash: string
}

/** A place in the chain: the next line follows it. */
export type ChainHead = { seq: number; hash: string }
export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: FIRST_PREVIOUS_HASH }

export type AuditFault = {
  seq: number
  code: 'gap' | 'link_broken' | 'entry_changed' | 'data_changed' | 'salt_missing' | 'end_missing'
}

/** Chains a line to the one before, as lines of a case's history are chained. */
export function chainAudit(head: ChainHead, draft: AuditDraft, salt: string): AuditEntry {
  const data = wellFormed(draft.data) as JsonObject
  const signed = {
    seq: head.seq + 1,
    at: formatTime(draft.at),
    actor: draft.actor,
    unitCode: draft.unitCode,
    act: draft.act,
    caseCodes: [...draft.caseCodes],
    dataHash: hashData(salt, data),
    previousHash: head.hash,
  }
  return { ...signed, data, salt, hash: hashLine(signed) }
}

/** Checks lines one after the other, ascending; `next` gives the faults of a line, `end` those of the end. */
export function auditVerifier(start: ChainHead) {
  let head = start
  const seen = new Map<number, string>()
  return {
    next(entry: AuditEntry, watched: ReadonlySet<number> = new Set()): AuditFault[] {
      const faults: AuditFault[] = []
      const report = (code: AuditFault['code']) => faults.push({ seq: entry.seq, code })
      const { data, salt, hash, ...signed } = entry
      if (entry.seq !== head.seq + 1) report('gap')
      if (entry.previousHash !== head.hash) report('link_broken')
      if (hashLine(signed) !== hash) report('entry_changed')
      if (data !== undefined && salt === undefined) report('salt_missing')
      if (data !== undefined && salt !== undefined && safeHashData(salt, data) !== entry.dataHash)
        report('data_changed')
      head = { seq: entry.seq, hash }
      if (watched.has(entry.seq)) seen.set(entry.seq, hash)
      return faults
    },
    /** `known` is a line that is known to have been there: without it, lines cut off at the end could not be missed. */
    end(known: ChainHead | null): AuditFault[] {
      if (known === null || known.seq <= start.seq) return []
      const found = known.seq === head.seq ? head.hash : seen.get(known.seq)
      return found === known.hash ? [] : [{ seq: known.seq, code: 'end_missing' }]
    },
  }
}
