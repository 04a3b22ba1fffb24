import type { StepOf } from '../schema.ts'
import { looksVietnamese } from '../text/language.ts'
import { codePointLength, excerpt, showLiterally } from '../text/normalise.ts'
import { findPersonalData, removePersonalData } from '../text/personal-data.ts'
import { proposeTitle } from '../text/title.ts'
import { answerOf, type Kind, type KindContext, kindOption, type Reading } from './kind.ts'

/** What was told so far, message by message; joined with line breaks when the case is filed. */
export type ContentValue = { parts: string[]; done: boolean }

export function contentText(value: ContentValue | undefined): string {
  return (value?.parts ?? []).join('\n')
}

/** Enough to act on without asking for more, when it was the answer to our own question. */
const CONTENT_ENOUGH_LENGTH = 60

const gathered = (context: KindContext): ContentValue =>
  (context.form.answers[context.step.id]?.value as ContentValue | undefined) ??
  (context.form.previous[context.step.id] as ContentValue | undefined) ?? { parts: [], done: false }

function finished(context: KindContext<StepOf<'content'>>, value: ContentValue): Reading {
  const text = contentText(value)
  const length = codePointLength(text)
  const { minLength, maxLength } = context.step
  if (length < minLength) {
    return { type: 'stay', value, notes: [{ key: 'kinds.content.tooShort', params: { length, minLength } }] }
  }
  if (length > maxLength) {
    return { type: 'stay', value, notes: [{ key: 'kinds.content.tooLong', params: { length, maxLength } }] }
  }
  const notes = looksVietnamese(text) ? [] : [{ key: 'guide.language' }]
  return { type: 'answer', value: { parts: value.parts, done: true }, notes }
}

export const content: Kind<StepOf<'content'>> = {
  gathers: true,
  takesProse: true,
  ownCommands: ['skip'],
  prompt(context) {
    const value = gathered(context)
    const key = `${context.flow}.${context.step.id}`
    if (value.parts.length === 0) return { sentence: { key: `${key}.ask` }, choices: [] }
    return {
      sentence: { key: `${key}.more`, params: { told: excerpt(showLiterally(contentText(value)), 160) } },
      choices: [kindOption(context, 'enough'), kindOption(context, 'rewrite')],
    }
  },
  read(context, input) {
    const value = gathered(context)
    if (input.type === 'option') {
      if (input.option === 'enough') return finished(context, value)
      if (input.option === 'rewrite') return { type: 'stay', value: { parts: [], done: false } }
      return { type: 'other' }
    }
    if (input.type !== 'words') return { type: 'other' }
    if (value.parts.length > 0 && ['done', 'no', 'skip', 'continue', 'send'].includes(input.command ?? '')) {
      return finished(context, value)
    }
    if (
      input.command !== null &&
      ['yes', 'no', 'done', 'send', 'continue', 'greeting', 'thanks'].includes(input.command)
    ) {
      return { type: 'other' }
    }
    // A bare number is a slip of the finger on a button that is not there.
    if (input.text.trim() === '' || /^\d{1,2}$/.test(input.folded)) return { type: 'other' }
    return { type: 'stay', value: { parts: [...value.parts, input.text], done: false } }
  },
  settle(context, facts) {
    const value = gathered(context)
    const length = codePointLength(contentText(value))
    const enough = facts.asked === 'more' ? context.step.minLength : CONTENT_ENOUGH_LENGTH
    return facts.asked !== 'nothing' && facts.added && length >= enough ? finished(context, value) : { type: 'other' }
  },
  show: (_context, value) => showLiterally(contentText(value as ContentValue)),
}

/** Longer than this, words at the title question are more of the content. */
const TITLE_TYPED_MAX = 120

