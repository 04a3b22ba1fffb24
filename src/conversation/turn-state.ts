import type { EngineContext } from './context.ts'
import type { Choice, Effect, Sentence } from './effects.ts'
import { type ContentValue, contentText } from './kinds/content.ts'
import type { KindContext } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { OwnCases } from './own-cases.ts'
import type { FormFlow, Step } from './schema.ts'
import type { Asked, Asking, Conversation, Form } from './state.ts'

/** One turn while it is being folded: its own copy of the conversation, and what it will say and do. */
export type Turn = {
  engine: EngineContext
  conversation: Conversation
  /** Filed cases as they are at this point of the turn. */
  cases: OwnCases
  /** The event that is being folded. */
  origin: { id: string; at: number }
  /** Everything that is not a sentence. */
  effects: Effect[]
  notes: Sentence[]
  gathered: { texts: number; images: number; files: number; location: boolean }
  /** The question of a page; the question of the form is asked anew at the end when `askForm` is set. */
  page: { sentence: Sentence; choices: Choice[] } | null
  askForm: boolean
  /** How the question for content stood when the turn began. */
  askedAtStart: Asked
  /** Somebody is in danger: the numbers to call are all that this turn says (R2-19), with the way on if nobody is. */
  emergency: { choices: Choice[] } | null
  /** The question about a filed case that stood in the bubble before. */
  asked: Asking | null
  draftsStarted: number
}

export function note(turn: Turn, key: string, params?: Sentence['params']): void {
  const known = turn.notes.some((other) => other.key === key && JSON.stringify(other.params) === JSON.stringify(params))
  if (!known) turn.notes.push(params === undefined ? { key } : { key, params })
}

/** Remembers whether news of the province are wanted, and the sentence that this answers (R9-1). */
export function setBroadcasts(turn: Turn, answer: { given: boolean; key: string }): void {
  const { conversation, engine, origin } = turn
  const { given } = answer
  const consent = { given, textVersion: engine.textVersion(answer.key), at: engine.now, eventId: origin.id }
  conversation.broadcasts = given
  conversation.consents.broadcasts = consent
  turn.effects.push({ type: 'consent', purpose: 'broadcasts', ...consent })
}

/** Says that a button belongs to the past, and shows where the citizen stands now. */
export function sayTooOld(turn: Turn): void {
  note(turn, 'form.tooOld')
  turn.askForm = turn.conversation.form !== null
}

export function flowOf(turn: Turn, form: Form): FormFlow | null {
  return turn.engine.flows.forms[form.flow] ?? null
}

export function contextOf(turn: Turn, form: Form, step: Step): KindContext {
  return { step, flow: form.flow, form, conversation: turn.conversation, engine: turn.engine }
}

/** Whether this draft goes to a filed case, not into a new one. */
export function isCaseForm(turn: Turn, form: Form): boolean {
  return form.about !== null && flowOf(turn, form)?.finish !== 'fileCase'
}

/** The step that is open now; null when all are answered, or the flow of the draft is gone. */
export function openStep(turn: Turn, form: Form): Step | null {
  const flow = flowOf(turn, form)
  return flow === null ? null : walk(turn, form, flow).open
}

/** Nobody wrote for so long that the draft is greeted before it goes on. */
export const isIdle = (turn: Turn, form: Form) => turn.engine.now - form.lastAt >= turn.engine.settings.resumeAfterMs

/** The steps of the form in the order of this citizen's path, up to the first one that has no answer yet. */
export function walk(turn: Turn, form: Form, flow: FormFlow): { path: Step[]; open: Step | null } {
  const path: Step[] = []
  const seen = new Set<string>()
  let index = 0
  while (index < flow.steps.length) {
    const step = flow.steps[index]
    if (step === undefined || seen.has(step.id)) break
    seen.add(step.id)
    const answer = form.answers[step.id]
    const answered = answer !== undefined && answer.ask === step.ask && isComplete(step, answer.value)
    const context = contextOf(turn, form, step)
    const needed = step.onRequest ? form.editing === step.id : (kindOf(step).needed?.(context) ?? true)
    if (needed && (!answered || asksAgain(step))) return { path, open: step }
    if (answered) path.push(step)
    index = answered ? following(flow, step, answer.value, index) : index + 1
  }
  return { path, open: null }
}

/** Kinds whose `needed` already speaks of their answer: they are asked again when it no longer fits. */
const asksAgain = (step: Step) => step.ask === 'personalData' || step.ask === 'oneTimeCode' || step.ask === 'consent'

/** Content to which more came after it was closed may have become longer than a case can be. */
function isComplete(step: Step, value: unknown): boolean {
  if (step.ask !== 'content') return true
  const told = value as ContentValue
  return told.done && contentText(told).length <= step.maxLength
}

function following(flow: FormFlow, step: Step, value: unknown, index: number): number {
  const chosen =
    typeof value === 'string' ? value : (((value as { option?: unknown } | null)?.option as string | undefined) ?? '')
  const target = step.goto[chosen] ?? step.next
  if (target === undefined) return index + 1
  const found = flow.steps.findIndex((other) => other.id === target)
  return found < 0 ? index + 1 : found
}

/** Who answers a question has come to the end of the story, however fast: what follows answers the next question. */
export function endBurst(form: Form): void {
  if (form.told !== null) form.told = { ...form.told, at: 0 }
}
