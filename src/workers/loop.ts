import type { Logger } from '../logger.ts'
import { backoffMs } from './backoff.ts'

/** A repeated step that ends only when it is told to. */
export type Loop = {
  /** Runs the next step now instead of after the pause. */
  wake(): void
  /** Resolves when the step in hand is done; no other begins. */
  stop(): Promise<void>
}

/**
 * Runs `step` again and again with a pause between. A step that fails is tried again after a growing pause: the database
 * coming back needs nobody's help.
 */
export function startLoop(options: {
  step(): Promise<void>
  pauseMs: number
  failurePauseMaxMs?: number
  logger: Logger
  name: string
}): Loop {
  let isStopped = false
  let isWoken = false
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let wakeUp: (() => void) | undefined

  async function run(): Promise<void> {
    while (!isStopped) {
      let pauseMs = options.pauseMs
      try {
        await options.step()
        failures = 0
      } catch (error) {
        pauseMs = backoffMs(failures, { firstMs: 200, maxMs: options.failurePauseMaxMs ?? 5_000 })
        failures += 1
        // A long outage is one story, not a line for each try.
        if (failures === 1 || failures % 20 === 0)
          options.logger.warn({ err: error, failures }, `${options.name} failed`)
        isWoken = false
      }
      if (!isStopped && !isWoken) await pause(pauseMs)
      isWoken = false
    }
  }

  function pause(pauseMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      wakeUp = resolve
      timer = setTimeout(resolve, pauseMs)
    }).then(() => {
      clearTimeout(timer)
      wakeUp = undefined
    })
  }

  const ended = run()
  return {
    wake() {
      isWoken = true
      wakeUp?.()
    },
    async stop() {
      isStopped = true
      wakeUp?.()
      await ended
    },
  }
}
