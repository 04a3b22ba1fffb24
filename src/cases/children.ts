import type { Case } from './case.ts'
import { type Change, clocksOf, type Effect, type Step } from './decision.ts'
import { draftNotices } from './notices.ts'

/** What a case that is merged no more begins with: its own clock C runs on from its own receipt (T21). */
export const BACK_AT_INTAKE: Partial<Case> = {
  parentCode: null,
  leadUnitCode: null,
  handler: null,
  coordinatingUnitCodes: [],
  arrivedAt: null,
  acceptedAt: null,
}

/**
 * A parent that ends without an answer takes its children with it no further: each goes back to the intake under its own clock,
 * and its sender hears of it, as if it had been separated (T21). Nobody waits for an answer that will not come (R4-M3).
 */
export function releaseChildren(
  current: Case,
  step: Step,
): Pick<Effect, 'others' | 'otherNotices'> & { children: Case['children'] } {
  const { context, now } = step
  const codes = new Set(current.children.map(({ code }) => code))
  const children = (context.childCases ?? []).filter(({ code, state }) => codes.has(code) && state === 'MERGED')
  const released = children.map((child): Change => {
    const next: Case = {
      ...child,
      ...BACK_AT_INTAKE,
      state: 'PENDING_INTAKE',
      closedAt: null,
      lawRevision: context.lawRevision,
      version: child.version + 1,
    }
    const { answerBy, calendarVersions } = clocksOf(next, context)
    const data = { rule: 'T21', parentCodeBefore: current.code, parentEnded: true, answerBy, calendarVersions }
    return { next, entry: { at: now, actor: 'system', act: 'unmerge', from: 'MERGED', to: next.state, data } }
  })
  const otherNotices = released.flatMap(({ next }) => draftNotices('N6', next, clocksOf(next, context)))
  const gone = new Set(released.map(({ next }) => next.code))
  return { children: current.children.filter(({ code }) => !gone.has(code)), others: released, otherNotices }
}
