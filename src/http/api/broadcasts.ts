import { Router } from 'express'
import { z } from 'zod'
import { BROADCAST_ACTS, broadcastActSchema } from '../../cases/broadcasts/acts.ts'
import { BROADCAST_STATES, BROADCAST_WAYS, OWN_CASES } from '../../cases/broadcasts/broadcast.ts'
import { newBroadcastSchema } from '../../cases/broadcasts/plan.ts'
import { formatTime } from '../../cases/days.ts'
import {
  ARTICLE_STEPS,
  RECIPIENT_GROUPS,
  RECIPIENT_STATES,
  type RecipientLine,
} from '../../usecases/broadcast-ports.ts'
import type { BroadcastEstimate, Broadcasts, SeenBroadcast } from '../../usecases/broadcasts.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readCursor, readQuery, readVersions, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { time } from './shapes.ts'

const reasons = z
  .record(z.string(), z.int())
  .meta({ description: 'How many by reason: why skipped, failed (`zalo-230`: Zalo’s number) or still waiting' })

export const broadcastSchema = z
  .object({
    id: z.string().meta({ example: '20261123-1f0c93ab' }),
    version: z.int(),
    state: z.enum(BROADCAST_STATES),
    title: z.string(),
    text: z.string(),
    link: z.string().nullable(),
    coverAttachmentId: z.string().nullable(),
    way: z.enum(BROADCAST_WAYS),
    segment: z.object({
      communeCodes: z.array(z.string()),
      lastContactDays: z.int().nullable(),
      ownCases: z.enum(OWN_CASES).nullable(),
    }),
    target: z.object({
      ages: z.array(z.int()),
      gender: z.int().nullable(),
      locations: z.array(z.int()),
      platforms: z.array(z.int()),
      telcos: z.array(z.int()),
      cities: z.array(z.int()),
    }),
    sendAt: time.nullable(),
    preview: z
      .string()
      .meta({ description: 'The message as people get it; of an article alone, what is to be read in it' }),
    createdBy: z.string(),
    createdAt: time,
    writtenBy: z.array(z.string()).meta({ description: 'None of these may approve it' }),
    approval: z.object({ by: z.string(), at: time }).nullable(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    fault: z.string().nullable().meta({ description: 'Why the service has paused it by itself' }),
    counts: z.object({
      total: z.int().meta({ description: 'People of the segment who have been looked at so far' }),
      sent: z.int().meta({ description: 'Accepted by Zalo' }),
      delivered: z.int().meta({ description: 'Of these, known to have reached the phone' }),
      skipped: z.int(),
      failed: z.int(),
    }),
    reasons,
    article: z
      .object({
        state: z.enum(ARTICLE_STEPS),
        id: z.string().nullable(),
        at: time,
        reason: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'How far the article has come; Zalo gives no report for each person' }),
    allowedActs: z.array(z.enum(BROADCAST_ACTS as [string, ...string[]])),
    history: z.array(z.object({ at: time, by: z.string(), act: z.string(), note: z.string().nullable() })),
    earlier: z
      .array(
        z.object({
          title: z.string(),
          text: z.string(),
          link: z.string().nullable(),
          coverAttachmentId: z.string().nullable(),
          by: z.string(),
          until: time,
        }),
      )
      .meta({ description: 'Words that were approved before they were mended, and by whom' }),
  })
  .meta({ id: 'Broadcast' })

export const estimateSchema = z
  .object({
    total: z.int().meta({ description: 'People of the segment' }),
    reachable: z.int().meta({ description: 'Of these, who may be written to now' }),
    free: z.int().meta({ description: 'Of those, whose last contact is less than 48 hours ago' }),
    skipped: reasons,
    isComplete: z.boolean().meta({ description: 'False where counting took too long: there are more' }),
    followers: z
      .int()
      .nullable()
      .meta({ description: 'Whom an article reaches at most, as Zalo counts them; null where there is none' }),
    costVnd: z.int().meta({ description: 'What the rest costs once the quota of the package is used up' }),
  })
  .meta({ id: 'BroadcastEstimate' })

export const recipientSchema = z
  .object({
    ref: z.string().meta({ description: 'Stands for one person in this broadcast and nowhere else' }),
    state: z.enum(RECIPIENT_STATES),
    reason: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'BroadcastRecipient' })

const listQuery = z.strictObject({ state: z.enum(BROADCAST_STATES).optional(), cursor, limit })
const recipientsQuery = z.strictObject({
  group: z.enum(RECIPIENT_GROUPS).default('all').meta({ description: '`sent`: accepted by Zalo, arrived or not' }),
  reason: z
    .string()
    .regex(/^[\w:-]{1,60}$/)
    .optional()
    .meta({ description: 'Only those of this reason, as `reasons` has it without `waiting:`', example: 'optedOut' }),
  cursor,
  limit,
})
const place = z.tuple([z.int(), z.string().max(40)])
const keyPlace = z.tuple([z.string().max(200)])

/** What the province tells many people: written, approved by a second person, sent, watched. */
export function broadcastsResource(deps: { broadcasts: Broadcasts; answerOnce: AnswerOnce }): Resource {
  const { broadcasts } = deps
  const router = Router({ caseSensitive: true })

  router.get('/broadcasts', async (request, response) => {
    const asked = readQuery(listQuery, request)
    const position = asked.cursor === undefined ? null : readCursor(place, asked.cursor)
    const page = await broadcasts.list(officerOf(response), {
      states: asked.state === undefined ? null : [asked.state],
      after: position === null ? null : { createdAt: position[0], id: position[1] },
      limit: asked.limit,
    })
    const next = page.next === null ? null : writeCursor([page.next.createdAt, page.next.id])
    response.json({ items: page.items.map(broadcastJson), next })
  })

  router.post('/broadcasts', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    broadcasts.mayWrite(officer)
    const created = (seen: SeenBroadcast) => ({
      status: 201 as const,
      headers: { ...headersOf(seen), Location: `/api/v1/broadcasts/${seen.broadcast.id}` },
      body: broadcastJson(seen),
    })
    await deps.answerOnce(request, response, {
      run: async (mark) => created(await broadcasts.add(officer, request.body, mark)),
      again: async (id) => created(await broadcasts.find(officer, id ?? '')),
    })
  })

  router.get('/broadcasts/:id', async (request, response) => {
    const seen = await broadcasts.find(officerOf(response), request.params.id)
    response.set(headersOf(seen)).json(broadcastJson(seen))
  })

  router.post('/broadcasts/:id/acts', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const { id } = request.params
    broadcasts.mayWrite(officer)
    const answer = (seen: SeenBroadcast) => ({ headers: headersOf(seen), body: broadcastJson(seen) })
    await deps.answerOnce(request, response, {
      run: async (mark) => {
        const versions = readVersions(request.get('if-match'))
        return answer(await broadcasts.act(officer, id, { input: request.body as unknown, versions, mark }))
      },
      again: async () => answer(await broadcasts.find(officer, id)),
    })
  })

  router.get('/broadcasts/:id/estimate', async (request, response) => {
    response.json(estimateJson(await broadcasts.estimate(officerOf(response), request.params.id)))
  })

  router.get('/broadcasts/:id/recipients', async (request, response) => {
    const asked = readQuery(recipientsQuery, request)
    const page = await broadcasts.recipients(officerOf(response), request.params.id, {
      group: asked.group,
      reason: asked.reason ?? null,
      after: asked.cursor === undefined ? null : readCursor(keyPlace, asked.cursor)[0],
      limit: asked.limit,
    })
    response.json({ items: page.items.map(recipientJson), next: page.next === null ? null : writeCursor([page.next]) })
  })

  return { router, operations }
}

