import type { Act } from './acts.ts'
import type { Pause, Timeline } from './clocks.ts'
import type { Day } from './days.ts'
import type {
  AnswerForm,
  Channel,
  ContentKind,
  EscalationReason,
  Field,
  KpiClass,
  Purpose,
  RefusalReason,
  State,
  SubmitterType,
  UnpublishedReason,
} from './words.ts'

/** The organisation model under which a case was received (R0-3). */
export type Model = '2022' | '2025'

/** R3-4; `text` is what the sender typed. */
export type Address = {
  model: Model
  provinceCode: string | null
  districtCode: string | null
  communeCode: string | null
  detail: string
  text: string
}

export type CaseAttachment = {
  id: string
  name: string
  mediaType: string
  sizeBytes: number
  sha256: string
  kind: string
}

/** One answer to one question about personal data, provable later (R9-1). */
export type Consent = {
  purpose: Purpose
  given: boolean
  textVersion: string
  at: number
  /** The event or message in which it was given. */
  eventId: string | null
  /** The officer who told the sender and heard the answer, for a call or a visit (R3-23). */
  by?: string
  /** `legalDuty`: nobody was asked, for the body has to handle a letter by law (R3-23, R9-2). @default consent */
  ground?: 'consent' | 'legalDuty'
}

export type Location = { latitude: number; longitude: number }

/** Why the sender does not agree with an answer (R4-E2). */
export type Disagreement = { at: number; text: string; attachments: CaseAttachment[]; location: Location | null }

/** What the citizen was asked to add, and what came (T3 … T7). */
export type Supplement = {
  askedAt: number
  askedBy: string
  askedFrom: 'PENDING_INTAKE' | 'PROCESSING'
  missing: string
  replyBy: Day
  answeredAt: number | null
  text: string
  attachments: CaseAttachment[]
  location?: Location | null
  /** When the case was closed because nothing came (T6). */
  closedAt: number | null
  /** When the citizen was reminded (Q); absent while that has not been. */
  remindedAt?: number
}

export type Answer = {
  text: string
  form: AnswerForm
  legalBasis: string | null
  attachments: CaseAttachment[]
  unitCode: string | null
  writtenBy: string
  approvedBy: string
  /** Entry into PENDING_PUBLICATION. */
  at: number
}

/** What everybody may read (R6-4 … R6-6); never the original words. `content` is null where its publication was not agreed to. */
export type Publication = {
  title: string
  content: string | null
  answer: string
  attachments: CaseAttachment[]
  publishedBy: string
  publishedAt: number
  correctedAt: number | null
}

export type Escalation = {
  reasonCode: EscalationReason
  positions: { unitCode: string; text: string }[]
  proposal: string
  proposedBy: string
  proposedAt: number
  /** Null while it is only proposed to the Office's leader. */
  submittedAt: number | null
  submittedBy: string | null
  decision: {
    text: string
    decidedBy: string
    date: Day
    documentNumber: string
    recordedBy: string
    recordedAt: number
  } | null
}

export type Opinion = {
  unitCode: string
  question: string
  askedAt: number
  askedBy: string
  answeredAt: number | null
  answeredBy: string | null
  opinion: string | null
}

export type Urge = { number: number; unitCode: string; text: string; answerBy: Day; at: number; by: string }

/** The first of two persons has acted; the state stays until the second has (interface.md). */
export type PendingApproval = {
  act: 'refuse' | 'requestSupplement' | 'submitAnswer' | 'answerUnpublished' | 'correctPublication'
  by: string
  at: number
  /** What the second person reads and agrees to. */
  fields: Act
  attachments: CaseAttachment[]
}

/**
 * Everything stored of one case, as plain data. Times are milliseconds, days are days in Vietnam. `title`, `content` and the
 * sender's files are the original words: no act changes them (R6-6).
 */
