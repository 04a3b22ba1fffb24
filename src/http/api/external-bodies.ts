import { Router } from 'express'
import { z } from 'zod'
import type { Resource } from './resource.ts'
import { pageOf } from './schemas.ts'

export const externalBodySchema = z
  .object({ id: z.string().meta({ example: 'police' }), name: z.string().meta({ example: 'Công an' }) })
  .meta({ id: 'ExternalBody' })

export type ExternalBodies = readonly { id: string; name: string }[]

/** Agencies outside the province's tree, to which a case may be transferred (R7-7, T18). Data, and few. */
export function externalBodiesResource(deps: { externalBodies: ExternalBodies }): Resource {
  const router = Router({ caseSensitive: true })
  const items = deps.externalBodies.map(({ id, name }) => ({ id, name }))
  router.get('/external-bodies', (_request, response) => {
    response.json({ items, next: null })
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/external-bodies',
        summary: 'Agencies outside the province to which cases are transferred',
        answer: pageOf(externalBodySchema),
        faults: [],
      },
    ],
  }
}
