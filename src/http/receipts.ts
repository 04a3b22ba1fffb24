import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { ChannelReceipt, OnReceipt, OutsideChannel } from '../usecases/notice-channels.ts'
import type { Clock } from '../usecases/ports.ts'
import { readRawBody } from './raw-body.ts'

/** What one entry of a body means: a receipt, something that is no proof of anything, or nothing readable. */
export type ReadReceipt =
  | {
      kind: 'receipt'
      state: 'delivered' | 'failed'
      messageId?: string
      reference?: string
      at?: number
      code?: string
    }
  | { kind: 'progress' }
  | { kind: 'unreadable' }

export type ReceiptDeps = {
  path: string
  channel: OutsideChannel
  /** Signs the bodies: `X-Signature: sha256=<HMAC of the body>`. */
  secret: string
  bytesMax: number
  /** Understands a body whose signature was right; null where it is not what it should be. */
  read(raw: Buffer, contentType: string): ReadReceipt[] | null
  onReceipt: OnReceipt
  clock: Clock
  logger: Logger
  metrics: Pick<Metrics, 'channelReceipts'>
}

/**
 * Takes what a provider says of messages it has taken. In this order: too large 413, signature missing or wrong over the exact
 * bytes 401, unreadable 400, stored or of nothing that we know 200, database away 503, so that the provider repeats it.
 */
export function createReceiptRouter(deps: ReceiptDeps): Router {
  const { channel, metrics, logger } = deps
  let refusedLogAt = Number.NEGATIVE_INFINITY

  async function receive(request: Request, response: Response): Promise<void> {
    const raw = await readRawBody(request, deps.bytesMax)
    if (raw === 'aborted') return
    if (raw === 'tooLarge') {
      response.set('Connection', 'close')
      return refuse(response, 413, 'tooLarge')
    }
    if (!isSigned(raw, request.get('x-signature'), deps.secret)) {
      logRefusal()
      return refuse(response, 401, 'signature')
    }
    const entries = deps.read(raw, request.get('content-type') ?? '')
    if (entries === null) return refuse(response, 400, 'unreadable')
    for (const entry of entries) {
      const outcome = await store(entry)
      if (outcome === 'away') {
        response.set('Retry-After', '5')
        return refuse(response, 503, 'databaseAway')
      }
      count(entry.kind === 'receipt' ? entry.state : 'none', outcome)
    }
    response.status(200).end()
  }

  async function store(entry: ReadReceipt): Promise<string> {
    if (entry.kind !== 'receipt') return entry.kind
    const { kind: _kind, at, ...rest } = entry
    try {
      const receipt: ChannelReceipt = { channel, ...rest, at: serviceTime(at) }
      return await deps.onReceipt(receipt)
    } catch (error) {
      logger.warn({ err: error, channel }, 'receipt not stored: the provider will repeat it')
      return 'away'
    }
  }

  /** The provider's clock is the world's; ours may have been moved. A time that cannot be is no time. */
  function serviceTime(at: number | undefined): number {
    const now = deps.clock.now()
    const isBelievable = at !== undefined && Math.abs(Date.now() - at) < 30 * 86_400_000
    return isBelievable ? Math.min(now, at + now - Date.now()) : now
  }

  function refuse(response: Response, status: number, outcome: string): void {
    count('none', outcome)
    response.status(status).end()
  }

  function count(state: string, outcome: string): void {
    metrics.channelReceipts.inc({ channel, state, outcome })
  }

  function logRefusal(): void {
    if (performance.now() - refusedLogAt < 60_000) return
    refusedLogAt = performance.now()
    logger.warn({ channel }, 'signature of a receipt refused: does the provider use another key?')
  }

  const router = Router()
  router.post(deps.path, receive)
  return router
}

/** Compares in constant time; a header of another length or shape is wrong. */
export function isSigned(raw: Buffer, header: string | undefined, secret: string): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/i.exec(header?.trim() ?? '') ?? []
  if (hex === undefined) return false
  return timingSafeEqual(createHmac('sha256', secret).update(raw).digest(), Buffer.from(hex, 'hex'))
}

const entriesMax = 1_000

/** The entries of a JSON body: one object, a list of them, or a list under `receipts`. */
export function entriesOf(raw: Buffer): Record<string, unknown>[] | null {
  let value: unknown
  try {
    value = JSON.parse(raw.toString('utf8'))
  } catch {
    return null
  }
  const under = isObject(value) ? value.receipts : undefined
  const list = Array.isArray(value) ? value : Array.isArray(under) ? under : [value]
  return list.length <= entriesMax && list.every(isObject) ? list : null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first of these fields that holds an id: letters without blanks, bounded. */
export function idIn(entry: Record<string, unknown>, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = entry[name]
    const text = typeof value === 'number' ? String(value) : value
    if (typeof text === 'string' && /^[^\s\p{C}]{1,200}$/u.test(text)) return text
  }
  return undefined
}

/** ISO 8601, seconds or milliseconds. */
export function timeIn(entry: Record<string, unknown>, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = entry[name]
    const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
    const at = Number.isFinite(number) ? (number < 1e11 ? number * 1_000 : number) : Date.parse(String(value ?? ''))
    if (Number.isFinite(at) && at > 0) return at
  }
  return undefined
}

/** A short number or word without anything of a person in it. */
export function codeIn(entry: Record<string, unknown>, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = entry[name]
    const [code] = /^[A-Za-z0-9._-]{1,40}/.exec(typeof value === 'number' ? String(value) : String(value ?? '')) ?? []
    if (code !== undefined) return code
  }
  return undefined
}

/** Leaves out what is not there. */
export function present<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
