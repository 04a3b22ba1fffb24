import type { Logger } from '../logger.ts'
import type { Clock } from '../usecases/ports.ts'
import type { ReminderRuns } from '../usecases/staff-ports.ts'
import { type Loop, startLoop } from './loop.ts'

const linesAtATime = 200
const lettersAtATime = 5_000

/** Brings to officers' desks what others have done, soon after it was stored. Any number of processes may do it at once. */
export function startAnnouncing(deps: {
  announce(limit: number, now: number): Promise<{ written: number; isMore: boolean }>
  clock: Clock
  logger: Logger
  /** @default 1000 */
  pollMs?: number
  /** @default announcing */
  name?: string
  onWritten?(count: number): void
}): { stop(): Promise<void> } {
  let isStopping = false

  async function step(): Promise<void> {
    for (let isMore = true; isMore && !isStopping; ) {
      const outcome = await deps.announce(linesAtATime, deps.clock.now())
      if (outcome.written > 0) deps.onWritten?.(outcome.written)
      isMore = outcome.isMore
    }
  }

  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 1_000, logger: deps.logger, name: deps.name ?? 'announcing' })
  return {
    async stop() {
      isStopping = true
      await loop.stop()
    },
  }
}

/** Writes to officers on a channel beside the desk; never in the middle of a run, whose reminders belong into one letter. */
export function startStaffWriting(deps: {
  write(limit: number, realNow: number): Promise<number>
  runs: Pick<ReminderRuns, 'isUnderWay'>
  logger: Logger
  name: string
  /** @default 15000 */
  pollMs?: number
}): Loop {
  async function step(): Promise<void> {
    if (await deps.runs.isUnderWay()) return
    await deps.write(lettersAtATime, Date.now())
  }

  return startLoop({ step, pauseMs: deps.pollMs ?? 15_000, logger: deps.logger, name: deps.name })
}
