import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Actor } from '../../cases/case.ts'
import type { Audit } from '../../usecases/audit.ts'
import { factsOf } from '../../usecases/case-facts.ts'
import type { NoticeReader } from '../../usecases/case-ports.ts'
import { contextFor, type MoveCaseDeps, moveCase } from '../../usecases/move-case.ts'
import { createReadCases, type SeenCase } from '../../usecases/read-cases.ts'
import { localeOf } from '../problem.ts'
import { caseJson, type Translate } from './case-json.ts'
import { noticeJson } from './notice-json.ts'
import { idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readKey, readVersions } from './request.ts'
import type { Resource } from './resource.ts'
import { actSchema, caseSchema, historyEntrySchema, noticeSchema, pageOf } from './schemas.ts'
import { code } from './shapes.ts'

export type CasesResourceDeps = MoveCaseDeps & {
  notices: NoticeReader
  audit: Audit
  translate: Translate
  now(): number
}

/** Single cases with what stands behind them, and the acts on them. */
export function casesResource(deps: CasesResourceDeps): Resource {
  const router = Router({ caseSensitive: true })
  const reads = createReadCases(deps)

  router.get('/cases/:code', async (request, response) => {
    const actor = officerOf(response)
    await sendCase(request, response, await reads.find(actor, request.params.code), actor)
  })

  router.get('/cases/:code/history', async (request, response) => {
    response.json({ items: await reads.history(officerOf(response), request.params.code), next: null })
  })

  router.get('/cases/:code/notices', async (request, response) => {
    const notices = await reads.notices(officerOf(response), request.params.code)
    response.json({ items: notices.map(noticeJson), next: null })
  })

  router.post('/cases/:code/acts', jsonBody, async (request, response) => {
    const actor = officerOf(response)
    const { code } = request.params
    const asked = {
      code,
      input: request.body as unknown,
      version: readVersions(request.get('if-match')),
      idempotencyKey: readKey(request.get('idempotency-key')),
    }
    // An act may take the actor's own sight of the case away; then there is nothing more to show.
    const seen = await reads.written(actor, await moveCase(deps, actor, asked, deps.now()))
    if (seen === null) response.json({ code })
    else await sendCase(request, response, seen, actor)
  })

  async function facts(seen: SeenCase, actor: Actor) {
    return factsOf(seen.current, actor, await contextFor(deps, seen.current, null, deps.now()))
  }

  async function sendCase(request: Request, response: Response, seen: SeenCase, actor: Actor): Promise<void> {
    const words = { translate: deps.translate, locale: localeOf(request) }
    response.set('ETag', `"${seen.current.version}"`).json(caseJson(seen, await facts(seen, actor), words))
  }

  return { router, operations }
}

/** An act may take the actor's own sight of the case away; then its code is all that is answered. */
const outOfSightSchema = z.object({ code }).meta({ id: 'CaseOutOfSight' })

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/cases/{code}',
    summary: 'One case',
    answer: caseSchema,
    hasVersion: true,
    faults: ['not_found'],
  },
  {
    method: 'post',
    path: '/cases/{code}/acts',
    summary: 'Act on a case; answers with the case as it has become',
    body: actSchema,
    answer: z.union([caseSchema, outOfSightSchema]),
    hasVersion: true,
    headers: [
      {
        name: 'If-Match',
        required: true,
        description:
          'The ETag of the case that was read, or several of which one must be the present one; weak ones count as strong, `*` matches nothing',
        example: '"7"',
      },
      idempotencyHeader,
    ],
    faults: [
      'not_found',
      'forbidden',
      'version_required',
      'version_conflict',
      'illegal_act',
      'unknown_act',
      'invalid_fields',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'get',
    path: '/cases/{code}/history',
    summary: 'The chained history, ascending',
    answer: pageOf(historyEntrySchema),
    faults: ['not_found'],
  },
  {
    method: 'get',
    path: '/cases/{code}/notices',
    summary: 'What the citizen was told, and how it reached them',
    answer: pageOf(noticeSchema),
    faults: ['not_found'],
  },
]
