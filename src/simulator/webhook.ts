import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Changes, EventLog } from './changes.ts'
import type { Settings } from './faults.ts'
import type { Delivery, State } from './model.ts'
import { writeOddJson } from './odd-json.ts'
import type { Random } from './random.ts'

/** Seconds before each repetition of a failed delivery (zalo §9.3). */
export const RETRY_LADDER_SECONDS = [30, 300, 900, 1800, 3600] as const

const ANSWER_TIMEOUT_MS = 2_000
const IN_FLIGHT_MAX = 64
const PENDING_MAX = 5_000
/** An event held back for reordering leaves at the latest after this time. */
const REORDER_HOLD_MS = 1_500

export type WebhookSender = {
  /** Queues one event. The body gets its `timestamp` here; `messageId` is the citizen's message that the event carries. */
  send(event: EventToSend): void
  /** Everything that waits goes out at once, whatever its place on the ladder. */
  deliverNow(): void
  /** Sends the last `count` answered events a second time, as Zalo may at any moment. */
  repeatLast(count: number): number
  /** The console's save check: an unsigned POST with `{}` (zalo §9.1). Resolves with the HTTP status, 0 when unreachable. */
  probe(): Promise<number>
  setUrl(url: string | undefined): void
  resubscribe(): void
  status(): { url: string | undefined; subscribed: boolean; pending: number }
  /** Resolves when nothing is queued or in flight, or when `timeoutMs` has passed. For tests and an orderly stop. */
  idle(timeoutMs: number): Promise<void>
  stop(): Promise<void>
}

export type EventToSend = {
  key: string
  citizenId?: string
  body: Record<string, unknown> & { event_name: string }
  messageId?: string
  fromServer?: 'ZNS'
}

/** `X-ZEvent-Signature` as Zalo computes it (zalo §9.2). */
export function signEvent(options: { appId: string; rawBody: string; timestamp: string; key: string }): string {
  const { appId, rawBody, timestamp, key } = options
  return `mac=${createHash('sha256')
    .update(appId + rawBody + timestamp + key)
    .digest('hex')}`
}

