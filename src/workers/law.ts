import type { Logger } from '../logger.ts'
import type { KeptLaw } from '../usecases/law.ts'
import type { RecomputeOptions } from '../usecases/recompute-clocks.ts'
import { startLoop } from './loop.ts'

/**
 * Looks every few seconds whether another process has changed the law, and whether open cases are still to be led over: also
 * those that a process with an older law wrote meanwhile, and those that a process that died left behind.
 */
export function startLawWatch(deps: {
  law: KeptLaw
  recompute(options: RecomputeOptions): Promise<boolean>
  logger: Logger
  /** @default 2000 */
  pollMs?: number
}): { wake(): void; stop(): Promise<void> } {
  const { law, logger } = deps
  const stopping = new AbortController()
  /** A case that fails again and again is one story for each state of the law. */
  let told = { revision: 0, codes: new Set<string>() }

  async function step(): Promise<void> {
    await law.refresh()
    const { revision } = law.book()
    if (told.revision !== revision) told = { revision, codes: new Set() }
    let led = { examined: 0, moved: 0, failed: 0 }
    await deps.recompute({
      signal: stopping.signal,
      onProgress: (progress) => {
        led = progress
      },
      onFault(code, error) {
        if (!told.codes.has(code))
          logger.error({ err: error, code, revision }, 'the clocks of a case are not recomputed')
        told.codes.add(code)
      },
    })
    if (led.examined > led.failed) logger.info({ revision, ...led }, 'clocks recomputed')
  }

  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 2_000, logger, name: 'law watch' })
  return {
    wake: () => loop.wake(),
    async stop() {
      stopping.abort()
      await loop.stop()
    },
  }
}
