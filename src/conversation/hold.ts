import type { Choice, Params } from './effects.ts'
import { quote } from './kinds/kind.ts'
import type { Held } from './state.ts'
import type { Turn } from './turn-state.ts'

/** Words of the citizen, with what was suspected about them and the events they came in. */
export type Told = { text: string; hints: readonly string[]; eventIds: readonly string[] }

const DENUNCIATION = 'denunciationSuspected'
const EVENTS_KEPT_MAX = 20
const TEXT_KEPT_MAX = 30_000

export const isDenunciation = (held: Held) => held.hints.includes(DENUNCIATION)

/** Holds words back from the form until the citizen has chosen what they are (R2-32). */
export function holdDenunciation(turn: Turn, text: string): void {
  const told = { text, hints: [DENUNCIATION], eventIds: [turn.origin.id] }
  hold(turn, told, { key: 'guide.denunciation' }, ['erase', 'place', 'notDenunciation'])
}

/** Asks whether these words are a matter for this channel. */
export function holdMatter(turn: Turn, told: Told): void {
  hold(turn, told, { key: 'held.isItPakn', params: { told: quote(told.text) } }, ['sendThis', 'drop', 'person'])
}

/** Shows where else such a matter belongs; the citizen may send it all the same (R2-21). */
export function holdWithGuide(turn: Turn, told: Told, guide: { key: string; params?: Params }): void {
  hold(turn, told, guide, ['sendAnyway', 'drop', 'person'])
}

/** Asks whether these words belong to a filed case that was spoken of just before. */
export function holdForCase(turn: Turn, told: Told, about: NonNullable<Held['about']>): void {
  const question = { key: `held.forCase.${about.way}`, params: { told: quote(told.text), code: about.code } }
  hold(turn, told, question, [`toCase.${about.way}`, 'newMatter', 'drop'], about)
}

function hold(
  turn: Turn,
  told: Told,
  question: { key: string; params?: Params },
  wishes: string[],
  about?: Held['about'],
): void {
  const { conversation, engine } = turn
  const earlier = conversation.held
  const text = earlier === null ? told.text : `${earlier.text}\n${told.text}`
  const id = earlier?.id ?? `${engine.now.toString(36)}${engine.entropy.slice(0, 4)}`
  const hints = [...new Set([...(earlier?.hints ?? []), ...told.hints])]
  conversation.held = {
    id,
    text: text.length > TEXT_KEPT_MAX ? (earlier?.text ?? text) : text,
    eventIds: [...(earlier?.eventIds ?? []), ...told.eventIds].slice(-EVENTS_KEPT_MAX),
    hints,
    // What joins a suspected denunciation is asked about as one: a yes there means "erase".
    ...(earlier !== null && isDenunciation(earlier)
      ? { question: earlier.question, choices: earlier.choices }
      : { question, choices: wishes.map((wish) => choiceOf(wish, id)) }),
    ...(about === undefined || earlier !== null ? {} : { about }),
    at: engine.now,
  }
  askAboutHeld(turn, conversation.held)
}

/** What each button of a held text is called, and what a tap on it wishes. */
const WISHES: Record<string, string> = {
  erase: 'erase',
  place: 'place',
  notDenunciation: 'send',
  sendThis: 'send',
  sendAnyway: 'send',
  drop: 'drop',
  newMatter: 'send',
  'toCase.supplement': 'toCase',
  'toCase.disagree': 'toCase',
}

function choiceOf(name: string, id: string): Choice {
  if (name === 'person') return { title: { key: 'person.button' }, payload: '#person' }
  return { title: { key: `held.${name}` }, payload: `#held.${WISHES[name] ?? name}.${id}` }
}

export function askAboutHeld(turn: Turn, held: Held): void {
  turn.page = { sentence: held.question, choices: held.choices }
  turn.askForm = false
}
