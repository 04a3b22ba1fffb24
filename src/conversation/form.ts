import { completeDraft } from './complete-draft.ts'
import type { Attachment, Sentence } from './effects.ts'
import { consentKey } from './kinds/choices.ts'
import type { ContentValue } from './kinds/content.ts'
import type { Input, Reading } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { NameValue } from './kinds/sender.ts'
import type { FormFlow, Step } from './schema.ts'
import type { Form } from './state.ts'
import { fold } from './text/normalise.ts'
import { contextOf, flowOf, note, type Turn, walk } from './turn-state.ts'

const DAY_MS = 24 * 3600_000

export function startForm(turn: Turn, flowId: string, start?: { content: string; hints: string[] }): void {
  const flow = turn.engine.flows.forms[flowId]
  if (flow === undefined) return
  const { conversation, engine } = turn
  abandonForm(turn)
  const loose = conversation.loose
  conversation.loose = null
  const form: Form = {
    flow: flowId,
    flowVersion: flow.version,
    draftId: engine.entropy.slice(0, 24),
    startedAt: engine.now,
    lastAt: engine.now,
    step: '',
    answers: {},
    previous: {},
    attachments: loose?.attachments ?? [],
    location: loose?.location ?? null,
    editing: null,
    failures: 0,
    lastWrong: null,
    reviewed: null,
    mode: 'step',
    pending: null,
    typing: false,
    remindedAt: null,
    waiting: null,
    hints: start?.hints ?? [],
    hideName: false,
    code: null,
  }
  const contentStep = flow.steps.find((step) => step.ask === 'content')
  if (start !== undefined && start.content.trim() !== '' && contentStep !== undefined) {
    form.answers[contentStep.id] = {
      ask: 'content',
      value: { parts: [start.content], done: false } satisfies ContentValue,
    }
    note(turn, `${flowId}.taken`)
  }
  conversation.form = form
  conversation.held = null
  form.step = walk(turn, form, flow).open?.id ?? ''
  turn.askForm = true
  turn.page = null
}

/** Throws the draft away, with its files (R9-8). */
export function abandonForm(turn: Turn): void {
  const form = turn.conversation.form
  if (form === null) return
  if (form.attachments.length > 0)
    turn.effects.push({ type: 'removeFiles', ids: form.attachments.map((file) => file.id) })
  turn.conversation.form = null
}

/** The step that is open now; null when the flow of the draft is gone. */
export function openStep(turn: Turn, form: Form): Step | null {
  const flow = flowOf(turn, form)
  return flow === null ? null : walk(turn, form, flow).open
}

/**
 * Lets the open question read one input, and acts on what it made of it. Answers whether the input was taken.
 * `unlessWrong` is asked before a wrong answer is counted: words that answer nothing may be a question of their own.
 */
export function readInput(turn: Turn, form: Form, input: Input, unlessWrong?: () => boolean): boolean {
  const step = openStep(turn, form)
  if (step === null) return false
  const context = contextOf(turn, form, step)
  if (form.pending !== null) {
    const value = readPending(form, input)
    if (value === 'no') {
      form.pending = null
      turn.askForm = true
      return true
    }
    if (value !== null) {
      form.pending = null
      accept(turn, form, step, value.value)
      return true
    }
  }
  const reading = kindOf(step).read(context, input)
  if (reading.type === 'other') return false
  if (reading.type === 'wrong' && unlessWrong?.() === true) return true
  // A new answer replaces the one that waited for its "đúng rồi".
  form.pending = null
  apply(turn, form, step, reading, input)
  return true
}

