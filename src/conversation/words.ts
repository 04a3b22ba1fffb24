import { createHash } from 'node:crypto'
import { saysOfHeld } from './decide-held.ts'
import { handleInForm, type Said } from './form-words.ts'
import { openPage } from './pages.ts'
import { isOneEdit } from './place-words.ts'
import { handlePayload } from './taps.ts'
import { codePointLength, fold, toNfc } from './text/normalise.ts'
import { answerEmergency, handleIdleCommand, openMatter } from './topics.ts'
import { note, type Turn } from './turn-state.ts'

/** The same words again within this time are a double tap, not an answer to the next question. */
const DOUBLE_TAP_MS = 1500
/** A case code inside longer prose is part of the story, not a wish to look it up. */
const LOOKUP_LENGTH_MAX = 60

/** Words, a number or a tap: all three arrive as text (zalo §9.9). */
export function handleText(turn: Turn, raw: string): void {
  const text = toNfc(raw)
  if (isDoubleTap(turn, text) || staysSilent(turn, text)) return
  if (text.startsWith('#') && handlePayload(turn, text.trim())) return
  const chosen = chosenPayload(turn, text)
  if (chosen === 'noSuchNumber') return sayNoSuchNumber(turn)
  if (chosen !== null && handlePayload(turn, chosen)) return
  handleWords(turn, text)
}

function isDoubleTap(turn: Turn, text: string): boolean {
  const { conversation, origin } = turn
  const last = conversation.lastInput
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 16)
  conversation.lastInput = { digest, at: origin.at }
  const sinceMs = origin.at - (last?.at ?? 0)
  return last?.digest === digest && sinceMs >= 0 && sinceMs < DOUBLE_TAP_MS
}

/** While a person has the conversation the assistant is silent, unless it is called back (conversation.md §6). */
function staysSilent(turn: Turn, text: string): boolean {
  const { conversation, engine } = turn
  const { handoff } = conversation
  if (handoff === null) return false
  // A code is looked up also while a person is waited for; it takes nothing from that person.
  if (codeIn(turn, text) !== null) return false
  const isCalledBack =
    text.startsWith('#') ||
    ['menu', 'status'].includes(engine.intents.command(text) ?? '') ||
    CALLS_BACK.test(fold(text.slice(0, 200))) ||
    chosenPayload(turn, text) === '#assistant'
  if (isCalledBack || engine.now - handoff.since >= engine.settings.handoffQuietMs) {
    conversation.handoff = null
    turn.effects.push({ type: 'handoff', state: 'ended' })
    return false
  }
  if (engine.intents.read(text).intent === 'emergency') answerEmergency(turn)
  else if (handoff.state === 'staff') handoff.since = engine.now
  return true
}

const CALLS_BACK = /\b(dung|goi|quay lai|ve|gap|hoi) tro ly\b|^tro ly( tu dong)?$/

function codeIn(turn: Turn, text: string): string | null {
  return codePointLength(text) <= LOOKUP_LENGTH_MAX ? turn.engine.readCaseCode(text, turn.engine.now) : null
}

/** The button that a number or a typed title means; a number beyond the last button means none. */
function chosenPayload(turn: Turn, text: string): string | null {
  const { choices } = turn.conversation
  const words = fold(text.slice(0, 200))
  if (words === '' || choices.length === 0) return null
  const number = /^(?:(?:so|nut|chon|muc|cau|lua chon) )?(\d{1,2})$/.exec(words)?.[1]
  if (number !== undefined && Number(number) > 0) return choices[Number(number) - 1]?.payload ?? 'noSuchNumber'
  const exact = choices.find((choice) => choice.title === words)
  if (exact !== undefined) return exact.payload
  // A slip of the thumb; names of places and cases differ by one letter and are never guessed at.
  const near = choices.filter(
    ({ title, isName }) => isName !== true && title.length >= SLIP_LENGTH_MIN && isOneEdit(words, title),
  )
  return near.length === 1 ? (near[0]?.payload ?? null) : null
}

const SLIP_LENGTH_MIN = 6

function sayNoSuchNumber(turn: Turn): void {
  note(turn, 'form.noSuchNumber')
  turn.askForm = turn.conversation.form !== null
}

function handleWords(turn: Turn, text: string): void {
  const { conversation, engine } = turn
  const command = engine.intents.command(text)
  const reading = engine.intents.read(text)
  if (command === null && (reading.intent === 'emergency' || reading.also.includes('emergency'))) {
    return answerEmergency(turn)
  }
  if (CALLS_BACK.test(fold(text.slice(0, 100)))) {
    turn.askForm = conversation.form !== null
    return turn.askForm ? undefined : openPage(turn, 'menu')
  }
  const said: Said = { text, folded: fold(text.slice(0, 1000)), command, reading }
  const { held, form, strayed } = conversation
  if (held !== null && saysOfHeld(turn, held, said)) return
  const code = codeIn(turn, text)
  if (code !== null) {
    turn.effects.push({ type: 'showCase', code })
    turn.askForm = form !== null
  } else if (form !== null) handleInForm(turn, form, said)
  else if (command !== null) handleIdleCommand(turn, command)
  else openMatter(turn, text, reading)
  if (conversation.strayed === strayed) conversation.strayed = 0
}
