import { startForm } from './drafts.ts'
import type { Sentence } from './effects.ts'
import { holdDenunciation, holdMatter, holdWithGuide } from './hold.ts'
import type { Command, Intent, IntentReading } from './intents.ts'
import { quote } from './kinds/kind.ts'
import { openPage } from './pages.ts'
import { codePointLength } from './text/normalise.ts'
import { note, setBroadcasts, type Turn } from './turn-state.ts'

/** Intents that are answered in a sentence, after which a running form goes on where it was. */
const ANSWERS: Partial<Record<Intent, string>> = {
  howLong: 'answers.howLong',
  isItFree: 'answers.isItFree',
  whoSees: 'answers.whoSees',
  guidance: 'guidance.text',
  legalQuestion: 'answers.legalQuestion',
}

/** Longer than this, words of no known intent are offered as the matter of a new case. */
const MATTER_LENGTH = 40
/** Longer than this, words in another language are more than the wish to be answered in it. */
const LANGUAGE_WISH_LENGTH = 25
/** Long words that only mention a contact are no call for a person, after which the assistant would be silent. */
const PERSON_WISH_LENGTH = 70
const LOCALES = { english: 'en', vietnamese: 'vi' } as const

/** The words that tell where else such a matter belongs (§2.5); a scene in the street names its commune (R2-20). */
function guideOf(turn: Turn, intent: Intent, text: string): Sentence | null {
  switch (intent) {
    case 'complaint':
    case 'judicial':
    case 'legalQuestion':
    case 'informalCharge':
      return { key: `guide.${intent}` }
    case 'fieldScene': {
      const { units, model } = turn.engine
      const commune = units.mentionedIn(text, { model }).find((match) => match.unit.level === 'commune')
      return commune === undefined
        ? { key: 'guide.fieldScene' }
        : { key: 'guide.fieldSceneAt', params: { unit: commune.unit.name } }
    }
    default:
      return null
  }
}

/** A question or wish in between: answered, and the form goes on. Answers whether it was one. */
export function digress(turn: Turn, text: string, reading: IntentReading): boolean {
  const { conversation } = turn
  const key = ANSWERS[reading.intent]
  const goOn = () => {
    turn.askForm = conversation.form !== null
    return true
  }
  if (key !== undefined) {
    note(turn, key)
    return goOn()
  }
  switch (reading.intent) {
    case 'underSixteen':
      sayUnderSixteen(turn)
      return goOn()
    case 'person':
      if (codePointLength(text) > PERSON_WISH_LENGTH) return false
      openPage(turn, 'person')
      return true
    case 'myData':
      openPage(turn, 'myData')
      return true
    case 'lookup':
    case 'myCases':
      return lookUp(turn)
    case 'english':
    case 'vietnamese':
      return codePointLength(text) <= LANGUAGE_WISH_LENGTH && speak(turn, reading.intent) && goOn()
    case 'unsubscribe':
    case 'resubscribe':
      chooseBroadcasts(turn, reading.intent)
      return goOn()
    default:
      return false
  }
}

/** One's own cases, and how to find another; a running form is asked again instead. */
export function lookUp(turn: Turn): true {
  if (turn.conversation.form === null) openPage(turn, 'lookup')
  else {
    turn.effects.push({ type: 'listCases' })
    turn.askForm = true
  }
  return true
}

/** False where that language is spoken already: then the words were no wish. */
function speak(turn: Turn, language: 'english' | 'vietnamese'): boolean {
  const { conversation } = turn
  if (conversation.locale === LOCALES[language]) return false
  conversation.locale = LOCALES[language]
  note(turn, 'answers.language')
  return true
}

/** News of the province, wanted or not: kept with its words, time and event (R9-1). Notices about one's own cases go on. */
function chooseBroadcasts(turn: Turn, intent: 'unsubscribe' | 'resubscribe'): void {
  const key = `answers.${intent}`
  setBroadcasts(turn, { given: intent === 'resubscribe', key })
  note(turn, key)
}

/** Somebody under sixteen needs a grown-up who sends it; the officer is told (R9-15). */
function sayUnderSixteen(turn: Turn): void {
  note(turn, 'guide.underSixteen')
  const { form } = turn.conversation
  if (form !== null) form.hints = [...new Set([...form.hints, 'underSixteen'])]
}

/** Words that come while no form is open. */
export function openMatter(turn: Turn, text: string, reading: IntentReading): void {
  const told = { text, hints: [] as string[], eventIds: [turn.origin.id] }
  const guide = guideOf(turn, reading.intent, text)
  switch (reading.intent) {
    case 'denunciation':
      return holdDenunciation(turn, text)
    case 'complaint':
    case 'fieldScene':
    case 'judicial':
    case 'legalQuestion':
      if (guide !== null) holdWithGuide(turn, { ...told, hints: [reading.intent] }, guide)
      return
    case 'submit':
      return startForm(turn, 'submit')
    case 'matter':
    case 'informalCharge':
      startForm(turn, 'submit', told)
      return hintContent(turn, text, reading)
    case 'greeting':
      return openPage(turn, 'menu')
    case 'thanks':
      return note(turn, 'answers.thanks')
    case 'advertising':
    case 'insult':
      note(turn, `answers.${reading.intent}`)
      return openPage(turn, 'menu')
    case 'english':
    case 'vietnamese':
      speak(turn, reading.intent)
      return codePointLength(text) < MATTER_LENGTH ? openPage(turn, 'menu') : holdMatter(turn, told)
    default:
      if (digress(turn, text, reading)) return
      if (codePointLength(text) >= MATTER_LENGTH) return holdMatter(turn, told)
      sayNotUnderstood(turn, text)
      return openPage(turn, 'menu')
  }
}

/** The third time a person is offered; later ones alternate, so that no bubble stands there four times. */
function sayNotUnderstood(turn: Turn, text: string): void {
  const { conversation } = turn
  conversation.strayed += 1
  if (conversation.strayed >= 3 && conversation.strayed % 2 === 1) note(turn, 'answers.stillNotUnderstood')
  else note(turn, 'answers.notUnderstood', { understood: quote(text) })
}

/** Hints found in what was told inside the form: kept for the officer, shown once, never a refusal (R2-21). */
export function hintContent(turn: Turn, text: string, reading: IntentReading): void {
  const { form } = turn.conversation
  if (form === null) return
  for (const intent of [reading.intent, ...reading.also]) {
    if (intent === 'underSixteen') sayUnderSixteen(turn)
    const guide = intent === 'legalQuestion' ? null : guideOf(turn, intent, text)
    const hint = intent === 'informalCharge' ? 'denunciationSuspected' : intent
    if (guide === null || form.hints.includes(hint)) continue
    form.hints.push(hint)
    note(turn, guide.key, guide.params)
  }
}

/** A command while no form is open. */
export function handleIdleCommand(turn: Turn, command: Command): void {
  switch (command) {
    case 'send':
      return startForm(turn, 'submit')
    case 'status':
      return void lookUp(turn)
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
