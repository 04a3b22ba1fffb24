import { accept, reopen } from './answers.ts'
import type { ContentValue } from './kinds/content.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { flowOf, note, openStep, type Turn, walk } from './turn-state.ts'

/** Questions that follow from others: going back passes over them. */
const PASSED_OVER = new Set(['consent', 'personalData', 'oneTimeCode'])

/** One question back on the citizen's own path; out of an edit, back to the summary. */
export function goBack(turn: Turn, form: Form): void {
  turn.askForm = true
  if (form.mode !== 'step') form.mode = 'step'
  else if (form.typing || form.pending !== null) {
    form.typing = false
    form.pending = null
  } else if (form.editing !== null) endEdit(turn, form, form.editing)
  else openLast(turn, form)
}

/** Leaves an edit with the answer as it was. */
export function endEdit(turn: Turn, form: Form, stepId: string): void {
  turn.askForm = true
  form.editing = null
  form.typing = false
  form.pending = null
  const before = form.previous[stepId]
  const step = flowOf(turn, form)?.steps.find((other) => other.id === stepId)
  if (before !== undefined && step !== undefined) form.answers[stepId] = { ask: step.ask, value: before }
  delete form.previous[stepId]
  const content = form.answers[stepId]
  if (content?.ask === 'content') content.value = { ...(content.value as ContentValue), done: true }
}

function openLast(turn: Turn, form: Form): void {
  const last = stepBefore(turn, form)
  if (last === undefined) note(turn, 'form.noWayBack')
  else if (last.ask === 'reuse') forgetReuse(form, last.id, last.steps)
  else reopen(turn, form, last.id, { editing: null })
}

/** The question that "quay lại" leads to; undefined at the first one. */
export function stepBefore(turn: Turn, form: Form): Step | undefined {
  const flow = flowOf(turn, form)
  if (flow === null) return undefined
  const isPassed = (step: Step) =>
    PASSED_OVER.has(step.ask) ||
    step.onRequest ||
    // What was typed in place of the earlier data is not to be given up for it.
    (step.ask === 'reuse' && step.steps.some((id) => form.previous[id] !== undefined))
  return walk(turn, form, flow).path.findLast((step) => !isPassed(step))
}

/** "Dùng lại" is taken back with the answers it gave. */
function forgetReuse(form: Form, id: string, steps: readonly string[]): void {
  delete form.answers[id]
  for (const step of steps) delete form.answers[step]
}

export function skip(turn: Turn, form: Form): void {
  const step = openStep(turn, form)
  turn.askForm = true
  if (step === null) return
  if (step.optional || step.onRequest) accept(turn, form, step, null)
  else note(turn, 'form.cannotSkip')
}
