import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import helmet from 'helmet'
import type { Logger } from '../logger.ts'
import { problemCodeOf, sendProblem, statusOf } from './problem.ts'

/** A part of the service under its path; the first one that matches answers. */
export type Mount = { path: string; router: Router }

/**
 * The web face of the service: headers that protect, a request id on every answer and log line, the parts in the given
 * order, and every fault as a problem in the reader's language. It reads no body: each part reads its own.
 */
export function createServer(deps: {
  logger: Logger
  /** Called by machines many times a second: no page, so none of the headers and logs that pages need. */
  first?: Mount[]
  mounts: Mount[]
  /** Proxies whose word about the caller's address counts, as Express's `trust proxy` takes it. */
  trustedProxies: string
  /** Whether the world reaches us by https. */
  isSecure: boolean
  /** Whether an error means that the database could not be reached. */
  isDatabaseAway(error: unknown): boolean
}): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set(
    'trust proxy',
    deps.trustedProxies.split(',').map((part) => part.trim()),
  )
  // A parameter is one text; nested objects in a query are nobody's need and a way to surprise a filter.
  app.set('query parser', 'simple')
  app.set('etag', false)
  for (const { path, router } of deps.first ?? []) app.use(path, router)
  app.use(withRequestId(deps.logger))
  app.use(protect(deps.isSecure))
  for (const { path, router } of deps.mounts) app.use(path, router)
  app.use((request, response) => sendProblem(request, response, 'not_found'))
  app.use(answerFault(deps))
  return app
}

function withRequestId(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id')
    const requestId = given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
    response.locals.requestId = requestId
    response.set('X-Request-Id', requestId)
    const startedAt = performance.now()
    response.on('close', () => {
      // The pattern of the route and never the address: a query may hold a name or a phone.
      const route = typeof request.route?.path === 'string' ? `${request.baseUrl}${request.route.path}` : 'none'
      logger.debug(
        {
          requestId,
          method: request.method,
          route,
          status: response.statusCode,
          finished: response.writableFinished,
          tookMs: Math.round(performance.now() - startedAt),
        },
        'request',
      )
    })
    next()
  }
}

function protect(isSecure: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        manifestSrc: ["'self'"],
        mediaSrc: ["'self'", 'blob:'],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        ...(isSecure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  })
}

function answerFault(deps: { logger: Logger; isDatabaseAway(error: unknown): boolean }): ErrorRequestHandler {
  return (error, request, response, next) => {
    const code = deps.isDatabaseAway(error) ? 'unavailable' : problemCodeOf(error)
    const { requestId } = response.locals
    // Whoever ends the connection in the middle of an answer has no fault of ours.
    const hasLeft = response.headersSent && response.destroyed
    if (statusOf[code] >= 500 && !hasLeft) deps.logger.error({ requestId, err: error, code }, 'request failed')
    // Nothing can be said any more once a part of the answer is out; Express then ends the connection.
    if (response.headersSent) return next(error)
    const fields = typeof response.locals.fieldsOf === 'function' ? response.locals.fieldsOf(error) : []
    sendProblem(request, response, code, fields)
  }
}
