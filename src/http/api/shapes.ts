import { z } from 'zod'
import { ANSWER_FORMS } from '../../cases/words.ts'

// What many answers of the API have in common.

export const time = z.iso
  .datetime({ offset: true })
  .meta({ description: 'With +07:00', example: '2026-11-23T09:12:00+07:00' })
export const day = z.iso.date().meta({ example: '2026-12-15' })
export const code = z.string().meta({ example: 'PAKN.20261123.0001' })
export const unitCode = z.string().meta({ example: 'QN-C23527' })

export const attachmentSchema = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
})

export const answerSchema = z.object({
  text: z.string(),
  form: z.enum(ANSWER_FORMS),
  legalBasis: z.string().nullable(),
  unitCode: unitCode.nullable(),
  writtenBy: z.string(),
  approvedBy: z.string(),
  at: time,
  attachments: z.array(attachmentSchema),
})

export const publicationSchema = z.object({
  title: z.string(),
  content: z.string().nullable(),
  answer: z.string(),
  publishedBy: z.string(),
  publishedAt: time,
  correctedAt: time.nullable(),
  attachments: z.array(attachmentSchema),
})