function readPending(form: Form, input: Input): { value: unknown } | 'no' | null {
  const pending = form.pending
  if (pending === null) return null
  if (input.type === 'option') {
    if (input.option === 'yes' && pending.type === 'confirm') return { value: pending.value }
    if (input.option === 'no') return 'no'
    const picked = /^pick(\d+)$/.exec(input.option)
    if (picked !== null && pending.type === 'choose') return pending.options[Number(picked[1]) - 1] ?? null
    return null
  }
  if (input.type !== 'words') return null
  if (input.command === 'yes' || input.command === 'done' || input.command === 'continue') {
    if (pending.type === 'confirm') return { value: pending.value }
    return pending.options[0] ?? null
  }
  if (input.command === 'no' || input.command === 'edit') return 'no'
  return null
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
      form.pending = { type: 'confirm', value: reading.value, question: reading.question }
      form.failures = 0
      return
    case 'choose':
      form.pending = { type: 'choose', options: reading.options, question: reading.question }
      form.failures = 0
      return
    case 'wrong':
      return sayWrong(turn, form, step, reading.sentence)
    case 'leave':
      return leave(turn, form, step)
    case 'finish':
      return finish(turn, form)
    case 'edit':
      form.mode = 'chooseField'
      return
    case 'rewind':
      return reopen(turn, form, reading.step, { editing: form.editing })
    case 'redirect': {
      const before = form.editing
      reopen(turn, form, reading.step, { editing: reading.step })
      if (!readInput(turn, form, input)) form.editing = before
      return
    }
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

/** The third time another way is offered; later ones alternate, so that no sentence stands there four times. */
export function sayWrong(turn: Turn, form: Form, step: Step, sentence: Sentence): void {
  form.failures += 1
  const said = JSON.stringify(sentence)
  // The same slip again and again is not told in the same words again and again; how many tries are left always is.
  if (form.failures <= 3 || form.lastWrong !== said || step.ask === 'oneTimeCode')
    note(turn, sentence.key, sentence.params)
  form.lastWrong = said
  if (form.failures >= 3) note(turn, form.failures % 2 === 1 ? `kinds.${step.ask}.another` : 'form.stillNotRead')
}

function accept(turn: Turn, form: Form, step: Step, value: unknown): void {
  const { conversation, engine } = turn
  form.answers[step.id] = { ask: step.ask, value }
  delete form.previous[step.id]
  if (form.editing === step.id) form.editing = null
  form.failures = 0
  form.typing = false
  form.pending = null
  form.mode = 'step'
  turn.askForm = true
  if (step.ask === 'consent') recordConsent(turn, step.purpose, true, consentKey(contextOf(turn, form, step)))
  if (step.ask === 'choice' && step.consent !== undefined) {
    recordConsent(turn, step.consent.purpose, value === step.consent.givenBy, `${form.flow}.${step.id}.ask`)
  }
  if (step.ask === 'personName' && (value as NameValue & { fromZalo?: true }).fromZalo === true) {
    recordConsent(turn, 'profileName', true, 'kinds.personName.fromZalo')
  }
  if (step.ask === 'reuse' && value === 'use') {
    for (const id of step.steps) {
      const known = conversation.profile?.answers[id]
      if (known !== undefined) form.answers[id] = structuredClone(known)
    }
  }
  form.lastAt = engine.now
}

/** Purpose, words and time of a consent (R9-1); the id of the event is the proof. */
function recordConsent(
  turn: Turn,
  purpose: 'handling' | 'publication' | 'profileName',
  given: boolean,
  key: string,
): void {
  const textVersion = turn.engine.textVersion(key)
  turn.conversation.consents[purpose] = { given, textVersion, at: turn.engine.now }
  turn.effects.push({
    type: 'consent',
    purpose,
    given,
    textVersion,
    eventId: turn.conversation.lastInput?.eventId ?? '',
    at: turn.engine.now,
  })
}

function leave(turn: Turn, form: Form, step: Step): void {
  if (step.ask === 'consent') {
    abandonForm(turn)
    note(turn, `${form.flow}.left`)
    turn.askForm = false
    return
  }
  form.mode = 'confirmCancel'
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

/** One question back on the citizen's own path; out of an edit, back to the summary. */
export function goBack(turn: Turn, form: Form): void {
  turn.askForm = true
  if (form.mode !== 'step') {
    form.mode = 'step'
    return
  }
  if (form.typing || form.pending !== null) {
    form.typing = false
    form.pending = null
    return
  }
  const editing = form.editing
  if (editing !== null) {
    form.editing = null
    const before = form.previous[editing]
    const step = flowOf(turn, form)?.steps.find((other) => other.id === editing)
    if (before !== undefined && step !== undefined) form.answers[editing] = { ask: step.ask, value: before }
    delete form.previous[editing]
    const content = form.answers[editing]
    if (content?.ask === 'content') content.value = { ...(content.value as ContentValue), done: true }
    return
  }
  const flow = flowOf(turn, form)
  if (flow === null) return
  const { path } = walk(turn, form, flow)
  const last = path
    .filter((step) => step.ask !== 'consent' && step.ask !== 'personalData' && step.ask !== 'oneTimeCode')
    .at(-1)
  if (last === undefined) note(turn, 'form.noWayBack')
  else if (last.ask === 'reuse') delete form.answers[last.id]
  else reopen(turn, form, last.id, { editing: null })
}

export function skip(turn: Turn, form: Form): void {
  const step = openStep(turn, form)
  turn.askForm = true
  if (step === null) return
  if (step.optional || step.onRequest) accept(turn, form, step, null)
  else note(turn, 'form.cannotSkip')
}

function finish(turn: Turn, form: Form): void {
  const flow = flowOf(turn, form)
  if (flow === null) return
  const { conversation, engine } = turn
  const { settings, now } = engine
  conversation.filedAt = conversation.filedAt.filter((at) => now - at < DAY_MS)
  if (conversation.filedAt.length >= settings.submissionsPerDayMax) {
    note(turn, 'form.tooManyToday', { count: settings.submissionsPerDayMax })
    return
  }
  if (conversation.filedAt.some((at) => now - at < settings.submissionGapMs)) {
    note(turn, 'form.tooSoon')
    return
  }
  turn.effects.push({ type: 'file', draft: completeDraft(turn, form, flow) })
  conversation.profile = { answers: profileAnswers(flow, form), at: now }
  conversation.filedAt.push(now)
  conversation.lastFiled = { draftId: form.draftId, at: now }
  conversation.form = null
  turn.askForm = false
  // The buttons of the receipt that follows (N1), which is written only when the case has its code.
  conversation.choices = [
    { payload: '#myCases', title: fold(engine.translate(conversation.locale, 'notices.N1.progress')) },
    { payload: '#submit', title: fold(engine.translate(conversation.locale, 'notices.N1.another')) },
  ]
}

function profileAnswers(flow: FormFlow, form: Form): Form['answers'] {
  const reusable = flow.steps.flatMap((step) => (step.ask === 'reuse' ? step.steps : []))
  return Object.fromEntries(reusable.flatMap((id) => (form.answers[id] === undefined ? [] : [[id, form.answers[id]]])))
}

export function addFiles(turn: Turn, files: Attachment[]): void {
  const { settings } = turn.engine
  const { conversation } = turn
  if (conversation.form === null && conversation.loose === null) {
    conversation.loose = { attachments: [], location: null, at: turn.engine.now }
  }
  const kept = conversation.form ?? conversation.loose
  if (kept === null) return
  for (const file of files) {
    const bytes = kept.attachments.reduce((sum, other) => sum + other.sizeBytes, 0)
    if (kept.attachments.some((other) => other.sha256 === file.sha256)) continue
    if (kept.attachments.length >= settings.attachmentsMax) {
      note(turn, 'files.tooMany', { count: settings.attachmentsMax })
      turn.effects.push({ type: 'removeFiles', ids: [file.id] })
    } else if (bytes + file.sizeBytes > settings.attachmentsBytesMax) {
      note(turn, 'files.tooLargeTogether', { megabytes: Math.floor(settings.attachmentsBytesMax / 1e6) })
      turn.effects.push({ type: 'removeFiles', ids: [file.id] })
    } else {
      kept.attachments.push(file)
      if (file.kind === 'image') turn.gathered.images += 1
      else turn.gathered.files += 1
    }
  }
}
