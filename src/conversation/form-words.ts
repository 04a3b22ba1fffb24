import { readInput, reopen, sayWrong } from './answers.ts'
import { addWaiting, decideDraft } from './decide-draft.ts'
import { addContent, rememberEvents } from './drafts.ts'
import { holdDenunciation } from './hold.ts'
import type { Command, Intent, IntentReading } from './intents.ts'
import type { ContentValue } from './kinds/content.ts'
import { draftMark, type Input, quote } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { endEdit, goBack, skip } from './move.ts'
import { openPage } from './pages.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { codePointLength, fold } from './text/normalise.ts'
import { digress, hintContent, lookUp } from './topics.ts'
import { endBurst, flowOf, isIdle, note, openStep, type Turn } from './turn-state.ts'

/** What was typed, with all that is known about it. */
export type Said = { text: string; folded: string; command: Command | null; reading: IntentReading }

const DIGRESSION_LENGTH_MAX = 90
/** Prose of this length says something, whatever it was typed at. */
const PROSE_LENGTH = 20
const MATTER_LENGTH = 60
/** As much beside a draft as is kept in it; what comes after is not, and the bubble says so. */
const WAITING_KEPT_MAX = 30_000
const MATTERS: readonly Intent[] = ['matter', 'informalCharge', 'complaint', 'fieldScene', 'judicial']

/** Words while a form is open: an answer, a command, a question in between, or more of the matter. */
export function handleInForm(turn: Turn, form: Form, said: Said): void {
  rememberEvents(form, [turn.origin.id])
  if (form.waiting !== null && decidesWaiting(turn, form, said)) return
  if (form.mode !== 'step' && leavesMode(turn, form, said)) return
  const step = openStep(turn, form)
  if (step === null) return
  if (isIdle(turn, form)) return comeBack(turn, form, step, said)
  if (said.command === null && said.reading.intent === 'denunciation') return holdDenunciation(turn, said.text)
  if (goesOnTelling(turn, form, step, said)) return
  if (said.command !== null && handleFormCommand(turn, form, step, said)) return
  answer(turn, form, step, said)
}

const inputOf = ({ text, folded, command }: Said): Input => ({ type: 'words', text, folded, command })

function answer(turn: Turn, form: Form, step: Step, said: Said): void {
  const kind = kindOf(step)
  const isQuestion = said.command === null && codePointLength(said.text) <= DIGRESSION_LENGTH_MAX
  if (kind.takesProse === true && step.ask !== 'personName' && isQuestion && asksClearly(said)) {
    if (digress(turn, said.text, said.reading)) return
  }
  // Names of places are found in any story; one that is a matter of its own is no answer for that.
  const isStory = MATTERS.includes(said.reading.intent) && codePointLength(said.text) >= MATTER_LENGTH
  if (isStory && !TAKES_STORIES.has(step.ask) && waits(turn, form, step, said)) return
  const before = partsTold(form, step)
  const isElse = () =>
    (isQuestion && digress(turn, said.text, said.reading)) || isPolite(turn, said) || waits(turn, form, step, said)
  if (readInput(turn, form, inputOf(said), isElse)) {
    if (partsTold(form, step) > before) noteTold(turn, form, said)
    return
  }
  turn.askForm = true
  if (isElse()) return
  if (said.reading.intent === 'greeting' || said.command === 'send') return
  sayWrong(turn, form, step, { key: 'form.pleaseAnswer', params: { understood: quote(said.text) } })
}

const TAKES_STORIES: ReadonlySet<Step['ask']> = new Set(['content', 'title', 'text'])

function isPolite(turn: Turn, said: Said): boolean {
  if (said.command !== 'thanks' && said.reading.intent !== 'thanks') return false
  note(turn, 'answers.thanks')
  turn.askForm = true
  return true
}

function partsTold(form: Form, step: Step): number {
  return step.ask === 'content' ? ((form.answers[step.id]?.value as ContentValue | undefined)?.parts.length ?? 0) : 0
}

function noteTold(turn: Turn, form: Form, said: Said): void {
  turn.gathered.texts += 1
  markTold(turn, form)
  hintContent(turn, said.text, said.reading)
}

/** Remembers when something was last told, and what it answered: the burst it belongs to may go on in the next turn. */
export function markTold(turn: Turn, form: Form): void {
  const { at } = turn.origin
  const goesOn = isSameBurst(turn, form)
  if (!goesOn && openStep(turn, form)?.ask !== 'content') return
  const asked = goesOn ? (form.told?.asked ?? 'nothing') : turn.askedAtStart
  form.told = { at: Math.max(at, form.told?.at ?? at), asked }
}

