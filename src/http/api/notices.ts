import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { NOTICES } from '../../cases/words.ts'
import type { Sentence } from '../../conversation/effects.ts'
import { NEXT_STEPS, nextOf, whyNotInformed } from '../../usecases/explain-notice.ts'
import { listNotInformed, type NotInformed, type NotInformedDeps } from '../../usecases/not-informed.ts'
import { channelOf, OUTSIDE_WAYS } from '../../usecases/notice-records.ts'
import type { Texts } from '../../usecases/ports.ts'
import { localeOf } from '../problem.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { code, time, unitCode } from './shapes.ts'

export type NoticesResourceDeps = { notInformed: NotInformedDeps; texts: Pick<Texts, 'translate'>; now(): number }

/** Over all cases: who has not been told what they have to be told. */
export function noticesResource(deps: NoticesResourceDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/notices', async (request, response) => {
    const { cursor: place, limit: count, unit, notice, minAgeHours } = readQuery(listQuery, request)
    const position = place === undefined ? null : readCursor(z.tuple([z.int(), z.string().max(40)]), place)
    const now = deps.now()
    const after = position === null ? null : { createdAt: position[0], id: position[1] }
    const asked = {
      after,
      limit: count,
      ...(unit === undefined ? {} : { unitCode: unit }),
      ...(notice === undefined ? {} : { notice }),
      ...(minAgeHours === undefined ? {} : { minAgeMs: minAgeHours * HOUR_MS }),
    }
    const page = await listNotInformed(deps.notInformed, officerOf(response), asked, now)
    const say = ({ key, params }: Sentence) => deps.texts.translate(localeOf(request), key, params)
    response.json({
      items: page.items.map((one) => notInformedJson(one, say, now)),
      next: page.next === null ? null : writeCursor([page.next.createdAt, page.next.id]),
    })
  })

  return { router, operations }
}

const listQuery = z.strictObject({
  state: z.literal('notInformed').default('notInformed').meta({
    description: 'Mandatory notices of which it is not proven that the sender was told',
  }),
  unit: unitCode.optional().meta({ description: 'Of cases that this unit leads, works along in or took in' }),
  notice: z.enum(NOTICES).optional(),
  minAgeHours: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .optional()
    .meta({ description: 'Only what has waited for so many hours', example: '72' }),
  cursor,
  limit,
})

export const notInformedSchema = z
  .object({
    caseCode: code,
    unitCode: unitCode.meta({ description: 'Who has the case: the unit that leads it, or else its intake' }),
    notice: z.string().meta({ example: 'N3' }),
    state: z.enum(['planned', 'accepted', 'workItem', 'waiting']),
    createdAt: time,
    ageHours: z.int(),
    nextLookAt: time.nullable().meta({ description: 'When the next way is taken, or its proof is waited for' }),
    tries: z.array(z.object({ at: time, channel: z.string(), result: z.string(), code: z.string().optional() })),
    workItem: z.string().nullable(),
    why: z
      .array(z.string())
      .meta({ description: 'Why it is not known that the sender was told, in words: one way after the other' }),
    next: z
      .object({ step: z.enum(NEXT_STEPS), text: z.string() })
      .meta({ description: 'What happens next, and who has to do something' }),
    closedWays: z.array(z.object({ way: z.enum(OUTSIDE_WAYS), code: z.string(), since: time, until: time })).meta({
      description:
        'Ways that are not taken, because Zalo has said of this number or person that they lead nowhere, and until when it is believed',
    }),
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

function notInformedJson(
  one: NotInformed,
  say: (sentence: Sentence) => string,
  now: number,
): z.input<typeof notInformedSchema> {
  const { record, reach, unitCode: unit } = one
  const { step, sentence } = nextOf(one, now)
  const { caseCode, notice, state, createdAt, lookAt, tries, workItem } = record
  return {
    caseCode,
    unitCode: unit,
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
    why: whyNotInformed(one).map(say),
    next: { step, text: say(sentence) },
    closedWays: one.closedWays.map((closed) => ({
      ...closed,
      since: formatTime(closed.since),
      until: formatTime(closed.until),
    })),
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
