import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { Clock } from '../usecases/ports.ts'
import type { InboxStore, JudgeFault, TurnStore } from '../usecases/road.ts'
import type { RunTurn, TurnOutput } from '../usecases/turn.ts'
import type { ReadWebhookEvent } from '../usecases/webhook-event.ts'
import type { CatchUp } from './catch-up.ts'
import type { FloodOptions } from './flood.ts'
import type { Sender } from './outbox.ts'
import type { Partitions } from './partitions.ts'
import type { IngestMedia, SayOnly, SettleMs } from './turn.ts'

export type InboxOptions = {
  /** How often other processes' events are looked for. */
  pollMs: number
  citizensAtOnceMax: number
  turnsPerTransactionMax: number
  eventsPerTurnMax: number
  /** After so many failed tries an event is given up and the citizen gets an apology. */
  triesMax: number
  retryFirstMs: number
  retryMaxMs: number
  turnTimeoutMs: number
  flood: FloodOptions
}

export const defaultInboxOptions: InboxOptions = {
  pollMs: 250,
  citizensAtOnceMax: 256,
  turnsPerTransactionMax: 64,
  eventsPerTurnMax: 50,
  triesMax: 5,
  retryFirstMs: 500,
  retryMaxMs: 30_000,
  turnTimeoutMs: 15_000,
  flood: { eventsPerMinute: 60, foldMs: 10_000, tellAgainMs: 60 * 60_000 },
}

export type InboxDeps = {
  inboxStore: InboxStore
  turnStore: TurnStore
  partitions: Partitions
  sender: Sender
  judge: JudgeFault
  read: ReadWebhookEvent
  runTurn: RunTurn
  ingestMedia: IngestMedia
  settleMs: SettleMs
  /** @default nothing is ever missing */
  catchUp?: CatchUp
  apology: SayOnly
  floodNotice: SayOnly
  /** What has to happen after a turn is stored: one-time codes, files no longer wanted. Failures are its own to bear. */
  afterTurn(output: TurnOutput): Promise<void>
  clock: Clock
  logger: Logger
  metrics: Metrics
  options?: Partial<InboxOptions>
}
