/** The closed lists of the rules, as values, so that schemas, tables and locales share one spelling. */

/** States of a case (§4.1). `DRAFT` lives in the conversation only. */
export const STATES = [
  'PENDING_INTAKE',
  'AWAITING_SUPPLEMENT',
  'REFUSED',
  'FORWARDED',
  'PROCESSING',
  'RETURNED_TO_INTAKE',
  'PENDING_PUBLICATION',
  'RETURNED_TO_AGENCY',
  'PUBLISHED',
  'ANSWERED_UNPUBLISHED',
  'TRANSFERRED_OUT',
  'WITHDRAWN',
  'MERGED',
  'CLOSED_NO_SUPPLEMENT',
] as const
export type State = (typeof STATES)[number]

/** States in which somebody still owes something. */
export const OPEN_STATES: readonly State[] = [
  'PENDING_INTAKE',
  'AWAITING_SUPPLEMENT',
  'FORWARDED',
  'PROCESSING',
  'RETURNED_TO_INTAKE',
  'PENDING_PUBLICATION',
  'RETURNED_TO_AGENCY',
]

/** The key of the sentence that names a state; `MERGED` takes the parent's code. */
export function stateLabelKey(state: State): string {
  return `case.state.${state}`
}

/** §1.2 */
export const CONTENT_KINDS = ['conduct', 'regulation', 'initiative', 'procedure_publicity', 'directed_topic'] as const
export type ContentKind = (typeof CONTENT_KINDS)[number]

export const KPI_CLASSES = ['regulation', 'conduct'] as const
export type KpiClass = (typeof KPI_CLASSES)[number]

/** The indicator's class follows from the kind of content (§1.2). */
export function kpiClassOf(kind: ContentKind): KpiClass {
  return kind === 'conduct' ? 'conduct' : 'regulation'
}

/** lĩnh vực (§1.2) */
export const FIELDS = [
  'land',
  'civil_status',
  'id_residence',
  'construction',
  'labour_social',
  'health',
  'education',
  'transport',
  'agriculture',
  'business',
  'tax_fee',
  'environment',
  'ethnic_policy',
  'online_service',
  'staff_attitude',
  'other',
] as const
export type Field = (typeof FIELDS)[number]

/** Ways in (§1.2). */
export const CHANNELS = [
  'zalo',
  'national_portal',
  'provincial_portal',
  'letter',
  'phone',
  'fax',
  'email',
  'in_person',
  'survey',
] as const
export type Channel = (typeof CHANNELS)[number]

export const SUBMITTER_TYPES = ['citizen', 'enterprise', 'organisation', 'state_agency'] as const
export type SubmitterType = (typeof SUBMITTER_TYPES)[number]

/** Why a case is refused (§2.2); what is to be merged (R2-18) or accepted (R2-17) is not in the list. */
export const REFUSAL_REASONS = [
  'complaint',
  'denunciation',
  'legal_question',
  'requirements_not_met',
  'out_of_scope',
  'judicial',
  'field_scene',
  'emergency',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** Form of handling (R4-H3). */
export const ANSWER_FORMS = [
  'amend_own',
  'recommend',
  'issue_new',
  'corrected',
  'explained',
  'apologised',
  'disciplined',
  'not_founded',
  'collecting',
] as const
export type AnswerForm = (typeof ANSWER_FORMS)[number]

/** Why an answer is not published (R6-3). */
export const UNPUBLISHED_REASONS = [
  'state_secret',
  'personal_privacy',
  'minor',
  'denunciation',
  'security',
  'citizen_withdrew',
  'other',
] as const
export type UnpublishedReason = (typeof UNPUBLISHED_REASONS)[number]

/** Why a case goes to the provincial People's Committee (R4-E5). */
export const ESCALATION_REASONS = ['agency_conflict', 'repeated_disagreement', 'serious_overdue'] as const
export type EscalationReason = (typeof ESCALATION_REASONS)[number]

/** Purposes a person consents to one by one (R9-1). */
export const PURPOSES = ['handling', 'publication', 'profileName'] as const
export type Purpose = (typeof PURPOSES)[number]

/** Notices to the citizen (§5); `message` is a free message from the case (R5-7). */
export const NOTICES = [
  'N1',
  'N2',
  'N3',
  'N3b',
  'N4',
  'N5',
  'N6',
  'N7',
  'N8',
  'N9',
  'N10',
  'N11',
  'N12',
  'N13',
  'message',
] as const
export type NoticeId = (typeof NOTICES)[number]