const headersOf = ({ broadcast }: SeenBroadcast) => ({ ETag: `"${broadcast.version}"` })

function broadcastJson({ broadcast, report, allowedActs, preview }: SeenBroadcast): z.input<typeof broadcastSchema> {
  const { segment, target, approval, history, earlier, writtenBy, sendAt, createdAt, startedAt, endedAt, ...rest } =
    broadcast
  return {
    ...rest,
    segment: { ...segment, communeCodes: [...segment.communeCodes] },
    target: {
      ages: [...target.ages],
      gender: target.gender,
      locations: [...target.locations],
      platforms: [...target.platforms],
      telcos: [...target.telcos],
      cities: [...target.cities],
    },
    sendAt: timeOf(sendAt),
    preview,
    createdAt: formatTime(createdAt),
    writtenBy: [...writtenBy],
    approval: approval === null ? null : { by: approval.by, at: formatTime(approval.at) },
    startedAt: timeOf(startedAt),
    endedAt: timeOf(endedAt),
    counts: report.counts,
    reasons: { ...report.reasons },
    article: report.article === null ? null : { ...report.article, at: formatTime(report.article.at) },
    allowedActs: [...allowedActs],
    history: history.map(({ at, ...line }) => ({ at: formatTime(at), ...line })),
    earlier: earlier.map(({ until, ...words }) => ({ ...words, until: formatTime(until) })),
  }
}

function estimateJson({ total, reachable, free, skipped, isComplete, costVnd, followers }: BroadcastEstimate) {
  return { total, reachable, free, skipped: { ...skipped }, isComplete, costVnd, followers } satisfies z.input<
    typeof estimateSchema
  >
}

function recipientJson({ at, ...line }: RecipientLine): z.input<typeof recipientSchema> {
  return { ...line, at: formatTime(at) }
}

const timeOf = (at: number | null) => (at === null ? null : formatTime(at))

const ifMatch = {
  name: 'If-Match',
  required: false,
  description: 'The version that was read, as its ETag; a broadcast that has changed since refuses the act',
  example: '"3"',
} as const

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/broadcasts',
    summary: 'Broadcasts, newest first',
    query: listQuery,
    answer: pageOf(broadcastSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'post',
    path: '/broadcasts',
    summary: 'Writes a broadcast, which then waits for the approval of a second person',
    body: newBroadcastSchema,
    status: 201,
    answer: broadcastSchema,
    hasVersion: true,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/broadcasts/{id}',
    summary: 'One broadcast with its progress',
    answer: broadcastSchema,
    hasVersion: true,
    faults: ['not_found', 'forbidden'],
  },
  {
    method: 'post',
    path: '/broadcasts/{id}/acts',
    summary: 'Edits, submits, approves, declines, tests, starts, pauses, resumes or stops it',
    body: broadcastActSchema,
    answer: broadcastSchema,
    hasVersion: true,
    headers: [ifMatch, idempotencyHeader],
    faults: [
      'not_found',
      'forbidden',
      'version_conflict',
      'illegal_act',
      'unknown_act',
      'invalid_fields',
      'idempotency_key_reused',
    ],
  },
  {
    method: 'get',
    path: '/broadcasts/{id}/estimate',
    summary: 'How many people would get it now, and what that costs',
    answer: estimateSchema,
    faults: ['not_found', 'forbidden'],
  },
  {
    method: 'get',
    path: '/broadcasts/{id}/recipients',
    summary: 'What became of each person’s copy',
    query: recipientsQuery,
    answer: pageOf(recipientSchema),
    faults: ['not_found', 'forbidden', 'invalid_fields'],
  },
]
