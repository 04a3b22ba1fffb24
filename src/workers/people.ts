import { dayOf } from '../cases/days.ts'
import type { Logger } from '../logger.ts'
import type { HandBackCases } from '../usecases/hand-back-cases.ts'
import { startLoop } from './loop.ts'

/**
 * Does what follows from accounts that have ended: those whose last day has passed, and cases that a process left undone when it
 * stopped. Any number of processes may do it at once.
 */
export function startPeopleKeeping(deps: {
  handBack: Pick<HandBackCases, 'endExpired' | 'resume'>
  logger: Logger
  /** The machine's time: accounts live by it, as tokens do. */
  now(): number
  /** @default 30000 */
  pollMs?: number
}): { stop(): Promise<void> } {
  async function step(): Promise<void> {
    const ended = await deps.handBack.endExpired(dayOf(deps.now()))
    const handedBack = await deps.handBack.resume()
    if (ended + handedBack > 0) deps.logger.info({ ended, handedBack }, 'accounts have ended')
  }
  return startLoop({ step, pauseMs: deps.pollMs ?? 30_000, logger: deps.logger, name: 'accounts' })
}
