import { readAct } from '../cases/acts.ts'
import type { Actor, Case, UnitDirectory } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import { decide } from '../cases/decide.ts'
import { type Accepted, clocksOf, type Decision, type DecisionContext, lateSupplementBy } from '../cases/decision.ts'
import { permit } from '../cases/permit.ts'
import type { CitizenAct, CitizenActName } from '../conversation/effects.ts'
import type { Denial, OwnCase, OwnCases } from '../conversation/own-cases.ts'
import { denialOf } from './citizen-denials.ts'
import type { Law } from './law.ts'
import { lawFor } from './move-case.ts'

export type CitizenCases = ReturnType<typeof createCitizenCases>

const ACTS: readonly CitizenActName[] = ['supplement', 'withdraw', 'rate', 'disagree']

/** Filed cases as their sender may handle them in the chat; every act is judged by the rules that officers act by. */
export function createCitizenCases(deps: { law: Law; units: UnitDirectory }) {
  function contextOf(current: Case, now: number, act?: CitizenAct): DecisionContext {
    return {
      now,
      ...lawFor(deps.law, current),
      units: deps.units,
      findOfficer: () => null,
      attachments: act !== undefined && 'attachments' in act.fields ? act.fields.attachments : [],
      otherCase: null,
    }
  }

  /** The case as the conversation sees it. */
  function own(current: Case, now: number): OwnCase {
    const context = contextOf(current, now)
    const clocks = clocksOf(current, context)
    const denials: Partial<Record<CitizenActName, Denial>> = {}
    for (const act of ACTS) {
      const permitted = permit(current, act, senderOf(current), context)
      if (!permitted.ok) denials[act] = deny(act, current, permitted, context)
    }
    const asked = denials.supplement === undefined ? (current.supplements.at(-1) ?? null) : null
    const lateBy = lateSupplementBy(current, context.ruleSet)
    return {
      code: current.code,
      title: current.title,
      denials,
      asked: asked === null ? null : { missing: asked.missing, replyBy: lateBy ?? asked.replyBy },
      disagreeBy: clocks.disagreeBy,
      answerByIfReopened:
        clocks.disagreeBy === null ? null : context.calendar.dueDay(dayOf(now), context.ruleSet.workingDays.answer),
      stars: current.rating?.stars ?? null,
    }
  }

  function judge(current: Case, act: CitizenAct, now: number): Decision {
    const reading = readAct(inputOf(act))
    if (!reading.ok) {
      const paths = reading.faults.map(({ path, key }) => `${path} ${key}`).join(', ')
      throw new Error(`the act ${act.act} of a citizen cannot be read: ${paths}`)
    }
    return decide(current, reading.act, senderOf(current), contextOf(current, now, act))
  }

  /** What was looked up for a turn of this citizen; somebody else's case counts as none. */
  function desk(
    citizenKey: string,
    found: { byCode: ReadonlyMap<string, Case | null>; all: readonly Case[] | null },
    now: number,
  ): OwnCases {
    const byCode = new Map([...found.byCode, ...(found.all ?? []).map((one) => [one.code, one] as const)])
    const isOwn = (current: Case | null): current is Case => current !== null && current.citizenKey === citizenKey
    return {
      find(code) {
        const current = byCode.get(code)
        if (current === undefined) return undefined
        return isOwn(current) ? own(current, now) : null
      },
      all: () => found.all?.filter(isOwn).map((current) => own(byCode.get(current.code) ?? current, now)),
      take(code, act) {
        const current = byCode.get(code) ?? null
        if (!isOwn(current)) throw new Error(`${act.act} on a case that the turn does not know`)
        const decision = judge(current, act, now)
        if (!decision.ok) {
          return { ok: false, denial: deny(act.act, current, decision, contextOf(current, now)) }
        }
        const after = new Map(byCode).set(code, decision.next)
        const all = found.all?.map((one) => (one.code === code ? decision.next : one)) ?? null
        return { ok: true, after: own(decision.next, now), cases: desk(citizenKey, { byCode: after, all }, now) }
      },
    }
  }

  return {
    own,
    desk,
    /** Carries out what a turn decided to do, in order; each act sees the case as the one before left it. */
    carryOut(
      cases: ReadonlyMap<string, Case>,
      acts: readonly ({ caseCode: string } & CitizenAct)[],
      now: number,
    ): Accepted[] {
      const present = new Map(cases)
      return acts.map(({ caseCode, ...act }) => {
        const current = present.get(caseCode)
        const decision = current === undefined ? null : judge(current, act as CitizenAct, now)
        if (decision === null || !decision.ok)
          throw new Error(`${act.act} on ${caseCode} was judged otherwise in its turn`)
        present.set(caseCode, decision.next)
        return decision
      })
    },
  }
}

function deny(
  act: CitizenActName,
  current: Case,
  refusal: Parameters<typeof denialOf>[2],
  context: DecisionContext,
): Denial {
  return denialOf(act, current, refusal, { mayDisagree: permit(current, 'disagree', senderOf(current), context).ok })
}

function senderOf(current: Case): Actor {
  return { type: 'citizen', citizenKey: current.citizenKey ?? '' }
}

/** The act as it would come from outside (interface.md). */
function inputOf({ act, fields }: CitizenAct): Record<string, unknown> {
  switch (act) {
    case 'supplement':
    case 'disagree': {
      const { text, attachments, location } = fields
      return {
        act,
        text,
        attachmentIds: attachments.map(({ id }) => id),
        ...(location === null ? {} : { location }),
      }
    }
    case 'withdraw':
      return { act, ...(fields.reason === null ? {} : { reason: fields.reason }) }
    case 'rate':
      return { act, stars: fields.stars, ...(fields.comment === null ? {} : { comment: fields.comment }) }
  }
}
