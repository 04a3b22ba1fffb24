import { createHash } from 'node:crypto'
import type { Case } from '../../src/cases/case.ts'
import type { Advance } from '../../src/conversation/advance.ts'
import type { Received } from '../../src/conversation/received.ts'
import type { Flows } from '../../src/conversation/schema.ts'
import type { Conversation } from '../../src/conversation/state.ts'
import type { OpenConversation } from '../../src/open-conversation.ts'
import type { Button } from '../../src/usecases/ports.ts'
import { createRunTurn } from '../../src/usecases/run-turn.ts'
import type { FiledDraft, TurnOutput } from '../../src/usecases/turn.ts'
import { caseParts, createCaseDrawer } from './citizen-cases.ts'

/** One turn as it went: what was heard, what the engine wished, what the citizen saw. */
export type Played = {
  before: Conversation | null
  after: Conversation
  events: Received[]
  effects: Advance['effects']
  output: TurnOutput
  /** The one bubble; empty where nothing was said. */
  text: string
  buttons: { title: string; payload: string }[]
}

const START = Date.parse('2026-11-23T09:12:00+07:00')

/**
 * Plays turns through the engine and its sentences, keeping all that was ever shown. Unlike a dialog it never fails by
 * itself: it is for properties, which look at every turn.
 */
export function createPlayer({ engine, texts }: Pick<OpenConversation, 'engine' | 'texts'>, filedCases: Case[] = []) {
  let flows: Flows = engine.flows
  let conversation: Conversation | null = null
  let now = START
  let turns = 0
  let events = 0
  const shown: string[] = []
  const filed: FiledDraft[] = []
  const codes: string[] = []
  const drawer = createCaseDrawer(filedCases)
  const parts = caseParts(texts)

  async function turn(heard: (Partial<Received> & { type: Received['type'] })[]): Promise<Played> {
    turns += 1
    const received = heard.map((one, index) => ({ id: `e${events + index}`, at: now + index, ...one }) as Received)
    events += heard.length
    const entropy = createHash('sha256').update(String(turns)).digest('hex')
    const stored: unknown = JSON.parse(JSON.stringify(conversation))
    const context = { ...engine, flows }
    let effects: Advance['effects'] = []
    const { runTurn } = createRunTurn({
      engine: context,
      texts,
      cases: drawer.reader,
      ...parts,
      onAdvance: (advance) => {
        effects = advance.effects
      },
    })
    const output = await runTurn({ citizenKey: 'c', userId: '1', conversation: stored, events: received, now, entropy })
    const before = conversation
    drawer.store(output)
    conversation = output.conversation as Conversation
    filed.push(...output.filed)
    codes.push(...output.oneTimeCodes.map(({ code }) => code))
    const body = output.messages.filter((message) => message.body.type === 'text').at(-1)?.body
    const buttons = body?.type === 'text' ? body.buttons.filter(isPayload) : []
    shown.push(...buttons.map(({ payload }) => payload))
    const text = body?.type === 'text' ? body.text : ''
    return { before, after: conversation, events: received, effects, output, text, buttons }
  }

  return {
    turn,
    say: (text: string) => turn([{ type: 'text', text }]),
    wait: (ms: number) => {
      now += ms
    },
    useFlows: (next: Flows) => {
      flows = next
    },
    flows: () => flows,
    now: () => now,
    state: () => conversation,
    /** Every payload that ever stood under a bubble. */
    shown,
    caseOf: drawer.get,
    filed,
    codes,
  }
}

export type Player = ReturnType<typeof createPlayer>

const isPayload = (button: Button): button is { title: string; payload: string } => 'payload' in button
