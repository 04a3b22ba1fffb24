import type { Case } from '../cases/case.ts'
import type { NoticeDraft, NoticeParam } from '../cases/notices.ts'
import { type Param, type Params, STARS } from '../conversation/effects.ts'

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
    for (const [name, value] of Object.entries(notice.params)) params[name] = shown(name, value, notice, wording)
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
    for (const name of LINES[notice.notice] ?? []) {
      // The answer to a parent is the parent's to dispute (R4-M3).
      const isOthers = name === 'disagreeBy' && isOfParent(notice)
      const line = `notices.${name}`
      if (!notice.quiet && notice.params[name] != null && !isOthers) {
        parts.push(texts.translate(locale, wording === 'person' ? (BY_PERSON[line] ?? line) : line, params))
      }
    }
    if (!notice.quiet && wording === 'chat' && isInvitation(notice))
      parts.push(texts.translate(locale, 'notices.rate', params))
    return { type: 'text', text: parts.join('\n'), buttons: buttons(notice, locale) }
  }

  function shown(name: string, value: NoticeParam, { notice, caseCode }: NoticeDraft, wording: Wording): Param {
    if (value === null || typeof value === 'boolean') return ''
    // A letter has room for the whole answer; and what is not published has no page to read on.
    const isWhole = wording === 'person' || notice === 'N3b'
    if (name === 'answer' && typeof value === 'string' && !isWhole) return answerText(value, caseCode, facts)
    return value
  }

  function buttons(notice: NoticeDraft, locale: 'vi' | 'en'): Button[] {
    const { caseCode } = notice
    const button = (key: string, payload: string): Button => ({ title: texts.translate(locale, key), payload })
    const act = (way: string) => button(`acts.${way}.button`, `#act.${way}.${caseCode}`)
    const progress = button('notices.N1.progress', `#case.${caseCode}`)
    // Of a suspected denunciation not even what is wanted of its sender is said.
    if (notice.quiet && notice.notice !== 'N1') return [progress]
    switch (notice.notice) {
      case 'N1':
        return [progress, button('notices.N1.another', '#submit')]
      case 'N2':
        return [button('notices.N2.now', `#act.supplement.${caseCode}`), act('cannot'), progress]
      case 'N8':
        return [button('notices.N2.now', `#act.supplement.${caseCode}`), progress]
      case 'N3':
      case 'N3b':
        if (!isInvitation(notice)) return [progress]
        return STARS.toReversed().map((stars) => button(`acts.rate.stars.${stars}`, `#act.rate${stars}.${caseCode}`))
      case 'N9':
        return [progress, button('notices.N1.another', '#submit')]
      default:
        return [progress]
    }
  }

  return {
    /** In the language of the chat, where it is known, else in that in which the case was sent. */
    render: (
      notice: NoticeDraft,
      current: Case,
      locale: 'vi' | 'en' = current.locale ?? 'vi',
    ): { body: OutgoingBody }[] => [{ body: body(notice, locale, wordingFor(current)) }],
    textVersion: (notice: NoticeDraft, current?: Case): string => texts.version(keyOf(notice, wordingFor(current))),
  }
}

/** In the chat, or as an officer says it on the telephone and writes it in a letter. */
type Wording = 'chat' | 'person'

const wordingFor = (current: Case | undefined): Wording => (current?.citizenKey === null ? 'person' : 'chat')

function keyOf(notice: NoticeDraft, wording: Wording): string {
  const key = notice.quiet ? 'notices.quiet' : `notices.${notice.notice}.${variantOf(notice)}`
  return wording === 'person' ? (BY_PERSON[key] ?? key) : key
}

/** Sentences that speak of the chat, and what stands in their place where there is none. */
const BY_PERSON: Record<string, string> = {
  'notices.quiet': 'notices.byPerson.quiet',
  'notices.N1.text': 'notices.byPerson.N1',
  'notices.replyBy': 'notices.byPerson.replyBy',
  'notices.answerBy': 'notices.byPerson.answerBy',
  'notices.disagreeBy': 'notices.byPerson.disagreeBy',
}

const isOfParent = (notice: NoticeDraft) => typeof notice.params.parentCode === 'string'

/** R4-R1: the sender is invited to rate once, with the answer. */
const isInvitation = (notice: NoticeDraft) =>
  (notice.notice === 'N3' || notice.notice === 'N3b') && notice.params.corrected !== true && !isOfParent(notice)

function variantOf(notice: NoticeDraft): string {
  if (notice.notice === 'N12' && notice.params.escalated === true) return 'escalated'
  if (notice.notice === 'N8' && notice.params.lateSupplementBy === null) return 'reminder'
  return 'text'
}

/** Which days a notice promises, each in a line of its own. */
const LINES: Partial<Record<NoticeDraft['notice'], string[]>> = {
  N1: ['answerBy'],
  N2: ['replyBy'],
  N3: ['disagreeBy'],
  N3b: ['disagreeBy'],
  N5: ['answerBy'],
  N6: ['answerBy'],
  N7: ['nextUpdateBy'],
  N8: ['replyBy', 'lateSupplementBy'],
  N12: ['decisionBy', 'answerBy'],
}
