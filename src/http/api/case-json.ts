import type { z } from 'zod'
import type { Case } from '../../cases/case.ts'
import type { Clocks } from '../../cases/clocks.ts'
import { formatTime } from '../../cases/days.ts'
import { stateLabelKey } from '../../cases/words.ts'
import type { Params } from '../../conversation/effects.ts'
import type { CaseFacts } from '../../usecases/case-facts.ts'
import type { SeenCase } from '../../usecases/read-cases.ts'
import type { Locale } from '../problem.ts'
import { answerJson, attachmentJson, publicationJson, recordJson } from './case-record.ts'
import { type caseSchema, FILE_FIELDS, type summarySchema, type wholeCaseSchema } from './schemas.ts'

/** A sentence of the locales; the values are shown literally. */
export type Translate = (locale: Locale, key: string, params?: Params) => string

type Words = { translate: Translate; locale: Locale }

/** A line of a list, with the field names of the whole case. */
export function summaryJson(
  { current, sight }: SeenCase,
  facts: Pick<CaseFacts, 'clocks' | 'flags'>,
  words: Words,
): z.input<typeof summarySchema> {
  return {
    code: current.code,
    version: current.version,
    state: current.state,
    stateLabel: stateLabel(current, words),
    channel: current.channel,
    receivedAt: formatTime(current.receivedAt),
    submitterType: current.submitterType,
    name: current.name,
    ...(sight.text === 'none' ? {} : { title: current.title }),
    contentKind: current.contentKind,
    field: current.field,
    leadUnitCode: current.leadUnitCode,
    handler: current.handler,
    flags: facts.flags,
    answerBy: facts.clocks.answerBy,
  }
}

/** A case as this reader may see it: `showCase` has masked it, and what is not to be seen at all is absent here. */
export function caseJson(seen: SeenCase, facts: CaseFacts, words: Words): z.input<typeof caseSchema> {
  const { current, sight } = seen
  const { detail, text, ...area } = current.address
  const json: z.input<typeof wholeCaseSchema> = {
    code: current.code,
    version: current.version,
    state: current.state,
    stateLabel: stateLabel(current, words),
    pendingApproval: pendingJson(current),
    channel: current.channel,
    receivedAt: formatTime(current.receivedAt),
    ruleSet: current.ruleSetId,
    model: current.model,
    submitterType: current.submitterType,
    name: current.name,
    contactPerson: current.contactPerson,
    phone: current.phone,
    email: current.email,
    address: sight.sender ? { ...area, detail, text } : area,
    title: current.title,
    content: current.content,
    extra: current.extra ?? {},
    contentKind: current.contentKind,
    kpiClass: current.kpiClass,
    field: current.field,
    suggestedUnitCode: current.suggestedUnitCode,
    leadUnitCode: current.leadUnitCode,
    coordinatingUnitCodes: current.coordinatingUnitCodes,
    handler: current.handler,
    flags: facts.flags,
    allowedActs: facts.allowedActs,
    clocks: clocksJson(facts.clocks),
    refusal: refusalJson(current),
    answer: current.answer === null ? null : answerJson(current.answer),
    publication: current.publication === null ? null : publicationJson(current.publication),
    ...recordJson(seen),
    parentCode: current.parentCode,
    relatedCodes: current.relatedCodes,
    attachments: current.attachments.map(attachmentJson),
    warnings: [],
  }
  return sight.text === 'none' ? withoutFile(json) : json
}

/** Without what a reader of the mere outline has no right to. */
function withoutFile(json: z.input<typeof wholeCaseSchema>): z.input<typeof caseSchema> {
  const hidden: ReadonlySet<string> = new Set(FILE_FIELDS)
  return Object.fromEntries(Object.entries(json).filter(([field]) => !hidden.has(field))) as z.input<typeof caseSchema>
}

function stateLabel(current: Case, { translate, locale }: Words): string {
  return translate(locale, stateLabelKey(current.state), { code: current.parentCode ?? '' })
}

/** The due days that readers are shown. */
export function clocksJson(clocks: Clocks): z.input<typeof caseSchema>['clocks'] {
  const {
    countedFrom: _1,
    supplementReminderOn: _2,
    opinionsBy: _3,
    usedWorkingDays: _4,
    calendarVersions: _5,
    ...shown
  } = clocks
  return shown
}

function pendingJson({ pendingApproval }: Case) {
  return pendingApproval === null
    ? null
    : { act: pendingApproval.act, by: pendingApproval.by, at: formatTime(pendingApproval.at) }
}

function refusalJson({ refusal }: Case) {
  if (refusal === null) return null
  const { reasonCode, reason, guidance, by, at } = refusal
  return { reasonCode, reason, guidance, by, at: formatTime(at) }
}
