import type { Case } from '../cases/case.ts'
import { OPEN_STATES, stateLabelKey } from '../cases/words.ts'
import type { Choice, Param, Sentence } from '../conversation/effects.ts'
import type { OwnCase } from '../conversation/own-cases.ts'
import { dayOf } from '../conversation/text/dates.ts'
import { codePointLength, excerpt } from '../conversation/text/normalise.ts'
import type { Found } from './compose-turn.ts'

/** What the chat needs to know around a case. */
export type CaseFacts = {
  unitName(code: string): string
  /** The due day of the answer (clock C) and whether it has passed; null while the clock is paused or closed. */
  answerBy(current: Case): { day: string; isPast: boolean } | null
  publicUrl: string
  /** Where the sender of this case reads and keeps a copy of it, for a day; null where there is no such place. */
  copyLink?(current: Case): string | null
}

/** Longer answers are linked to (conversation.md §5). */
const ANSWER_LENGTH_MAX = 1500

/** Ways that stand under an own case, in this order: what is asked of the sender first. */
const WAYS = ['supplement', 'rate', 'disagree', 'withdraw'] as const

/** A case as its owner, or as anybody, may see it in the chat (R3-17); `own` is null for anybody else. */
export function describeCase(current: Case, facts: CaseFacts, own: OwnCase | null): Found {
  const { code, title } = current
  const timeline = { lines: timelineOf(current, facts) }
  const published = current.publication === null ? [] : [publishedAnswer(current, facts)]
  if (own === null) {
    const unit = facts.unitName(unitOf(current))
    return { sentences: [{ key: 'cases.public', params: { code, timeline, unit } }, ...published], choices: [] }
  }
  const asked = askedOf(own)
  const copy = facts.copyLink?.(current) ?? null
  return {
    sentences: [
      ...(own.asked === null ? [] : asked),
      { key: 'cases.own', params: { code, title, timeline } },
      ...(published.length > 0 ? published : unpublishedAnswer(current, facts)),
      ...(current.disagreement === null ? [] : [{ key: 'cases.disputed' }]),
      // An invitation comes behind the answer that it is about.
      ...(own.asked === null ? asked : []),
    ],
    choices: [
      ...WAYS.filter((way) => own.denials[way] === undefined).map((way) => ({
        title: { key: way === 'rate' && own.stars !== null ? 'acts.rate.change' : `acts.${way}.button` },
        payload: `#act.${way}.${code}`,
      })),
      { title: { key: 'cases.others' }, payload: '#myCases' },
    ],
    links: copy === null ? [] : [{ key: 'cases.copy', url: copy }],
  }
}

/** What the office waits for, or the invitation to rate. */
function askedOf(own: OwnCase): Sentence[] {
  if (own.asked !== null) {
    const { missing, replyBy } = own.asked
    return [{ key: 'cases.asked', params: { missing, day: { day: replyBy } } }]
  }
  const isInvited = own.stars === null && own.denials.rate === undefined && own.disagreeBy !== null
  return isInvited ? [{ key: 'cases.rate', params: { day: { day: own.disagreeBy ?? '' } } }] : []
}

/** An answer that is not published is its sender's alone, and has no page to read on. */
function unpublishedAnswer(current: Case, facts: CaseFacts): Sentence[] {
  if (current.state !== 'ANSWERED_UNPUBLISHED' || current.answer === null) return []
  const unit = facts.unitName(current.answer.unitCode ?? unitOf(current))
  return [{ key: 'cases.publishedAnswer', params: { unit, answer: current.answer.text } }]
}

export function publishedAnswer(current: Case, facts: CaseFacts): Sentence {
  const answer = current.publication?.answer ?? ''
  return {
    key: 'cases.publishedAnswer',
    params: { unit: facts.unitName(unitOf(current)), answer: answerText(answer, current.code, facts) },
  }
}

/** The answer, whole where it fits one bubble, else its beginning and where to read on. */
export function answerText(answer: string, code: string, facts: CaseFacts): string {
  if (codePointLength(answer) <= ANSWER_LENGTH_MAX) return answer
  return `${excerpt(answer, ANSWER_LENGTH_MAX - 200)}\n${facts.publicUrl}/p/${code}`
}

export function unitOf(current: Case): string {
  return current.leadUnitCode ?? current.intakeUnitCode
}

function timelineOf(current: Case, facts: CaseFacts): Param[] {
  const lines: Param[] = [{ key: 'cases.received', params: { day: { day: dayOf(current.receivedAt) } } }]
  const isOpen = OPEN_STATES.includes(current.state)
  if (current.leadUnitCode !== null)
    lines.push({ key: 'cases.withUnit', params: { unit: facts.unitName(current.leadUnitCode) } })
  const state = { key: stateLabelKey(current.state), params: { code: current.parentCode ?? '' } }
  lines.push({ key: isOpen ? 'cases.now' : 'cases.ended', params: { state } })
  const answerBy = isOpen ? facts.answerBy(current) : null
  if (answerBy !== null) {
    lines.push({ key: answerBy.isPast ? 'cases.late' : 'cases.answerBy', params: { day: { day: answerBy.day } } })
  }
  return lines
}

const LISTED_MAX = 5
const BUTTONS_MAX = 3

/** The citizen's own cases, each with its button: first those that wait for the citizen, then the newest. */
export function describeCases(cases: readonly { current: Case; own: OwnCase }[]): Found {
  if (cases.length === 0) return { sentences: [{ key: 'myCases.none' }], choices: [] }
  const listed = cases.toSorted((a, b) => urgencyOf(a.own) - urgencyOf(b.own)).slice(0, LISTED_MAX)
  const lines = listed.map(({ current, own }) => ({
    key: own.asked === null ? 'myCases.line' : 'myCases.askedLine',
    params: {
      code: current.code,
      title: excerpt(current.title, 80),
      state: { key: stateLabelKey(current.state), params: { code: current.parentCode ?? '' } },
      ...(own.asked === null ? {} : { day: { day: own.asked.replyBy } }),
    },
  }))
  const choices: Choice[] = listed.slice(0, BUTTONS_MAX).map(({ current }) => ({
    title: { literal: current.code },
    payload: `#case.${current.code}`,
  }))
  return { sentences: [{ key: 'myCases.list', params: { lines: { lines } } }], choices }
}

function urgencyOf(own: OwnCase): number {
  if (own.asked !== null) return 0
  return own.stars === null && own.denials.rate === undefined ? 1 : 2
}
