import type { Case } from '../cases/case.ts'
import { advance } from '../conversation/advance.ts'
import type { EngineContext } from '../conversation/context.ts'
import type { Effect } from '../conversation/effects.ts'
import { quietBefore } from '../conversation/quiet.ts'
import type { Received } from '../conversation/received.ts'
import type { Conversation } from '../conversation/state.ts'
import { composeTurn, type Found } from './compose-turn.ts'
import { type CaseFacts, describeCase, describeCases } from './describe-case.ts'
import type { Texts } from './ports.ts'
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

export type RunTurnDeps = {
  engine: Omit<EngineContext, 'now' | 'entropy'>
  texts: Texts
  cases: CaseReader
  facts: CaseFacts
}

const OWN_CASES_MAX = 5
/** Codes can be guessed: after so many that led to nothing in an hour, only one's own cases are shown (R3-17). */
const MISSES_PER_HOUR_MAX = 5
const HOUR_MS = 3600_000

/** A citizen wrote: fold the events through the engine, look up what it wants to show, and write the one bubble. */
export function createRunTurn(deps: RunTurnDeps): {
  runTurn: RunTurn
  quietBefore(conversation: unknown, events: readonly Received[], now: number): number
} {
  const { engine, texts, cases, facts } = deps

  const runTurn: RunTurn = async (input) => {
    const { now, entropy } = input
    const { conversation, effects, wakeAt } = advance(input.conversation, input.events, { ...engine, now, entropy })
    const found = await lookUpAll(effects, conversation, input)
    const composed = composeTurn(effects, found, texts, conversation.locale)
    if (composed.choices !== null) conversation.choices = composed.choices
    return {
      conversation,
      messages: composed.bodies.map((body): OutgoingMessage => ({ body, priority: 1 })),
      filed: ofType(effects, 'file').map(({ draft }) => ({ ...draft, receivedAt: now, locale: conversation.locale })),
      wakeAt,
      oneTimeCodes: ofType(effects, 'sendCode').map(({ phone, code }) => ({ phone, code })),
      consents: ofType(effects, 'consent').map(({ type: _, ...consent }) => consent),
      filesToRemove: ofType(effects, 'removeFiles').flatMap(({ ids }) => ids),
      eraseEvents: ofType(effects, 'eraseEvents').flatMap(({ ids }) => ids),
      handoff: ofType(effects, 'handoff').at(-1)?.state ?? null,
    }
  }

  async function lookUpAll(
    effects: readonly Effect[],
    conversation: Conversation,
    input: TurnInput,
  ): Promise<Map<Effect, Found>> {
    const found = new Map<Effect, Found>()
    // One after the other: each guess counts before the next.
    for (const effect of effects) {
      const result = await lookUp(effect, conversation, input)
      if (result !== null) found.set(effect, result)
    }
    return found
  }

  async function lookUp(effect: Effect, conversation: Conversation, input: TurnInput): Promise<Found | null> {
    switch (effect.type) {
      case 'listCases':
        return describeCases(await cases.ofCitizen(input.citizenKey, OWN_CASES_MAX))
      case 'showCase':
        return showCase(effect.code, conversation, input)
      case 'showFiled':
        return showFiled(await cases.byDraft(effect.draftId))
      default:
        return null
    }
  }

  async function showCase(code: string, conversation: Conversation, { citizenKey, now }: TurnInput): Promise<Found> {
    // Both systems write their codes alike, so one code may name two cases.
    const found = await Promise.all([cases.byCode(code), cases.findNational(code)])
    const named = [...new Map(found.filter((one) => one !== null).map((one) => [one.code, one])).values()]
    const own = named.filter((one) => one.citizenKey === citizenKey)
    if (own.length > 0) return together(own.map((one) => describeCase(one, facts, { isOwner: true })))
    conversation.missedLookups = conversation.missedLookups.filter((at) => now - at < HOUR_MS)
    const { missedLookups } = conversation
    const [first = now] = missedLookups
    if (missedLookups.length >= MISSES_PER_HOUR_MAX) {
      return { sentences: [{ key: 'cases.tooManyMisses', params: { until: { time: first + HOUR_MS } } }], choices: [] }
    }
    // A suspected denunciation does not exist for anybody but its sender (R2-30).
    const open = named.filter((one) => !one.denunciationSuspected)
    if (open.length > 0) return together(open.map((one) => describeCase(one, facts, { isOwner: false })))
    missedLookups.push(now)
    return { sentences: [{ key: 'cases.unknown', params: { code: code.slice(0, CODE_SHOWN_MAX) } }], choices: [] }
  }

  return {
    runTurn,
    quietBefore: (conversation, events, now) => quietBefore(conversation, events, { ...engine, now }),
  }
}

const CODE_SHOWN_MAX = 40

function together(found: readonly Found[]): Found {
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
