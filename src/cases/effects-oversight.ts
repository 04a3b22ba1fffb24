import type { Case } from './case.ts'
import { notAfterToday, unknownUnits } from './checks.ts'
import { BACK_AT_INTAKE, releaseChildren } from './children.ts'
import { type Change, clocksOf, type EffectsOf, type Step } from './decision.ts'
import { type Fault, fault } from './faults.ts'
import { grantsHeld, view } from './rights.ts'
import { OPEN_STATES } from './words.ts'

/** What the acts around a case change: duplicates, withdrawal, escalation, safety of denunciations. */
export const oversightEffects: EffectsOf<
  'merge' | 'unmerge' | 'link' | 'withdraw' | 'escalate' | 'recordDecision' | 'markDenunciation' | 'clearDenunciation'
> = {
  merge: {
    check(act, current, step) {
      const unfit = unfitOther('parentCode', act.parentCode, current, step)
      const parent = namedCase(act.parentCode, step)
      if (parent === null || unfit.length > 0) return unfit
      return OPEN_STATES.includes(parent.state) ? [] : [fault('parentCode', 'parentNotOpen')]
    },
    apply(act, current, step) {
      // From a transfer out of another province the clocks of the child ran from that day (R4-C6).
      const child = { code: current.code, receivedAt: current.transferredAt ?? current.receivedAt }
      const others = changeOther(act.parentCode, step, 'childMerged', { childCode: current.code }, (parent) => ({
        children: [...parent.children, child],
      }))
      return { change: { parentCode: act.parentCode }, others }
    },
  },

  unmerge: {
    check: (_act, current, step) =>
      current.parentCode !== null && namedCase(current.parentCode, step) === null
        ? [fault('parentCode', 'unknownCase')]
        : [],
    apply(_act, current, step) {
      const others = changeOther(current.parentCode, step, 'childUnmerged', { childCode: current.code }, (parent) => ({
        children: parent.children.filter((child) => child.code !== current.code),
      }))
      return { change: BACK_AT_INTAKE, data: { parentCodeBefore: current.parentCode }, others }
    },
  },

  link: {
    check(act, current, step) {
      return unfitOther('relatedCode', act.relatedCode, current, step)
    },
    apply(act, current, step) {
      const withCode = (codes: readonly string[], code: string) => [...new Set([...codes, code])]
      const others = changeOther(act.relatedCode, step, 'link', { relatedCode: current.code }, (related) => ({
        relatedCodes: withCode(related.relatedCodes, current.code),
      }))
      return { change: { relatedCodes: withCode(current.relatedCodes, act.relatedCode) }, others }
    },
  },

  withdraw: {
    apply(act, current, step) {
      const { children, ...released } = releaseChildren(current, step)
      const withdrawal = { at: step.now, by: step.by, reason: act.reason ?? null }
      return { change: { withdrawal, children }, ...released }
    },
  },

  escalate: {
    check: (act, _current, step): Fault[] =>
      act.positions.flatMap((position, index) =>
        unknownUnits(`positions.${index}.unitCode`, [position.unitCode], step),
      ),
    apply(act, current, step) {
      // Only the Office's leader submits; what others write is a proposal to that leader (§7.2).
      const submits = step.held.includes('officeLeader:office')
      const proposed = current.escalation?.submittedAt === null ? current.escalation : null
      const escalation = {
        reasonCode: act.reasonCode,
        positions: act.positions,
        proposal: act.proposal,
        proposedBy: proposed?.proposedBy ?? step.by,
        proposedAt: proposed?.proposedAt ?? step.now,
        submittedAt: submits ? step.now : null,
        submittedBy: submits ? step.by : null,
        decision: null,
      }
      const decided = current.escalation !== null && proposed === null ? [current.escalation] : []
      return {
        change: { escalation, escalationHistory: [...current.escalationHistory, ...decided] },
        data: { submitted: submits },
        ...(submits ? {} : { notices: [] }),
      }
    },
  },

  recordDecision: {
    check: (act, _current, step) => notAfterToday('date', act.date, step),
    apply(act, current, step) {
      if (current.escalation === null) return { change: {} }
      const { decision: text, decidedBy, date, documentNumber } = act
      const decision = { text, decidedBy, date, documentNumber, recordedBy: step.by, recordedAt: step.now }
      return { change: { escalation: { ...current.escalation, decision } } }
    },
  },

  markDenunciation: {
    check: (act, _current, step) => unknownUnits('concernedUnitCodes', act.concernedUnitCodes ?? [], step),
    apply: (act, current, step) => ({
      change: {
        denunciationSuspected: true,
        concernedUnitCodes: [...new Set([...current.concernedUnitCodes, ...(act.concernedUnitCodes ?? [])])],
        // Whoever raised the alarm keeps the case in sight (R2-30 "assigned").
        intakeOfficer: current.intakeOfficer ?? step.by,
      },
    }),
  },

  clearDenunciation: { apply: () => ({ change: { denunciationSuspected: false, concernedUnitCodes: [] } }) },
}

function namedCase(code: string, step: Step): Case | null {
  const other = step.context.otherCase ?? null
  return other?.code === code ? other : null
}

function changeOther(
  code: string | null,
  step: Step,
  act: string,
  data: Change['entry']['data'],
  change: (other: Case) => Partial<Case>,
): Change[] {
  const other = code === null ? null : namedCase(code, step)
  if (other === null) return []
  const next = { ...other, ...change(other), version: other.version + 1 }
  const [before, after] = [clocksOf(other, step.context), clocksOf(next, step.context)]
  const { answerBy, calendarVersions } = after
  // R4-M5: another due day than before stands in the history of the case whose day it is.
  const moved: Change['entry']['data'] = before.answerBy === answerBy ? {} : { answerBy, calendarVersions }
  const entry = { at: step.now, actor: step.by, act, from: other.state, to: other.state, data: { ...data, ...moved } }
  return [{ next, entry }]
}

/**
 * Another case that an act may touch: one that the actor knows of and may act on as well. Suspected denunciations are joined with
 * nothing, for each case shows the codes of those it is joined with (R2-30).
 */
function unfitOther(path: string, code: string, current: Case, step: Step): Fault[] {
  const other = namedCase(code, step)
  const { actor, context, row } = step
  if (other === null || view(other, actor, context.units) === 'none') return [fault(path, 'unknownCase')]
  if (other.code === current.code) return [fault(path, 'sameCase')]
  if (current.denunciationSuspected || other.denunciationSuspected) return [fault(path, 'denunciationStaysAlone')]
  return grantsHeld(row.who, actor, other, context.units).length > 0 ? [] : [fault(path, 'notYourCase')]
}
