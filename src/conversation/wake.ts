import type { EngineContext } from './context.ts'
import { isUntold, throwAway } from './drafts.ts'
import { isDenunciation } from './hold.ts'
import type { Conversation, Form } from './state.ts'
import { note, type Turn } from './turn-state.ts'

const HOUR_MS = 3600_000
/** Loose files and held words that nobody came back to. */
const LEFTOVERS_EXPIRE_MS = 24 * HOUR_MS
/** A message sent later than this after the last word of the citizen is no longer free (zalo §4.1). */
const FREE_WINDOW_MS = 47 * HOUR_MS

/** Nobody wrote: what has lain too long goes, and an idle draft is remembered once. */
export function wake(turn: Turn): void {
  expireLeftovers(turn)
  expireDrafts(turn)
  const { conversation, engine } = turn
  const { form } = conversation
  if (form === null || isEmptyBeside(form) || form.remindedAt !== null || engine.now < remindAt(form, engine)) return
  form.remindedAt = engine.now
  if (engine.now - conversation.lastAt > FREE_WINDOW_MS || conversation.handoff !== null) return
  form.mode = 'resume'
  note(turn, 'form.reminder')
  turn.askForm = true
}

function expireLeftovers(turn: Turn): void {
  const { conversation, engine, effects } = turn
  const { alarm, held, loose } = conversation
  if (alarm !== null && engine.now - alarm.at >= LEFTOVERS_EXPIRE_MS) conversation.alarm = null
  if (held !== null && engine.now - held.at >= LEFTOVERS_EXPIRE_MS) {
    if (isDenunciation(held)) effects.push({ type: 'eraseEvents', ids: held.eventIds })
    conversation.held = null
  }
  if (loose !== null && engine.now - loose.at >= LEFTOVERS_EXPIRE_MS) {
    effects.push({ type: 'removeFiles', ids: loose.attachments.map((file) => file.id) })
    conversation.loose = null
  }
}

function expireDrafts(turn: Turn): void {
  const { conversation, engine, effects } = turn
  const isOver = (draft: Form) => engine.now >= expiresAt(draft, engine)
  for (const draft of conversation.shelved.filter(isOver)) {
    effects.push({ type: 'removeFiles', ids: draft.attachments.map((file) => file.id) })
  }
  conversation.shelved = conversation.shelved.filter((draft) => !isOver(draft))
  if (conversation.form !== null && isOver(conversation.form)) throwAway(turn, { erase: false })
}

/** What was begun about a filed case and left without a word: nobody is reminded of it, and it is soon forgotten. */
const isEmptyBeside = (form: Form) => form.about !== null && isUntold(form)

function expiresAt(draft: Form, engine: EngineContext): number {
  return draft.lastAt + (isEmptyBeside(draft) ? LEFTOVERS_EXPIRE_MS : engine.settings.draftExpiresAfterMs)
}

/** The time to remember an idle draft: never at night (R5-3), and inside the free 48 hours. */
function remindAt(form: Form, engine: EngineContext): number {
  const at = form.lastAt + engine.settings.remindAfterMs
  const hour = new Date(at + 7 * HOUR_MS).getUTCHours()
  if (hour >= 8 && hour < 20) return at
  const hoursToEight = (8 - hour + 24) % 24
  return Math.floor((at + hoursToEight * HOUR_MS) / HOUR_MS) * HOUR_MS
}

/** When the conversation wants to be woken; never in the past. */
export function nextWake(conversation: Conversation, engine: EngineContext): number | null {
  const { alarm, form, held, loose, shelved } = conversation
  const times = shelved.map((draft) => expiresAt(draft, engine))
  if (form !== null) {
    const isReminded = form.remindedAt !== null || isEmptyBeside(form)
    times.push(isReminded ? expiresAt(form, engine) : remindAt(form, engine))
  }
  if (alarm !== null) times.push(alarm.at + LEFTOVERS_EXPIRE_MS)
  if (held !== null) times.push(held.at + LEFTOVERS_EXPIRE_MS)
  if (loose !== null) times.push(loose.at + LEFTOVERS_EXPIRE_MS)
  return times.length === 0 ? null : Math.max(engine.now, Math.min(...times))
}
