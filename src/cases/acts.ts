import { z } from 'zod'
import { type Fault, faultsOf } from './faults.ts'
import {
  ANSWER_FORMS,
  CONTENT_KINDS,
  ESCALATION_REASONS,
  FIELDS,
  KPI_CLASSES,
  REFUSAL_REASONS,
  UNPUBLISHED_REASONS,
} from './words.ts'

/** Text that a person wrote: whole, in one Unicode form, without space around it. */
const text = (min: number, max: number) =>
  z
    .string()
    .overwrite((written) => written.toWellFormed().normalize('NFC').trim())
    .min(min)
    .max(max)

const day = z.iso.date()
const unitCode = z.string().min(1).max(40)
const login = z.string().min(1).max(100)
const caseCode = z.string().min(1).max(40)
const attachmentIds = z.array(z.string().min(1).max(100)).max(50).optional()
const unitCodes = z.array(unitCode).max(20)
const place = z
  .strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
  .optional()
const reason = text(1, 5_000)
const note = text(0, 5_000).optional()
const longText = text(1, 20_000)

const classification = {
  contentKind: z.enum(CONTENT_KINDS),
  kpiClass: z.enum(KPI_CLASSES).optional(),
  field: z.enum(FIELDS),
}

const publicText = {
  title: text(1, 300),
  /** Withheld by the service where the sender did not agree to its publication (R9-2). */
  content: text(0, 20_000),
  answer: text(1, 20_000),
  attachmentIds,
  /** R6-5: every point has been looked at. */
  checklist: z.strictObject({
    redacted: z.literal(true),
    thirdPersonsRemoved: z.literal(true),
    answerFits: z.literal(true),
    noAccusation: z.literal(true),
    attachmentsChosen: z.literal(true),
  }),
}

/** `note` goes with every act; an act that names it itself asks for it. */
function act<Name extends string, Fields extends z.ZodRawShape>(name: Name, fields: Fields) {
  type Shape = { act: z.ZodLiteral<Name> } & Omit<{ note: typeof note }, keyof Fields> & Fields
  return z.strictObject({ act: z.literal(name), note, ...fields } as unknown as Shape)
}

/** Every act of interface.md with its fields and bounds (§4.2 "Required"). Faults are codes, never sentences. */
export const actSchema = z.discriminatedUnion('act', [
  act('refuse', { reasonCode: z.enum(REFUSAL_REASONS), reason, guidance: text(1, 5_000) }),
  act('approveRefusal', { reason: note }),
  act('declineApproval', { reason }),
  act('requestSupplement', { missing: text(20, 5_000), replyBy: day }),
  act('approveSupplement', { reason: note }),
  act('supplement', { text: text(0, 20_000).optional(), attachmentIds, location: place }),
  act('closeNoSupplement', { reason: note }),
  act('forward', {
    ...classification,
    leadUnitCode: unitCode,
    coordinatingUnitCodes: unitCodes.optional(),
    note: text(1, 5_000),
  }),
  act('handleSelf', { ...classification, handler: login, coordinatingUnitCodes: unitCodes.optional() }),
  act('accept', { handler: login }),
  act('assign', { handler: login }),
  act('returnToIntake', { reason, suggestedUnitCode: unitCode.optional() }),
  act('delegate', { leadUnitCode: unitCode, note: text(1, 5_000) }),
  act('submitAnswer', {
    answer: text(50, 20_000),
    form: z.enum(ANSWER_FORMS),
    legalBasis: text(0, 5_000).optional(),
    attachmentIds,
  }),
  act('approveAnswer', { reason: note }),
  act('returnToAgency', { reason }),
  act('publish', publicText),
  act('answerUnpublished', { reasonCode: z.enum(UNPUBLISHED_REASONS), reason }),
  act('approveUnpublished', { reason: note }),
  act('correctPublication', { ...publicText, reason: note }),
  act('approveCorrection', { reason: note }),
  act('transferOut', { body: text(1, 500), documentNumber: text(1, 100), date: day }),
  act('merge', { parentCode: caseCode }),
  act('unmerge', { reason }),
  act('link', { relatedCode: caseCode }),
  act('withdraw', { reason: note }),
  act('disagree', { text: text(1, 20_000), attachmentIds, location: place }),
  act('reopen', { reason: note }),
  act('reconsider', { reason }),
  act('rate', { stars: z.literal([1, 2, 3, 4, 5]), comment: text(0, 5_000).optional() }),
  act('progressUpdate', { text: longText }),
  act('note', { text: longText }),
  act('messageCitizen', { text: longText }),
  act('askOpinion', { unitCodes: unitCodes.min(1), question: longText }),
  act('giveOpinion', { opinion: longText }),
  act('urge', { unitCode, text: longText, answerBy: day }),
  act('escalate', {
    reasonCode: z.enum(ESCALATION_REASONS),
    positions: z.array(z.strictObject({ unitCode, text: longText })).max(20),
    proposal: longText,
  }),
  act('recordDecision', { decision: longText, decidedBy: text(1, 200), date: day, documentNumber: text(1, 100) }),
  act('markDenunciation', { reason, concernedUnitCodes: unitCodes.optional() }),
  act('clearDenunciation', { reason }),
])

export type Act = z.infer<typeof actSchema>
export type ActName = Act['act']
export type ActOf<Name extends ActName> = Extract<Act, { act: Name }>

export const ACT_NAMES: readonly ActName[] = actSchema.options.map((option) => option.shape.act.value)

/** Reads an act from outside; an unknown act and every field at fault are named by path and code. */
export function readAct(
  input: unknown,
): { ok: true; act: Act } | { ok: false; code: 'unknown_act' | 'invalid_fields'; faults: Fault[] } {
  const parsed = actSchema.safeParse(input)
  if (parsed.success) return { ok: true, act: parsed.data }
  const faults = faultsOf(parsed.error, input)
  return {
    ok: false,
    code: parsed.error.issues.some((issue) => issue.code === 'invalid_union') ? 'unknown_act' : 'invalid_fields',
    faults,
  }
}
