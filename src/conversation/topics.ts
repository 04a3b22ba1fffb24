import type { Choice } from './effects.ts'
import { abandonForm, openStep, startForm } from './form.ts'
import type { Intent, IntentReading } from './intents.ts'
import { senderLine } from './kinds/choices.ts'
import { codePointLength, excerpt, showLiterally } from './text/normalise.ts'
import { note, type Turn } from './turn-state.ts'

/** Intents that are answered in a sentence, after which a running form goes on where it was. */
const ANSWERS: Partial<Record<Intent, string>> = {
  howLong: 'answers.howLong',
  isItFree: 'answers.isItFree',
  whoSees: 'answers.whoSees',
  guidance: 'guidance.text',
  underSixteen: 'guide.underSixteen',
  legalQuestion: 'guide.legalQuestion',
}

/** Hints that an officer must see; the bot only warns (R2-21). */
const HINT_GUIDES: Partial<Record<Intent, string>> = {
  complaint: 'guide.complaint',
  legalQuestion: 'guide.legalQuestion',
  fieldScene: 'guide.fieldScene',
  judicial: 'guide.judicial',
}

/** Longer than this, words of no known intent are offered as the matter of a new case. */
const MATTER_LENGTH = 40
const LANGUAGE_WISH_LENGTH = 25
const PERSON_WISH_LENGTH = 70
const LOCALES = { english: 'en', vietnamese: 'vi' } as const

export function openPage(turn: Turn, id: string): void {
  const { conversation, engine } = turn
  const page = engine.flows.pages[id]
  if (page === undefined) {
    if (engine.flows.forms[id] !== undefined) startForm(turn, id)
    return
  }
  if (page.show === 'handoff') {
    conversation.handoff = { state: 'requested', since: engine.now }
    turn.effects.push({ type: 'handoff', state: 'requested' })
    turn.askForm = false
    turn.page = {
      sentence: { key: `${id}.text` },
      choices: [{ title: { key: 'person.back' }, payload: '#assistant' }],
    }
    return
  }
  if (page.show === 'myCases') turn.effects.push({ type: 'listCases' })
  // After something was said the greeting would come too late.
  const key = id === 'menu' && turn.notes.length > 0 ? 'menu.again' : `${id}.text`
  const sentence = page.show === 'myData' ? { key, params: { data: myData(turn) } } : { key }
  if (page.show === 'forgetMe') {
    turn.page = {
      sentence: { key: `${id}.text` },
      choices: [
        { title: { key: 'forgetMe.yes' }, payload: '#forget.yes' },
        { title: { key: 'forgetMe.no' }, payload: '#menu' },
      ],
    }
    turn.askForm = false
    return
  }
  // While a form is open, its own way back stands where the way into it would.
  const targets = page.buttons.filter((target) => target !== conversation.form?.flow)
  const choices: Choice[] = targets.map((target) => ({
    title: { key: `${target}.button` },
    payload: `#${target}`,
  }))
  turn.page = { sentence, choices: [...continueChoice(turn), ...choices] }
  turn.askForm = false
}

function continueChoice(turn: Turn): Choice[] {
  const form = turn.conversation.form
  return form === null ? [] : [{ title: { key: 'form.resumeYes' }, payload: `#draft.keep.${form.draftId.slice(0, 6)}` }]
}

function myData(turn: Turn) {
  const { profile, consents, form, verifiedPhones } = turn.conversation
  const lines = []
  if (profile !== null) lines.push({ key: 'myData.profile', params: { sender: senderLine(turn.conversation) } })
  if (verifiedPhones.length > 0) lines.push({ key: 'myData.verifiedPhones', params: { count: verifiedPhones.length } })
  if (form !== null) lines.push({ key: 'myData.draft', params: { since: { time: form.startedAt } } })
  for (const purpose of ['handling', 'publication', 'profileName'] as const) {
    const consent = consents[purpose]
    if (consent !== undefined) {
      lines.push({
        key: `myData.consents.${purpose}.${consent.given ? 'given' : 'refused'}`,
        params: { at: { time: consent.at } },
      })
    }
  }
  return { lines: lines.length > 0 ? lines : [{ key: 'myData.nothing' }] }
}

