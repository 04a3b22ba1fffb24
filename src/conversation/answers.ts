import { copyOfJson } from './copy.ts'
import { throwAway } from './drafts.ts'
import type { Purpose, Sentence } from './effects.ts'
import { finishForm, finishIfComplete } from './finish-form.ts'
import { consentKey } from './kinds/choices.ts'
import type { ContentValue } from './kinds/content.ts'
import { type Input, type Reading, tagOf } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Step } from './schema.ts'
import type { Form, Pending } from './state.ts'
import { contextOf, flowOf, note, openStep, type Turn } from './turn-state.ts'

/**
 * Lets the open question read one input, and acts on what it made of it. Answers whether the input was taken.
 * `unlessWrong` is asked before a wrong answer is counted: words that answer nothing may be something of their own.
 */
export function readInput(turn: Turn, form: Form, input: Input, unlessWrong?: () => boolean): boolean {
  const step = openStep(turn, form)
  if (step === null) return false
  if (form.pending !== null && answersPending(turn, form, step, form.pending, input)) return true
  const reading = kindOf(step).read(contextOf(turn, form, step), input)
  if (reading.type === 'other') return false
  if (reading.type === 'wrong' && unlessWrong?.() === true) return true
  // A new answer replaces the one that waited for its "đúng rồi".
  form.pending = null
  apply(turn, form, step, reading, input)
  return true
}

function answersPending(turn: Turn, form: Form, step: Step, pending: Pending, input: Input): boolean {
  const chosen = readPending(pending, input)
  if (chosen === null) return false
  form.pending = null
  turn.askForm = true
  if (pending.type === 'confirm' && pending.purpose !== undefined) {
    recordConsent(turn, form, { purpose: pending.purpose, given: chosen !== 'no', key: pending.question.key })
  }
  if (chosen !== 'no') accept(turn, form, step, chosen.value)
  return true
}

function readPending(pending: Pending, input: Input): { value: unknown } | 'no' | null {
  const first = pending.type === 'confirm' ? { value: pending.value } : (pending.options[0] ?? null)
  if (input.type === 'option') {
    if (input.tag !== tagOf(pending)) return null
    if (input.option === 'no') return 'no'
    if (input.option === 'yes') return first
    const picked = /^pick(\d+)$/.exec(input.option)
    return picked === null || pending.type === 'confirm' ? null : (pending.options[Number(picked[1]) - 1] ?? null)
  }
  if (input.type !== 'words') return null
  if (input.command === 'yes' || input.command === 'done' || input.command === 'continue') return first
  return input.command === 'no' || input.command === 'edit' ? 'no' : null
}

function apply(turn: Turn, form: Form, step: Step, reading: Reading, input: Input): void {
  turn.askForm = true
  for (const sentence of 'notes' in reading ? (reading.notes ?? []) : []) note(turn, sentence.key, sentence.params)
  switch (reading.type) {
    case 'answer':
      return accept(turn, form, step, reading.value)
    case 'stay':
      if (reading.value !== undefined) form.answers[step.id] = { ask: step.ask, value: reading.value }
      if (reading.typing !== undefined) form.typing = reading.typing
      form.failures = 0
      return
    case 'confirm':
    case 'choose':
      form.pending = reading
      form.failures = 0
      return
    case 'wrong':
      return sayWrong(turn, form, step, reading.sentence)
    case 'leave':
      return leave(turn, form, step)
    case 'finish':
      return finishForm(turn, form)
    case 'edit':
      form.mode = 'chooseField'
      return
    case 'rewind':
      return reopen(turn, form, reading.step, { editing: form.editing })
    case 'redirect':
      return redirect(turn, form, reading.step, input)
    case 'codeWanted':
      form.code = null
      form.failures = 0
      return
    case 'other':
      return
    default:
      return reading satisfies never
  }
}

function redirect(turn: Turn, form: Form, stepId: string, input: Input): void {
  const before = form.editing
  reopen(turn, form, stepId, { editing: stepId })
  if (!readInput(turn, form, input)) form.editing = before
}

/** The third time another way is offered; later ones alternate, so that no sentence stands there four times. */
export function sayWrong(turn: Turn, form: Form, step: Step, sentence: Sentence): void {
  turn.askForm = true
  form.failures += 1
  const said = JSON.stringify(sentence)
  // The same slip again and again is not told in the same words again and again; how many tries are left always is.
  if (form.failures <= 3 || form.lastWrong !== said || step.ask === 'oneTimeCode') {
    note(turn, sentence.key, sentence.params)
  }
  form.lastWrong = said
  if (form.failures >= 3) note(turn, form.failures % 2 === 1 ? `kinds.${step.ask}.another` : 'form.stillNotRead')
}

/** Takes an answer, with everything that follows from it. */
export function accept(turn: Turn, form: Form, step: Step, value: unknown): void {
  form.answers[step.id] = { ask: step.ask, value }
  delete form.previous[step.id]
  if (form.editing === step.id) form.editing = null
  form.failures = 0
  form.typing = false
  form.pending = null
  form.mode = 'step'
  turn.askForm = true
  if (step.ask === 'consent') {
    recordConsent(turn, form, { purpose: step.purpose, given: true, key: consentKey(contextOf(turn, form, step)) })
  }
  if (step.ask === 'choice' && step.consent !== undefined) {
    const { purpose, givenBy } = step.consent
    recordConsent(turn, form, { purpose, given: value === givenBy, key: `${form.flow}.${step.id}.ask` })
  }
  if (step.ask === 'reuse' && value === 'use') fillFromProfile(turn, form, step.steps)
  finishIfComplete(turn, form)
}

function fillFromProfile(turn: Turn, form: Form, steps: readonly string[]): void {
  for (const id of steps) {
    const known = turn.conversation.profile?.answers[id]
    if (known !== undefined) form.answers[id] = copyOfJson(known)
  }
}

/** Purpose, words and time of a consent (R9-1); the id of the event is the proof. */
function recordConsent(turn: Turn, form: Form, answer: { purpose: Purpose; given: boolean; key: string }): void {
  const { purpose, given } = answer
  const consent = {
    given,
    textVersion: turn.engine.textVersion(answer.key),
    at: turn.engine.now,
    eventId: turn.origin.id,
  }
  turn.conversation.consents[purpose] = consent
  form.consents[purpose] = consent
  turn.effects.push({ type: 'consent', purpose, ...consent })
}

function leave(turn: Turn, form: Form, step: Step): void {
  if (step.ask !== 'consent') {
    form.mode = 'confirmCancel'
    return
  }
  sayLeft(turn, form)
}

/** The form is closed before anything was told in it. */
export function sayLeft(turn: Turn, form: Form): void {
  note(turn, `${form.flow}.left`, form.about === null ? undefined : { code: form.about.code })
  throwAway(turn, { erase: true })
  turn.askForm = false
}

/** Opens an answered question again; its answer is offered back, the path after it stays. */
export function reopen(turn: Turn, form: Form, stepId: string, options: { editing: string | null }): void {
  const answer = form.answers[stepId]
  const step = flowOf(turn, form)?.steps.find((other) => other.id === stepId)
  if (step === undefined) return
  if (answer !== undefined) {
    if (step.ask === 'content') answer.value = { ...(answer.value as ContentValue), done: false }
    else {
      form.previous[stepId] = answer.value
      delete form.answers[stepId]
    }
  }
  form.editing = options.editing
  form.mode = 'step'
  form.pending = null
  form.typing = false
  form.failures = 0
  turn.askForm = true
}
