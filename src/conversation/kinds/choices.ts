import type { Command } from '../intents.ts'
import type { StepOf } from '../schema.ts'
import type { Conversation } from '../state.ts'
import { fold, showLiterally } from '../text/normalise.ts'
import { formatPhone } from '../text/phone.ts'
import { visibleLength } from './content.ts'
import {
  type Kind,
  type KindContext,
  keep,
  kept,
  kindOption,
  option,
  paramsOf,
  type Reading,
  tagOf,
  wishOf,
} from './kind.ts'
import { type AddressValue, addressText } from './place.ts'
import { type NameValue, nameText } from './sender.ts'

export const consent: Kind<StepOf<'consent'>> = {
  commands: ['cancel'],
  needed(context) {
    const given = context.conversation.consents[context.step.purpose]
    return given?.given !== true || given.textVersion !== context.engine.textVersion(consentKey(context))
  },
  prompt: (context) => ({
    sentence: { key: consentKey(context) },
    choices: ['agree', 'what', 'no'].map((name) => option(context, name)),
  }),
  read(_context, input) {
    if (input.type === 'option') {
      if (input.option === 'agree') return { type: 'answer', value: true }
      if (input.option === 'no') return { type: 'leave' }
      if (input.option === 'what') return { type: 'stay', notes: [{ key: 'guidance.text' }] }
      return { type: 'other' }
    }
    if (input.type !== 'words') return { type: 'other' }
    if (['yes', 'continue', 'send', 'done'].includes(input.command ?? '')) return { type: 'answer', value: true }
    if (['no', 'cancel'].includes(input.command ?? '')) return { type: 'leave' }
    return { type: 'other' }
  },
  show: () => '',
}

/** The very sentence that is agreed to; its version is logged with the consent (R9-1). */
export function consentKey(context: KindContext): string {
  return `${context.flow}.${context.step.id}.ask`
}

export const choice: Kind<StepOf<'choice'>> = {
  prompt: (context) => ({
    sentence: { key: `${context.flow}.${context.step.id}.ask`, ...paramsOf(context) },
    choices: [...context.step.options.map((name) => option(context, name)), ...keep(context)],
  }),
  read(context, input): Reading {
    if (input.type === 'option') {
      return context.step.options.includes(input.option)
        ? { type: 'answer', value: input.option }
        : kept(context, input)
    }
    if (input.type !== 'words') return { type: 'other' }
    const named = context.step.options.find((name) => {
      const title = context.engine.translate(
        context.conversation.locale,
        `${context.flow}.${context.step.id}.options.${name}`,
      )
      return input.folded !== '' && fold(title) === input.folded
    })
    if (named !== undefined) return { type: 'answer', value: named }
    // Only where two things are asked about and one of them is a consent does a bare yes or no say which.
    const { consent: asked, options } = context.step
    if (asked !== undefined && options.length === 2) {
      if (input.command === 'yes') return { type: 'answer', value: asked.givenBy }
      const refusal = options.find((name) => name !== asked.givenBy)
      if (input.command === 'no' && refusal !== undefined) return { type: 'answer', value: refusal }
    }
    return { type: 'other' }
  },
  show: (context, value) =>
    context.engine.translate(
      context.conversation.locale,
      `${context.flow}.${context.step.id}.options.${String(value)}`,
    ),
}

export const text: Kind<StepOf<'text'>> = {
  takesProse: true,
  prompt: (context) => ({
    sentence: { key: `${context.flow}.${context.step.id}.ask`, ...paramsOf(context) },
    choices: keep(context),
  }),
  read(context, input) {
    if (input.type === 'option') return kept(context, input)
    if (input.type !== 'words') return { type: 'other' }
    const length = visibleLength(input.text)
    if (length < context.step.minLength || input.text.length > context.step.maxLength) {
      return {
        type: 'wrong',
        sentence: {
          key: 'kinds.text.length',
          params: { length, minLength: context.step.minLength, maxLength: context.step.maxLength },
        },
      }
    }
    return { type: 'answer', value: input.text }
  },
  show: (_context, value) => showLiterally(String(value)),
}

