import { createHash } from 'node:crypto'
import type { EngineContext } from '../context.ts'
import type { Choice, Purpose, Sentence } from '../effects.ts'
import type { Command } from '../intents.ts'
import type { Step, StepOf } from '../schema.ts'
import type { Conversation, Form } from '../state.ts'
import { excerpt, showLiterally } from '../text/normalise.ts'

/** One thing the citizen did, as a question sees it. */
export type Input =
  | { type: 'option'; option: string; tag: string }
  | { type: 'words'; text: string; folded: string; command: Command | null }
  | { type: 'shared'; phone: string | null; name: string | null }
  | { type: 'card'; name: string; phone: string }

export type KindContext<S extends Step = Step> = {
  step: S
  flow: string
  form: Form
  conversation: Conversation
  engine: EngineContext
}

/** What a question made of an input. A wrong answer is a value, never an exception. */
export type Reading =
  | { type: 'answer'; value: unknown; notes?: Sentence[] }
  /** Part of an answer was kept, or the question changed its shape; ask again, no failure. */
  | { type: 'stay'; value?: unknown; notes?: Sentence[]; typing?: boolean }
  /** Waits for "đúng rồi"; with a purpose the yes is a consent to the very question. */
  | { type: 'confirm'; value: unknown; question: Sentence; purpose?: Purpose }
  /** `none` is the key of the button that says: none of these. */
  | { type: 'choose'; options: { title: string; value: unknown }[]; question: Sentence; none: string }
  /** `sentence` says what was understood and what is needed. */
  | { type: 'wrong'; sentence: Sentence }
  /** Not meant for this question. */
  | { type: 'other' }
  | { type: 'leave' }
  | { type: 'finish' }
  | { type: 'edit' }
  | { type: 'rewind'; step: string; typing?: boolean }
  /** The input belongs to another question, which is opened and reads it. */
  | { type: 'redirect'; step: string }
  | { type: 'codeWanted'; notes?: Sentence[] }

export type Prompt = { sentence: Sentence; choices: Choice[]; requestInfo?: boolean }

export type Kind<S extends Step> = {
  prompt(context: KindContext<S>): Prompt
  read(context: KindContext<S>, input: Input): Reading
  /** Whether the question has to be asked at all; by default yes. */
  needed?(context: KindContext<S>): boolean
  /** At the end of a burst: may turn what was gathered into the answer. */
  settle?(context: KindContext<S>, facts: { asked: 'nothing' | 'empty' | 'more'; added: boolean }): Reading
  /** Several messages may belong to one answer, so a short quiet is waited for. */
  gathers?: boolean
  /** Free words are an answer here, so questions in between must be clear ones to be taken as such. */
  takesProse?: boolean
  /** Commands that work at every step but mean something of their own to this question. */
  commands?: readonly Command[]
  /** One line for the summary and the list of fields. */
  show(context: KindContext<S>, value: unknown): string
}

export type Kinds = { [Ask in Step['ask']]: Kind<StepOf<Ask>> }

/** How much of a draft's id stands in a payload. */
const DRAFT_MARK_LENGTH = 6

export const draftMark = (form: Form): string => form.draftId.slice(0, DRAFT_MARK_LENGTH)

/**
 * `#flow.step.option.draft`: unmistakable, and bound to one draft (conversation.md, manner 5). An option that means what the
 * bubble showed ("dùng tiêu đề này") carries a tag of it, so that a later tap cannot mean something else.
 */
export function option(context: KindContext, name: string, title?: Choice['title'], tag?: string): Choice {
  const tagged = tag === undefined ? name : `${name}-${tag}`
  return {
    title: title ?? { key: `${context.flow}.${context.step.id}.options.${name}` },
    payload: `#${context.flow}.${context.step.id}.${tagged}.${draftMark(context.form)}`,
  }
}

/** What every question of a draft about a filed case may say of that case; nothing for others. */
export function paramsOf({ form }: KindContext): Pick<Sentence, 'params'> {
  if (form.about === null) return {}
  const { code, title, missing } = form.about
  return { params: { code, title, missing: missing ?? '' } }
}

/** A button whose words are the same wherever this kind of question stands. */
export function kindOption(context: KindContext, name: string, tag?: string): Choice {
  return option(context, name, { key: `kinds.${context.step.ask}.options.${name}` }, tag)
}

/** A short mark of anything that is plain data. */
export function tagOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 6)
}

export function answerOf<T>(form: Form, step: string): T | undefined {
  return form.answers[step]?.value as T | undefined
}

/** Words of the citizen, short enough to be said back. */
export function quote(text: string): string {
  return excerpt(showLiterally(text.slice(0, QUOTE_READ)).replace(/\s+/g, ' ').trim(), QUOTE_LENGTH)
}

const QUOTE_READ = 400
const QUOTE_LENGTH = 60

/** "Giữ nguyên" while an answer is being changed. */
export function keep(context: KindContext): Choice[] {
  return context.form.previous[context.step.id] === undefined ? [] : [option(context, 'keep', { key: 'form.keep' })]
}

/** Reads "Giữ nguyên"; nothing else. */
export function kept(context: KindContext, input: Extract<Input, { type: 'option' }>): Reading {
  const previous = context.form.previous[context.step.id]
  return input.option === 'keep' && previous !== undefined ? { type: 'answer', value: previous } : { type: 'other' }
}

/** The option that was tapped, or that a command stands for. */
export function wishOf(input: Input, wishes: Partial<Record<Command, string>>): string | undefined {
  if (input.type === 'option') return input.option
  return input.type === 'words' && input.command !== null ? wishes[input.command] : undefined
}
