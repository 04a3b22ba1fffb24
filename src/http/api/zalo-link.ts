import { Router } from 'express'
import { z } from 'zod'
import { formatTime } from '../../cases/days.ts'
import type { OfficerLinks } from '../../usecases/officer-links.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { time } from './shapes.ts'

export type ZaloLinkDeps = {
  links: Pick<OfficerLinks, 'ask' | 'linkedAt' | 'unlink'>
  /** Where the chat with the account is opened. */
  chatUrl: string
}

export const zaloLinkSchema = z
  .object({ isLinked: z.boolean(), linkedAt: time.nullable(), chatUrl: z.string() })
  .meta({ id: 'ZaloLink' })

export const zaloLinkCodeSchema = z
  .object({
    words: z.string().meta({ example: 'LK 7KQ4-9ZPM', description: 'To be typed to the account, once' }),
    expiresAt: time,
    chatUrl: z.string(),
  })
  .meta({ id: 'ZaloLinkCode' })

/** The reader's own Zalo account, by which they may be told of work. */
export function zaloLinkResource(deps: ZaloLinkDeps & { answerOnce: AnswerOnce }): Resource {
  const router = Router({ caseSensitive: true })
  const { links, chatUrl } = deps
  const stateOf = (linkedAt: number | null): z.input<typeof zaloLinkSchema> => ({
    isLinked: linkedAt !== null,
    linkedAt: linkedAt === null ? null : formatTime(linkedAt),
    chatUrl,
  })

  router.get('/me/zalo-link', async (_request, response) => {
    response.json(stateOf(await links.linkedAt(officerOf(response))))
  })

  router.post('/me/zalo-link', async (request, response) => {
    const officer = officerOf(response)
    await deps.answerOnce(request, response, {
      run: async () => {
        const { words, expiresAt } = await links.ask(officer, Date.now())
        const body: z.input<typeof zaloLinkCodeSchema> = { words, expiresAt: formatTime(expiresAt), chatUrl }
        return { status: 201, body }
      },
    })
  })

  router.delete('/me/zalo-link', async (request, response) => {
    const officer = officerOf(response)
    await deps.answerOnce(request, response, {
      run: async () => {
        await links.unlink(officer)
        return { body: stateOf(null) }
      },
    })
  })

  return { router, operations }
}

const operations: Resource['operations'] = [
  {
    method: 'get',
    path: '/me/zalo-link',
    summary: 'Whether the own Zalo account is linked',
    answer: zaloLinkSchema,
    faults: ['forbidden'],
  },
  {
    method: 'post',
    path: '/me/zalo-link',
    summary: 'A code that links the Zalo account from which it is typed; good for ten minutes, ends every earlier one',
    status: 201,
    answer: zaloLinkCodeSchema,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'idempotency_key_reused'],
  },
  {
    method: 'delete',
    path: '/me/zalo-link',
    summary: 'Ends the link; again does nothing more',
    answer: zaloLinkSchema,
    headers: [idempotencyHeader],
    faults: ['forbidden', 'idempotency_key_reused'],
  },
]
