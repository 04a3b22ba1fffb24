import type { EngineContext } from './context.ts'
import type { Effect } from './effects.ts'
import { finishTurn } from './finish-turn.ts'
import { abandonForm } from './form.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Received } from './received.ts'
import { type Conversation, openConversation } from './state.ts'
import { fold } from './text/normalise.ts'
import { handleCard, handleFiles, handleLocation, handleSharedInfo, handleSticker } from './things.ts'
import { forgetMe, openPage } from './topics.ts'
import { note, type Turn, walk } from './turn-state.ts'
import { handleText } from './words.ts'

export type Advance = { conversation: Conversation; effects: Effect[]; wakeAt: number | null }

const HOUR_MS = 3600_000
/** Loose files and held words that nobody came back to. */
const LEFTOVERS_EXPIRE_MS = 24 * HOUR_MS
/** A message sent later than this after the last word of the citizen is no longer free (zalo §4.1). */
const FREE_WINDOW_MS = 47 * HOUR_MS

/**
 * One turn: all waiting events of one citizen, in time order, folded into the conversation. Pure: the same arguments give
 * the same answer, and neither `stored` nor `events` is changed.
 */
export function advance(stored: unknown, events: readonly Received[], engine: EngineContext): Advance {
  const conversation = openConversation(stored, engine.now)
  const turn: Turn = {
    engine,
    conversation,
    effects: [],
    notes: [],
    gathered: { texts: 0, images: 0, files: 0, location: false },
    page: null,
    askForm: false,
    replay: null,
    openAtStart: null,
  }
  const isNew = stored === null || stored === undefined
  adoptFlow(turn)
  rememberOpenQuestion(turn)
  for (const event of events) handleEvent(turn, event, isNew)
  finishTurn(turn)
  if (events.some((event) => event.type !== 'wake' && event.type !== 'staffWrote')) {
    conversation.lastAt = engine.now
    if (conversation.form !== null) conversation.form.lastAt = engine.now
  }
  return { conversation, effects: turn.effects, wakeAt: nextWake(conversation, engine) }
}

/**
 * How long to wait for more before the turn begins, in milliseconds: only where several messages belong together
 * (content, files of an album); an answer to a question is handled at once.
 */
export function quietBefore(
  stored: unknown,
  events: readonly Received[],
  engine: Omit<EngineContext, 'entropy'>,
): number {
  const last = events.at(-1)
  if (last === undefined) return 0
  if (last.type === 'files') return engine.settings.quietMs
  if (last.type !== 'text' || last.text.startsWith('#')) return 0
  const form = (stored as Conversation | null)?.form ?? null
  const words = fold(last.text.slice(0, 400))
  if (form === null) {
    const isMatter =
      last.text.length >= 30 && ['matter', 'informalCharge', 'other'].includes(engine.intents.read(last.text).intent)
    return isMatter ? engine.settings.quietMs : 0
  }
  const step = engine.flows.forms[form.flow]?.steps.find((one) => one.id === form.step)
  if (step === undefined || form.mode !== 'step' || kindOf(step).gathers !== true) return 0
  return /^\d{1,2}$/.test(words) || engine.intents.command(last.text) !== null ? 0 : engine.settings.quietMs
}

/** A draft that began under another version of its flow goes on at its first unanswered step, and says so. */
function adoptFlow(turn: Turn): void {
  const form = turn.conversation.form
  if (form === null) return
  const flow = turn.engine.flows.forms[form.flow]
  if (flow === undefined) {
    abandonForm(turn)
    note(turn, 'form.gone')
    return
  }
  if (form.flowVersion === flow.version) return
  form.flowVersion = flow.version
  form.pending = null
  form.editing = null
  if (walk(turn, form, flow).open?.id !== form.step) note(turn, 'form.changed')
}

function rememberOpenQuestion(turn: Turn): void {
  const form = turn.conversation.form
  const flow = form === null ? undefined : turn.engine.flows.forms[form.flow]
  if (form === null || flow === undefined || form.mode !== 'step') return
  const { open } = walk(turn, form, flow)
  if (open === null || open.id !== form.step || kindOf(open).gathers !== true) return
  const told = (form.answers[open.id]?.value as { parts?: unknown[] } | undefined)?.parts?.length ?? 0
  turn.openAtStart = { step: open.id, told: told > 0 }
}

function handleEvent(turn: Turn, event: Received, isNew: boolean): void {
  const { conversation, engine } = turn
  switch (event.type) {
    case 'text':
      return handleText(turn, event.text, event)
    case 'link':
      return handleText(turn, [event.text, event.text.includes(event.url) ? '' : event.url].join(' ').trim(), event)
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
    case 'openedChat':
      if (event.type === 'followed') conversation.broadcasts = true
      if (conversation.form !== null) {
        conversation.form.mode = 'resume'
        turn.askForm = true
      } else if (isNew || event.type === 'followed') openPage(turn, 'menu')
      return
    case 'staffWrote':
      conversation.handoff = { state: 'staff', since: engine.now }
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

function wake(turn: Turn): void {
  const { conversation, engine } = turn
  const { form, loose, held } = conversation
  if (held !== null && engine.now - held.at >= LEFTOVERS_EXPIRE_MS) {
    if (held.hints.includes('denunciationSuspected')) turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
    conversation.held = null
  }
  if (loose !== null && engine.now - loose.at >= LEFTOVERS_EXPIRE_MS) {
    turn.effects.push({ type: 'removeFiles', ids: loose.attachments.map((file) => file.id) })
    conversation.loose = null
  }
  if (form === null) return
  if (engine.now - form.lastAt >= engine.settings.draftExpiresAfterMs) return abandonForm(turn)
  if (form.remindedAt !== null || engine.now < remindAt(form.lastAt, engine.settings.remindAfterMs)) return
  form.remindedAt = engine.now
  if (engine.now - form.lastAt > FREE_WINDOW_MS || conversation.handoff !== null) return
  form.mode = 'resume'
  note(turn, 'form.reminder')
  turn.askForm = true
}

/** The time to remember an idle draft: never at night (R5-3), and inside the free 48 hours. */
function remindAt(lastAt: number, remindAfterMs: number): number {
  const at = lastAt + remindAfterMs
  const hour = new Date(at + 7 * HOUR_MS).getUTCHours()
  if (hour >= 8 && hour < 20) return at
  const hoursToEight = (8 - hour + 24) % 24
  return Math.floor((at + hoursToEight * HOUR_MS) / HOUR_MS) * HOUR_MS
}

function nextWake(conversation: Conversation, engine: EngineContext): number | null {
  const times: number[] = []
  const { form, held, loose } = conversation
  if (form !== null) {
    times.push(
      form.remindedAt === null
        ? remindAt(form.lastAt, engine.settings.remindAfterMs)
        : form.lastAt + engine.settings.draftExpiresAfterMs,
    )
  }
  if (held !== null) times.push(held.at + LEFTOVERS_EXPIRE_MS)
  if (loose !== null) times.push(loose.at + LEFTOVERS_EXPIRE_MS)
  return times.length === 0 ? null : Math.min(...times)
}
