import { type RequestHandler, Router } from 'express'
import { RefusedError } from '../../usecases/refused-error.ts'
import { sendProblem } from '../problem.ts'
import type { Translate } from './case-json.ts'
import { createDocsRouter } from './docs.ts'
import { type AuthenticateDeps, authenticate } from './limits.ts'
import { openApi } from './openapi.ts'
import { answerRefusal } from './refusal.ts'
import type { Resource } from './resource.ts'
import { createRouteTable, type KnownRoute } from './route-table.ts'

export type ApiDeps = AuthenticateDeps & {
  resources: readonly Resource[]
  translate: Translate
  publicUrl: string
  version: string
}

/**
 * The JSON API, to be mounted at `/api`: a person's token, that person's rights, faults in the order of interface.md. Between
 * 401 and the rest stands what is wrong with the request itself: no such address (404), no such method there (405), a parameter
 * that nothing reads (422), a body that cannot be read (400, 413, 415).
 */
export function createApiRouter(deps: ApiDeps): Router {
  const api = Router()
  const v1 = Router({ caseSensitive: true })
  const operations = deps.resources.flatMap((resource) => resource.operations)
  const find = createRouteTable(operations)
  api.use(createDocsRouter({ document: openApi(operations, deps), translate: deps.translate }))
  // Other origins get no leave: what a browser may ask before a call is answered plainly, without a token and without CORS.
  api.use('/v1', noStore, answerOptions(find), authenticate(deps), judgeAddress(find), v1)
  for (const { router } of deps.resources) v1.use(router)
  api.use('/v1', answerRefusal(deps.translate))
  return api
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}

function answerOptions(find: (path: string) => KnownRoute | null): RequestHandler {
  return (request, response, next) => {
    const route = request.method === 'OPTIONS' ? find(request.path) : null
    if (route === null) return next()
    response.set('Allow', route.allow).status(204).end()
  }
}

function judgeAddress(find: (path: string) => KnownRoute | null): RequestHandler {
  return (request, response, next) => {
    const route = find(request.path)
    if (route === null) return sendProblem(request, response, 'not_found')
    const operation = route.operations.get(request.method)
    if (operation === undefined) {
      response.set('Allow', route.allow)
      return sendProblem(request, response, 'method_not_allowed')
    }
    if (operation.query === undefined) {
      // A misspelt parameter must not look as if it had been heeded.
      const faults = Object.keys(request.query).map((path) => ({ path, key: 'fault.unknownField', params: {} }))
      if (faults.length > 0) throw new RefusedError('invalid_fields', faults)
    }
    next()
  }
}
