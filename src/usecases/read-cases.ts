import { ACT_NAMES } from '../cases/acts.ts'
import type { AuditAct } from '../cases/audit.ts'
import type { Actor, Case } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import { type Sight, sightOf, type View, viewOf } from '../cases/rights.ts'
import { showCase } from '../cases/show-case.ts'
import { findPersonalData, removePersonalData } from '../conversation/text/personal-data.ts'
import type { Audit } from './audit.ts'
import type { CaseStore, NoticeReader, NoticeState, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** A case as this reader sees it: what they have no right to is masked or empty in `current`, which is never to be stored. */
export type SeenCase = { current: Case; sight: Sight; view: Exclude<View, 'none'> }

export type ReadCasesDeps = { cases: CaseStore; units: Units; notices: NoticeReader; audit: Audit }
export type ReadCases = ReturnType<typeof createReadCases>

/**
 * What officers read: single cases, history, notices. A case one may not know of does not exist (404), and finding that
 * out takes the same question to the database. Whoever sees personal data as it is stands in the audit log before they see it.
 */
export function createReadCases(deps: ReadCasesDeps) {
  const { cases, units, audit } = deps

  /** The case whole, for the rules, and as this reader sees it. */
  async function look(actor: Actor, code: string): Promise<{ whole: Case; seen: SeenCase }> {
    requireScope(actor, 'read')
    const whole = await cases.find(code, actor.type === 'officer' ? scopeOf(actor, units) : undefined)
    const seen = whole === null ? null : seeCase(whole, actor, units)
    if (whole === null || seen === null) throw new RefusedError('not_found')
    return { whole, seen }
  }

  async function find(actor: Actor, code: string, act: AuditAct = 'readCase'): Promise<SeenCase> {
    const { seen } = await look(actor, code)
    if (seen.sight.sender) await audit.record({ actor, act, caseCodes: [code] })
    return seen
  }

  return {
    find,

    /** As `find`, for a question about the case that shows nothing of it. */
    judge: async (actor: Actor, code: string): Promise<SeenCase> => (await look(actor, code)).seen,

    /** Ascending. Without the right to it the data of a line is absent; the chain stays provable. */
    async history(actor: Actor, code: string): Promise<HistoryEntry[]> {
      const { sight } = await find(actor, code, 'readHistory')
      const entries = await cases.history(code)
      return entries.map((entry) => {
        if (sight.historyData === 'all') return entry
        if (sight.historyData === 'withoutSender' && saysNothingOfSender.has(entry.act)) return entry
        const { data: _data, salt: _salt, ...provable } = entry
        return provable
      })
    },

    async notices(actor: Actor, code: string): Promise<NoticeState[]> {
      await look(actor, code)
      return deps.notices.noticesOf(code)
    },
  }
}

/** A case as somebody sees it; null where they may not even know of it. */
export function seeCase(current: Case, actor: Actor, units: Units): SeenCase | null {
  const sight = sightOf(current, actor, units)
  return sight === null ? null : { current: showCase(current, sight, maskText), sight, view: viewOf(sight) }
}

/** Acts of officers; the line of the filing holds everything that the sender said of themselves. */
const saysNothingOfSender: ReadonlySet<string> = new Set<string>([...ACT_NAMES, 'handBack', 'changeover'])

function maskText(text: string): string {
  return removePersonalData(text, findPersonalData(text))
}
