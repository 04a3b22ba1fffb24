import { partitionOf } from '../usecases/road.ts'
import type { CaseEvent, CourierStore, WebhookFilter, WebhookTarget } from '../usecases/webhook-ports.ts'
import { type Courier, type CourierDeps, type CourierOptions, createCourier, defaultCourierOptions } from './courier.ts'
import { startLoop } from './loop.ts'
import type { Partitions } from './partitions.ts'

/**
 * Gives out what has changed to whoever wants to be told, and tells them. Each receiver, and the giving out, belong to one share
 * of the work, so that one process at a time does it.
 */
export function startWebhooks(
  deps: Omit<CourierDeps, 'isOwned' | 'options'> & {
    store: CourierStore
    partitions: Partitions
    wants(filter: WebhookFilter, event: CaseEvent): boolean
    options?: Partial<CourierOptions> & {
      /** @default 500 */
      pollMs?: number
    }
  },
): { stop(): Promise<void> } {
  const { store, partitions, logger } = deps
  const options = { ...defaultCourierOptions, pollMs: 500, ...deps.options }
  const couriers = new Map<string, Courier>()
  /** Couriers that finish what they have in hand; nobody else takes their receiver up before. */
  const leaving = new Map<string, Promise<void>>()
  let isStopped = false

  async function dispatch(): Promise<void> {
    while (!isStopped && partitions.isOwned(DISPATCH_SHARE)) {
      const moved = await store.dispatch(EVENTS_AT_ONCE, deps.wants, Date.now())
      if (moved > 0) sending.wake()
      if (moved < EVENTS_AT_ONCE) return
    }
  }

  async function send(): Promise<void> {
    const targets = (await store.targets()).filter(({ id }) => partitions.isOwned(shareOf(id)))
    const owned = new Set(targets.map(({ id }) => id))
    void leave((id) => !owned.has(id))
    const free = targets.filter(({ id }) => !isStopped && !leaving.has(id))
    await Promise.all(free.map((target) => courierOf(target).fill()))
  }

  function courierOf(target: WebhookTarget): Courier {
    const existing = couriers.get(target.id)
    existing?.update(target)
    const isOwned = () => partitions.isOwned(shareOf(target.id))
    const courier = existing ?? createCourier(target, { ...deps, isOwned, options })
    couriers.set(target.id, courier)
    return courier
  }

  async function leave(isLeft: (id: string) => boolean): Promise<void> {
    for (const [id, courier] of [...couriers].filter(([id]) => isLeft(id))) {
      couriers.delete(id)
      leaving.set(
        id,
        courier.stop().finally(() => leaving.delete(id)),
      )
    }
    await Promise.all([...leaving].filter(([id]) => isLeft(id)).map(([, left]) => left))
  }

  const sending = startLoop({ step: send, pauseMs: options.pollMs, logger, name: 'webhooks' })
  const dispatching = startLoop({ step: dispatch, pauseMs: options.pollMs, logger, name: 'case events' })
  partitions.onLost(async (lost) => {
    const gone = new Set(lost)
    await leave((id) => gone.has(shareOf(id)))
  })

  return {
    async stop() {
      isStopped = true
      await Promise.all([dispatching.stop(), sending.stop()])
      await leave(() => true)
    },
  }
}

/** In one transaction; each may become as many deliveries as there are receivers. */
const EVENTS_AT_ONCE = 100
const DISPATCH_SHARE = partitionOf('case events')

function shareOf(webhookId: string): number {
  return partitionOf(`webhook ${webhookId}`)
}
