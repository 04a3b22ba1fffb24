import { createHash } from 'node:crypto'
import type { Choice, Sentence } from './effects.ts'
import { holdMatter, isDenunciation, type Told } from './hold.ts'
import { type ContentValue, contentText, withPart } from './kinds/content.ts'
import { draftMark } from './kinds/kind.ts'
import type { FormFlow } from './schema.ts'
import { type AboutCase, type Form, newForm } from './state.ts'
import { excerpt } from './text/normalise.ts'
import { flowOf, isCaseForm, note, type Turn, walk } from './turn-state.ts'

/** Nobody keeps more matters in the air; the rest would only be forgotten. */
const SHELVED_MAX = 3
const EVENTS_KEPT_MAX = 100

/**
 * Opens a form, with what was told before it; a draft that is open is put aside and comes back later. `about` is the filed case
 * that it speaks of.
 */
export function startForm(turn: Turn, flowId: string, start?: Told, about?: AboutCase): void {
  const flow = turn.engine.flows.forms[flowId]
  if (flow === undefined) return
  const { conversation, engine } = turn
  if (conversation.form !== null) shelve(turn, conversation.form)
  const form = newForm({ flow: flowId, flowVersion: flow.version, draftId: newDraftId(turn), startedAt: engine.now })
  form.about = about ?? null
  conversation.form = form
  // Words that are held back are a matter of their own: they are not slipped into what goes to a filed case.
  const held = flow.finish === 'fileCase' ? takeHeld(turn) : undefined
  const told = [held, start].filter((one) => one !== undefined)
  for (const one of told) {
    if (one.text.trim() !== '') addContent(form, flow, one.text)
    form.hints = [...new Set([...form.hints, ...one.hints])]
    rememberEvents(form, one.eventIds)
  }
  if (told.length > 0) note(turn, `${flowId}.taken`)
  form.attachments = conversation.loose?.attachments ?? []
  form.location = conversation.loose?.location ?? null
  conversation.loose = null
  form.told = { at: turn.origin.at, asked: 'nothing' }
  form.step = walk(turn, form, flow).open?.id ?? ''
  turn.askForm = true
  turn.page = null
}

/** Several drafts may begin in one turn; each has an id of its own. */
function newDraftId(turn: Turn): string {
  turn.draftsStarted += 1
  return createHash('sha256').update(`${turn.engine.entropy}:${turn.draftsStarted}`).digest('hex').slice(0, 24)
}

/** Words that were held back go along; those of a suspected denunciation are not to be collected at all (R2-32). */
function takeHeld(turn: Turn): Told | undefined {
  const { held } = turn.conversation
  turn.conversation.held = null
  if (held === null || !isDenunciation(held)) return held ?? undefined
  turn.effects.push({ type: 'eraseEvents', ids: held.eventIds })
  note(turn, 'held.erased')
  return undefined
}

/** Adds words to the content of a draft; false where there is no room for them any more. */
export function addContent(form: Form, flow: FormFlow, text: string): boolean {
  const step = flow.steps.find((one) => one.ask === 'content')
  if (step === undefined) return false
  const answer = form.answers[step.id]
  const next = withPart(answer?.ask === 'content' ? (answer.value as ContentValue) : undefined, text)
  if (next === null) return false
  form.answers[step.id] = { ask: 'content', value: next }
  return true
}

export function rememberEvents(form: Form, ids: readonly string[]): void {
  form.eventIds = [...new Set([...form.eventIds, ...ids])].slice(-EVENTS_KEPT_MAX)
}

export const mayShelve = (turn: Turn) => turn.conversation.shelved.length < SHELVED_MAX

function shelve(turn: Turn, form: Form): void {
  form.mode = 'step'
  if (isCaseForm(turn, form) && isUntold(form)) return
  turn.conversation.shelved.push(form)
  note(turn, 'form.shelved', { draft: draftName(turn, form) })
}

/** Nothing would be lost with it. */
export function isUntold(form: Form): boolean {
  return (
    Object.values(form.answers).every((answer) => answer.ask === 'content' && contentOf(answer) === '') &&
    // After "Viết lại" the words before are offered back.
    Object.keys(form.previous).length === 0 &&
    form.attachments.length === 0 &&
    form.location === null &&
    form.waiting === null
  )
}

