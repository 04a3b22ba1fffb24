import { createHash } from 'node:crypto'
import { abandonForm, goBack, openStep, readInput, reopen, sayWrong, skip, startForm } from './form.ts'
import type { Command, IntentReading } from './intents.ts'
import type { ContentValue } from './kinds/content.ts'
import type { Input } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { codePointLength, excerpt, fold, toNfc } from './text/normalise.ts'
import {
  answerEmergency,
  decideHeld,
  digress,
  forgetMe,
  hintContent,
  holdDenunciation,
  openMatter,
  openPage,
} from './topics.ts'
import { note, type Turn, walk } from './turn-state.ts'

type Origin = { id: string; at: number }

/** The same words again within this time are a double tap, not an answer to the next question. */
const DOUBLE_TAP_MS = 3000
/** A case code inside longer prose is part of the story, not a wish to look it up. */
const LOOKUP_LENGTH_MAX = 60
const DIGRESSION_LENGTH_MAX = 90
/** From here on words are a story, not a slip. */
const STORY_LENGTH = 30
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
  if (text.startsWith('#') && handlePayload(turn, text.trim(), origin)) return
  const chosen = chosenPayload(turn, text)
  if (chosen !== null && handlePayload(turn, chosen, origin)) return
  handleWords(turn, text.startsWith('#') ? text.slice(1) : text, origin)
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

function handlePayload(turn: Turn, payload: string, origin: Origin): boolean {
  const [head = '', second = '', third = '', fourth = ''] = payload.slice(1).split('.')
  const { conversation, engine } = turn
  const { form } = conversation
  switch (head) {
    case 'held':
      decideHeld(turn, second)
      return true
    case 'draft':
      decideDraft(turn, second, third, origin)
      return true
    case 'assistant':
      if (form !== null) turn.askForm = true
      else openPage(turn, 'menu')
      return true
    case 'forget':
      forgetMe(turn)
      note(turn, 'forgetMe.done')
      openPage(turn, 'menu')
      return true
    case 'case':
      turn.effects.push({ type: 'showCase', code: payload.slice('#case.'.length).toUpperCase() })
      turn.askForm = form !== null
      return true
  }
  if (fourth !== '' && engine.flows.forms[head] !== undefined) {
    tapOption(turn, { flow: head, step: second, option: third, draft: fourth })
    return true
  }
  if (engine.flows.forms[head] !== undefined) {
    if (form === null) startWithHeld(turn, head)
    else {
      // A fresh draft simply goes on: the menu below the chat offers "gửi phản ánh" at every moment.
      form.mode = isResuming(turn, form) ? 'resume' : 'step'
      turn.askForm = true
    }
    return true
  }
  if (engine.flows.pages[head] !== undefined) {
    openPage(turn, head)
    return true
  }
  return false
}

/** What was held becomes the content of the new form, except what should not be collected at all (R2-32). */
function startWithHeld(turn: Turn, flow: string): void {
  const { held } = turn.conversation
  if (held?.hints.includes('denunciationSuspected') === true) {
    turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
    startForm(turn, flow)
  } else startForm(turn, flow, held === null ? undefined : { content: held.text, hints: held.hints })
}

