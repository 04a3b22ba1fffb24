import { createGroupCommit } from '../group-commit.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { Clock, MessagingPlatform, OutgoingBody } from '../usecases/ports.ts'
import type { CitizenPlace, OpenMessage, OutboxMark, OutboxStore, StoredTurn } from '../usecases/road.ts'
import { backoffMs } from './backoff.ts'
import { createDelivery, type DeliverOptions, type MayLeave, type PartWords } from './deliver.ts'
import { addToLane, createLane, type Lane, type LaneMessage, loadIntoLane, urgencyOf } from './lane.ts'
import { startLoop } from './loop.ts'
import type { Partitions } from './partitions.ts'
import { isSameWords, type Words } from './settle.ts'

export type SenderOptions = DeliverOptions & {
  pollMs: number
  lanesAtOnceMax: number
  /** Of these for citizens for whom there is nothing but a broadcast: the others always find a free one. */
  broadcastLanesAtOnceMax: number
  /** Citizens with messages in memory; beyond it messages wait in the database. */
  lanesMax: number
  messagesPerLaneMax: number
  /** A rest longer than this is spent in the database. */
  lingerMs: number
  pauseFirstMs: number
  pauseMaxMs: number
}

export const defaultSenderOptions: SenderOptions = {
  pollMs: 250,
  lanesAtOnceMax: 128,
  broadcastLanesAtOnceMax: 32,
  lanesMax: 2_000,
  messagesPerLaneMax: 20,
  lingerMs: 2_000,
  retryFirstMs: 1_000,
  retryMaxMs: 5 * 60_000,
  giveUpAfterMs: 7 * 24 * 60 * 60_000,
  settleAfterMs: 3_000,
  settleTriesMax: 8,
  pauseFirstMs: 10_000,
  pauseMaxMs: 10 * 60_000,
}

export type HandedOver = StoredTurn & { citizenKey: string; partition: number; userId: string }

export type EchoOutcome = 'settled' | 'later' | 'none'

export type Sender = {
  /** Whether this process can take another message of this citizen into memory now. */
  admits(citizenKey: string): boolean
  /** Messages that have just been stored, under this run's name or for whoever looks next. */
  /** What waited for this citizen was taken back: only the database knows what is left. */
  reload(citizenKey: string): void
  handOver(turn: HandedOver): void
  /** Messages of a citizen were queued elsewhere in this process, such as the notices of an officer's act. */
  hint(place: CitizenPlace): void
  /** The platform repeats words that we may have sent: settles a message of unknown outcome. */
  offerEcho(echo: CitizenPlace & { messageId: string; text: string; at: number }): Promise<EchoOutcome>
  size(): number
  isPaused(): boolean
  /** Resolves when the sends in hand are recorded; what was not begun waits for whoever comes next. */
  stop(): Promise<void>
}

/**
 * Sends what the outbox holds: each citizen's messages strictly in order, many citizens at once. A message is in the database
 * as `sending` before it leaves, so a crash never makes it leave twice unseen.
 */
