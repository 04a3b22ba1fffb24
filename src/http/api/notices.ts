import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { listNotInformed, type NotInformed, type NotInformedDeps } from '../../usecases/not-informed.ts'
import { channelOf } from '../../usecases/notice-records.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, time } from './shapes.ts'

export type NoticesResourceDeps = { notInformed: NotInformedDeps; now(): number }

/** Over all cases: who has not been told what they have to be told. */
export function noticesResource(deps: NoticesResourceDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/notices', async (request, response) => {
    const { cursor: place, limit: count } = readQuery(listQuery, request)
    const position = place === undefined ? null : readCursor(z.tuple([z.int(), z.string().max(40)]), place)
    const now = deps.now()
    const after = position === null ? null : { createdAt: position[0], id: position[1] }
    const page = await listNotInformed(deps.notInformed, officerOf(response), { after, limit: count }, now)
    response.json({
      items: page.items.map((one) => notInformedJson(one, now)),
      next: page.next === null ? null : writeCursor([page.next.createdAt, page.next.id]),
    })
  })

  return { router, operations }
}

const listQuery = z.strictObject({
  state: z.literal('notInformed').default('notInformed').meta({
    description: 'Mandatory notices of which it is not proven that the sender was told',
  }),
  cursor,
  limit,
})

export const notInformedSchema = z
  .object({
    caseCode: code,
    notice: z.string().meta({ example: 'N3' }),
    state: z.enum(['planned', 'accepted', 'workItem', 'waiting']),
    createdAt: time,
    ageHours: z.int(),
    nextLookAt: time.nullable().meta({ description: 'When the next way is taken, or its proof is waited for' }),
    tries: z.array(z.object({ at: time, channel: z.string(), result: z.string(), code: z.string().optional() })),
    workItem: z.string().nullable(),
    chat: z
      .object({
        reachable: z.boolean(),
        reason: z.string().nullable(),
        since: time.nullable(),
        until: time.nullable(),
      })
      .nullable()
      .meta({ description: 'Whether the sender can be written to on the chat; null for a sender without one' }),
  })
  .meta({ id: 'NotInformed' })

const OPEN_STATES = ['planned', 'accepted', 'workItem', 'waiting'] as const

function notInformedJson({ record, reach }: NotInformed, now: number): z.input<typeof notInformedSchema> {
  const { caseCode, notice, state, createdAt, lookAt, tries, workItem } = record
  return {
    caseCode,
    notice,
    // One that was proven in this moment is shown for the last time.
    state: OPEN_STATES.find((one) => one === state) ?? 'accepted',
    createdAt: formatTime(createdAt),
    ageHours: Math.max(0, Math.floor((now - createdAt) / HOUR_MS)),
    nextLookAt: lookAt === null ? null : formatTime(Math.max(lookAt, createdAt)),
    tries: tries.map(({ way, at, result, code: answer }) => ({
      at: formatTime(at),
      channel: channelOf(way),
      result,
      ...(answer === undefined ? {} : { code: answer }),
    })),
    workItem,
    chat:
      reach === null
        ? null
        : {
            reachable: reach.isReachable,
            reason: reach.reason,
            since: reach.since === null ? null : formatTime(reach.since),
            until: reach.until === null ? null : formatTime(reach.until),
          },
  }
}

const HOUR_MS = 3_600_000

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/notices',
    summary:
      'Senders who have not been told what they must be told, longest first; a page may be short and still have a `next`',
    query: listQuery,
    answer: pageOf(notInformedSchema),
    faults: ['forbidden', 'invalid_fields'],
  },
]
