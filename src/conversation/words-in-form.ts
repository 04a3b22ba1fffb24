import { goBack, openStep, readInput, reopen, sayWrong, skip } from './form.ts'
import type { Command, IntentReading } from './intents.ts'
import type { ContentValue } from './kinds/content.ts'
import type { Input } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { decideDraft, isResuming } from './taps.ts'
import { codePointLength, excerpt, fold } from './text/normalise.ts'
import { digress, hintContent, holdDenunciation, openPage } from './topics.ts'
import { note, type Turn } from './turn-state.ts'

const DIGRESSION_LENGTH_MAX = 90

/** From here on words are a story, not a slip. */
const STORY_LENGTH = 30

export function handleInForm(
  turn: Turn,
  form: Form,
  said: { text: string; command: Command | null; reading: IntentReading; eventId: string },
): void {
  const { text, command, reading, eventId } = said
  const input: Input = { type: 'words', text, folded: fold(text.slice(0, 1000)), command }
  if (form.mode !== 'step' && leavesMode(turn, form, command, text)) return
  const step = openStep(turn, form)
  if (step === null) return
  const kind = kindOf(step)
  if (isResuming(turn, form) && command !== null && ['continue', 'restart', 'cancel'].includes(command)) {
    form.mode = 'resume'
    leavesMode(turn, form, command, text)
    return
  }
  if (isResuming(turn, form)) {
    const isProse = kind.takesProse === true && codePointLength(text) >= 20
    if (isProse || command !== null || reading.intent === 'greeting' || !readInput(turn, form, input, () => true)) {
      if (isProse) form.waiting = { text, eventId: eventId }
      form.mode = 'resume'
      turn.askForm = true
      return
    }
    note(turn, 'form.goingOn')
    return
  }
  if (command !== null && handleFormCommand(turn, form, step, input, command)) return
  const gathers = kind.gathers === true
  if (command === null && reading.intent === 'denunciation') return holdDenunciation(turn, text, eventId)
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

/** Answers to "viết tiếp nhé?", "xóa thật không?", "sửa mục nào?". Anything else returns to the open question. */
function leavesMode(turn: Turn, form: Form, command: Command | null, text: string): boolean {
  const short = form.draftId.slice(0, 6)
  if (form.mode === 'confirmCancel') {
    if (command === 'yes' || command === 'cancel' || command === 'done') decideDraft(turn, 'delete', short)
    else if (command === 'no' || command === 'continue' || command === 'back') decideDraft(turn, 'keep', short)
    else form.mode = 'step'
    return form.mode !== 'step' || command !== null
  }
  if (form.mode === 'resume') {
    if (command === 'yes' || command === 'continue' || command === 'done') decideDraft(turn, 'keep', short)
    else if (command === 'restart') decideDraft(turn, 'restart', short)
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
