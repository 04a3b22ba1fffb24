import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import { STATES, stateLabelKey } from '../../cases/words.ts'
import { type Duplicate, type DuplicatesDeps, duplicatesOf, REASONS } from '../../usecases/find-duplicates.ts'
import { type Locale, localeOf } from '../problem.ts'
import type { Translate } from './case-json.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { pageOf } from './schemas.ts'
import { code, time, unitCode } from './shapes.ts'

/** Cases that may be the same matter, for an officer to judge (R4-M1, R4-M2). */
export function duplicatesResource(deps: DuplicatesDeps & { translate: Translate }): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/cases/:code/duplicates', async (request, response) => {
    const found = await duplicatesOf(deps, officerOf(response), request.params.code)
    const locale = localeOf(request)
    response.json({ items: found.map((one) => duplicateJson(one, locale)), next: null })
  })

  function duplicateJson({ seen, ...found }: Duplicate, locale: Locale): z.input<typeof duplicateSchema> {
    const { current } = seen
    const { reasons, similarity, sharedPairs, suggestion } = found
    return {
      code: current.code,
      state: current.state,
      stateLabel: deps.translate(locale, stateLabelKey(current.state), { code: current.parentCode ?? '' }),
      receivedAt: formatTime(current.receivedAt),
      title: current.title,
      leadUnitCode: current.leadUnitCode,
      reasons: reasons.map((reason) => ({ code: reason, message: deps.translate(locale, `duplicate.${reason}`) })),
      similarity,
      sharedPairs,
      suggestion,
    }
  }

  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/cases/{code}/duplicates',
        summary: 'Cases that may be the same matter, most alike first, and why; merging is an act of an officer',
        answer: pageOf(duplicateSchema),
        faults: ['not_found', 'forbidden'],
      },
    ],
  }
}

export const duplicateSchema = z
  .object({
    code,
    state: z.enum(STATES),
    stateLabel: z.string(),
    receivedAt: time,
    title: z.string(),
    leadUnitCode: unitCode.nullable(),
    reasons: z.array(z.object({ code: z.enum(REASONS), message: z.string() })),
    similarity: z.number().meta({ description: '0 to 1: the share of neighbouring words that both texts have' }),
    sharedPairs: z
      .array(z.string())
      .meta({ description: 'Some of them, without accents', example: ['ho so', 'cap so'] }),
    suggestion: z.enum(['merge', 'link']).meta({ description: 'Another sender’s matter is linked (R4-M6)' }),
  })
  .meta({ id: 'Duplicate' })
