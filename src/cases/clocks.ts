import type { Calendar } from './calendar.ts'
import { type Day, dayOf, endOfDay, minuteOfDay } from './days.ts'
import type { RuleSet } from './rule-set.ts'

/** A time that is not counted for C: the citizen's turn, or an answer that lay at the Office before it was sent back (T15). */
export type Pause = { kind: 'supplement' | 'office'; from: number; to: number | null }

/** The stored events from which every due day follows (R4-C2). All times in milliseconds. */
export type Timeline = {
  receivedAt: number
  /** The last transfer from a ministry, the Government Office or another province: A, B and C run from it (R4-C6). */
  transferredAt?: number | null
  /** A reopening starts C anew (T22), a reconsideration A, B and C (T23). */
  restart?: { at: number; clocks: 'answer' | 'all' } | null
  /** The last supplement that brought the case back to the intake: a new B runs from it (T5, T7). */
  intakeResumedAt?: number | null
  /** In order of time; only the last may be open. */
  pauses?: readonly Pause[]
  /** Entry into PENDING_PUBLICATION: starts P. */
  resultAt?: number | null
  /** Arrival at the handling unit, while it has not been accepted: starts K. */
  arrivedAt?: number | null
  /** The result reached the citizen: starts R. */
  releasedAt?: number | null
  /** Starts E, while no decision is recorded. */
  escalatedAt?: number | null
  opinions?: readonly { unitCode: string; askedAt: number; answeredAt: number | null }[]
}

/** Due days of one case (rules §4.3). A clock that has not started is null; a paused C has no due day. */
export type Clocks = {
  receivedDate: Day
  /** The day after which A and B, and C while nothing restarted it, are counted. */
  countedFrom: Day
  /** A */ refuseBy: Day
  /** B */ supplementBy: Day
  /** B */ forwardBy: Day
  /** C */ answerBy: Day | null
  /** C as the other supplement policy would have it, shown to staff beside the first (R4-C5). */
  answerByOtherPolicy: Day | null
  /** U */ progressUpdatesBy: Day[]
  firstProgressUpdateBy: Day | null
  /** P */ publishBy: Day | null
  /** Q */ supplementReplyBy: Day | null
  supplementReminderOn: Day | null
  /** K */ acknowledgeBy: Day | null
  /** O */ opinionsBy: { unitCode: string; by: Day }[]
  /** R */ disagreeBy: Day | null
  /** E */ decisionBy: Day | null
  paused: boolean
  provisional: boolean
  /** Working days of C that were used before the pauses. */
  usedWorkingDays: number
  calendarVersions: Record<string, string>
}

type Rules = Pick<RuleSet, 'workingDays' | 'supplementClock' | 'afterHoursPolicy' | 'officeClosesAt'>

/** Progress updates listed at least; more when `until` lies later. */
const UPDATES_MIN = 2
/** Ten years of updates: a bound for a case that nobody answers. */
const UPDATES_MAX = 500

/** Derives every clock from stored events; the same function serves cases and `GET /deadlines`. `until` lengthens the list of U. */
export function computeClocks(timeline: Timeline, rules: Rules, calendar: Calendar, until?: Day): Clocks {
  const lengths = rules.workingDays
  const due = (start: Day, count: number) => calendar.dueDay(start, count)
  const dueAfter = (at: number | null | undefined, count: number) => (at == null ? null : due(dayOf(at), count))

  const receivedDate = receiptDay(timeline.receivedAt, rules, calendar)
  const arrival = timeline.transferredAt == null ? receivedDate : receiptDay(timeline.transferredAt, rules, calendar)
  const restart = timeline.restart ?? null
  const countedFrom = restart?.clocks === 'all' ? dayOf(restart.at) : arrival
  const answerFrom = restart === null ? arrival : dayOf(restart.at)
  const forwardFrom = timeline.intakeResumedAt == null ? countedFrom : dayOf(timeline.intakeResumedAt)

  const pauses = (timeline.pauses ?? []).filter((pause) => restart === null || pause.from >= restart.at)
  const answer = answerClock(answerFrom, pauses, lengths.answer, rules.supplementClock, calendar)
  const otherPolicy = rules.supplementClock === 'restart' ? 'pause-resume' : 'restart'
  const openPause = pauses.find((pause) => pause.to === null && pause.kind === 'supplement')
  const forwardBy = due(forwardFrom, lengths.forward)
  const progressUpdatesBy =
    answer.by === null ? [] : progressUpdateDays(answer.by, lengths.progressUpdate, calendar, until)

  const clocks = {
    receivedDate,
    countedFrom,
    refuseBy: due(countedFrom, lengths.refuse),
    supplementBy: forwardBy,
    forwardBy,
    answerBy: answer.by,
    answerByOtherPolicy: answerClock(answerFrom, pauses, lengths.answer, otherPolicy, calendar).by,
    progressUpdatesBy,
    firstProgressUpdateBy: progressUpdatesBy[0] ?? null,
    publishBy: dueAfter(timeline.resultAt, lengths.publish),
    supplementReplyBy: dueAfter(openPause?.from, lengths.supplement),
    supplementReminderOn: dueAfter(openPause?.from, lengths.supplementReminder),
    acknowledgeBy: dueAfter(timeline.arrivedAt, lengths.acknowledge),
    opinionsBy: (timeline.opinions ?? [])
      .filter((opinion) => opinion.answeredAt === null)
      .map((opinion) => ({ unitCode: opinion.unitCode, by: due(dayOf(opinion.askedAt), lengths.opinion) })),
    disagreeBy: dueAfter(timeline.releasedAt, lengths.disagree),
    decisionBy: dueAfter(timeline.escalatedAt, lengths.decision),
    paused: answer.by === null,
    usedWorkingDays: answer.used,
  }
  const last = lastDay(clocks, receivedDate)
  const first = receivedDate < countedFrom ? receivedDate : countedFrom
  return {
    ...clocks,
    provisional: calendar.isProvisional(first, last),
    calendarVersions: calendar.versions(first, last),
  }
}

