import { randomBytes } from 'node:crypto'
import { createWebhookPost } from '../../src/delivery/webhook-post.ts'
import { signWebhook } from '../../src/delivery/webhook-signature.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createPartitionStore } from '../../src/store/partition-store.ts'
import { createCourierStore } from '../../src/store/webhook-deliveries.ts'
import { openWebhookCollections } from '../../src/store/webhook-documents.ts'
import { isWanted } from '../../src/usecases/case-events.ts'
import type { CourierOptions } from '../../src/workers/courier.ts'
import { startPartitions } from '../../src/workers/partitions.ts'
import { startWebhooks } from '../../src/workers/webhooks.ts'
import type { House } from '../http/api/support.ts'

/** Everything goes at a quick pace; nothing is given up. */
export const quickCourier: Partial<CourierOptions> & { pollMs: number } = {
  pollMs: 20,
  retryFirstMs: 30,
  retryMaxMs: 120,
  probeFirstMs: 30,
  probeMaxMs: 60,
  stopAfterMs: 100,
}

export type WebhookWorker = Awaited<ReturnType<typeof startWebhookWorker>>

/** A process that tells receivers, with a database connection of its own, joined as `open-webhooks.ts` joins it. */
export async function startWebhookWorker(
  uri: string,
  house: Pick<House, 'cipher' | 'units'>,
  asked: {
    hosts: readonly string[]
    options?: Partial<CourierOptions>
    timeoutMs?: number
    leaseMs?: number
  },
) {
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } })
  const metrics = createMetrics()
  const database = await openDatabase({ uri })
  const leaseMs = asked.leaseMs ?? 4_000
  const processId = randomBytes(6).toString('hex')
  const partitions = await startPartitions({
    store: createPartitionStore({ database, leaseMs }),
    run: { processId, owner: `${processId}/1`, isHeir: false },
    leaseMs,
    logger,
  })
  const receivers = createWebhookPost({
    hosts: { suffixes: [], origins: asked.hosts, insideHosts: [] },
    timeoutMs: asked.timeoutMs ?? 2_000,
  })
  const collections = await openWebhookCollections(database)
  const worker = startWebhooks({
    store: createCourierStore({
      database,
      collections,
      cipher: house.cipher,
      onUnreadable: (webhook) => logger.error({ webhook }, 'unreadable'),
    }),
    post: receivers.post,
    sign: signWebhook,
    wants: (filter, event) => isWanted(filter, event, house.units),
    partitions,
    metrics,
    logger,
    options: { ...quickCourier, ...asked.options },
  })
  return {
    partitions,
    logged: () => lines.join(''),
    async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
      const found = await metrics.registry.getSingleMetric(name)?.get()
      const values = found?.values ?? []
      const fitting = values.filter((one) =>
        Object.entries(labels).every(([label, value]) => (one.labels as Record<string, unknown>)[label] === value),
      )
      return fitting.reduce((sum, { value }) => sum + value, 0)
    },
    async stop() {
      await worker.stop()
      await partitions.stop()
      receivers.close()
      await database.close()
    },
    /** Ends as if it were killed: nothing can be recorded any more, and no lease is given back. */
    async crash() {
      await database.close()
      await worker.stop().catch(() => undefined)
      await partitions.stop().catch(() => undefined)
      receivers.close()
    },
  }
}
