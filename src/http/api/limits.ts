import { createHash } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { People } from '../../usecases/people.ts'
import type { SharedCounter } from '../../usecases/ports.ts'
import type { AddressLimit } from '../address-limit.ts'
import { sendProblem } from '../problem.ts'

export type AuthenticateDeps = {
  people: Pick<People, 'personOf'>
  /** How much of the API one token may use; the replicas share the counter. */
  rate: { counter: SharedCounter; perMinute: number }
  /** How many wrong tokens an address may show; from then on none of its tokens is looked at. */
  failures: AddressLimit
}

/** Lets through whoever shows a token that is good, as often as it may be used, and puts its person into `officer`. */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  const bucket = { capacity: deps.rate.perMinute, perMs: deps.rate.perMinute / 60_000 }

  return async (request, response, next) => {
    const look = deps.failures(request.ip, { isCounted: false })
    if (!look.ok) return refuse(request, response, look.retryAfterSeconds)
    const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.get('authorization') ?? '') ?? []
    // Tokens live by the real clock: moving the service's clock for a training must not end or revive them.
    const officer = token === undefined ? null : await deps.people.personOf(token, Date.now())
    if (token === undefined || officer === null) {
      // No token at all is no guess.
      if (token !== undefined) deps.failures(request.ip)
      return sendProblem(request, response, 'unauthorized')
    }
    const { taken, waitMs } = await deps.rate.counter.take(`api:${nameOf(token)}`, 1, bucket)
    if (taken === 0) return refuse(request, response, Math.ceil(waitMs / 1000))
    response.locals.officer = officer
    next()
  }
}

function refuse(request: Request, response: Response, retryAfterSeconds: number): void {
  response.set('Retry-After', String(Math.max(1, retryAfterSeconds)))
  sendProblem(request, response, 'too_many_requests')
}

/** Names a token where others may read, without being one. */
function nameOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 16)
}
