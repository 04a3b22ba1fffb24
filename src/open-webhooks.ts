import type { Config } from './config.ts'
import { createWebhookPost } from './delivery/webhook-post.ts'
import { signWebhook } from './delivery/webhook-signature.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import { createCourierStore } from './store/webhook-deliveries.ts'
import { openWebhookCollections } from './store/webhook-documents.ts'
import { createWebhookStore } from './store/webhook-store.ts'
import type { Audit } from './usecases/audit.ts'
import { isWanted } from './usecases/case-events.ts'
import type { Units } from './usecases/case-ports.ts'
import { COUNT_MAX, createWebhooks, type Webhooks } from './usecases/webhooks.ts'
import type { Partitions } from './workers/partitions.ts'
import { startWebhooks } from './workers/webhooks.ts'

/** Other systems are told of changes from here on; everything runs when this resolves. */
export async function openWebhooks(deps: {
  config: Pick<Config, 'webhooks'>
  stores: Pick<Stores, 'database' | 'keyring'>
  units: Units
  audit: Audit
  partitions: Partitions
  metrics: Metrics
  logger: Logger
  closers: Closers
}): Promise<{ webhooks: Webhooks; collect(): Promise<void> }> {
  const { config, stores, units, metrics, logger, closers } = deps
  const { database, keyring } = stores
  const collections = await openWebhookCollections(database)
  const store = createWebhookStore({ collections, cipher: keyring.fields })
  const receivers = createWebhookPost({ hosts: config.webhooks })
  closers.add('webhook connections', () => receivers.close())
  const unreadable = new Set<string>()
  const worker = startWebhooks({
    store: createCourierStore({
      database,
      collections,
      cipher: keyring.fields,
      onUnreadable(id, error) {
        // It is looked at again and again; once is enough to be told.
        if (!unreadable.has(id)) logger.error({ err: error, webhook: id }, 'a webhook cannot be opened')
        unreadable.add(id)
      },
    }),
    post: receivers.post,
    sign: signWebhook,
    wants: (filter, event) => isWanted(filter, event, units),
    partitions: deps.partitions,
    metrics,
    logger,
  })
  closers.add('webhooks', () => worker.stop())

  return {
    // Deadlines and signatures are of the real time, however far the service's clock was moved for a training.
    webhooks: createWebhooks({ store, units, judgeAddress: receivers.judge, audit: deps.audit, now: Date.now }),

    /** Figures that are read only when somebody asks for them. */
    async collect() {
      metrics.caseEventsWaiting.set(await collections.events.estimatedDocumentCount())
      const found = await store.list()
      const counts = await Promise.all(found.map(({ id }) => store.counts(id, COUNT_MAX)))
      for (const gauge of [metrics.webhookState, metrics.webhookWaiting, metrics.webhookDead]) gauge.reset()
      for (const [index, { id, state }] of found.entries()) {
        metrics.webhookState.set({ webhook: id, state }, 1)
        metrics.webhookWaiting.set({ webhook: id }, counts[index]?.waiting ?? 0)
        metrics.webhookDead.set({ webhook: id }, counts[index]?.dead ?? 0)
      }
    },
  }
}
