import { dayOf } from '../cases/days.ts'
import type { Logger } from '../logger.ts'
import type { AuditKeeping } from '../usecases/audit.ts'
import { startLoop } from './loop.ts'

const DAY_MS = 86_400_000
const REMOVED_AT_ONCE = 1_000

/**
 * Removes lines of the audit log that have been kept long enough (R9-8), and writes where its chain stands into the service's own
 * log once a day: whoever keeps that log elsewhere can show that nothing was written anew. Any number of processes may do it.
 */
export function startAuditKeeping(deps: {
  store: AuditKeeping
  days: number
  logger: Logger
  /** The machine's time, which the lines bear. */
  now(): number
  /** @default 3600000 */
  pollMs?: number
}): { stop(): Promise<void> } {
  const { store, logger } = deps
  let told = ''

  async function step(): Promise<void> {
    const now = deps.now()
    let removed = 0
    for (;;) {
      const count = await store.removeBefore(now - deps.days * DAY_MS, REMOVED_AT_ONCE)
      removed += count
      if (count === 0) break
    }
    if (removed > 0) logger.info({ removed }, 'audit lines were removed')
    if (dayOf(now) === told) return
    const { known } = await store.marks()
    if (known !== null) logger.info({ seq: known.seq, hash: known.hash }, 'the audit chain stands here')
    told = dayOf(now)
  }

  return startLoop({ step, pauseMs: deps.pollMs ?? 3_600_000, logger, name: 'audit keeping' })
}
