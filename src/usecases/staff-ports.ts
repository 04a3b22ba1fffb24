import type { NewsKind } from '../cases/announce.ts'
import type { Case, Officer, Role } from '../cases/case.ts'
import type { Day } from '../cases/days.ts'
import type { HistoryEntry } from '../cases/history.ts'
import type { ReminderKind } from '../cases/reminders.ts'
import type { WorkKind } from '../cases/work-chases.ts'

/** Somebody who works here, as far as notices need to know them. */
export type StaffMember = Officer & {
  hasEmail: boolean
  /** The own Zalo account is linked, in the present unit. */
  hasZalo: boolean
}

/** People whose account is in use. */
export type StaffStore = {
  /** Everybody of these units. */
  activeIn(unitCodes: readonly string[]): Promise<StaffMember[]>
  /** Everybody with this role, whatever the unit; for roles that few hold. */
  activeWith(role: Role): Promise<StaffMember[]>
  activeBy(login: string): Promise<StaffMember | null>
  /** The address of a person whose account is in use, or null. */
  emailOf(login: string): Promise<string | null>
}

/** What no act and no clock of a case brings about; `senderWaits` names the case of somebody who waits in the chat. */
export type DeskKind = 'handoffWaits' | 'senderWaits' | 'dataRequestCame' | 'dataRequestDue'

export type StaffNoticeKind = ReminderKind | NewsKind | DeskKind | WorkKind

/** What a notice to an officer says beside the case's code; nothing of a person. */
export type StaffNoticeParams = {
  due?: Day
  left?: number
  unitCode?: string
  /** The number of a wish about personal data. */
  request?: string
  /** The notice that a sender is to be told. */
  notice?: string
  /** The work item that it is about. */
  work?: string
}

/** One notice to one officer. */
export type StaffNotice = {
  id: string
  login: string
  kind: StaffNoticeKind
  /** The empty text where it is about no case. */
  caseCode: string
  params: StaffNoticeParams
  /** For a reminder: the working day that it belongs to. Reminders of one day fold into one message. */
  digest: Day | null
  createdAt: number
  readAt: number | null
}

/** A notice to be written. A reminder takes the place of the one before it in its thread, news stand once. */
export type NewStaffNotice = Omit<StaffNotice, 'id' | 'readAt'> & {
  /** Within the case: the clock of a reminder, the line of history of news. */
  thread: string
  /** The number of the run that says a reminder; null for news. */
  run: number | null
  /** Channels beside the desk on which this person is to get it. */
  channels: readonly string[]
}

export type StaffNoticePosition = { createdAt: number; id: string }

/** The desk of every officer. */
export type StaffNoticeStore = {
  /**
   * Writes each notice once, whoever asks how often: news that stand, and reminders of a day that has been written, stay as
   * they are. Answers how many were written.
   */
  write(notices: readonly NewStaffNotice[]): Promise<number>
  /** Newest first, strictly after `after`. */
  list(
    login: string,
    asked: { unreadOnly: boolean; after: StaffNoticePosition | null; limit: number },
  ): Promise<StaffNotice[]>
  /** How many are unread, counted up to `max`. */
  countUnread(login: string, max: number): Promise<number>
  /** Marks notices of this person as read; answers how many were unread. */
  markRead(login: string, ids: readonly string[] | 'all', now: number): Promise<number>
  /** Reminders of these cases that nobody has read are moot: what they asked for has moved on. */
  settleReminders(caseCodes: readonly string[], now: number): Promise<void>
  /** What was said of this work is moot, for it is done. */
  settleWork(caseCode: string, work: string, now: number): Promise<void>
  /** People with notices that wait for this channel. */
  awaiting(channel: string, limit: number): Promise<string[]>
  /** What waits for one person on this channel, newest first. */
  awaitingOf(channel: string, login: string, limit: number): Promise<StaffNotice[]>
  /** They wait no more, or from now on for `next`; a reminder that has been renewed since `upTo` still does. */
  settleChannel(
    channel: string,
    login: string,
    ids: readonly string[],
    upTo: number,
    next: string | null,
  ): Promise<void>
}

/** One day's reminders over all open cases. */
export type ReminderRun = {
  day: Day
  /** Counts upwards, whatever the clock does. */
  number: number
  /** The last day that is complete; null before the first. */
  since: Day | null
  /** Days between the two that were begun: cases up to this code have been reminded then. */
  begun: readonly { day: Day; upTo: string }[]
  /** Everything up to this code is done. */
  cursor: string
}

/** What a run or a part of it did. */
export type ReminderCounts = {
  cases: number
  reminders: number
  /** Updates and reminders that citizens got (U, Q). */
  citizens: number
  /** Reminders for a unit in which nobody is active; the Office got them. */
  nobody: number
  failed: number
}

/** Whose turn it is with the reminders of a day, kept so that a run ends exactly once whatever dies. */
export type ReminderRuns = {
  /** The run of this day in this hand, or null when it is done or in another hand. */
  begin(day: Day, owner: string, leaseMs: number): Promise<ReminderRun | null>
  /** Keeps the run and moves its cursor; rejects when another process has taken it over. */
  advance(day: Day, owner: string, leaseMs: number, cursor: string, counts: ReminderCounts): Promise<void>
  /** Closes the run; answers what was done altogether, by whichever processes. */
  finish(day: Day, owner: string, now: number): Promise<ReminderCounts>
  /** Whether a run has been begun and not ended. */
  isUnderWay(): Promise<boolean>
}

/** Lines of history that nobody has been told of yet. */
export type NewLines = {
  /** Some of them with their cases as they are now; a line whose case is gone has none. */
  next(limit: number): Promise<{ id: string; line: HistoryEntry | null; current: Case | null }[]>
  done(ids: readonly string[]): Promise<void>
}

/** Open cases in the order of their codes. */
export type OpenCases = {
  /** After this code. What cannot be opened comes as its code alone. */
  openAfter(code: string, limit: number): Promise<(Case | { code: string; unreadable: true })[]>
}

/** Several notices to one officer as one message, without anything personal in it. */
export type StaffMessage = {
  login: string
  subject: string
  lines: { heading: string; items: { text: string; link: string }[] }[]
  closing: string
  /** The sentence for notices that have no room. */
  more(count: number): string
  /** An earlier try may have got through after all. */
  isRepeat: boolean
  /** The same for the same notices, so that a receiver can tell a repeated message. */
  reference: string
}

export type StaffSendResult =
  | { ok: true }
  /** `retry`: later; `drop`: this person cannot be reached so. */
  | { ok: false; class: 'retry' | 'drop'; code: string }

/** A way to officers beside the desk. */
export type StaffChannel = {
  name: string
  /** How long news are gathered after a message. */
  newsEveryMs: number
  reaches(person: StaffMember): boolean
  /** While this is so nothing is written, and what there is to say waits. */
  isQuiet?(): boolean
  send(message: StaffMessage): Promise<StaffSendResult>
}

/** Whose turn it is to write to an officer, and when the next try may be. Times are real. */
export type StaffDeliveries = {
  /** Tries so far where this owner may write to this person now; null otherwise. */
  claim(
    channel: string,
    login: string,
    asked: { owner: string; leaseMs: number; sentBefore: number | null; realNow: number },
  ): Promise<{ tries: number } | null>
  sent(channel: string, login: string, realNow: number): Promise<void>
  /** There was nothing to say. */
  release(channel: string, login: string): Promise<void>
  /** This way carries nothing now: its tries begin anew with the next message. */
  reset(channel: string, login: string): Promise<void>
  /** A try has failed. */
  postpone(channel: string, login: string, until: number): Promise<void>
}