export function createWebhookSender(deps: {
  state: State
  settings: Settings
  clock: { now(): number }
  random: Random
  log: EventLog
  changes: Changes
  logger: Logger
  changed: () => void
  /** The citizen's message reached the account. */
  onAccepted: (delivery: Delivery) => void
  url?: string | undefined
}): WebhookSender {
  const { state, settings, clock, random, log, changes } = deps
  let url = deps.url
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let eventCount = 0
  const busyKeys = new Set<string>()
  const inFlight = new Set<Promise<void>>()
  const recent: Delivery[] = []
  const abort = new AbortController()

  const status = () => ({ url, subscribed: state.subscribed, pending: state.deliveries.length })
  const publishStatus = (): void => changes.publish({ type: 'webhook', webhook: status() })

  function send(event: EventToSend): void {
    if (!state.subscribed) {
      log.add({ ...logFields(event), status: 'không gửi: webhook đã bị ngắt', failed: true, request: event.body })
      return
    }
    const now = clock.now()
    state.lastTimestamp = Math.max(now, state.lastTimestamp + 1)
    const timestamp = String(state.lastTimestamp)
    const body = { ...event.body, timestamp }
    const rawBody = writeOddJson(body, random)
    const faults = settings.webhookFaults
    eventCount += 1
    const struck = eventCount % faults.everyNth === 0
    const signature = signEvent({
      appId: state.credentials.appId,
      rawBody,
      timestamp,
      key: keyFor(struck && faults.wrongKey),
    })
    const entry = log.add({
      ...logFields(event),
      status: 'đang gửi',
      failed: false,
      request: body,
      raw: rawBody,
      signature,
    })
    if (struck && faults.lost) {
      log.update(entry.seq, { status: 'bị mất giữa đường', failed: true, fault: 'lost' })
      return
    }
    const delivery: Delivery = {
      id: random.hex(16),
      key: event.key,
      logSeq: entry.seq,
      eventName: event.body.event_name,
      rawBody,
      timestamp,
      attempt: 0,
      dueAt: now + (struck ? faults.delaySeconds * 1000 : 0),
      ...(event.messageId === undefined ? {} : { messageId: event.messageId }),
      ...(event.fromServer === undefined ? {} : { fromServer: event.fromServer }),
      ...(struck && faults.wrongKey ? { wrongKey: true } : {}),
    }
    if (struck && faults.reorder) {
      // Its own key lets the next event of the same citizen overtake it.
      delivery.key = `${event.key}:${delivery.id}`
      delivery.dueAt += REORDER_HOLD_MS
    }
    queue(delivery)
    if (struck && faults.duplicate) queue({ ...delivery, id: random.hex(16) })
    pump()
  }

  function queue(delivery: Delivery): void {
    state.deliveries.push(delivery)
    if (state.deliveries.length > PENDING_MAX) state.deliveries.shift()
    deps.changed()
    publishStatus()
  }

  function keyFor(wrong: boolean): string {
    return wrong ? `${state.credentials.oaSecretKey}-cu` : state.credentials.oaSecretKey
  }

  function pump(): void {
    clearTimeout(timer)
    if (stopped || url === undefined) return
    const now = clock.now()
    let next = Number.POSITIVE_INFINITY
    const waitingKeys = new Set<string>()
    for (const delivery of state.deliveries) {
      // A later event of the same citizen waits for an earlier first attempt; a retry on the ladder holds nobody up.
      const blocked = busyKeys.has(delivery.key) || waitingKeys.has(delivery.key)
      if (delivery.dueAt > now) {
        next = Math.min(next, delivery.dueAt)
        if (delivery.attempt === 0) waitingKeys.add(delivery.key)
        continue
      }
      if (blocked) continue
      if (inFlight.size >= IN_FLIGHT_MAX) break
      busyKeys.add(delivery.key)
      const run = attempt(delivery, url).finally(() => {
        busyKeys.delete(delivery.key)
        inFlight.delete(run)
        pump()
      })
      inFlight.add(run)
    }
    // The clock can be moved from outside, so a far date is looked at again within a second.
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(pump, Math.min(Math.max(next - now, 5), 1_000))
  }

  async function attempt(delivery: Delivery, target: string): Promise<void> {
    const startedAt = performance.now()
    const answer = await post(target, delivery.rawBody, {
      'X-ZEvent-Signature': signEvent({
        appId: state.credentials.appId,
        rawBody: delivery.rawBody,
        timestamp: delivery.timestamp,
        key: keyFor(delivery.wrongKey === true),
      }),
      ...(delivery.fromServer === undefined ? {} : { 'X-ZEvent-Server': delivery.fromServer }),
      ...(delivery.attempt === 0 ? {} : { num_retry: String(delivery.attempt) }),
    })
    if (stopped) return
    const durationMs = Math.round(performance.now() - startedAt)
    if (answer === 200) {
      remove(delivery)
      recent.push(delivery)
      if (recent.length > 50) recent.shift()
      log.update(delivery.logSeq, { status: '200', failed: false, durationMs })
      deps.onAccepted(delivery)
      return
    }
    const reason = typeof answer === 'number' ? String(answer) : answer
    const repeatable =
      answer === 'unreachable' || (!settings.retryUnansweredOnly && (answer === 'timeout' || Number(answer) >= 500))
    const wait = RETRY_LADDER_SECONDS[delivery.attempt]
    if (!repeatable) {
      remove(delivery)
      log.update(delivery.logSeq, { status: `${reason}, không gửi lại`, failed: true, durationMs })
    } else if (wait === undefined) {
      remove(delivery)
      state.subscribed = false
      log.update(delivery.logSeq, { status: `${reason}, hết lượt; webhook bị ngắt`, failed: true, durationMs })
      deps.logger.warn({ event: delivery.eventName }, 'webhook unsubscribed after the last retry')
    } else {
      delivery.attempt += 1
      delivery.dueAt = clock.now() + wait * 1000
      log.update(delivery.logSeq, {
        status: `${reason}, chờ gửi lại lần ${delivery.attempt}`,
        failed: true,
        durationMs,
      })
    }
    deps.changed()
    publishStatus()
  }

  function remove(delivery: Delivery): void {
    const index = state.deliveries.indexOf(delivery)
    if (index >= 0) state.deliveries.splice(index, 1)
    deps.changed()
    publishStatus()
  }

  async function post(
    target: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<number | 'timeout' | 'unreachable'> {
    try {
      const response = await fetch(target, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'user-agent': 'ZaloWebhook', ...headers },
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_TIMEOUT_MS), abort.signal]),
      })
      await response.body?.cancel()
      return response.status
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable'
    }
  }

  return {
    send,
    deliverNow() {
      const now = clock.now()
      for (const delivery of state.deliveries) delivery.dueAt = Math.min(delivery.dueAt, now)
      pump()
    },
    repeatLast(count) {
      const again = recent.slice(-count)
      for (const delivery of again) queue({ ...delivery, id: random.hex(16), attempt: 0, dueAt: clock.now() })
      pump()
      return again.length
    },
    async probe() {
      const answer = url === undefined ? 'unreachable' : await post(url, '{}', {})
      const status = typeof answer === 'number' ? answer : 0
      log.add({
        at: clock.now(),
        type: 'event',
        title: 'Kiểm tra webhook {}',
        status: String(answer),
        failed: status !== 200,
        raw: '{}',
      })
      return status
    },
    setUrl(next) {
      url = next
      publishStatus()
      pump()
    },
    resubscribe() {
      state.subscribed = true
      deps.changed()
      publishStatus()
    },
    status,
    async idle(timeoutMs) {
      const until = performance.now() + timeoutMs
      while ((state.deliveries.length > 0 || inFlight.size > 0) && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      abort.abort()
      await Promise.allSettled(inFlight)
    },
  }

  function logFields(event: EventToSend) {
    return {
      at: clock.now(),
      type: 'event' as const,
      title: event.body.event_name,
      ...(event.citizenId === undefined ? {} : { citizenId: event.citizenId }),
    }
  }
}
