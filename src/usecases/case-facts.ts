import type { ActName } from '../cases/acts.ts'
import type { Actor, Case, Officer } from '../cases/case.ts'
import type { Clocks } from '../cases/clocks.ts'
import { allowedActs } from '../cases/decide.ts'
import { clocksOf, type DecisionContext } from '../cases/decision.ts'
import { type Flag, flagsOf } from '../cases/flags.ts'
import { TRANSITIONS } from '../cases/transitions.ts'

/** What follows from a case at this moment and is not stored with it. */
export type CaseFacts = { clocks: Clocks; flags: Flag[]; allowedActs: ActName[] }

/** Due days, overlays (§4.1) and what this reader may do now. */
export function factsOf(current: Case, actor: Actor, context: DecisionContext): CaseFacts {
  const clocks = clocksOf(current, context)
  return { clocks, flags: flagsOf(current, clocks, context), allowedActs: allowedActs(current, actor, context) }
}

/** What a line of a list says; it looks at nothing but the case. */
export function listFactsOf(
  current: Case,
  context: Pick<DecisionContext, 'calendar' | 'ruleSet' | 'now'>,
): Pick<CaseFacts, 'clocks' | 'flags'> {
  const clocks = clocksOf(current, context)
  return { clocks, flags: flagsOf(current, clocks, context) }
}

/** Every act that the roles of a person give on some case; which case, the rules say each time. */
export function rightsOf(officer: Officer): ActName[] {
  const isTheirs = (grant: string) => officer.roles.some((role) => grant.startsWith(`${role}:`))
  const acts = TRANSITIONS.flatMap(({ act, who, second }) => [
    ...(who.some(isTheirs) ? [act] : []),
    ...(second?.who.some(isTheirs) ? [second.act, 'declineApproval' as const] : []),
  ])
  return [...new Set(acts)].sort()
}
