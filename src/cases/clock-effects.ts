import type { Case } from './case.ts'
import type { ClockEffect } from './transition.ts'

/** Writes the events that the clocks are derived from; due days themselves are never stored here (R4-C2). */
export function applyClockEffects(current: Case, effects: readonly ClockEffect[], now: number): Partial<Case> {
  let next: Case = current
  for (const effect of effects) next = { ...next, ...APPLY[effect](next, now) }
  const { pauses, restart, intakeResumedAt, arrivedAt, acceptedAt, resultAt, releasedAt } = next
  return { pauses, restart, intakeResumedAt, arrivedAt, acceptedAt, resultAt, releasedAt }
}

const APPLY: Record<ClockEffect, (current: Case, now: number) => Partial<Case>> = {
  startB: (_current, now) => ({ intakeResumedAt: now }),
  pauseC: (current, now) => ({ pauses: [...current.pauses, { kind: 'supplement', from: now, to: null }] }),
  resumeC: (current, now) => ({
    pauses: current.pauses.map((pause) => (pause.to === null ? { ...pause, to: now } : pause)),
  }),
  returnC: (current, now) => ({
    pauses: [...current.pauses, { kind: 'office', from: current.resultAt ?? now, to: now }],
    resultAt: null,
  }),
  // The new C runs from the day of the sender's request, not of the decision on it (T22).
  newC: (current, now) => ({
    restart: { at: current.disagreement?.at ?? now, clocks: 'answer' },
    resultAt: null,
    releasedAt: null,
  }),
  newABC: (_current, now) => ({
    restart: { at: now, clocks: 'all' },
    intakeResumedAt: null,
    resultAt: null,
    releasedAt: null,
  }),
  startK: (_current, now) => ({ arrivedAt: now, acceptedAt: null }),
  stopK: (_current, now) => ({ acceptedAt: now }),
  startP: (_current, now) => ({ resultAt: now }),
  startR: (_current, now) => ({ releasedAt: now }),
}
