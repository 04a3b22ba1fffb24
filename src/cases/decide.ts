import { ACT_NAMES, type Act, type ActName } from './acts.ts'
import { type Actor, actorName, type Case, type PendingApproval } from './case.ts'
import { applyClockEffects } from './clock-effects.ts'
import { type Clocks, isPast } from './clocks.ts'
import { dayOf } from './days.ts'
import {
  clocksOf,
  type Decision,
  type DecisionContext,
  type Effect,
  type EffectsOf,
  lateSupplementBy,
  type Refusal,
  type Step,
} from './decision.ts'
import { handlingEffects } from './effects-handling.ts'
import { intakeEffects } from './effects-intake.ts'
import { oversightEffects } from './effects-oversight.ts'
import { releaseEffects } from './effects-release.ts'
import type { Fault } from './faults.ts'
import { type Json, wellFormed } from './history.ts'
import { draftNotices, textForCitizen } from './notices.ts'
import { type Denial, permit, type RowPermit } from './permit.ts'
import type { Grant, Transition } from './transition.ts'
import { OPEN_STATES } from './words.ts'

/** Acts that only agree or disagree with what another person began; they have no effect of their own. */
type SecondAct =
  | 'approveRefusal'
  | 'approveSupplement'
  | 'approveAnswer'
  | 'approveUnpublished'
  | 'approveCorrection'
  | 'declineApproval'

/** An act in the schema without an effect here does not compile. */
const EFFECTS: EffectsOf<Exclude<ActName, SecondAct>> = {
  ...intakeEffects,
  ...handlingEffects,
  ...releaseEffects,
  ...oversightEffects,
}

/**
 * Judges an act on a case: the case that follows, its line of history and the notices, or why not. Rights come before state,
 * state before fields (interface.md); nothing is read and nothing is changed.
 */
export function decide(current: Case, act: Act, actor: Actor, context: DecisionContext): Decision {
  const permitted = permit(current, act.act, actor, context)
  if (!permitted.ok) return refuse(permitted, current, actor, context)
  if (permitted.step === 'decline') return decline(current, act, permitted.pending, actor, context)
  const step = stepOf(actor, context, permitted)
  const subject = permitted.step === 'second' ? permitted.pending.fields : act

  const faults = checkFields(subject, current, step)
  if (faults.length > 0) return invalid(faults, current, actor, context)
  if (permitted.step === 'only' && needsSecond(permitted.row, permitted.held, subject, context)) {
    return holdForSecond(current, act, step)
  }
  return carryOut(current, act, subject, step)
}

/** The acts that this actor may take on this case now; each may still be refused for its fields. */
export function allowedActs(current: Case, actor: Actor, context: DecisionContext): ActName[] {
  return ACT_NAMES.filter((name) => permit(current, name, actor, context).ok)
}

function stepOf(actor: Actor, context: DecisionContext, permitted: RowPermit): Step {
  const pending = permitted.step === 'second' ? permitted.pending : null
  const by = actorName(actor)
  return {
    row: permitted.row,
    actor,
    by,
    firstBy: pending?.by ?? by,
    held: permitted.held,
    context,
    now: context.now,
    today: dayOf(context.now),
    attachments: pending?.attachments ?? context.attachments ?? [],
  }
}

function checkFields(act: Act, current: Case, step: Step): Fault[] {
  return effectOf(act).check?.(act, current, step) ?? []
}

/** The compiler cannot see that an act and the effect found under its name belong together. */
function effectOf(act: Act): {
  check?(act: Act, current: Case, step: Step): Fault[]
  apply(act: Act, current: Case, step: Step): Effect
} {
  return EFFECTS[act.act as Exclude<ActName, SecondAct>] as ReturnType<typeof effectOf>
}

function needsSecond(row: Transition, held: readonly Grant[], act: Act, { ruleSet }: DecisionContext): boolean {
  switch (row.second?.when) {
    case undefined:
      return false
    case 'always':
      return true
    case 'refusalNeedsApproval':
      return ruleSet.refusalNeedsApproval
    case 'handlerAsks':
      // A coordinator asks the citizen directly; a handler through the coordinator (T4).
      return held.every((grant) => grant === 'handler:assigned')
    case 'otherReason':
      // A reason outside the list needs the leader (R6-3).
      return act.act === 'answerUnpublished' && act.reasonCode === 'other' && !held.includes('officeLeader:office')
  }
}

function holdForSecond(current: Case, act: Act, step: Step): Decision {
  const pendingApproval: PendingApproval = {
    act: act.act as PendingApproval['act'],
    by: step.by,
    at: step.now,
    fields: act,
    attachments: [...step.attachments],
  }
  const next: Case = { ...current, pendingApproval, version: current.version + 1 }
  return accepted(current, next, act, step, { awaitsApproval: true })
}

