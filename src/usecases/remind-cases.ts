import type { Case } from '../cases/case.ts'
import { carryOutClockAct, clockActOn } from '../cases/clock-acts.ts'
import type { Clocks } from '../cases/clocks.ts'
import type { Day } from '../cases/days.ts'
import { type Accepted, clocksOf } from '../cases/decision.ts'
import { type Reminder, remindersOn } from '../cases/reminders.ts'
import type { CaseStore } from './case-ports.ts'
import type { Law } from './law.ts'
import type { StaffDirectory } from './staff-directory.ts'
import type {
  NewStaffNotice,
  OpenCases,
  ReminderCounts,
  ReminderRun,
  StaffMember,
  StaffNoticeStore,
} from './staff-ports.ts'
import { type TellDeps, tellSenders, withWork } from './tell-senders.ts'

/** A case that could not be seen to, for the log. */
export type CaseFailure = { code: string; error: unknown }

/** A unit that a reminder was for and in which nobody is active. `isForNobody`: there was nobody at the Office either. */
export type SilentUnit = { unitCode: string; caseCode: string; isForNobody: boolean }

export type RemindCasesDeps = {
  cases: Pick<CaseStore, 'find' | 'storeMoves'> & OpenCases
  law: Pick<Law, 'of' | 'calendar'>
  directory: StaffDirectory
  notices: Pick<StaffNoticeStore, 'write'>
  /** How a case stands, for a citizen whose unit has written nothing (U). */
  describeWork(current: Case): string
  /** Names of the channels beside the desk that reach this person. */
  channelsOf(person: StaffMember): readonly string[]
  onFailure(failure: CaseFailure): void
  onSilent(silent: SilentUnit): void
} & TellDeps

export type RemindCases = ReturnType<typeof createRemindCases>

/** Some open cases in the order of their codes, up to a code. */
export type Handful = { found: Awaited<ReturnType<OpenCases['openAfter']>>; upTo: string; isLast: boolean }

/**
 * The clocks' daily work on open cases, a handful at a time in the order of their codes: officers' reminders, then what citizens
 * are to hear. Safe to be done again from the beginning of a handful: nothing is written twice.
 */
