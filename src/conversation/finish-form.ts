import { completeDraft } from './complete-draft.ts'
import { closeForm } from './drafts.ts'
import { finishCaseForm } from './finish-case-form.ts'
import type { FormFlow } from './schema.ts'
import type { Form } from './state.ts'
import { fold } from './text/normalise.ts'
import { flowOf, note, type Turn, walk } from './turn-state.ts'

const DAY_MS = 24 * 3600_000
/** How many filed drafts are remembered, so that a late tap on "GỬI" finds its case. */
const FILED_KEPT_MAX = 20

/** What goes to a filed case goes as soon as every question is answered: nothing is shown again before. */
export function finishIfComplete(turn: Turn, form: Form): void {
  const flow = flowOf(turn, form)
  if (turn.conversation.form !== form || flow === null || flow.finish === 'fileCase') return
  if (form.waiting !== null || form.mode !== 'step') return
  if (walk(turn, form, flow).open === null) finishCaseForm(turn, form, flow)
}

/** Files the case, within the limits of R3-9; otherwise says when, and keeps everything. */
export function finishForm(turn: Turn, form: Form): void {
  const flow = flowOf(turn, form)
  if (flow === null) return
  if (form.waiting !== null) {
    // First it has to be said whether these words go along.
    turn.askForm = true
    return
  }
  const { conversation, engine } = turn
  const { settings, now } = engine
  const today = conversation.filed.filter(({ at }) => now - at < DAY_MS)
  if (today.length >= settings.submissionsPerDayMax) {
    note(turn, 'form.tooManyToday', { count: settings.submissionsPerDayMax })
    return
  }
  if (today.some(({ at }) => now - at < settings.submissionGapMs)) {
    note(turn, 'form.tooSoon')
    return
  }
  turn.effects.push({ type: 'file', draft: completeDraft(turn, form, flow) })
  conversation.profile = { answers: profileAnswers(flow, form), at: now }
  conversation.filed = [...conversation.filed, { draftId: form.draftId, at: now }].slice(-FILED_KEPT_MAX)
  closeForm(turn)
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
