import { createHash, timingSafeEqual } from 'node:crypto'
import type { StepOf } from '../schema.ts'
import type { Form, OneTimeCode } from '../state.ts'
import { readEmail } from '../text/email.ts'
import { showLiterally } from '../text/normalise.ts'
import { readBodyName, readPersonName, suggestTitleCase } from '../text/person-name.ts'
import { formatPhone, readPhone } from '../text/phone.ts'
import {
  answerOf,
  type Input,
  type Kind,
  type KindContext,
  keep,
  kept,
  kindOption,
  option,
  type Reading,
} from './kind.ts'

const CODE_LENGTH = 6
export const CODE_TRIES = 5
export const CODE_VALID_MS = 10 * 60_000
const CODE_AGAIN_AFTER_MS = 60_000

/** A name, or the option that leads elsewhere ("Tôi gửi thay tổ chức"). */
export type NameValue = { name: string } | { option: string }

export function nameText(value: NameValue | undefined): string {
  return value !== undefined && 'name' in value ? value.name : ''
}

export const personName: Kind<StepOf<'personName'>> = {
  takesProse: true,
  prompt: (context) => ({
    sentence: { key: `${context.flow}.${context.step.id}.ask` },
    choices: [...context.step.options.map((name) => option(context, name)), ...keep(context)],
  }),
  read(context, input) {
    if (input.type === 'option') {
      if (context.step.options.includes(input.option)) return { type: 'answer', value: { option: input.option } }
      return kept(context, input)
    }
    if (input.type === 'card') return { type: 'other' }
    if (input.type === 'shared') {
      const shared = input.name === null ? null : readPersonName(input.name)
      // An account may be called anything; only what can be a person's name is offered as one.
      if (shared === null || shared.kind === 'wrong') return { type: 'other' }
      return {
        type: 'confirm',
        value: { name: shared.name },
        question: { key: 'kinds.personName.fromZalo', params: { name: shared.name } },
        purpose: 'profileName',
      }
    }
    const reading = readPersonName(input.text)
    if (reading.kind === 'ok') return named(reading.name)
    if (reading.kind === 'confirm') {
      return {
        type: 'confirm',
        value: { name: reading.name },
        question: { key: 'kinds.personName.singleWord', params: { name: reading.name } },
      }
    }
    return {
      type: 'wrong',
      sentence: { key: `kinds.personName.${reading.reason}`, params: { understood: reading.understood } },
    }
  },
  show: (_context, value) => showLiterally(nameText(value as NameValue)),
}

/** The name as typed; title case is only offered, because some names are written otherwise (R3-2). */
function named(name: string): Reading {
  const suggestion = suggestTitleCase(name)
  if (suggestion === null) return { type: 'answer', value: { name } }
  return {
    type: 'choose',
    question: { key: 'kinds.personName.titleCase' },
    options: [suggestion, name].map((written) => ({ title: written, value: { name: written } })),
    none: 'form.typeAgain',
  }
}

export const bodyName: Kind<StepOf<'bodyName'>> = {
  takesProse: true,
  prompt: (context) => ({ sentence: { key: `${context.flow}.${context.step.id}.ask` }, choices: keep(context) }),
  read(context, input) {
    if (input.type === 'option') return kept(context, input)
    if (input.type !== 'words') return { type: 'other' }
    const reading = readBodyName(input.text)
    if (reading.kind === 'ok') return { type: 'answer', value: { name: reading.name } }
    if (reading.kind === 'confirm') {
      return {
        type: 'confirm',
        value: { name: reading.name },
        question: { key: 'kinds.bodyName.confirm', params: { name: reading.name } },
      }
    }
    return {
      type: 'wrong',
      sentence: { key: `kinds.bodyName.${reading.reason}`, params: { understood: reading.understood } },
    }
  },
  show: (_context, value) => showLiterally(nameText(value as NameValue)),
}

