import type { Request, Response } from 'express'
import { type IdempotencyStore, markOf, type OnceWork, once } from '../../usecases/idempotency.ts'
import { officerOf, readKey } from './request.ts'

/** What `Operation.headers` of a write says. */
export const idempotencyHeader = {
  name: 'Idempotency-Key',
  required: false,
  maxLength: 200,
  description: 'Makes a repeated request harmless: kept for 24 hours per person and route, at most 200 characters',
} as const

/**
 * Answers a write so that its `Idempotency-Key` is honoured; every write route of the API but `/cases/{code}/acts`, whose use
 * case knows its mark itself, ends with one call of it:
 *
 * ```ts
 * router.post('/work-items/:id/acts', jsonBody, async (request, response) => {
 *   const officer = officerOf(response)
 *   await deps.answerOnce(request, response, {
 *     run: async (mark) => ({ body: workItemJson(await actOnWorkItem(deps, officer, request.params.id, request.body, mark)) }),
 *     again: async () => ({ body: workItemJson(await findWorkItem(deps, officer, request.params.id)) }),
 *   })
 * })
 * ```
 *
 * With `again` the store must call `keepMark(database, session, mark, subject)` inside the transaction of the work: then the
 * effect takes place exactly once whatever dies when, and a repeated request is answered from what is stored now. `subject` is
 * what `again` needs to find it, such as the code of a new case. `createWriteTogether` runs such a transaction.
 *
 * Without `again` the work is guarded by a claim and its answer is stored, encrypted: right for work that cannot be found
 * again (a secret that is shown once) or that is no transaction.
 *
 * A request that fails leaves no mark. Judge 404 and 403 before the call where that is possible, so that a used key tells
 * nobody about what they may not see any more. `body` is what makes two requests the same; give it where it is no JSON.
 */
export type AnswerOnce = (request: Request, response: Response, work: OnceWork, body?: unknown) => Promise<void>

/** See `AnswerOnce`. */
export function createAnswerOnce(deps: { marks: IdempotencyStore }): AnswerOnce {
  return async (request, response, work, body = request.body) => {
    const mark = markOf({
      login: officerOf(response).login,
      route: `${request.method} ${request.path}`,
      key: readKey(request.get('idempotency-key')),
      body,
    })
    const answer = await once(deps.marks, mark, work)
    response
      .status(answer.status ?? 200)
      .set(answer.headers ?? {})
      .json(answer.body)
  }
}
