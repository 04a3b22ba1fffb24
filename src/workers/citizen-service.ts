import type { Received } from '../conversation/received.ts'
import { STAFF_ANSWERED, type StoredConversation, type WaitingEvent } from '../usecases/road.ts'
import type { WebhookEvent } from '../usecases/webhook-event.ts'
import { backoffMs } from './backoff.ts'
import type { FloodGuard } from './flood.ts'
import type { InboxDeps, InboxOptions } from './inbox-options.ts'
import { createTurnRunner, deadTurn, leftAfter, type TurnEvent, turnToStore } from './turn.ts'
import type { LoadedCitizen, TurnGroups } from './turn-groups.ts'

/** What the service needs to know of a citizen, kept between two looks at the same citizen. */
export type CitizenInHand = {
  citizenKey: string
  partition: number
  isStale: boolean
  /** The database may hold events of this citizen that are not in `known`. */
  mustLook: boolean
  /** When something last arrived, by the steady clock. */
  arrivedAt: number
  /** Events that this process received itself: they need not be read again. */
  known: Map<string, WebhookEvent>
  /** Files that have been fetched for a turn that is not yet done. */
  fetched: Map<string, Received>
  fetchTries: number
  conflicts: number
  /** Since when a quiet is waited for. */
  quietSince: number | null
}

export type Served =
  /** Nothing waits any more, as far as was seen. */
  | { outcome: 'done' }
  /** There is more to do now. */
  | { outcome: 'again' }
  /** There is more to do later; something new ends the rest only when `isRousable`. */
  | { outcome: 'rest'; restMs: number; isRousable: boolean }

type Reading = { events: TurnEvent[]; unreadable: string[] }

