import {
  asksForCases,
  isFollowingUnknown,
  judgeRecipient,
  type RecipientFacts,
  type Verdict,
} from '../cases/broadcasts/audience.ts'
import { type Broadcast, goesAsArticle, goesDirect } from '../cases/broadcasts/broadcast.ts'
import { decideBySystem } from '../cases/broadcasts/decide.ts'
import { type QuietHours, quietUntil } from '../cases/broadcasts/hours.ts'
import type { Logger } from '../logger.ts'
import { broadcastBody } from '../usecases/broadcast-message.ts'
import type { BroadcastRuns, BroadcastStore } from '../usecases/broadcast-ports.ts'
import type { Clock, Texts } from '../usecases/ports.ts'
import type { CitizenPlace } from '../usecases/road.ts'
import type { ArticleOutcome } from './broadcast-article.ts'
import type { MayLeave } from './deliver.ts'
import { startLoop } from './loop.ts'

export type BroadcastOptions = {
  pollMs: number
  leaseMs: number
  /** People looked at in one transaction. */
  handful: number
  /** Copies of one broadcast that stand in the outbox at the same time: what comes behind them waits here, out of everybody's way. */
  aheadMax: number
  /** How long a broadcast that was just read is believed to be as it was. */
  knownForMs: number
}

export const defaultBroadcastOptions: BroadcastOptions = {
  pollMs: 500,
  leaseMs: 15_000,
  handful: 100,
  aheadMax: 200,
  knownForMs: 300,
}

export type BroadcastWorker = {
  /** A broadcast has changed: looks now. */
  wake(): void
  /** The last look at a copy before it leaves. */
  mayLeave: MayLeave
  stop(): Promise<void>
}

/**
 * Serves the people of running broadcasts: one process at a time and by a cursor, so that whatever dies goes on where it was,
 * and never far ahead of what the sender can send. `onQueued` hears of copies that stand in the outbox now.
 */
