import type { ActName, ActOf } from './acts.ts'
import type { Calendar } from './calendar.ts'
import { type Actor, type Case, type CaseAttachment, type Officer, timelineOf, type UnitDirectory } from './case.ts'
import { type Clocks, computeClocks } from './clocks.ts'
import { addDays, type Day, dayOf } from './days.ts'
import type { Fault } from './faults.ts'
import type { HistoryEntryDraft, Json } from './history.ts'
import type { NoticeDraft } from './notices.ts'
import type { RuleSet } from './rule-set.ts'
import type { ClockEffect, Grant, Transition } from './transition.ts'
import type { NoticeId } from './words.ts'

/** Everything a decision may look at beside the case: the caller has read it, the decision reads nothing itself. */
export type DecisionContext = {
  now: number
  calendar: Calendar
  /** The rule set of the case (R0-1), not of today. */
  ruleSet: RuleSet
  /** The revision of the law to which calendar and rule set belong. */
  lawRevision: number
  /** What holds for a case: for an open one `calendar` and `ruleSet`, for a closed one those of its closing (R10-12). */
  lawOf(current: Case): { calendar: Calendar; ruleSet: RuleSet }
  units: UnitDirectory
  /** An active officer by login, or null. */
  findOfficer(login: string): Officer | null
  /** The files whose ids the act names, as stored. */
  attachments?: readonly CaseAttachment[]
  /** The other case that the act names: the parent of a merge or an unmerge, the related one of a link. */
  otherCase?: Case | null
  /** The cases merged into this one, where the act may end it. */
  childCases?: readonly Case[]
}

/**
 * Why an act is refused. `not_visible`: the actor may not know of the case (404); `forbidden` and `same_person`: not this
 * person (403); `illegal_act`: not now; `invalid_fields`: see `faults` (422). `key` names a sentence in the locales.
 */
export type Refusal = {
  ok: false
  code: 'not_visible' | 'forbidden' | 'same_person' | 'illegal_act' | 'invalid_fields'
  key: string
  params: Record<string, string | number | { day: Day }>
  faults: Fault[]
  /** What this actor may do with the case as it is. */
  allowed: ActName[]
}

export type Change = { next: Case; entry: HistoryEntryDraft }

/** What follows from an act, to be stored together or not at all. `others` are other cases that it changes. */
export type Accepted = Change & { ok: true; clocks: Clocks; notices: NoticeDraft[]; others: Change[] }

export type Decision = Accepted | Refusal

/** What an act sees when it is carried out. */
export type Step = {
  row: Transition
  actor: Actor
  /** How the actor is written into the case and its history. */
  by: string
  /** The person who took the first step of two; the actor where there was one step only. */
  firstBy: string
  held: readonly Grant[]
  context: DecisionContext
  now: number
  today: Day
  attachments: readonly CaseAttachment[]
}

/** What an act changes beyond state, clocks and version, which follow from its row. */
export type Effect = {
  change: Partial<Case>
  /** Overrides the row's clock effects. */
  clocks?: readonly ClockEffect[]
  /** Overrides the row's notices. */
  notices?: readonly NoticeId[]
  /** Added to the history beside the act's own fields. */
  data?: Record<string, Json>
  others?: Change[]
  /** What the senders of those other cases are told. */
  otherNotices?: NoticeDraft[]
}

/** For each act: faults that hang on master data or on the case, and what the act changes. */
export type EffectsOf<Names extends ActName> = {
  [Name in Names]: {
    check?(act: ActOf<Name>, current: Case, step: Step): Fault[]
    apply(act: ActOf<Name>, current: Case, step: Step): Effect
  }
}

/** The last day on which a supplement still opens a case again that was closed for want of it (T7); null for any other case. */
export function lateSupplementBy(current: Case, ruleSet: Pick<RuleSet, 'lateSupplementDays'>): Day | null {
  if (current.state !== 'CLOSED_NO_SUPPLEMENT' || current.closedAt === null) return null
  return addDays(dayOf(current.closedAt), ruleSet.lateSupplementDays)
}

/**
 * The due days of a case as it stands, updates listed up to the day after this moment. Those of a closed case stay as they were
 * (R10-12).
 */
export function clocksOf(
  current: Case,
  context: Pick<DecisionContext, 'calendar' | 'ruleSet' | 'now'> & Partial<Pick<DecisionContext, 'lawOf'>>,
): Clocks {
  const { calendar, ruleSet } = context.lawOf?.(current) ?? context
  return computeClocks(timelineOf(current), ruleSet, calendar, addDays(dayOf(context.now), 1))
}
