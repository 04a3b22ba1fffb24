import type { Case, Officer } from '../cases/case.ts'
import { mayReveal } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** What masking hides. */
export type Revealed = Pick<
  Case,
  'code' | 'submitterType' | 'name' | 'contactPerson' | 'phone' | 'email' | 'address' | 'title' | 'content' | 'extra'
>

/**
 * Shows what is hidden from this officer, for a reason that is kept (R7-11): the line stands in the audit log before anything
 * is shown. A refusal is kept too.
 */
export async function revealSender(
  deps: { cases: Pick<CaseStore, 'find'>; units: Units; audit: Audit },
  officer: Officer,
  code: string,
  /** Judged after rights, so that it is read only then. */
  readReason: () => string,
): Promise<Revealed> {
  requireScope(officer, 'read')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  if (current === null) throw new RefusedError('not_found')
  if (!mayReveal(current, officer, deps.units)) {
    await deps.audit.record({ actor: officer, act: 'refused', caseCodes: [code], data: { asked: 'revealSender' } })
    throw new RefusedError('forbidden')
  }
  const reason = readReason()
  await deps.audit.record({ actor: officer, act: 'revealSender', caseCodes: [code], data: { reason } })
  const { submitterType, name, contactPerson, phone, email, address, title, content, extra } = current
  return { code, submitterType, name, contactPerson, phone, email, address, title, content, extra: extra ?? {} }
}
