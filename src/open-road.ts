import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Received } from './conversation/received.ts'
import type { Conversation } from './conversation/state.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import type { Zalo } from './open-zalo.ts'
import { judgeFault } from './store/errors.ts'
import { createInboxStore } from './store/inbox-store.ts'
import type { createOutboxStore } from './store/outbox-store.ts'
import { createPartitionStore } from './store/partition-store.ts'
import { beginProcessRun } from './store/process-run.ts'
import { createRetentionStore } from './store/retention-store.ts'
import { createTurnStore, type FileDrafts, type KeepConsents, type StoreMoves } from './store/turn-store.ts'
import { createWakeStore } from './store/wake-store.ts'
import type { OnReceipt } from './usecases/notice-channels.ts'
import type { Clock, OutgoingBody, Texts } from './usecases/ports.ts'
import type { RenderFiled, RunTurn, TurnOutput } from './usecases/turn.ts'
import type { WebhookEvent } from './usecases/webhook-event.ts'
import type { CatchUp } from './workers/catch-up.ts'
import { startRetention, startWaking } from './workers/clock.ts'
import type { MayLeave } from './workers/deliver.ts'
import { startInbox } from './workers/inbox.ts'
import { startSender } from './workers/outbox.ts'
import { startPartitions } from './workers/partitions.ts'
import { type OnTemplateEcho, startTraces } from './workers/traces.ts'
import type { IngestMedia } from './workers/turn.ts'

/** Short enough that another replica is soon in a dead one's place, long enough for a busy database. */
const LEASE_MS = 8_000
/** An upload that is not whole after a day never will be. */
const UNFINISHED_AFTER_MS = 24 * 3_600_000

/** Between two tries to send a one-time code. */
const CODE_PAUSES_MS = [500, 2_000, 8_000]

export type SendCode = (message: { phone: string; code: string; reference: string }) => Promise<void>

