import type { Case } from './case.ts'
import type { Change } from './decision.ts'
import { OPEN_STATES } from './words.ts'

/** Why somebody cannot go on with a case (R7-12). */
export type HandBackReason = 'accountEnded' | 'leftUnit' | 'roleEnded'

/**
 * Takes an open case from a handler who is not there any more and leaves it with the unit, whose coordinator assigns it anew
 * (R7-12). State and clocks stay. Null where there is nothing to take.
 */
export function handBack(current: Case, login: string, reason: HandBackReason, now: number): Change | null {
  if (current.handler !== login || !OPEN_STATES.includes(current.state)) return null
  const { state } = current
  return {
    next: { ...current, handler: null, version: current.version + 1 },
    entry: {
      at: now,
      actor: 'system',
      act: 'handBack',
      from: state,
      to: state,
      data: { rule: 'R7-12', handlerBefore: login, reason, leadUnitCode: current.leadUnitCode },
    },
  }
}

/** The line of history where the work of telling a sender is taken from somebody who is not there any more (R7-12). */
export function handBackWork(
  current: Case,
  work: { id: string; notice: string },
  login: string,
  reason: HandBackReason,
  now: number,
): Change {
  const { state } = current
  return {
    next: { ...current, version: current.version + 1 },
    entry: {
      at: now,
      actor: 'system',
      act: 'workHandedBack',
      from: state,
      to: state,
      data: { rule: 'R7-12', workItemId: work.id, notice: work.notice, assigneeBefore: login, reason },
    },
  }
}