/** "Y Hà, 0905 000 123, Thôn 2, xã Sa Thầy": who sent the last case. */
export function senderLine(conversation: Conversation): string {
  const value = (id: string) => conversation.profile?.answers[id]?.value
  const name = nameText(value('bodyName') as NameValue | undefined) || nameText(value('name') as NameValue | undefined)
  const phone = value('phone')
  return [
    name,
    typeof phone === 'string' ? formatPhone(phone) : '',
    addressText(value('address') as AddressValue | undefined),
  ]
    .filter((part) => part !== '')
    .join(', ')
}

const REUSE_WISHES: Partial<Record<Command, string>> = {
  yes: 'use',
  continue: 'use',
  done: 'use',
  no: 'edit',
  edit: 'edit',
}

export const reuse: Kind<StepOf<'reuse'>> = {
  commands: ['edit'],
  needed: (context) =>
    context.conversation.profile !== null &&
    context.step.steps.every(
      (step) => context.form.answers[step] === undefined && context.form.previous[step] === undefined,
    ),
  prompt: (context) => ({
    sentence: {
      key: `${context.flow}.${context.step.id}.ask`,
      params: { sender: senderLine(context.conversation) },
    },
    choices: [kindOption(context, 'use'), kindOption(context, 'edit')],
  }),
  read(_context, input) {
    const wish = wishOf(input, REUSE_WISHES)
    return wish === 'use' || wish === 'edit' ? { type: 'answer', value: wish } : { type: 'other' }
  },
  show: () => '',
}

const SUMMARY_WISHES: Partial<Record<Command, string>> = {
  send: 'send',
  yes: 'send',
  done: 'send',
  continue: 'send',
  edit: 'edit',
  no: 'edit',
}

export const summary: Kind<StepOf<'summary'>> = {
  commands: ['edit'],
  prompt: (context) => ({
    sentence: { key: `${context.flow}.${context.step.id}.${hasEmail(context) ? 'askPlain' : 'ask'}` },
    choices: [
      kindOption(context, 'send', shownTag(context)),
      kindOption(context, 'edit'),
      kindOption(context, 'addFiles'),
      kindOption(context, context.form.hideName ? 'showName' : 'hideName'),
      kindOption(context, 'cancel'),
    ],
  }),
  read(context, input) {
    const wish = wishOf(input, SUMMARY_WISHES)
    switch (wish) {
      case 'send':
        // A summary from before an edit shows other answers than would be sent: the present one is shown again.
        if (input.type === 'option' && input.tag !== shownTag(context)) {
          return { type: 'stay', notes: [{ key: 'kinds.summary.changed' }] }
        }
        return { type: 'finish' }
      case 'edit':
        return { type: 'edit' }
      case 'addFiles':
        return { type: 'stay', notes: [{ key: 'kinds.summary.addFiles' }] }
      case 'hideName':
      case 'showName':
        context.form.hideName = wish === 'hideName'
        return { type: 'stay', notes: [{ key: `kinds.summary.${wish}Done` }] }
      case 'cancel':
        return { type: 'leave' }
      default:
        return input.type === 'words' ? readWish(context, input.text, input.folded) : { type: 'other' }
    }
  },
  show: () => '',
}

/** What the summary shows, in short. */
function shownTag({ form }: KindContext): string {
  return tagOf([form.answers, form.attachments.map((file) => file.id), form.location, form.hideName])
}

const hasEmail = (context: KindContext) =>
  Object.values(context.form.answers).some((answer) => answer.ask === 'email' && answer.value !== null)

function readWish(context: KindContext, text: string, folded: string): Reading {
  if (text.includes('@')) return emailTyped(context)
  const addsFiles = folded.length < 60 && /\b(them|gui|dinh kem)\b.*\b(anh|hinh|tep|file|giay to)\b/.test(folded)
  return addsFiles ? { type: 'stay', notes: [{ key: 'kinds.summary.addFiles' }] } : { type: 'other' }
}

function emailTyped(context: KindContext): Reading {
  const step = context.engine.flows.forms[context.flow]?.steps.find((other) => other.ask === 'email')
  return step === undefined ? { type: 'other' } : { type: 'redirect', step: step.id }
}
