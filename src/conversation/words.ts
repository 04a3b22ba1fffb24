import { createHash } from 'node:crypto'
import { startForm } from './form.ts'
import type { Command, IntentReading } from './intents.ts'
import { handlePayload } from './taps.ts'
import { codePointLength, fold, toNfc } from './text/normalise.ts'
import { answerEmergency, decideHeld, holdDenunciation, openMatter, openPage } from './topics.ts'
import { note, type Turn } from './turn-state.ts'
import { handleInForm } from './words-in-form.ts'

type Origin = { id: string; at: number }

/** The same words again within this time are a double tap, not an answer to the next question. */
const DOUBLE_TAP_MS = 3000

/** A case code inside longer prose is part of the story, not a wish to look it up. */
const LOOKUP_LENGTH_MAX = 60

const TO_ASSISTANT = /\b(dung|goi|quay lai|ve|gap|hoi) tro ly\b|^tro ly( tu dong)?$/

/** Words, a number or a tap: all three arrive as text (zalo §9.9). */
export function handleText(turn: Turn, raw: string, origin: Origin): void {
  const { conversation } = turn
  const text = toNfc(raw)
  const last = conversation.lastInput
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 16)
  conversation.lastInput = { digest, at: origin.at, eventId: origin.id }
  const isRepeated = last?.digest === digest && origin.at - last.at < DOUBLE_TAP_MS
  if (isRepeated && origin.at >= last.at) return
  if (staysSilent(turn, text)) return
  const payload = text.startsWith('#') ? text.trim() : chosenPayload(turn, text)
  if (payload === null || !handlePayload(turn, payload)) {
    handleWords(turn, text.startsWith('#') ? text.slice(1) : text, origin)
  }
  // "Viết tiếp": what was typed before that was said is read now.
  const { replay } = turn
  turn.replay = null
  if (replay !== null) handleWords(turn, replay.text, { id: replay.eventId, at: origin.at })
}

/** While a person has the conversation the assistant is silent, unless it is called back (conversation.md §6). */
function staysSilent(turn: Turn, text: string): boolean {
  const { conversation, engine } = turn
  const { handoff } = conversation
  if (handoff === null) return false
  const words = fold(text.slice(0, 200))
  // A code is looked up also while a person is waited for; it takes nothing from that person.
  if (codePointLength(text) <= LOOKUP_LENGTH_MAX && engine.readCaseCode(text, engine.now) !== null) return false
  const calledBack =
    text.startsWith('#') ||
    ['menu', 'status'].includes(engine.intents.command(text) ?? '') ||
    TO_ASSISTANT.test(words) ||
    chosenPayload(turn, text) === '#assistant'
  const isOver = engine.now - handoff.since >= engine.settings.handoffQuietMs
  if (!calledBack && !isOver && engine.intents.read(text).intent !== 'emergency') {
    if (handoff.state === 'staff') handoff.since = engine.now
    return true
  }
  conversation.handoff = null
  turn.effects.push({ type: 'handoff', state: 'ended' })
  return false
}

function chosenPayload(turn: Turn, text: string): string | null {
  const { choices } = turn.conversation
  const words = fold(text.slice(0, 200))
  if (words === '') return null
  if (/^\d{1,2}$/.test(words)) return choices[Number(words) - 1]?.payload ?? null
  return choices.find((choice) => choice.title === words)?.payload ?? null
}

function handleWords(turn: Turn, text: string, origin: Origin): void {
  const { conversation, engine } = turn
  const command = engine.intents.command(text)
  const reading = engine.intents.read(text)
  if (command === null && (reading.intent === 'emergency' || reading.also.includes('emergency')))
    return answerEmergency(turn)
  if (TO_ASSISTANT.test(fold(text.slice(0, 100)))) {
    if (conversation.form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  if (conversation.held !== null && decidesHeld(turn, text, command, reading, origin)) return
  const code = codePointLength(text) <= LOOKUP_LENGTH_MAX ? engine.readCaseCode(text, engine.now) : null
  if (code !== null) {
    turn.effects.push({ type: 'showCase', code })
    turn.askForm = conversation.form !== null
    return
  }
  if (conversation.form !== null) handleInForm(turn, conversation.form, { text, command, reading, eventId: origin.id })
  else if (command !== null) handleIdleCommand(turn, command)
  else openMatter(turn, text, reading, origin.id)
}

function decidesHeld(
  turn: Turn,
  text: string,
  command: Command | null,
  reading: IntentReading,
  origin: Origin,
): boolean {
  const { held } = turn.conversation
  if (held === null) return false
  const isDenunciation = held.hints.includes('denunciationSuspected')
  if (command === 'yes' || command === 'send' || command === 'continue') {
    decideHeld(turn, isDenunciation && command === 'yes' ? 'erase' : 'send')
    return true
  }
  if (command === 'no' || command === 'cancel') {
    // "Không" to "có muốn xóa không?" keeps the words where they are: unread, until they expire.
    if (isDenunciation && command === 'no') {
      note(turn, 'held.kept')
      turn.page = { sentence: { key: 'held.next' }, choices: held.choices }
    } else decideHeld(turn, 'drop')
    return true
  }
  if (command !== null) return false
  if (/khong phai( la)? (to cao|khieu nai)|la phan anh/.test(fold(text.slice(0, 200)))) {
    decideHeld(turn, 'send')
    return true
  }
  if (reading.intent === 'denunciation') {
    holdDenunciation(turn, text, origin.id)
    return true
  }
  return false
}

function handleIdleCommand(turn: Turn, command: Command): void {
  switch (command) {
    case 'send':
      return startForm(turn, 'submit')
    case 'status':
      turn.effects.push({ type: 'listCases' })
      return
    case 'person':
      return openPage(turn, 'person')
    case 'thanks':
      return note(turn, 'answers.thanks')
    case 'cancel':
    case 'back':
    case 'restart':
    case 'edit':
      note(turn, 'answers.nothingOpen')
      return openPage(turn, 'menu')
    default:
      return openPage(turn, 'menu')
  }
}
