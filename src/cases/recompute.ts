import type { Case } from './case.ts'
import { type Clocks, isPast } from './clocks.ts'
import { type Day, dayOf } from './days.ts'
import { type Change, clocksOf } from './decision.ts'
import type { Json } from './history.ts'
import type { LawAt, LawBook } from './law-book.ts'

/** How the history names the act by which the service leads an open case over to a changed law. */
export const RECOMPUTE_ACT = 'recomputeClocks'

/** A due day that a change of the law moves; null where there is none. `clock` is named as in the case's clocks. */
export type MovedDay = { clock: string; before: Day | null; after: Day | null }

/** The due days of an open case that differ between two states of the law, of clocks that run now. */
export function movedDays(current: Case, before: LawAt, after: LawAt, now: number): MovedDay[] {
  return compare(current, clocksUnder(before, current, now), clocksUnder(after, current, now), now)
}

/**
 * Leads an open case over to the newest law (R10-12): the case as it becomes with its line of history where a due day moves,
 * null where none does. The line names both calendars, so that every due day the case ever had can be counted again.
 */
export function recompute(current: Case, book: LawBook, now: number): Change | null {
  const [before, after] = [book.at(current.lawRevision), book.newest]
  const [clocksBefore, clocks] = [clocksUnder(before, current, now), clocksUnder(after, current, now)]
  const moved = compare(current, clocksBefore, clocks, now)
  if (moved.length === 0) return null
  const ruleSetVersions = [before, after].map((law) => law.ruleSet(current.ruleSetId).version)
  const data: Record<string, Json> = {
    rule: 'R10-12',
    answerBy: clocks.answerBy,
    calendarVersions: clocks.calendarVersions,
    ruleSetVersion: ruleSetVersions[1] ?? '',
    before: {
      answerBy: clocksBefore.answerBy,
      calendarVersions: clocksBefore.calendarVersions,
      ruleSetVersion: ruleSetVersions[0] ?? '',
    },
    moved: moved.map((one) => ({ ...one })),
  }
  const next: Case = { ...current, version: current.version + 1, lawRevision: after.revision }
  const { state } = current
  return { next, entry: { at: now, actor: 'system', act: RECOMPUTE_ACT, from: state, to: state, data } }
}

function clocksUnder(law: LawAt, current: Case, now: number): Clocks {
  return clocksOf(current, { calendar: law.calendar, ruleSet: law.ruleSet(current.ruleSetId), now })
}

function compare(current: Case, before: Clocks, after: Clocks, now: number): MovedDay[] {
  const old = runningDays(current, before, now)
  const next = runningDays(current, after, now)
  return [...new Set([...old.keys(), ...next.keys()])]
    .map((clock) => ({ clock, before: old.get(clock) ?? null, after: next.get(clock) ?? null }))
    .filter((one) => one.before !== one.after)
}

/** C first, for it is what everybody asks about. */
function runningDays(current: Case, clocks: Clocks, now: number): Map<string, Day | null> {
  const isAtIntake = current.state === 'PENDING_INTAKE'
  const isResultThere = current.state === 'PENDING_PUBLICATION'
  const nextUpdate = clocks.progressUpdatesBy.find((day) => day >= dayOf(now)) ?? null
  return new Map<string, Day | null>([
    ['answerBy', clocks.answerBy],
    ['refuseBy', isAtIntake ? clocks.refuseBy : null],
    ['forwardBy', isAtIntake ? clocks.forwardBy : null],
    ['progressUpdateBy', isPast(clocks.answerBy, now) && !isResultThere ? nextUpdate : null],
    ['publishBy', clocks.publishBy],
    ['supplementReplyBy', clocks.supplementReplyBy],
    ['acknowledgeBy', clocks.acknowledgeBy],
    ['decisionBy', clocks.decisionBy],
    ...clocks.opinionsBy.map(({ unitCode, by }): [string, Day] => [`opinionBy.${unitCode}`, by]),
  ])
}
