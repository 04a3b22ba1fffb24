import type { Logger } from '../logger.ts'
import type { FactValue, SharedFactStore, SharedFacts } from '../usecases/shared-facts.ts'
import { startLoop } from './loop.ts'

/**
 * Shares facts with the other processes: what is told here is written within a moment, what others have written is read every
 * `pollMs`. Resolves when everything that was known before is known here. While the database is away each process keeps to what it
 * has learnt itself, and tells it later.
 */
export async function startSharedFacts(deps: {
  store: SharedFactStore
  logger: Logger
  /** @default 2000 */
  pollMs?: number
}): Promise<SharedFacts & { stop(): Promise<void> }> {
  const { store, logger } = deps
  const known = new Map<string, string>()
  const untold = new Map<string, FactValue>()
  const followers: { prefix: string; adopt(key: string, value: FactValue): void }[] = []
  let mark: number | null = null
  let saying: Promise<void> = Promise.resolve()
  let writing: NodeJS.Timeout | undefined

  async function step(): Promise<void> {
    await write()
    const found = await store.read(mark)
    mark = found.mark
    for (const { key, value } of found.facts) learn(key, value)
  }

  async function write(): Promise<void> {
    const told = [...untold].map(([key, value]) => ({ key, value }))
    untold.clear()
    try {
      await store.write(told)
    } catch (error) {
      for (const { key, value } of told) if (!untold.has(key)) untold.set(key, value)
      throw error
    }
  }

  function learn(key: string, value: FactValue): void {
    // What was told here since is newer.
    if (untold.has(key)) return
    const text = JSON.stringify(value)
    if (known.get(key) === text) return
    known.set(key, text)
    for (const { prefix, adopt } of followers) if (key.startsWith(prefix)) adopt(key, value)
  }

  await step()
  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 2_000, logger, name: 'shared facts' })
  return {
    tell(key, value) {
      const text = JSON.stringify(value)
      if (known.get(key) === text) return
      known.set(key, text)
      untold.set(key, value)
      // What changes with every message is written a few times a second at most.
      writing ??= setTimeout(() => {
        writing = undefined
        loop.wake()
      }, WRITE_AFTER_MS)
    },
    follow(prefix, adopt) {
      followers.push({ prefix, adopt })
      for (const [key, text] of known) if (key.startsWith(prefix)) adopt(key, JSON.parse(text) as FactValue)
    },
    sayOnce(about, state, say) {
      saying = saying.then(async () => {
        try {
          if (await store.claim(about, state)) say()
        } catch (error) {
          logger.warn({ err: error }, 'it is not known whether another process has said it')
          say()
        }
      })
    },
    async stop() {
      clearTimeout(writing)
      await loop.stop()
      await saying
      await write().catch((error: unknown) => logger.warn({ err: error }, 'shared facts were not kept'))
    },
  }
}

const WRITE_AFTER_MS = 200
