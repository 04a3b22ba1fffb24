import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { eventBody } from '../usecases/case-events.ts'
import type { CourierStore, PostReply, PostWebhook, WaitingDelivery, WebhookTarget } from '../usecases/webhook-ports.ts'
import { backoffMs } from './backoff.ts'

export type CourierOptions = {
  /** Cases of one receiver that are told at once; the events of one case never are. */
  casesAtOnceMax: number
  retryFirstMs: number
  retryMaxMs: number
  giveUpAfterMs: number
  /** So many failures in a row, whatever the case, and the receiver counts as failing. */
  failingAfter: number
  /** Between two tries, of whatever case, while the receiver is failing. */
  probeFirstMs: number
  probeMaxMs: number
  /** How long an exchange may go on when this process is told to end. */
  stopAfterMs: number
}

export const defaultCourierOptions: CourierOptions = {
  casesAtOnceMax: 8,
  retryFirstMs: 10_000,
  retryMaxMs: 60 * 60_000,
  giveUpAfterMs: 3 * 24 * 60 * 60_000,
  failingAfter: 5,
  probeFirstMs: 2_000,
  probeMaxMs: 60_000,
  stopAfterMs: 2_000,
}

export type CourierDeps = {
  store: CourierStore
  post: PostWebhook
  sign(secret: string, body: string, nowMs: number): string
  /** Whether this process is the one that sends to this receiver now. */
  isOwned(): boolean
  logger: Logger
  metrics: Metrics
  options: CourierOptions
}

/** Tells one receiver. */
export type Courier = {
  /** What the webhook is now. */
  update(webhook: WebhookTarget): void
  /** Takes up what is due; resolves when that is begun, not when it is done. */
  fill(): Promise<void>
  /** Resolves when nothing is on its way any more; what was cut off is sent again by whoever comes next. */
  stop(): Promise<void>
}

/**
 * One receiver's courier: the events of a case one after the other, several cases at once. A receiver that fails is tried less
 * and less, one case at a time; however slow it is, it keeps nobody else waiting.
 */
