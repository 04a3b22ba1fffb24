import { Router } from 'express'
import { z } from 'zod'
import { DATA_OUTCOMES, type DataRequest } from '../../cases/data-requests.ts'
import { formatTime } from '../../cases/days.ts'
import { type AnswerDataRequests, dataActSchema } from '../../usecases/data-requests.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readBody, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, day, time } from './shapes.ts'

export type DataRequestsDeps = { dataRequests: AnswerDataRequests; now(): number }

export const dataRequestSchema = z
  .object({
    id: z.string().meta({ example: 'DL.20261123.9F03AC' }),
    kind: z.literal('removal'),
    source: z.literal('zaloWithdraw').meta({ description: 'The person took their data back at Zalo' }),
    caseCodes: z.array(code),
    receivedAt: time,
    acknowledgeBy: day,
    dueBy: day,
    state: z.enum(['open', 'acknowledged', 'done']),
    acknowledged: z.object({ at: time, by: z.string() }).nullable(),
    done: z.object({ at: time, by: z.string(), outcome: z.enum(DATA_OUTCOMES), reason: z.string() }).nullable(),
  })
  .meta({ id: 'DataRequest' })

const listQuery = z.strictObject({ state: z.enum(['open', 'done']).default('open'), cursor, limit })
const cursorSchema = z.tuple([z.string().max(10), z.string().max(40)])

/** What people want of their personal data, for the data protection officer (R9-5). */
export function dataRequestsResource(deps: DataRequestsDeps & { answerOnce: AnswerOnce }): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/data-requests', async (request, response) => {
    const { state, cursor: place, limit: count } = readQuery(listQuery, request)
    const [dueBy, id] = place === undefined ? [] : readCursor(cursorSchema, place)
    const after = dueBy === undefined || id === undefined ? null : { dueBy, id }
    const asked = { isDone: state === 'done', after, limit: count }
    const page = await deps.dataRequests.list(officerOf(response), asked)
    const next = page.next === null ? null : writeCursor([page.next.dueBy, page.next.id])
    response.json({ items: page.items.map(requestJson), next })
  })

  router.post('/data-requests/:id/acts', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { id } = request.params
    await deps.answerOnce(request, response, {
      run: async () => {
        const read = () => readBody(dataActSchema, request)
        return { body: requestJson(await deps.dataRequests.act(officer, id, read, deps.now())) }
      },
    })
  })

  return { router, operations }
}

function requestJson({
  citizenKey: _citizenKey,
  receivedAt,
  acknowledged,
  done,
  ...rest
}: DataRequest): z.input<typeof dataRequestSchema> {
  return {
    ...rest,
    receivedAt: formatTime(receivedAt),
    acknowledged: acknowledged === null ? null : { ...acknowledged, at: formatTime(acknowledged.at) },
    done: done === null ? null : { ...done, at: formatTime(done.at) },
  }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/data-requests',
    summary: 'Wishes about personal data, for the data protection officer; due first',
    query: listQuery,
    answer: pageOf(dataRequestSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'post',
    path: '/data-requests/{id}/acts',
    summary: 'Acknowledges a wish, or ends it with the decision and its reason',
    body: dataActSchema,
    answer: dataRequestSchema,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'not_found', 'version_conflict', 'illegal_act', 'invalid_fields', 'idempotency_key_reused'],
  },
]
