import { z } from 'zod'
import type { Case, CaseAttachment, Disagreement } from '../../cases/case.ts'
import { formatTime } from '../../cases/days.ts'
import { ESCALATION_REASONS, PURPOSES, UNPUBLISHED_REASONS } from '../../cases/words.ts'
import type { SeenCase } from '../../usecases/read-cases.ts'
import { answerSchema, attachmentSchema, day, publicationSchema, time, unitCode } from './shapes.ts'

const locationSchema = z
  .object({ latitude: z.number(), longitude: z.number() })
  .nullable()
  .meta({ description: 'Null without the right to contact data, too' })

const disagreementSchema = z.object({
  at: time,
  text: z.string(),
  attachments: z.array(attachmentSchema),
  location: locationSchema,
})

/** What has been done in a case beside its state: asked and added, decided, urged, rated. */
export const recordShape = {
  enteredAt: time,
  enteredBy: z.string().nullable(),
  intakeUnitCode: unitCode,
  intakeOfficer: z.string().nullable(),
  originalDocNumber: z.string().nullable(),
  readBackConfirmed: z.boolean(),
  identityLevel: z.int(),
  nationalCode: z.string().nullable(),
  nationalState: z.string().nullable(),
  dossierCode: z.string().nullable(),
  incidentDate: day.nullable(),
  concernedUnit: z.string().nullable(),
  location: locationSchema,
  consents: z.array(z.object({ purpose: z.enum(PURPOSES), given: z.boolean(), textVersion: z.string(), at: time })),
  publicChoice: z.object({ content: z.boolean(), name: z.enum(['masked', 'hidden']) }),
  supplements: z.array(
    z.object({
      askedAt: time,
      askedBy: z.string(),
      missing: z.string(),
      replyBy: day,
      answeredAt: time.nullable(),
      text: z.string(),
      attachments: z.array(attachmentSchema),
      location: locationSchema,
      closedAt: time.nullable(),
    }),
  ),
  progressUpdates: z.array(z.object({ at: time, by: z.string(), text: z.string() })),
  answerHistory: z.array(answerSchema),
  publicationHistory: z.array(publicationSchema),
  unpublished: z
    .object({ reasonCode: z.enum(UNPUBLISHED_REASONS), reason: z.string(), by: z.string(), at: time })
    .nullable(),
  transferOut: z.object({ body: z.string(), documentNumber: z.string(), date: day }).nullable(),
  opinions: z.array(
    z.object({
      unitCode,
      question: z.string(),
      askedAt: time,
      askedBy: z.string(),
      answeredAt: time.nullable(),
      answeredBy: z.string().nullable(),
      opinion: z.string().nullable(),
    }),
  ),
  urges: z.array(z.object({ number: z.int(), unitCode, text: z.string(), answerBy: day, at: time, by: z.string() })),
  escalations: z.array(
    z.object({
      reasonCode: z.enum(ESCALATION_REASONS),
      positions: z.array(z.object({ unitCode, text: z.string() })),
      proposal: z.string(),
      proposedBy: z.string(),
      proposedAt: time,
      submittedAt: time.nullable(),
      decision: z
        .object({
          text: z.string(),
          decidedBy: z.string(),
          date: day,
          documentNumber: z.string(),
          recordedBy: z.string(),
          recordedAt: time,
        })
        .nullable(),
    }),
  ),
  round: z.int(),
  disagreement: disagreementSchema.nullable().meta({ description: 'Waits for a decision on opening the case again' }),
  disagreements: z.array(disagreementSchema).meta({ description: 'Those for which the case was opened again' }),
  rating: z.object({ stars: z.int(), comment: z.string().nullable(), at: time }).nullable(),
  withdrawal: z.object({ at: time, by: z.string(), reason: z.string().nullable() }).nullable(),
  children: z.array(z.string()),
} as const

