import type { Actor, Case, Officer } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import { type View, view } from '../cases/rights.ts'
import type { State } from '../cases/words.ts'
import type { CasePosition, CaseScope, CaseStore, NoticeReader, NoticeState, Units } from './case-ports.ts'
import { RefusedError } from './refused-error.ts'

/** A case with how much of it this reader may see. */
export type SeenCase = { current: Case; view: Exclude<View, 'none'> }

export type ReadCases = ReturnType<typeof createReadCases>

/** What officers read: lists, single cases, history, notices. A case one may not know of does not exist (404). */
export function createReadCases(deps: { cases: CaseStore; units: Units; notices: NoticeReader }) {
  const { cases, units } = deps

  async function find(actor: Actor, code: string): Promise<SeenCase> {
    const current = await cases.find(code)
    const seen = current === null ? 'none' : view(current, actor, units)
    if (current === null || seen === 'none') throw new RefusedError('not_found')
    return { current, view: seen }
  }

  return {
    find,

    /** One page, newest receipt first; `next` is where the following one begins. */
    async list(
      officer: Officer,
      asked: { state?: State; unitCode?: string; after: CasePosition | null; limit: number },
    ): Promise<{ items: SeenCase[]; next: CasePosition | null }> {
      const { after, limit, ...filter } = asked
      const items: SeenCase[] = []
      let position = after
      // Cases that the scope lets through and the rules hide leave gaps; a few more reads fill the page.
      for (let reads = 0; reads < readsMax; reads++) {
        const found = await cases.list({ ...filter, scope: scopeOf(officer, units) }, position, limit + 1)
        for (const current of found) {
          if (items.length === limit) return { items, next: position }
          const seen = view(current, officer, units)
          if (seen !== 'none') items.push({ current, view: seen })
          position = { receivedAt: current.receivedAt, code: current.code }
        }
        if (found.length <= limit) return { items, next: null }
      }
      return { items, next: position }
    },

    /** Ascending. Without the right to the full text the data of a line is absent; the chain stays provable. */
    async history(actor: Actor, code: string): Promise<HistoryEntry[]> {
      const seen = await find(actor, code)
      const entries = await cases.history(code)
      if (seen.view === 'full') return entries
      return entries.map(({ data: _data, salt: _salt, ...provable }) => provable)
    },

    async notices(actor: Actor, code: string): Promise<NoticeState[]> {
      await find(actor, code)
      return deps.notices.noticesOf(code)
    },
  }
}

const readsMax = 10

/** The widest set of cases that can concern this officer; `view` narrows it case by case (§7.2). */
export function scopeOf(officer: Officer, units: Units): CaseScope {
  const has = (...roles: Officer['roles']) => roles.some((role) => officer.roles.includes(role))
  if (has('auditor', 'dataProtectionOfficer')) return 'all'
  if (units.isOffice(officer.unitCode) && has('intakeOfficer', 'officeLeader', 'publisher')) return 'all'
  const leads = has('agencyCoordinator', 'agencyLeader')
  const takesIn = has('intakeOfficer', 'agencyCoordinator') && units.hasDirectIntake(officer.unitCode)
  return {
    unitCodes: leads ? units.codesWithin(officer.unitCode) : [],
    handler: officer.login,
    intakeUnitCodes: takesIn ? [officer.unitCode] : [],
  }
}
