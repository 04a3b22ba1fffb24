import { ACT_NAMES, type ActName, readAct } from '../cases/acts.ts'
import type { Actor, Case, CaseAttachment, Officer } from '../cases/case.ts'
import { attachmentsOf } from '../cases/checks.ts'
import { allowedActs, decide } from '../cases/decide.ts'
import type { Accepted, DecisionContext, Refusal } from '../cases/decision.ts'
import { permit } from '../cases/permit.ts'
import { view } from '../cases/rights.ts'
import { OPEN_STATES } from '../cases/words.ts'
import type { Attachments, CaseScope, CaseStore, Officers, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { type IdempotencyStore, markOf } from './idempotency.ts'
import type { Law } from './law.ts'
import { RefusedError } from './refused-error.ts'
import { type TellDeps, tellSenders, withWork } from './tell-senders.ts'

export type MoveCaseDeps = {
  cases: CaseStore
  marks: Pick<IdempotencyStore, 'find'>
  units: Units
  law: Law
  officers: Officers
  attachments: Attachments
} & TellDeps

export type MoveRequest = {
  code: string
  /** The act as it came from outside. */
  input: unknown
  /** The version that the actor has read, or several of which one must be the present one; null where none was stated. */
  version: number | readonly number[] | null
  idempotencyKey: string | null
}

/**
 * Somebody acts on a case: load, decide, then case, history, notices and the mark of the request in one transaction. Throws
 * `RefusedError`, judged in the order 404, 403, 428, 409, 422 (interface.md). Answers with the case as it has become.
 */
export async function moveCase(deps: MoveCaseDeps, actor: Actor, request: MoveRequest, now: number): Promise<Case> {
  const scope = actor.type === 'officer' ? scopeOf(actor, deps.units) : undefined
  const current = await deps.cases.find(request.code, scope)
  if (current === null || view(current, actor, deps.units) === 'none') throw new RefusedError('not_found')
  const mark =
    actor.type === 'officer'
      ? markOf({
          login: actor.login,
          route: `POST /cases/${request.code}/acts`,
          key: request.idempotencyKey,
          body: request.input,
        })
      : null
  const known = mark === null ? null : await deps.marks.find(mark.key)
  // The same request again: its effects are there, so it is answered and not repeated.
  if (known !== null && known.bodyHash === mark?.bodyHash) return current

  const decision = await judge(deps, actor, { ...request, current, isKeyUsed: known !== null, scope }, now)
  const changed = new Map([decision, ...decision.others].map(({ next }) => [next.code, next]))
  const caseOf = async (code: string) => changed.get(code) ?? (await deps.cases.find(code))
  const at = { now, calendar: deps.law.calendar() }
  const { messages, workItems } = await tellSenders(deps, decision.notices, caseOf, at)
  const moves = [decision, ...decision.others].map(({ next, entry }) => ({
    next,
    entry: withWork(entry, next.code, workItems),
  }))
  try {
    await deps.cases.storeMoves({ moves, messages, workItems, mark, now })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'version_conflict') throw error
    // The same request sent twice at once: the other one has done the work.
    const done = mark === null ? null : await deps.marks.find(mark.key)
    if (done === null || done.bodyHash !== mark?.bodyHash) throw await conflict(deps, current, [current.version])
    return (await deps.cases.find(request.code)) ?? decision.next
  }
  return decision.next
}

type Judged = MoveRequest & { current: Case; isKeyUsed: boolean; scope: CaseScope | undefined }

async function judge(deps: MoveCaseDeps, actor: Actor, asked: Judged, now: number): Promise<Accepted> {
  const { current } = asked
  const reading = readAct(asked.input)
  const actName = reading.ok ? reading.act.act : nameOf(asked.input)
  const context = await contextFor(deps, current, reading.ok ? reading.act : null, now, { scope: asked.scope, actor })
  const refused = (denial: Pick<Refusal, 'code' | 'key' | 'params'>) =>
    refusalOf(denial, allowedActs(current, actor, context))
  // 403 comes before everything that is said about the request itself, also where its fields cannot be read.
  const permitted = actName === null ? null : permit(current, actName, actor, context)
  if (permitted !== null && !permitted.ok && isForbidden(permitted.code)) throw refused(permitted)
  const decision = reading.ok ? decide(current, reading.act, actor, context) : null
  if (decision !== null && !decision.ok && isForbidden(decision.code)) throw refused(decision)
  if (asked.isKeyUsed) throw new RefusedError('idempotency_key_reused')
  if (asked.version === null) throw new RefusedError('version_required')
  const read = typeof asked.version === 'number' ? [asked.version] : asked.version
  if (!read.includes(current.version)) throw await conflict(deps, current, read)
  if (permitted !== null && !permitted.ok) throw refused(permitted)
  if (!reading.ok) throw new RefusedError(reading.code, reading.faults)
  if (decision === null) throw new RefusedError('illegal_act')
  if (decision.ok) return decision
  throw decision.code === 'invalid_fields' ? new RefusedError('invalid_fields', decision.faults) : refused(decision)
}