/** Fire, crime, accident: the numbers, at once, and nothing else (R2-19). */
export function answerEmergency(turn: Turn): void {
  note(turn, 'guide.emergency')
  turn.askForm = false
  turn.page = null
}

/** Holds words back from the form until the citizen has chosen what they are (R2-32). */
export function holdDenunciation(turn: Turn, text: string, eventId: string): void {
  hold(turn, text, eventId, ['denunciationSuspected'], 'guide.denunciation', [
    { title: { key: 'held.erase' }, payload: '#held.erase' },
    { title: { key: 'held.place' }, payload: '#held.place' },
    { title: { key: 'held.notDenunciation' }, payload: '#held.send' },
  ])
}

function hold(turn: Turn, text: string, eventId: string, hints: string[], key: string, choices: Choice[]): void {
  const { conversation, engine } = turn
  const earlier = conversation.held
  conversation.held = {
    text: earlier === null ? text : `${earlier.text}\n${text}`,
    eventIds: [...(earlier?.eventIds ?? []), eventId].slice(-20),
    hints: [...new Set([...(earlier?.hints ?? []), ...hints])],
    question: { key, params: { told: excerpt(showLiterally(text), 120) } },
    choices,
    at: engine.now,
  }
  turn.page = { sentence: conversation.held.question, choices }
  turn.askForm = false
}

