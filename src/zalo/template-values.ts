import type { NoticeId } from '../cases/words.ts'

/**
 * What each notice can put into a template: code, state, unit, link and its days, and nothing of a person or of the matter
 * (R5-4). The names are those of `ChannelMessage.values`.
 */
const OWN: Readonly<Record<NoticeId, readonly string[]>> = {
  N1: ['unit', 'receivedAt', 'answerBy'],
  N2: ['replyBy'],
  N3: ['unit', 'publishedAt', 'disagreeBy'],
  N3b: ['unit', 'disagreeBy'],
  N4: [],
  N5: ['unit', 'answerBy'],
  N6: ['unit', 'answerBy'],
  N7: ['unit', 'answerBy', 'nextUpdateBy'],
  N8: ['replyBy', 'lateSupplementBy'],
  N9: [],
  N10: ['date'],
  N11: [],
  N12: ['unit', 'answerBy', 'decisionBy'],
  N13: [],
  message: [],
}

/** The same for every notice. */
const COMMON = ['code', 'state', 'link'] as const

/** Of a suspected denunciation not even the unit is said (R2-31). */
const NOT_QUIET: readonly string[] = ['unit']

/** What a notice knows of a person or of the matter; a template must not carry it. */
export const PRIVATE_VALUES: readonly string[] = [
  'name',
  'phone',
  'email',
  'address',
  'title',
  'content',
  'answer',
  'reason',
  'guidance',
  'missing',
  'text',
]

/** The key under which the one-time code stands among the templates. */
export const ONE_TIME_CODE = 'otp'

export const TEMPLATE_NAMES: readonly string[] = [...Object.keys(OWN), ONE_TIME_CODE]

/** The values that a template of this name can be filled with. */
export function valuesOf(name: string): readonly string[] {
  if (name === ONE_TIME_CODE) return ['code', 'minutes']
  return Object.hasOwn(OWN, name) ? [...COMMON, ...OWN[name as NoticeId]] : []
}

/** A parameter as the registry says it: fixed words with values in braces. */
export type ParameterSpec = { pattern: string; maxLength?: number | undefined }

/** A parameter as the platform says it (zalo §8.2). */
export type ParameterRule = {
  name: string
  required: boolean
  acceptsNull: boolean
  type: 'text' | 'number' | 'date'
  minLength: number
  maxLength: number | null
}

export type Filled = { ok: true; data: Record<string, string> } | { ok: false; fault: ValueFault; parameter: string }
export type ValueFault = 'missing' | 'quiet' | 'tooLong' | 'tooShort' | 'notANumber' | 'notADay'

/** The names in braces. */
export function namesIn(pattern: string): string[] {
  return [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

/** Fills all parameters, cut to what the platform takes; never cuts a code or a link. */
export function fillTemplate(
  parameters: Readonly<Record<string, ParameterSpec>>,
  values: Readonly<Record<string, string>>,
  options: { rules: readonly ParameterRule[] | null; isQuiet: boolean },
): Filled {
  const data: Record<string, string> = {}
  for (const [parameter, spec] of Object.entries(parameters)) {
    const rule = options.rules?.find(({ name }) => name === parameter)
    const filled = fillOne(spec, values, rule, options.isQuiet)
    if (typeof filled === 'object') return { ok: false, fault: filled.fault, parameter }
    if (filled !== '' || rule?.acceptsNull === true) data[parameter] = filled
  }
  return { ok: true, data }
}

function fillOne(
  { pattern, maxLength }: ParameterSpec,
  values: Readonly<Record<string, string>>,
  rule: ParameterRule | undefined,
  isQuiet: boolean,
): string | { fault: ValueFault } {
  const names = namesIn(pattern)
  if (isQuiet && names.some((name) => NOT_QUIET.includes(name))) return { fault: 'quiet' }
  const isMissing = names.some((name) => (values[name] ?? '').trim() === '')
  if (isMissing) return rule !== undefined && (!rule.required || rule.acceptsNull) ? '' : { fault: 'missing' }
  const text = pattern
    .replace(/\{([^{}]*)\}/g, (_, name: string) => values[name] ?? '')
    .normalize('NFC')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
  const shaped = shape(text, rule?.type ?? 'text')
  if (typeof shaped === 'object') return shaped
  const longest = Math.min(maxLength ?? Number.POSITIVE_INFINITY, rule?.maxLength ?? Number.POSITIVE_INFINITY)
  const letters = [...shaped]
  if (letters.length < (rule?.minLength ?? 0)) return { fault: 'tooShort' }
  if (letters.length <= longest) return shaped
  // Half a code leads nowhere, and half a day is another day.
  if (rule?.type !== undefined && rule.type !== 'text') return { fault: 'tooLong' }
  if (names.some((name) => !CUTTABLE.includes(name))) return { fault: 'tooLong' }
  return longest < 2
    ? { fault: 'tooLong' }
    : `${letters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`
}

const CUTTABLE: readonly string[] = ['state', 'unit']

function shape(text: string, type: ParameterRule['type']): string | { fault: ValueFault } {
  if (type === 'number') return /^\d+$/.test(text) ? text : { fault: 'notANumber' }
  if (type !== 'date') return text
  const [, day, month, year] = /(?<!\d)(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/.exec(text) ?? inEnglish(text) ?? []
  return day === undefined ? { fault: 'notADay' } : `${day.padStart(2, '0')}/${month?.padStart(2, '0')}/${year}`
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** "Tuesday 8 December 2026". */
function inEnglish(text: string): string[] | undefined {
  const [, day = '', name = '', year = ''] = /(?<!\d)(\d{1,2}) ([a-z]{3})[a-z]* (\d{4})(?!\d)/i.exec(text) ?? []
  const month = MONTHS.indexOf(name.toLowerCase()) + 1
  return month === 0 ? undefined : ['', day, String(month), year]
}
