import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { PURPOSES } from '../../cases/words.ts'
import { type ReadConsentsDeps, readConsents } from '../../usecases/consents.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { time } from './shapes.ts'

const listQuery = z.strictObject({ cursor, limit })

export const consentSchema = z
  .object({
    id: z.string(),
    purpose: z.enum([...PURPOSES, 'broadcasts']).meta({
      description: '`broadcasts`: news of the province; not given is “ngừng nhận tin”, given is “nhận lại tin”',
    }),
    given: z.boolean(),
    textVersion: z.string().meta({ description: 'The version of the words that were answered' }),
    at: time,
  })
  .meta({ id: 'Consent' })

/** What the sender of a case has agreed to and taken back. */
export function consentsResource(deps: ReadConsentsDeps): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/cases/:code/consents', async (request, response) => {
    const { cursor: place, limit: count } = readQuery(listQuery, request)
    const position = place === undefined ? null : readCursor(z.tuple([z.int(), z.string().max(200)]), place)
    const page = await readConsents(deps, officerOf(response), request.params.code, {
      after: position === null ? null : { at: position[0], id: position[1] },
      limit: count,
    })
    response.json({
      items: page.items.map(({ at, ...consent }) => ({ ...consent, at: formatTime(at) })),
      next: page.next === null ? null : writeCursor([page.next.at, page.next.id]),
    })
  })

  return { router, operations }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/cases/{code}/consents',
    summary: 'What the sender has agreed to and taken back, ascending; needs the right to see who they are',
    query: listQuery,
    answer: pageOf(consentSchema),
    faults: ['not_found', 'forbidden', 'invalid_fields'],
  },
]
