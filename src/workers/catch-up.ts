import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'

/**
 * Asked before a turn that a message of a citizen causes: true where older messages of theirs were found that never came by
 * webhook, and now wait in the inbox before it. Answers within seconds and never rejects.
 */
export type CatchUp = (asked: { citizenKey: string; userId: string; before: number }) => Promise<boolean>

export type CatchUpOptions = {
  /** A citizen who writes is kept waiting for so long at most. */
  waitMaxMs: number
  /** After a failure nobody waits for so long. */
  pauseMs: number
}

const defaultOptions: CatchUpOptions = { waitMaxMs: 3_000, pauseMs: 15_000 }
/** Beyond it a chat may be read a second time, which changes nothing. */
const READ_MAX = 20_000

/**
 * While a gap is known and the record of the chats has not been read to its end, reads the chat of a citizen who writes before
 * their turn: what they wrote in the gap is older, and an answer to the newer words alone would be strange. Each chat once for
 * each gap; the others are left to the pass over all chats.
 */
export function createCatchUp(deps: {
  /** From when on messages may be missing, by the platform's time; null where nothing is owed. */
  owedSince(): number | null
  /** Reads one chat and puts what is missing into the inbox; resolves to how much that was. */
  recover(asked: { userId: string; since: number; before: number }): Promise<number>
  logger: Logger
  metrics: Metrics
  options?: Partial<CatchUpOptions>
}): CatchUp {
  const options = { ...defaultOptions, ...deps.options }
  const { logger, metrics } = deps
  /** Chats that were read for the present gap. */
  const read = new Set<string>()
  let readSince: number | null = null
  let pausedUntil = Number.NEGATIVE_INFINITY

  function isDue(citizenKey: string): number | null {
    const since = deps.owedSince()
    if (since !== readSince) read.clear()
    readSince = since
    if (since === null || read.has(citizenKey) || performance.now() < pausedUntil) return null
    if (read.size >= READ_MAX) read.clear()
    // Whatever becomes of it: nobody is kept waiting twice.
    read.add(citizenKey)
    return since
  }

  async function recover(asked: { userId: string; since: number; before: number }): Promise<number> {
    try {
      const events = await deps.recover(asked)
      metrics.recoveredEvents.inc({ cause: 'beforeTurn' }, events)
      return events
    } catch (error) {
      pausedUntil = performance.now() + options.pauseMs
      logger.warn({ err: error }, 'a chat could not be read before its turn; the pass over all chats will')
      return 0
    }
  }

  return async ({ citizenKey, userId, before }) => {
    const since = isDue(citizenKey)
    if (since === null || since >= before) return false
    let timer: NodeJS.Timeout | undefined
    const impatience = new Promise<number>((resolve) => {
      timer = setTimeout(() => {
        pausedUntil = performance.now() + options.pauseMs
        resolve(0)
      }, options.waitMaxMs)
    })
    const events = await Promise.race([recover({ userId, since, before }), impatience])
    clearTimeout(timer)
    return events > 0
  }
}
