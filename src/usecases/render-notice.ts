import type { Case } from '../cases/case.ts'
import type { NoticeDraft, NoticeParam } from '../cases/notices.ts'
import type { Param, Params } from '../conversation/effects.ts'
import { answerText, type CaseFacts } from './describe-case.ts'
import type { Button, OutgoingBody, Texts } from './ports.ts'

/**
 * The words of a notice, R5-4 and conversation.md §5. A quiet one (a suspected denunciation) says code and state only. Units
 * come as codes and are named here; an answer that is too long is linked to.
 */
export function createNoticeRenderer(deps: { texts: Texts; facts: CaseFacts }) {
  const { texts, facts } = deps

  function body(notice: NoticeDraft, locale: 'vi' | 'en', wording: Wording): OutgoingBody {
    const params: Params = { link: `${facts.publicUrl}/tra-cuu?code=${notice.caseCode}` }
    for (const [name, value] of Object.entries(notice.params))
      params[name] = shown(name, value, notice.caseCode, wording)
    params.unit =
      typeof notice.params.unitCode === 'string' ? facts.unitName(notice.params.unitCode) : { key: 'kinds.unit.office' }
    params.state = {
      key: `case.state.${String(notice.params.state)}`,
      params: { code: String(notice.params.parentCode ?? '') },
    }
    if (typeof notice.params.reasonCode === 'string')
      params.reasonName = { key: `case.refusalReason.${notice.params.reasonCode}` }
    // A merged child has its own code and no title of the parent's (R4-M3).
    params.about = [notice.caseCode, typeof notice.params.title === 'string' ? notice.params.title : '']
      .filter(Boolean)
      .join(' · ')
    const parts = [texts.translate(locale, keyOf(notice, wording), params)]
    if (!notice.quiet && notice.params.corrected === true)
      parts.push(texts.translate(locale, 'notices.corrected', params))
    if (!notice.quiet && notice.notice !== 'N11' && typeof notice.params.parentCode === 'string') {
      parts.push(texts.translate(locale, 'notices.ofParent', params))
    }
    for (const [name, line] of [
      ['answerBy', 'notices.answerBy'],
      ['disagreeBy', 'notices.disagreeBy'],
      ['nextUpdateBy', 'notices.nextUpdateBy'],
    ] as const) {
      if (!notice.quiet && notice.params[name] != null && LINES[notice.notice]?.includes(name) === true) {
        parts.push(texts.translate(locale, wording === 'person' ? (BY_PERSON[line] ?? line) : line, params))
      }
    }
    return { type: 'text', text: parts.join('\n'), buttons: buttons(notice, locale) }
  }

  function shown(name: string, value: NoticeParam, code: string, wording: Wording): Param {
    if (value === null || typeof value === 'boolean') return ''
    // A letter has room for the whole answer.
    if (wording === 'chat' && name === 'answer' && typeof value === 'string') return answerText(value, code, facts)
    return value
  }

  function buttons(notice: NoticeDraft, locale: 'vi' | 'en'): Button[] {
    const progress = { title: texts.translate(locale, 'notices.N1.progress'), payload: `#case.${notice.caseCode}` }
    if (notice.notice !== 'N1') return [progress]
    return [progress, { title: texts.translate(locale, 'notices.N1.another'), payload: '#submit' }]
  }

  return {
    render: (notice: NoticeDraft, current: Case, locale: 'vi' | 'en' = 'vi'): { body: OutgoingBody }[] => [
      { body: body(notice, locale, wordingFor(current)) },
    ],
    textVersion: (notice: NoticeDraft, current?: Case): string => texts.version(keyOf(notice, wordingFor(current))),
  }
}

/** In the chat, or as an officer says it on the telephone and writes it in a letter. */
type Wording = 'chat' | 'person'

const wordingFor = (current: Case | undefined): Wording => (current?.citizenKey === null ? 'person' : 'chat')

function keyOf(notice: NoticeDraft, wording: Wording): string {
  const key = notice.quiet ? 'notices.quiet' : `notices.${notice.notice}.text`
  return wording === 'person' ? (BY_PERSON[key] ?? key) : key
}

/** Sentences that speak of the chat, and what stands in their place where there is none. */
const BY_PERSON: Record<string, string> = {
  'notices.quiet': 'notices.byPerson.quiet',
  'notices.N1.text': 'notices.byPerson.N1',
  'notices.N2.text': 'notices.byPerson.N2',
  'notices.answerBy': 'notices.byPerson.answerBy',
  'notices.disagreeBy': 'notices.byPerson.disagreeBy',
}

/** Which days a notice promises, each in a line of its own. */
const LINES: Partial<Record<NoticeDraft['notice'], string[]>> = {
  N1: ['answerBy'],
  N3: ['disagreeBy'],
  N3b: ['disagreeBy'],
  N5: ['answerBy'],
  N6: ['answerBy'],
  N7: ['nextUpdateBy'],
  N12: ['answerBy'],
}
