import type { Case, Officer } from '../cases/case.ts'
import { sightOf } from '../cases/rights.ts'
import type { CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { type ClosedWay, type ClosedWays, stillClosed } from './closed-ways.ts'
import type { ChatFacts, NoticePosition, NoticeRecord, NoticeRecords } from './notice-records.ts'
import { requireScope } from './require-scope.ts'
import type { WorkItem, WorkItems } from './work-items.ts'

export type NotInformedDeps = {
  records: Pick<NoticeRecords, 'notInformed' | 'chatFacts'>
  cases: Pick<CaseStore, 'find'>
  workItems: Pick<WorkItems, 'find'>
  closedWays: Pick<ClosedWays, 'of'>
  units: Units
  officerOf(login: string): Promise<Officer | null>
  /** Whether the chat reaches a citizen now, with the reason and since when where it does not. */
  reachOf(facts: ChatFacts, now: number): Reach
}

/** Whether the account can write to a citizen on the chat. */
export type Reach = { isReachable: boolean; reason: string | null; since: number | null; until: number | null }

/**
 * A mandatory notice of which it is not proven that its sender was told; `reach` is null for a sender without a chat, `work` is
 * what a person has to do about it.
 */
export type NotInformed = {
  record: NoticeRecord
  reach: Reach | null
  /** Ways of which the platform has said that they do not reach the sender. */
  closedWays: ClosedWay[]
  /** Who has the case: the unit that leads it, or else its intake. */
  unitCode: string
  /** `who`: the name of whoever it falls to; null where anybody of the unit may do it. */
  work: (Pick<WorkItem, 'id' | 'dueAt'> & { who: string | null }) | null
}

/** What of it is asked for; absent: everything. `unitCode`: the unit leads the case, works along or took it in. */
export type NotInformedFilter = { unitCode?: string; notice?: string; minAgeMs?: number }

const READS_MAX = 5
/** With a unit most records are others': so many are read at a time. */
const LOOKED_THROUGH = 200

/**
 * One page of what has not been proven to have been told, oldest first; what lies in cases that the officer may not know of is left
 * out. A page may be short and still have a `next`.
 */
export async function listNotInformed(
  deps: NotInformedDeps,
  officer: Officer,
  asked: NotInformedFilter & { after: NoticePosition | null; limit: number },
  now: number,
): Promise<{ items: NotInformed[]; next: NoticePosition | null }> {
  requireScope(officer, 'read')
  const items: NotInformed[] = []
  let position = asked.after
  let next: NoticePosition | null = null
  const { unitCode, notice, minAgeMs } = asked
  const filter = {
    ...(notice === undefined ? {} : { notice }),
    ...(minAgeMs === undefined ? {} : { upTo: now - minAgeMs }),
  }
  // Cases of others leave gaps; a few more reads fill the page.
  for (let reads = 1; items.length < asked.limit; reads++) {
    const wanted = asked.limit - items.length
    const limit = unitCode === undefined ? wanted : Math.max(wanted, LOOKED_THROUGH)
    const found = await deps.records.notInformed(position, limit + 1, filter)
    for (const record of found.slice(0, limit)) {
      if (items.length === asked.limit) break
      position = { createdAt: record.createdAt, id: record.id }
      const one = await look(deps, officer, record, unitCode, now)
      if (one !== null) items.push(one)
    }
    const isRead = position?.id === found.at(-1)?.id || found.length === 0
    next = isRead ? null : position
    if (next === null || reads === READS_MAX) break
  }
  return { items, next }
}

async function look(
  deps: NotInformedDeps,
  officer: Officer,
  record: NoticeRecord,
  unitCode: string | undefined,
  now: number,
): Promise<NotInformed | null> {
  const current = await deps.cases.find(record.caseCode, scopeOf(officer, deps.units))
  if (current === null || sightOf(current, officer, deps.units) === null) return null
  if (unitCode !== undefined && !isConcerned(current, unitCode)) return null
  const known = record.citizenKey === null ? null : await deps.records.chatFacts(record.citizenKey)
  const target = { citizenKey: record.citizenKey, phone: current.phone || null }
  const closed = await deps.closedWays.of(target, now)
  const work = record.workItem === null ? null : await deps.workItems.find(record.workItem)
  return {
    record,
    reach: known === null ? null : deps.reachOf(known.facts, now),
    closedWays: stillClosed(closed, known?.facts ?? null),
    unitCode: current.leadUnitCode ?? current.intakeUnitCode,
    work: work === null || work.state === 'done' ? null : { ...work, who: await whoDoes(deps, work) },
  }
}

async function whoDoes({ officerOf }: NotInformedDeps, { assignee }: WorkItem): Promise<string | null> {
  return assignee === null ? null : ((await officerOf(assignee))?.name ?? assignee)
}

function isConcerned({ leadUnitCode, intakeUnitCode, coordinatingUnitCodes }: Case, unitCode: string): boolean {
  return [leadUnitCode, intakeUnitCode, ...coordinatingUnitCodes].includes(unitCode)
}
