import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { dayOf, endOfDay } from '../cases/days.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import type { ToldNotice } from './notice-records.ts'

/** How a person told the sender what had to be told. */
export const WAYS = ['phone', 'letter', 'email', 'sms', 'in_person', 'other'] as const
export type Way = (typeof WAYS)[number]

/** A notice that no channel carries: somebody calls or writes a letter, and says so (R3-24, R5-1). */
export type WorkItem = {
  id: string
  kind: 'notify'
  caseCode: string
  notice: string
  mandatory: boolean
  textVersion: string
  /** What the sender is to be told. */
  text: string
  /** Who has to do it; null where it waits for anybody at the intake. */
  assignee: string | null
  /** The intake whose people may do it as well. */
  unitCode: string
  createdAt: number
  dueAt: number
  state: 'open' | 'done'
  /** `zalo`: the sender was reached by the service itself after all, and `by` is `system`. */
  done: { at: number; by: string; recordedAt: number; how: Way | 'zalo'; note: string } | null
}

/** Work that arises with an act. With `tryFirst` other ways are tried before, and the work arises only where none of them carries it. */
export type NewWork = WorkItem & {
  tryFirst?: ToldNotice
  /** It is what a notice has become, which has its record already. */
  hasRecord?: true
}

/** Working days in which a person does what a channel would have done at once. */
const WORKING_DAYS = 2

/** Whether a notice must reach a sender whom no channel reaches: the mandatory ones, and what an officer writes on purpose. */
export function needsPerson(notice: Pick<NoticeDraft, 'notice' | 'mandatory'>): boolean {
  return notice.mandatory || notice.notice === 'message'
}

/** The work that a notice about this case becomes. `id` is fresh. */
export function workItemOf(
  notice: NoticeDraft,
  current: Case,
  made: { id: string; text: string; textVersion: string; now: number; calendar: Calendar; workingDays?: number },
): WorkItem {
  const due = made.calendar.dueDay(dayOf(made.now), made.workingDays ?? WORKING_DAYS)
  return {
    id: made.id,
    kind: 'notify',
    caseCode: current.code,
    notice: notice.notice,
    mandatory: notice.mandatory,
    textVersion: made.textVersion,
    text: made.text,
    assignee: current.enteredBy ?? current.intakeOfficer,
    unitCode: current.intakeUnitCode,
    createdAt: made.now,
    // A due day ends at 23:59:59 (R10-7).
    dueAt: endOfDay(due) - 999,
    state: 'open',
    done: null,
  }
}

/** Where the next page begins: due first, an id settles equal times. */
export type WorkItemPosition = { dueAt: number; id: string }

/** Whose items: those of one person, of some intakes, or of every intake. */
export type WorkItemScope = { assignee: string } | { unitCodes: readonly string[] } | 'all'

/** Work items as they are kept; they are written with the case that causes or ends them (`CaseStore.storeMoves`). */
export type WorkItems = {
  find(id: string): Promise<WorkItem | null>
  /** Oldest first. */
  ofCase(caseCode: string): Promise<WorkItem[]>
  /** Open work of this person, ascending by id, strictly after `after`. */
  openOf(assignee: string, after: string | null, limit: number): Promise<WorkItem[]>
  /** Due first, strictly after `after`. */
  list(
    filter: { scope: WorkItemScope; state: WorkItem['state'] },
    after: WorkItemPosition | null,
    limit: number,
  ): Promise<WorkItem[]>
}

/** Work as its people are told of it, without the words. */
export type WorkInBrief = Omit<WorkItem, 'text' | 'done'>

/** Work of whose next step nobody has been told yet. */
export type WorkToTell = {
  /** By `now`, the earliest first; `step` counts what has been said of it. Work that has ended comes once more. */
  toTell(now: number, limit: number): Promise<{ item: WorkInBrief; step: number }[]>
  /** The step is done and the next one is due then, or never; false where somebody else has done it. */
  told(id: string, step: number, nextAt: number | null): Promise<boolean>
}

/** Work whose person is not there any more goes back to the intake, which is told anew. */
export type ReassignedWork = { id: string; assigneeBefore: string; at: number }
