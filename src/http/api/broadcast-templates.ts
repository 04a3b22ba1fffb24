import { Router } from 'express'
import { z } from 'zod'
import { BROADCAST_WAYS } from '../../cases/broadcasts/broadcast.ts'
import type { BroadcastTemplates } from '../../usecases/broadcast-templates.ts'
import type { Broadcasts } from '../../usecases/broadcasts.ts'
import { localeOf } from '../problem.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'

export const templateSchema = z
  .object({
    id: z.string().meta({ example: 'holiday' }),
    way: z.enum(BROADCAST_WAYS),
    name: z.string(),
    title: z.string(),
    text: z.string(),
    fields: z.array(z.string()).meta({ description: 'What is to be put in the place of each `[[…]]`' }),
  })
  .meta({ id: 'BroadcastTemplate' })

/** Words for the usual notices, to be filled in and sent as a broadcast. */
export function broadcastTemplatesResource(deps: {
  broadcasts: Pick<Broadcasts, 'mayRead'>
  broadcastTemplates: BroadcastTemplates
}): Resource {
  const router = Router({ caseSensitive: true })
  router.get('/broadcast-templates', (request, response) => {
    deps.broadcasts.mayRead(officerOf(response))
    response.json({ items: deps.broadcastTemplates.list(localeOf(request)), next: null })
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/broadcast-templates',
        summary: 'Words for the usual notices; places to fill in stand in [[double brackets]]',
        answer: z.object({ items: z.array(templateSchema), next: z.null() }),
        faults: ['forbidden'],
      },
    ],
  }
}