/**
 * The day that counts as the day of receipt (R10-9): the day in Vietnam at any hour, or, where the rule set says so, the next
 * working day for what comes after closing time or on a day off.
 */
export function receiptDay(
  at: number,
  rules: Pick<Rules, 'afterHoursPolicy' | 'officeClosesAt'>,
  calendar: Calendar,
): Day {
  const day = dayOf(at)
  if (rules.afterHoursPolicy === 'same-day') return day
  const [hours = 17, minutes = 0] = rules.officeClosesAt.split(':').map(Number)
  const isLate = minuteOfDay(at) >= hours * 60 + minutes
  return isLate || !calendar.isWorkingDay(day) ? calendar.dueDay(day, 1) : day
}

/** True when the due day is over at this moment (R10-7). */
export function isPast(due: Day | null, now: number): boolean {
  return due !== null && now > endOfDay(due)
}

function answerClock(
  start: Day,
  pauses: readonly Pause[],
  length: number,
  supplementClock: RuleSet['supplementClock'],
  calendar: Calendar,
): { by: Day | null; used: number } {
  let from = start
  let used = 0
  /** What of `used` still counts: a restart forgets it. */
  let charged = 0
  let by: Day | null = calendar.dueDay(start, length)
  for (const pause of pauses) {
    const stretch = calendar.workingDays(from, dayOf(pause.from))
    used += stretch
    charged += stretch
    if (pause.to === null) return { by: null, used }
    const resumed = dayOf(pause.to)
    // Asked and answered before the day from which C is counted, nothing of C was waited for.
    if (resumed > from) from = resumed
    if (pause.kind === 'supplement') {
      if (supplementClock === 'restart') charged = 0
      by = calendar.dueDay(from, Math.max(1, length - charged))
    } else if (charged <= length) {
      by = calendar.dueDay(from, Math.max(1, length - charged))
    }
    // An answer that came late to the Office stays late when it is sent back: the due day does not move (T15).
  }
  return { by, used }
}

function progressUpdateDays(answerBy: Day, every: number, calendar: Calendar, until: Day | undefined): Day[] {
  const days: Day[] = []
  let last = answerBy
  while (days.length < UPDATES_MIN || (until !== undefined && last < until && days.length < UPDATES_MAX)) {
    last = calendar.dueDay(last, every)
    days.push(last)
  }
  return days
}

function lastDay(clocks: Omit<Clocks, 'provisional' | 'calendarVersions'>, receivedDate: Day): Day {
  const days = [
    clocks.refuseBy,
    clocks.forwardBy,
    clocks.answerBy,
    clocks.publishBy,
    clocks.supplementReplyBy,
    clocks.acknowledgeBy,
    clocks.disagreeBy,
    clocks.decisionBy,
    ...clocks.progressUpdatesBy,
    ...clocks.opinionsBy.map((opinion) => opinion.by),
  ]
  return days.reduce<Day>((last, day) => (day !== null && day > last ? day : last), receivedDate)
}
