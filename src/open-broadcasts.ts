import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UnitDirectory } from './cases/case.ts'
import type { Config } from './config.ts'
import { openWindows } from './delivery/windows.ts'
import { createCoverRouter } from './http/public/broadcast-cover.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import { createArticleRuns } from './store/broadcast-articles.ts'
import { openBroadcastCollections } from './store/broadcast-documents.ts'
import { createReadOwnCases } from './store/broadcast-own-cases.ts'
import { createBroadcastRuns } from './store/broadcast-runs.ts'
import { createBroadcastStore } from './store/broadcast-store.ts'
import type { CaseCollections } from './store/case-documents.ts'
import { createChatFacts } from './store/chat-facts.ts'
import type { QueueNotices } from './store/outbox-store.ts'
import type { Attachments } from './usecases/attachments.ts'
import type { Audit } from './usecases/audit.ts'
import { communesOf } from './usecases/broadcast-communes.ts'
import { coverUrl } from './usecases/broadcast-message.ts'
import { createBroadcastTemplates } from './usecases/broadcast-templates.ts'
import { type BroadcastsDeps, createBroadcasts } from './usecases/broadcasts.ts'
import type { Units } from './usecases/case-ports.ts'
import type { OfficerLinkStore } from './usecases/officer-links.ts'
import type { Clock, Texts } from './usecases/ports.ts'
import { type OutboxStore, partitionOf } from './usecases/road.ts'
import { createArticleSteps } from './workers/broadcast-article.ts'
import { type BroadcastWorker, startBroadcasts } from './workers/broadcasts.ts'
import type { Sender } from './workers/outbox.ts'
import type { Partitions } from './workers/partitions.ts'
import type { ZaloClient } from './zalo/client.ts'
import { ZaloError } from './zalo/errors.ts'

/** What Zalo takes for a message after the free hours and the quota of the package (zalo §4.1). */
const MESSAGE_PRICE_VND = 55

/** What the province tells many people: those who write and watch it, and the worker that brings it to each. */
export async function openBroadcasts(deps: {
  config: Config
  stores: Stores
  cases: {
    collections: CaseCollections
    outboxStore: Pick<OutboxStore, 'userIds'> & { queueNotices: QueueNotices }
    attachments: Attachments
    audit: Audit
    units: Units & UnitDirectory
  }
  zalo: Pick<ZaloClient, 'articles' | 'profile'>
  links: Pick<OfficerLinkStore, 'find'>
  root: string
  /** The followers of the account; null where nobody knows. */
  followers(): number | null
  /** The name under an article. */
  author: string
  texts: Texts
  clock: Clock
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { config, stores, cases, texts, clock, logger, closers } = deps
  const { database } = stores
  const { publicUrl } = config.http
  const cipher = stores.keyring.fields
  const collections = await openBroadcastCollections(database)
  const store = createBroadcastStore({ database, collections })
  const communes = communesOf(cases.units)
  const runs = createBroadcastRuns({
    database,
    collections,
    cipher,
    readOwnCases: createReadOwnCases({ cases: cases.collections.cases, cipher, communeToday: communes.today }),
    keptDays: config.retention.chatDays,
  })
  const chats = createChatFacts(database)
  const templates = createBroadcastTemplates(
    JSON.parse(readFileSync(join(deps.root, 'data/broadcast-templates.json'), 'utf8')) as unknown,
    texts,
  )
  let worker: BroadcastWorker | null = null
  let hint: Sender['hint'] = () => undefined

  const sendTest: BroadcastsDeps['sendTest'] = async (login, body, now) => {
    const link = await deps.links.find(login)
    if (link === null) return 'noLinkedAccount'
    const { citizenKey } = link
    const facts = await chats.of(citizenKey)
    if (facts === null || !openWindows({ ...facts, unreachable: null }, now).isOpen) return 'ownWindowClosed'
    await database.transaction((session) =>
      cases.outboxStore.queueNotices(session, [{ citizenKey, messages: [{ body, priority: 3 }], now }]),
    )
    hint({ citizenKey, partition: partitionOf(citizenKey) })
    return 'sent'
  }

  const broadcasts = createBroadcasts({
    store,
    runs,
    units: cases.units,
    isCommune: communes.isOne,
    attachments: cases.attachments,
    texts,
    audit: cases.audit,
    sendTest,
    publicUrl,
    followers: deps.followers,
    messagePriceVnd: MESSAGE_PRICE_VND,
    now: clock.now,
    onChanged: () => worker?.wake(),
  })

  async function askFollowing(citizenKey: string): Promise<boolean | null> {
    const userId = (await cases.outboxStore.userIds([citizenKey])).get(citizenKey)
    if (userId === undefined) return null
    try {
      return (await deps.zalo.profile(userId)).isFollower ?? null
    } catch (error) {
      // It has answered, and will not say anything else the next time.
      if (error instanceof ZaloError && error.code === 'zalo_refused') return null
      throw error
    }
  }

  return {
    broadcasts,
    /** Figures that are read only when somebody asks for them. */
    async collect(): Promise<void> {
      for (const [state, count] of Object.entries(await runs.census())) deps.metrics.broadcasts.set({ state }, count)
    },
    templates,
    covers: createCoverRouter(broadcasts),
    mayLeave: (copy: Parameters<BroadcastWorker['mayLeave']>[0]) => worker?.mayLeave(copy) ?? Promise.resolve(true),
    start({ partitions, sender }: { partitions: Partitions; sender: Sender }): void {
      hint = sender.hint
      worker = startBroadcasts({
        store,
        runs,
        advanceArticle: createArticleSteps({
          platform: deps.zalo.articles,
          runs: createArticleRuns(collections),
          author: deps.author,
          coverUrl: (broadcast) => coverUrl(broadcast, publicUrl) ?? `${publicUrl}/assets/contact-card.png`,
          quietHours: config.quietHours,
          owner: partitions.owner,
          clock,
          logger: logger.child({ part: 'broadcasts' }),
        }),
        askFollowing,
        texts,
        publicUrl,
        quietHours: config.quietHours,
        owner: partitions.owner,
        clock,
        logger: logger.child({ part: 'broadcasts' }),
        onQueued: (places) => places.forEach(sender.hint),
        options: { aheadMax: aheadMax(config.zalo.ratePerMinute), handful: HANDFUL },
      })
      closers.add('broadcasts', () => worker?.stop())
    },
  }
}

/** People in one transaction: enough that it costs little for each, few enough that nobody's turn waits for it. */
const HANDFUL = 200

/** What can be sent in two seconds, so that the sender is never idle and a stop is heard soon. */
function aheadMax(ratePerMinute: number): number {
  return Math.max(20, Math.min(1_000, Math.floor(ratePerMinute / 30)))
}
