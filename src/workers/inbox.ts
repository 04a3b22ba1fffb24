import type { WebhookEvent } from '../usecases/webhook-event.ts'
import { type CitizenInHand, createCitizenService, type Served } from './citizen-service.ts'
import { createFloodGuard } from './flood.ts'
import { defaultInboxOptions, type InboxDeps } from './inbox-options.ts'
import { startLoop } from './loop.ts'
import { createTurnGroups } from './turn-groups.ts'

export type InboxWorker = {
  /** An event that this process has just stored: saves the wait for the next poll. */
  hint(citizenKey: string, partition: number, event: Exclude<WebhookEvent, { kind: 'ignored' }>): void
  /** Events of this citizen were stored otherwise, such as recovered ones: they are looked for. */
  look(citizenKey: string, partition: number): void
  /** Citizens in hand. */
  size(): number
  /** Resolves when the turns in hand are stored or given back; what waits stays in the database. */
  stop(): Promise<void>
}

/** One citizen in hand. At any time it is ready, busy, or resting until its timer. */
type Work = CitizenInHand & { phase: 'ready' | 'busy' | 'resting'; isRousable: boolean; timer?: NodeJS.Timeout }

/**
 * Folds waiting events through the conversation, one citizen at a time and many citizens at once. What it holds in memory is
 * only a head start: everything is in the database, and another process finds it there.
 */
export function startInbox(deps: InboxDeps): InboxWorker {
  const options = { ...defaultInboxOptions, ...deps.options }
  const { partitions, inboxStore, logger } = deps
  const stopping = new AbortController()
  const flood = createFloodGuard(options.flood)
  const groups = createTurnGroups({ ...deps, ...options, signal: stopping.signal })
  const service = createCitizenService({
    ...deps,
    options,
    groups,
    flood,
    isAlone: () => isSwept && partitions.isAlone(),
  })
  const works = new Map<string, Work>()
  const ready: Work[] = []
  const busy = new Set<Promise<void>>()
  let isStopped = false
  // True once everything that waited in the partitions of this process has been taken in hand.
  let isSwept = false
  let sweepsBegun = 0
  let unblockTimer: NodeJS.Timeout | undefined
  // Bounds memory: beyond it events are found again by the poll, when others have been served.
  const worksMax = options.citizensAtOnceMax * 8

  function work(citizenKey: string, partition: number): Work | undefined {
    const existing = works.get(citizenKey)
    if (existing !== undefined) return existing
    if (works.size >= worksMax) {
      unsweep()
      return undefined
    }
    const created: Work = {
      citizenKey,
      partition,
      phase: 'ready',
      isRousable: false,
      isStale: true,
      mustLook: !isSwept,
      arrivedAt: performance.now(),
      known: new Map(),
      fetched: new Map(),
      fetchTries: 0,
      conflicts: 0,
      quietSince: null,
    }
    works.set(citizenKey, created)
    ready.push(created)
    return created
  }

  function unsweep(): void {
    isSwept = false
    sweepsBegun += 1
  }

  function pump(): void {
    while (busy.size < options.citizensAtOnceMax) {
      const next = ready.shift()
      if (next === undefined) return
      if (isStopped || next.phase !== 'ready' || works.get(next.citizenKey) !== next) continue
      next.phase = 'busy'
      const running = serve(next).finally(() => {
        busy.delete(running)
        pump()
      })
      busy.add(running)
    }
  }

  async function serve(current: Work): Promise<void> {
    if (!partitions.isOwned(current.partition)) {
      unsweep()
      works.delete(current.citizenKey)
      return
    }
    current.isStale = false
    const served = await service.serve(current).catch((error: unknown): Served => {
      // A fault of ours outside any one event, such as an apology that cannot be rendered: the events keep waiting.
      logger.error({ err: error, citizenKey: current.citizenKey }, 'citizen not served')
      return { outcome: 'rest', restMs: options.retryMaxMs, isRousable: false }
    })
    if (served.outcome === 'rest' && !isStopped) {
      rest(current, served)
      return
    }
    if (served.outcome === 'again' || current.isStale) {
      current.phase = 'ready'
      ready.push(current)
      return
    }
    works.delete(current.citizenKey)
  }

  function rest(current: Work, served: Extract<Served, { outcome: 'rest' }>): void {
    // What came while the quiet was being measured may end it.
    if (served.isRousable && current.isStale) {
      current.phase = 'ready'
      ready.push(current)
      return
    }
    current.phase = 'resting'
    current.isRousable = served.isRousable
    current.timer = setTimeout(() => rouse(current), served.restMs)
  }

  function rouse(current: Work): void {
    clearTimeout(current.timer)
    if (current.phase !== 'resting') return
    current.phase = 'ready'
    ready.push(current)
    pump()
  }

  async function poll(): Promise<void> {
    const owned = partitions.owned()
    if (owned.length === 0 || works.size >= worksMax / 2) return
    const sweep = sweepsBegun
    const places = await inboxStore.waitingCitizens({
      partitions: owned,
      lane: 'turn',
      except: [...works.keys()],
      limit: placesMax,
      realNow: Date.now(),
    })
    for (const { citizenKey, partition } of places) {
      const current = work(citizenKey, partition)
      if (current !== undefined) current.mustLook = true
    }
    if (places.length < placesMax && sweep === sweepsBegun) isSwept = true
    pump()
  }

  partitions.onLost(async (lost) => {
    const gone = new Set(lost)
    unsweep()
    groups.forgetAll()
    for (const current of works.values()) {
      if (!gone.has(current.partition) || current.phase === 'busy') continue
      clearTimeout(current.timer)
      works.delete(current.citizenKey)
    }
    await Promise.all(busy)
  })
  /** Whoever held these citizens before may have died in the middle of a commit. */
  function unblockSoon(): void {
    clearTimeout(unblockTimer)
    unblockTimer = setTimeout(() => {
      deps.turnStore.unblock().catch((error: unknown) => logger.warn({ err: error }, 'not unblocked'))
    }, unblockAfterMs)
  }

  const loop = startLoop({ step: poll, pauseMs: options.pollMs, logger, name: 'inbox poll' })
  partitions.onGained(() => {
    unsweep()
    groups.forgetAll()
    loop.wake()
    unblockSoon()
  })

  return {
    hint(citizenKey, partition, event) {
      flood.count(citizenKey)
      if (isStopped) return
      if (!partitions.isOwned(partition)) {
        unsweep()
        return
      }
      const current = work(citizenKey, partition)
      if (current === undefined) return
      current.isStale = true
      current.arrivedAt = performance.now()
      if (current.known.size < options.eventsPerTurnMax) current.known.set(event.key, event)
      else current.mustLook = true
      // Somebody who waits for a quiet may just have said the word that ends it.
      if (current.phase === 'resting' && current.isRousable) rouse(current)
      else pump()
    },
    look(citizenKey, partition) {
      if (isStopped || !partitions.isOwned(partition)) return
      const current = work(citizenKey, partition)
      if (current === undefined) return
      current.isStale = true
      current.mustLook = true
      pump()
    },
    size: () => works.size,
    async stop() {
      isStopped = true
      clearTimeout(unblockTimer)
      await loop.stop()
      for (const current of works.values()) clearTimeout(current.timer)
      // A turn that waits for a database that is away would wait for ever.
      const impatience = setTimeout(() => stopping.abort(), 5_000)
      await Promise.all(busy)
      clearTimeout(impatience)
      works.clear()
    },
  }
}

const placesMax = 1_000
const unblockAfterMs = 1_200
