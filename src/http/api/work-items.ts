import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { doneSchema, findWork, finishWork, listWork, type SeenWork, type WorkDeps } from '../../usecases/do-work.ts'
import { WAYS } from '../../usecases/work-items.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, time, unitCode } from './shapes.ts'

export type WorkItemsResourceDeps = WorkDeps & { answerOnce: AnswerOnce; now(): number }

/** What people have to do by hand: telling a sender whom no channel reaches (R3-24, R5-1). */
export function workItemsResource(deps: WorkItemsResourceDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/work-items', async (request, response) => {
    const { of, state, cursor: place, limit: count } = readQuery(listQuery, request)
    const position = place === undefined ? null : readCursor(z.tuple([z.int(), z.string().max(40)]), place)
    const page = await listWork(deps, officerOf(response), {
      of,
      state,
      after: position === null ? null : { dueAt: position[0], id: position[1] },
      limit: count,
    })
    const next = page.next === null ? null : writeCursor([page.next.dueAt, page.next.id])
    response.json({ items: page.items.map((one) => workItemJson(one, deps.now())), next })
  })

  router.get('/work-items/:id', async (request, response) => {
    response.json(workItemJson(await findWork(deps, officerOf(response), request.params.id), deps.now()))
  })

  router.post('/work-items/:id/done', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { id } = request.params
    const found = await findWork(deps, officer, id)
    await deps.answerOnce(request, response, {
      run: async (mark) => {
        const asked = { input: request.body as unknown, mark }
        return { body: workItemJson(await finishWork(deps, officer, found.item.id, asked, deps.now()), deps.now()) }
      },
      again: async () => ({ body: workItemJson(await findWork(deps, officer, id), deps.now()) }),
    })
  })

  return { router, operations }
}

const listQuery = z.strictObject({
  of: z.enum(['mine', 'unit']).default('mine').meta({ description: 'Own work, or that of the intake one works at' }),
  state: z.enum(['open', 'done']).default('open'),
  cursor,
  limit,
})

export const workItemSchema = z
  .object({
    id: z.string(),
    kind: z.literal('notify'),
    caseCode: code,
    notice: z.string().meta({ example: 'N1' }),
    mandatory: z.boolean(),
    state: z.enum(['open', 'done']),
    overdue: z.boolean(),
    assignee: z.string().nullable(),
    unitCode,
    createdAt: time,
    dueAt: time,
    text: z.string().meta({ description: 'What the sender is to be told' }),
    sender: z
      .object({ name: z.string(), phone: z.string(), email: z.string().nullable(), address: z.string().optional() })
      .meta({ description: 'Masked without the right to contact data' }),
    done: z
      .object({ how: z.enum([...WAYS, 'zalo']), at: time, note: z.string(), by: z.string(), recordedAt: time })
      .nullable(),
  })
  .meta({ id: 'WorkItem' })

function workItemJson({ item, sender }: SeenWork, now: number): z.input<typeof workItemSchema> {
  const { id, kind, caseCode, notice, mandatory, state, assignee, unitCode: unit, createdAt, dueAt, text, done } = item
  return {
    id,
    kind,
    caseCode,
    notice,
    mandatory,
    state,
    overdue: state === 'open' && now > dueAt,
    assignee,
    unitCode: unit,
    createdAt: formatTime(createdAt),
    dueAt: formatTime(dueAt),
    text,
    sender,
    done: done === null ? null : { ...done, at: formatTime(done.at), recordedAt: formatTime(done.recordedAt) },
  }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/work-items',
    summary: 'What one, or the intake one works at, has to do by hand; due first',
    query: listQuery,
    answer: pageOf(workItemSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'get',
    path: '/work-items/{id}',
    summary: 'One work item',
    answer: workItemSchema,
    faults: ['not_found'],
  },
  {
    method: 'post',
    path: '/work-items/{id}/done',
    summary: 'The sender was told: ends the work and writes it into the history of the case',
    body: doneSchema,
    answer: workItemSchema,
    headers: [idempotencyHeader],
    faults: ['not_found', 'illegal_act', 'invalid_fields', 'idempotency_key_reused'],
  },
]
