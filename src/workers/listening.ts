import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { Listening, ListeningStore } from '../usecases/listening.ts'
import type { Recovered } from '../usecases/recover-events.ts'
import { startLoop } from './loop.ts'

export type ListeningWorker = {
  /** An event was taken in; `at` is the platform's time, null where it has none that counts. */
  heard(at: number | null): void
  /** An event could not be stored: it may never come again. */
  missed(at: number): void
  /** From when on messages may be missing, by the platform's time, as far as this process knows; null where nothing is owed. */
  owedSince(): number | null
  /** What has been heard, for metrics. */
  state(): Promise<Listening>
  stop(): Promise<void>
}

export type ListeningOptions = {
  /** How often what this process heard is written down and what is owed is looked at. */
  pollMs: number
  /** So long without any event, at a time when people write, is worth a look at the record. */
  silenceMs: number
  /** Between two looks while webhooks are known not to come. */
  deafPollMs: number
  leaseMs: number
  failurePauseMaxMs: number
}

const defaultOptions: ListeningOptions = {
  pollMs: 5_000,
  silenceMs: 20 * 60_000,
  deafPollMs: 60_000,
  leaseMs: 90_000,
  failurePauseMaxMs: 60_000,
}

/**
 * Notes what is heard by webhook and closes the gaps: after a time in which the service was down or could not store, after a
 * long pause, and while nothing comes at a time when people write. While webhooks do not come at all, the record of the chats
 * is read instead of them. One process at a time reads; one that dies is followed by another.
 */
