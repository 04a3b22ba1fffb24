import type { Choice, Sentence } from './effects.ts'
import type { ContentValue } from './kinds/content.ts'
import { option, type Prompt } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { makeCode } from './kinds/sender.ts'
import type { FormFlow, Step } from './schema.ts'
import type { Form } from './state.ts'
import { excerpt } from './text/normalise.ts'
import { contextOf, flowOf, note, type Turn, walk } from './turn-state.ts'

const DAY_MS = 24 * 3600_000

const CODES_PER_DAY_MAX = 8

/** The question that the form asks now, with its place in the whole and its way out. */
export function promptForm(turn: Turn, form: Form): { prompt: Prompt; step: Step | null } | null {
  const flow = flowOf(turn, form)
  if (flow === null) return null
  if (form.mode === 'confirmCancel') return { prompt: cancelPrompt(form), step: null }
  if (form.mode === 'resume') return { prompt: resumePrompt(turn, form, flow), step: null }
  const { path, open } = walk(turn, form, flow)
  if (form.mode === 'chooseField') return { prompt: fieldsPrompt(turn, form, path), step: null }
  if (open === null) return null
  if (form.step !== open.id) {
    form.step = open.id
    form.typing = false
    form.failures = 0
  }
  if (open.ask === 'oneTimeCode') issueCode(turn, form, open.of)
  const context = contextOf(turn, form, open)
  if (form.pending !== null)
    return { prompt: pendingPrompt(form, (name, title) => option(context, name, title)), step: open }
  const prompt = kindOf(open).prompt(context)
  const choices = [...prompt.choices]
  if (form.failures >= 3) choices.push({ title: { key: 'form.askPerson' }, payload: '#person' })
  if (open.optional) choices.push(option(context, 'skip', { key: 'form.skip' }))
  return { prompt: { ...prompt, sentence: withProgress(turn, form, flow, open, prompt.sentence), choices }, step: open }
}

function pendingPrompt(form: Form, choice: (name: string, title: Choice['title']) => Choice): Prompt {
  const pending = form.pending
  if (pending === null) throw new Error('no pending answer')
  if (pending.type === 'confirm') {
    return {
      sentence: pending.question,
      choices: [choice('yes', { key: 'form.right' }), choice('no', { key: 'form.change' })],
    }
  }
  return {
    sentence: pending.question,
    choices: [
      ...pending.options.map((one, index) => choice(`pick${index + 1}`, { literal: one.title })),
      choice('no', { key: 'form.noneOfThese' }),
    ],
  }
}

function issueCode(turn: Turn, form: Form, phoneStep: string): void {
  const { conversation, engine } = turn
  const phone = form.answers[phoneStep]?.value
  if (!engine.settings.codeChannel || typeof phone !== 'string') return
  if (form.code !== null && form.code.phone === phone) return
  conversation.codesSentAt = conversation.codesSentAt.filter((at) => engine.now - at < DAY_MS)
  if (conversation.codesSentAt.length >= CODES_PER_DAY_MAX) {
    note(turn, 'kinds.oneTimeCode.tooManyCodes')
    return
  }
  const { code, kept } = makeCode(form, phone, engine.entropy, engine.now)
  form.code = kept
  conversation.codesSentAt.push(engine.now)
  turn.effects.push({ type: 'sendCode', phone, code })
}

function withProgress(turn: Turn, form: Form, flow: FormFlow, step: Step, sentence: Sentence): Sentence {
  if (form.reviewed !== null) return sentence
  const reuse = flow.steps.find((other) => other.ask === 'reuse')
  const offersReuse = turn.conversation.profile !== null && reuse !== undefined
  // Until the citizen says otherwise, what is known is counted as one step.
  const reused = offersReuse && form.answers[reuse.id]?.value !== 'edit' ? reuse.steps : []
  const hidden = new Set(flow.steps.filter((other) => reused.includes(other.id)).map((other) => other.stage))
  const stages = [
    ...new Set(
      flow.steps
        .filter(
          (other) => other.stage !== undefined && !hidden.has(other.stage) && (other.ask !== 'reuse' || offersReuse),
        )
        .map((other) => other.stage),
    ),
  ]
  const number = stages.indexOf(step.stage)
  if (step.stage === undefined || number < 0 || form.editing !== null) return sentence
  return {
    key: 'form.progress',
    params: {
      number: number + 1,
      count: stages.length,
      question: { key: sentence.key, params: sentence.params ?? {} },
    },
  }
}

function cancelPrompt(form: Form): Prompt {
  return {
    sentence: { key: 'form.cancelAsk' },
    choices: [
      { title: { key: 'form.cancelNo' }, payload: `#draft.keep.${form.draftId.slice(0, 6)}` },
      { title: { key: 'form.cancelYes' }, payload: `#draft.delete.${form.draftId.slice(0, 6)}` },
    ],
  }
}

function resumePrompt(turn: Turn, form: Form, flow: FormFlow): Prompt {
  const { open } = walk(turn, form, flow)
  const short = form.draftId.slice(0, 6)
  return {
    sentence: {
      key: 'form.resumeAsk',
      params: {
        title: draftTitle(turn, form, flow),
        since: { time: form.lastAt },
        missing:
          open === null || open.ask === 'summary'
            ? { key: 'form.onlySending' }
            : { key: `${form.flow}.${open.id}.label` },
      },
    },
    choices: [
      { title: { key: 'form.resumeYes' }, payload: `#draft.keep.${short}` },
      { title: { key: 'form.resumeRestart' }, payload: `#draft.restart.${short}` },
      { title: { key: 'form.resumeDelete' }, payload: `#draft.delete.${short}` },
    ],
  }
}

export function draftTitle(turn: Turn, form: Form, flow: FormFlow): string {
  for (const step of flow.steps) {
    const value = form.answers[step.id]?.value
    if (step.ask === 'title' && typeof value === 'string') return value
  }
  const content = flow.steps.find((step) => step.ask === 'content')
  const value = content === undefined ? undefined : (form.answers[content.id]?.value as ContentValue | undefined)
  const words = excerpt(value?.parts.join(' ') ?? '', 60)
  return words === '' ? turn.engine.translate(turn.conversation.locale, 'form.noTitle') : words
}

function fieldsPrompt(turn: Turn, form: Form, path: Step[]): Prompt {
  const flow = flowOf(turn, form)
  const requested = (flow?.steps ?? []).filter((step) => step.onRequest && form.answers[step.id] === undefined)
  const asked = path.filter(
    (step) => step.editable && !['consent', 'reuse', 'personalData', 'oneTimeCode', 'summary'].includes(step.ask),
  )
  return {
    sentence: { key: 'form.chooseField' },
    choices: [...asked, ...requested].map((step) => ({
      title: { key: `${form.flow}.${step.id}.label` },
      payload: `#${form.flow}.${step.id}.edit.${form.draftId.slice(0, 6)}`,
    })),
  }
}
