import { type Address, formatAddress } from '../places.ts'
import type { StepOf } from '../schema.ts'
import { showLiterally } from '../text/normalise.ts'
import { type ContentValue, contentText } from './content.ts'
import { answerOf, type Kind, type KindContext, keep, kept, kindOption, option, quote, type Reading } from './kind.ts'

/** A unit of the model in force, or null: "để Văn phòng chuyển giúp" (R7-8). */
export type UnitValue = { code: string; name: string } | { code: null }

const SUGGESTED_UNITS_MAX = 2
const CERTAIN_SCORE = 0.9

export const unit: Kind<StepOf<'unit'>> = {
  commands: ['skip'],
  prompt(context) {
    const key = `${context.flow}.${context.step.id}`
    if (context.form.typing) return { sentence: { key: `${key}.askPlain` }, choices: [kindOption(context, 'office')] }
    return {
      sentence: { key: `${key}.ask` },
      choices: [
        ...suggested(context).map((found) => option(context, 'to', { literal: found.name }, found.code)),
        kindOption(context, 'office'),
        kindOption(context, 'other'),
        ...keep(context),
      ],
    }
  },
  read(context, input) {
    const { units, model } = context.engine
    if (input.type === 'option') {
      if (input.option === 'office') return { type: 'answer', value: { code: null } }
      if (input.option === 'other') return { type: 'stay', typing: true }
      const chosen = input.option === 'to' ? units.byCode(input.tag) : undefined
      if (chosen?.model === model) return { type: 'answer', value: { code: chosen.code, name: chosen.name } }
      return kept(context, input)
    }
    if (input.type !== 'words') return { type: 'other' }
    if (input.command === 'skip') return { type: 'answer', value: { code: null } }
    const first = input.command === 'yes' ? suggested(context)[0] : undefined
    if (first !== undefined) {
      return { type: 'answer', value: { code: first.code, name: first.name } }
    }
    if (/^(khong|chua|ko|k|hong) (ro|biet)|nho van phong|van phong (chuyen|gui)|chuyen giup/.test(input.folded)) {
      return { type: 'answer', value: { code: null } }
    }
    if (input.command !== null) return { type: 'other' }
    const matches = units.find(input.text, { model, limit: 5 })
    const [best, second] = matches
    if (best === undefined) {
      return { type: 'wrong', sentence: { key: 'kinds.unit.unknown', params: { understood: quote(input.text) } } }
    }
    const certain = best.score >= CERTAIN_SCORE && (second === undefined || best.score - second.score > 0.05)
    if (certain || matches.length === 1) {
      const value = { code: best.unit.code, name: best.unit.name }
      return best.score >= 0.75
        ? { type: 'answer', value }
        : { type: 'confirm', value, question: { key: 'kinds.unit.confirm', params: { unit: best.unit.name } } }
    }
    return {
      type: 'choose',
      question: { key: 'kinds.unit.choose', params: { understood: quote(input.text) } },
      none: 'form.noneOfThese',
      options: matches.slice(0, 4).map((match) => ({
        title: match.unit.name,
        value: { code: match.unit.code, name: match.unit.name },
      })),
    }
  },
  show(context, value) {
    const chosen = value as UnitValue
    return chosen.code === null
      ? context.engine.translate(context.conversation.locale, 'kinds.unit.office')
      : chosen.name
  },
}

function suggested(context: KindContext<StepOf<'unit'>>): { code: string; name: string }[] {
  const content = contentText(answerOf<ContentValue>(context.form, context.step.of))
  return context.engine.units
    .mentionedIn(content, { model: context.engine.model })
    .slice(0, SUGGESTED_UNITS_MAX)
    .map((match) => ({ code: match.unit.code, name: match.unit.name }))
}

/** Free text for senders outside the province (R3-4): no commune code. */
export type AddressValue = Address | { model: '2022' | '2025'; provinceName: string | null; text: string }

export function addressText(value: AddressValue | undefined): string {
  if (value === undefined) return ''
  return 'communeCode' in value ? formatAddress(value) : value.text
}

/** As far as an address is read; what is longer is no address. */
const ADDRESS_READ = 400

export const address: Kind<StepOf<'address'>> = {
  prompt: (context) => ({ sentence: { key: `${context.flow}.${context.step.id}.ask` }, choices: keep(context) }),
  read(context, input) {
    if (input.type === 'option') return kept(context, input)
    if (input.type !== 'words' || input.command !== null) return { type: 'other' }
    const reading = context.engine.places.readAddress(input.text.slice(0, ADDRESS_READ))
    const { model } = context.engine
    const understood = quote(input.text)
    switch (reading.kind) {
      case 'ok':
        return { type: 'answer', value: reading.address }
      case 'confirm': {
        const shown = formatAddress(reading.address)
        const question =
          reading.converted === undefined
            ? { key: 'kinds.address.confirm', params: { address: shown } }
            : {
                key: 'kinds.address.converted',
                params: { from: reading.converted.fromName, to: reading.converted.toName, address: shown },
              }
        return { type: 'confirm', value: reading.address, question }
      }
      case 'choose':
        return {
          type: 'choose',
          question: { key: 'kinds.address.choose', params: { understood } },
          none: 'form.noneOfThese',
          options: reading.candidates
            .slice(0, 8)
            .map((candidate) => ({ title: candidate.label, value: candidate.address })),
        }
      case 'outside':
        return outside({ model, provinceName: reading.provinceName, text: reading.text })
      case 'foreign':
        return outside({ model, provinceName: null, text: reading.text })
      case 'incomplete':
        return { type: 'wrong', sentence: { key: 'kinds.address.incomplete', params: { understood } } }
      case 'unknown':
        return { type: 'wrong', sentence: { key: 'kinds.address.unknown', params: { understood } } }
    }
  },
  show: (_context, value) => showLiterally(addressText(value as AddressValue)),
}

const outside = (value: AddressValue): Reading => ({
  type: 'confirm',
  value,
  question: { key: 'kinds.address.outside', params: { address: addressText(value) } },
})
