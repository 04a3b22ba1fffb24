import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import type { Texts } from '../../usecases/ports.ts'
import { type StaffDesk, sentenceOfNotice } from '../../usecases/staff-desk.ts'
import { localeOf } from '../problem.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf, readBody, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { pageOf } from './schemas.ts'

export type MyNoticesDeps = {
  desk: StaffDesk
  texts: Pick<Texts, 'translate'>
  unitName(code: string): string
  now(): number
}

export const myNoticesQuery = z.strictObject({
  unread: z.enum(['true', 'false']).optional().meta({ description: '`true`: only what is unread' }),
  cursor: z.string().max(500).optional().meta({ description: '`next` of the page before' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((value) => value >= 1 && value <= 100)
    .prefault('20')
    .meta({ description: '1 to 100' }),
})

const time = z.iso.datetime({ offset: true })

export const myNoticeSchema = z
  .object({
    id: z.string(),
    kind: z.string().meta({ example: 'answerDue' }),
    caseCode: z.string().nullable().meta({ description: 'Null where it is about no case of its own' }),
    link: z.string().meta({ description: 'The page of the case, or of the desk' }),
    text: z.string(),
    workItem: z.string().nullable().meta({ description: 'The work item that it is about; see `GET /work-items/{id}`' }),
    due: z.iso.date().nullable(),
    workingDaysLeft: z.int().nullable().meta({ description: '0 on the due day, negative when it has passed' }),
    digest: z.iso.date().nullable().meta({ description: 'Of a reminder: the working day that it belongs to' }),
    createdAt: time,
    readAt: time.nullable(),
  })
  .meta({ id: 'MyNotice' })

export const myNoticesPage = pageOf(myNoticeSchema).extend({
  unread: z.int().meta({ description: 'How many are unread, counted up to 1000' }),
})

export const readNoticesSchema = z.union([
  z.strictObject({ ids: z.array(z.string().min(1).max(100)).min(1).max(100) }),
  z.strictObject({ all: z.literal(true) }),
])

export const readNoticesAnswer = z.object({ read: z.int().meta({ description: 'How many were unread' }) })

/** The reader's own desk: reminders and what others have done. */
export function myNoticesResource(deps: MyNoticesDeps & { answerOnce: AnswerOnce }): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/me/notices', async (request, response) => {
    const { unread, cursor, limit } = readQuery(myNoticesQuery, request)
    const [createdAt, id] = cursor === undefined ? [] : readCursor(cursorSchema, cursor)
    const after = createdAt === undefined || id === undefined ? null : { createdAt, id }
    const page = await deps.desk.list(officerOf(response), { unreadOnly: unread === 'true', after, limit })
    const words = { texts: deps.texts, locale: localeOf(request), unitName: deps.unitName }
    const items = page.items.map((notice) => ({
      id: notice.id,
      kind: notice.kind,
      caseCode: notice.caseCode === '' ? null : notice.caseCode,
      link: deps.desk.linkOf(notice),
      text: sentenceOfNotice(notice, words),
      workItem: notice.params.work ?? null,
      due: notice.params.due ?? null,
      workingDaysLeft: notice.params.left ?? null,
      digest: notice.digest,
      createdAt: formatTime(notice.createdAt),
      readAt: notice.readAt === null ? null : formatTime(notice.readAt),
    }))
    const next = page.next === null ? null : writeCursor([page.next.createdAt, page.next.id])
    response.json({ items, next, unread: page.unread } satisfies z.input<typeof myNoticesPage>)
  })

  router.post('/me/notices/read', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const asked = readBody(readNoticesSchema, request)
    const ids = 'ids' in asked ? asked.ids : 'all'
    await deps.answerOnce(request, response, {
      run: async () => ({ body: { read: await deps.desk.markRead(officer, ids, deps.now()) } }),
    })
  })

  return { router, operations }
}

const cursorSchema = z.tuple([z.int(), z.string().max(100)])

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/me/notices',
    summary: 'What the reader is to know or to do, newest first',
    query: myNoticesQuery,
    answer: myNoticesPage,
    faults: ['forbidden', 'invalid_fields'],
  },
  {
    method: 'post',
    path: '/me/notices/read',
    summary: 'Marks own notices as read; one of somebody else is none',
    body: readNoticesSchema,
    answer: readNoticesAnswer,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
  },
]
