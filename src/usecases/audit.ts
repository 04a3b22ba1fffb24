import {
  type AuditAct,
  type AuditDraft,
  type AuditEntry,
  type AuditFault,
  auditVerifier,
  type ChainHead,
} from '../cases/audit.ts'
import type { Actor, Officer } from '../cases/case.ts'
import type { JsonObject } from '../cases/chain.ts'
import { rightOver } from '../cases/rights.ts'
import { createGroupCommit } from '../group-commit.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

export type AuditFilter = {
  actor?: string
  act?: AuditAct
  caseCode?: string
  from?: number
  /** Exclusive. */
  to?: number
  /** Only lines that an administrator may read. */
  technicalOnly: boolean
}
/** Where a page begins, newest first; the number of a line settles equal times. */
export type AuditPosition = { at: number; seq: number }

export type AuditStore = {
  /** Chains and keeps the lines in this order; resolved, they are there whatever dies. */
  append(drafts: readonly AuditDraft[]): Promise<void>
  /** Newest first, strictly after `after`. */
  list(filter: AuditFilter, after: AuditPosition | null, limit: number): Promise<AuditEntry[]>
  /** Ascending. */
  entries(): AsyncIterable<AuditEntry>
  /** Where the chain begins now that old lines are gone, and a line near its end that is known to have been there. */
  marks(): Promise<{ start: ChainHead; known: ChainHead | null }>
}

/** What the keeper of the log needs of its store. */
export type AuditKeeping = Pick<AuditStore, 'marks'> & {
  /** Removes lines older than this, oldest first and at most `limit`; the chain then begins later (R9-8). Gives how many. */
  removeBefore(time: number, limit: number): Promise<number>
}

/** Remembers what was done; resolves when it is durable. */
export type Audit = {
  record(entry: {
    actor: Actor | string
    act: AuditAct
    caseCodes?: readonly string[]
    data?: JsonObject
  }): Promise<void>
}

/** Lines of everybody who is served at this moment share one write: no reader waits for another one's. */
export function createAudit(deps: { store: Pick<AuditStore, 'append'>; now(): number }): Audit {
  const lines = createGroupCommit<AuditDraft, void>({
    async write(drafts) {
      await deps.store.append(drafts)
      return drafts.map(() => undefined)
    },
    itemsMax: 500,
  })
  return {
    record({ actor, act, caseCodes = [], data = {} }) {
      const officer = typeof actor !== 'string' && actor.type === 'officer' ? actor : null
      return lines.add({
        at: deps.now(),
        actor: typeof actor === 'string' ? actor : (officer?.login ?? actor.type),
        unitCode: officer?.unitCode ?? null,
        act,
        caseCodes: caseCodes.slice(0, caseCodesMax),
        data,
      })
    },
  }
}

const caseCodesMax = 100

export type ReadAudit = ReturnType<typeof createReadAudit>

/** The audit log as auditors, the Office's leader and the data protection officer read it; an administrator the technical part. */
export function createReadAudit(deps: {
  store: Pick<AuditStore, 'list'>
  cases: Pick<CaseStore, 'knownOf'>
  units: Units
  audit: Audit
}) {
  const { units } = deps
  return {
    async list(
      officer: Officer,
      asked: Omit<AuditFilter, 'technicalOnly'>,
      after: AuditPosition | null,
      limit: number,
    ): Promise<{ items: AuditEntry[]; next: AuditPosition | null }> {
      requireScope(officer, 'read')
      const readsAll = rightOver('readAudit', officer, units) !== null
      if (!readsAll && rightOver('readTechnicalAudit', officer, units) === null) throw new RefusedError('forbidden')
      const scope = scopeOf(officer, units)
      const isUnknown = asked.caseCode !== undefined && (await deps.cases.knownOf([asked.caseCode], scope)).length === 0
      const found = isUnknown ? [] : await deps.store.list({ ...asked, technicalOnly: !readsAll }, after, limit + 1)
      const page = found.slice(0, limit)
      const known = new Set(await deps.cases.knownOf([...new Set(page.flatMap(({ caseCodes }) => caseCodes))], scope))
      const last = page.at(-1)
      if (after === null) await deps.audit.record({ actor: officer, act: 'readAudit' })
      return {
        items: page.map((entry) => withoutUnknown(entry, known)),
        next: found.length > limit && last !== undefined ? { at: Date.parse(last.at), seq: last.seq } : null,
      }
    },
  }
}

/** Nothing tells of a case that the reader may not know of, neither its code nor why somebody looked at it (R2-30). */
function withoutUnknown(entry: AuditEntry, known: ReadonlySet<string>): AuditEntry {
  const caseCodes = entry.caseCodes.filter((code) => known.has(code))
  if (caseCodes.length === entry.caseCodes.length) return entry
  const { data: _data, salt: _salt, ...rest } = entry
  return { ...rest, caseCodes }
}

/** Goes through the whole chain; every fault as it is found, and how many lines were looked at. */
export async function verifyAudit(
  store: Pick<AuditStore, 'entries' | 'marks'>,
  onFault: (fault: AuditFault) => void,
): Promise<{ lines: number; faults: number; end: ChainHead | null }> {
  const { start, known } = await store.marks()
  const verifier = auditVerifier(start)
  const watched = new Set(known === null ? [] : [known.seq])
  let lines = 0
  let faults = 0
  let end: ChainHead | null = null
  const report = (found: AuditFault[]) => {
    for (const fault of found) onFault(fault)
    faults += found.length
  }
  for await (const entry of store.entries()) {
    if (entry.seq <= start.seq) continue
    report(verifier.next(entry, watched))
    lines += 1
    end = { seq: entry.seq, hash: entry.hash }
  }
  report(verifier.end(known))
  return { lines, faults, end }
}
