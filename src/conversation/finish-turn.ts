import { accept } from './answers.ts'
import { promptForm } from './ask.ts'
import type { Choice, Param, Sentence } from './effects.ts'
import { finishIfComplete } from './finish-form.ts'
import { answerOf, tagOf } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { type NameValue, nameText } from './kinds/sender.ts'
import type { Step } from './schema.ts'
import type { Form } from './state.ts'
import { excerpt } from './text/normalise.ts'
import { contextOf, flowOf, note, openStep, type Turn, walk } from './turn-state.ts'

const SUMMARY_CONTENT_LENGTH = 600

/** Says what was gathered and asks the one question that stands last. */
export function finishTurn(turn: Turn): void {
  if (turn.emergency !== null) {
    const { choices } = turn.emergency
    const said = { key: 'guide.emergency' }
    turn.effects.push(choices.length === 0 ? { type: 'say', ...said } : { type: 'ask', ...said, choices })
    return
  }
  const { form } = turn.conversation
  if (form !== null && turn.askForm) settle(turn, form)
  if (form !== null && turn.askForm) finishIfComplete(turn, form)
  sayGathered(turn)
  const open = turn.conversation.form
  const question = (open !== null && turn.askForm ? askForm(turn, open) : null) ?? turn.page
  for (const sentence of turn.notes) turn.effects.push({ type: 'say', ...sentence })
  if (question !== null) turn.effects.push({ type: 'ask', ...question.sentence, choices: question.choices })
}

/** A burst that answers the question for content closes it. */
function settle(turn: Turn, form: Form): void {
  const open = openStep(turn, form)
  if (open === null || form.mode !== 'step' || form.waiting !== null) return
  const { gathered } = turn
  const reading = kindOf(open).settle?.(contextOf(turn, form, open), {
    asked: form.told?.asked ?? 'nothing',
    added: gathered.texts + gathered.images + gathered.files > 0,
  })
  if (reading?.type !== 'answer') return
  for (const sentence of reading.notes ?? []) note(turn, sentence.key, sentence.params)
  accept(turn, form, open, reading.value)
}

function sayGathered(turn: Turn): void {
  const { texts, images, files, location } = turn.gathered
  const told = turn.askedAtStart === 'more'
  const parts: Param[] = []
  if (texts > 0 && told) parts.push({ key: 'form.addedTexts', params: { count: texts } })
  if (images > 0) parts.push({ key: 'form.addedImages', params: { count: images } })
  if (files > 0) parts.push({ key: 'form.addedFiles', params: { count: files } })
  if (location) parts.push({ key: 'form.addedLocation' })
  if (parts.length > 0) turn.notes.unshift({ key: 'form.added', params: { what: { list: parts } } })
}

function askForm(turn: Turn, form: Form): { sentence: Sentence; choices: Choice[] } | null {
  const asked = promptForm(turn, form)
  if (asked === null) return null
  const { prompt, step } = asked
  if (prompt.requestInfo === true) turn.effects.push({ type: 'requestInfo' })
  if (step?.ask !== 'summary') return prompt
  const lines = review(turn, form)
  const digest = tagOf(lines)
  // Shown again only when something in it changed (conversation.md, manner 4).
  if (form.reviewed === digest && turn.notes.length > 0) return prompt
  form.reviewed = digest
  return {
    choices: prompt.choices,
    sentence: { key: 'form.review', params: { lines: { lines }, question: prompt.sentence as Param } },
  }
}

/** Every answer of the citizen, as it will be sent (R3-10). */
function review(turn: Turn, form: Form): Param[] {
  const flow = flowOf(turn, form)
  const path = flow === null ? [] : walk(turn, form, flow).path
  const titleFirst = [...path.filter((step) => step.ask === 'title'), ...path.filter((step) => step.ask !== 'title')]
  const lines = titleFirst.flatMap((step) => reviewLine(turn, form, step))
  if (form.about !== null) {
    const label = { key: 'form.relatedLabel' }
    lines.push({ key: 'form.reviewLine', params: { label, value: form.about.code } })
  }
  const files: Param[] = []
  const images = form.attachments.filter((file) => file.kind === 'image').length
  if (images > 0) files.push({ key: 'form.images', params: { count: images } })
  if (form.attachments.length > images)
    files.push({ key: 'form.files', params: { count: form.attachments.length - images } })
  if (form.location !== null) files.push({ key: 'form.location' })
  if (files.length > 0)
    lines.push({ key: 'form.reviewLine', params: { label: { key: 'form.filesLabel' }, value: { list: files } } })
  lines.push(nameLine(turn, form))
  return lines
}

/** How the sender will be named in public (R6-4): bodies in full, persons masked, or not at all. */
function nameLine(turn: Turn, form: Form): Param {
  if (form.hideName) return { key: 'form.nameHidden' }
  const name = answerOf<NameValue>(form, 'name')
  if (name !== undefined && 'option' in name) return { key: 'form.nameOfBody' }
  return { key: 'form.nameMasked', params: { name: turn.engine.maskName(nameText(name)) } }
}

function reviewLine(turn: Turn, form: Form, step: Step): Param[] {
  const answer = form.answers[step.id]
  if (answer === undefined || answer.value === null || !step.editable) return []
  const shown = kindOf(step).show(contextOf(turn, form, step), answer.value)
  if (shown === '') return []
  const value = step.ask === 'content' ? excerpt(shown, SUMMARY_CONTENT_LENGTH) : shown
  return [{ key: 'form.reviewLine', params: { label: { key: `${form.flow}.${step.id}.label` }, value } }]
}
