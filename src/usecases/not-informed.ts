import type { Officer } from '../cases/case.ts'
import { sightOf } from '../cases/rights.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import type { ChatFacts, NoticePosition, NoticeRecord, NoticeRecords } from './notice-records.ts'
import { requireScope } from './require-scope.ts'

export type NotInformedDeps = {
  records: Pick<NoticeRecords, 'notInformed' | 'chatFacts'>
  cases: Pick<CaseStore, 'find'>
  units: Units
  /** Whether the chat reaches a citizen now, with the reason and since when where it does not. */
  reachOf(facts: ChatFacts, now: number): Reach
}

/** Whether the account can write to a citizen on the chat. */
export type Reach = { isReachable: boolean; reason: string | null; since: number | null; until: number | null }

/** A mandatory notice of which it is not proven that its sender was told; `reach` is null for a sender without a chat. */
export type NotInformed = { record: NoticeRecord; reach: Reach | null }

const READS_MAX = 5

/**
 * One page of what has not been proven to have been told, oldest first; what lies in cases that the officer may not know of is left
 * out. A page may be short and still have a `next`.
 */
export async function listNotInformed(
  deps: NotInformedDeps,
  officer: Officer,
  asked: { after: NoticePosition | null; limit: number },
  now: number,
): Promise<{ items: NotInformed[]; next: NoticePosition | null }> {
  requireScope(officer, 'read')
  const items: NotInformed[] = []
  let position = asked.after
  let next: NoticePosition | null = null
  // Cases of others leave gaps; a few more reads fill the page.
  for (let reads = 1; items.length < asked.limit; reads++) {
    const wanted = asked.limit - items.length
    const found = await deps.records.notInformed(position, wanted + 1)
    const page = found.slice(0, wanted)
    const looked = await Promise.all(page.map((record) => look(deps, officer, record, now)))
    items.push(...looked.filter((one) => one !== null))
    const last = page.at(-1)
    if (last !== undefined) position = { createdAt: last.createdAt, id: last.id }
    next = found.length > page.length ? position : null
    if (next === null || reads === READS_MAX) break
  }
  return { items, next }
}

async function look(
  deps: NotInformedDeps,
  officer: Officer,
  record: NoticeRecord,
  now: number,
): Promise<NotInformed | null> {
  const current = await deps.cases.find(record.caseCode, scopeOf(officer, deps.units))
  if (current === null || sightOf(current, officer, deps.units) === null) return null
  const known = record.citizenKey === null ? null : await deps.records.chatFacts(record.citizenKey)
  return { record, reach: known === null ? null : deps.reachOf(known.facts, now) }
}
