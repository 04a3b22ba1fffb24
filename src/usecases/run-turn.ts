import type { Case } from '../cases/case.ts'
import { advance, quietBefore } from '../conversation/advance.ts'
import type { EngineContext } from '../conversation/context.ts'
import type { Effect } from '../conversation/effects.ts'
import type { Received } from '../conversation/received.ts'
import { composeTurn, type Found } from './compose-turn.ts'
import { type CaseFacts, describeCase, describeCases } from './describe-case.ts'
import type { Texts } from './ports.ts'
import type { ConsentRecord, FiledDraft, OutgoingMessage, RunTurn } from './turn.ts'

/** The cases that a conversation may speak of. */
export type CaseReader = {
  byCode(code: string): Promise<Case | null>
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

/** A citizen wrote: fold the events through the engine, look up what it wants to show, and write the one bubble. */
export function createRunTurn(deps: RunTurnDeps): {
  runTurn: RunTurn
  quietBefore(conversation: unknown, events: readonly Received[], now: number): number
} {
  const { engine, texts, cases, facts } = deps

  const runTurn: RunTurn = async (input) => {
    const { conversation, effects, wakeAt } = advance(input.conversation, input.events, {
      ...engine,
      now: input.now,
      entropy: input.entropy,
    })
    const found = new Map<Effect, Found>()
    for (const effect of effects) {
      const result = await lookUp(effect, input.citizenKey)
      if (result !== null) found.set(effect, result)
    }
    const composed = composeTurn(effects, found, texts, conversation.locale)
    if (composed.choices !== null) conversation.choices = composed.choices.slice(0, 20)
    const consents = effects.flatMap((effect): ConsentRecord[] =>
      effect.type === 'consent'
        ? [
            {
              purpose: effect.purpose,
              given: effect.given,
              textVersion: effect.textVersion,
              at: effect.at,
              eventId: effect.eventId,
            },
          ]
        : [],
    )
    return {
      conversation,
      messages: composed.bodies.map((body): OutgoingMessage => ({ body, priority: 1 })),
      filed: effects.flatMap((effect): FiledDraft[] =>
        effect.type === 'file'
          ? [
              {
                ...effect.draft,
                consents: agreed(conversation.consents),
                receivedAt: input.now,
                locale: conversation.locale,
              },
            ]
          : [],
      ),
      wakeAt,
      oneTimeCodes: effects.flatMap((effect) =>
        effect.type === 'sendCode' ? [{ phone: effect.phone, code: effect.code }] : [],
      ),
      consents,
      filesToRemove: effects.flatMap((effect) => (effect.type === 'removeFiles' ? effect.ids : [])),
      eraseEvents: effects.flatMap((effect) => (effect.type === 'eraseEvents' ? effect.ids : [])),
      handoff: effects.findLast((effect) => effect.type === 'handoff')?.state ?? null,
    }
  }

  async function lookUp(effect: Effect, citizenKey: string): Promise<Found | null> {
    switch (effect.type) {
      case 'listCases':
        return describeCases(await cases.ofCitizen(citizenKey, OWN_CASES_MAX))
      case 'showCase': {
        const current = await cases.byCode(effect.code)
        if (current === null || isHidden(current, citizenKey)) {
          return { sentences: [{ key: 'cases.unknown', params: { code: effect.code } }], choices: [] }
        }
        return describeCase(current, facts, { isOwner: current.citizenKey === citizenKey })
      }
      case 'showFiled': {
        const current = await cases.byDraft(effect.draftId)
        return {
          sentences: [
            current === null
              ? { key: 'cases.filedAlreadyNoCode' }
              : { key: 'cases.filedAlready', params: { code: current.code } },
          ],
          choices:
            current === null ? [] : [{ title: { key: 'notices.N1.progress' }, payload: `#case.${current.code}` }],
        }
      }
      default:
        return null
    }
  }

  return {
    runTurn,
    quietBefore: (conversation, events, now) => quietBefore(conversation, events, { ...engine, now }),
  }
}

/** A case with a suspected denunciation does not exist for anybody but its sender (R2-30). */
function isHidden(current: Case, citizenKey: string): boolean {
  return current.hints.includes('denunciationSuspected') && current.citizenKey !== citizenKey
}

function agreed(
  consents: Partial<Record<string, { given: boolean; textVersion: string; at: number }>>,
): ConsentRecord[] {
  return (['handling', 'publication', 'profileName'] as const).flatMap((purpose) => {
    const consent = consents[purpose]
    return consent === undefined ? [] : [{ purpose, ...consent, eventId: '' }]
  })
}
