import type { ActName } from './acts.ts'
import type { Actor, Case, PendingApproval } from './case.ts'
import type { DecisionContext, Refusal } from './decision.ts'
import { objectionTo } from './guards.ts'
import { grantsHeld, view } from './rights.ts'
import type { Grant, Transition } from './transition.ts'
import { rowsOf, rowsOfSecond, TRANSITIONS } from './transitions.ts'

export type Denial = {
  ok: false
  code: Exclude<Refusal['code'], 'invalid_fields'>
  key: string
  params: Refusal['params']
}

/** Whether an act may be taken at all, before its fields are looked at, and which step of its row it is. */
export type Permit = RowPermit | { ok: true; step: 'decline'; pending: PendingApproval } | Denial
export type RowPermit =
  | { ok: true; step: 'only'; row: Transition; held: readonly Grant[] }
  | { ok: true; step: 'second'; row: Transition; held: readonly Grant[]; pending: PendingApproval }

/** Judges in the order of interface.md: known, allowed to this person, possible now. */
export function permit(current: Case, act: ActName, actor: Actor, context: DecisionContext): Permit {
  if (view(current, actor, context.units) === 'none') return deny('not_visible', 'notVisible')
  if (actor.type === 'officer' && actor.scopes !== undefined && !actor.scopes.includes('write'))
    return deny('forbidden', 'tokenReadsOnly')
  if (act === 'declineApproval') return permitDecline(current, actor, context)
  const second = rowsOfSecond(act)
  return second.length > 0 ? permitSecond(current, second, actor, context) : permitFirst(current, act, actor, context)
}

function permitFirst(current: Case, act: ActName, actor: Actor, context: DecisionContext): Permit {
  const rows = rowsOf(act)
  const row = rows.find((one) => fits(one, current))
  if (row === undefined) {
    const everMay = rows.some((one) => grantsHeld(one.who, actor, current, context.units).length > 0)
    return everMay
      ? deny('illegal_act', 'wrongState', { state: current.state, code: current.parentCode ?? '' })
      : deny('forbidden', 'notYourAct')
  }
  const held = grantsHeld(row.who, actor, current, context.units)
  if (held.length === 0) return deny('forbidden', row.only === undefined ? 'notYourAct' : 'needsLeader')
  const isBlocked = current.pendingApproval !== null && (row.to !== 'same' || row.second !== undefined)
  // A citizen may always take back what is theirs (R4-W1).
  if (isBlocked && act !== 'withdraw') return deny('illegal_act', 'awaitsApproval')
  const objection = objectionTo(act, current, context, row, held, actor)
  return objection === null
    ? { ok: true, step: 'only', row, held }
    : deny(objection.code, objection.key, objection.params)
}

function permitSecond(current: Case, rows: readonly Transition[], actor: Actor, context: DecisionContext): Permit {
  const pending = current.pendingApproval
  const row = pending === null ? undefined : rows.find((one) => one.act === pending.act && fits(one, current))
  if (pending === null || row === undefined) {
    const everMay = rows.some((one) => grantsHeld(one.second?.who ?? [], actor, current, context.units).length > 0)
    return everMay ? deny('illegal_act', 'nothingToApprove') : deny('forbidden', 'notYourAct')
  }
  const held = grantsHeld(row.second?.who ?? [], actor, current, context.units)
  if (held.length === 0) return deny('forbidden', 'notYourAct')
  if (actor.type !== 'officer' || actor.login === pending.by) return deny('same_person', 'sameOfficer')
  const objection = objectionTo(row.act, current, context, row, held, actor)
  return objection === null
    ? { ok: true, step: 'second', row, held, pending }
    : deny(objection.code, objection.key, objection.params)
}

/** Whoever could agree may decline, and the first person may take the own draft back. */
function permitDecline(current: Case, actor: Actor, context: DecisionContext): Permit {
  const mayAgreeTo = (row: Transition) => grantsHeld(row.second?.who ?? [], actor, current, context.units).length > 0
  const pending = current.pendingApproval
  if (pending === null) {
    return TRANSITIONS.some(mayAgreeTo) ? deny('illegal_act', 'nothingToApprove') : deny('forbidden', 'notYourAct')
  }
  const isFirst = actor.type === 'officer' && actor.login === pending.by
  const row = rowsOf(pending.act).find((one) => fits(one, current))
  return isFirst || (row !== undefined && mayAgreeTo(row))
    ? { ok: true, step: 'decline', pending }
    : deny('forbidden', 'notYourAct')
}

function fits(row: Transition, current: Case): boolean {
  return row.from.includes(current.state) && (row.only === undefined || row.only(current))
}

function deny(code: Denial['code'], key: string, params: Denial['params'] = {}): Denial {
  return { ok: false, code, key, params }
}
