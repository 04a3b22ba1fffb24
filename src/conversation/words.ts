import { createHash } from 'node:crypto'
import { raiseAlarm, saysNoAlarm } from './alarm.ts'
import { answersAsking, saysToLastAsked, wishesForCase } from './case-words.ts'
import { saysOfHeld } from './decide-held.ts'
import { handleInForm, type Said } from './form-words.ts'
import { isDenunciation } from './hold.ts'
import { openPage } from './pages.ts'
import { isOneEdit } from './place-words.ts'
import type { Held } from './state.ts'
import { handlePayload } from './taps.ts'
import { codePointLength, fold, toNfc } from './text/normalise.ts'
import { handleIdleCommand, openMatter } from './topics.ts'
import { isCaseForm, note, type Turn } from './turn-state.ts'
import { waitAgain } from './wait-again.ts'

/** The same words again within this time are a double tap, not an answer to the next question. */
const DOUBLE_TAP_MS = 1500
/** A case code inside longer prose is part of the story, not a wish to look it up. */
const LOOKUP_LENGTH_MAX = 60

/** Words, a number or a tap: all three arrive as text (zalo §9.9). */
export function handleText(turn: Turn, raw: string): void {
  const text = toNfc(raw)
  if (isDoubleTap(turn, text) || staysSilent(turn, text)) return
  // A question about a case is answered now or not at all.
  turn.asked = turn.conversation.asking
  turn.conversation.asking = null
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
  // The person who has the conversation reads what was told.
  if (engine.intents.read(text).intent === 'emergency') turn.emergency = { choices: [] }
  else if (handoff.state === 'staff') handoff.since = engine.now
  // A word of thanks ends the talk and calls nobody.
  if (engine.intents.command(text) !== 'thanks' && engine.intents.read(text).intent !== 'thanks') waitAgain(turn)
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
  const { engine } = turn
  const command = engine.intents.command(text)
  const reading = engine.intents.read(text)
  if (saysNoAlarm(turn, text)) return
  if (command === null && (reading.intent === 'emergency' || reading.also.includes('emergency'))) {
    return raiseAlarm(turn, text)
  }
  handleSaid(turn, { text, folded: fold(text.slice(0, 1000)), command, reading })
}

/** Words of which it is settled that nobody is in danger. */
export function handleSaid(turn: Turn, said: Said): void {
  const { conversation } = turn
  const { text, command, reading } = said
  if (CALLS_BACK.test(fold(text.slice(0, 100)))) {
    turn.askForm = conversation.form !== null
    return turn.askForm ? undefined : openPage(turn, 'menu')
  }
  const { held, form, strayed } = conversation
  if (held !== null && speaksOfHeld(turn, held) && saysOfHeld(turn, held, said)) return
  if (answersAsking(turn, said) || wishesForCase(turn, form, said)) return
  const code = codeIn(turn, text)
  if (code !== null) {
    turn.effects.push({ type: 'showCase', code })
    turn.askForm = form !== null
  } else if (form !== null) handleInForm(turn, form, said)
  else if (command !== null) handleIdleCommand(turn, command)
  else if (!saysToLastAsked(turn, said)) openMatter(turn, text, reading)
  if (conversation.strayed === strayed) conversation.strayed = 0
}

/** While something is written for a filed case, a yes or no is about that; a suspected denunciation comes first. */
function speaksOfHeld(turn: Turn, held: Held): boolean {
  const { form } = turn.conversation
  return form === null || isDenunciation(held) || !isCaseForm(turn, form)
}
