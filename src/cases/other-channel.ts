import { z } from 'zod'
import { CHANNELS, SUBMITTER_TYPES } from './words.ts'

/** Ways in that an officer enters; what comes by Zalo enters itself. */
export const ENTERED_CHANNELS = CHANNELS.filter((channel) => channel !== 'zalo')

const written = (min: number, max: number) =>
  z
    .string()
    .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
    .min(min)
    .max(max)

const optional = <Shape extends z.ZodType>(shape: Shape) => shape.nullish()
/** The form of times is judged with their meaning: a stamp of arrival often has a day only. */
const moment = z.string().min(1).max(40).meta({
  description: 'A time with its offset, or a day (then 08:00 in Vietnam is taken)',
  example: '2026-11-23T09:12:00+07:00',
})

const structuredAddress = z.strictObject({
  model: z.enum(['2022', '2025']).optional().meta({ description: 'Follows from the day of receipt' }),
  provinceCode: optional(z.string().max(10)),
  districtCode: optional(z.string().max(10)),
  communeCode: optional(z.string().max(10)).meta({
    description: 'Code of the statistical office; null keeps `text` as it is, for senders outside the province',
  }),
  detail: optional(written(0, 200)),
  text: optional(written(0, 1_000)),
})

/**
 * A phản ánh, kiến nghị as an officer enters it from a letter, a call, a visit … (R3-20 … R3-22). Shapes only: names, phones,
 * addresses and days are read where master data is at hand.
 */
export const otherChannelSchema = z.strictObject({
  channel: z.enum(ENTERED_CHANNELS),
  receivedAt: moment,
  transferredAt: optional(moment).meta({ description: 'When a ministry or another province passed it on (R4-C6)' }),
  submitterType: z.enum(SUBMITTER_TYPES),
  name: written(1, 400),
  contactPerson: optional(written(0, 400)),
  phone: written(1, 60),
  email: optional(written(0, 320)),
  address: z.union([written(1, 1_000), structuredAddress]).meta({ description: 'As written, or by codes' }),
  title: written(10, 300),
  content: written(20, 5_000),
  suggestedUnitCode: optional(z.string().max(40)),
  originalDocNumber: optional(written(0, 100)),
  readBackConfirmed: optional(z.boolean()).meta({ description: 'Needed for a call: the words were read back (R3-21)' }),
  dossierCode: optional(written(0, 100)),
  incidentDate: optional(z.iso.date()),
  concernedUnit: optional(written(0, 500)),
  attachmentIds: optional(z.array(z.string().min(1).max(100)).max(20)),
  publicChoice: optional(z.strictObject({ content: z.boolean(), name: z.enum(['masked', 'hidden']) })),
})

export type OtherChannelInput = z.output<typeof otherChannelSchema>