/** A button of a form: of the open question, of an earlier one, or of a draft that is gone. */
function tapOption(turn: Turn, tapped: { flow: string; step: string; option: string; draft: string }): void {
  const { conversation } = turn
  const { form } = conversation
  if (form === null || !form.draftId.startsWith(tapped.draft)) {
    if (conversation.lastFiled?.draftId.startsWith(tapped.draft) === true) {
      turn.effects.push({ type: 'showFiled', draftId: conversation.lastFiled.draftId })
      turn.askForm = form !== null
      return
    }
    note(turn, 'form.tooOld')
    if (form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  form.mode = 'step'
  turn.askForm = true
  if (tapped.option === 'edit' && openStep(turn, form)?.id !== tapped.step) {
    reopen(turn, form, tapped.step, { editing: tapped.step })
    return
  }
  if (tapped.option === 'skip') return skip(turn, form)
  const flow = turn.engine.flows.forms[form.flow]
  const step = flow?.steps.find((one) => one.id === tapped.step)
  const open = openStep(turn, form)
  if (step === undefined || flow === undefined) return note(turn, 'form.tooOld')
  if (open?.id === step.id) {
    if (!readInput(turn, form, { type: 'option', option: tapped.option })) note(turn, 'form.tooOld')
    return
  }
  changeEarlier(turn, form, step, tapped.option)
}

/** A tap under an older bubble of the same draft: another choice replaces the earlier one, the same choice changes nothing. */
function changeEarlier(turn: Turn, form: Form, step: Step, option: string): void {
  if (step.ask !== 'choice' || form.answers[step.id] === undefined || !step.options.includes(option)) return
  if (form.answers[step.id]?.value === option) return
  delete form.answers[step.id]
  const flow = turn.engine.flows.forms[form.flow]
  if (flow !== undefined && walk(turn, form, flow).open?.id === step.id) {
    readInput(turn, form, { type: 'option', option })
    note(turn, 'form.choiceChanged')
  }
}

function decideDraft(turn: Turn, wish: string, draft: string, origin: Origin): void {
  const { form } = turn.conversation
  if (form === null || !form.draftId.startsWith(draft)) {
    note(turn, 'form.tooOld')
    if (form === null) openPage(turn, 'menu')
    else turn.askForm = true
    return
  }
  const { waiting } = form
  form.waiting = null
  form.mode = 'step'
  if (wish === 'keep') {
    turn.askForm = true
    turn.page = null
    if (waiting !== null) handleWords(turn, waiting.text, { id: waiting.eventId, at: origin.at })
    return
  }
  const flowId = form.flow
  abandonForm(turn)
  if (wish === 'restart') startForm(turn, flowId, waiting === null ? undefined : { content: waiting.text, hints: [] })
  else {
    note(turn, 'form.deleted')
    openPage(turn, 'menu')
  }
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
  if (conversation.form !== null) handleInForm(turn, conversation.form, text, command, reading, origin)
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

function handleInForm(
  turn: Turn,
  form: Form,
  text: string,
  command: Command | null,
  reading: IntentReading,
  origin: Origin,
): void {
  const input: Input = { type: 'words', text, folded: fold(text.slice(0, 1000)), command }
  if (form.mode !== 'step' && leavesMode(turn, form, command, text, origin)) return
  const step = openStep(turn, form)
  if (step === null) return
  const kind = kindOf(step)
  if (isResuming(turn, form) && command !== null && ['continue', 'restart', 'cancel'].includes(command)) {
    form.mode = 'resume'
    leavesMode(turn, form, command, text, origin)
    return
  }
  if (isResuming(turn, form)) {
    const isProse = kind.takesProse === true && codePointLength(text) >= 20
    if (isProse || command !== null || reading.intent === 'greeting' || !readInput(turn, form, input, () => true)) {
      if (isProse) form.waiting = { text, eventId: origin.id }
      form.mode = 'resume'
      turn.askForm = true
      return
    }
    note(turn, 'form.goingOn')
    return
  }
  if (command !== null && handleFormCommand(turn, form, step, input, command)) return
  const gathers = kind.gathers === true
  if (command === null && reading.intent === 'denunciation') return holdDenunciation(turn, text, origin.id)
  const mayDigress = codePointLength(text) <= DIGRESSION_LENGTH_MAX && command === null
  if (
    (gathers || step.ask === 'title' || step.ask === 'text') &&
    mayDigress &&
    isClearQuestion(reading) &&
    digress(turn, reading, text)
  )
    return
  const before = turn.notes.length
  if (readInput(turn, form, input, () => mayDigress && digress(turn, reading, text))) {
    if (gathers && turn.notes.length === before) {
      turn.gathered.texts += 1
      hintContent(turn, reading)
    }
    return
  }
  if (mayDigress && digress(turn, reading, text)) return
  turn.askForm = true
  if (command === null && tellMore(turn, form, text)) return hintContent(turn, reading)
  if (command === 'thanks' || reading.intent === 'thanks') note(turn, 'answers.thanks')
  else if (reading.intent !== 'greeting' && command === null) {
    sayWrong(turn, form, step, { key: 'form.pleaseAnswer', params: { understood: excerpt(text, 60) } })
  }
}

/** A story that comes where a choice is asked belongs to the content: nothing that was typed is thrown away. */
function tellMore(turn: Turn, form: Form, text: string): boolean {
  if (codePointLength(text) < STORY_LENGTH) return false
  const step = turn.engine.flows.forms[form.flow]?.steps.find((one) => one.ask === 'content')
  if (step === undefined) return false
  const told = form.answers[step.id]?.value as ContentValue | undefined
  form.answers[step.id] = {
    ask: 'content',
    value: { parts: [...(told?.parts ?? []), text], done: told?.done ?? false },
  }
  note(turn, told === undefined ? `${form.flow}.taken` : 'kinds.title.addedToContent')
  return true
}

/** Questions in between that no content of a case begins with. */
const isClearQuestion = (reading: IntentReading) =>
  reading.score >= 0.8 &&
  [
    'howLong',
    'isItFree',
    'whoSees',
    'guidance',
    'person',
    'myCases',
    'lookup',
    'myData',
    'english',
    'vietnamese',
    'unsubscribe',
    'underSixteen',
  ].includes(reading.intent)

function isResuming(turn: Turn, form: Form): boolean {
  return form.mode === 'step' && turn.engine.now - form.lastAt >= turn.engine.settings.resumeAfterMs
}

/** Answers to "viết tiếp nhé?", "xóa thật không?", "sửa mục nào?". Anything else returns to the open question. */
function leavesMode(turn: Turn, form: Form, command: Command | null, text: string, origin: Origin): boolean {
  const short = form.draftId.slice(0, 6)
  if (form.mode === 'confirmCancel') {
    if (command === 'yes' || command === 'cancel' || command === 'done') decideDraft(turn, 'delete', short, origin)
    else if (command === 'no' || command === 'continue' || command === 'back') decideDraft(turn, 'keep', short, origin)
    else form.mode = 'step'
    return form.mode !== 'step' || command !== null
  }
  if (form.mode === 'resume') {
    if (command === 'yes' || command === 'continue' || command === 'done') decideDraft(turn, 'keep', short, origin)
    else if (command === 'restart') decideDraft(turn, 'restart', short, origin)
    else if (command === 'no' || command === 'cancel') form.mode = 'confirmCancel'
    else {
      form.mode = 'step'
      form.lastAt = turn.engine.now
      turn.askForm = true
      return turn.engine.intents.read(text).intent === 'greeting'
    }
    turn.askForm = turn.conversation.form !== null && turn.page === null
    return true
  }
  const field = fieldNamed(turn, form, text)
  if (field !== null) {
    reopen(turn, form, field, { editing: field })
    return true
  }
  form.mode = 'step'
  if (command === 'back' || command === 'no' || command === 'cancel') {
    turn.askForm = true
    return true
  }
  return false
}

function fieldNamed(turn: Turn, form: Form, text: string): string | null {
  const words = fold(text.slice(0, 100)).replace(/^(sua|doi|toi muon sua|sua lai) /, '')
  if (words === '') return null
  const flow = turn.engine.flows.forms[form.flow]
  const step = flow?.steps.find((one) => {
    if (!one.editable || form.answers[one.id] === undefined) return false
    const label = fold(turn.engine.translate(turn.conversation.locale, `${form.flow}.${one.id}.label`))
    return label === words || (words.length >= 3 && (label.includes(words) || words.includes(label)))
  })
  return step?.id ?? null
}

function handleFormCommand(turn: Turn, form: Form, step: Step, input: Input, command: Command): boolean {
  const isGlobal = ['cancel', 'back', 'help', 'menu', 'person', 'restart', 'status', 'edit', 'skip'].includes(command)
  if (!isGlobal) return false
  const answersHere =
    kindOf(step).ownCommands?.includes(command) === true || (form.pending !== null && command === 'edit')
  if (answersHere && readInput(turn, form, input)) return true
  turn.askForm = true
  switch (command) {
    case 'cancel':
    case 'restart':
      form.mode = 'confirmCancel'
      return true
    case 'back':
      goBack(turn, form)
      return true
    case 'skip':
      skip(turn, form)
      return true
    case 'help':
      note(turn, `kinds.${step.ask}.help`)
      return true
    case 'edit':
      form.mode = 'chooseField'
      return true
    case 'status':
      turn.effects.push({ type: 'listCases' })
      return true
    case 'menu':
    case 'person':
      openPage(turn, command)
      return true
    default:
      return false
  }
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