/** Serves one citizen once: reads what waits, runs the turn, stores it, hands its messages over. */
export function createCitizenService(
  deps: Omit<InboxDeps, 'options'> & {
    options: InboxOptions
    groups: TurnGroups
    flood: FloodGuard
    /** Whether every waiting event of the citizens served here is known to this process. */
    isAlone(): boolean
  },
) {
  const { groups, options, flood, inboxStore, clock, metrics, logger, sender, partitions } = deps
  const runTurn = createTurnRunner({ runTurn: deps.runTurn, clock, timeoutMs: options.turnTimeoutMs })

  async function serve(citizen: CitizenInHand): Promise<Served> {
    for (;;) {
      try {
        return await serveOnce(citizen)
      } catch (error) {
        const fault = deps.judge(error)
        if (fault === 'other') throw error
        if (fault === 'away') {
          citizen.mustLook = true
          return rest(backoffMs(1, { firstMs: 500, maxMs: 2_000 }))
        }
        citizen.conflicts += 1
        citizen.mustLook = true
        metrics.turns.inc({ outcome: 'conflict' })
        if (citizen.conflicts > 3) {
          await deps.turnStore.unblock().catch((reason: unknown) => logger.warn({ err: reason }, 'not unblocked'))
          return rest(backoffMs(citizen.conflicts, { firstMs: 20, maxMs: 2_000 }))
        }
      }
    }
  }

  async function serveOnce(citizen: CitizenInHand): Promise<Served> {
    const { conversation, events: waiting } = await look(citizen)
    if (waiting.length === 0) return { outcome: 'done' }
    const resting = restBefore(citizen, waiting)
    if (resting !== undefined) return resting
    const selected = select(waiting)
    const { events, unreadable } = await read(citizen, selected)
    if (unreadable.length > 0) return giveUp(citizen, conversation, selected, 'unreadable', unreadable)
    const userId = conversation?.userId ?? events.find((event) => event.userId !== null)?.userId ?? null
    if (userId === null) {
      // Woken for somebody whose data is gone meanwhile.
      await inboxStore.settle(
        selected.map(({ key }) => key),
        clock.now(),
        'noConversation',
      )
      return { outcome: 'again' }
    }
    if (await isCaughtUp(citizen, { selected, events, userId })) {
      citizen.mustLook = true
      return { outcome: 'again' }
    }
    const received = await fetchMedia(citizen, events)
    if (received === 'later') {
      citizen.fetchTries += 1
      return rest(backoffMs(citizen.fetchTries, { firstMs: 1_000, maxMs: 30_000 }))
    }
    const quietMs = remainingQuietMs(citizen, conversation, received)
    if (quietMs > 0) return { outcome: 'rest', restMs: quietMs, isRousable: true }
    citizen.quietSince = null
    const startedAt = performance.now()
    try {
      await runAndStore({ citizen, conversation, events, received, userId })
    } catch (error) {
      if (deps.judge(error) !== 'other') throw error
      return failed(citizen, conversation, selected, error)
    }
    metrics.turns.inc({ outcome: 'done' })
    metrics.turnEvents.inc(selected.length)
    metrics.turnSeconds.observe((performance.now() - startedAt) / 1000)
    forget(citizen, selected)
    return waiting.length > selected.length ? { outcome: 'again' } : { outcome: 'done' }
  }

  /** What this process knows of the citizen is enough while nobody else takes events in; else the database is asked. */
  async function look(citizen: CitizenInHand): Promise<LoadedCitizen> {
    if (citizen.mustLook || !deps.isAlone()) {
      const loaded = await groups.load(citizen)
      citizen.mustLook = false
      return loaded
    }
    return { conversation: await groups.recall(citizen.citizenKey), events: knownEvents(citizen) }
  }

  function restBefore(citizen: CitizenInHand, waiting: WaitingEvent[]): Served | undefined {
    const retryMs = Math.max(...waiting.map(({ retryAt }) => retryAt)) - Date.now()
    if (retryMs > 0) return rest(retryMs)
    const floodMs = flood.restMs(citizen.citizenKey)
    return floodMs > 0 ? rest(floodMs) : undefined
  }

  /** Where a fold keeps failing its events go one by one, so that only the one that cannot be done is given up. */
  function select(waiting: WaitingEvent[]): WaitingEvent[] {
    const fold = waiting.slice(0, options.eventsPerTurnMax)
    return fold.some(({ tries }) => tries >= triesBeforeAlone) ? fold.slice(0, 1) : fold
  }

  async function read(citizen: CitizenInHand, selected: WaitingEvent[]): Promise<Reading> {
    const unknown = selected.filter(({ key, eventName }) => !citizen.known.has(key) && !ownEvents.has(eventName))
    if (unknown.length > 0) {
      const raws = await groups.raw(unknown.map(({ key }) => key))
      for (const { key } of unknown) {
        const raw = raws.get(key)
        if (raw !== undefined) citizen.known.set(key, deps.read(raw))
      }
    }
    const events: TurnEvent[] = []
    const unreadable: string[] = []
    for (const { key, eventName, at } of selected) {
      const own = ownEvents.get(eventName)
      const event = own === undefined ? citizen.known.get(key) : undefined
      if (own !== undefined) events.push({ key, at, userId: null, content: { id: key, at, type: own } })
      else if (event?.kind === 'incoming') events.push({ key, at, userId: event.userId, content: event.incoming })
      else if (event?.kind === 'staffWrote') {
        events.push({ key, at, userId: event.userId, content: { id: key, at, type: 'staffWrote' } })
      } else unreadable.push(key)
    }
    return { events, unreadable }
  }

  /** Older words of theirs may have been lost on the way: they come first. */
  async function isCaughtUp(
    { citizenKey }: CitizenInHand,
    { selected, events, userId }: { selected: WaitingEvent[]; events: TurnEvent[]; userId: string },
  ): Promise<boolean> {
    if (deps.catchUp === undefined) return false
    // Where one was recovered the chat has just been read.
    const heard = new Set(selected.flatMap(({ key, isRecovered }) => (isRecovered === true ? [] : [key])))
    const times = events.flatMap(({ key, userId: from, at }) => (from !== null && heard.has(key) ? [at] : []))
    return times.length > 0 && deps.catchUp({ citizenKey, userId, before: Math.max(...times) })
  }

  async function fetchMedia(citizen: CitizenInHand, events: TurnEvent[]): Promise<Received[] | 'later'> {
    const fetched = await Promise.all(
      events.map(async ({ key, content }): Promise<Received | 'later'> => {
        if (content.type !== 'media') return content
        const before = citizen.fetched.get(key)
        if (before !== undefined) return before
        const received = await deps.ingestMedia({
          citizenKey: citizen.citizenKey,
          incoming: content,
          tries: citizen.fetchTries,
        })
        if (received !== 'later') citizen.fetched.set(key, received)
        return received
      }),
    )
    const received = fetched.filter((one) => one !== 'later')
    return received.length < fetched.length ? 'later' : received
  }

  function remainingQuietMs(
    citizen: CitizenInHand,
    conversation: StoredConversation | null,
    received: Received[],
  ): number {
    const quietMs = deps.settleMs(conversation?.state ?? null, received)
    if (quietMs <= 0) return 0
    citizen.quietSince ??= citizen.arrivedAt
    const nowMs = performance.now()
    // Somebody who never pauses is answered all the same.
    const latest = citizen.quietSince + quietMs * quietsMax
    return Math.min(citizen.arrivedAt + quietMs, latest) - nowMs
  }

  async function runAndStore(turn: {
    citizen: CitizenInHand
    conversation: StoredConversation | null
    events: TurnEvent[]
    received: Received[]
    userId: string
  }): Promise<void> {
    const { citizen, conversation: read, events, userId } = turn
    const { citizenKey, partition } = citizen
    const { output, now } = await runTurn({ citizenKey, userId, read, events: turn.received })
    // A lease that ended meanwhile means that somebody else serves this citizen: the version would refuse us anyway.
    if (!partitions.isOwned(partition)) return
    const mustTell = flood.isFlooding(citizenKey) && now - (read?.floodToldAt ?? 0) > options.flood.tellAgainMs
    const stored = await groups.commit(
      turnToStore({
        citizenKey,
        userId,
        read,
        events,
        output,
        floodNotice: mustTell ? deps.floodNotice(output.conversation) : null,
        owner: sender.admits(citizenKey) ? partitions.owner : null,
        now,
      }),
    )
    if (leftAfter(events) !== null) sender.reload(citizenKey)
    flood.served(citizenKey)
    sender.handOver({ citizenKey, partition, userId, ...stored })
    void deps.afterTurn(output).catch((error: unknown) => logger.warn({ err: error, citizenKey }, 'after a turn'))
  }

  async function failed(
    citizen: CitizenInHand,
    conversation: StoredConversation | null,
    selected: WaitingEvent[],
    error: unknown,
  ): Promise<Served> {
    const tries = Math.max(...selected.map((event) => event.tries)) + 1
    const reason = reasonOf(error)
    const keys = selected.map(({ key }) => key)
    citizen.mustLook = true
    metrics.turns.inc({ outcome: 'failed' })
    logger.error({ err: error, citizenKey: citizen.citizenKey, events: keys, tries }, 'turn failed')
    if (tries >= options.triesMax) return giveUp(citizen, conversation, selected, reason, keys)
    const restMs = backoffMs(tries, { firstMs: options.retryFirstMs, maxMs: options.retryMaxMs })
    await inboxStore.postpone(keys, { reason, retryAt: Date.now() + restMs })
    return rest(restMs)
  }

  /** The citizen hears of it in the same transaction that gives the events up: never silence. */
  async function giveUp(
    citizen: CitizenInHand,
    conversation: StoredConversation | null,
    selected: WaitingEvent[],
    reason: string,
    keys: string[],
  ): Promise<Served> {
    const { citizenKey, partition } = citizen
    const known = keys.map((key) => citizen.known.get(key)).find((event) => event !== undefined && 'userId' in event)
    const userId = conversation?.userId ?? (known !== undefined && 'userId' in known ? known.userId : null)
    const events = selected
      .filter(({ key }) => keys.includes(key))
      .map(({ key, at }): TurnEvent => ({ key, at, userId: null, content: { id: key, at, type: 'wake' } }))
    if (userId === null) {
      await inboxStore.bury(keys, clock.now(), reason)
    } else {
      const stored = await groups.commit(
        deadTurn({
          citizenKey,
          userId,
          read: conversation,
          events,
          reason,
          apology: deps.apology(conversation?.state ?? null),
          owner: sender.admits(citizenKey) ? partitions.owner : null,
          now: clock.now(),
        }),
      )
      sender.handOver({ citizenKey, partition, userId, ...stored })
    }
    metrics.deadEvents.inc(keys.length)
    metrics.turns.inc({ outcome: 'dead' })
    logger.error({ citizenKey, events: keys, reason }, 'events given up')
    forget(citizen, selected)
    return { outcome: 'again' }
  }

  return { serve }
}

/** Events of our own, which have no bytes to read. */
const ownEvents: ReadonlyMap<string, 'wake' | 'staffAnswered'> = new Map([
  ['wake', 'wake'],
  [STAFF_ANSWERED, 'staffAnswered'],
])
const triesBeforeAlone = 2
const quietsMax = 8

function knownEvents({ citizenKey, partition, known }: CitizenInHand): WaitingEvent[] {
  const waiting: WaitingEvent[] = []
  for (const [key, event] of known) {
    if (event.kind === 'ignored') continue
    const { eventName, at } = event
    waiting.push({ key, citizenKey, partition, eventName, at, receivedAt: 0, tries: 0, retryAt: 0 })
  }
  return waiting.sort((a, b) => a.at - b.at)
}

function rest(restMs: number): Served {
  return { outcome: 'rest', restMs, isRousable: false }
}

function forget(citizen: CitizenInHand, selected: WaitingEvent[]): void {
  for (const { key } of selected) {
    citizen.known.delete(key)
    citizen.fetched.delete(key)
  }
  citizen.conflicts = 0
  citizen.fetchTries = 0
}

/** The code or class of an error: its message may quote what a citizen wrote. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name
}