function decline(current: Case, act: Act, pending: PendingApproval, actor: Actor, context: DecisionContext): Decision {
  const next: Case = { ...current, pendingApproval: null, version: current.version + 1 }
  const by = actorName(actor)
  const data = { ...fieldsOf(act, actor), declined: pending.act, firstPerson: pending.by }
  const entry = { at: context.now, actor: by, act: act.act, from: current.state, to: current.state, data }
  return { ok: true, next, entry, clocks: clocksOf(next, context), notices: [], others: [] }
}

function carryOut(current: Case, act: Act, subject: Act, step: Step): Decision {
  const { row, now } = step
  const effect = effectOf(subject).apply(subject, current, step)
  const state = row.to === 'same' ? current.state : row.to
  const moved: Case = {
    ...current,
    ...applyClockEffects(current, effect.clocks ?? row.clocks ?? [], now),
    ...effect.change,
    state,
    version: current.version + 1,
    // What is opened or closed is judged by the law of this moment; a case that stays open is led over by its recomputation.
    lawRevision:
      OPEN_STATES.includes(state) === OPEN_STATES.includes(current.state)
        ? current.lawRevision
        : step.context.lawRevision,
    // A withdrawal ends what waited for a second person; acts beside the way leave it waiting.
    pendingApproval: row.to === 'same' && act === subject ? current.pendingApproval : null,
    closedAt: OPEN_STATES.includes(state) ? null : OPEN_STATES.includes(current.state) ? now : current.closedAt,
  }
  const data: Record<string, Json> = { rule: row.rule, ...effect.data, ...lateness(current, step) }
  if (act !== subject) data.firstPerson = step.firstBy
  const decision = accepted(current, moved, act, step, data)
  const notices = (effect.notices ?? row.notices ?? []).flatMap((notice) =>
    draftNotices(notice, moved, decision.clocks, {
      text: textForCitizen(subject),
      lateSupplementBy: lateSupplementBy(moved, step.context.ruleSet),
    }),
  )
  return { ...decision, notices: [...notices, ...(effect.otherNotices ?? [])], others: effect.others ?? [] }
}

function accepted(current: Case, next: Case, act: Act, step: Step, extra: Record<string, Json>) {
  const clocks = clocksOf(next, step.context)
  const before = clocksOf(current, step.context)
  const isClosing = OPEN_STATES.includes(current.state) && !OPEN_STATES.includes(next.state)
  // A closed case keeps its due day whatever becomes of the calendar: its last line says by which it was judged.
  const moved: Record<string, Json> =
    before.answerBy === clocks.answerBy && !isClosing
      ? {}
      : { answerBy: clocks.answerBy, calendarVersions: clocks.calendarVersions }
  const files = step.attachments.map(({ id, sha256 }) => ({ id, sha256 }))
  const data = { ...fieldsOf(act, step.actor), ...(files.length === 0 ? {} : { files }), ...extra, ...moved }
  const entry = { at: step.now, actor: step.by, act: act.act, from: current.state, to: next.state, data }
  return { ok: true as const, next, entry, clocks, notices: [], others: [] }
}

/** Marks an act that came after its clock; none is forbidden for that (R4-C4). */
function lateness(current: Case, { row, context, now }: Step): Record<string, Json> {
  if (row.inTime === undefined) return {}
  const clocks = clocksOf(current, context)
  const due = dueOf(row.inTime, clocks, current)
  return isPast(due, now) ? { late: { clock: row.inTime, by: due } } : {}
}

function dueOf(clock: NonNullable<Transition['inTime']>, clocks: Clocks, current: Case): string | null {
  switch (clock) {
    case 'A':
      // Asking for a supplement stopped A; what came is judged within the new B (T5).
      return current.intakeResumedAt === null ? clocks.refuseBy : clocks.forwardBy
    case 'B':
      return clocks.forwardBy
    case 'C':
      return clocks.answerBy
    case 'P':
      return clocks.publishBy
  }
}

function fieldsOf(act: Act, actor: Actor): Record<string, Json> {
  const { act: _name, ...fields } = act
  return {
    ...(wellFormed(fields) as Record<string, Json>),
    ...(actor.type === 'officer' ? { actorUnitCode: actor.unitCode } : {}),
  }
}

function refuse(denial: Denial, current: Case, actor: Actor, context: DecisionContext): Refusal {
  const { code, key, params } = denial
  const allowed = code === 'not_visible' ? [] : allowedActs(current, actor, context)
  return { ok: false, code, key: `refusal.${key}`, params, faults: [], allowed }
}

function invalid(faults: Fault[], current: Case, actor: Actor, context: DecisionContext): Refusal {
  return {
    ok: false,
    code: 'invalid_fields',
    key: 'refusal.invalidFields',
    params: {},
    faults,
    allowed: allowedActs(current, actor, context),
  }
}