export function startBroadcasts(deps: {
  store: Pick<BroadcastStore, 'find' | 'replace' | 'report'>
  runs: BroadcastRuns
  /** Brings the article of a broadcast as far as it goes now. */
  advanceArticle(broadcast: Broadcast): Promise<ArticleOutcome>
  /** Whether Zalo counts this person among the followers; null where it does not say. Rejects where it cannot be asked now. */
  askFollowing(citizenKey: string): Promise<boolean | null>
  texts: Pick<Texts, 'translate'>
  publicUrl: string
  quietHours: QuietHours
  owner: string
  clock: Clock
  logger: Logger
  onQueued(places: readonly CitizenPlace[]): void
  options?: Partial<BroadcastOptions>
}): BroadcastWorker {
  const { store, runs, texts, quietHours, owner, clock, logger } = deps
  const options = { ...defaultBroadcastOptions, ...deps.options }
  const judged = new Map<string, { broadcast: Promise<Broadcast | null>; at: number }>()
  let isStopping = false

  async function step(): Promise<void> {
    for (const broadcast of await runs.due(clock.now())) {
      if (isStopping) return
      if (!(await runs.take(broadcast.id, owner, options.leaseMs))) continue
      const running = broadcast.state === 'scheduled' ? await begin(broadcast) : broadcast
      if (running !== null) await bring(running)
    }
  }

  async function bring(broadcast: Broadcast): Promise<void> {
    const { id } = broadcast
    const article: ArticleOutcome = goesAsArticle(broadcast)
      ? await deps.advanceArticle(broadcast)
      : { outcome: 'over' }
    if (article.outcome === 'halt') return moveOn(id, { act: 'halt', fault: article.fault })
    const isServed = goesDirect(broadcast) ? await serve(broadcast) : true
    if (isServed && article.outcome === 'over') await moveOn(id, { act: 'finish' })
  }

  async function begin(broadcast: Broadcast): Promise<Broadcast | null> {
    const next = decideBySystem(broadcast, { act: 'begin' }, clock.now())
    if (next === null || !(await store.replace(next, null))) return null
    logger.info({ broadcast: next.id }, 'broadcast begins at its time')
    return next
  }

  /** True once everybody has been served. */
  async function serve(broadcast: Broadcast): Promise<boolean> {
    const { id, segment } = broadcast
    while (!isStopping) {
      const now = clock.now()
      if (quietUntil(quietHours, now) !== null) return false
      const ahead = await runs.openCopies(id, options.aheadMax)
      if (ahead >= options.aheadMax) return false
      const fed = await runs.feed({
        id,
        owner,
        leaseMs: options.leaseMs,
        limit: Math.min(options.handful, options.aheadMax - ahead),
        now,
        judge: (facts) => judgeRecipient(facts, segment, now, { canAsk: true }),
        asksForCases: asksForCases(segment),
        bodyFor: (locale) => broadcastBody(broadcast, { texts, locale, publicUrl: deps.publicUrl }),
      })
      if (fed.outcome === 'lost') return false
      deps.onQueued(fed.queued)
      if (!fed.isAtEnd) continue
      // Counted before the step: a copy that is taken back after it would be neither open nor waiting here.
      if (fed.nextDeferredAt === null) return fed.queued.length === 0 && ahead === 0
      if (fed.nextDeferredAt > now) return false
    }
    return false
  }

  async function moveOn(id: string, act: Parameters<typeof decideBySystem>[1]): Promise<void> {
    const current = await store.find(id)
    const next = current === null ? null : decideBySystem(current, act, clock.now())
    if (next === null || !(await store.replace(next, null))) return
    // So that there is a count also of one that nobody asks for as long as its messages are kept.
    await store.report(id)
    if (act.act === 'halt') logger.error({ broadcast: id, fault: act.fault }, 'broadcast paused: a person is needed')
    else logger.info({ broadcast: id }, `broadcast: ${act.act}`)
  }

  /** Read anew a few times a second and not for every copy: a stop is heard by all of them that soon. */
  function broadcastOf(id: string): Promise<Broadcast | null> {
    const found = judged.get(id)
    if (found !== undefined && performance.now() - found.at < options.knownForMs) return found.broadcast
    if (judged.size > 100) judged.clear()
    const broadcast = store.find(id)
    judged.set(id, { broadcast, at: performance.now() })
    broadcast.catch(() => judged.delete(id))
    return broadcast
  }

  async function judgeNow(id: string, citizenKey: string, queuedAt: number): Promise<Verdict> {
    const now = clock.now()
    const broadcast = await broadcastOf(id)
    if (broadcast === null || broadcast.state === 'stopped') return { to: 'skip', reason: 'stopped' }
    // Mended words wait for their approval; a copy with the words before them is written anew.
    const isOld = broadcast.startedAt !== null && queuedAt < broadcast.startedAt
    if (!LEAVES.has(broadcast.state) || isOld) return { to: 'defer', reason: 'paused', until: now }
    const quietEnds = quietUntil(quietHours, now)
    if (quietEnds !== null) return { to: 'defer', reason: 'night', until: quietEnds }
    const facts = await runs.factsOf(citizenKey, asksForCases(broadcast.segment), now)
    if (facts === null) return { to: 'send' }
    const known = isFollowingUnknown(facts) ? await ask(citizenKey, facts) : facts
    if (known === null) return { to: 'defer', reason: 'asking', until: now + ASK_AGAIN_MS }
    return judgeRecipient(known, broadcast.segment, now)
  }

  /** The facts with what Zalo says of the following, which is asked once for each person; null where it cannot be asked now. */
  async function ask(citizenKey: string, facts: RecipientFacts): Promise<RecipientFacts | null> {
    try {
      const following = await deps.askFollowing(citizenKey)
      if (following !== null) await runs.learnFollowing(citizenKey, following)
      return { ...facts, following }
    } catch (error) {
      logger.warn({ err: error }, 'Zalo cannot be asked who follows')
      return null
    }
  }

  const loop = startLoop({ step, pauseMs: options.pollMs, logger, name: 'broadcasts' })
  return {
    wake() {
      judged.clear()
      loop.wake()
    },
    async mayLeave({ id, citizenKey, broadcast, queuedAt }) {
      const verdict = await judgeNow(broadcast, citizenKey, queuedAt)
      if (verdict.to === 'send') return true
      await runs.withdraw({ messageId: id, broadcast, citizenKey }, verdict, clock.now())
      return false
    },
    async stop() {
      isStopping = true
      await loop.stop()
    },
  }
}

const ASK_AGAIN_MS = 60_000
/** States in which copies that are queued may leave. */
const LEAVES: ReadonlySet<Broadcast['state']> = new Set(['running', 'done'])
