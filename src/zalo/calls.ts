import { createHmac } from 'node:crypto'
import type { SendPriority } from '../usecases/ports.ts'
import { ZaloError } from './errors.ts'
import { at, type Json, numberAt, readObject, textAt } from './json.ts'
import type { RateLimiter } from './rate.ts'
import type { TokenSource } from './token.ts'
import type { Transport, TransportFault } from './transport.ts'

/** Zalo's answer to one call, or what stands in its place. */
export type Answer =
  | { type: 'answered'; code: string; message: string; data: Json | undefined }
  /** Not Zalo's envelope: a page of some server in between, or nothing readable. */
  | { type: 'unreadable'; status: number }
  | { type: 'failed'; code: TransportFault; sent: 'no' | 'maybe' }
  /** The own rate limit gives no turn in time; nothing was sent. */
  | { type: 'noTurn'; retryAfterMs: number }
  /** There is no token to call with; nothing was sent. */
  | { type: 'noToken'; error: ZaloError }

export type Call = {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: Buffer
  priority: SendPriority
}

export type Calls = {
  /** One call with a token, inside the rate limit; a refused token is renewed once and the call made once more. */
  call(call: Call): Promise<Answer>
  /** The `data` of an answer with error 0. Throws `ZaloError` for everything else. */
  dataOf(call: Call): Promise<Json | undefined>
}

/** Numbers that mean "this token is no good" on every API (zalo §10). */
const tokenCodes: readonly string[] = ['-216', '-220', '452', '-124']
/** The app demands a proof beside the token (zalo §0.3). */
const proofCodes: readonly string[] = ['-242', '-1241']

/** A caller that waited this long does better to come back later. */
const turnWaitMs = 10_000
const turnPauseMs = 5_000

export function createCalls(deps: {
  transport: Transport
  baseUrl: string
  appSecret: string
  tokens: TokenSource
  limiter: RateLimiter
  /** How long a call may wait for its turn under the rate limit. */
  turnWaitMs?: number
}): Calls {
  const base = deps.baseUrl.replace(/\/+$/, '')
  // Learnt from Zalo: the setting is the app's, and a proof that nobody asked for is left out.
  let needsProof = false
  let proof: { token: string; hex: string } | undefined

  function proofOf(token: string): string {
    if (proof?.token !== token) {
      proof = { token, hex: createHmac('sha256', deps.appSecret).update(token).digest('hex') }
    }
    return proof.hex
  }

  async function once(call: Call, token: string): Promise<Answer> {
    if (!(await deps.limiter.acquire(call.priority, deps.turnWaitMs ?? turnWaitMs))) {
      return { type: 'noTurn', retryAfterMs: Math.max(turnPauseMs, deps.limiter.pausedMs()) }
    }
    const reply = await deps.transport.exchange({
      method: call.method,
      url: base + call.path,
      headers: {
        ...call.headers,
        access_token: token,
        ...(needsProof ? { appsecret_proof: proofOf(token) } : {}),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
    })
    if (!reply.ok) return { type: 'failed', code: reply.code, sent: reply.sent }
    deps.limiter.note(
      headerNumber(reply.headers['x-ratelimit-limit']),
      headerNumber(reply.headers['x-ratelimit-remain']),
    )
    const envelope = readObject(reply.text)
    const code = numberAt(envelope, 'error')
    if (envelope === undefined || code === undefined || !Number.isInteger(code)) {
      return { type: 'unreadable', status: reply.status }
    }
    if (code === -32) deps.limiter.refused()
    return {
      type: 'answered',
      code: String(code),
      message: textAt(envelope, 'message') ?? '',
      data: at(envelope, 'data'),
    }
  }

  async function call(request: Call): Promise<Answer> {
    let token: string
    try {
      token = await deps.tokens.accessToken()
    } catch (error) {
      return noToken(error)
    }
    const isProven = needsProof
    const answer = await once(request, token)
    if (answer.type !== 'answered') return answer
    if (proofCodes.includes(answer.code) && !isProven) {
      needsProof = true
      return once(request, token)
    }
    if (!tokenCodes.includes(answer.code)) return answer
    try {
      token = await deps.tokens.renew(token)
    } catch (error) {
      // Refused at once again: the number that Zalo gave says more than our own.
      return error instanceof ZaloError && error.code === 'zalo_refused' && error.zaloCode === undefined
        ? answer
        : noToken(error)
    }
    return once(request, token)
  }

  return {
    call,
    async dataOf(request) {
      const answer = await call(request)
      if (answer.type === 'answered' && answer.code === '0') return answer.data
      throw toError(answer, request.path)
    },
  }
}

function noToken(error: unknown): Answer {
  if (error instanceof ZaloError) return { type: 'noToken', error }
  return { type: 'noToken', error: new ZaloError('zalo_grant_busy', 'no token to call with', { cause: error }) }
}

/** The error that stands for an answer without data. */
export function toError(answer: Answer, path: string): ZaloError {
  // What stands behind `?` holds a citizen's id.
  const call = path.split('?')[0] ?? ''
  switch (answer.type) {
    case 'answered':
      return new ZaloError('zalo_refused', `${call}: error ${answer.code}`, { zaloCode: answer.code })
    case 'unreadable':
      return new ZaloError('zalo_unreadable', `${call}: HTTP ${answer.status} without Zalo's envelope`)
    case 'failed':
      return new ZaloError('zalo_unreachable', `${call}: ${answer.code}`)
    case 'noTurn':
      return new ZaloError('zalo_busy', `${call}: no turn under the rate limit`)
    case 'noToken':
      return answer.error
  }
}

function headerNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}
