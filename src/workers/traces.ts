import type { Logger } from '../logger.ts'
import type { OnReceipt } from '../usecases/notice-channels.ts'
import type { NoticeRecords } from '../usecases/notice-records.ts'
import type { Clock } from '../usecases/ports.ts'
import type { CitizenPlace, InboxStore, OutboxStore, WaitingEvent } from '../usecases/road.ts'
import type { ReadWebhookEvent, WebhookEvent } from '../usecases/webhook-event.ts'
import { startLoop } from './loop.ts'
import type { Sender } from './outbox.ts'
import type { Partitions } from './partitions.ts'

export type TraceWorker = {
  /** A trace that this process has just stored. */
  hint(citizenKey: string, partition: number, event: Exclude<WebhookEvent, { kind: 'ignored' }>): void
  stop(): Promise<void>
}

export type TraceOptions = {
  pollMs: number
  /** Pause between two looks at traces that fit no message yet. */
  retryMs: number
  /** How long a trace waits for its message before it counts as somebody else's. */
  patienceMs: number
}

const defaultOptions: TraceOptions = { pollMs: 1_000, retryMs: 1_000, patienceMs: 60_000 }
const eventsMax = 500
const knownMax = 10_000

const TEMPLATE_ECHO = 'oa_send_template'

/** What the platform repeats of a template; times as in `NoticeRecords.templateEcho`. */
export type OnTemplateEcho = NoticeRecords['templateEcho']

type Trace = WaitingEvent & { event: WebhookEvent }

/**
 * Handles what the platform says about our own messages: receipts are recorded on the message, echoes of our sends are
 * dropped or settle a send of unknown outcome. A trace may come before the answer to the send itself, so it waits a while.
 */
export function startTraces(deps: {
  inboxStore: InboxStore
  outboxStore: OutboxStore
  partitions: Partitions
  sender: Sender
  read: ReadWebhookEvent
  /** Asked about receipts of messages that are not in the outbox. */
  onReceipt?: OnReceipt | undefined
  /** Asked about echoes of templates; true where one belongs to a notice. */
  onTemplateEcho?: OnTemplateEcho | undefined
  clock: Clock
  logger: Logger
  options?: Partial<TraceOptions>
}): TraceWorker {
  const options = { ...defaultOptions, ...deps.options }
  const { inboxStore, outboxStore, partitions, sender, clock, logger } = deps
  /** Parsed events of this process, until they are settled. */
  const known = new Map<string, WebhookEvent>()
  const firstSeenAt = new Map<string, number>()
  const hinted = new Map<string, CitizenPlace>()
  let isPollDue = true
  let polledAt = Number.NEGATIVE_INFINITY

  async function step(): Promise<void> {
    if (performance.now() - polledAt >= options.pollMs) isPollDue = true
    const places = await placesToServe()
    if (places.length === 0) return
    const waiting = await inboxStore.waitingOf(places, 'trace', eventsMax)
    const due = waiting.filter(({ retryAt, partition }) => retryAt <= Date.now() && partitions.isOwned(partition))
    if (due.length === 0) return
    await handle(await withContent(due))
    if (waiting.length === eventsMax) isPollDue = true
  }

  async function placesToServe(): Promise<CitizenPlace[]> {
    const places = [...hinted.values()]
    hinted.clear()
    if (!isPollDue) return places
    isPollDue = false
    polledAt = performance.now()
    const owned = partitions.owned()
    if (owned.length === 0) return places
    const found = await inboxStore.waitingCitizens({
      partitions: owned,
      lane: 'trace',
      except: [],
      limit: eventsMax,
      realNow: Date.now(),
    })
    return [...new Map([...places, ...found].map((place) => [place.citizenKey, place])).values()]
  }

  async function withContent(waiting: WaitingEvent[]): Promise<Trace[]> {
    const unknown = waiting.filter(({ key }) => !known.has(key)).map(({ key }) => key)
    const raws = unknown.length === 0 ? new Map<string, Buffer>() : await inboxStore.rawOf(unknown)
    return waiting.map((one) => {
      const raw = raws.get(one.key)
      const event = known.get(one.key) ?? (raw === undefined ? undefined : deps.read(raw))
      return { ...one, event: event ?? { kind: 'ignored', reason: 'unreadable' } }
    })
  }

  async function handle(traces: Trace[]): Promise<void> {
    const messageIds = [...new Set(traces.flatMap(({ event }) => messageIdsOf(event)))]
    const ours = await outboxStore.byMessageIds(messageIds)
    const receipts: Parameters<OutboxStore['recordReceipts']>[0] = []
    const done: string[] = []
    const later: string[] = []
    for (const trace of traces) {
      const { event } = trace
      const matches = messageIdsOf(event).flatMap((messageId) => ours.get(messageId) ?? [])
      if (event.kind === 'receipt') {
        for (const { id, isLast, record } of matches) {
          if (!isLast) continue
          receipts.push({ id, state: event.state, at: event.at, ...(record === undefined ? {} : { record }) })
        }
      }
      const isDone = matches.length > 0 || (await isSettledOtherwise(trace))
      if (isDone || isTooOld(trace)) done.push(trace.key)
      else later.push(trace.key)
    }
    await outboxStore.recordReceipts(receipts)
    if (done.length > 0) await inboxStore.settle(done, clock.now())
    if (later.length > 0)
      await inboxStore.postpone(later, { reason: 'unmatched', retryAt: Date.now() + options.retryMs })
    for (const key of done) {
      known.delete(key)
      firstSeenAt.delete(key)
    }
  }

  async function isSettledOtherwise({ event, citizenKey, partition }: Trace): Promise<boolean> {
    if (event.kind === 'receipt') return offerReceipt(event)
    if (event.kind !== 'echo') return true
    const { messageId, text, at } = event
    const isTemplate = event.eventName === TEMPLATE_ECHO
    if (isTemplate && (await deps.onTemplateEcho?.({ citizenKey, messageId, at, now: clock.now() })) === true)
      return true
    return (await sender.offerEcho({ citizenKey, partition, messageId, text, at })) === 'settled'
  }

  /** A template that went by the citizen's id is no message of the outbox, yet its receipts look the same (zalo §3.6). */
  async function offerReceipt({ messageIds, state, at }: WebhookEvent & { kind: 'receipt' }): Promise<boolean> {
    let isKnown = false
    for (const messageId of messageIds.slice(0, 20)) {
      isKnown = (await deps.onReceipt?.({ channel: 'template', messageId, state, at })) === 'stored' || isKnown
    }
    return isKnown
  }

  function isTooOld({ key, tries }: Trace): boolean {
    const since = firstSeenAt.get(key) ?? performance.now()
    if (firstSeenAt.size < knownMax) firstSeenAt.set(key, since)
    return performance.now() - since > options.patienceMs || tries * options.retryMs > options.patienceMs
  }

  const loop = startLoop({ step, pauseMs: Math.min(options.pollMs, 250), logger, name: 'traces' })
  return {
    hint(citizenKey, partition, event) {
      if (!partitions.isOwned(partition) || known.size >= knownMax) return
      known.set(event.key, event)
      hinted.set(citizenKey, { citizenKey, partition })
    },
    stop: () => loop.stop(),
  }
}

function messageIdsOf(event: WebhookEvent): string[] {
  if (event.kind === 'receipt') return event.messageIds
  return event.kind === 'echo' ? [event.messageId] : []
}
