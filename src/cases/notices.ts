import type { ActOf } from './acts.ts'
import { type Case, isEscalated } from './case.ts'
import type { Clocks } from './clocks.ts'
import type { NoticeId } from './words.ts'

/** A value inside a notice; days and times are written out by the reader's language. */
export type NoticeParam = string | number | boolean | null | { day: string } | { time: number }

/** A notice that follows from an act; the text layer finds the words, delivery the way. */
export type NoticeDraft = {
  notice: NoticeId
  caseCode: string
  /** Must end as delivered on some channel or as a done work item (R5-1). */
  mandatory: boolean
  /** A suspected denunciation: nothing of its words, only code, state and days (R2-31, R5-4). */
  quiet: boolean
  params: Record<string, NoticeParam>
}

/** §5; N13 belongs to data protection and is never made by an act on a case. */
const MANDATORY: ReadonlySet<NoticeId> = new Set<NoticeId>(['N1', 'N2', 'N3', 'N3b', 'N4', 'N7', 'N10'])

/** Whether the law orders this notice (§5). */
export function isMandatory(notice: NoticeId): boolean {
  return MANDATORY.has(notice)
}

const day = (value: string | null): NoticeParam => (value === null ? null : { day: value })

/** What a notice may say beside the case and its clocks. */
export type NoticeFacts = {
  /** What the officer wrote for the citizen. */
  text?: string | null
  /** Until when a supplement opens a closed case again (T7). */
  lateSupplementBy?: string | null
}

type Contents = (next: Case, clocks: Clocks, facts: NoticeFacts) => Record<string, NoticeParam>

const CONTENTS: Record<NoticeId, Contents> = {
  N1: (next, clocks) => ({
    receivedAt: { time: next.receivedAt },
    unitCode: next.intakeUnitCode,
    answerBy: day(clocks.answerBy),
  }),
  N2: (next) => {
    const asked = next.supplements.at(-1)
    return { missing: asked?.missing ?? null, replyBy: day(asked?.replyBy ?? null) }
  },
  N3: (next, clocks) => ({
    publishedAt: { time: next.publication?.publishedAt ?? 0 },
    corrected: next.publication?.correctedAt != null,
    answer: next.publication?.answer ?? null,
    unitCode: next.answer?.unitCode ?? null,
    disagreeBy: day(clocks.disagreeBy),
  }),
  N3b: (next, clocks) => ({
    answer: next.answer?.text ?? null,
    unitCode: next.answer?.unitCode ?? null,
    disagreeBy: day(clocks.disagreeBy),
  }),
  N4: (next) => ({
    reasonCode: next.refusal?.reasonCode ?? null,
    reason: next.refusal?.reason ?? null,
    guidance: next.refusal?.guidance ?? null,
  }),
  N5: (next, clocks) => ({ unitCode: next.leadUnitCode ?? next.intakeUnitCode, answerBy: day(clocks.answerBy) }),
  N6: (next, clocks) => ({ unitCode: next.leadUnitCode ?? next.intakeUnitCode, answerBy: day(clocks.answerBy) }),
  N7: (next, clocks, { text }) => ({
    text: text ?? null,
    unitCode: next.leadUnitCode,
    answerBy: day(clocks.answerBy),
    nextUpdateBy: day(nextUpdate(next, clocks)),
  }),
  N8: (next, _clocks, { lateSupplementBy }) => ({
    missing: next.supplements.at(-1)?.missing ?? null,
    replyBy: next.state === 'AWAITING_SUPPLEMENT' ? day(next.supplements.at(-1)?.replyBy ?? null) : null,
    lateSupplementBy: day(lateSupplementBy ?? null),
  }),
  N9: () => ({}),
  N10: (next) => ({
    body: next.transferOut?.body ?? null,
    documentNumber: next.transferOut?.documentNumber ?? null,
    date: day(next.transferOut?.date ?? null),
  }),
  N11: (next) => ({ parentCode: next.parentCode }),
  N12: (next, clocks) => ({
    round: next.round,
    escalated: isEscalated(next),
    unitCode: next.leadUnitCode ?? next.intakeUnitCode,
    answerBy: day(clocks.answerBy),
    decisionBy: day(clocks.decisionBy),
  }),
  N13: () => ({}),
  message: (_next, _clocks, { text }) => ({ text: text ?? null }),
}

/** What is said of a parent is said to the sender of every case that was merged into it (R4-M3). */
const FOR_CHILDREN: ReadonlySet<NoticeId> = new Set<NoticeId>(['N3', 'N3b', 'N4', 'N7', 'N10'])

/**
 * The notice about a case as it stands after an act. The answer to a parent goes to each merged child under the child's own
 * code (R4-M3).
 */
export function draftNotices(notice: NoticeId, next: Case, clocks: Clocks, facts: NoticeFacts = {}): NoticeDraft[] {
  const quiet = next.denunciationSuspected
  const params = { state: next.state, ...CONTENTS[notice](next, clocks, facts) }
  const own = draft(notice, next.code, quiet, { ...params, code: next.code, title: quiet ? null : next.title })
  if (!FOR_CHILDREN.has(notice)) return [own]
  const children = next.children.map((child) =>
    draft(notice, child.code, quiet, { ...params, code: child.code, parentCode: next.code, title: null }),
  )
  return [own, ...children]
}

/** What of an act is written to the citizen as it stands. */
export function textForCitizen(act: { act: string }): string | null {
  return act.act === 'progressUpdate' || act.act === 'messageCitizen'
    ? (act as ActOf<'progressUpdate' | 'messageCitizen'>).text
    : null
}

function draft(notice: NoticeId, caseCode: string, quiet: boolean, params: NoticeDraft['params']): NoticeDraft {
  return { notice, caseCode, mandatory: isMandatory(notice), quiet, params }
}

/** The first update day after the one that was just given. */
function nextUpdate(next: Case, clocks: Clocks): string | null {
  const given = next.progressUpdates.at(-1)
  if (given === undefined) return clocks.firstProgressUpdateBy
  return clocks.progressUpdatesBy.find((due) => due > given.day) ?? null
}