export function createCourier(target: WebhookTarget, deps: CourierDeps): Courier {
  const { store, options, metrics } = deps
  const { id } = target
  const logger = deps.logger.child({ webhook: id })
  const stopping = new AbortController()
  const busy = new Map<string, Promise<void>>()
  let webhook = target
  let isStopped = false
  let isGone = false
  let isFailing = target.state === 'failing'
  let failures = 0
  let restUntil = 0
  let timer: NodeJS.Timeout | undefined
  let filling: Promise<void> | null = null
  let isAskedAgain = false

  const mayGoOn = () => !isStopped && !isGone && deps.isOwned()
  const freeLanes = () => (isFailing ? 1 : options.casesAtOnceMax) - busy.size

  function fill(): Promise<void> {
    isAskedAgain = filling !== null
    filling ??= take().finally(() => {
      filling = null
      if (isAskedAgain) fillSoon()
    })
    return filling
  }

  function fillSoon(): void {
    if (!mayGoOn()) return
    fill().catch((error: unknown) => logger.warn({ err: error }, 'deliveries could not be taken up'))
  }

  async function take(): Promise<void> {
    while (mayGoOn() && freeLanes() > 0 && Date.now() >= restUntil) {
      const asked = { now: Date.now(), except: [...busy.keys()], limit: options.casesAtOnceMax * 4 }
      const cases = await store.dueCases(id, asked)
      if (cases.length === 0) return
      for (const caseCode of cases.slice(0, Math.max(0, freeLanes()))) begin(caseCode)
    }
  }

  function begin(caseCode: string): void {
    const running = tellCase(caseCode)
      .then(() => true)
      .catch((error: unknown) => {
        // The database is away, or a fault of ours: the next round takes it up again.
        logger.warn({ err: error, caseCode }, 'a delivery was interrupted')
        return false
      })
      .then((isDone) => {
        busy.delete(caseCode)
        if (isDone) fillSoon()
      })
    busy.set(caseCode, running)
  }

  async function tellCase(caseCode: string): Promise<void> {
    while (mayGoOn()) {
      const head = await store.head(id, caseCode)
      if (head === null) return
      if (head.retryAt > Date.now()) return store.rest(id, caseCode, head.retryAt)
      if ((await tell(head)) === 'later') return
    }
  }

  async function tell(delivery: WaitingDelivery): Promise<'next' | 'later'> {
    if (await store.isSecret(delivery.caseCode)) {
      metrics.webhookTries.inc({ outcome: 'skipped' })
      await store.settle(delivery.id, 'skipped', { at: Date.now(), outcome: 'secret' })
      return 'next'
    }
    if (!mayGoOn()) return 'later'
    const body = JSON.stringify(eventBody(delivery))
    const reply = await deps.post({
      url: webhook.url,
      body,
      signal: stopping.signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'pakn-webhook/1',
        'x-pakn-event': delivery.eventId,
        'x-pakn-signature': deps.sign(webhook.secret, body, Date.now()),
      },
    })
    return record(delivery, reply)
  }

  async function record(delivery: WaitingDelivery, reply: PostReply): Promise<'next' | 'later'> {
    const outcome = outcomeOf(reply)
    if (outcome === 'stopped') return 'later'
    metrics.webhookTries.inc({ outcome: kindOf(reply, outcome) })
    const tried = { at: Date.now(), outcome }
    if (reply.ok && reply.status >= 200 && reply.status <= 299) {
      await store.settle(delivery.id, 'delivered', tried)
      await noteSuccess()
      return 'next'
    }
    if (outcome === 'http_410') return leave(delivery, tried)
    const since = Math.max(delivery.since, webhook.activeSince)
    const isOver = tried.at - since >= options.giveUpAfterMs
    if (isOver) await store.settle(delivery.id, 'dead', tried)
    else await store.retry(delivery.id, tried, tried.at + pauseAfter(delivery, reply))
    if (isOver) logger.error({ event: delivery.eventId, outcome }, 'an event was given up after many tries')
    await noteFailure(tried, reply)
    return isOver && !isFailing ? 'next' : 'later'
  }

  /** The receiver says that it is gone for good. */
  async function leave(delivery: WaitingDelivery, tried: { at: number; outcome: string }): Promise<'later'> {
    isGone = true
    await store.retry(delivery.id, tried, tried.at)
    if (await store.pause(id, 'gone')) {
      metrics.webhooksGone.inc()
      logger.error({ event: delivery.eventId }, 'the receiver answered 410: the webhook is paused')
    }
    return 'later'
  }

  function pauseAfter(delivery: WaitingDelivery, reply: PostReply): number {
    const pauseMs = backoffMs(delivery.tries, { firstMs: options.retryFirstMs, maxMs: options.retryMaxMs })
    const asked = reply.ok ? (reply.retryAfterMs ?? 0) : 0
    return Math.min(Math.max(pauseMs, asked), options.retryMaxMs)
  }

  async function noteSuccess(): Promise<void> {
    failures = 0
    restUntil = 0
    if (!isFailing) return
    isFailing = false
    await store.markWell(id)
    logger.info('the receiver takes events again')
  }

  async function noteFailure(tried: { at: number; outcome: string }, reply: PostReply): Promise<void> {
    failures += 1
    if (reply.ok && reply.retryAfterMs !== null) restFor(Math.min(reply.retryAfterMs, options.probeMaxMs))
    if (!isFailing && failures >= options.failingAfter) {
      isFailing = true
      await store.markFailing(id, tried.outcome, tried.at)
      logger.warn({ outcome: tried.outcome, failures }, 'the receiver is failing')
    }
    if (!isFailing) return
    restFor(backoffMs(failures - options.failingAfter, { firstMs: options.probeFirstMs, maxMs: options.probeMaxMs }))
    const before = tried.at - options.giveUpAfterMs
    if (before <= webhook.activeSince) return
    // Whatever waits behind would end like this one: nobody has to try each of them for that.
    const given = await store.giveUp(id, before, tried)
    if (given === 0) return
    metrics.webhookTries.inc({ outcome: 'dead' }, given)
    logger.error({ events: given, outcome: tried.outcome }, 'events were given up: the receiver took nothing for days')
  }

  function restFor(pauseMs: number): void {
    restUntil = Math.max(restUntil, Date.now() + pauseMs)
    clearTimeout(timer)
    timer = setTimeout(fillSoon, restUntil - Date.now() + 1)
    timer.unref()
  }

  return {
    update(next) {
      // Whoever resumed the webhook wants it tried now. For the rest, how it is doing is known best here.
      if (next.activeSince > webhook.activeSince) {
        isGone = false
        isFailing = false
        failures = 0
        restUntil = 0
      }
      webhook = next
    },
    fill,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      const impatience = setTimeout(() => stopping.abort(), options.stopAfterMs)
      await Promise.all(busy.values())
      clearTimeout(impatience)
    },
  }
}

function outcomeOf(reply: PostReply): string {
  return reply.ok ? `http_${reply.status}` : reply.fault
}

/** Few words for the metrics. */
function kindOf(reply: PostReply, outcome: string): string {
  if (!reply.ok) return outcome
  if (reply.status >= 200 && reply.status <= 299) return 'delivered'
  if (reply.status === 410) return 'gone'
  if (reply.status >= 300 && reply.status <= 399) return 'redirect'
  return reply.status >= 500 ? 'http_5xx' : 'http_4xx'
}
