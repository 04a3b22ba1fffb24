import { dayOf } from '../cases/days.ts'
import type { Logger } from '../logger.ts'
import type { Clock } from '../usecases/ports.ts'
import type { RetentionReport, RetentionStore, WakeStore } from '../usecases/road.ts'
import { startLoop } from './loop.ts'
import type { Partitions } from './partitions.ts'

const dayMs = 24 * 60 * 60_000
const wakesMax = 500

/**
 * Wakes the conversations whose time has come by the service's clock, however far that was moved. Each wish is granted once:
 * the event's key follows from it.
 */
export function startWaking(deps: {
  wakeStore: WakeStore
  partitions: Partitions
  clock: Clock
  logger: Logger
  /** @default 1000 */
  pollMs?: number
}): { stop(): Promise<void> } {
  const { wakeStore, partitions, clock } = deps

  async function step(): Promise<void> {
    for (;;) {
      const owned = partitions.owned()
      if (owned.length === 0) return
      const now = clock.now()
      const due = await wakeStore.due({ partitions: owned, now, limit: wakesMax })
      await wakeStore.wake(due, now)
      if (due.length < wakesMax) return
    }
  }

  return startLoop({ step, pauseMs: deps.pollMs ?? 1_000, logger: deps.logger, name: 'waking' })
}

/**
 * The nightly job of R9-8: once for each service day after `hour` in Vietnam, by one process. What it removed is stored and
 * logged in numbers.
 */
export function startRetention(deps: {
  retentionStore: RetentionStore
  owner: string
  clock: Clock
  logger: Logger
  days: { events: number; chat: number }
  /** @default 2 */
  hour?: number
  /** @default 60000 */
  pollMs?: number
  /** @default 120000 */
  leaseMs?: number
  onDone?(report: RetentionReport): void
}): { stop(): Promise<void> } {
  const { retentionStore, owner, clock, logger } = deps
  const leaseMs = deps.leaseMs ?? 120_000
  const stopping = new AbortController()
  let lastJob = ''

  async function step(): Promise<void> {
    const now = clock.now()
    const job = `retention:${dayOf(now - (deps.hour ?? 2) * 60 * 60_000)}`
    if (job === lastJob) return
    if (!(await retentionStore.claim(job, owner, leaseMs))) return
    const before = { eventsBefore: now - deps.days.events * dayMs, chatBefore: now - deps.days.chat * dayMs }
    await retentionStore.sweep({ job, owner, leaseMs }, before, stopping.signal)
    // What is left when the service stops is done by whoever takes the job over.
    if (stopping.signal.aborted) return
    const removed = await retentionStore.finish(job, owner, now)
    lastJob = job
    logger.info({ job, removed }, 'retention done')
    deps.onDone?.(removed)
  }

  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 60_000, logger, name: 'retention' })
  return {
    async stop() {
      stopping.abort()
      await loop.stop()
    },
  }
}
