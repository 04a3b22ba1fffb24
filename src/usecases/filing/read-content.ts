import { hasMarks } from '../../conversation/accents.ts'
import type { Intents } from '../../conversation/intents.ts'
import { looksVietnamese } from '../../conversation/text/language.ts'
import { findPersonalData } from '../../conversation/text/personal-data.ts'
import { wordsOf } from '../../conversation/text/words.ts'
import type { FieldFault } from '../refused-error.ts'
import { warning } from './field-reading.ts'

/** Below this many words missing accents say nothing. */
const WORDS_MIN = 4
/** What a text may be besides a phản ánh, kiến nghị (§2.2), and the warning for it. Hints, never a refusal (R2-21). */
const DOUBTS = {
  denunciation: 'maybeDenunciation',
  informalCharge: 'maybeDenunciation',
  complaint: 'maybeComplaint',
  judicial: 'maybeJudicial',
  legalQuestion: 'maybeLegalQuestion',
  fieldScene: 'maybeFieldScene',
} as const

/** What an officer should look at again in the words of a case: R3-6, R3-8b, §2.3. */
export function warningsOfText(text: { title: string; content: string }, intents: Intents): FieldFault[] {
  const personal = (['title', 'content'] as const)
    .filter((path) => findPersonalData(text[path]).length > 0)
    .map((path) => warning(path, 'personalData'))
  return [...personal, ...warningsOfLanguage(text.content), ...doubtsAbout(text.content, intents)]
}

function warningsOfLanguage(content: string): FieldFault[] {
  if (!looksVietnamese(content)) return [warning('content', 'notVietnamese')]
  const words = wordsOf(content)
  const isUnaccented = words.length >= WORDS_MIN && !words.some(({ text }) => hasMarks(text))
  return isUnaccented ? [warning('content', 'unaccented')] : []
}

function doubtsAbout(content: string, intents: Intents): FieldFault[] {
  const { intent, also } = intents.read(content)
  const codes = [intent, ...also].flatMap((one) =>
    Object.hasOwn(DOUBTS, one) ? [DOUBTS[one as keyof typeof DOUBTS]] : [],
  )
  return [...new Set(codes)].map((code) => warning('content', code))
}
