import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../logger.ts'
import type { PartitionStore, ProcessRun } from '../usecases/road.ts'
import { partitionCount } from '../usecases/road.ts'
import { type Loop, startLoop } from './loop.ts'

/** Which citizens this process may serve right now. */
export type Partitions = {
  owner: string
  /** Judged by this machine's steady clock, so a pause of the process is noticed before its next act. */
  isOwned(partition: number): boolean
  owned(): number[]
  /** Whether no other process takes events in; false while that is not surely known. */
  isAlone(): boolean
  /** Called with partitions that have just come; before that `isOwned` says no for them. */
  onGained(listener: (partitions: number[]) => void): void
  /** Called when partitions are to be left; the lease is given back when every listener has finished its work in hand. */
  onLost(listener: (partitions: number[]) => Promise<void>): void
  stop(): Promise<void>
}

/**
 * Holds a fair share of the partitions by leases. A process that dies loses them after `leaseMs`; one that ends in good order
 * gives them back; one that is its own heir takes them over at once.
 */
export async function startPartitions(deps: {
  store: PartitionStore
  run: ProcessRun & { isHeir: boolean }
  leaseMs: number
  logger: Logger
}): Promise<Partitions> {
  const { store, run, logger } = deps
  const safetyMs = deps.leaseMs / 4
  let held = new Set<number>()
  let leaving = new Set<number>()
  let validUntil = 0
  let processes = 1
  let countedAt = Number.NEGATIVE_INFINITY
  const gainedListeners: ((partitions: number[]) => void)[] = []
  const lostListeners: ((partitions: number[]) => Promise<void>)[] = []

  async function keep(): Promise<void> {
    await store.beat(run)
    await count()
    await confirm()
    const share = Math.ceil(partitionCount / processes)
    const kept = [...held].filter((id) => !leaving.has(id))
    if (kept.length > share) leave(kept.slice(share))
    if (kept.length < share) {
      await store.take(run, share - kept.length)
      await confirm()
    }
  }

  async function count(): Promise<void> {
    const askedAt = performance.now()
    processes = Math.max(1, await store.census())
    countedAt = askedAt
  }

  /** Brings `held` in line with the database; the lease counts from before the question was asked. */
  async function confirm(): Promise<void> {
    const askedAt = performance.now()
    const now = new Set(await store.renew(run))
    const gained = [...now].filter((id) => !held.has(id))
    const lost = [...held].filter((id) => !now.has(id))
    held = now
    validUntil = askedAt + deps.leaseMs - safetyMs
    if (lost.length > 0) {
      logger.warn({ lost: lost.length }, 'partitions lost')
      void Promise.all(lostListeners.map((listener) => listener(lost)))
    }
    if (gained.length > 0) for (const listener of gainedListeners) listener(gained)
  }

  function leave(ids: number[]): void {
    leaving = new Set([...leaving, ...ids])
    void Promise.all(lostListeners.map((listener) => listener(ids)))
      .then(() => store.release(run, ids))
      .catch((error: unknown) => logger.warn({ err: error }, 'partitions not given back'))
      .finally(() => {
        for (const id of ids) {
          leaving.delete(id)
          held.delete(id)
        }
      })
  }

  await store.prepare()
  if (run.isHeir) await store.inherit(run)
  await keep()
  const census = startLoop({ step: count, pauseMs: censusMs, failurePauseMaxMs: 1_000, logger, name: 'census' })
  const loop: Loop = startLoop({
    step: keep,
    pauseMs: deps.leaseMs / 4,
    failurePauseMaxMs: 1_000,
    logger,
    name: 'leases',
  })

  // Nobody may believe to be alone any more when this process begins to take events in; the loops keep it known meanwhile.
  if (processes > 1) await sleep(2 * censusMs + censusValidMs)

  return {
    owner: run.owner,
    isOwned: (partition) => held.has(partition) && !leaving.has(partition) && performance.now() < validUntil,
    owned: () => (performance.now() < validUntil ? [...held].filter((id) => !leaving.has(id)) : []),
    isAlone: () => processes === 1 && performance.now() - countedAt < censusValidMs,
    onGained(listener) {
      gainedListeners.push(listener)
      if (held.size > 0) listener([...held])
    },
    onLost(listener) {
      lostListeners.push(listener)
    },
    async stop() {
      await Promise.all([loop.stop(), census.stop()])
      await store.release(run, [...held]).catch(() => undefined)
      await store.leave(run).catch(() => undefined)
      held = new Set()
    },
  }
}

const censusMs = 200
const censusValidMs = 500
