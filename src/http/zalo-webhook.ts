import { type Request, type Response, Router } from 'express'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { ChannelReceipt, OnReceipt } from '../usecases/notice-channels.ts'
import type { Clock } from '../usecases/ports.ts'
import { type InboxStore, partitionOf } from '../usecases/road.ts'
import type { AccountChange, ReadWebhookEvent, WebhookEvent } from '../usecases/webhook-event.ts'
import { readRawBody } from './raw-body.ts'

const bodyBytesMax = 256 * 1024

export type KnownWebhookEvent = Exclude<WebhookEvent, { kind: 'ignored' }>

export type ZaloWebhookDeps = {
  /** Judges the signature header over the exact bytes (zalo §9.2). */
  checkSignature(
    raw: Buffer,
    timestamp: string,
    header: string | undefined,
  ): 'valid' | 'validByPrevious' | 'missing' | 'wrong'
  /** The `timestamp` of the body as the signature needs it. */
  timestampOf(raw: Buffer): string
  read: ReadWebhookEvent
  citizenKey(userId: string): string
  inbox: Pick<InboxStore, 'add'>
  /** Told of every event that has just been stored here. */
  onStored(citizenKey: string, partition: number, event: KnownWebhookEvent): void
  /** Told of every event with a right signature that was taken in; null where it has no time of its own. */
  onHeard?(at: number | null): void
  /** Told of every event that could not be stored. */
  onMissed?(at: number): void
  /** Told of what the platform says about the account itself; nothing of it is stored. */
  onAccountChange?(change: AccountChange): void
  /** A template message reached a phone: awaited, so that Zalo repeats what could not be stored. */
  onChannelReceipt?: OnReceipt
  clock: Clock
  logger: Logger
  metrics: Metrics
}

/**
 * `POST /webhooks/zalo`: checks, stores, answers. In this order: more than 256 KiB 413, no JSON object 400, the console's `{}`
 * 200, signature missing or wrong 401, stored by a majority 200, database away 503, so that Zalo repeats. Any content type.
 */
export function createZaloWebhook(deps: ZaloWebhookDeps): Router {
  const { metrics, logger } = deps
  const mayLog = createRareLog()

  async function receive(request: Request, response: Response): Promise<void> {
    const raw = await readRawBody(request, bodyBytesMax)
    if (raw === 'aborted') return
    if (raw === 'tooLarge') return refuse(response, 413, 'tooLarge')
    const body = parseObject(raw)
    if (body === undefined) return refuse(response, 400, 'notAnObject')
    if (Object.keys(body).length === 0) return accept(response, 'probe')
    const verdict = deps.checkSignature(raw, deps.timestampOf(raw), request.get('x-zevent-signature'))
    if (verdict === 'missing' || verdict === 'wrong') {
      logRefusal(verdict)
      return refuse(response, 401, verdict)
    }
    const retry = retryOf(request)
    if (retry > 0) noteRetry(retry)
    const event = deps.read(raw)
    if (event.kind === 'ignored') {
      if (event.accountChange !== undefined) deps.onAccountChange?.(event.accountChange)
      deps.onHeard?.(null)
      if (event.channelReceipt !== undefined) return proof(response, event.channelReceipt)
      return accept(response, 'ignored', event.reason)
    }
    await store(response, event, raw, retry)
  }

  async function proof(response: Response, receipt: ChannelReceipt): Promise<void> {
    try {
      const outcome = (await deps.onChannelReceipt?.(receipt)) ?? 'unknown'
      metrics.channelReceipts.inc({ channel: receipt.channel, state: receipt.state, outcome })
      accept(response, outcome === 'stored' ? 'stored' : 'ignored', 'zbsReceipt')
    } catch (error) {
      logger.warn({ err: error }, 'receipt not stored: Zalo will repeat it')
      response.set('Retry-After', '5')
      refuse(response, 503, 'databaseAway')
    }
  }

  async function store(response: Response, event: KnownWebhookEvent, raw: Buffer, retry: number): Promise<void> {
    const citizenKey = deps.citizenKey(event.userId)
    let outcome: 'stored' | 'known'
    try {
      outcome = await deps.inbox.add({
        key: event.key,
        citizenKey,
        lane: event.kind === 'incoming' || event.kind === 'staffWrote' ? 'turn' : 'trace',
        eventName: event.eventName,
        at: event.at,
        receivedAt: deps.clock.now(),
        raw,
      })
    } catch (error) {
      logger.warn({ err: error }, 'event not stored: Zalo will repeat it')
      if (retry >= retriesMax) tellLastRetry(event.key)
      deps.onMissed?.(event.at)
      response.set('Retry-After', '5')
      return refuse(response, 503, 'databaseAway')
    }
    deps.onHeard?.(event.at)
    accept(response, outcome)
    if (outcome === 'stored') deps.onStored(citizenKey, partitionOf(citizenKey), event)
  }

  function accept(response: Response, outcome: string, reason = ''): void {
    metrics.webhookEvents.inc({ outcome, reason })
    answer(response, 200)
  }

  function refuse(response: Response, status: number, reason: string): void {
    metrics.webhookEvents.inc({ outcome: 'refused', reason })
    answer(response, status)
  }

  /** A renewed key shows itself as a stream of refusals. */
  function logRefusal(verdict: string): void {
    if (!mayLog('refusal')) return
    const alert = 'signaturesRejected'
    logger.warn(
      { alert, verdict },
      'webhook signature refused; was the OA secret key renewed? Set ZALO_OA_SECRET_KEY to the new one and restart',
    )
  }

  function noteRetry(retry: number): void {
    metrics.webhookRetries.inc({ retry: String(retry) })
    if (retry < retriesWorrying || !mayLog('retry')) return
    logger.error(
      { alert: 'webhookRetries', retry },
      'Zalo could not deliver for a long time: is the service reachable at PUBLIC_URL, and quick enough?',
    )
  }

  /** What is lost by it is read from the chats later. */
  function tellLastRetry(event: string): void {
    logger.error(
      { alert: 'webhookUnsubscribed', event },
      'the last repeat of an event was refused: Zalo now ends the subscription; switch the webhook on again in the developer console',
    )
  }

  const router = Router()
  router.post('/webhooks/zalo', receive)
  return router
}

/** Zalo's own count of its tries (zalo §9.3). */
function retryOf(request: Request): number {
  const retry = Number(request.get('num_retry') ?? 0)
  return Number.isSafeInteger(retry) && retry > 0 ? Math.min(retry, retriesMax) : 0
}

const retriesMax = 5
/** The third repeat comes a quarter of an hour after the second: something has been wrong for long. */
const retriesWorrying = 3

/** One line a minute of each kind is enough to see it. */
function createRareLog(): (kind: string) => boolean {
  const loggedAt = new Map<string, number>()
  return (kind) => {
    const now = performance.now()
    if (now - (loggedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < 60_000) return false
    loggedAt.set(kind, now)
    return true
  }
}

function answer(response: Response, status: number): void {
  response.statusCode = status
  // A caller whose body was not read to its end cannot use this connection again.
  if (status === 413) response.set('Connection', 'close')
  response.end()
}

function parseObject(raw: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