export async function startListening(deps: {
  store: ListeningStore
  /** The time of the newest line in any chat, 0 where there is none. */
  newestAt(): Promise<number>
  recover(since: number, keep: () => Promise<void>): Promise<Recovered>
  /** Whether people write at this time, so that silence is strange. */
  isBusyTime(): boolean
  /** Whether the platform could not be asked, as opposed to a fault of ours. */
  isPlatformAway(error: unknown): boolean
  owner: string
  logger: Logger
  metrics: Metrics
  options?: Partial<ListeningOptions>
}): Promise<ListeningWorker> {
  const { store, logger, metrics, owner } = deps
  const options = { ...defaultOptions, ...deps.options }
  let heardAt: number | null = null
  let isHeard = false
  let missedSince: number | null = null
  let isPlatformAway = false
  let isStopping = false
  /** As the database had it when it was last looked at, and what this process has seen since. */
  let owedSince: number | null = null
  let suspectedSince: number | null = null
  let lastHeard: { at: number; on: number } | null = null

  /** Debts first: what was missed must not hide behind what was heard after it. */
  async function writeDown(): Promise<void> {
    const since = missedSince
    if (since !== null) {
      await store.owe(since, 'storeAway')
      if (missedSince === since) missedSince = null
    }
    if (!isHeard) return
    const at = heardAt ?? 0
    isHeard = false
    try {
      if (at > 0) await store.begin(at)
      await store.heard(at, options.silenceMs)
    } catch (error) {
      isHeard = true
      throw error
    }
  }

  async function step(): Promise<void> {
    await writeDown()
    const state = await store.read()
    noteDebt(state)
    if (state.heardAt === null) return withPlatform(async () => store.begin(await deps.newestAt()))
    if (state.owedSince === null) {
      if (!isLookDue(state)) return
      await store.owe(null, 'silence')
      noteDebt(await store.read())
    }
    await withPlatform(payDebt)
  }

  function noteDebt(state: Listening): void {
    owedSince = state.owedSince
    // What was suspected is a debt of the database by now, or was none.
    if (!isHeard) suspectedSince = null
  }

  function isLookDue({ silentMs, sinceReadMs, isDeaf }: Listening): boolean {
    const isReadLongAgo = (ms: number) => sinceReadMs === null || sinceReadMs >= ms
    if (isDeaf) return isReadLongAgo(options.deafPollMs)
    return (silentMs ?? 0) >= options.silenceMs && isReadLongAgo(options.silenceMs) && deps.isBusyTime()
  }

  async function payDebt(): Promise<void> {
    const debt = await store.claim(owner, options.leaseMs)
    if (debt === null) return
    const { cause, number, since } = debt
    try {
      const found = await deps.recover(since, async () => {
        if (isStopping) throw new StoppingError()
        await writeDown()
        await store.keep(owner, options.leaseMs)
      })
      const isDeaf = cause === 'silence' && found.events > 0
      await store.paid(owner, number, { newestAt: found.newestAt, isDeaf })
      noteDebt(await store.read())
      tell(cause, found)
    } catch (error) {
      await store.release(owner).catch(() => undefined)
      if (error instanceof StoppingError) return
      metrics.recoveries.inc({ cause, outcome: 'failed' })
      throw error
    }
  }

  function tell(cause: string, { chats, events, unreadable, isCut }: Recovered): void {
    metrics.recoveries.inc({ cause, outcome: isCut ? 'cut' : 'done' })
    metrics.recoveredEvents.inc({ cause }, events)
    metrics.unrecoverable.inc(unreadable)
    const facts = { alert: 'eventsRecovered', cause, chats, events, unreadable }
    if (cause === 'silence' && events > 0) {
      logger.error(
        { ...facts, alert: 'webhooksSilent' },
        'Zalo does not call the webhook any more: look at its address, its switches and the subscription in the developer console; until then the chats are read every minute',
      )
    } else if (events > 0) logger.warn(facts, 'messages that never came by webhook were read from the chats')
    else logger.info(facts, 'the chats were read and nothing was missing')
    if (isCut || unreadable > 0) {
      logger.error(
        { ...facts, alert: 'eventsUnrecovered', isCut },
        'some messages could not be read from the chats: look through the chats of this time in the OA Manager',
      )
    }
  }

  /** A platform that cannot be asked is told of once; the debt stays. */
  async function withPlatform(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      isPlatformAway = false
    } catch (error) {
      if (deps.isPlatformAway(error)) {
        if (!isPlatformAway) {
          logger.warn({ err: error }, 'the chats cannot be read now; it is tried again until they can')
        }
        isPlatformAway = true
        awayUntil = performance.now() + options.failurePauseMaxMs
        return
      }
      throw error
    }
  }

  let awayUntil = 0
  async function stepUnlessAway(): Promise<void> {
    if (performance.now() < awayUntil) return writeDown()
    await step()
  }

  // However short the pause was: nobody else is known to have listened meanwhile.
  await store.owe(null, 'start')
  noteDebt(await store.read())
  const { pollMs, failurePauseMaxMs } = options
  const loop = startLoop({ step: stepUnlessAway, pauseMs: pollMs, failurePauseMaxMs, logger, name: 'listening' })

  return {
    heard(at) {
      isHeard = true
      const on = performance.now()
      // The first after a long pause: the database says so with the next look, and the turn would not wait for that.
      if (lastHeard !== null && on - lastHeard.on > options.silenceMs) suspectedSince ??= lastHeard.at
      lastHeard = { at: Math.max(at ?? 0, lastHeard?.at ?? 0), on }
      if (at !== null && at > (heardAt ?? 0)) heardAt = at
    },
    missed(at) {
      if (at > 0) missedSince = Math.min(missedSince ?? at, at)
    },
    owedSince() {
      const known = [owedSince, missedSince, suspectedSince].filter((since) => since !== null)
      return known.length === 0 ? null : Math.min(...known)
    },
    state: () => store.read(),
    async stop() {
      isStopping = true
      await loop.stop()
      await writeDown().catch((error: unknown) => logger.warn({ err: error }, 'what was heard is not written down'))
    },
  }
}

/** Ends a pass over the chats because the service ends; the debt stays. */
class StoppingError extends Error {
  override readonly name = 'StoppingError'
  readonly code = 'stopping'
}