/** Messages closer together than the quiet that is waited for belong together, however the turns fell. */
function isSameBurst(turn: Turn, form: Form): boolean {
  return form.told !== null && turn.origin.at - form.told.at < turn.engine.settings.quietMs
}

/** More of a burst whose beginning has closed the question already: it is content, not an answer to the next question. */
function goesOnTelling(turn: Turn, form: Form, step: Step, said: Said): boolean {
  if (!isSameBurst(turn, form)) return false
  if (said.command !== null || /^\d+$/.test(said.folded)) {
    endBurst(form)
    return false
  }
  if (step.ask === 'content' || asksClearly(said)) return false
  return tellMore(turn, form, said)
}

function tellMore(turn: Turn, form: Form, said: Said): boolean {
  const flow = flowOf(turn, form)
  const isFirst = !Object.values(form.answers).some((answer) => answer.ask === 'content')
  if (flow === null || !addContent(form, flow, said.text)) return false
  noteTold(turn, form, said)
  note(turn, isFirst ? `${form.flow}.taken` : 'form.addedToContent')
  turn.askForm = true
  return true
}

/** A matter told at another question: before the form has begun it is content; later the citizen says what it is. */
function waits(turn: Turn, form: Form, step: Step, said: Said): boolean {
  const length = codePointLength(said.text)
  if (said.command !== null || length < PROSE_LENGTH) return false
  if (step.ask === 'consent') return tellMore(turn, form, said)
  const mayBeLong = kindOf(step).takesProse === true || step.ask === 'address'
  if (!MATTERS.includes(said.reading.intent) && (mayBeLong || length < MATTER_LENGTH)) return false
  keepWaiting(turn, form, said)
  return true
}

function keepWaiting(turn: Turn, form: Form, said: Said): void {
  const earlier = form.waiting
  turn.askForm = true
  if (earlier !== null && earlier.text.length + said.text.length > WAITING_KEPT_MAX)
    return note(turn, 'form.contentFull')
  form.waiting = {
    text: earlier === null ? said.text : `${earlier.text}\n${said.text}`,
    hints: earlier?.hints ?? [],
    eventIds: [...(earlier?.eventIds ?? []), turn.origin.id],
  }
}

/** "Thêm vào phản ánh này, hay là việc mới?" in words. An answer to the open question says: it belongs here. */
function decidesWaiting(turn: Turn, form: Form, said: Said): boolean {
  const { command, folded } = said
  const decide = (wish: string) => {
    decideDraft(turn, wish, draftMark(form))
    return true
  }
  if (/\b(viec|chuyen|phan anh|vu) (moi|khac)\b/.test(folded) && folded.length <= 40) return decide('new')
  if (command === 'yes' || command === 'done' || command === 'continue' || /^them( vao)?\b/.test(folded))
    return decide('add')
  if (command === 'cancel' || command === 'skip') return decide('drop')
  turn.askForm = true
  if (command === 'no') return true
  if (command !== null) return false
  if (codePointLength(said.text) >= PROSE_LENGTH) {
    keepWaiting(turn, form, said)
    return true
  }
  addWaiting(turn, form)
  return false
}

/** Questions in between that no content of a case begins with. */
const CLEAR_QUESTIONS: readonly Intent[] = [
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
  'resubscribe',
  'underSixteen',
]

const asksClearly = ({ reading }: Said) => reading.score >= 0.8 && CLEAR_QUESTIONS.includes(reading.intent)

/** The first words after a long time: an answer is taken, anything else finds the draft again. */
function comeBack(turn: Turn, form: Form, step: Step, said: Said): void {
  const { command, reading } = said
  turn.askForm = true
  if (command !== null && AT_ONCE.includes(command) && handleFormCommand(turn, form, step, said)) return
  if (command === 'continue' || command === 'restart') return void resumes(turn, form, said)
  const isMatter = command === null && codePointLength(said.text) >= PROSE_LENGTH
  if (isMatter && reading.intent === 'denunciation') return holdDenunciation(turn, said.text)
  if (isMatter && (step.ask === 'content' || MATTERS.includes(reading.intent))) return keepWaiting(turn, form, said)
  const answers = command === null && reading.intent !== 'greeting'
  let isWrong = false
  const wasTaken =
    answers &&
    readInput(turn, form, inputOf(said), () => {
      isWrong = true
      return true
    })
  if (wasTaken && !isWrong && turn.conversation.form === form) note(turn, 'form.goingOn')
  else form.mode = 'resume'
}

const AT_ONCE: readonly Command[] = ['person', 'menu', 'status', 'help', 'cancel']