/** The open draft with this mark; one that was put aside changes places with the open one. */
export function draftMarked(turn: Turn, mark: string): Form | null {
  const { conversation } = turn
  if (mark === '') return null
  if (conversation.form !== null && draftMark(conversation.form) === mark) return conversation.form
  const index = conversation.shelved.findIndex((draft) => draftMark(draft) === mark)
  const [draft] = index < 0 ? [] : conversation.shelved.splice(index, 1)
  if (draft === undefined) return null
  if (conversation.form !== null) shelve(turn, conversation.form)
  conversation.form = draft
  adoptFlow(turn)
  return conversation.form
}

/** The draft is done with: the one put aside last takes its place, to be offered when the citizen comes back. */
export function closeForm(turn: Turn): void {
  const next = turn.conversation.shelved.pop() ?? null
  turn.conversation.form = next
  if (next === null) return
  next.mode = 'resume'
  adoptFlow(turn)
}

/** Throws the draft away with its files (R9-8); `erase` also takes its words out of the stored events, as was promised. */
export function throwAway(turn: Turn, options: { erase: boolean }): void {
  const { form } = turn.conversation
  if (form === null) return
  const files = form.attachments.map((file) => file.id)
  if (files.length > 0) turn.effects.push({ type: 'removeFiles', ids: files })
  if (options.erase && form.eventIds.length > 0) turn.effects.push({ type: 'eraseEvents', ids: form.eventIds })
  closeForm(turn)
}

/** A draft that began under another version of its flow goes on at its first unanswered step, and says so. */
export function adoptFlow(turn: Turn): void {
  const { form } = turn.conversation
  if (form === null) return
  const flow = flowOf(turn, form)
  if (flow === null) return loseFlow(turn, form)
  if (form.flowVersion === flow.version) return
  form.flowVersion = flow.version
  form.pending = null
  form.editing = null
  restorePrevious(form, flow)
  const open = walk(turn, form, flow).open
  if (open?.id !== form.step) note(turn, 'form.changed')
}

/** What was given up for an edit that can no longer be ended. */
function restorePrevious(form: Form, flow: FormFlow): void {
  for (const step of flow.steps) {
    const value = form.previous[step.id]
    if (value !== undefined && form.answers[step.id] === undefined) form.answers[step.id] = { ask: step.ask, value }
  }
  form.previous = {}
}

/** The form is no longer offered: what was told stays, to be sent by another one. */
function loseFlow(turn: Turn, form: Form): void {
  const text = toldIn(form)
  turn.conversation.loose = { attachments: form.attachments, location: form.location, at: turn.engine.now }
  closeForm(turn)
  note(turn, 'form.gone')
  if (text !== '') holdMatter(turn, { text, eventIds: form.eventIds, hints: form.hints })
}

/** Everything that was told in a draft, and what waits beside it. */
export function toldIn(form: Form): string {
  return [...Object.values(form.answers).map(contentOf), form.waiting?.text ?? '']
    .filter((one) => one !== '')
    .join('\n')
}

const contentOf = (answer: { ask: string; value: unknown }) =>
  answer.ask === 'content' ? contentText(answer.value as ContentValue) : ''

const TITLE_LENGTH = 60

/** What a citizen knows the draft by: its title, or the beginning of what was told. */
export function draftTitle(turn: Turn, form: Form): string {
  const answers = Object.values(form.answers)
  const title = answers.find((answer) => answer.ask === 'title')?.value
  if (typeof title === 'string') return title
  const words = excerpt(answers.map(contentOf).join(' ').trim(), TITLE_LENGTH)
  return words === '' ? turn.engine.translate(turn.conversation.locale, 'form.noTitle') : words
}

/** The same with what it is: "phản ánh “…”", "phần bổ sung cho …". */
export function draftName(turn: Turn, form: Form): Sentence {
  return { key: `${form.flow}.draft`, params: { title: draftTitle(turn, form), code: form.about?.code ?? '' } }
}

/** A button about the draft as a whole. */
export function draftChoice(form: Form, wish: string, key: string): Choice {
  return { title: { key }, payload: `#draft.${wish}.${draftMark(form)}` }
}
