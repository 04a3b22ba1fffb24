import type { Case } from './case.ts'
import { notAfterToday, unknownUnits } from './checks.ts'
import type { Change, EffectsOf, Step } from './decision.ts'
import { type Fault, fault } from './faults.ts'
import { OPEN_STATES } from './words.ts'

/** What the acts around a case change: duplicates, withdrawal, escalation, safety of denunciations. */
export const oversightEffects: EffectsOf<
  'merge' | 'unmerge' | 'link' | 'withdraw' | 'escalate' | 'recordDecision' | 'markDenunciation' | 'clearDenunciation'
> = {
  merge: {
    check(act, current, step) {
      const parent = namedCase(act.parentCode, step)
      if (parent === null) return [fault('parentCode', 'unknownCase')]
      if (parent.code === current.code) return [fault('parentCode', 'sameCase')]
      return OPEN_STATES.includes(parent.state) ? [] : [fault('parentCode', 'parentNotOpen')]
    },
    apply(act, current, step) {
      const child = { code: current.code, receivedAt: current.receivedAt }
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
      const change = { parentCode: null, leadUnitCode: null, handler: null, coordinatingUnitCodes: [] }
      return { change, data: { parentCodeBefore: current.parentCode }, others }
    },
  },

  link: {
    check(act, current, step) {
      if (namedCase(act.relatedCode, step) === null) return [fault('relatedCode', 'unknownCase')]
      return act.relatedCode === current.code ? [fault('relatedCode', 'sameCase')] : []
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
    apply: (act, _current, step) => ({
      change: { withdrawal: { at: step.now, by: step.by, reason: act.reason ?? null } },
    }),
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
  const entry = { at: step.now, actor: step.by, act, from: other.state, to: other.state, data }
  return [{ next: { ...other, ...change(other), version: other.version + 1 }, entry }]
}
