import { lowerLevel } from '../place-words.ts'
import { remember } from '../remember.ts'
import type { StepOf } from '../schema.ts'
import { looksVietnamese } from '../text/language.ts'
import { codePointLength, excerpt, showLiterally } from '../text/normalise.ts'
import { proposeTitle } from '../text/title.ts'
import {
  answerOf,
  type Kind,
  type KindContext,
  keep,
  kindOption,
  option,
  paramsOf,
  quote,
  type Reading,
  tagOf,
} from './kind.ts'

/** What was told so far, message by message; joined with line breaks when the case is filed. */
export type ContentValue = { parts: string[]; done: boolean }

export function contentText(value: ContentValue | undefined): string {
  return (value?.parts ?? []).join('\n')
}

/** The content with one more message, or null where it is beyond all measure already. */
export function withPart(value: ContentValue | undefined, text: string): ContentValue | null {
  const { parts, done } = value ?? { parts: [], done: false }
  const length = contentText(value).length + text.length
  return parts.length > 0 && length > CONTENT_KEPT_MAX ? null : { parts: [...parts, text], done }
}

/** Enough to act on without asking for more, when it was the answer to our own question. */
const CONTENT_ENOUGH_LENGTH = 60
/** Far beyond what may be sent, so that a citizen can shorten it; what comes after is not kept, and the bubble says so. */
const CONTENT_KEPT_MAX = 30_000
const TOLD_LENGTH = 160

/** Letters that a reader can see: what is too short for people must not pass because of spaces and invisible signs. */
export const visibleLength = (text: string) => codePointLength(showLiterally(text).trim())

function finished(context: KindContext<StepOf<'content'>>, value: ContentValue): Reading {
  const text = contentText(value)
  const length = visibleLength(text)
  const { minLength, maxLength } = context.step
  if (text === '' && filesAreEnough(context)) return { type: 'answer', value: { parts: [], done: true } }
  if (length < minLength) {
    return { type: 'stay', value, notes: [{ key: 'kinds.content.tooShort', params: { length, minLength } }] }
  }
  // The question itself says by how much it is too long.
  if (text.length > maxLength) return { type: 'stay', value }
  const notes = looksVietnamese(text) || context.form.about !== null ? [] : [{ key: 'guide.language' }]
  return { type: 'answer', value: { parts: value.parts, done: true }, notes }
}

/** Pictures, documents or a place alone say what was asked for. */
function filesAreEnough({ step, form }: KindContext<StepOf<'content'>>): boolean {
  return step.filesEnough && (form.attachments.length > 0 || form.location !== null)
}

/** Nothing is asked after it and nothing shown again: its own button sends. */
function sends({ engine, flow, step }: KindContext<StepOf<'content'>>): boolean {
  const form = engine.flows.forms[flow]
  return form !== undefined && form.finish !== 'fileCase' && form.steps.at(-1)?.id === step.id
}

const tooLong = (text: string, maxLength: number) => ({
  key: 'kinds.content.tooLong',
  params: { length: text.length, maxLength },
})

export const content: Kind<StepOf<'content'>> = {
  gathers: true,
  takesProse: true,
  commands: ['skip'],
  prompt(context) {
    const told = contentText(answerOf<ContentValue>(context.form, context.step.id))
    const key = `${context.flow}.${context.step.id}`
    const params = paramsOf(context)
    const closing = sends(context) ? option(context, 'send') : kindOption(context, 'enough')
    if (told === '' && filesAreEnough(context)) {
      return { sentence: { key: `${key}.moreFiles`, ...params }, choices: [closing, ...keep(context)] }
    }
    if (told === '') return { sentence: { key: `${key}.ask`, ...params }, choices: keep(context) }
    if (told.length > context.step.maxLength) {
      return { sentence: tooLong(told, context.step.maxLength), choices: [kindOption(context, 'rewrite')] }
    }
    return {
      sentence: { key: `${key}.more`, params: { ...params.params, told: excerpt(showLiterally(told), TOLD_LENGTH) } },
      choices: [closing, kindOption(context, 'rewrite')],
    }
  },
  read(context, input) {
    const value = answerOf<ContentValue>(context.form, context.step.id) ?? { parts: [], done: false }
    const hasParts = value.parts.length > 0
    if (input.type === 'option') {
      if (input.option === 'enough' || input.option === 'send') return finished(context, value)
      if (input.option === 'keep') return keptWith(context, value.parts)
      if (input.option !== 'rewrite') return { type: 'other' }
      if (hasParts) context.form.previous[context.step.id] = { parts: value.parts, done: true }
      return { type: 'stay', value: { parts: [], done: false } }
    }
    if (input.type !== 'words') return { type: 'other' }
    if (
      (hasParts || filesAreEnough(context)) &&
      ['done', 'no', 'skip', 'continue', 'send'].includes(input.command ?? '')
    ) {
      return finished(context, value)
    }
    // A bare number is a slip of the finger on a button that is not there.
    const isNothing = showLiterally(input.text).trim() === '' || /^\d{1,2}$/.test(input.folded)
    if (input.command !== null || isNothing) return { type: 'other' }
    const next = withPart(value, input.text)
    if (next === null) return { type: 'stay', notes: [{ key: 'form.contentFull' }] }
    return { type: 'stay', value: { ...next, done: false } }
  },
  settle(context, facts) {
    const value = answerOf<ContentValue>(context.form, context.step.id)
    // What goes out with its own button waits for it.
    if (value === undefined || facts.asked === 'nothing' || !facts.added || sends(context)) return { type: 'other' }
    const enough = facts.asked === 'more' ? context.step.minLength : CONTENT_ENOUGH_LENGTH
    return visibleLength(contentText(value)) >= enough ? finished(context, value) : { type: 'other' }
  },
  show: (_context, value) => showLiterally(contentText(value as ContentValue)),
}