export const phone: Kind<StepOf<'phone'>> = {
  prompt: (context) => ({
    sentence: { key: `${context.flow}.${context.step.id}.ask` },
    choices: keep(context),
    // Not with every re-ask: the card still stands above, until another way has to be offered.
    requestInfo: context.form.failures === 0 || context.form.failures === 3,
  }),
  read(context, input) {
    if (input.type === 'option') return kept(context, input)
    if (input.type === 'shared') return sharedPhone(context, input)
    const text = input.type === 'card' ? input.phone : input.text
    const reading = readPhone(text)
    if (reading.kind === 'ok') return { type: 'answer', value: reading.e164 }
    if (reading.kind === 'confirm') {
      return {
        type: 'confirm',
        value: reading.e164,
        question: { key: `kinds.phone.${reading.reason}`, params: { shown: reading.shown, from: reading.from ?? '' } },
      }
    }
    return {
      type: 'wrong',
      sentence: {
        key: `kinds.phone.${reading.reason}`,
        params: { understood: reading.understood, missing: reading.digitsMissing ?? 0 },
      },
    }
  },
  show: (_context, value) => formatPhone(String(value)),
}

/** The phone that Zalo itself vouches for (R3-11). */
function sharedPhone(context: KindContext, input: Extract<Input, { type: 'shared' }>): Reading {
  const reading = input.phone === null ? null : readPhone(input.phone)
  if (reading === null || reading.kind === 'wrong') return { type: 'wrong', sentence: { key: 'kinds.phone.notShared' } }
  context.conversation.verifiedPhones = [
    ...context.conversation.verifiedPhones.filter((known) => known.phone !== reading.e164),
    { phone: reading.e164, by: 'zalo' as const, at: context.engine.now },
  ].slice(-5)
  return {
    type: 'answer',
    value: reading.e164,
    notes: [{ key: 'kinds.phone.shared', params: { shown: reading.shown } }],
  }
}

/** Whether the number is proven to belong to this Zalo account. */
export function isVerified(context: Pick<KindContext, 'conversation'>, phone: string | undefined): boolean {
  return context.conversation.verifiedPhones.some((known) => known.phone === phone)
}

export const oneTimeCode: Kind<StepOf<'oneTimeCode'>> = {
  needed: (context) =>
    context.engine.settings.minIdentityLevel >= 2 &&
    !isVerified(context, answerOf<string>(context.form, context.step.of)),
  prompt(context) {
    const key = `${context.flow}.${context.step.id}`
    const number = formatPhone(answerOf<string>(context.form, context.step.of) ?? '')
    const other = kindOption(context, 'otherNumber')
    // Without a channel, or when no more codes may be sent today, Zalo has to vouch for the number.
    const isSent = context.form.code?.phone === answerOf<string>(context.form, context.step.of)
    if (!context.engine.settings.codeChannel || !isSent) {
      return { sentence: { key: `${key}.askShare`, params: { number } }, choices: [other], requestInfo: true }
    }
    return { sentence: { key: `${key}.ask`, params: { number } }, choices: [kindOption(context, 'again'), other] }
  },
  commands: ['edit'],
  read(context, input) {
    if (input.type === 'option') {
      if (input.option === 'otherNumber') return { type: 'rewind', step: context.step.of }
      if (input.option === 'again') return again(context)
      return { type: 'other' }
    }
    if (input.type === 'shared') {
      const reading = sharedPhone(context, input)
      if (reading.type !== 'answer') return reading
      // The number that Zalo vouches for is the one to use, even when another was typed before.
      context.form.answers[context.step.of] = { ask: 'phone', value: reading.value }
      return { ...reading, value: true }
    }
    if (input.type === 'card') return { type: 'other' }
    if (input.command === 'no' || input.command === 'edit') return { type: 'rewind', step: context.step.of }
    if (/\bgui lai\b|\b(chua|khong|ko|k) (thay|nhan|co|den|toi)\b/.test(input.folded)) return again(context)
    return readCode(context, input.text)
  },
  show: () => '',
}

