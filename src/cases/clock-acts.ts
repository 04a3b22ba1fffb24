import { type Case, isEscalated } from './case.ts'
import type { Clocks } from './clocks.ts'
import { type Day, dayOf } from './days.ts'
import { type Accepted, clocksOf, type DecisionContext } from './decision.ts'
import { draftNotices } from './notices.ts'
import type { State } from './words.ts'

/** What the service does of itself because a day has come. */
export type ClockAct =
  /** U: the day of an update has come and the unit has written none, so the citizen hears how the case stands (N7). */
  | { act: 'progressUpdate'; due: Day }
  /** Q: half of the time for a supplement is over (N8). */
  | { act: 'remindSupplement'; due: Day }

/** States in which an answer that is late is still owed by somebody who can say how it goes. */
const OWES_UPDATES: readonly State[] = [
  'PENDING_INTAKE',
  'FORWARDED',
  'PROCESSING',
  'RETURNED_TO_INTAKE',
  'RETURNED_TO_AGENCY',
]

/** The act that a case asks of the service on this working day, or null. After it, the same question is answered with null. */
export function clockActOn(day: Day, current: Case, clocks: Clocks): ClockAct | null {
  const due = updateOwedOn(day, current, clocks)
  if (due !== null) return { act: 'progressUpdate', due }
  const asked = current.supplements.at(-1)
  const remindOn = clocks.supplementReminderOn
  const isWaiting = current.state === 'AWAITING_SUPPLEMENT' && asked !== undefined && asked.remindedAt === undefined
  return isWaiting && remindOn !== null && remindOn <= day ? { act: 'remindSupplement', due: remindOn } : null
}

/** The last update day (U) up to `day` for which nobody has written to the citizen; null where nothing is owed. */
export function updateOwedOn(day: Day, current: Case, clocks: Clocks): Day | null {
  if (!OWES_UPDATES.includes(current.state) || clocks.answerBy === null) return null
  const position = clocks.progressUpdatesBy.findLastIndex((due) => due <= day)
  const due = clocks.progressUpdatesBy[position]
  return due === undefined || isUpdated(position, current, clocks) ? null : due
}

/** The next update day after `day` for which nothing is written yet; null while C runs or nothing is owed. */
export function nextUpdateAfter(day: Day, current: Case, clocks: Clocks): Day | null {
  if (!OWES_UPDATES.includes(current.state) || clocks.answerBy === null || clocks.answerBy >= day) return null
  const position = clocks.progressUpdatesBy.findIndex((due) => due > day)
  const due = clocks.progressUpdatesBy[position]
  return due === undefined || isUpdated(position, current, clocks) ? null : due
}

/** Whether the citizen has been written to since the update day before this one, or since C ran out. */
function isUpdated(position: number, current: Case, clocks: Clocks): boolean {
  const from = clocks.progressUpdatesBy[position - 1] ?? clocks.answerBy
  return from === null || current.progressUpdates.some((update) => update.day > from)
}

/** Carries the act out: case, line of history and notices, to be stored together. `text` says how the case stands. */
export function carryOutClockAct(
  current: Case,
  { act, due }: ClockAct,
  text: string,
  context: Pick<DecisionContext, 'now' | 'calendar' | 'ruleSet'>,
): Accepted {
  const { now } = context
  const isUpdate = act === 'progressUpdate'
  const next: Case = {
    ...current,
    version: current.version + 1,
    ...(isUpdate
      ? { progressUpdates: [...current.progressUpdates, { at: now, day: dayOf(now), by: 'system', text }] }
      : {
          supplements: current.supplements.map((one, position) =>
            position === current.supplements.length - 1 ? { ...one, remindedAt: now } : one,
          ),
        }),
  }
  const clocks = clocksOf(next, context)
  const data = { rule: isUpdate ? 'U' : 'Q', due, ...(isUpdate ? { text, automatic: true } : {}) }
  const entry = { at: now, actor: 'system', act, from: current.state, to: next.state, data }
  const notices = draftNotices(isUpdate ? 'N7' : 'N8', next, clocks, { text })
  return { ok: true, next, entry, clocks, notices, others: [] }
}

/** One fact about how a case stands, for the sentence of that name; nothing in it is anybody's own words. */
export type WorkFact =
  | { fact: 'atIntake' | 'forwarded' | 'handled' | 'backAtIntake' | 'beingCorrected'; unitCode: string; day: Day }
  | { fact: 'opinions'; unitCodes: string[] }
  | { fact: 'escalated'; day: Day }

/** How a case stands, in facts that its record proves: what a drafted update (U) says. */
export function stateOfWork(current: Case): WorkFact[] {
  const unitCode = current.leadUnitCode ?? current.intakeUnitCode
  const since = (at: number | null) => dayOf(at ?? current.receivedAt)
  const facts: WorkFact[] = []
  if (current.state === 'PENDING_INTAKE') facts.push({ fact: 'atIntake', unitCode, day: since(null) })
  if (current.state === 'FORWARDED') facts.push({ fact: 'forwarded', unitCode, day: since(current.arrivedAt) })
  if (current.state === 'PROCESSING') facts.push({ fact: 'handled', unitCode, day: since(current.acceptedAt) })
  if (current.state === 'RETURNED_TO_INTAKE') {
    facts.push({ fact: 'backAtIntake', unitCode: current.intakeUnitCode, day: since(current.arrivedAt) })
  }
  if (current.state === 'RETURNED_TO_AGENCY') {
    const sentBack = current.pauses.findLast((pause) => pause.kind === 'office')
    facts.push({ fact: 'beingCorrected', unitCode, day: since(sentBack?.to ?? null) })
  }
  const unitCodes = current.opinions.filter((one) => one.answeredAt === null).map((one) => one.unitCode)
  if (unitCodes.length > 0) facts.push({ fact: 'opinions', unitCodes })
  if (isEscalated(current)) facts.push({ fact: 'escalated', day: since(current.escalation?.submittedAt ?? null) })
  return facts
}