/** Answers to "viết tiếp nhé?", "bỏ thật không?", "sửa mục nào?". Anything else returns to the open question. */
function leavesMode(turn: Turn, form: Form, said: Said): boolean {
  switch (form.mode) {
    case 'confirmCancel':
      return confirmsCancel(turn, form, said)
    case 'resume':
      return resumes(turn, form, said)
    case 'chooseField':
      return choosesField(turn, form, said)
    case 'renew':
      return renews(turn, form, said)
    case 'step':
      return false
    default:
      return form.mode satisfies never
  }
}

function confirmsCancel(turn: Turn, form: Form, { command, folded }: Said): boolean {
  turn.askForm = true
  // "Thôi" may mean either: it is asked once more.
  const isSure = command === 'yes' || (command === 'cancel' && /\b(huy|xoa|bo)\b/.test(folded))
  if (isSure) decideDraft(turn, 'delete', draftMark(form))
  else if (command === 'no' || command === 'continue' || command === 'back') form.mode = 'step'
  else if (command !== 'cancel') {
    form.mode = 'step'
    return false
  }
  return true
}

function resumes(turn: Turn, form: Form, said: Said): boolean {
  const { command, reading } = said
  turn.askForm = true
  form.lastAt = turn.engine.now
  if (command === 'yes' || command === 'continue' || command === 'done') decideDraft(turn, 'keep', draftMark(form))
  else if (command === 'restart') decideDraft(turn, 'restart', draftMark(form))
  else if (command === 'no' || command === 'cancel') form.mode = 'confirmCancel'
  else if (command === null && MATTERS.includes(reading.intent) && codePointLength(said.text) >= PROSE_LENGTH) {
    form.mode = 'step'
    keepWaiting(turn, form, said)
  } else if (reading.intent !== 'greeting') {
    form.mode = 'step'
    return false
  }
  return true
}

/** "Gửi thành phản ánh mới?" in words. */
function renews(turn: Turn, form: Form, { command }: Said): boolean {
  turn.askForm = true
  form.mode = 'step'
  if (command === 'yes' || command === 'send' || command === 'continue') decideDraft(turn, 'renew', draftMark(form))
  else if (command === 'no' || command === 'cancel') form.mode = 'confirmCancel'
  else return false
  return true
}

function choosesField(turn: Turn, form: Form, { text, command }: Said): boolean {
  turn.askForm = true
  form.mode = 'step'
  const field = fieldNamed(turn, form, text)
  if (field !== null) reopen(turn, form, field, { editing: field })
  return field !== null || ['back', 'no', 'cancel', 'skip'].includes(command ?? '')
}

/** Longer words may hold the name of a field by chance. */
const FIELD_NAME_LENGTH_MAX = 60

function fieldNamed(turn: Turn, form: Form, text: string): string | null {
  if (codePointLength(text) > FIELD_NAME_LENGTH_MAX) return null
  const words = fold(text.slice(0, 100)).replace(/^(sua|doi|toi muon sua|sua lai) /, '')
  if (words === '') return null
  const step = flowOf(turn, form)?.steps.find((one) => {
    if (!one.editable || form.answers[one.id] === undefined) return false
    const label = fold(turn.engine.translate(turn.conversation.locale, `${form.flow}.${one.id}.label`))
    return label === words || (words.length >= 3 && (label.includes(words) || words.includes(label)))
  })
  return step?.id ?? null
}

/** Commands that work at every step; a question that lists one among its own reads it first. Answers whether it was one. */
function handleFormCommand(turn: Turn, form: Form, step: Step, said: Said): boolean {
  const { command } = said
  if (command === null) return false
  const isOwn = kindOf(step).commands?.includes(command) === true || (form.pending !== null && command === 'edit')
  if (isOwn && readInput(turn, form, inputOf(said))) return true
  turn.askForm = true
  switch (command) {
    case 'cancel':
    case 'restart':
      if (form.editing !== null && command === 'cancel') endEdit(turn, form, form.editing)
      else if (command === 'cancel') decideDraft(turn, 'cancel', draftMark(form))
      else form.mode = 'confirmCancel'
      return true
    case 'back':
      goBack(turn, form)
      return true
    case 'skip':
      skip(turn, form)
      return true
    case 'help':
      note(turn, form.about !== null && step.ask === 'content' ? 'acts.help' : `kinds.${step.ask}.help`)
      return true
    case 'edit':
      form.mode = 'chooseField'
      return true
    case 'status':
      return lookUp(turn)
    case 'menu':
    case 'person':
      openPage(turn, command)
      return true
    default:
      return false
  }
}
