import { findOwn, notYours, progressChoice, takeAct } from './case-desk.ts'
import { closeForm } from './drafts.ts'
import type { CitizenAct, Said } from './effects.ts'
import { askAboutHeld } from './hold.ts'
import { type ContentValue, contentText } from './kinds/content.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Denial } from './own-cases.ts'
import type { FormFlow } from './schema.ts'
import type { AboutCase, Form } from './state.ts'
import { contextOf, note, type Turn, walk } from './turn-state.ts'

/** How many sent drafts are remembered, so that a late tap finds out that it is done. */
const SENT_KEPT_MAX = 20

/** Sends what was told to its case; where the case does not take it any more, nothing is lost and another way is shown. */
export function finishCaseForm(turn: Turn, form: Form, flow: FormFlow): void {
  const { conversation, engine } = turn
  const { about } = form
  if (about === null) return
  const act = actOf(turn, form, flow)
  const taken =
    findOwn(turn, about.code) === null
      ? ({ ok: false, denial: notYours(about.code) } as const)
      : takeAct(turn, about.code, act)
  if (!taken.ok) return keepForAnother(turn, form, flow, taken.denial)
  const sent = { draftId: form.draftId, flow: form.flow, code: about.code, at: engine.now }
  conversation.sent = [...conversation.sent, sent].slice(-SENT_KEPT_MAX)
  closeForm(turn)
  turn.askForm = false
  turn.page = null
  // A supplement is answered by the notice that follows from it (N5).
  if (act.act === 'disagree') sayDisagreed(turn, about, taken.after.answerByIfReopened)
  else if (conversation.held !== null) askAboutHeld(turn, conversation.held)
}

function sayDisagreed(turn: Turn, about: AboutCase, answerBy: string | null): void {
  note(turn, 'acts.disagree.sent', { code: about.code })
  turn.page = {
    sentence:
      answerBy === null ? { key: 'acts.next' } : { key: 'acts.disagree.then', params: { day: { day: answerBy } } },
    choices: [progressChoice(about.code)],
  }
}

function keepForAnother(turn: Turn, form: Form, flow: FormFlow, { why }: Denial): void {
  note(turn, why.key, why.params)
  for (const step of flow.steps) {
    const answer = form.answers[step.id]
    if (answer?.ask === 'content') answer.value = { ...(answer.value as ContentValue), done: false }
  }
  form.mode = 'renew'
  turn.askForm = true
}

function actOf(turn: Turn, form: Form, flow: FormFlow): CitizenAct {
  const fields: Said = {
    text: textOf(turn, form, flow),
    attachments: form.attachments,
    location: form.location,
  }
  return flow.finish === 'supplementCase' ? { act: 'supplement', fields } : { act: 'disagree', fields }
}

/** What was told, and below it the answers to questions that the province has added, each with its name. */
function textOf(turn: Turn, form: Form, flow: FormFlow): string {
  // Read by officers, so in Vietnamese whatever the citizen's language is.
  const conversation = { ...turn.conversation, locale: 'vi' as const }
  const lines = walk(turn, form, flow).path.flatMap((step) => {
    const value = form.answers[step.id]?.value ?? null
    if (value === null) return []
    if (step.ask === 'content') return [contentText(value as ContentValue)]
    const shown = kindOf(step).show({ ...contextOf(turn, form, step), conversation }, value)
    return [`${turn.engine.translate('vi', `${form.flow}.${step.id}.label`)}: ${shown}`]
  })
  return lines.filter((line) => line !== '').join('\n')
}
