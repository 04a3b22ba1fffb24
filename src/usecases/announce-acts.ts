import { newsOf } from '../cases/announce.ts'
import type { Audience } from '../cases/audience.ts'
import type { Case } from '../cases/case.ts'
import type { HistoryEntry } from '../cases/history.ts'
import type { StaffDirectory } from './staff-directory.ts'
import type { NewLines, NewStaffNotice, StaffMember, StaffNoticeStore } from './staff-ports.ts'

export type AnnounceActsDeps = {
  lines: NewLines
  directory: StaffDirectory
  notices: Pick<StaffNoticeStore, 'write' | 'settleReminders'>
  channelsOf(person: StaffMember): readonly string[]
  /** A line or its case could not be opened. */
  onFailure(failure: { line: string }): void
}

/** What happened longer ago is no news: a store that was restored or imported does not flood the desks. */
const newsAgeMsMax = 7 * 86_400_000

/**
 * Tells officers what others have done, from the lines of history that nobody has been told of. Answers how many notices were
 * written and whether there is more. A line that was told stays told, whoever comes again.
 */
export function createAnnounceActs(deps: AnnounceActsDeps) {
  return async (limit: number, now: number): Promise<{ written: number; isMore: boolean }> => {
    const found = await deps.lines.next(limit)
    const notices: NewStaffNotice[] = []
    const moved = new Set<string>()
    for (const { id, line, current } of found) {
      const isOpened = line !== null && current !== null
      if (!isOpened) {
        deps.onFailure({ line: id })
        continue
      }
      if (line.from !== line.to) moved.add(current.code)
      notices.push(...(await noticesOf(line, current, now)))
    }
    if (moved.size > 0) await deps.notices.settleReminders([...moved], now)
    const written = await deps.notices.write(notices)
    await deps.lines.done(found.map(({ id }) => id))
    return { written, isMore: found.length === limit }
  }

  async function noticesOf(line: HistoryEntry, current: Case, now: number): Promise<NewStaffNotice[]> {
    if (now - Date.parse(line.at) > newsAgeMsMax) return []
    const notices: NewStaffNotice[] = []
    for (const { kind, audiences } of newsOf(line, current)) {
      const people = await peopleFor(audiences, current)
      for (const person of people) {
        // Nobody is told of what they did themselves.
        if (person.login === line.actor) continue
        notices.push({
          login: person.login,
          kind,
          caseCode: current.code,
          thread: `${kind}:${line.seq}`,
          params: unitOf(audiences),
          digest: null,
          run: null,
          createdAt: now,
          channels: deps.channelsOf(person),
        })
      }
    }
    return notices
  }

  async function peopleFor(audiences: readonly Audience[], current: Case): Promise<StaffMember[]> {
    return audiences.length === 0 ? [] : (await deps.directory.find(audiences, current)).people
  }
}

function unitOf(audiences: readonly Audience[]): { unitCode?: string } {
  const [unitCode] = audiences.flatMap((audience) => ('unitCode' in audience ? [audience.unitCode] : []))
  return unitCode === undefined ? {} : { unitCode }
}