/** Says what has been done since the newest version that was named; nothing where no version of this case was. */
async function conflict(deps: MoveCaseDeps, current: Case, read: readonly number[]): Promise<RefusedError> {
  const since = Math.max(...read.filter((version) => version >= 1 && version <= current.version))
  const changes = Number.isFinite(since) ? await deps.cases.changes(current.code, since, changesMax) : []
  return new RefusedError('version_conflict', [], { changes })
}

/** Enough to see what happened; whoever missed more reads the history. */
const changesMax = 50

/** An officer names files of this case or own uploads: nobody opens a file of another case by carrying its id over here. */
async function filesFor(
  attachments: MoveCaseDeps['attachments'],
  current: Case,
  ids: readonly string[],
  actor: Actor | undefined,
): Promise<CaseAttachment[]> {
  if (actor?.type !== 'officer') return attachments.find(ids)
  const kept = attachmentsOf(current).filter(({ id }) => ids.includes(id))
  const others = ids.filter((id) => !kept.some((file) => file.id === id))
  return [...kept, ...(await attachments.findOwn(actor.login, others))]
}

/** Everything that a decision about this case looks at. Another case is only there if it lies in the actor's scope. */
export async function contextFor(
  deps: Pick<MoveCaseDeps, 'cases' | 'units' | 'law' | 'officers' | 'attachments'>,
  current: Case,
  act: object | null,
  now: number,
  by: { scope?: CaseScope | undefined; actor?: Actor } = {},
): Promise<DecisionContext> {
  const { scope, actor } = by
  const named = (act ?? {}) as { handler?: string; attachmentIds?: string[]; parentCode?: string; relatedCode?: string }
  const logins = [named.handler, current.handler].filter((login) => login != null)
  const found = await Promise.all([...new Set(logins)].map((login) => deps.officers.find(login)))
  const officers = new Map(found.filter((officer) => officer !== null).map((officer) => [officer.login, officer]))
  const otherCode = named.parentCode ?? named.relatedCode ?? current.parentCode
  return {
    now,
    ...lawFor(deps.law, current),
    units: deps.units,
    findOfficer: (login): Officer | null => officers.get(login) ?? null,
    attachments: await filesFor(deps.attachments, current, named.attachmentIds ?? [], actor),
    childCases: await childrenOf(deps, current, act),
    otherCase:
      otherCode === null || otherCode === undefined
        ? null
        : await deps.cases.find(
            otherCode,
            named.parentCode === undefined && named.relatedCode === undefined ? undefined : scope,
          ),
  }
}

/** Acts after which nobody answers the case any more, nor those that were merged into it. */
const ENDING: ReadonlySet<string> = new Set(['withdraw', 'closeNoSupplement'])

async function childrenOf(deps: Pick<MoveCaseDeps, 'cases'>, current: Case, act: object | null): Promise<Case[]> {
  if (!ENDING.has(nameOf(act) ?? '')) return []
  const found = await Promise.all(current.children.map(({ code }) => deps.cases.find(code)))
  return found.filter((child) => child !== null)
}

/** Taken at one moment, so that all of it belongs to one revision. */
export function lawFor(
  law: Law,
  current: Case,
): Pick<DecisionContext, 'calendar' | 'ruleSet' | 'lawRevision' | 'lawOf'> {
  const [calendar, ruleSet, lawRevision] = [law.calendar(), law.ruleSet(current.ruleSetId), law.revision()]
  const isOfThese = (one: Case) => OPEN_STATES.includes(one.state) && one.ruleSetId === current.ruleSetId
  const lawOf = (one: Case) => (isOfThese(one) ? { calendar, ruleSet } : law.of(one))
  return { calendar, ruleSet, lawRevision, lawOf }
}

function isForbidden(code: Refusal['code']): boolean {
  return code === 'forbidden' || code === 'same_person'
}

function refusalOf({ code, key, params }: Pick<Refusal, 'code' | 'key' | 'params'>, allowed: ActName[]): RefusedError {
  if (code === 'not_visible') return new RefusedError('not_found')
  const fault = { path: 'act', key: key.startsWith('refusal.') ? key : `refusal.${key}`, params }
  return new RefusedError(isForbidden(code) ? 'forbidden' : 'illegal_act', [fault], { allowedActs: allowed })
}

function nameOf(input: unknown): ActName | null {
  const name = typeof input === 'object' && input !== null && 'act' in input ? input.act : null
  return ACT_NAMES.find((one) => one === name) ?? null
}
