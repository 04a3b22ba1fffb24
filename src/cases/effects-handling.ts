import type { Answer } from './case.ts'
import {
  notBeforeToday,
  pickAttachments,
  unfitHandler,
  unitsComplainedOf,
  unknownAttachments,
  unknownUnits,
} from './checks.ts'
import { isPast } from './clocks.ts'
import type { EffectsOf } from './decision.ts'
import { clocksOf } from './decision.ts'
import { type Fault, fault } from './faults.ts'

/** What the acts of the handling unit change: acceptance, answer, progress, opinions, urges. */
export const handlingEffects: EffectsOf<
  | 'accept'
  | 'assign'
  | 'returnToIntake'
  | 'delegate'
  | 'submitAnswer'
  | 'progressUpdate'
  | 'askOpinion'
  | 'giveOpinion'
  | 'urge'
  | 'note'
  | 'messageCitizen'
> = {
  accept: {
    check: (act, current, step) => unfitHandler(act.handler, current.leadUnitCode, step),
    apply: (act) => ({ change: { handler: act.handler } }),
  },

  assign: {
    check: (act, current, step) => unfitHandler(act.handler, current.leadUnitCode, step),
    apply: (act, current) => ({ change: { handler: act.handler }, data: { handlerBefore: current.handler } }),
  },

  returnToIntake: {
    check: (act, _current, step) =>
      act.suggestedUnitCode === undefined ? [] : unknownUnits('suggestedUnitCode', [act.suggestedUnitCode], step),
    apply: (_act, current) => ({ change: { handler: null }, data: { returnedBy: current.leadUnitCode } }),
  },

  delegate: {
    check(act, current, step) {
      const unknown = unknownUnits('leadUnitCode', [act.leadUnitCode], step)
      if (unknown.length > 0) return unknown
      const lead = current.leadUnitCode
      const isBelow = lead !== null && act.leadUnitCode !== lead && step.context.units.isWithin(act.leadUnitCode, lead)
      return isBelow
        ? unitsComplainedOf('leadUnitCode', [act.leadUnitCode], current, step)
        : [fault('leadUnitCode', 'notSubordinate')]
    },
    apply: (act, current) => ({
      change: {
        leadUnitCode: act.leadUnitCode,
        coordinatingUnitCodes: current.coordinatingUnitCodes.filter((unitCode) => unitCode !== act.leadUnitCode),
      },
      data: { leadUnitCodeBefore: current.leadUnitCode },
    }),
  },

  submitAnswer: {
    check: (act, _current, step) => unknownAttachments(act.attachmentIds, step.attachments),
    apply(act, current, step) {
      const answer: Answer = {
        text: act.answer,
        form: act.form,
        legalBasis: act.legalBasis ?? null,
        attachments: pickAttachments(act.attachmentIds, step.attachments),
        unitCode: current.leadUnitCode,
        writtenBy: step.firstBy,
        approvedBy: step.by,
        at: step.now,
      }
      return { change: { answer } }
    },
  },

  progressUpdate: {
    apply(act, current, step) {
      const update = { at: step.now, day: step.today, by: step.by, text: act.text }
      // Before C has run out an update is shown in the look-up; the apology of N7 would be untrue.
      const isLate = isPast(clocksOf(current, step.context).answerBy, step.now)
      return { change: { progressUpdates: [...current.progressUpdates, update] }, ...(isLate ? {} : { notices: [] }) }
    },
  },

  askOpinion: {
    check(act, current, step) {
      const isOffice = step.held.some((grant) => grant.endsWith(':office') || grant.endsWith(':ownOffice'))
      return [
        ...unknownUnits('unitCodes', act.unitCodes, step),
        ...unitsComplainedOf('unitCodes', act.unitCodes, current, step),
        ...act.unitCodes.flatMap((unitCode, position): Fault[] => {
          const path = `unitCodes.${position}`
          if (unitCode === current.leadUnitCode) return [fault(path, 'leadAmongThem')]
          // The Office names who works together (R4-E1); the lead unit asks those.
          return isOffice || current.coordinatingUnitCodes.includes(unitCode) ? [] : [fault(path, 'notCoordinating')]
        }),
      ]
    },
    apply(act, current, step) {
      const isOpen = (unitCode: string) =>
        current.opinions.some((opinion) => opinion.unitCode === unitCode && opinion.answeredAt === null)
      const asked = [...new Set(act.unitCodes)]
        .filter((unitCode) => !isOpen(unitCode))
        .map((unitCode) => ({
          unitCode,
          question: act.question,
          askedAt: step.now,
          askedBy: step.by,
          answeredAt: null,
          answeredBy: null,
          opinion: null,
        }))
      const coordinatingUnitCodes = [...new Set([...current.coordinatingUnitCodes, ...act.unitCodes])]
      return { change: { opinions: [...current.opinions, ...asked], coordinatingUnitCodes } }
    },
  },

  giveOpinion: {
    apply(act, current, step) {
      const { actor, context, now, by } = step
      const isOwn = (unitCode: string) => actor.type === 'officer' && context.units.isWithin(unitCode, actor.unitCode)
      const opinions = current.opinions.map((opinion) =>
        opinion.answeredAt === null && isOwn(opinion.unitCode)
          ? { ...opinion, answeredAt: now, answeredBy: by, opinion: act.opinion }
          : opinion,
      )
      return { change: { opinions } }
    },
  },

  urge: {
    check(act, current, step) {
      const { actor, context, held } = step
      const faults = [
        ...unknownUnits('unitCode', [act.unitCode], step),
        ...notBeforeToday('answerBy', act.answerBy, step),
      ]
      const concerned = [current.leadUnitCode, ...current.coordinatingUnitCodes]
      if (!concerned.includes(act.unitCode)) faults.push(fault('unitCode', 'unitNotConcerned'))
      const isOffice = held.some((grant) => grant.endsWith(':office'))
      const isBelow =
        actor.type === 'officer' &&
        act.unitCode !== actor.unitCode &&
        context.units.isWithin(act.unitCode, actor.unitCode)
      // Units urge only those below them (§7.2).
      return isOffice || isBelow ? faults : [...faults, fault('unitCode', 'notSubordinate')]
    },
    apply(act, current, step) {
      const { unitCode, text, answerBy } = act
      const number = current.urges.length + 1
      return {
        change: { urges: [...current.urges, { number, unitCode, text, answerBy, at: step.now, by: step.by }] },
        data: { number },
      }
    },
  },

  note: { apply: () => ({ change: {} }) },
  messageCitizen: { apply: () => ({ change: {} }) },
}
