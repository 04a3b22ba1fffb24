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
import { hasScope, requireScope } from './require-scope.ts'

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

  async function look(actor: Actor, code: string): Promise<SeenCase> {
    requireScope(actor, 'read')
    const whole = await cases.find(code, actor.type === 'officer' ? scopeOf(actor, units) : undefined)
    const seen = whole === null ? null : await see(whole, actor)
    if (seen === null) throw new RefusedError('not_found')
    return seen
  }

  async function see(whole: Case, actor: Actor): Promise<SeenCase | null> {
    const seen = seeCase(whole, actor, units)
    return seen === null ? null : { ...seen, current: await withoutUnknown(seen.current, actor) }
  }

  /** Without the codes of joined cases that this reader may not know of (R2-30). */
  async function withoutUnknown(current: Case, actor: Actor): Promise<Case> {
    const { parentCode, children, relatedCodes } = current
    const known = await knownOf(actor, [parentCode ?? '', ...children.map(({ code }) => code), ...relatedCodes])
    return {
      ...current,
      parentCode: parentCode === null || known.has(parentCode) ? parentCode : null,
      children: children.filter(({ code }) => known.has(code)),
      relatedCodes: relatedCodes.filter((code) => known.has(code)),
    }
  }

  async function knownOf(actor: Actor, named: readonly string[]): Promise<ReadonlySet<string>> {
    const codes = [...new Set(named.filter((code) => code !== ''))]
    if (codes.length === 0 || actor.type !== 'officer') return new Set(codes)
    return new Set(await cases.knownOf(codes, scopeOf(actor, units)))
  }

  async function find(actor: Actor, code: string, act: AuditAct = 'readCase'): Promise<SeenCase> {
    const seen = await look(actor, code)
    await keep(seen, actor, act)
    return seen
  }

  async function keep({ current, sight }: SeenCase, actor: Actor, act: AuditAct): Promise<void> {
    if (sight.sender) await audit.record({ actor, act, caseCodes: [current.code] })
  }

  return {
    find,

    /** A case that this actor has just written, as they see it now; null where they may not, or not any more. */
    async written(actor: Actor, whole: Case): Promise<SeenCase | null> {
      const seen = hasScope(actor, 'read') ? await see(whole, actor) : null
      if (seen !== null) await keep(seen, actor, 'readCase')
      return seen
    },

    /** As `find`, for a question about the case that shows nothing of it. */
    judge: look,

    /** Ascending. Without the right to it the data of a line is absent; the chain stays provable. */
    async history(actor: Actor, code: string): Promise<HistoryEntry[]> {
      const { sight } = await find(actor, code, 'readHistory')
      const entries = await cases.history(code)
      const known = await knownOf(actor, entries.flatMap(joinedIn))
      return entries.map((entry) => {
        const isKnown = joinedIn(entry).every((joined) => known.has(joined))
        if (sight.historyData === 'all' && isKnown) return entry
        if (sight.historyData === 'withoutSender' && saysNothingOfSender.has(entry.act) && isKnown) return entry
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

/** The codes of other cases that a line of the history names. */
function joinedIn({ data = {} }: HistoryEntry): string[] {
  const named = [data.parentCode, data.parentCodeBefore, data.relatedCode, data.childCode]
  return named.filter((code) => typeof code === 'string')
}

/** Acts of officers; the line of the filing holds everything that the sender said of themselves. */
const saysNothingOfSender: ReadonlySet<string> = new Set<string>([
  ...ACT_NAMES,
  'handBack',
  'workHandedBack',
  'changeover',
  'dataWithdrawn',
])

function maskText(text: string): string {
  return removePersonalData(text, findPersonalData(text))
}