export const title: Kind<StepOf<'title'>> = {
  takesProse: true,
  ownCommands: ['skip', 'edit'],
  prompt(context) {
    const key = `${context.flow}.${context.step.id}`
    const proposal = proposed(context)
    if (context.form.typing || proposal === null) return { sentence: { key: `${key}.askPlain` }, choices: [] }
    return {
      sentence: { key: `${key}.ask`, params: { proposal: showLiterally(proposal) } },
      choices: [kindOption(context, 'use'), kindOption(context, 'other'), kindOption(context, 'tellMore')],
    }
  },
  read(context, input) {
    const proposal = proposed(context)
    if (input.type === 'option') {
      if (input.option === 'use' && proposal !== null) return { type: 'answer', value: proposal }
      if (input.option === 'other') return { type: 'stay', typing: true }
      if (input.option === 'tellMore') return { type: 'rewind', step: context.step.of }
      return { type: 'other' }
    }
    if (input.type !== 'words') return { type: 'other' }
    if (!context.form.typing && proposal !== null) {
      if (['yes', 'done', 'continue', 'send', 'skip'].includes(input.command ?? ''))
        return { type: 'answer', value: proposal }
      if (input.command === 'no' || input.command === 'edit') return { type: 'stay', typing: true }
      if (codePointLength(input.text) > TITLE_TYPED_MAX) return addToContent(context, input.text)
    }
    if (input.command !== null) return { type: 'other' }
    const text = input.text.replace(/\s+/g, ' ').trim()
    const length = codePointLength(text)
    const { minLength, maxLength } = context.step
    if (length < minLength) {
      return { type: 'wrong', sentence: { key: 'kinds.title.tooShort', params: { understood: text, minLength } } }
    }
    if (length > maxLength) {
      return { type: 'wrong', sentence: { key: 'kinds.title.tooLong', params: { length, maxLength } } }
    }
    return { type: 'answer', value: text }
  },
  show: (_context, value) => showLiterally(String(value)),
}

function proposed(context: KindContext<StepOf<'title'>>): string | null {
  const previous = context.form.previous[context.step.id]
  if (typeof previous === 'string') return previous
  return proposeTitle(contentText(answerOf<ContentValue>(context.form, context.step.of)))
}

function addToContent(context: KindContext<StepOf<'title'>>, text: string): Reading {
  const answer = context.form.answers[context.step.of]
  if (answer !== undefined) {
    const value = answer.value as ContentValue
    answer.value = { ...value, parts: [...value.parts, text] }
  }
  return { type: 'stay', notes: [{ key: 'kinds.title.addedToContent' }] }
}

type Checked = { of: string; removed: boolean }

/** The words that the check looks at; the answer is kept with them, so that an edit asks again. */
function checkedText(context: KindContext<StepOf<'personalData'>>): string {
  return context.step.of.map((step) => fieldText(context, step)).join('\u0000')
}

function fieldText(context: KindContext, step: string): string {
  const value = context.form.answers[step]?.value
  return typeof value === 'string' ? value : contentText(value as ContentValue | undefined)
}

export const personalData: Kind<StepOf<'personalData'>> = {
  ownCommands: ['skip'],
  needed(context) {
    const text = checkedText(context)
    const answer = answerOf<Checked>(context.form, context.step.id)
    return answer?.of !== text && findPersonalData(text).length > 0
  },
  prompt(context) {
    const found = findPersonalData(checkedText(context)).map((finding) => showLiterally(finding.text))
    return {
      sentence: {
        key: `${context.flow}.${context.step.id}.ask`,
        params: { found: [...new Set(found)].slice(0, 6).join(' · ') },
      },
      choices: [kindOption(context, 'remove'), kindOption(context, 'keep')],
    }
  },
  read(context, input) {
    const wish =
      input.type === 'option'
        ? input.option
        : input.type === 'words' && input.command !== null
          ? ({ yes: 'remove', no: 'keep', skip: 'keep', continue: 'keep' } as Record<string, string>)[input.command]
          : undefined
    if (wish === 'keep') return { type: 'answer', value: { of: checkedText(context), removed: false } }
    if (wish !== 'remove') return { type: 'other' }
    for (const step of context.step.of) {
      const answer = context.form.answers[step]
      if (answer === undefined) continue
      if (typeof answer.value === 'string') answer.value = withoutPersonalData(answer.value)
      else {
        const value = answer.value as ContentValue
        answer.value = { ...value, parts: value.parts.map(withoutPersonalData) }
      }
    }
    return {
      type: 'answer',
      value: { of: checkedText(context), removed: true },
      notes: [{ key: 'kinds.personalData.removed' }],
    }
  },
  show: () => '',
}

const withoutPersonalData = (text: string) => removePersonalData(text, findPersonalData(text))
