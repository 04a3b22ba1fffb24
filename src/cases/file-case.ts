import { z } from 'zod'
import type { Calendar } from './calendar.ts'
import type { Case, Model } from './case.ts'
import { isPast } from './clocks.ts'
import { type Day, dayOf } from './days.ts'
import { type Accepted, clocksOf } from './decision.ts'
import { type Fault, fault, faultsOf } from './faults.ts'
import { type Json, wellFormed } from './history.ts'
import { draftNotices } from './notices.ts'
import type { RuleSet } from './rule-set.ts'
import { CHANNELS, PURPOSES, SUBMITTER_TYPES } from './words.ts'

/** The day from which the two-tier model is in force (rules §0.2, NQ202). */
export const MODEL_2025_FROM: Day = '2025-07-01'

/** Working days after which an officer is asked whether the date of receipt is right (R3-22). */
const OLD_RECEIPT_WORKING_DAYS = 5

/** What came as a document has a number of its own, or is scanned (R3-22). */
const ON_PAPER: ReadonlySet<string> = new Set(['letter', 'fax', 'email'])

const written = (min: number, max: number) =>
  z
    .string()
    .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
    .min(min)
    .max(max)

const attachment = z.object({
  id: z.string().min(1),
  name: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int().nonnegative(),
  sha256: z.string(),
  kind: z.string().default('file'),
})

/**
 * What it takes to file a case (§3.1). Lengths of title and content are R3's; the shape of names, phones and addresses is
 * the business of whoever asked for them.
 */
const filingSchema = z.object({
  draftId: z.string().nullable().default(null),
  citizenKey: z.string().nullable().default(null),
  channel: z.enum(CHANNELS),
  receivedAt: z.int(),
  transferredAt: z.int().nullable().default(null),
  enteredBy: z.string().nullable().default(null),
  originalDocNumber: z.string().max(100).nullable().default(null),
  readBackConfirmed: z.boolean().default(false),
  identityLevel: z.literal([0, 1, 2, 3]).default(1),
  submitterType: z.enum(SUBMITTER_TYPES),
  name: written(2, 200),
  contactPerson: written(2, 100).nullable().default(null),
  phone: z.string().min(1).max(40),
  email: z.string().min(3).max(320).nullable().default(null),
  address: z.object({
    model: z.enum(['2022', '2025']),
    provinceCode: z.string().nullable(),
    districtCode: z.string().nullable(),
    communeCode: z.string().nullable(),
    detail: written(0, 200),
    text: written(1, 1_000),
  }),
  locale: z.enum(['vi', 'en']).default('vi'),
  title: written(10, 300),
  content: written(20, 5_000),
  suggestedUnitCode: z.string().nullable().default(null),
  attachments: z.array(attachment).max(50).default([]),
  location: z.object({ latitude: z.number(), longitude: z.number() }).nullable().default(null),
  dossierCode: z.string().max(100).nullable().default(null),
  incidentDate: z.iso.date().nullable().default(null),
  concernedUnit: z.string().max(500).nullable().default(null),
  /** Earlier cases that the sender refers to (R4-E2). */
  relatedCodes: z.array(z.string().min(1).max(40)).max(20).default([]),
  hints: z.array(z.string()).default([]),
  /** Answers to questions that the province has added to the form, by step. */
  extra: z.record(z.string(), z.object({ label: z.string().max(200), value: z.string().max(5_000) })).default({}),
  publicChoice: z
    .object({ content: z.boolean(), name: z.enum(['masked', 'hidden']) })
    .default({ content: true, name: 'masked' }),
  consents: z
    .array(
      z.object({
        purpose: z.enum(PURPOSES),
        given: z.boolean(),
        textVersion: z.string(),
        at: z.int(),
        eventId: z.string().nullable().default(null),
        by: z.string().optional(),
        ground: z.enum(['consent', 'legalDuty']).optional(),
      }),
    )
    .default([]),
  denunciationSuspected: z.boolean().default(false),
})

/** The fields of a case before it is one; what is left out has its usual value. */
export type Filing = z.input<typeof filingSchema>

export type FilingContext = {
  code: string
  now: number
  /** The rule set in force on the day of receipt (R0-1). */
  ruleSet: RuleSet
  calendar: Calendar
  /** The revision of the law to which both belong. */
  lawRevision: number
  /** The unit that takes the case in (R7-8). */
  intakeUnitCode: string
  /** The running number in that unit's intake book of the year of receipt (R3-25). */
  intakeNumber?: number
}

export type Filed = Accepted & { warnings: Fault[] }

/** The organisation model of a day of receipt (R0-3). */
export function modelOn(day: Day): Model {
  return day < MODEL_2025_FROM ? '2022' : '2025'
}