export type Case = {
  readonly code: string
  /** Raised by one with every change; a writer states the one it read. */
  version: number
  state: State
  pendingApproval: PendingApproval | null

  readonly draftId: string | null
  /** The keyed hash of the Zalo id; null for a case from another channel. */
  readonly citizenKey: string | null
  readonly channel: Channel
  readonly receivedAt: number
  readonly enteredAt: number
  readonly enteredBy: string | null
  readonly originalDocNumber: string | null
  readonly readBackConfirmed: boolean
  /** The place in the intake book of its unit (R3-25); absent in cases filed before there was one. */
  readonly intakeNumber?: { year: number; number: number }
  readonly identityLevel: 0 | 1 | 2 | 3
  readonly ruleSetId: string
  /**
   * The revision of the law with which the due days agree that the history knows. A change of the law raises it for open cases,
   * one by one; for a closed case it stays what it was at the closing (R10-12).
   */
  lawRevision: number
  readonly model: Model
  nationalCode: string | null
  nationalState: string | null

  readonly submitterType: SubmitterType
  readonly name: string
  readonly contactPerson: string | null
  readonly phone: string
  readonly email: string | null
  readonly address: Address
  /** In which the sender is written to. */
  readonly locale: 'vi' | 'en'
  readonly title: string
  readonly content: string
  readonly attachments: readonly CaseAttachment[]
  readonly location: Location | null
  readonly dossierCode: string | null
  /** Answers to questions that the province has added to the form, by step. */
  readonly extra: Readonly<Record<string, { label: string; value: string }>>
  readonly incidentDate: Day | null
  readonly concernedUnit: string | null
  readonly suggestedUnitCode: string | null
  readonly hints: readonly string[]
  consents: Consent[]
  publicChoice: { content: boolean; name: 'masked' | 'hidden' }

  contentKind: ContentKind | null
  kpiClass: KpiClass | null
  field: Field | null
  /** The unit that takes the case in: the focal unit, or one with intake of its own (R7-3, R7-8). */
  intakeUnitCode: string
  /** The officer who first acted at the intake, or entered the case. */
  intakeOfficer: string | null
  leadUnitCode: string | null
  coordinatingUnitCodes: string[]
  handler: string | null

  /** Everything that the clocks are derived from (R4-C2), apart from `receivedAt`. */
  transferredAt: number | null
  restart: Timeline['restart']
  intakeResumedAt: number | null
  pauses: Pause[]
  /** Arrival at the unit that leads now (T8, T12, T13). */
  arrivedAt: number | null
  acceptedAt: number | null
  resultAt: number | null
  releasedAt: number | null
  closedAt: number | null
  progressUpdates: { at: number; day: Day; by: string; text: string }[]

  refusal: {
    reasonCode: RefusalReason
    reason: string
    guidance: string
    by: string
    approvedBy: string | null
    at: number
  } | null
  supplements: Supplement[]
  answer: Answer | null
  answerHistory: Answer[]
  unpublished: { reasonCode: UnpublishedReason; reason: string; by: string; at: number } | null
  publication: Publication | null
  publicationHistory: Publication[]
  transferOut: { body: string; documentNumber: string; date: Day } | null
  opinions: Opinion[]
  urges: Urge[]
  escalation: Escalation | null
  escalationHistory: Escalation[]
  /** How often the citizen has disagreed and the case was opened again (R4-E2). */
  round: number
  /** Waits for the Office to open the case again. */
  disagreement: Disagreement | null
  /** Those for which the case was opened again. */
  disagreements: Disagreement[]
  rating: { stars: 1 | 2 | 3 | 4 | 5; comment: string | null; at: number } | null
  parentCode: string | null
  children: { code: string; receivedAt: number }[]
  relatedCodes: string[]
  withdrawal: { at: number; by: string; reason: string | null } | null
  /** R2-30: who may know of the case narrows to a few. */
  denunciationSuspected: boolean
  concernedUnitCodes: string[]
}

/** A working role of a person in one unit (§7.2). */
export const ROLES = [
  'intakeOfficer',
  'officeLeader',
  'publisher',
  'agencyCoordinator',
  'handler',
  'agencyLeader',
  'auditor',
  'dataProtectionOfficer',
  'administrator',
] as const
export type Role = (typeof ROLES)[number]

/** A person with an account. The logins `citizen` and `system` are reserved. */
export type Officer = {
  type: 'officer'
  login: string
  name: string
  unitCode: string
  roles: readonly Role[]
  /** What the token in use is good for; absent where the person is there without one. */
  scopes?: readonly TokenScope[]
}

/** What a token may be used for: to read, to act, and for the work of an administrator. Never more than its person may. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** Who acts. */
export type Actor = Officer | { type: 'citizen'; citizenKey: string } | { type: 'system' }

/** How an actor is written into the history; a citizen is never named there. */
export function actorName(actor: Actor): string {
  return actor.type === 'officer' ? actor.login : actor.type
}

/** What the rights and rules ask about units; the caller answers from master data. */
export type UnitDirectory = {
  exists(unitCode: string): boolean
  /** Whether there is such a unit on this day (R11-1). */
  isActive(unitCode: string, day: Day): boolean
  /** Whether a unit is this ancestor itself or lies below it. */
  isWithin(unitCode: string, ancestorCode: string): boolean
  /** Whether a unit belongs to the Office: it, or a unit above it, has the focal roles (R0-2). */
  isOffice(unitCode: string): boolean
  /** Whether a unit takes in cases of its own (R7-3). */
  hasDirectIntake(unitCode: string): boolean
  /** Whether the people of this unit see who sent a case only after giving a reason: a choice of the province. */
  hidesSenderFrom(unitCode: string): boolean
}

/** The events of a case in the shape that the clocks read. A parent runs with the earliest of its children (R4-M5). */
export function timelineOf(current: Case): Timeline {
  const escalation = current.escalation
  const arrivals = current.children.map((child) => child.receivedAt)
  return {
    receivedAt: Math.min(current.receivedAt, ...arrivals),
    transferredAt: current.transferredAt === null ? null : Math.min(current.transferredAt, ...arrivals),
    restart: current.restart ?? null,
    intakeResumedAt: current.intakeResumedAt,
    pauses: current.pauses,
    resultAt: current.resultAt,
    arrivedAt: current.acceptedAt === null ? current.arrivedAt : null,
    releasedAt: current.releasedAt,
    escalatedAt: escalation?.decision === null ? escalation.submittedAt : null,
    opinions: current.opinions,
  }
}

/** Whether the case has been submitted for a decision that is not recorded yet. */
export function isEscalated(current: Case): boolean {
  return current.escalation !== null && current.escalation.submittedAt !== null && current.escalation.decision === null
}

/**
 * Whether the sender's own words may be published (R9-2): a Zalo sender was asked; for other channels publication is the
 * rule of the law unless the sender refused it.
 */
export function mayPublishContent(current: Case): boolean {
  const asked = current.consents.filter((consent) => consent.purpose === 'publication').at(-1)
  if (!current.publicChoice.content) return false
  return asked === undefined ? current.channel !== 'zalo' : asked.given
}
