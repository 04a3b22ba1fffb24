import { Router } from 'express'
import { z } from 'zod'
import { TOKEN_SCOPES } from '../../cases/case.ts'
import { formatTime } from '../../cases/days.ts'
import type { ManagePeople } from '../../usecases/people/manage.ts'
import type { ApiToken } from '../../usecases/people/ports.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { officerOf, readCursor, readQuery, writeCursor } from './request.ts'
import type { Resource } from './resource.ts'
import { cursor, limit, pageOf } from './schemas.ts'
import { time } from './shapes.ts'

export const tokenSchema = z
  .object({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(TOKEN_SCOPES)),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable().meta({ description: 'Exact to the minute' }),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'Token' })

const tokensQuery = z.strictObject({
  login: z.string().max(100).optional().meta({ description: 'Of somebody else, for administrators' }),
  cursor,
  limit,
})
const cursorSchema = z.tuple([z.int()])

/** Tokens of the API without their secrets. New ones are made with the operator's tool. */
export function tokensResource(deps: { manage: ManagePeople; answerOnce: AnswerOnce }): Resource {
  const router = Router({ caseSensitive: true })

  router.get('/tokens', async (request, response) => {
    const { login, cursor: from, limit: count } = readQuery(tokensQuery, request)
    const found = await deps.manage.listTokens(officerOf(response), {
      ...(login === undefined ? {} : { login }),
      ...(from === undefined ? {} : { before: readCursor(cursorSchema, from)[0] }),
      limit: count + 1,
    })
    const items = found.slice(0, count)
    const last = items.at(-1)
    const next = found.length > count && last !== undefined ? writeCursor([last.createdAt]) : null
    response.json({ items: items.map(tokenJson), next })
  })

  router.delete('/tokens/:id', async (request, response) => {
    const officer = officerOf(response)
    const { id } = request.params
    await deps.answerOnce(request, response, {
      run: async () => ({ body: tokenJson(await deps.manage.revokeToken(officer, id, Date.now())) }),
    })
  })

  return {
    router,
    operations: [
      {
        method: 'get',
        path: '/tokens',
        summary: 'The own tokens, newest first; those of others for administrators',
        query: tokensQuery,
        answer: pageOf(tokenSchema),
        faults: ['forbidden', 'invalid_fields'],
      },
      {
        method: 'delete',
        path: '/tokens/{id}',
        summary: 'Ends a token at once; again does nothing more',
        answer: tokenSchema,
        headers: [idempotencyHeader],
        faults: ['not_found', 'forbidden'],
      },
    ],
  }
}

function tokenJson(token: ApiToken): z.input<typeof tokenSchema> {
  const { id, login, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = token
  return {
    id,
    login,
    name,
    scopes: [...scopes],
    createdAt: formatTime(createdAt),
    expiresAt: formatTime(expiresAt),
    lastUsedAt: lastUsedAt === null ? null : formatTime(lastUsedAt),
    revokedAt: revokedAt === null ? null : formatTime(revokedAt),
  }
}