/** The record of a case as JSON; a place on the map is contact data. */
export function recordJson({ current }: SeenCase): z.input<z.ZodObject<typeof recordShape>> {
  return {
    enteredAt: formatTime(current.enteredAt),
    enteredBy: current.enteredBy,
    intakeUnitCode: current.intakeUnitCode,
    intakeOfficer: current.intakeOfficer,
    originalDocNumber: current.originalDocNumber,
    readBackConfirmed: current.readBackConfirmed,
    identityLevel: current.identityLevel,
    nationalCode: current.nationalCode,
    nationalState: current.nationalState,
    dossierCode: current.dossierCode,
    incidentDate: current.incidentDate,
    concernedUnit: current.concernedUnit,
    location: current.location,
    consents: current.consents.map(({ purpose, given, textVersion, at }) => ({
      purpose,
      given,
      textVersion,
      at: formatTime(at),
    })),
    publicChoice: current.publicChoice,
    supplements: current.supplements.map((supplement) => supplementJson(supplement)),
    progressUpdates: current.progressUpdates.map(({ at, by, text }) => ({ at: formatTime(at), by, text })),
    answerHistory: current.answerHistory.map(answerJson),
    publicationHistory: current.publicationHistory.map(publicationJson),
    unpublished:
      current.unpublished === null ? null : { ...current.unpublished, at: formatTime(current.unpublished.at) },
    transferOut: current.transferOut,
    opinions: current.opinions.map((opinion) => ({
      ...opinion,
      askedAt: formatTime(opinion.askedAt),
      answeredAt: timeOrNull(opinion.answeredAt),
    })),
    urges: current.urges.map((urge) => ({ ...urge, at: formatTime(urge.at) })),
    escalations: [...current.escalationHistory, ...(current.escalation === null ? [] : [current.escalation])].map(
      escalationJson,
    ),
    round: current.round,
    disagreement: current.disagreement === null ? null : disagreementJson(current.disagreement),
    disagreements: current.disagreements.map(disagreementJson),
    rating: current.rating === null ? null : { ...current.rating, at: formatTime(current.rating.at) },
    withdrawal: current.withdrawal === null ? null : { ...current.withdrawal, at: formatTime(current.withdrawal.at) },
    children: current.children.map(({ code }) => code),
  }
}

export function answerJson(answer: NonNullable<Case['answer']>): z.input<typeof answerSchema> {
  return { ...answer, at: formatTime(answer.at), attachments: answer.attachments.map(attachmentJson) }
}

export function publicationJson(publication: NonNullable<Case['publication']>): z.input<typeof publicationSchema> {
  const { publishedAt, correctedAt, attachments, ...texts } = publication
  return {
    ...texts,
    publishedAt: formatTime(publishedAt),
    correctedAt: timeOrNull(correctedAt),
    attachments: attachments.map(attachmentJson),
  }
}

export function attachmentJson({ id, name, mediaType, sizeBytes, sha256 }: CaseAttachment) {
  return { id, name, mediaType, sizeBytes, sha256 }
}

function disagreementJson({ at, text, attachments, location }: Disagreement) {
  return {
    at: formatTime(at),
    text,
    attachments: attachments.map(attachmentJson),
    location: location,
  }
}

function supplementJson(supplement: Case['supplements'][number]) {
  const { askedAt, askedBy, missing, replyBy, answeredAt, text, attachments, closedAt } = supplement
  return {
    askedAt: formatTime(askedAt),
    askedBy,
    missing,
    replyBy,
    answeredAt: timeOrNull(answeredAt),
    text,
    attachments: attachments.map(attachmentJson),
    location: supplement.location ?? null,
    closedAt: timeOrNull(closedAt),
  }
}

function escalationJson(escalation: NonNullable<Case['escalation']>) {
  const { reasonCode, positions, proposal, proposedBy, proposedAt, submittedAt, decision } = escalation
  return {
    reasonCode,
    positions,
    proposal,
    proposedBy,
    proposedAt: formatTime(proposedAt),
    submittedAt: timeOrNull(submittedAt),
    decision: decision === null ? null : { ...decision, recordedAt: formatTime(decision.recordedAt) },
  }
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : formatTime(at)
}
