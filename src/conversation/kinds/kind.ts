import type { EngineContext } from '../context.ts'
import type { Choice, Sentence } from '../effects.ts'
import type { Command } from '../intents.ts'
import type { Received } from '../received.ts'
import type { Step, StepOf } from '../schema.ts'
import type { Conversation, Form } from '../state.ts'

/** One thing the citizen did, as a question sees it. */
export type Input =
  | { type: 'option'; option: string }
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
  | { type: 'confirm'; value: unknown; question: Sentence }
  | { type: 'choose'; options: { title: string; value: unknown }[]; question: Sentence }
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
  /** Command words that are answers of their own here; all others mean the same at every step. */
  ownCommands?: readonly Command[]
  /** Free words are an answer here, so questions in between must be clear ones to be taken as such. */
  takesProse?: boolean
  /** One line for the summary and the list of fields. */
  show(context: KindContext<S>, value: unknown): string
}

export type Kinds = { [Ask in Step['ask']]: Kind<StepOf<Ask>> }

/** `#flow.step.option.draft`: unmistakable, and bound to one draft (conversation.md, manner 5). */
export function optionPayload(context: KindContext, option: string): string {
  return `#${context.flow}.${context.step.id}.${option}.${context.form.draftId.slice(0, 6)}`
}

export function option(context: KindContext, name: string, title?: Choice['title']): Choice {
  return {
    title: title ?? { key: `${context.flow}.${context.step.id}.options.${name}` },
    payload: optionPayload(context, name),
  }
}

/** A button whose words are the same wherever this kind of question stands. */
export function kindOption(context: KindContext, name: string): Choice {
  return option(context, name, { key: `kinds.${context.step.ask}.options.${name}` })
}

export function answerOf<T>(form: Form, step: string): T | undefined {
  return form.answers[step]?.value as T | undefined
}

export type { Received }
