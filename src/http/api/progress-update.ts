import { Router } from 'express'
import { z } from 'zod'
import { draftUpdate } from '../../usecases/draft-update.ts'
import type { MoveCaseDeps } from '../../usecases/move-case.ts'
import type { Texts } from '../../usecases/ports.ts'
import { describeWork } from '../../usecases/work-state.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'

export type ProgressUpdateDeps = Pick<MoveCaseDeps, 'cases' | 'units' | 'law' | 'officers' | 'attachments'> & {
  texts: Pick<Texts, 'translate'>
  unitName(code: string): string
  now(): number
}

export const updateDraftSchema = z
  .object({
    by: z.iso.date().nullable().meta({ description: 'The day of the update; null while the answer is not late' }),
    text: z.string().meta({ description: 'To be edited or confirmed, and sent as the act progressUpdate' }),
  })
  .meta({ id: 'UpdateDraft' })

/** The drafted words of a progress update (U). */
export function progressUpdateResource(deps: ProgressUpdateDeps): Resource {
  const router = Router({ caseSensitive: true })
  const words = { texts: deps.texts, unitName: deps.unitName }
  router.get('/cases/:code/progress-update', async (request, response) => {
    const asked = {
      ...deps,
      describeWork: (current: Parameters<typeof describeWork>[0]) =>
        describeWork(current, words, { isUnitSilent: false }),
    }
    const draft = await draftUpdate(asked, officerOf(response), request.params.code, deps.now())
    response.json(draft satisfies z.input<typeof updateDraftSchema>)
  })
  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/cases/{code}/progress-update',
        summary: 'A progress update drafted from what the record of the case proves, for whoever may write one',
        answer: updateDraftSchema,
        faults: ['not_found', 'forbidden', 'illegal_act'],
      },
    ],
  }
}
