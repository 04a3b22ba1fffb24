import express, { type RequestHandler, Router } from 'express'
import type { People } from '../../usecases/people.ts'
import { RefusedError } from '../../usecases/refused-error.ts'
import { localeOf, problemCodeOf, sendProblem, statusOf } from '../problem.ts'
import type { Translate } from './case-json.ts'
import { openApi } from './openapi.ts'
import type { Resource } from './resource.ts'

export type ApiDeps = {
  resources: readonly Resource[]
  people: Pick<People, 'personOf'>
  translate: Translate
  publicUrl: string
  version: string
}

/** The JSON API, to be mounted at `/api`: a person's token, that person's rights, faults in the order of interface.md. */
export function createApiRouter(deps: ApiDeps): Router {
  const api = Router()
  const v1 = Router({ caseSensitive: true })
  const description = openApi(
    deps.resources.flatMap(({ operations }) => operations),
    deps,
  )
  api.get('/openapi.json', (_request, response) => void response.json(description))
  api.use('/v1', noStore, authenticate(deps), v1)
  for (const { router } of deps.resources) v1.use(router)
  // Faults of the stories: their fields are put into the reader's words here, where the texts are at hand.
  const answerRefusal: express.ErrorRequestHandler = (error, request, response, next) => {
    if (!(error instanceof RefusedError) || !Object.hasOwn(statusOf, error.code)) return next(error)
    const locale = localeOf(request)
    const fields = error.faults.map(({ path, key, params }) => ({ path, message: deps.translate(locale, key, params) }))
    sendProblem(request, response, problemCodeOf(error), fields)
  }
  v1.use(answerRefusal)
  return api
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}

function authenticate(deps: ApiDeps): RequestHandler {
  return async (request, response, next) => {
    const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.get('authorization') ?? '') ?? []
    // Tokens live by the real clock: moving the service's clock for a training must not end or revive them.
    const officer = token === undefined ? null : await deps.people.personOf(token, Date.now())
    if (officer === null) return sendProblem(request, response, 'unauthorized')
    response.locals.officer = officer
    next()
  }
}
