import type { Command } from '../intents.ts'
import type { StepOf } from '../schema.ts'
import { showLiterally } from '../text/normalise.ts'
import { findPersonalData, PERSONAL_DATA_PLACEHOLDERS, removePersonalData } from '../text/personal-data.ts'
import { type ContentValue, contentText } from './content.ts'
import { answerOf, type Kind, type KindContext, kindOption, tagOf, wishOf } from './kind.ts'

/** What was looked at when the citizen decided; an edit of it asks again. */
type Checked = { of: string; removed: boolean }

const SHOWN_MAX = 6
const WISHES: Partial<Record<Command, string>> = { yes: 'remove', no: 'keep', skip: 'keep', continue: 'keep' }

/** Points out what should not become public, in the text as it stands now (R3-8b). */
export const personalData: Kind<StepOf<'personalData'>> = {
  commands: ['skip'],
  needed(context) {
    const text = checkedText(context)
    return answerOf<Checked>(context.form, context.step.id)?.of !== tagOf(text) && findPersonalData(text).length > 0
  },
  prompt(context) {
    const text = checkedText(context)
    const found = [...new Set(findPersonalData(text).map((finding) => showLiterally(finding.text)))]
    return {
      sentence: {
        key: `${context.flow}.${context.step.id}.ask`,
        params: { found: found.slice(0, SHOWN_MAX).join(' · ') },
      },
      choices: [kindOption(context, 'remove'), kindOption(context, 'keep', tagOf(text))],
    }
  },
  read(context, input) {
    const text = checkedText(context)
    switch (wishOf(input, WISHES)) {
      case 'keep':
        if (input.type === 'option' && input.tag !== tagOf(text)) return { type: 'other' }
        return { type: 'answer', value: { of: tagOf(text), removed: false } satisfies Checked }
      case 'remove':
        for (const step of context.step.of) removeFrom(context, step)
        return {
          type: 'answer',
          value: { of: tagOf(checkedText(context)), removed: true } satisfies Checked,
          notes: [{ key: 'kinds.personalData.removed' }],
        }
      default:
        return { type: 'other' }
    }
  },
  show: () => '',
}

function checkedText(context: KindContext<StepOf<'personalData'>>): string {
  return context.step.of.map((step) => textsOf(context, step).join('\n')).join('\u0000')
}

function textsOf(context: KindContext, step: string): string[] {
  const value = context.form.answers[step]?.value
  return typeof value === 'string' ? [value] : [contentText(value as ContentValue | undefined)]
}

function removeFrom(context: KindContext<StepOf<'personalData'>>, id: string): void {
  const answer = context.form.answers[id]
  if (answer === undefined) return
  const step = context.engine.flows.forms[context.flow]?.steps.find((other) => other.id === id)
  const maxLength = step !== undefined && 'maxLength' in step ? step.maxLength : Number.POSITIVE_INFINITY
  const [text = ''] = textsOf(context, id)
  const findings = findPersonalData(text)
  const clear = removePersonalData(text, findings)
  // Where the full words would make it longer than allowed, a mark that is never longer than what it hides.
  const fitting = clear.length <= maxLength ? clear : removePersonalData(text, findings, SHORT_PLACEHOLDERS)
  answer.value = typeof answer.value === 'string' ? fitting : { ...(answer.value as ContentValue), parts: [fitting] }
}

const SHORT_PLACEHOLDERS = Object.fromEntries(
  Object.keys(PERSONAL_DATA_PLACEHOLDERS).map((kind) => [kind, '[…]']),
) as typeof PERSONAL_DATA_PLACEHOLDERS
