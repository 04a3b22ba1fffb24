import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { type Chase, chaseOn, nextChaseAt } from '../cases/work-chases.ts'
import type { CaseStore, Units } from './case-ports.ts'
import type { StaffDirectory } from './staff-directory.ts'
import type { NewStaffNotice, StaffMember, StaffNoticeStore, StaffStore } from './staff-ports.ts'
import type { WorkInBrief, WorkToTell } from './work-items.ts'

export type AnnounceWorkDeps = {
  work: WorkToTell
  cases: Pick<CaseStore, 'find'>
  directory: Pick<StaffDirectory, 'find'>
  units: Pick<Units, 'isOffice'>
  staff: Pick<StaffStore, 'activeBy'>
  /** Takes work from somebody who had left before it arose (R7-12). */
  handBack(item: WorkInBrief, login: string, reason: 'accountEnded'): Promise<void>
  notices: Pick<StaffNoticeStore, 'write' | 'settleWork'>
  channelsOf(person: StaffMember): readonly string[]
  calendar(): Calendar
  /** Working days between two chases of the same work. */
  everyDays: number
  onFailure(failure: { id: string; caseCode: string; error: unknown }): void
  /** Nobody who could do it is there: the Office has got it, or nobody at all. */
  onSilent(silent: { id: string; caseCode: string; unitCode: string; isForNobody: boolean }): void
}

/**
 * Tells whoever has to tell a sender that the work is theirs, and again while it is late. Each step is written once, whoever comes
 * first and whatever dies: its notices bear the work in their keys, and the step is closed only behind them. `aheadMs` takes what is
 * due so soon after `now` along.
 */
export function createAnnounceWork(deps: AnnounceWorkDeps) {
  const { work, everyDays } = deps

  return async (limit: number, now: number, aheadMs = 0): Promise<{ written: number; isMore: boolean }> => {
    const found = await work.toTell(now + aheadMs, limit)
    let written = 0
    let failed = 0
    for (const { item, step } of found) {
      try {
        written += await see(item, step, now)
      } catch (error) {
        // It stays due, and keeps nobody else waiting.
        failed += 1
        deps.onFailure({ id: item.id, caseCode: item.caseCode, error })
      }
    }
    return { written, isMore: found.length === limit && failed === 0 }
  }

  async function see(item: WorkInBrief, step: number, now: number): Promise<number> {
    if (item.state === 'done') {
      await deps.notices.settleWork(item.caseCode, item.id, now)
      await work.told(item.id, step, null)
      return 0
    }
    if (item.assignee !== null && (await deps.staff.activeBy(item.assignee)) === null) {
      // It comes again at once, as anybody's.
      await deps.handBack(item, item.assignee, 'accountEnded')
      return 0
    }
    return tell(item, step, now)
  }

  async function tell(item: WorkInBrief, step: number, now: number): Promise<number> {
    const calendar = deps.calendar()
    const nextAt = nextChaseAt(item, now, calendar, everyDays)
    const isOffice = deps.units.isOffice(item.unitCode)
    const chase = chaseOn(item, { now, calendar, everyDays, isOffice })
    const current = await deps.cases.find(item.caseCode)
    if (chase === null || current === null) {
      await work.told(item.id, step, current === null ? null : nextAt)
      return 0
    }
    const { people, isUnitEmpty } = await peopleFor(chase, current)
    const written = await deps.notices.write(people.map((person) => noticeFor(person, item, step, chase, now)))
    if (await work.told(item.id, step, nextAt)) {
      const isForNobody = people.length === 0
      const { id, caseCode, unitCode } = item
      if (isForNobody || isUnitEmpty) deps.onSilent({ id, caseCode, unitCode, isForNobody })
    }
    return written
  }

  async function peopleFor({ first, instead }: Chase, current: Case) {
    const found = await deps.directory.find(first, current)
    return found.people.length > 0 || instead.length === 0 ? found : deps.directory.find(instead, current)
  }

  function noticeFor(person: StaffMember, item: WorkInBrief, step: number, chase: Chase, now: number): NewStaffNotice {
    const { kind, day, due, left } = chase
    return {
      login: person.login,
      kind,
      caseCode: item.caseCode,
      thread: `${kind}:${item.id}`,
      params: { due, left, notice: item.notice, work: item.id },
      digest: day,
      run: day === null ? null : step,
      createdAt: now,
      channels: deps.channelsOf(person),
    }
  }
}
