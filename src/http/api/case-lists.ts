import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { CHANNELS, CONTENT_KINDS, FIELDS, STATES } from '../../cases/words.ts'
import type { Audit } from '../../usecases/audit.ts'
import { listFactsOf } from '../../usecases/case-facts.ts'
import { type CasePosition, type CaseStore, DUE_FILTERS, type Units } from '../../usecases/case-ports.ts'
import type { Law } from '../../usecases/law.ts'
import { type CaseListRequest, COUNTED_EXACTLY, createListCases } from '../../usecases/list-cases.ts'
import { localeOf } from '../problem.ts'
import { summaryJson, type Translate } from './case-json.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf, summarySchema } from './schemas.ts'

export type CaseListsDeps = {
  cases: CaseStore
  units: Units
  law: Pick<Law, 'calendar' | 'of'>
  codePrefix: string
  audit: Audit
  translate: Translate
  now(): number
}

/** Lists of cases with their filters, and the numbers beside them. */
export function caseListsResource(deps: CaseListsDeps): Resource {
  const router = Router({ caseSensitive: true })
  const lists = createListCases(deps)

  router.get('/cases', async (request, response) => {
    const query = readQuery(caseListQuery, request)
    const now = deps.now()
    const { items, next } = await lists.list(officerOf(response), requestOf(query), now)
    const words = { translate: deps.translate, locale: localeOf(request) }
    response.json({
      items: items.map((seen) =>
        summaryJson(seen, listFactsOf(seen.current, { ...deps.law.of(seen.current), now }), words),
      ),
      next: next === null ? null : cursorOf(next),
    })
  })

  router.get('/cases/counts', async (_request, response) => {
    const now = deps.now()
    const counts = await lists.counts(officerOf(response), now)
    response.json({ countedAt: formatTime(now), exactUpTo: COUNTED_EXACTLY, ...counts })
  })

  return { router, operations }
}

/** `a,b` and `a&b` of a closed list; one wrong word makes the whole parameter wrong. */
const states = z
  .union([z.string(), z.array(z.string())])
  .transform((given, context) => {
    const words = [...new Set([given].flat().flatMap((part) => part.split(',')))]
    const known = STATES.filter((state) => words.includes(state))
    if (known.length < words.length) context.issues.push({ code: 'custom', input: given, message: 'unknown state' })
    return known
  })
  .meta({
    description: 'One or several, repeated or separated by commas',
    jsonSchema: {
      type: 'array',
      items: {
        anyOf: [{ enum: STATES }, { type: 'string', pattern: `^(${STATES.join('|')})(,(${STATES.join('|')}))+$` }],
      },
    },
  })

const day = z.iso.date()

const caseListQuery = z.strictObject({
  state: states.optional(),
  unit: z.string().max(40).optional().meta({ description: 'The unit that leads, or one that coordinates' }),
  handler: z.string().min(1).max(64).optional().meta({ description: 'A login, `me` or `none`' }),
  field: z.enum(FIELDS).optional(),
  channel: z.enum(CHANNELS).optional(),
  contentKind: z.enum(CONTENT_KINDS).optional(),
  due: z
    .enum(DUE_FILTERS)
    .optional()
    .meta({ description: 'Open cases whose next due day has passed, is today, or lies within three working days' }),
  receivedFrom: day.optional().meta({ description: 'Day of receipt, included' }),
  receivedTo: day.optional().meta({ description: 'Day of receipt, included' }),
  q: z.string().trim().min(1).max(200).optional().meta({
    description:
      'A case code in any spelling, a code of the national system, or words that all occur in title, content or the name of the sender, with or without accents',
  }),
  phone: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .optional()
    .meta({ description: 'The whole number of the sender, in any spelling' }),
  sort: z.enum(['dueAt', '-receivedAt']).prefault('-receivedAt').meta({
    description: '`dueAt`: what is due soonest first, after it what is not open any more; else newest receipt first',
  }),
  cursor,
  limit,
})

function requestOf(query: z.output<typeof caseListQuery>): CaseListRequest {
  const { state, unit, handler, q, cursor: after, ...rest } = query
  return {
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Pick<
      CaseListRequest,
      'sort' | 'limit'
    >),
    ...(state === undefined ? {} : { states: state }),
    ...(unit === undefined ? {} : { unitCode: unit }),
    ...(handler === undefined
      ? {}
      : { handler: handler === 'me' || handler === 'none' ? handler : { login: handler } }),
    ...(q === undefined ? {} : { text: q }),
    after: after === undefined ? null : positionOf(after, query.sort),
  }
}

function cursorOf(position: CasePosition): string {
  return writeCursor('due' in position ? ['due', position.due] : ['received', position.received])
}

const received = z.tuple([z.literal('received'), z.int().nonnegative()])
const due = z.tuple([z.literal('due'), z.string().regex(/^\d{4}-\d{2}-\d{2}[0-9a-z]{11}$/)])

function positionOf(text: string, sort: CaseListRequest['sort']): CasePosition {
  // Only the list by due day has two parts; a cursor of one list says nothing in the other.
  const [part, at] = readCursor(sort === 'dueAt' ? z.union([due, received]) : received, text)
  return part === 'due' ? { due: at } : { received: at }
}

const countOf = <Value extends z.ZodType>(value: Value) =>
  z.array(
    z.object({
      value,
      count: z.int().meta({ description: 'Exact, or where `more` is true the least that there are' }),
      more: z.boolean(),
    }),
  )

export const caseCountsSchema = z
  .object({
    countedAt: z.iso.datetime({ offset: true }),
    exactUpTo: z.int(),
    state: countOf(z.enum(STATES)).meta({ description: 'Every case of the reader' }),
    due: countOf(z.enum(DUE_FILTERS)).meta({ description: 'Open cases, as the other numbers' }),
    unit: countOf(z.string()).meta({ description: 'By the unit that leads' }),
    handler: countOf(z.string().nullable()).meta({ description: 'Null: nobody yet' }),
    field: countOf(z.enum(FIELDS)),
    channel: countOf(z.enum(CHANNELS)),
  })
  .meta({ id: 'CaseCounts' })

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/cases',
    summary: 'Cases that the reader may know of; a page may be short, or even empty, and still have a `next`',
    query: caseListQuery,
    answer: pageOf(summarySchema),
    faults: ['invalid_fields'],
  },
  {
    method: 'get',
    path: '/cases/counts',
    summary:
      'How many of these cases there are, each number exact up to a bound; suspected denunciations are never counted',
    answer: caseCountsSchema,
    faults: [],
  },
]
