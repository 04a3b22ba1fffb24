import type { Router } from 'express'
import { createAddressLimit } from './http/address-limit.ts'
import { attachmentsResource } from './http/api/attachments.ts'
import { auditResource } from './http/api/audit.ts'
import { broadcastTemplatesResource } from './http/api/broadcast-templates.ts'
import { broadcastsResource } from './http/api/broadcasts.ts'
import { calendarsResource } from './http/api/calendars.ts'
import { type CaseListsDeps, caseListsResource } from './http/api/case-lists.ts'
import { type CasesResourceDeps, casesResource } from './http/api/cases.ts'
import { consentsResource } from './http/api/consents.ts'
import { type DataRequestsDeps, dataRequestsResource } from './http/api/data-requests.ts'
import { deadlinesResource } from './http/api/deadlines.ts'
import { duplicatesResource } from './http/api/duplicates.ts'
import { type ExportDeps, exportResource } from './http/api/export.ts'
import { type ExternalBodies, externalBodiesResource } from './http/api/external-bodies.ts'
import { type FilingResourceDeps, filingResource } from './http/api/filing.ts'
import { type IntakeBookResourceDeps, intakeBookResource } from './http/api/intake-book.ts'
import type { LawFilesDeps } from './http/api/law-files.ts'
import { meResource } from './http/api/me.ts'
import { type MyNoticesDeps, myNoticesResource } from './http/api/my-notices.ts'
import { type NationalResourceDeps, nationalResource } from './http/api/national.ts'
import { type NoticesResourceDeps, noticesResource } from './http/api/notices.ts'
import { createAnswerOnce } from './http/api/once.ts'
import { peopleResource } from './http/api/people.ts'
import { type ProgressUpdateDeps, progressUpdateResource } from './http/api/progress-update.ts'
import type { Resource } from './http/api/resource.ts'
import { revealResource } from './http/api/reveal.ts'
import { type ApiDeps, createApiRouter } from './http/api/router.ts'
import { ruleSetsResource } from './http/api/rule-sets.ts'
import { tokensResource } from './http/api/tokens.ts'
import { unitsResource } from './http/api/units.ts'
import { webhooksResource } from './http/api/webhooks.ts'
import { type WorkItemsResourceDeps, workItemsResource } from './http/api/work-items.ts'
import { type ZaloLinkDeps, zaloLinkResource } from './http/api/zalo-link.ts'
import type { ReadConsentsDeps } from './usecases/consents.ts'
import type { IdempotencyStore } from './usecases/idempotency.ts'

export type OpenApiDeps = Omit<ApiDeps, 'resources' | 'failures'> & { wrongTokensPerMinute: number } & {
  marks: IdempotencyStore
} & CasesResourceDeps &
  CaseListsDeps &
  Omit<FilingResourceDeps, 'answerOnce'> &
  Omit<WorkItemsResourceDeps, 'answerOnce'> &
  Omit<NationalResourceDeps, 'answerOnce'> &
  IntakeBookResourceDeps &
  Parameters<typeof duplicatesResource>[0] &
  ExportDeps &
  MyNoticesDeps &
  ZaloLinkDeps &
  DataRequestsDeps &
  NoticesResourceDeps &
  ReadConsentsDeps &
  ProgressUpdateDeps &
  Omit<LawFilesDeps, 'answerOnce'> &
  Omit<Parameters<typeof attachmentsResource>[0], 'answerOnce'> &
  Parameters<typeof auditResource>[0] &
  Omit<Parameters<typeof tokensResource>[0], 'answerOnce'> &
  Omit<Parameters<typeof broadcastsResource>[0], 'answerOnce'> &
  Parameters<typeof broadcastTemplatesResource>[0] &
  Omit<Parameters<typeof webhooksResource>[0], 'answerOnce'> & { externalBodies: ExternalBodies }

/** Every part of the JSON API, in the order in which their routes are tried. */
export function openResources(
  deps: Omit<OpenApiDeps, keyof ApiDeps | 'wrongTokensPerMinute'> & Pick<OpenApiDeps, 'translate'>,
): Resource[] {
  const shared = { ...deps, answerOnce: createAnswerOnce(deps) }
  return [
    meResource(shared),
    myNoticesResource(shared),
    zaloLinkResource(shared),
    dataRequestsResource(shared),
    unitsResource(shared),
    externalBodiesResource(shared),
    calendarsResource(shared),
    ruleSetsResource(shared),
    deadlinesResource(shared),
    attachmentsResource(shared),
    filingResource(shared),
    revealResource(shared),
    auditResource(shared),
    workItemsResource(shared),
    noticesResource(shared),
    consentsResource(shared),
    nationalResource(shared),
    intakeBookResource(shared),
    duplicatesResource(shared),
    peopleResource(shared),
    tokensResource(shared),
    // Before the single cases: the numbers have the address of a case.
    caseListsResource(shared),
    casesResource(shared),
    progressUpdateResource(shared),
    exportResource(shared),
    webhooksResource(shared),
    broadcastsResource(shared),
    broadcastTemplatesResource(shared),
  ]
}

/** The JSON API, to be mounted at `/api`. */
export function openApiRouter(deps: OpenApiDeps): Router {
  const failures = createAddressLimit({ perMinute: deps.wrongTokensPerMinute })
  return createApiRouter({ ...deps, resources: openResources(deps), failures })
}
