import { Router } from 'express'
import { z } from 'zod'
import { computeClocks } from '../../cases/clocks.ts'
import { readDeadlineQuestion } from '../../cases/deadlines.ts'
import type { Law } from '../../usecases/law.ts'
import { RefusedError } from '../../usecases/refused-error.ts'
import { clocksJson } from './case-json.ts'
import { readQuery } from './request.ts'
import type { Resource } from './resource.ts'
import { clocksSchema } from './schemas.ts'

const time = (what: string) =>
  z
    .string()
    .max(40)
    .meta({ description: `${what}; ISO 8601 with its offset, or a day`, example: '2026-11-23T09:12:00+07:00' })
const pause = z.string().max(100)

export const deadlinesQuery = z.strictObject({
  receivedAt: time('When the case was received'),
  ruleSet: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Id of a rule set; else the one in force on the day of receipt' }),
  afterHours: z.enum(['same-day', 'next-working-day']).optional(),
  supplementClock: z.enum(['pause-resume', 'restart']).optional(),
  pause: z
    .union([pause, z.array(pause).max(100)])
    .optional()
    .meta({ description: 'A supplement, <askedAt>/<answeredAt>; the end of the last one may be missing. Repeatable' }),
  transferredAt: time('When it came in from outside the province').optional(),
  resultAt: time('When the result existed').optional(),
})

export const deadlinesSchema = z
  .object({
    clocks: clocksSchema,
    usedWorkingDays: z.int().meta({ description: 'Working days of C before the pauses' }),
    calendarVersions: z.record(z.string(), z.string()).meta({ description: 'By year' }),
    ruleSet: z.object({ id: z.string(), version: z.string(), verified: z.boolean() }),
  })
  .meta({ id: 'Deadlines' })

/** Due days of a case that need not exist, by the function that counts those of all cases. */
export function deadlinesResource(deps: { law: Law }): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/deadlines', (request, response) => {
    const reading = readDeadlineQuestion(readQuery(deadlinesQuery, request), deps.law.ruleSets())
    if (!reading.ok) throw new RefusedError('invalid_fields', reading.faults)
    const clocks = computeClocks(reading.timeline, reading.ruleSet, deps.law.calendar())
    const { usedWorkingDays, calendarVersions } = clocks
    const { id, version, verified } = reading.ruleSet
    response.json({
      clocks: clocksJson(clocks),
      usedWorkingDays,
      calendarVersions,
      ruleSet: { id, version, verified },
    } satisfies z.input<typeof deadlinesSchema>)
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/deadlines',
        summary: 'Due days of a case that need not exist, counted as those of all cases are',
        query: deadlinesQuery,
        answer: deadlinesSchema,
        faults: ['invalid_fields'],
      },
    ],
  }
}