export function startSender(deps: {
  outboxStore: OutboxStore
  platform: MessagingPlatform
  partitions: Partitions
  /** @default every message is one part */
  partWords?: PartWords
  /** @default every copy of a broadcast leaves */
  mayLeave?: MayLeave
  clock: Clock
  /** Measures the pauses of all sends. @default performance.now */
  steadyNow?: () => number
  logger: Logger
  metrics: Metrics
  options?: Partial<SenderOptions>
}): Sender {
  const options = { ...defaultSenderOptions, ...deps.options }
  const { outboxStore, partitions, logger, metrics } = deps
  const owner = partitions.owner
  const steadyNow = deps.steadyNow ?? (() => performance.now())
  const lanes = new Map<string, Lane>()
  /** One queue for each priority. */
  const ready: [Lane[], Lane[], Lane[], Lane[]] = [[], [], [], []]
  const busy = new Set<Promise<void>>()
  /** Lanes that are served although there is nothing but a broadcast in them. */
  const broadcasting = new Set<Lane>()
  let isStopped = false
  let pausedUntil = 0
  let pauses = 0
  // While true the database may hold messages that are not in memory, so a new lane looks there first.
  let mayHaveBacklog = true
  let backlogChanges = 0
  let polls = 0

  const hardMarks = createMarks(outboxStore, { isHard: true })
  const softMarks = createMarks(outboxStore, { isHard: false })
  const loads = createGroupCommit<CitizenPlace, { messages: OpenMessage[]; userId: string | null }>({
    itemsMax: 64,
    async write(places) {
      const [messages, userIds] = await Promise.all([
        outboxStore.openMessages(places, options.messagesPerLaneMax),
        outboxStore.userIds(places.map(({ citizenKey }) => citizenKey)),
      ])
      return places.map(({ citizenKey }) => ({
        messages: messages.get(citizenKey) ?? [],
        userId: userIds.get(citizenKey) ?? null,
      }))
    },
  })
  const partWords = deps.partWords ?? wholeMessage
  const delivery = createDelivery({
    ...deps,
    owner,
    options,
    partWords,
    mark: (mark) => (mark.state === 'accepted' ? softMarks : hardMarks).add(mark),
  })

  /** What stands under our name must be taken in hand, even above the bound: the turns on their way are few. */
  function lane(place: CitizenPlace, isOurs: boolean): Lane | undefined {
    const existing = lanes.get(place.citizenKey)
    if (existing !== undefined) return existing
    if (lanes.size >= options.lanesMax && !isOurs) {
      noteBacklog()
      return undefined
    }
    const created = createLane(place.citizenKey, place.partition)
    lanes.set(place.citizenKey, created)
    return created
  }

  function noteBacklog(): void {
    mayHaveBacklog = true
    backlogChanges += 1
  }

  function enqueue(current: Lane): void {
    clearTimeout(current.timer)
    current.phase = 'ready'
    const urgency = urgencyOf(current)
    // What is not here yet may be more urgent than a broadcast.
    const isUnknown = current.messages.length === 0 || current.mustLoad
    ready[(isUnknown ? Math.min(urgency, 3) : urgency) - 1]?.push(current)
  }

  function nextReady(): Lane | undefined {
    const urgent = ready[0].shift() ?? ready[1].shift() ?? ready[2].shift()
    if (urgent !== undefined) return urgent
    return broadcasting.size < options.broadcastLanesAtOnceMax ? ready[3].shift() : undefined
  }

  /** Whether a lane may be served on; one with nothing but a broadcast leaves most places to the others. */
  function holdsPlace(current: Lane): boolean {
    if (urgencyOf(current) < 4) broadcasting.delete(current)
    else if (broadcasting.size < options.broadcastLanesAtOnceMax) broadcasting.add(current)
    else return broadcasting.has(current)
    return true
  }

  function pump(): void {
    if (isStopped) return
    while (busy.size < options.lanesAtOnceMax) {
      const next = nextReady()
      if (next === undefined) return
      if (next.phase !== 'ready' || lanes.get(next.citizenKey) !== next) continue
      next.phase = 'busy'
      const running = serve(next)
        .catch((error: unknown) => {
          // The database is away, or a fault of ours: the lane looks there again when it can.
          logger.warn({ err: error, citizenKey: next.citizenKey }, 'lane interrupted')
          restInMemory(next, backoffMs(2, { firstMs: 250, maxMs: 2_000 }))
        })
        .finally(() => {
          busy.delete(running)
          broadcasting.delete(next)
          pump()
        })
      busy.add(running)
    }
  }

  async function serve(current: Lane): Promise<void> {
    for (;;) {
      if (!partitions.isOwned(current.partition)) return drop(current)
      if (isStopped) return
      const pauseMs = pausedUntil - steadyNow()
      if (pauseMs > 0) return restAll(current, pauseMs)
      if (current.mustLoad || current.userId === null) {
        const loaded = await load(current)
        if (loaded === 'strays') return restInMemory(current, 100)
        if (!partitions.isOwned(current.partition)) return drop(current)
      }
      const head = current.messages[0]
      if (head === undefined || current.userId === null) {
        if (!current.mustLoad) drop(current)
        else restInMemory(current, 0)
        return
      }
      if (!holdsPlace(current)) return enqueue(current)
      const waitMs = head.state === 'sending' ? 0 : head.retryAt - Date.now()
      if (waitMs > 0) return restAll(current, waitMs)
      const delivered = await delivery.deliver(current, head, current.userId)
      if (delivered.outcome === 'next') {
        pauses = 0
        if (current.messages[0] === head) current.messages = current.messages.slice(1)
        continue
      }
      if (delivered.outcome === 'pause') pauseAll()
      else return restAll(current, delivered.restMs)
    }
  }

  async function load(current: Lane) {
    current.mustLoad = false
    const { messages, userId } = await loads.add(current)
    current.userId ??= userId
    if (messages.length >= options.messagesPerLaneMax) current.mustLoad = true
    const loaded = loadIntoLane(current, messages, { owner, strayMs, settleAfterMs: options.settleAfterMs })
    if (loaded === 'strays') current.mustLoad = true
    return loaded
  }

  function drop(current: Lane): void {
    clearTimeout(current.timer)
    if (lanes.get(current.citizenKey) === current) lanes.delete(current.citizenKey)
  }

  /** The rest of the citizen's messages waits with the first; a long wait is left to the database. */
  async function restAll(current: Lane, restMs: number): Promise<void> {
    const until = Date.now() + restMs
    for (;;) {
      const followers = current.messages.filter(({ state }) => state === 'sending')
      // More may be handed over while these are written down; one that is forgotten here would be a stray.
      if (followers.length === 0) break
      for (const message of followers) {
        message.state = 'waiting'
        message.retryAt = until
      }
      await Promise.all(
        followers.map(({ id }) =>
          hardMarks.add({ id, from: ['sending'], ifOwner: owner, state: 'waiting', retryAt: until }),
        ),
      )
    }
    if (restMs <= options.lingerMs) return restInMemory(current, restMs)
    noteBacklog()
    drop(current)
  }

  function restInMemory(current: Lane, restMs: number): void {
    if (restMs <= 0) {
      enqueue(current)
      return
    }
    current.phase = 'resting'
    current.timer = setTimeout(() => {
      enqueue(current)
      pump()
    }, restMs)
  }

  function pauseAll(): void {
    const pauseMs = backoffMs(pauses, { firstMs: options.pauseFirstMs, maxMs: options.pauseMaxMs })
    pauses += 1
    pausedUntil = steadyNow() + pauseMs
    metrics.senderPaused.set(1)
    setTimeout(() => {
      if (steadyNow() >= pausedUntil) metrics.senderPaused.set(0)
    }, pauseMs + 1).unref()
  }

  async function poll(): Promise<void> {
    const owned = partitions.owned()
    if (owned.length === 0 || lanes.size >= options.lanesMax / 2 || pausedUntil > steadyNow()) return
    polls += 1
    const changesBefore = backlogChanges
    const places = await outboxStore.waitingCitizens({
      partitions: owned,
      except: [...lanes.keys()],
      // Now and then also under our own name, for a message that nobody handed over.
      ...(polls % ownEveryPolls === 0 ? {} : { exceptOwner: owner }),
      limit: 1_000,
      realNow: Date.now(),
    })
    for (const place of places) reload(place)
    if (mayHaveBacklog && places.length === 0 && lanes.size === 0) {
      const hasBacklog = await outboxStore.hasBacklog(owned, owner)
      if (!hasBacklog && changesBefore === backlogChanges) mayHaveBacklog = false
    }
    pump()
  }

  function reload(place: CitizenPlace): void {
    const current = lane(place, false)
    if (current === undefined) return
    const isNew = current.messages.length === 0 && current.phase === 'ready' && !current.mustLoad
    current.mustLoad = true
    // One that waits behind the broadcasts comes forward, for what is new may be urgent.
    if (isNew || current.phase === 'ready') enqueue(current)
  }

  async function leave(isLeft: (current: Lane) => boolean): Promise<void> {
    const left = [...lanes.values()].filter(isLeft)
    for (const current of left) {
      clearTimeout(current.timer)
      lanes.delete(current.citizenKey)
    }
    await Promise.all(busy)
    const unsent = left.flatMap(({ messages }) => messages).filter(({ state }) => state === 'sending')
    const back = unsent.map(({ id }) =>
      hardMarks.add({ id, from: ['sending'], ifOwner: owner, state: 'waiting', retryAt: Date.now() }),
    )
    await Promise.allSettled(back)
  }

  partitions.onLost(async (lost) => {
    const gone = new Set(lost)
    await leave(({ partition }) => gone.has(partition))
  })
  const loop = startLoop({ step: poll, pauseMs: options.pollMs, logger, name: 'outbox poll' })
  partitions.onGained(() => {
    noteBacklog()
    loop.wake()
  })

  return {
    admits(citizenKey) {
      if (isStopped || pausedUntil > steadyNow()) return false
      const current = lanes.get(citizenKey)
      if (current === undefined) return lanes.size < options.lanesMax
      return current.messages.length < options.messagesPerLaneMax && current.phase !== 'resting'
    },
    reload(citizenKey) {
      const current = lanes.get(citizenKey)
      if (current === undefined) return
      current.messages = current.messages.filter(({ state }) => state !== 'waiting')
      current.mustLoad = true
    },
    handOver({ citizenKey, partition, userId, noticeSequence, messages, isAdmitted }) {
      if (messages.length === 0) return
      const current = lane({ citizenKey, partition }, isAdmitted)
      if (current === undefined) return
      const isIdle = current.messages.length === 0 && current.phase === 'ready' && !current.mustLoad
      current.userId = userId
      if (mayHaveBacklog || noticeSequence > current.knownThrough || !isAdmitted) current.mustLoad = true
      if (isAdmitted) {
        addToLane(
          current,
          messages.map(({ id, sequence, message }) => ({
            id,
            sequence,
            priority: message.priority,
            body: message.body,
            state: 'sending',
            messageIds: [],
            partsAccepted: 0,
            tries: 0,
            settleTries: 0,
            retryAt: 0,
            doubtSince: null,
            doubts: [],
            createdAt: deps.clock.now(),
            broadcast: null,
          })),
        )
      }
      // Waiting behind the broadcasts it comes forward.
      if (isIdle || (isAdmitted && current.phase === 'ready')) enqueue(current)
      pump()
    },
    hint(place) {
      if (isStopped || !partitions.isOwned(place.partition)) return
      reload(place)
      pump()
    },
    async offerEcho({ citizenKey, partition, messageId, text, at }) {
      const current = lanes.get(citizenKey)
      if (current === undefined) {
        if (!mayHaveBacklog) return 'none'
        reload({ citizenKey, partition })
        pump()
        return 'later'
      }
      const head = current.messages[0]
      if (head === undefined) return current.mustLoad ? 'later' : 'none'
      if (head.state === 'sending') return 'later'
      const words = partWords(head.body)[head.partsAccepted]
      if (!isInDoubt(head) || words === undefined || !isSameWords(text, words)) return 'none'
      // A message before it may have the same words, and have been settled after the caller looked.
      const part = head.partsAccepted
      if ((await outboxStore.byMessageIds([messageId])).has(messageId)) return 'none'
      if (current.messages[0] !== head || head.partsAccepted !== part || !isInDoubt(head)) return 'later'
      metrics.settled.inc({ by: 'echo' })
      const settled = await delivery.settledAs(head, messageId, at)
      if (settled === 'whole' && current.messages[0] === head) current.messages = current.messages.slice(1)
      if (current.phase === 'resting') enqueue(current)
      pump()
      return 'settled'
    },
    size: () => lanes.size,
    isPaused: () => pausedUntil > steadyNow(),
    async stop() {
      isStopped = true
      await loop.stop()
      await leave(() => true)
    },
  }
}

function createMarks(outboxStore: OutboxStore, options: { isHard: boolean }) {
  return createGroupCommit<OutboxMark, void>({
    itemsMax: 128,
    async write(marks) {
      await outboxStore.mark(marks, options)
      return marks.map(() => undefined)
    },
  })
}

function isInDoubt({ state }: LaneMessage): boolean {
  return state === 'ambiguous'
}

function wholeMessage(body: OutgoingBody): Words[] {
  return [body.type === 'text' ? { text: body.text, isCard: false } : { text: body.title, isCard: true }]
}

/** A message under our own name that nobody has handed over for so long was lost on the way and has no known outcome. */
const strayMs = 20_000
const ownEveryPolls = 40
