import type { Case } from '../cases/case.ts'
import { OPEN_STATES, stateLabelKey } from '../cases/words.ts'
import type { Choice, Param, Sentence } from '../conversation/effects.ts'
import { dayOf } from '../conversation/text/dates.ts'
import { codePointLength, excerpt } from '../conversation/text/normalise.ts'
import type { Found } from './compose-turn.ts'

/** What the chat needs to know around a case. */
export type CaseFacts = {
  unitName(code: string): string
  /** The due day of the answer (clock C) and whether it has passed; null while the clock is paused or closed. */
  answerBy(current: Case): { day: string; isPast: boolean } | null
  publicUrl: string
}

/** Longer answers are linked to (conversation.md §5). */
const ANSWER_LENGTH_MAX = 1500

/** A case as its owner, or as anybody, may see it in the chat (R3-17). */
export function describeCase(current: Case, facts: CaseFacts, viewer: { isOwner: boolean }): Found {
  const timeline = { lines: timelineOf(current, facts) }
  const sentences: Sentence[] = [
    viewer.isOwner
      ? { key: 'cases.own', params: { code: current.code, title: current.title, timeline } }
      : { key: 'cases.public', params: { code: current.code, timeline, unit: facts.unitName(unitOf(current)) } },
  ]
  if (current.publication !== null) sentences.push(publishedAnswer(current, facts))
  return { sentences, choices: [] }
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

/** The citizen's own cases, newest first, each with its button. */
export function describeCases(cases: readonly Case[]): Found {
  if (cases.length === 0) return { sentences: [{ key: 'myCases.none' }], choices: [] }
  const lines = cases.map((current) => ({
    key: 'myCases.line',
    params: {
      code: current.code,
      title: excerpt(current.title, 80),
      state: { key: stateLabelKey(current.state), params: { code: current.parentCode ?? '' } },
    },
  }))
  const choices: Choice[] = cases.slice(0, 3).map((current) => ({
    title: { literal: current.code },
    payload: `#case.${current.code}`,
  }))
  return { sentences: [{ key: 'myCases.list', params: { lines: { lines } } }], choices }
}
