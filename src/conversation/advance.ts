import type { EngineContext } from './context.ts'
import { adoptFlow } from './drafts.ts'
import type { Effect } from './effects.ts'
import { finishTurn } from './finish-turn.ts'
import type { ContentValue } from './kinds/content.ts'
import { unknownCases } from './own-cases.ts'
import { forgetMe, openPage } from './pages.ts'
import type { Received } from './received.ts'
import { type Asked, type Conversation, openConversation } from './state.ts'
import { handleCard, handleFiles, handleLocation, handleSharedInfo, handleSticker } from './things.ts'
import { openStep, type Turn } from './turn-state.ts'
import { nextWake, wake } from './wake.ts'
import { handleText } from './words.ts'

export type Advance = { conversation: Conversation; effects: Effect[]; wakeAt: number | null }

/**
 * One turn: all waiting events of one citizen, in time order, folded into the conversation. Pure: the same arguments give
 * the same answer, and neither `stored` nor `events` is changed. Throws `CasesNeeded` where it cannot go on without a look at
 * filed cases.
 */
export function advance(stored: unknown, events: readonly Received[], engine: EngineContext): Advance {
  const conversation = openConversation(stored, engine.now)
  const turn: Turn = {
    engine,
    conversation,
    cases: engine.cases ?? unknownCases,
    origin: { id: '', at: engine.now },
    effects: [],
    notes: [],
    gathered: { texts: 0, images: 0, files: 0, location: false },
    page: null,
    askForm: false,
    askedAtStart: 'nothing',
    emergency: null,
    asked: null,
    draftsStarted: 0,
  }
  const isNew = stored === null || stored === undefined
  adoptFlow(turn)
  turn.askedAtStart = askedFor(turn)
  for (const event of events) {
    turn.origin = { id: event.id, at: event.at }
    handleEvent(turn, event, isNew)
  }
  finishTurn(turn)
  if (events.some((event) => !WITHOUT_CITIZEN.has(event.type))) {
    conversation.lastAt = engine.now
    if (conversation.form !== null) conversation.form.lastAt = engine.now
  }
  return { conversation, effects: turn.effects, wakeAt: nextWake(conversation, engine) }
}

/** Events that are no word of the citizen: no draft is younger for them. */
const WITHOUT_CITIZEN: ReadonlySet<Received['type']> = new Set(['wake', 'staffWrote', 'staffAnswered', 'unfollowed'])

function askedFor(turn: Turn): Asked {
  const { form } = turn.conversation
  const open = form === null || form.mode !== 'step' ? null : openStep(turn, form)
  if (form === null || open?.ask !== 'content' || open.id !== form.step) return 'nothing'
  const told = (form.answers[open.id]?.value as ContentValue | undefined)?.parts.length ?? 0
  return told > 0 ? 'more' : 'empty'
}

function handleEvent(turn: Turn, event: Received, isNew: boolean): void {
  const { conversation, engine } = turn
  switch (event.type) {
    case 'text':
      return handleText(turn, event.text)
    case 'link':
      return handleText(turn, [event.text, event.text.includes(event.url) ? '' : event.url].join(' ').trim())
    case 'files':
      return handleFiles(turn, event)
    case 'location':
      return handleLocation(turn, event)
    case 'contactCard':
      return handleCard(turn, event)
    case 'sharedInfo':
      return handleSharedInfo(turn, event)
    case 'sticker':
      return handleSticker(turn)
    case 'followed':
      // Who has said in words that they want no news says so in words when they want them again (R9-1).
      if (conversation.consents.broadcasts?.given !== false) conversation.broadcasts = true
      return greet(turn, { isNew: true })
    case 'openedChat':
      return greet(turn, { isNew })
    case 'staffWrote':
      conversation.handoff = { state: 'staff', since: engine.now }
      turn.askForm = false
      return
    case 'staffAnswered':
      // Whoever has called the assistant back meanwhile, or talks with somebody of the staff, goes on with that.
      if (conversation.handoff?.state === 'requested') conversation.handoff = { state: 'answered', since: engine.now }
      turn.askForm = false
      return
    case 'withdrewData':
      return forgetMe(turn)
    case 'unfollowed':
    case 'reaction':
      return
    case 'wake':
      return wake(turn)
    default:
      return event satisfies never
  }
}

function greet(turn: Turn, { isNew }: { isNew: boolean }): void {
  const { form } = turn.conversation
  if (form !== null) {
    form.mode = 'resume'
    turn.askForm = true
  } else if (isNew) openPage(turn, 'menu')
}
