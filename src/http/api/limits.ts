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
  /** How many wrong tokens an address may show; from then on only tokens of it that were good before are looked at. */
  failures: AddressLimit
}

/** Lets through whoever shows a token that is good, as often as it may be used, and puts its person into `officer`. */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  const bucket = { capacity: deps.rate.perMinute, perMs: deps.rate.perMinute / 60_000 }
  const seenGood = createMemory(TOKENS_REMEMBERED_MAX)

  return async (request, response, next) => {
    const [, token] = /^Bearer +(\S{1,200})$/i.exec(request.get('authorization') ?? '') ?? []
    // No token at all is no guess and costs nothing.
    if (token === undefined) return sendProblem(request, response, 'unauthorized')
    const name = nameOf(token)
    const look = deps.failures(request.ip, { isCounted: false })
    // One program with an old token must not shut out the others of its office, which share its address.
    if (!look.ok && !seenGood.has(name)) return refuse(request, response, look.retryAfterSeconds)
    // Tokens live by the real clock: moving the service's clock for a training must not end or revive them.
    const officer = await deps.people.personOf(token, Date.now())
    if (officer === null) {
      seenGood.forget(name)
      deps.failures(request.ip)
      return sendProblem(request, response, 'unauthorized')
    }
    seenGood.add(name)
    const { taken, waitMs } = await deps.rate.counter.take(`api:${name}`, 1, bucket)
    if (taken === 0) return refuse(request, response, Math.ceil(waitMs / 1000))
    response.locals.officer = officer
    next()
  }
}

const TOKENS_REMEMBERED_MAX = 10_000

/** Remembers the latest names. */
function createMemory(namesMax: number) {
  const names = new Set<string>()
  return {
    has: (name: string) => names.has(name),
    forget: (name: string) => void names.delete(name),
    add(name: string) {
      names.delete(name)
      names.add(name)
      const [oldest] = names
      if (names.size > namesMax && oldest !== undefined) names.delete(oldest)
    },
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
