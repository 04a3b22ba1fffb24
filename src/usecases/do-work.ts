import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Case, Officer } from '../cases/case.ts'
import { formatTime } from '../cases/days.ts'
import { faultsOf } from '../cases/faults.ts'
import type { HistoryEntryDraft } from '../cases/history.ts'
import { intakeOf } from '../cases/intake-rights.ts'
import { sightOf } from '../cases/rights.ts'
import { showCase } from '../cases/show-case.ts'
import type { Audit } from './audit.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { readMoment } from './filing/read-moment.ts'
import type { IdempotencyMark } from './idempotency.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import { WAYS, type Way, type WorkItem, type WorkItemPosition, type WorkItems } from './work-items.ts'

export type WorkDeps = {
  workItems: WorkItems
  cases: Pick<CaseStore, 'find' | 'storeMoves'>
  units: Units
  audit: Audit
}

/** A work item with who has to be told, masked for whoever has no right to contact data. */
export type SeenWork = { item: WorkItem; sender: Pick<Case, 'name' | 'phone' | 'email'> & { address?: string } }

type Looked = SeenWork & { whole: Case; isUnmasked: boolean }

/** How, when and with what words the sender was told. */
export const doneSchema = z.strictObject({
  how: z.enum(WAYS),
  at: z
    .string()
    .min(1)
    .max(40)
    .meta({ description: 'A time with its offset, or a day', example: '2026-11-24T14:30:00+07:00' }),
  note: z
    .string()
    .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
    .max(5_000)
    .optional(),
})

/** One page of what this officer has to do, or of what the intake has to do where the officer works; due first. */
export async function listWork(
  deps: WorkDeps,
  officer: Officer,
  asked: { of: 'mine' | 'unit'; state: WorkItem['state']; after: WorkItemPosition | null; limit: number },
): Promise<{ items: SeenWork[]; next: WorkItemPosition | null }> {
  requireScope(officer, 'read')
  const { state, limit } = asked
  const scope = scopeOfWork(officer, asked.of, deps.units)
  const items: Looked[] = []
  let position = asked.after
  let next: WorkItemPosition | null = null
  // Cases that the reader may not know of any more leave gaps; a few more reads fill the page.
  for (let reads = 1; items.length < limit; reads++) {
    const found = await deps.workItems.list({ scope, state }, position, limit + 1 - items.length)
    const page = found.slice(0, limit - items.length)
    const looked = await Promise.all(page.map((item) => look(deps, officer, item)))
    items.push(...looked.filter((one) => one !== null))
    const last = page.at(-1)
    if (last !== undefined) position = { dueAt: last.dueAt, id: last.id }
    next = found.length > page.length ? position : null
    if (next === null || reads === readsMax) break
  }
  const unmasked = items.filter(({ isUnmasked }) => isUnmasked).map(({ item }) => item.caseCode)
  if (unmasked.length > 0) await deps.audit.record({ actor: officer, act: 'listCases', caseCodes: unmasked })
  return { items, next }
}

const readsMax = 5

/** One item; what one may not know of is not there (404). */
export async function findWork(deps: WorkDeps, officer: Officer, id: string): Promise<SeenWork> {
  requireScope(officer, 'read')
  const looked = await lookUp(deps, officer, id)
  if (looked.isUnmasked) {
    await deps.audit.record({ actor: officer, act: 'readCase', caseCodes: [looked.item.caseCode] })
  }
  return looked
}

/** Somebody has told the sender: the work ends, and the history of the case says how and when (R5-1, R5-5). */
export async function finishWork(
  deps: WorkDeps,
  officer: Officer,
  id: string,
  request: { input: unknown; mark: IdempotencyMark | null },
  now: number,
): Promise<SeenWork> {
  requireScope(officer, 'write')
  for (let attempt = 1; ; attempt++) {
    const { item, whole, ...looked } = await lookUp(deps, officer, id)
    if (item.state === 'done')
      throw new RefusedError('illegal_act', [{ path: 'id', key: 'refusal.workDone', params: {} }])
    const done = { ...readDone(request.input, whole, now), by: officer.login, recordedAt: now }
    const finished: WorkItem = { ...item, state: 'done', done }
    const next: Case = { ...whole, version: whole.version + 1 }
    const move = { next, entry: entryOf(finished, done, officer, next) }
    try {
      await deps.cases.storeMoves({ moves: [move], messages: [], mark: request.mark, finished, now })
      return { ...looked, item: finished }
    } catch (error) {
      // Nobody states the version of a case to end work on it, so it is read anew where it has moved on.
      if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === attemptsMax) throw error
    }
  }
}

const attemptsMax = 5

function readDone(input: unknown, current: Case, now: number): { how: Way; at: number; note: string } {
  const parsed = doneSchema.safeParse(input)
  if (!parsed.success) throw new RefusedError('invalid_fields', faultsOf(parsed.error, input))
  const { how, at, note } = parsed.data
  const { value, faults } = readMoment('at', at, now)
  if (value === null) throw new RefusedError('invalid_fields', faults)
  // A caller may have been told in the very call; nobody was before it.
  if (value < current.receivedAt) {
    throw new RefusedError('invalid_fields', [{ path: 'at', key: 'fault.beforeReceipt', params: {} }])
  }
  return { how, at: value, note: note ?? '' }
}

function entryOf(
  { id, notice, text, textVersion }: WorkItem,
  done: NonNullable<WorkItem['done']>,
  officer: Officer,
  { state }: Case,
): HistoryEntryDraft {
  const { how, at, note, recordedAt } = done
  const words = { textVersion, textHash: hash('sha256', text, 'hex') }
  const data = { workItemId: id, notice, how, at: formatTime(at), note, ...words, actorUnitCode: officer.unitCode }
  return { at: recordedAt, actor: officer.login, act: 'noticeGiven', from: state, to: state, data }
}

async function lookUp(deps: WorkDeps, officer: Officer, id: string): Promise<Looked> {
  const item = await deps.workItems.find(id)
  const looked = item === null || !isConcerned(item, officer, deps.units) ? null : await look(deps, officer, item)
  if (looked === null) throw new RefusedError('not_found')
  return looked
}

async function look({ cases, units }: WorkDeps, officer: Officer, item: WorkItem): Promise<Looked | null> {
  const whole = await cases.find(item.caseCode, scopeOf(officer, units))
  const sight = whole === null ? null : sightOf(whole, officer, units)
  if (whole === null || sight === null || sight.text !== 'full') return null
  const { name, phone, email, address } = showCase(whole, sight, (text) => text)
  const sender = { name, phone, email, ...(sight.sender ? { address: address.text } : {}) }
  return { item, sender, whole, isUnmasked: sight.sender }
}

function isConcerned(item: WorkItem, officer: Officer, units: Units): boolean {
  if (item.assignee === officer.login) return true
  const intake = intakeOf(officer, units)
  return intake === 'office' || (intake === 'unit' && item.unitCode === officer.unitCode)
}

function scopeOfWork(officer: Officer, of: 'mine' | 'unit', units: Units) {
  if (of === 'mine') return { assignee: officer.login }
  const intake = intakeOf(officer, units)
  if (intake === null) throw new RefusedError('forbidden')
  return intake === 'office' ? ('all' as const) : { unitCodes: [officer.unitCode] }
}
