import type { Logger } from '../logger.ts'
import type { NoticeRecord, NoticeRecords } from '../usecases/notice-records.ts'
import type { Clock } from '../usecases/ports.ts'
import { type Loop, startLoop } from './loop.ts'
import type { Partitions } from './partitions.ts'

const noticesAtATime = 200
const atOnce = 8
const sharesAtATime = 8

/**
 * Carries notices on their ways, each in the hand of the process that holds its share of the citizens. One that fails does not keep
 * the others waiting: it is looked at again in the next round.
 */
export function startNotices(deps: {
  records: Pick<NoticeRecords, 'due'>
  carry(record: NoticeRecord, now: number): Promise<void>
  partitions: Partitions
  clock: Clock
  logger: Logger
  onFailure(): void
  /** @default 1000 */
  pollMs?: number
}): Loop {
  const { partitions, clock, logger } = deps
  let isStopping = false
  /** Notices that failed, and when they are tried again by the steady clock. */
  const failed = new Map<string, { tries: number; at: number }>()

  async function step(): Promise<void> {
    for (;;) {
      const owned = partitions.owned()
      if (owned.length === 0 || isStopping) return
      if ((await carryDue(owned)) !== 'more') return
      // More than one look can take: the store gives the first shares first, and the last ones would never have their turn.
      for (let first = 0; first < owned.length; first += sharesAtATime) {
        if (!isStopping) await carryDue(owned.slice(first, first + sharesAtATime))
      }
    }
  }

  async function carryDue(partitions: readonly number[]): Promise<'all' | 'more'> {
    const limit = noticesAtATime + failed.size
    const found = await deps.records.due({ partitions, now: clock.now(), limit })
    const due = found.filter(({ id }) => (failed.get(id)?.at ?? 0) <= performance.now())
    await inLanes(due)
    return due.length > 0 && found.length === limit ? 'more' : 'all'
  }

  /** The notices of one recipient one after the other, those of several at once. */
  async function inLanes(due: readonly NoticeRecord[]): Promise<void> {
    const lanes = [...Map.groupBy(due, ({ citizenKey, caseCode }) => citizenKey ?? caseCode).values()]
    const workers = Array.from({ length: Math.min(atOnce, lanes.length) }, async () => {
      for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
        for (const record of lane) await carryOne(record)
      }
    })
    await Promise.all(workers)
  }

  async function carryOne(record: NoticeRecord): Promise<void> {
    if (isStopping || !partitions.isOwned(record.partition)) return
    try {
      await deps.carry(record, clock.now())
      failed.delete(record.id)
    } catch (error) {
      const tries = (failed.get(record.id)?.tries ?? 0) + 1
      failed.set(record.id, { tries, at: performance.now() + Math.min(1_000 * 2 ** tries, 300_000) })
      deps.onFailure()
      logger.error({ err: error, notice: record.id, code: record.caseCode, tries }, 'a notice could not be carried on')
    }
  }

  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 1_000, logger, name: 'notices' })
  return {
    wake: () => loop.wake(),
    async stop() {
      isStopping = true
      await loop.stop()
    },
  }
}
