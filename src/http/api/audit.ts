import { Router } from 'express'
import { z } from 'zod'
import { AUDIT_ACTS, type AuditAct } from '../../cases/audit.ts'
import { startOfDay } from '../../cases/days.ts'
import type { ReadAudit } from '../../usecases/audit.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { day, time } from './shapes.ts'

const acts = Object.keys(AUDIT_ACTS) as [AuditAct, ...AuditAct[]]

export const auditEntrySchema = z
  .object({
    seq: z.int(),
    at: time,
    actor: z.string(),
    unitCode: z.string().nullable(),
    act: z.enum(acts),
    caseCodes: z.array(z.string()),
    data: z.record(z.string(), z.unknown()).optional(),
    salt: z.string().optional(),
    dataHash: z.string(),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' })

export const auditQuery = z.strictObject({
  actor: z.string().max(100).optional().meta({ description: 'A login, `operator`, `system` or `nobody`' }),
  act: z.enum(acts).optional(),
  case: z.string().max(40).optional().meta({ description: 'A case code' }),
  from: day.optional().meta({ description: 'First day' }),
  to: day.optional().meta({ description: 'Last day' }),
  cursor,
  limit,
})

const DAY_MS = 86_400_000
const cursorSchema = z.tuple([z.int(), z.int()])

/** The audit log (R7-11). */
export function auditResource(deps: { readAudit: ReadAudit }): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/audit', async (request, response) => {
    const asked = readQuery(auditQuery, request)
    const position = asked.cursor === undefined ? null : readCursor(cursorSchema, asked.cursor)
    const page = await deps.readAudit.list(
      officerOf(response),
      {
        ...(asked.actor === undefined ? {} : { actor: asked.actor }),
        ...(asked.act === undefined ? {} : { act: asked.act }),
        ...(asked.case === undefined ? {} : { caseCode: asked.case }),
        ...(asked.from === undefined ? {} : { from: startOfDay(asked.from) }),
        ...(asked.to === undefined ? {} : { to: startOfDay(asked.to) + DAY_MS }),
      },
      position === null ? null : { at: position[0], seq: position[1] },
      asked.limit,
    )
    const next = page.next === null ? null : writeCursor([page.next.at, page.next.seq])
    response.json({ items: page.items, next })
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/audit',
        summary:
          'Who read personal data, signed in, changed accounts; newest first. An administrator reads the technical part',
        query: auditQuery,
        answer: pageOf(auditEntrySchema),
        faults: ['forbidden', 'invalid_fields'],
      },
    ],
  }
}
