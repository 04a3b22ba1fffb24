import type { Case } from '../cases/case.ts'
import type { NoticeDraft } from '../cases/notices.ts'
import { type Advance, advance } from '../conversation/advance.ts'
import type { EngineContext } from '../conversation/context.ts'
import type { Effect } from '../conversation/effects.ts'
import { CasesNeeded } from '../conversation/own-cases.ts'
import { quietBefore } from '../conversation/quiet.ts'
import type { Received } from '../conversation/received.ts'
import type { Conversation } from '../conversation/state.ts'
import type { CaseMove } from './case-ports.ts'
import type { CitizenCases } from './citizen-cases.ts'
import { choicesOf, composeTurn, type Found } from './compose-turn.ts'
import { type CaseFacts, describeCase, describeCases } from './describe-case.ts'
import type { Locale, OutgoingBody, Texts } from './ports.ts'
import type { OutgoingMessage, RunTurn, TurnInput } from './turn.ts'

/** The cases that a conversation may speak of. */
export type CaseReader = {
  byCode(code: string): Promise<Case | null>
  /** The case to which the national system gave this code (R3-15). */
  findNational(code: string): Promise<Case | null>
  byDraft(draftId: string): Promise<Case | null>
  /** Newest first. */
  ofCitizen(citizenKey: string, limit: number): Promise<Case[]>
}

export type Notices = {
  render(notice: NoticeDraft, current: Case, locale: Locale): { body: OutgoingBody }[]
  textVersion(notice: NoticeDraft): string
}

export type RunTurnDeps = {
  engine: Omit<EngineContext, 'now' | 'entropy'>
  texts: Texts
  cases: CaseReader
  facts: CaseFacts
  citizenCases: CitizenCases
  notices: Notices
  /** Sees what the engine wished in each turn. */
  onAdvance?(advanced: Advance): void
}

/** As many as are looked at to find the one that is meant; a few of them are listed. */
const OWN_CASES_MAX = 20
/** Codes can be guessed: after so many that led to nothing in an hour, only one's own cases are shown (R3-17). */
const MISSES_PER_HOUR_MAX = 5
const HOUR_MS = 3600_000

/**
 * A citizen wrote: fold the events through the engine, with a look at filed cases where it asks for one, judge what the citizen
 * does with them, look up what is to be shown, and write the one bubble; the notices of what was done follow it.
 */
