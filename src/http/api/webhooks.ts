import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { eventBody } from '../../usecases/case-events.ts'
import type { Delivery } from '../../usecases/webhook-ports.ts'
import { type CountedWebhook, newWebhookSchema, type Webhooks, webhookActSchema } from '../../usecases/webhooks.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, time, unitCode } from './shapes.ts'

const webhookShape = {
  id: z.string(),
  url: z.string(),
  acts: z.array(z.string()).meta({ description: 'Acts that are told; empty: all' }),
  unitCodes: z.array(unitCode).meta({ description: 'Cases of these units and those below them; empty: of all' }),
  createdBy: z.string().nullable().meta({ description: "Null: the operator's tool" }),
  createdAt: time,
  state: z.enum(['active', 'failing', 'paused']),
  pausedBecause: z.enum(['asked', 'gone']).nullable().meta({ description: '`gone`: the receiver answered 410' }),
  failingSince: time.nullable(),
  fault: z.string().nullable().meta({ example: 'http_503' }),
  waiting: z.int().meta({ description: 'Events that wait; counting ends at 10000' }),
  dead: z.int().meta({ description: 'Events that were given up; counting ends at 10000' }),
}

export const webhookSchema = z.object(webhookShape).meta({ id: 'Webhook' })

export const addedWebhookSchema = z
  .object({
    ...webhookShape,
    secret: z.string().meta({ description: 'Signs every event; shown here and never again' }),
  })
  .meta({ id: 'AddedWebhook' })

export const webhookActedSchema = z
  .object({
    webhook: webhookSchema.nullable().meta({ description: 'As it has become; null once it is removed' }),
    replayed: z.int().meta({ description: 'How many events are sent again' }),
  })
  .meta({ id: 'WebhookActed' })

export const deliverySchema = z
  .object({
    event: z
      .object({
        id: z.string().meta({ example: 'PAKN.20261123.0001.v3' }),
        type: z.enum(['case.filed', 'case.changed']),
        caseCode: code,
        version: z.int(),
        act: z.string(),
        from: z.string(),
        to: z.string(),
        at: time,
      })
      .meta({ description: 'What the receiver gets as its body' }),
    state: z.enum(['waiting', 'delivered', 'skipped', 'dead']),
    tries: z.int(),
    lastTry: z.object({ at: time, outcome: z.string().meta({ example: 'http_500' }) }).nullable(),
    retryAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'WebhookDelivery' })

export const webhookListQuery = z.strictObject({ cursor, limit })

export const deliveryListQuery = z.strictObject({
  state: z.enum(['waiting', 'delivered', 'skipped', 'dead']).optional(),
  cursor,
  limit,
})

/** Systems outside that are told of changes; for administrators. */
export function webhooksResource(deps: { webhooks: Webhooks; answerOnce: AnswerOnce }): Resource {
  const { webhooks } = deps
  const router = Router({ caseSensitive: true })

  router.get('/webhooks', async (request, response) => {
    const asked = readQuery(webhookListQuery, request)
    const all = await webhooks.list(officerOf(response))
    const after = asked.cursor === undefined ? '' : readCursor(idCursor, asked.cursor)[0]
    const rest = all.filter(({ id }) => id > after)
    const page = rest.slice(0, asked.limit)
    const last = page.at(-1)
    const next = rest.length > asked.limit && last !== undefined ? writeCursor([last.id]) : null
    response.json({ items: page.map(webhookJson), next })
  })

  router.post('/webhooks', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    webhooks.mayChange(officer)
    await deps.answerOnce(request, response, {
      async run() {
        const { secret, ...added } = await webhooks.add(officer, request.body)
        const headers = { Location: `/api/v1/webhooks/${added.id}` }
        return { status: 201, headers, body: { ...webhookJson(added), secret } }
      },
    })
  })

  router.get('/webhooks/:id', async (request, response) => {
    response.json(webhookJson(await webhooks.find(officerOf(response), request.params.id)))
  })

  router.post('/webhooks/:id/acts', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { id } = request.params
    webhooks.mayChange(officer)
    await deps.answerOnce(request, response, {
      async run() {
        const { webhook, replayed } = await webhooks.act(officer, id, request.body)
        return { body: { webhook: webhook === null ? null : webhookJson(webhook), replayed } }
      },
    })
  })

  router.get('/webhooks/:id/deliveries', async (request, response) => {
    const asked = readQuery(deliveryListQuery, request)
    const page = await webhooks.deliveries(officerOf(response), request.params.id, {
      state: asked.state ?? null,
      after: asked.cursor === undefined ? null : readCursor(idCursor, asked.cursor)[0],
      limit: asked.limit,
    })
    response.json({ items: page.items.map(deliveryJson), next: page.next === null ? null : writeCursor([page.next]) })
  })

  return { router, operations }
}

const idCursor = z.tuple([z.string().max(60)])

function webhookJson(webhook: CountedWebhook): z.input<typeof webhookSchema> {
  const { id, url, acts, unitCodes, createdBy, state, pausedBecause, fault, waiting, dead } = webhook
  return {
    id,
    url,
    acts: [...acts],
    unitCodes: [...unitCodes],
    createdBy,
    createdAt: formatTime(webhook.createdAt),
    state,
    pausedBecause,
    failingSince: webhook.failingSince === null ? null : formatTime(webhook.failingSince),
    fault,
    waiting,
    dead,
  }
}

function deliveryJson(delivery: Delivery): z.input<typeof deliverySchema> {
  const { state, tries, lastTry, retryAt, createdAt } = delivery
  return {
    event: eventBody(delivery),
    state,
    tries,
    lastTry: lastTry === null ? null : { at: formatTime(lastTry.at), outcome: lastTry.outcome },
    retryAt: state === 'waiting' ? formatTime(retryAt) : null,
    createdAt: formatTime(createdAt),
  }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/webhooks',
    summary: 'Systems that are told of changes of cases',
    query: webhookListQuery,
    answer: pageOf(webhookSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'post',
    path: '/webhooks',
    summary: 'Tells one more system of every change from now on; answers with the secret that signs what it gets',
    body: newWebhookSchema,
    status: 201,
    answer: addedWebhookSchema,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/webhooks/{id}',
    summary: 'One of them',
    answer: webhookSchema,
    faults: ['not_found', 'forbidden'],
  },
  {
    method: 'post',
    path: '/webhooks/{id}/acts',
    summary: 'Pauses, resumes or removes it, or sends again what was given up: one event or all',
    body: webhookActSchema,
    answer: webhookActedSchema,
    headers: [idempotencyHeader],
    faults: ['not_found', 'forbidden', 'unknown_act', 'invalid_fields', 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/webhooks/{id}/deliveries',
    summary: 'What it was told and what waits, by case and version',
    query: deliveryListQuery,
    answer: pageOf(deliverySchema),
    faults: ['not_found', 'forbidden', 'invalid_fields'],
  },
]
