import { z } from 'zod'
import { actSchema } from '../../cases/acts.ts'
import { ROLES, TOKEN_SCOPES } from '../../cases/case.ts'
import { CHANNELS, CONTENT_KINDS, FIELDS, KPI_CLASSES, STATES, SUBMITTER_TYPES } from '../../cases/words.ts'
import { type ProblemCode, statusOf } from '../problem.ts'
import { recordShape } from './case-record.ts'
import { answerSchema, attachmentSchema, code, day, publicationSchema, time, unitCode } from './shapes.ts'

// The answers below are checked against these schemas by the tests, requests by the service; /api/openapi.json is made of them.

export const summarySchema = z
  .object({
    code,
    version: z.int(),
    state: z.enum(STATES),
    stateLabel: z.string(),
    channel: z.enum(CHANNELS),
    receivedAt: time,
    submitterType: z.enum(SUBMITTER_TYPES),
    name: z.string().meta({ description: 'Masked without the right to contact data' }),
    title: z.string().optional().meta({ description: 'Absent without the right to the words of the case' }),
    contentKind: z.enum(CONTENT_KINDS).nullable(),
    field: z.enum(FIELDS).nullable(),
    leadUnitCode: unitCode.nullable(),
    handler: z.string().nullable(),
    flags: z.array(z.string()),
    answerBy: day.nullable(),
  })
  .meta({ id: 'CaseSummary' })

export const clocksSchema = z.object({
  receivedDate: day,
  refuseBy: day,
  supplementBy: day,
  forwardBy: day,
  answerBy: day.nullable(),
  answerByOtherPolicy: day.nullable(),
  progressUpdatesBy: z.array(day),
  firstProgressUpdateBy: day.nullable(),
  publishBy: day.nullable(),
  supplementReplyBy: day.nullable(),
  acknowledgeBy: day.nullable(),
  disagreeBy: day.nullable(),
  decisionBy: day.nullable(),
  paused: z.boolean(),
  provisional: z.boolean(),
})

export const wholeCaseSchema = z.object({
  code,
  version: z.int(),
  state: z.enum(STATES),
  stateLabel: z.string(),
  pendingApproval: z.object({ act: z.string(), by: z.string(), at: time }).nullable(),
  channel: z.enum(CHANNELS),
  receivedAt: time,
  ruleSet: z.string(),
  model: z.enum(['2022', '2025']),
  submitterType: z.enum(SUBMITTER_TYPES),
  name: z.string(),
  contactPerson: z.string().nullable(),
  /** Answers to questions that the province added to the form. */
  extra: z.record(z.string(), z.strictObject({ label: z.string(), value: z.string() })),
  phone: z.string(),
  email: z.string().nullable(),
  address: z.object({
    model: z.enum(['2022', '2025']),
    provinceCode: z.string().nullable(),
    districtCode: z.string().nullable(),
    communeCode: z.string().nullable(),
    detail: z.string().optional(),
    text: z.string().optional(),
  }),
  title: z.string(),
  content: z.string(),
  contentKind: z.enum(CONTENT_KINDS).nullable(),
  kpiClass: z.enum(KPI_CLASSES).nullable(),
  field: z.enum(FIELDS).nullable(),
  suggestedUnitCode: unitCode.nullable(),
  leadUnitCode: unitCode.nullable(),
  coordinatingUnitCodes: z.array(unitCode),
  handler: z.string().nullable(),
  flags: z.array(z.string()),
  allowedActs: z.array(z.string()),
  clocks: clocksSchema,
  refusal: z
    .object({ reasonCode: z.string(), reason: z.string(), guidance: z.string(), by: z.string(), at: time })
    .nullable(),
  answer: answerSchema.nullable(),
  publication: publicationSchema.nullable(),
  ...recordShape,
  parentCode: code.nullable(),
  relatedCodes: z.array(code),
  attachments: z.array(attachmentSchema),
  warnings: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
})

