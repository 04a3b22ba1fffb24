import type { ActOf } from './acts.ts'
import { type Case, mayPublishContent, type Publication } from './case.ts'
import { attachmentsOf, pickAttachments, unknownAttachments } from './checks.ts'
import type { EffectsOf, Step } from './decision.ts'
import { type Fault, fault } from './faults.ts'

/** What the acts on a finished answer change: publication and its correction, return, rating, disagreement. */
export const releaseEffects: EffectsOf<
  'returnToAgency' | 'publish' | 'answerUnpublished' | 'correctPublication' | 'rate' | 'disagree' | 'reopen'
> = {
  returnToAgency: { apply: (_act, current) => ({ change: setAside(current) }) },

  publish: {
    check: checkPublicText,
    apply(act, current, step) {
      const publication = publicText(act, current, step)
      return {
        change: { ...withPublication(current, publication), unpublished: null },
        data: { contentWithheld: publication.content === null },
      }
    },
  },

  answerUnpublished: {
    apply: (act, _current, step) => ({
      change: { unpublished: { reasonCode: act.reasonCode, reason: act.reason, by: step.firstBy, at: step.now } },
    }),
  },

  correctPublication: {
    check(act, current, step) {
      return [
        ...checkPublicText(act, current, step),
        ...((act.reason ?? '') === '' ? [fault('reason', 'required')] : []),
      ]
    },
    apply(act, current, step) {
      const before = current.publication
      const publication = {
        ...publicText(act, current, step),
        publishedAt: before?.publishedAt ?? step.now,
        publishedBy: before?.publishedBy ?? step.firstBy,
        correctedAt: step.now,
      }
      return {
        change: withPublication(current, publication),
        ...(before?.answer === publication.answer ? { notices: [] } : {}),
      }
    },
  },

  rate: {
    check: (act, _current, step) => withoutRequest(act.note, step),
    apply: (act, _current, step) => ({
      change: { rating: { stars: act.stars, comment: act.comment ?? null, at: step.now } },
    }),
  },

  disagree: {
    check: (act, _current, step) => [
      ...unknownAttachments(act.attachmentIds, step.attachments),
      ...withoutRequest(act.note, step),
    ],
    apply(act, _current, step) {
      const attachments = pickAttachments(act.attachmentIds, step.attachments)
      return { change: { disagreement: { at: step.now, text: act.text, attachments, location: act.location ?? null } } }
    },
  },

  reopen: {
    apply(act, current, step) {
      const round = current.round + 1
      const heard = current.disagreement === null ? [] : [current.disagreement]
      const change: Partial<Case> = {
        ...setAside(current),
        round,
        disagreement: null,
        disagreements: [...current.disagreements, ...heard],
        rating: null,
        unpublished: null,
      }
      const data = { round, requestedAt: current.disagreement?.at ?? step.now }
      if (round < 2) return { change, data }
      // The second disagreement, and every later one, goes up for decision (R4-E2, R4-E4).
      const escalation = {
        reasonCode: 'repeated_disagreement' as const,
        positions: [],
        proposal: act.reason ?? '',
        proposedBy: step.by,
        proposedAt: step.now,
        submittedAt: step.now,
        submittedBy: step.by,
        decision: null,
      }
      const escalationHistory = [
        ...current.escalationHistory,
        ...(current.escalation === null ? [] : [current.escalation]),
      ]
      return { change: { ...change, escalation, escalationHistory }, data: { ...data, escalated: true } }
    },
  },
}

/** What an officer enters for the sender rests on a written request, and the note says which one (§7.2). */
function withoutRequest(note: string | undefined, { actor }: Step): Fault[] {
  return actor.type === 'officer' && (note ?? '') === '' ? [fault('note', 'writtenRequest')] : []
}

type PublicTextAct = ActOf<'publish' | 'correctPublication'>

function checkPublicText(act: PublicTextAct, current: Case, step: Step): Fault[] {
  return [
    ...(mayPublishContent(current) && act.content === '' ? [fault('content', 'required')] : []),
    ...unknownAttachments(act.attachmentIds, [...attachmentsOf(current), ...step.attachments]),
  ]
}

/** Without the sender's agreement their words stay out, whatever the publisher typed (R9-2). */
function publicText(act: PublicTextAct, current: Case, step: Step): Publication {
  return {
    title: act.title,
    content: mayPublishContent(current) ? act.content : null,
    answer: act.answer,
    attachments: pickAttachments(act.attachmentIds, [...attachmentsOf(current), ...step.attachments]),
    publishedBy: step.firstBy,
    publishedAt: step.now,
    correctedAt: null,
  }
}

/** The version before is kept (T24). */
function withPublication(current: Case, publication: Publication): Partial<Case> {
  const before = current.publication === null ? [] : [current.publication]
  return { publication, publicationHistory: [...current.publicationHistory, ...before] }
}

/** An answer that did not settle the matter is kept, and cannot be released again by mistake. */
function setAside(current: Case): Partial<Case> {
  const before = current.answer === null ? [] : [current.answer]
  return { answer: null, answerHistory: [...current.answerHistory, ...before] }
}