export function createRunTurn(deps: RunTurnDeps): {
  runTurn: RunTurn
  quietBefore(conversation: unknown, events: readonly Received[], now: number): number
} {
  const { engine, texts, facts, citizenCases, notices } = deps

  const runTurn: RunTurn = async (input) => {
    const { now } = input
    const sight = createSight(deps.cases, input.citizenKey)
    const advanced = await fold(input, sight)
    deps.onAdvance?.(advanced)
    const { conversation, effects, wakeAt } = advanced
    const { moves, announced } = carryOut(effects, sight, conversation, now)
    const found = await lookUpAll(effects, conversation, input, sight)
    const composed = composeTurn(effects, found, texts, conversation.locale)
    const choices = choicesOf(announced.at(-1)?.body) ?? composed.choices
    if (choices !== null) conversation.choices = choices
    return {
      conversation,
      messages: [...composed.bodies.map((body): OutgoingMessage => ({ body, priority: 1 })), ...announced],
      filed: ofType(effects, 'file').map(({ draft }) => ({ ...draft, receivedAt: now, locale: conversation.locale })),
      moves,
      wakeAt,
      oneTimeCodes: ofType(effects, 'sendCode').map(({ phone, code }) => ({ phone, code })),
      consents: ofType(effects, 'consent').map(({ type: _, ...consent }) => consent),
      filesToRemove: ofType(effects, 'removeFiles').flatMap(({ ids }) => ids),
      eraseEvents: ofType(effects, 'eraseEvents').flatMap(({ ids }) => ids),
      handoff: ofType(effects, 'handoff').at(-1)?.state ?? null,
    }
  }

  /** Most turns never ask for a case. One that does is begun anew with what it asked for; each look answers one question. */
  async function fold(input: TurnInput, sight: Sight): Promise<Advance> {
    const { now, entropy, citizenKey } = input
    const stored = input.noticed == null ? input.conversation : withChoices(input.conversation, input.noticed)
    for (let looks = 0; looks <= input.events.length * LOOKS_PER_EVENT_MAX; looks++) {
      const cases = looks === 0 ? {} : { cases: citizenCases.desk(citizenKey, sight, now) }
      try {
        return advance(stored, input.events, { ...engine, now, entropy, ...cases })
      } catch (error) {
        if (!(error instanceof CasesNeeded)) throw error
        await sight.look(error.wanted)
      }
    }
    throw new Error('a turn asks for cases without an end')
  }

  function carryOut(
    effects: readonly Effect[],
    sight: Sight,
    { locale }: Conversation,
    now: number,
  ): { moves: CaseMove[]; announced: OutgoingMessage[] } {
    const acts = ofType(effects, 'act').map(({ type: _, ...act }) => act)
    if (acts.length === 0) return { moves: [], announced: [] }
    const decisions = citizenCases.carryOut(sight.known(), acts, now)
    // What is shown in this turn is the case as it is after it.
    for (const { next } of decisions) sight.keep(next)
    return {
      moves: decisions.map(({ next, entry }) => ({ next, entry })),
      announced: decisions.flatMap((decision) =>
        decision.notices.flatMap((notice) =>
          notices.render(notice, decision.next, locale).map(
            ({ body }): OutgoingMessage => ({
              body,
              // It answers a citizen who waits.
              priority: 1,
              notice: {
                caseCode: notice.caseCode,
                id: notice.notice,
                mandatory: notice.mandatory,
                textVersion: notices.textVersion(notice),
                draft: notice,
                locale,
              },
            }),
          ),
        ),
      ),
    }
  }

  async function lookUpAll(
    effects: readonly Effect[],
    conversation: Conversation,
    input: TurnInput,
    sight: Sight,
  ): Promise<Map<Effect, Found>> {
    const found = new Map<Effect, Found>()
    // One after the other: each guess counts before the next.
    for (const effect of effects) {
      const result = await lookUp(effect, conversation, input, sight)
      if (result !== null) found.set(effect, result)
    }
    return found
  }

  async function lookUp(
    effect: Effect,
    conversation: Conversation,
    input: TurnInput,
    sight: Sight,
  ): Promise<Found | null> {
    switch (effect.type) {
      case 'listCases':
        await sight.look('all')
        return describeCases(
          (sight.all ?? []).map((current) => ({ current, own: citizenCases.own(current, input.now) })),
        )
      case 'showCase':
        return showCase(effect.code, conversation, input, sight)
      case 'showFiled':
        return showFiled(await deps.cases.byDraft(effect.draftId))
      default:
        return null
    }
  }

  async function showCase(
    code: string,
    conversation: Conversation,
    { citizenKey, now }: TurnInput,
    sight: Sight,
  ): Promise<Found> {
    await sight.look({ code })
    // Both systems write their codes alike, so one code may name two cases.
    const found = [sight.byCode.get(code) ?? null, await deps.cases.findNational(code)]
    const named = [...new Map(found.filter((one) => one !== null).map((one) => [one.code, one])).values()]
    const own = named.filter((one) => one.citizenKey === citizenKey)
    if (own.length > 0) return together(own.map((one) => describeCase(one, facts, citizenCases.own(one, now))))
    conversation.missedLookups = conversation.missedLookups.filter((at) => now - at < HOUR_MS)
    const { missedLookups } = conversation
    const [first = now] = missedLookups
    if (missedLookups.length >= MISSES_PER_HOUR_MAX) {
      return { sentences: [{ key: 'cases.tooManyMisses', params: { until: { time: first + HOUR_MS } } }], choices: [] }
    }
    // A suspected denunciation does not exist for anybody but its sender (R2-30).
    const open = named.filter((one) => !one.denunciationSuspected)
    if (open.length > 0) return together(open.map((one) => describeCase(one, facts, null)))
    missedLookups.push(now)
    return { sentences: [{ key: 'cases.unknown', params: { code: code.slice(0, CODE_SHOWN_MAX) } }], choices: [] }
  }

  return {
    runTurn,
    quietBefore: (conversation, events, now) => quietBefore(conversation, events, { ...engine, now }),
  }
}

const CODE_SHOWN_MAX = 40
/** An event may name a case and ask for all of them, each once; and a bound beyond all reason. */
const LOOKS_PER_EVENT_MAX = 4

type Sight = ReturnType<typeof createSight>

/** The filed cases that one turn has looked at, each read once. */
function createSight(cases: CaseReader, citizenKey: string) {
  const byCode = new Map<string, Case | null>()
  const sight = {
    byCode,
    all: null as Case[] | null,
    async look(wanted: CasesNeeded['wanted']): Promise<void> {
      if (wanted === 'all') {
        sight.all ??= await cases.ofCitizen(citizenKey, OWN_CASES_MAX)
        for (const one of sight.all) if (!byCode.has(one.code)) byCode.set(one.code, one)
      } else if (!byCode.has(wanted.code)) byCode.set(wanted.code, await cases.byCode(wanted.code))
    },
    keep(next: Case): void {
      byCode.set(next.code, next)
      sight.all = sight.all?.map((one) => (one.code === next.code ? next : one)) ?? null
    },
    known: () => new Map([...byCode].flatMap(([code, one]) => (one === null ? [] : [[code, one] as const]))),
  }
  return sight
}

/** The buttons of a notice that came since the last turn: what a number or a typed title means now. */
function withChoices(stored: unknown, choices: Conversation['choices']): unknown {
  return stored === null || stored === undefined ? stored : { ...(stored as Conversation), choices }
}

function together(found: readonly Found[]): Found {
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  return { sentences: found.flatMap(({ sentences }) => sentences), choices: found.flatMap(({ choices }) => choices) }
}

/** A button of a draft that was sent long ago leads to its case. */
function showFiled(current: Case | null): Found {
  if (current === null) return { sentences: [{ key: 'cases.filedAlreadyNoCode' }], choices: [] }
  return {
    sentences: [{ key: 'cases.filedAlready', params: { code: current.code } }],
    choices: [{ title: { key: 'notices.N1.progress' }, payload: `#case.${current.code}` }],
  }
}

function ofType<Type extends Effect['type']>(
  effects: readonly Effect[],
  type: Type,
): Extract<Effect, { type: Type }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)
}