export function createRemindCases(deps: RemindCasesDeps) {
  const { cases, directory } = deps

  /** The handful after this code. */
  async function read(after: string, limit: number): Promise<Handful> {
    const found = await cases.openAfter(after, limit)
    const upTo = found.at(-1)?.code ?? after
    return { found, upTo, isLast: found.length < limit }
  }

  /** Sees to one handful, whatever becomes of others meanwhile. */
  async function remind(run: ReminderRun, { found }: Handful, now: number): Promise<ReminderCounts> {
    const counts: ReminderCounts = { cases: found.length, reminders: 0, citizens: 0, nobody: 0, failed: 0 }
    const written: NewStaffNotice[] = []
    const moves: Accepted[] = []
    for (const current of found) {
      const judged = judge(current, run, now)
      if (judged === null) counts.failed += 1
      else {
        written.push(...(await noticesOf(judged.current, judged.reminders, run, now, counts)))
        if (judged.move !== null) moves.push(judged.move)
      }
    }
    // Officers first: a case that has moved does not tell any more what its officers were to hear.
    counts.reminders = await deps.notices.write(written)
    counts.citizens = await carryOut(run.day, moves, now, counts)
    return counts
  }

  /** What the rules say of one case. One that they cannot be asked about must not keep the others waiting. */
  function judge(current: Case | { code: string; unreadable: true }, run: ReminderRun, now: number) {
    try {
      if ('unreadable' in current) throw new Error('a case cannot be opened')
      const law = deps.law.of(current)
      const clocks = clocksOf(current, { ...law, now: Math.max(now, nowOf(run.day)) })
      const reminders = remindersOn(run.day, sinceOf(run, current.code), current, clocks, law.calendar)
      return { current, reminders, move: moveOf(run.day, current, clocks, now) }
    } catch (error) {
      deps.onFailure({ code: current.code, error })
      return null
    }
  }

  async function noticesOf(
    current: Case,
    reminders: readonly Reminder[],
    run: ReminderRun,
    now: number,
    counts: ReminderCounts,
  ): Promise<NewStaffNotice[]> {
    const notices: NewStaffNotice[] = []
    for (const reminder of reminders) {
      const { people, isUnitEmpty } = await directory.find(reminder.audiences, current)
      const isForNobody = people.length === 0
      // Who may know of a suspected denunciation is narrower than its unit, which is no fault of the unit (R2-30).
      if (isForNobody || (isUnitEmpty && !current.denunciationSuspected)) {
        counts.nobody += 1
        deps.onSilent({ unitCode: reminder.unitCode ?? current.intakeUnitCode, caseCode: current.code, isForNobody })
      }
      notices.push(...people.map((person) => noticeFor(person, reminder, current, run, now)))
    }
    return notices
  }

  function noticeFor(person: StaffMember, reminder: Reminder, current: Case, run: ReminderRun, now: number) {
    const { kind, thread, due, left, unitCode, day } = reminder
    return {
      login: person.login,
      kind,
      caseCode: current.code,
      thread,
      params: { due, left, ...(unitCode === null ? {} : { unitCode }) },
      digest: day,
      run: run.number,
      createdAt: now,
      channels: deps.channelsOf(person),
    }
  }

  function moveOf(day: Day, current: Case, clocks: Clocks, now: number): Accepted | null {
    const due = clockActOn(day, current, clocks)
    if (due === null) return null
    const text = due.act === 'progressUpdate' ? deps.describeWork(current) : ''
    return carryOutClockAct(current, due, text, { ...deps.law.of(current), now })
  }

  /** Together where nobody is in the way; else one by one, each on the case as it has become. */
  async function carryOut(day: Day, moves: readonly Accepted[], now: number, counts: ReminderCounts): Promise<number> {
    const groups: Accepted[][] = []
    for (let start = 0; start < moves.length; start += togetherMax) groups.push(moves.slice(start, start + togetherMax))
    let done = 0
    for (let start = 0; start < groups.length; start += lanes) {
      const counted = await Promise.all(
        groups.slice(start, start + lanes).map((group) => carryOutGroup(day, group, now, counts)),
      )
      for (const count of counted) done += count
    }
    return done
  }

  async function carryOutGroup(day: Day, group: Accepted[], now: number, counts: ReminderCounts): Promise<number> {
    try {
      await store(group, now)
      return group.length
    } catch (error) {
      if (!isConflict(error)) throw error
      let done = 0
      for (const move of group) done += (await insist(day, move, now, counts)) ? 1 : 0
      return done
    }
  }

  async function insist(day: Day, move: Accepted, now: number, counts: ReminderCounts): Promise<boolean> {
    const { code } = move.next
    for (let attempt = 1; ; attempt++) {
      const current = await cases.find(code)
      const again =
        current === null ? null : moveOf(day, current, clocksOf(current, { ...deps.law.of(current), now }), now)
      // Somebody was faster, and nothing is owed any more.
      if (again === null) return false
      try {
        await store([again], now)
        return true
      } catch (error) {
        if (isConflict(error) && attempt < attemptsMax) continue
        counts.failed += 1
        deps.onFailure({ code, error })
        return false
      }
    }
  }

  async function store(decisions: readonly Accepted[], now: number): Promise<void> {
    const becoming = new Map(decisions.map(({ next }) => [next.code, next]))
    const caseOf = async (code: string) => becoming.get(code) ?? (await cases.find(code))
    const notices = decisions.flatMap((decision) => decision.notices)
    const { messages, workItems } = await tellSenders(deps, notices, caseOf, { now, calendar: deps.law.calendar() })
    const moves = decisions.map(({ next, entry }) => ({
      next,
      entry: withWork(entry, next.code, workItems),
      sameDueDay: true as const,
    }))
    await cases.storeMoves({ moves, messages, workItems, mark: null, now })
  }

  return { read, remind }
}

const togetherMax = 25
/** Transactions at once: each is mostly waiting. */
const lanes = 4
const attemptsMax = 5

/** The last day on which this case was asked; days that were begun and not ended reach up to a code each. */
function sinceOf(run: ReminderRun, code: string): Day | null {
  const days = run.begun.filter(({ upTo }) => code <= upTo).map(({ day }) => day)
  return [run.since, ...days].reduce((last, day) => (last === null || (day !== null && day > last) ? day : last), null)
}

/** Update days are listed up to a moment: this one covers the day of the run. */
function nowOf(day: Day): number {
  return Date.parse(`${day}T12:00:00+07:00`)
}

function isConflict(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'version_conflict'
}
