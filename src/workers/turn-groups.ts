import { createGroupCommit } from '../group-commit.ts'
import type { Metrics } from '../metrics.ts'
import type {
  CitizenPlace,
  InboxStore,
  JudgeFault,
  StoredConversation,
  StoredTurn,
  TurnStore,
  TurnToStore,
  WaitingEvent,
} from '../usecases/road.ts'
import { createRecent } from './recent.ts'

export type LoadedCitizen = { conversation: StoredConversation | null; events: WaitingEvent[] }

export type TurnGroups = {
  /** The conversation of a citizen and what waits for it, read together with those of others. */
  load(place: CitizenPlace): Promise<LoadedCitizen>
  /**
   * The conversation as this process left it or else as it is stored. It may be out of date: then `commit` refuses, and
   * forgets it.
   */
  recall(citizenKey: string): Promise<StoredConversation | null>
  /** Forgets what was left of all conversations, because others may have gone on with them. */
  forgetAll(): void
  /** The stored bytes of events that this process did not receive itself. */
  raw(keys: string[]): Promise<Map<string, Buffer>>
  /** Stores a turn, in one transaction with the turns of others when that succeeds and by itself when it does not. */
  commit(turn: TurnToStore): Promise<StoredTurn>
}

/** Shares round trips to the database between the turns of different citizens without letting one spoil another. */
export function createTurnGroups(deps: {
  inboxStore: InboxStore
  turnStore: TurnStore
  judge: JudgeFault
  metrics: Metrics
  turnsPerTransactionMax: number
  eventsPerTurnMax: number
  signal: AbortSignal
}): TurnGroups {
  const { inboxStore, turnStore, metrics, signal } = deps

  const loads = createGroupCommit<CitizenPlace, LoadedCitizen>({
    itemsMax: deps.turnsPerTransactionMax,
    writesAtOnceMax: 2,
    async write(places) {
      const [conversations, events] = await Promise.all([
        turnStore.load(places.map(({ citizenKey }) => citizenKey)),
        waitingOf(places),
      ])
      return places.map(({ citizenKey }) => ({
        conversation: conversations.get(citizenKey) ?? null,
        events: events.get(citizenKey) ?? [],
      }))
    },
  })

  const recent = createRecent<StoredConversation>({ keepMs: 60_000, valuesMax: 1_000 })
  const recalls = createGroupCommit<string, StoredConversation | null>({
    itemsMax: deps.turnsPerTransactionMax,
    async write(citizenKeys) {
      const conversations = await turnStore.load(citizenKeys)
      return citizenKeys.map((citizenKey) => conversations.get(citizenKey) ?? null)
    },
  })

  async function waitingOf(places: CitizenPlace[]): Promise<Map<string, WaitingEvent[]>> {
    const limit = places.length * (deps.eventsPerTurnMax + 1)
    const found = await inboxStore.waitingOf(places, 'turn', limit)
    if (found.length < limit || places.length === 1) return Map.groupBy(found, ({ citizenKey }) => citizenKey)
    // Somebody's pile hides the others: each is asked for apart, so that the pile slows only its owner.
    const apart = await Promise.all(
      places.map((place) => inboxStore.waitingOf([place], 'turn', deps.eventsPerTurnMax + 1)),
    )
    return Map.groupBy(apart.flat(), ({ citizenKey }) => citizenKey)
  }

  const raws = createGroupCommit<string[], Map<string, Buffer>>({
    itemsMax: 16,
    async write(lists) {
      const all = await inboxStore.rawOf(lists.flat())
      return lists.map(() => all)
    },
  })

  type Outcome = { stored: StoredTurn } | { error: unknown }
  const commits = createGroupCommit<TurnToStore, Outcome>({
    itemsMax: deps.turnsPerTransactionMax,
    writesAtOnceMax: 2,
    itemsBesideMin: 16,
    write: commitAll,
  })

  async function commitAll(turns: TurnToStore[]): Promise<Outcome[]> {
    try {
      const stored = await turnStore.commit(turns, signal)
      metrics.turnsPerTransaction.observe(turns.length)
      return stored.map((one) => ({ stored: one }))
    } catch (error) {
      if (turns.length === 1 || deps.judge(error) === 'away') return turns.map(() => ({ error }))
      return commitOneByOne(turns)
    }
  }

  /** One of them spoiled the transaction; which one is found by giving each its own. */
  async function commitOneByOne(turns: TurnToStore[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const turn of turns) outcomes.push(...(await commitAll([turn])))
    return outcomes
  }

  return {
    load: (place) => loads.add(place),
    recall: async (citizenKey) => recent.get(citizenKey) ?? recalls.add(citizenKey),
    forgetAll: () => recent.clear(),
    raw: (keys) => raws.add(keys),
    async commit(turn) {
      const outcome = await commits.add(turn)
      if ('error' in outcome) {
        recent.delete(turn.citizenKey)
        throw outcome.error
      }
      recent.set(turn.citizenKey, outcome.stored.conversation)
      return outcome.stored
    },
  }
}
