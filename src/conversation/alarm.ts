import { rememberEvents, startForm } from './drafts.ts'
import { handleInForm } from './form-words.ts'
import type { Intent, IntentReading } from './intents.ts'
import { openPage } from './pages.ts'
import { fold } from './text/normalise.ts'
import { openMatter } from './topics.ts'
import { sayTooOld, type Turn } from './turn-state.ts'

const TEXT_KEPT_MAX = 30_000
const EVENTS_KEPT_MAX = 20

/**
 * Fire, crime, accident: the numbers to call, at once (R2-19). The only thing offered is to say that nobody is in danger; the
 * words are kept for that.
 */
export function raiseAlarm(turn: Turn, text: string): void {
  const { conversation, engine, origin } = turn
  const earlier = conversation.alarm
  const id = earlier?.id ?? `${engine.now.toString(36)}${engine.entropy.slice(0, 4)}`
  const joined = earlier === null ? text : `${earlier.text}\n${text}`
  conversation.alarm = {
    id,
    text: joined.length > TEXT_KEPT_MAX ? (earlier?.text ?? text) : joined,
    eventIds: [...(earlier?.eventIds ?? []), origin.id].slice(-EVENTS_KEPT_MAX),
    at: engine.now,
  }
  turn.emergency = { choices: [{ title: { key: 'alarm.none' }, payload: `#alarm.none.${id}` }] }
}

/** "Không phải việc khẩn cấp" in words. Answers whether it was that. */
export function saysNoAlarm(turn: Turn, text: string): boolean {
  const { alarm } = turn.conversation
  if (alarm === null || text.length > NONE_LENGTH_MAX || !NONE.test(fold(text))) return false
  endAlarm(turn, alarm.id)
  return true
}

const NONE_LENGTH_MAX = 60
const NONE = /\bkhong (phai )?(la )?(viec |chuyen )?(khan cap|cap cuu|chay)\b|\bnot an emergency\b/

/** Nobody is in danger: the words go where they would have gone without the alarm. */
export function endAlarm(turn: Turn, id: string): void {
  const { conversation, engine } = turn
  const { alarm, form } = conversation
  turn.emergency = null
  if (alarm === null || alarm.id !== id) {
    sayTooOld(turn)
    if (form === null) openPage(turn, 'menu')
    return
  }
  conversation.alarm = null
  const { text, eventIds } = alarm
  const reading = withoutAlarm(engine.intents.read(text))
  if (form !== null) {
    rememberEvents(form, eventIds)
    turn.askForm = true
    return handleInForm(turn, form, { text, folded: fold(text.slice(0, 1000)), command: null, reading })
  }
  // Whoever says so is not asked once more whether it is a matter at all.
  if (AS_TOLD.includes(reading.intent)) return startForm(turn, 'submit', { text, hints: [], eventIds })
  turn.origin = { ...turn.origin, id: eventIds.at(-1) ?? turn.origin.id }
  openMatter(turn, text, reading)
}

const AS_TOLD: readonly Intent[] = ['other', 'matter', 'insult', 'greeting', 'thanks']

function withoutAlarm(reading: IntentReading): IntentReading {
  const [intent = 'other', ...also] = [reading.intent, ...reading.also].filter((one) => one !== 'emergency')
  return { ...reading, intent, also }
}
