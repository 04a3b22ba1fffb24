import type { ActName } from './acts.ts'
import { type Actor, type Case, isEscalated } from './case.ts'
import { isPast } from './clocks.ts'
import { dayOf } from './days.ts'
import { clocksOf, type DecisionContext, lateSupplementBy, type Refusal } from './decision.ts'
import type { Grant, Transition } from './transition.ts'

type Objection = {
  code: Exclude<Refusal['code'], 'not_visible' | 'invalid_fields'>
  key: string
  params?: Refusal['params']
}
type Guard = (
  current: Case,
  context: DecisionContext,
  row: Transition,
  held: readonly Grant[],
  actor: Actor,
) => Objection | null

const illegal = (key: string, params: Refusal['params'] = {}): Objection => ({ code: 'illegal_act', key, params })

/** Nobody releases an answer of their own (T16), whoever approved it. */
const notOwnAnswer: Guard = (current, _context, _row, _held, actor) => {
  if (current.answer === null) return illegal('noAnswer')
  if (actor.type !== 'officer') return null
  const isOwn = actor.login === current.handler || actor.login === current.answer.writtenBy
  return isOwn ? { code: 'same_person', key: 'ownAnswer' } : null
}

/** R runs on after the closing: a calendar that becomes known later lengthens it, but takes back no day that was promised. */
const withinR: Guard = (current, context) => {
  const { now, calendar, ruleSet } = context
  const promised = clocksOf(current, context).disagreeBy
  const today = clocksOf(current, { now, calendar, ruleSet }).disagreeBy
  const disagreeBy = promised !== null && today !== null && promised > today ? promised : today
  return isPast(disagreeBy, context.now) ? illegal('disagreementLate', { day: { day: disagreeBy ?? '' } }) : null
}

/**
 * What the rules ask before an act beyond state and role, as far as it does not hang on the act's fields: so that what is
 * offered as allowed is not refused afterwards.
 */
const GUARDS: Partial<Record<ActName, Guard>> = {
  requestSupplement(current, { ruleSet }, row) {
    const asked = current.supplements.filter((supplement) => supplement.askedFrom === 'PROCESSING').length
    return row.rule === 'T4' && asked >= ruleSet.unitSupplementsMax
      ? illegal('supplementsExhausted', { max: ruleSet.unitSupplementsMax })
      : null
  },

  closeNoSupplement(current, context) {
    const due = clocksOf(current, context).supplementReplyBy
    const promised = current.supplements.at(-1)?.replyBy ?? null
    const waitUntil = due !== null && promised !== null && promised > due ? promised : due
    return isPast(waitUntil, context.now) ? null : illegal('supplementStillPossible', { day: { day: waitUntil ?? '' } })
  },

  supplement(current, { ruleSet, now }, row) {
    const last = row.rule === 'T7' ? lateSupplementBy(current, ruleSet) : null
    return last !== null && isPast(last, now) ? illegal('supplementTooLate', { day: { day: last } }) : null
  },

  returnToIntake(current, { calendar, ruleSet, now }, _row, held) {
    if (current.arrivedAt === null || held.includes('agencyLeader:lead')) return null
    const last = calendar.dueDay(dayOf(current.arrivedAt), ruleSet.workingDays.returnToIntake)
    return isPast(last, now) ? { code: 'forbidden', key: 'returnNeedsLeader', params: { day: { day: last } } } : null
  },

  publish(current, context, row, held, actor) {
    if (current.denunciationSuspected) return illegal('denunciation')
    return notOwnAnswer(current, context, row, held, actor)
  },
  answerUnpublished: notOwnAnswer,

  disagree(current, context, row, held, actor) {
    if (current.disagreement !== null) return illegal('disagreementAsked')
    return withinR(current, context, row, held, actor)
  },
  rate: withinR,
  reopen(current, context, row, held, actor) {
    return current.disagreement === null ? withinR(current, context, row, held, actor) : null
  },

  merge: (current) => (current.children.length > 0 ? illegal('hasChildren') : null),

  giveOpinion(current, { units }, _row, _held, actor) {
    const isAsked = current.opinions.some(
      (opinion) =>
        opinion.answeredAt === null && actor.type === 'officer' && units.isWithin(opinion.unitCode, actor.unitCode),
    )
    return isAsked ? null : illegal('opinionNotAsked')
  },
  urge: (current) => (current.leadUnitCode === null ? illegal('noLeadUnit') : null),
  escalate: (current) => (isEscalated(current) ? illegal('alreadyEscalated') : null),
  recordDecision: (current) => (isEscalated(current) ? null : illegal('notEscalated')),
  markDenunciation: (current) => (current.denunciationSuspected ? illegal('alreadyMarked') : null),
  clearDenunciation: (current) => (current.denunciationSuspected ? null : illegal('notMarked')),
}

/** The objection that an act meets on a row that fits by state and role, or null. */
export function objectionTo(
  act: ActName,
  current: Case,
  context: DecisionContext,
  row: Transition,
  held: readonly Grant[],
  actor: Actor,
): Objection | null {
  return GUARDS[act]?.(current, context, row, held, actor) ?? null
}