function again(context: KindContext<StepOf<'oneTimeCode'>>): Reading {
  if (!context.engine.settings.codeChannel) return { type: 'other' }
  const code = context.form.code
  if (code !== null && context.engine.now - code.sentAt < CODE_AGAIN_AFTER_MS) {
    return { type: 'stay', notes: [{ key: 'kinds.oneTimeCode.wait' }] }
  }
  return { type: 'codeWanted', notes: [{ key: 'kinds.oneTimeCode.sentAgain' }] }
}

function readCode(context: KindContext<StepOf<'oneTimeCode'>>, text: string): Reading {
  const digits = text.replace(/[oO]/g, '0').replace(/\D/g, '')
  const number = readPhone(text)
  if (number.kind !== 'wrong' && digits.length >= 9) {
    context.form.answers[context.step.of] = { ask: 'phone', value: number.e164 }
    return { type: 'codeWanted', notes: [{ key: 'kinds.oneTimeCode.newNumber', params: { shown: number.shown } }] }
  }
  if (!context.engine.settings.codeChannel) return { type: 'other' }
  if (digits.length === 0) return { type: 'other' }
  if (digits.length !== CODE_LENGTH) return { type: 'wrong', sentence: { key: 'kinds.oneTimeCode.sixDigits' } }
  const code = context.form.code
  if (code === null || context.engine.now >= code.expiresAt || code.triesLeft <= 0) {
    return { type: 'stay', notes: [{ key: 'kinds.oneTimeCode.expired' }] }
  }
  code.triesLeft -= 1
  if (isRightCode(context.form, code, digits)) {
    context.conversation.verifiedPhones = [
      ...context.conversation.verifiedPhones.filter((known) => known.phone !== code.phone),
      { phone: code.phone, by: 'code' as const, at: context.engine.now },
    ].slice(-5)
    context.form.code = null
    return { type: 'answer', value: true, notes: [{ key: 'kinds.oneTimeCode.right' }] }
  }
  if (code.triesLeft === 0) return { type: 'stay', notes: [{ key: 'kinds.oneTimeCode.noTries' }] }
  return { type: 'wrong', sentence: { key: 'kinds.oneTimeCode.wrong', params: { left: code.triesLeft } } }
}

/** Six digits from the turn's entropy; kept hashed, valid for ten minutes and five tries (R3-11). */
export function makeCode(form: Form, phone: string, entropy: string, now: number): { code: string; kept: OneTimeCode } {
  const digest = createHash('sha256').update(`${entropy}:${form.draftId}:${phone}:${now}`).digest()
  const code = String(Number(digest.readBigUInt64BE(0) % 1_000_000n)).padStart(6, '0')
  return {
    code,
    kept: {
      phone,
      hash: codeHash(form, phone, code),
      expiresAt: now + CODE_VALID_MS,
      triesLeft: CODE_TRIES,
      sentAt: now,
    },
  }
}

function codeHash(form: Form, phone: string, code: string): string {
  return createHash('sha256').update(`${form.draftId}:${phone}:${code}`).digest('hex')
}

function isRightCode(form: Form, kept: OneTimeCode, digits: string): boolean {
  return timingSafeEqual(Buffer.from(codeHash(form, kept.phone, digits), 'hex'), Buffer.from(kept.hash, 'hex'))
}

export const email: Kind<StepOf<'email'>> = {
  prompt: (context) => ({ sentence: { key: `${context.flow}.${context.step.id}.ask` }, choices: keep(context) }),
  read(context, input) {
    if (input.type === 'option') return kept(context, input)
    if (input.type !== 'words') return { type: 'other' }
    const reading = readEmail(input.text)
    if (reading.kind === 'ok') return { type: 'answer', value: reading.email }
    if (reading.kind === 'confirm') {
      return {
        type: 'choose',
        options: [
          { title: reading.suggestion, value: reading.suggestion },
          { title: reading.email, value: reading.email },
        ],
        question: { key: 'kinds.email.confirm', params: { email: reading.email, suggestion: reading.suggestion } },
        none: 'form.typeAgain',
      }
    }
    return { type: 'wrong', sentence: { key: 'kinds.email.wrong', params: { understood: reading.understood } } }
  },
  show: (_context, value) => showLiterally(String(value)),
}