/** What becomes of the words that were held; a button of it, or the same said in words. */
export function decideHeld(turn: Turn, wish: string): void {
  const { conversation } = turn
  const held = conversation.held
  if (held === null) {
    note(turn, 'form.tooOld')
    if (conversation.form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  switch (wish) {
    case 'erase':
    case 'drop':
      conversation.held = null
      turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
      note(turn, 'held.erased')
      if (conversation.form !== null) turn.askForm = true
      else openPage(turn, 'menu')
      return
    case 'place':
      note(turn, 'held.placeText')
      turn.page = {
        sentence: { key: 'held.eraseAsk' },
        choices: held.choices.filter((choice) => choice.payload !== '#held.place'),
      }
      return
    case 'send': {
      const form = conversation.form
      const step = form === null ? null : openStep(turn, form)
      conversation.held = null
      if (form !== null && step?.ask === 'content') {
        const value = (form.answers[step.id]?.value as { parts: string[] } | undefined)?.parts ?? []
        form.answers[step.id] = { ask: 'content', value: { parts: [...value, held.text], done: false } }
        form.hints = [...new Set([...form.hints, ...held.hints])]
        turn.askForm = true
      } else startForm(turn, 'submit', { content: held.text, hints: held.hints })
      return
    }
    default:
      note(turn, 'form.tooOld')
  }
}

/** A question or wish in between: answered, and the form goes on. Answers whether it was one. */
export function digress(turn: Turn, reading: IntentReading, text: string): boolean {
  const { conversation } = turn
  const key = ANSWERS[reading.intent]
  if (key !== undefined) {
    note(turn, key)
    turn.askForm = conversation.form !== null
    return true
  }
  switch (reading.intent) {
    case 'emergency':
      answerEmergency(turn)
      return true
    case 'person':
      // Long words that only mention a contact are no call for a person, after which the assistant would be silent.
      if (codePointLength(text) > PERSON_WISH_LENGTH) return false
      openPage(turn, 'person')
      return true
    case 'lookup':
    case 'myCases':
      turn.effects.push({ type: 'listCases' })
      turn.askForm = conversation.form !== null
      return true
    case 'myData':
      openPage(turn, 'myData')
      return true
    case 'english':
    case 'vietnamese':
      // Only the wish for the other language alone; English words inside a story are no wish.
      if (codePointLength(text) > LANGUAGE_WISH_LENGTH || conversation.locale === LOCALES[reading.intent]) return false
      conversation.locale = LOCALES[reading.intent]
      note(turn, 'answers.language')
      turn.askForm = conversation.form !== null
      return true
    case 'unsubscribe':
    case 'resubscribe':
      conversation.broadcasts = reading.intent === 'resubscribe'
      note(turn, `answers.${reading.intent}`)
      turn.askForm = conversation.form !== null
      return true
    default:
      return false
  }
}

/** Words that come while no form is open. */
export function openMatter(turn: Turn, text: string, reading: IntentReading, eventId: string): void {
  const informal = reading.intent === 'informalCharge' || reading.also.includes('informalCharge')
  switch (reading.intent) {
    case 'denunciation':
      return holdDenunciation(turn, text, eventId)
    case 'complaint':
    case 'fieldScene':
    case 'judicial':
    case 'legalQuestion':
      return hold(turn, text, eventId, [reading.intent], HINT_GUIDES[reading.intent] ?? 'guide.outOfScope', [
        { title: { key: 'held.sendAnyway' }, payload: '#held.send' },
        { title: { key: 'held.drop' }, payload: '#held.drop' },
        { title: { key: 'person.button' }, payload: '#person' },
      ])
    case 'submit':
      return startForm(turn, 'submit')
    case 'matter':
    case 'informalCharge':
      return startForm(turn, 'submit', { content: text, hints: informal ? ['denunciationSuspected'] : [] })
    case 'greeting':
      return openPage(turn, 'menu')
    case 'thanks':
      note(turn, 'answers.thanks')
      return
    case 'advertising':
    case 'insult':
      note(turn, `answers.${reading.intent}`)
      return openPage(turn, 'menu')
    default:
      if (digress(turn, reading, text)) return
      if (codePointLength(text) >= MATTER_LENGTH) {
        return hold(turn, text, eventId, [], 'held.isItPakn', [
          { title: { key: 'held.sendThis' }, payload: '#held.send' },
          { title: { key: 'held.drop' }, payload: '#held.drop' },
          { title: { key: 'person.button' }, payload: '#person' },
        ])
      }
      note(turn, 'answers.notUnderstood', { understood: text })
      return openPage(turn, 'menu')
  }
}

/** Hints found in what was told inside the form: kept for the officer, shown once, never a refusal (R2-21). */
export function hintContent(turn: Turn, reading: IntentReading): void {
  const form = turn.conversation.form
  if (form === null) return
  const found = [reading.intent, ...reading.also]
  for (const intent of found) {
    const key = HINT_GUIDES[intent]
    if (key !== undefined && intent !== 'legalQuestion' && !form.hints.includes(intent)) {
      form.hints.push(intent)
      note(turn, key)
    }
    if (intent === 'informalCharge' && !form.hints.includes('denunciationSuspected'))
      form.hints.push('denunciationSuspected')
  }
}

/** Everything the assistant keeps about a person that no case needs (R9-5). */
export function forgetMe(turn: Turn): void {
  const { conversation } = turn
  abandonForm(turn)
  if (conversation.loose !== null) {
    turn.effects.push({ type: 'removeFiles', ids: conversation.loose.attachments.map((file) => file.id) })
  }
  conversation.loose = null
  conversation.profile = null
  conversation.held = null
  conversation.verifiedPhones = []
  for (const purpose of ['publication', 'profileName', 'handling'] as const) {
    if (conversation.consents[purpose]?.given === true) {
      turn.effects.push({
        type: 'consent',
        purpose,
        given: false,
        textVersion: conversation.consents[purpose].textVersion,
        eventId: conversation.lastInput?.eventId ?? '',
        at: turn.engine.now,
      })
    }
  }
  conversation.consents = {}
}
