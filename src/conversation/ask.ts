import { draftChoice, draftName, mayShelve } from './drafts.ts'
import type { Choice, Sentence } from './effects.ts'
import { draftMark, option, type Prompt, quote, tagOf } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { makeCode } from './kinds/sender.ts'
import { stepBefore } from './move.ts'
import type { FormFlow, Step } from './schema.ts'
import type { Form, Pending } from './state.ts'
import { contextOf, flowOf, note, type Turn, walk } from './turn-state.ts'

const DAY_MS = 24 * 3600_000
const CODES_PER_DAY_MAX = 8

/** Questions whose answer may be a bare number, so that no number may stand for a button of ours. */
const ANSWERED_BY_NUMBERS = new Set(['text', 'oneTimeCode'])

/** The question that the form asks now, with its place in the whole and its way out. */
export function promptForm(turn: Turn, form: Form): { prompt: Prompt; step: Step | null } | null {
  const flow = flowOf(turn, form)
  if (flow === null) return null
  if (form.mode === 'confirmCancel') return { prompt: cancelPrompt(turn, form), step: null }
  if (form.mode === 'renew') return { prompt: renewPrompt(form), step: null }
  if (form.waiting !== null) return { prompt: waitingPrompt(turn, form, form.waiting.text), step: null }
  if (form.mode === 'resume') return { prompt: resumePrompt(turn, form, flow), step: null }
  const { path, open } = walk(turn, form, flow)
  if (form.mode === 'chooseField') return { prompt: fieldsPrompt(form, flow, path), step: null }
  return open === null ? null : { prompt: stepPrompt(turn, form, flow, open), step: open }
}

function stepPrompt(turn: Turn, form: Form, flow: FormFlow, step: Step): Prompt {
  if (form.step !== step.id) {
    form.step = step.id
    form.typing = false
    form.failures = 0
  }
  if (step.ask === 'oneTimeCode') issueCode(turn, form, step.of)
  const context = contextOf(turn, form, step)
  const choose = (name: string, title: Choice['title'], tag?: string) => option(context, name, title, tag)
  if (form.pending !== null) return pendingPrompt(form.pending, choose)
  const prompt = kindOf(step).prompt(context)
  const choices = [...prompt.choices]
  if (form.failures >= 3) choices.push({ title: { key: 'form.askPerson' }, payload: '#person' })
  if (step.optional) choices.push(choose('skip', { key: 'form.skip' }))
  if (choices.length === 0 && !ANSWERED_BY_NUMBERS.has(step.ask)) {
    const isFirst = stepBefore(turn, form) === undefined
    choices.push(isFirst ? draftChoice(form, 'cancel', 'form.leave') : choose('back', { key: 'form.back' }))
  }
  return { ...prompt, sentence: withProgress(turn, form, flow, step, prompt.sentence), choices }
}

function pendingPrompt(
  pending: Pending,
  choose: (name: string, title: Choice['title'], tag: string) => Choice,
): Prompt {
  const tag = tagOf(pending)
  const choices =
    pending.type === 'confirm'
      ? [choose('yes', { key: 'form.right' }, tag), choose('no', { key: 'form.change' }, tag)]
      : [
          ...pending.options.map((one, index) => choose(`pick${index + 1}`, { literal: one.title }, tag)),
          choose('no', { key: pending.none }, tag),
        ]
  return { sentence: pending.question, choices }
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

/** "Bước 3/6": stages are counted on this citizen's own way, with or without the data of last time. */
function withProgress(turn: Turn, form: Form, flow: FormFlow, step: Step, sentence: Sentence): Sentence {
  if (step.stage === undefined || form.editing !== null || form.reviewed !== null) return sentence
  const passed = new Set(flow.steps.flatMap((one) => (one.ask === 'reuse' ? passedBy(turn, form, flow, one) : [])))
  const stages = [...new Set(flow.steps.flatMap((one) => one.stage ?? []))].filter((stage) => !passed.has(stage))
  const number = stages.indexOf(step.stage)
  if (number < 0) return sentence
  const question = { key: sentence.key, params: sentence.params ?? {} }
  return { key: 'form.progress', params: { number: number + 1, count: stages.length, question } }
}

/** Either the question about last time's data is passed over, or the stages of those that it answers are. */
function passedBy(turn: Turn, form: Form, flow: FormFlow, reuse: Extract<Step, { ask: 'reuse' }>) {
  const isTyped = turn.conversation.profile === null || form.answers[reuse.id]?.value === 'edit'
  const steps = isTyped ? [reuse.id] : reuse.steps
  return flow.steps.flatMap((step) => (steps.includes(step.id) && step.stage !== undefined ? [step.stage] : []))
}

/** What cannot go to its case any more may go out as a new matter that names it. */
function renewPrompt(form: Form): Prompt {
  return {
    sentence: { key: 'form.renewAsk', params: { code: form.about?.code ?? '' } },
    choices: [draftChoice(form, 'renew', 'acts.renew.button'), draftChoice(form, 'delete', 'form.resumeDelete')],
  }
}

function cancelPrompt(turn: Turn, form: Form): Prompt {
  return {
    sentence: { key: 'form.cancelAsk', params: { draft: draftName(turn, form) } },
    choices: [draftChoice(form, 'keep', 'form.cancelNo'), draftChoice(form, 'delete', 'form.cancelYes')],
  }
}

function waitingPrompt(turn: Turn, form: Form, text: string): Prompt {
  return {
    sentence: { key: 'form.waitingAsk', params: { told: quote(text), draft: draftName(turn, form) } },
    choices: [
      draftChoice(form, 'add', `${form.flow}.add`),
      ...(mayShelve(turn) ? [draftChoice(form, 'new', 'form.waitingNew')] : []),
      draftChoice(form, 'drop', 'form.waitingDrop'),
    ],
  }
}

function resumePrompt(turn: Turn, form: Form, flow: FormFlow): Prompt {
  const { open } = walk(turn, form, flow)
  const isComplete = open === null || open.ask === 'summary'
  return {
    sentence: {
      key: 'form.resumeAsk',
      params: {
        draft: draftName(turn, form),
        since: { time: form.lastAt },
        missing: { key: isComplete ? 'form.onlySending' : `${form.flow}.${open.id}.label` },
      },
    },
    choices: [
      draftChoice(form, 'keep', 'form.resumeYes'),
      draftChoice(form, 'restart', 'form.resumeRestart'),
      draftChoice(form, 'delete', 'form.resumeDelete'),
    ],
  }
}

/** Answers that are made, not given, have no line of their own among the fields. */
const NOT_FIELDS = new Set(['consent', 'reuse', 'personalData', 'oneTimeCode', 'summary'])

function fieldsPrompt(form: Form, flow: FormFlow, path: Step[]): Prompt {
  const requested = flow.steps.filter((step) => step.onRequest && form.answers[step.id] === undefined)
  const asked = path.filter((step) => step.editable && !NOT_FIELDS.has(step.ask))
  return {
    sentence: { key: 'form.chooseField' },
    choices: [
      ...[...asked, ...requested].map((step) => ({
        title: { key: `${form.flow}.${step.id}.label` },
        payload: `#${form.flow}.${step.id}.change.${draftMark(form)}`,
      })),
      draftChoice(form, 'keep', 'form.changeNothing'),
    ],
  }
}
