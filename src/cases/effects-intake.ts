import type { ActOf } from './acts.ts'
import type { Case, Supplement } from './case.ts'
import {
  notAfterToday,
  notBeforeToday,
  pickAttachments,
  unfitHandler,
  unitsComplainedOf,
  unknownAttachments,
  unknownUnits,
} from './checks.ts'
import { releaseChildren } from './children.ts'
import type { EffectsOf, Step } from './decision.ts'
import { fault } from './faults.ts'
import { kpiClassOf } from './words.ts'

/** What the acts of the intake change: refusal, supplement, forwarding, transfer. */
export const intakeEffects: EffectsOf<
  | 'refuse'
  | 'requestSupplement'
  | 'supplement'
  | 'closeNoSupplement'
  | 'forward'
  | 'handleSelf'
  | 'transferOut'
  | 'reconsider'
> = {
  refuse: {
    apply(act, current, step) {
      const { reasonCode, reason, guidance } = act
      const approvedBy = step.by === step.firstBy ? null : step.by
      const refusal = { reasonCode, reason, guidance, by: step.firstBy, approvedBy, at: step.now }
      return { change: { refusal, ...atIntake(current, step) } }
    },
  },

  requestSupplement: {
    check: (act, _current, step) => notBeforeToday('replyBy', act.replyBy, step),
    apply(act, current, step) {
      const asked: Supplement = {
        askedAt: step.now,
        askedBy: step.firstBy,
        askedFrom: current.state === 'PROCESSING' ? 'PROCESSING' : 'PENDING_INTAKE',
        missing: act.missing,
        replyBy: act.replyBy,
        answeredAt: null,
        text: '',
        attachments: [],
        closedAt: null,
      }
      const intake = current.state === 'PENDING_INTAKE' ? atIntake(current, step) : {}
      return { change: { supplements: [...current.supplements, asked], ...intake } }
    },
  },

  supplement: {
    check(act, _current, step) {
      const isEmpty = (act.text ?? '') === '' && (act.attachmentIds ?? []).length === 0 && act.location === undefined
      return [
        ...(isEmpty ? [fault('text', 'required')] : []),
        ...unknownAttachments(act.attachmentIds, step.attachments),
      ]
    },
    apply(act, current, step) {
      const attachments = pickAttachments(act.attachmentIds, step.attachments)
      return {
        change: {
          supplements: changeLast(current, {
            answeredAt: step.now,
            text: act.text ?? '',
            attachments,
            location: act.location ?? null,
          }),
        },
      }
    },
  },

  closeNoSupplement: {
    apply(_act, current, step) {
      const { children, ...released } = releaseChildren(current, step)
      return { change: { supplements: changeLast(current, { closedAt: step.now }), children }, ...released }
    },
  },

  forward: {
    check(act, current, step) {
      const coordinating = act.coordinatingUnitCodes ?? []
      return [
        ...unknownUnits('leadUnitCode', [act.leadUnitCode], step),
        ...unknownUnits('coordinatingUnitCodes', coordinating, step),
        ...(coordinating.includes(act.leadUnitCode) ? [fault('coordinatingUnitCodes', 'leadAmongThem')] : []),
        ...unitsComplainedOf('leadUnitCode', [act.leadUnitCode], current, step),
        ...unitsComplainedOf('coordinatingUnitCodes', coordinating, current, step),
      ]
    },
    apply(act, current, step) {
      return {
        change: { ...classified(act), ...atIntake(current, step), leadUnitCode: act.leadUnitCode, handler: null },
        // On a second forwarding the citizen hears of it only if the unit is another one (T12).
        ...(current.leadUnitCode === act.leadUnitCode ? { notices: [] } : {}),
      }
    },
  },

  handleSelf: {
    check(act, current, step) {
      const needsNote =
        act.kpiClass !== undefined && act.kpiClass !== kpiClassOf(act.contentKind) && (act.note ?? '') === ''
      return [
        ...unfitHandler(act.handler, current.intakeUnitCode, step),
        ...unknownUnits('coordinatingUnitCodes', act.coordinatingUnitCodes ?? [], step),
        ...(needsNote ? [fault('note', 'required')] : []),
      ]
    },
    apply: (act, current, step) => ({
      change: {
        ...classified(act),
        ...atIntake(current, step),
        leadUnitCode: current.intakeUnitCode,
        handler: act.handler,
      },
    }),
  },

  transferOut: {
    check: (act, _current, step) => notAfterToday('date', act.date, step),
    apply(act, current, step) {
      const { body, documentNumber, date } = act
      return { change: { transferOut: { body, documentNumber, date }, ...atIntake(current, step) } }
    },
  },

  reconsider: { apply: () => ({ change: { refusal: null } }) },
}

function classified(act: ActOf<'forward' | 'handleSelf'>): Partial<Case> {
  return {
    contentKind: act.contentKind,
    kpiClass: act.kpiClass ?? kpiClassOf(act.contentKind),
    field: act.field,
    coordinatingUnitCodes: [...new Set(act.coordinatingUnitCodes ?? [])],
  }
}

/** The first officer of the intake who acts has the case from then on (R2-30 "assigned"). */
function atIntake(current: Case, step: Step): Partial<Case> {
  return { intakeOfficer: current.intakeOfficer ?? step.firstBy }
}

function changeLast(current: Case, change: Partial<Supplement>): Supplement[] {
  return current.supplements.map((supplement, position) =>
    position === current.supplements.length - 1 ? { ...supplement, ...change } : supplement,
  )
}