/** The road of a message, from the durable inbox through the turn to the sender; everything runs when this resolves. */
export async function openRoad(deps: {
  config: Config
  stores: Stores
  zalo: Zalo
  clock: Clock
  metrics: Metrics
  logger: Logger
  closers: Closers
  texts: Texts
  runTurn: RunTurn
  quietBefore(conversation: unknown, events: readonly Received[], now: number): number
  fileDrafts: FileDrafts
  keepConsents: KeepConsents
  storeMoves: StoreMoves
  renderFiled: RenderFiled
  firstLookMs: number
  outboxStore: ReturnType<typeof createOutboxStore>
  ingestMedia: IngestMedia
  mayLeave: MayLeave
  sendCode: SendCode | null
  steadyNow: () => number
  catchUp: CatchUp
  /** Takes receipts of messages that went beside the chat. */
  onReceipt?: OnReceipt
  onTemplateEcho?: OnTemplateEcho
}) {
  const { config, stores, zalo, clock, metrics, logger, closers, outboxStore } = deps
  const { database, keyring } = stores
  const cipher = keyring.fields
  const inboxStore = createInboxStore({ database, cipher })
  const turnStore = createTurnStore({
    database,
    cipher,
    fileDrafts: deps.fileDrafts,
    keepConsents: deps.keepConsents,
    storeMoves: deps.storeMoves,
    renderFiled: deps.renderFiled,
    firstLookMs: deps.firstLookMs,
  })
  const partitions = await startPartitions({
    store: createPartitionStore({ database, leaseMs: LEASE_MS }),
    run: await beginProcessRun(config.dataDir),
    leaseMs: LEASE_MS,
    logger: logger.child({ part: 'partitions' }),
  })
  closers.add('partitions', () => partitions.stop())
  const sender = startSender({
    outboxStore,
    platform: zalo.client,
    partWords: zalo.partWords,
    mayLeave: deps.mayLeave,
    partitions,
    clock,
    steadyNow: deps.steadyNow,
    logger: logger.child({ part: 'sender' }),
    metrics,
    options: { broadcastLanesAtOnceMax: broadcastLanes(config.zalo.ratePerMinute) },
  })
  closers.add('sender', () => sender.stop())
  const common = { inboxStore, partitions, sender, read: zalo.read, clock }
  const traces = startTraces({
    ...common,
    outboxStore,
    onReceipt: deps.onReceipt,
    onTemplateEcho: deps.onTemplateEcho,
    logger: logger.child({ part: 'traces' }),
  })
  closers.add('traces', () => traces.stop())
  const inbox = startInbox({
    ...common,
    turnStore,
    judge: judgeFault,
    runTurn: deps.runTurn,
    ingestMedia: deps.ingestMedia,
    catchUp: deps.catchUp,
    settleMs: (conversation, events) => deps.quietBefore(conversation, events as Received[], clock.now()),
    apology: sayOnly(deps.texts, 'answers.apology'),
    floodNotice: sayOnly(deps.texts, 'answers.slowDown'),
    afterTurn: afterTurn(deps),
    metrics,
    logger: logger.child({ part: 'inbox' }),
    options: {
      triesMax: config.inbox.triesMax,
      flood: { eventsPerMinute: config.inbox.eventsPerMinuteMax, foldMs: 10_000, tellAgainMs: 3_600_000 },
    },
  })
  closers.add('inbox', () => inbox.stop())
  const clockLogger = logger.child({ part: 'clock' })
  const waking = startWaking({ wakeStore: createWakeStore({ database }), partitions, clock, logger: clockLogger })
  closers.add('waking', () => waking.stop())
  const retention = startRetention({
    retentionStore: createRetentionStore({ database }),
    owner: partitions.owner,
    clock,
    logger: clockLogger,
    days: { events: config.retention.eventDays, chat: config.retention.chatDays },
    onDone(removed) {
      for (const [kind, count] of Object.entries(removed)) metrics.retentionRemoved.inc({ kind }, count)
      const before = new Date(Date.now() - UNFINISHED_AFTER_MS)
      stores.files
        .removeUnfinished(before)
        .catch((error: unknown) => clockLogger.error({ err: error }, 'unfinished files could not be removed'))
    },
  })
  closers.add('retention', () => retention.stop())

  const ageSeconds = (since: number | null) => (since === null ? 0 : Math.max(0, (clock.now() - since) / 1000))

  return {
    partitions,
    inboxStore,
    sender,
    onStored(citizenKey: string, partition: number, event: Exclude<WebhookEvent, { kind: 'ignored' }>) {
      const isTrace = event.kind === 'echo' || event.kind === 'receipt'
      if (isTrace) traces.hint(citizenKey, partition, event)
      else inbox.hint(citizenKey, partition, event)
    },
    onRecovered: inbox.look,
    /** Figures that are read only when somebody asks for them. */
    async collect() {
      metrics.partitionsOwned.set(partitions.owned().length)
      metrics.senderPaused.set(sender.isPaused() ? 1 : 0)
      const oldest = await inboxStore.oldestWaiting()
      metrics.inboxOldestSeconds.set(ageSeconds(oldest))
      const backlog = await outboxStore.backlog()
      metrics.outboxWaiting.set(backlog.waiting)
      metrics.outboxOldestSeconds.set(ageSeconds(backlog.oldestAt))
    },
  }
}

/** As many as find their turn under the limit within a few seconds: more would only stand in the way of notices. */
function broadcastLanes(ratePerMinute: number): number {
  return Math.max(2, Math.min(32, Math.floor((ratePerMinute / 60) * 2)))
}

function sayOnly(texts: Texts, key: string) {
  return (conversation: unknown): OutgoingBody => {
    const locale = (conversation as Conversation | null)?.locale ?? 'vi'
    return { type: 'text', text: texts.translate(locale, key), buttons: [] }
  }
}

/** Codes go out and files go away after the turn is stored; neither may undo it, so a failure ends in a log line here. */
function afterTurn({ sendCode, stores, logger }: { sendCode: SendCode | null; stores: Stores; logger: Logger }) {
  return async (output: TurnOutput): Promise<void> => {
    const works = [
      ...output.oneTimeCodes.map(({ phone, code }, index) =>
        sendCode === null
          ? Promise.reject(new Error('no channel for one-time codes'))
          : insist(() => sendCode({ phone, code, reference: `otp-${Date.now()}-${index}` })),
      ),
      ...output.filesToRemove.map((id) => stores.files.remove(id)),
    ]
    for (const result of await Promise.allSettled(works)) {
      if (result.status === 'rejected')
        logger.error({ err: result.reason }, 'after a turn: something could not be done')
    }
  }
}

/** Somebody is waiting for the code, and may ask for another only after a minute. */
async function insist(act: () => Promise<void>): Promise<void> {
  for (const pauseMs of CODE_PAUSES_MS) {
    try {
      return await act()
    } catch {
      await sleep(pauseMs, undefined, { ref: false })
    }
  }
  return act()
}
