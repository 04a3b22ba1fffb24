import type { Officer } from '../cases/case.ts'
import { sightOf } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import type { ConsentRecord } from './turn.ts'

/** One answer of a person to one question about their data, or to news of the province; never changed (R9-1). */
export type KeptConsent = Omit<ConsentRecord, 'eventId'> & { id: string }

export type ConsentPosition = { at: number; id: string }

export type ConsentHistory = {
  /** Of one citizen, ascending, strictly after `after`. */
  of(citizenKey: string, after: ConsentPosition | null, limit: number): Promise<KeptConsent[]>
}

export type ReadConsentsDeps = {
  consents: ConsentHistory
  cases: Pick<CaseStore, 'find'>
  units: Units
  audit: Audit
}

/**
 * What the sender of a case has agreed to and taken back, one page, ascending: also whether and since when they want news of the
 * province. Only for whoever may see who the sender is; each reading is logged (R7-11). A sender without a chat has none here.
 */
export async function readConsents(
  deps: ReadConsentsDeps,
  officer: Officer,
  code: string,
  asked: { after: ConsentPosition | null; limit: number },
): Promise<{ items: KeptConsent[]; next: ConsentPosition | null }> {
  requireScope(officer, 'read')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  const sight = current === null ? null : sightOf(current, officer, deps.units)
  if (current === null || sight === null) throw new RefusedError('not_found')
  if (!sight.sender) throw new RefusedError('forbidden')
  await deps.audit.record({ actor: officer, act: 'readCase', caseCodes: [code] })
  if (current.citizenKey === null) return { items: [], next: null }
  const found = await deps.consents.of(current.citizenKey, asked.after, asked.limit + 1)
  const items = found.slice(0, asked.limit)
  const last = items.at(-1)
  const isMore = found.length > asked.limit && last !== undefined
  return { items, next: isMore ? { at: last.at, id: last.id } : null }
}