/** "Giữ nguyên" brings back what was there; what has been told since stays with it. */
function keptWith(context: KindContext<StepOf<'content'>>, since: readonly string[]): Reading {
  const previous = context.form.previous[context.step.id] as ContentValue | undefined
  if (previous === undefined) return { type: 'other' }
  const parts = [...previous.parts, ...since]
  if (!sends(context)) return { type: 'answer', value: { parts, done: true } satisfies ContentValue }
  // What goes out with its own button waits for it.
  delete context.form.previous[context.step.id]
  return { type: 'stay', value: { parts, done: false } satisfies ContentValue }
}

/** Longer than this, words at the title question are more of the content. */
const TITLE_TYPED_MAX = 120

export const title: Kind<StepOf<'title'>> = {
  takesProse: true,
  commands: ['skip', 'edit'],
  prompt(context) {
    const key = `${context.flow}.${context.step.id}`
    const proposal = proposed(context)
    if (context.form.typing || proposal === null) return { sentence: { key: `${key}.askPlain` }, choices: [] }
    return {
      sentence: { key: `${key}.ask`, params: { proposal } },
      choices: [
        kindOption(context, 'use', tagOf(proposal)),
        kindOption(context, 'other'),
        kindOption(context, 'tellMore'),
      ],
    }
  },
  read(context, input) {
    const proposal = proposed(context)
    if (input.type === 'option') {
      if (input.option === 'use' && input.tag === tagOf(proposal)) return { type: 'answer', value: proposal }
      if (input.option === 'other') return { type: 'stay', typing: true }
      if (input.option === 'tellMore') return { type: 'rewind', step: context.step.of }
      return { type: 'other' }
    }
    if (input.type !== 'words') return { type: 'other' }
    if (!context.form.typing && proposal !== null) {
      if (['yes', 'done', 'continue', 'send', 'skip'].includes(input.command ?? '')) {
        return { type: 'answer', value: proposal }
      }
      if (input.command === 'no' || input.command === 'edit') return { type: 'stay', typing: true }
    }
    if (input.command !== null) return { type: 'other' }
    const text = input.text.replace(/\s+/g, ' ').trim()
    const { minLength, maxLength } = context.step
    if (text.length > TITLE_TYPED_MAX && (!context.form.typing || text.length > maxLength)) {
      return addToContent(context, input.text)
    }
    if (visibleLength(text) < minLength) {
      return {
        type: 'wrong',
        sentence: { key: 'kinds.title.tooShort', params: { understood: quote(text), minLength } },
      }
    }
    return { type: 'answer', value: text }
  },
  show: (_context, value) => showLiterally(String(value)),
}

/** The question for the title and the answer to it need the same proposal. */
const TITLES_REMEMBERED = 64
const titleFor = remember((text) => proposeTitle(text), TITLES_REMEMBERED)
const titleAtPlace = remember((placeAndText) => {
  const end = placeAndText.indexOf('\n')
  return proposeTitle(placeAndText.slice(end + 1), { place: placeAndText.slice(0, end) })
}, TITLES_REMEMBERED)
const titleAt = (place: string, text: string) => titleAtPlace(`${place}\n${text}`)

/** The title that was there before an edit, or one made from the content, with its place as it is written. */
function proposed(context: KindContext<StepOf<'title'>>): string | null {
  const previous = context.form.previous[context.step.id]
  if (typeof previous === 'string') return previous
  const text = contentText(answerOf<ContentValue>(context.form, context.step.of))
  const title = titleFor(text)
  if (title?.includes(' tại ') !== true) return title
  const { units, model } = context.engine
  const commune = units.mentionedIn(text, { model }).find((match) => match.unit.level === 'commune')
  const areaName = commune?.unit.areaName ?? null
  return areaName === null ? title : titleAt(lowerLevel(areaName), text)
}

function addToContent(context: KindContext<StepOf<'title'>>, text: string): Reading {
  const next = withPart(answerOf<ContentValue>(context.form, context.step.of), text)
  if (next === null) return { type: 'rewind', step: context.step.of }
  context.form.answers[context.step.of] = { ask: 'content', value: next }
  return { type: 'stay', notes: [{ key: 'form.addedToContent' }] }
}