/** What only a reader of the words of a case is given. */
export const FILE_FIELDS = [
  'title',
  'content',
  'extra',
  'concernedUnit',
  'supplements',
  'progressUpdates',
  'refusal',
  'answer',
  'answerHistory',
  'unpublished',
  'opinions',
  'urges',
  'escalations',
  'disagreement',
  'disagreements',
  'rating',
  'withdrawal',
  'attachments',
] as const satisfies readonly (keyof typeof wholeCaseSchema.shape)[]

export const caseSchema = wholeCaseSchema
  .partial(Object.fromEntries(FILE_FIELDS.map((field) => [field, true])) as Record<(typeof FILE_FIELDS)[number], true>)
  .meta({ id: 'Case' })

export const historyEntrySchema = z
  .object({
    seq: z.int(),
    at: time,
    actor: z.string(),
    act: z.string(),
    from: z.string(),
    to: z.string(),
    data: z.record(z.string(), z.unknown()).optional(),
    salt: z.string().optional(),
    dataHash: z.string(),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'HistoryEntry' })

export const noticeSchema = z
  .object({
    notice: z.string().meta({ example: 'N1' }),
    mandatory: z.boolean(),
    state: z.enum(['planned', 'accepted', 'delivered', 'seen', 'workItem', 'done', 'waiting', 'cancelled']),
    channel: z.string(),
    createdAt: time,
    tries: z.array(
      z.object({
        at: time,
        channel: z.string(),
        result: z.string(),
        code: z.string().optional(),
        messageId: z.string().optional(),
      }),
    ),
    workItem: z
      .object({ id: z.string(), state: z.enum(['open', 'done']), assignee: z.string().nullable(), dueAt: time })
      .optional()
      .meta({ description: 'No channel reaches the sender: a person calls or writes' }),
  })
  .meta({ id: 'Notice' })

export const unitSchema = z
  .object({
    code: unitCode,
    name: z.string(),
    shortName: z.string(),
    level: z.string(),
    kind: z.string(),
    parent: unitCode.nullable(),
    gsoCode: z.string().nullable(),
    roles: z.array(z.string()),
    model: z.enum(['2022', '2025']),
    validFrom: day,
    validTo: day.nullable(),
    needsConfirmation: z.boolean(),
    active: z.boolean().meta({ description: 'Whether today lies between validFrom and validTo' }),
    succeededBy: z.array(unitCode),
  })
  .meta({ id: 'Unit' })

export const meSchema = z
  .object({
    login: z.string(),
    name: z.string(),
    unit: z.object({ code: unitCode, name: z.string() }),
    roles: z.array(z.enum(ROLES)),
    scopes: z.array(z.enum(TOKEN_SCOPES)).meta({ description: 'What the token is good for' }),
    rights: z.array(z.string()),
  })
  .meta({ id: 'Me' })

/** Other members may follow (RFC 9457, 3.2). */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(statusOf) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().meta({ description: 'For a person, in the language asked for' }),
    errors: z.array(z.object({ path: z.string().meta({ description: 'Dotted' }), message: z.string() })),
    requestId: z.string().optional(),
    changes: z
      .array(z.object({ seq: z.int(), at: time, actor: z.string(), act: z.string(), from: z.string(), to: z.string() }))
      .optional()
      .meta({
        description: 'With version_conflict: what was done since the version that was named, at most the last 50',
      }),
    allowedActs: z
      .array(z.string())
      .optional()
      .meta({ description: 'With a refused act: what this person may do with the case now' }),
  })
  .meta({ id: 'Problem' })

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() })

export const limit = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 100)
  .prefault('20')
  .meta({ jsonSchema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } })
export const cursor = z.string().max(500).optional().meta({ description: '`next` of the page before' })

export const unitListQuery = z.strictObject({ model: z.enum(['2022', '2025']).optional(), cursor, limit })

export { actSchema, attachmentSchema }