/** T1: a complete draft becomes a case with its code, its first line of history and N1; or every field at fault. */
export function fileCase(
  filing: Filing,
  context: FilingContext,
): Filed | { ok: false; code: 'invalid_fields'; faults: Fault[] } {
  const parsed = filingSchema.safeParse(filing)
  if (!parsed.success) return { ok: false, code: 'invalid_fields', faults: faultsOf(parsed.error, filing) }
  const fields = parsed.data
  const faults = faultsOfMeaning(fields, context.now)
  if (faults.length > 0) return { ok: false, code: 'invalid_fields', faults }

  const receivedOn = dayOf(fields.receivedAt)
  const inBook =
    context.intakeNumber === undefined
      ? {}
      : { intakeNumber: { year: Number(receivedOn.slice(0, 4)), number: context.intakeNumber } }
  const next: Case = {
    ...untouched(),
    ...(fields as Omit<Fields, 'consents'> & { consents: Case['consents'] }),
    ...inBook,
    code: context.code,
    enteredAt: context.now,
    ruleSetId: context.ruleSet.id,
    lawRevision: context.lawRevision,
    model: modelOn(receivedOn),
    intakeUnitCode: context.intakeUnitCode,
    intakeOfficer: fields.enteredBy,
  }
  const clocks = clocksOf(next, context)
  const { receivedDate, refuseBy, forwardBy, answerBy, calendarVersions } = clocks
  const data = wellFormed({
    rule: 'T1',
    ...fields,
    // A citizen's key says nothing to a reader of the history, and need not outlive the case.
    citizenKey: undefined,
    ruleSetId: next.ruleSetId,
    ruleSetVersion: context.ruleSet.version,
    model: next.model,
    intakeUnitCode: next.intakeUnitCode,
    ...inBook,
    clocks: { receivedDate, refuseBy, forwardBy, answerBy },
    calendarVersions,
  }) as Record<string, Json>
  const entry = {
    at: context.now,
    actor: fields.enteredBy ?? 'citizen',
    act: 'submit',
    from: 'DRAFT',
    to: next.state,
    data,
  }
  const notices = draftNotices('N1', next, clocks)
  return { ok: true, next, entry, clocks, notices, others: [], warnings: warningsOf(fields, context) }
}

type Fields = z.infer<typeof filingSchema>

function faultsOfMeaning(fields: Fields, now: number): Fault[] {
  const faults: Fault[] = []
  if (fields.receivedAt > now) faults.push(fault('receivedAt', 'inFuture'))
  if (fields.transferredAt !== null && fields.transferredAt > now) faults.push(fault('transferredAt', 'inFuture'))
  if (fields.incidentDate !== null && fields.incidentDate > dayOf(now)) faults.push(fault('incidentDate', 'inFuture'))
  if (fields.submitterType !== 'citizen' && fields.contactPerson === null)
    faults.push(fault('contactPerson', 'required'))
  if (fields.channel === 'zalo') {
    if (fields.draftId === null) faults.push(fault('draftId', 'required'))
    if (fields.citizenKey === null) faults.push(fault('citizenKey', 'required'))
    const handling = fields.consents.filter((consent) => consent.purpose === 'handling').at(-1)
    if (handling?.given !== true) faults.push(fault('consents', 'consentMissing'))
  } else if (fields.enteredBy === null) {
    faults.push(fault('enteredBy', 'required'))
  }
  // Nobody can look the words of a caller up later, so they are read back while the caller listens (R3-21).
  if (fields.channel === 'phone' && !fields.readBackConfirmed) faults.push(fault('readBackConfirmed', 'notReadBack'))
  return faults
}

function warningsOf(fields: Fields, { calendar, now }: FilingContext): Fault[] {
  const warnings: Fault[] = []
  const expected = calendar.dueDay(dayOf(fields.receivedAt), OLD_RECEIPT_WORKING_DAYS)
  if (isPast(expected, now)) warnings.push({ path: 'receivedAt', key: 'warning.receivedLongAgo', params: {} })
  if (ON_PAPER.has(fields.channel) && fields.originalDocNumber === null && fields.attachments.length === 0) {
    warnings.push({ path: 'originalDocNumber', key: 'warning.documentMissing', params: {} })
  }
  return warnings
}

/** What no case has on its first day. */
function untouched(): Omit<
  Case,
  keyof Fields | 'code' | 'enteredAt' | 'ruleSetId' | 'lawRevision' | 'model' | 'intakeUnitCode' | 'intakeOfficer'
> {
  return {
    version: 1,
    state: 'PENDING_INTAKE',
    pendingApproval: null,
    nationalCode: null,
    nationalState: null,
    contentKind: null,
    kpiClass: null,
    field: null,
    leadUnitCode: null,
    coordinatingUnitCodes: [],
    handler: null,
    restart: null,
    intakeResumedAt: null,
    pauses: [],
    arrivedAt: null,
    acceptedAt: null,
    resultAt: null,
    releasedAt: null,
    closedAt: null,
    progressUpdates: [],
    refusal: null,
    supplements: [],
    answer: null,
    answerHistory: [],
    unpublished: null,
    publication: null,
    publicationHistory: [],
    transferOut: null,
    opinions: [],
    urges: [],
    escalation: null,
    escalationHistory: [],
    round: 0,
    disagreement: null,
    disagreements: [],
    rating: null,
    parentCode: null,
    children: [],
    withdrawal: null,
    concernedUnitCodes: [],
  }
}
