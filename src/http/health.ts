import { Router } from 'express'
import type { Registry } from 'prom-client'

/** The state of the grant that the account's administrator gave; never a reason to take the service out. */
export type GrantState = 'valid' | 'missing' | 'expired' | 'lost' | 'unknown'

/**
 * `/healthz`: the process lives. `/readyz`: the database answers, else 503; the state of the Zalo grant is told and judged by
 * people. `/metrics`: Prometheus, refreshed by `collect` before each reading.
 */
export function createHealthRouter(deps: {
  pingDatabase(timeoutMs: number): Promise<void>
  grantState(): Promise<GrantState>
  /** What is known of the account, as far as it may be told to anybody who reaches this page. */
  describeAccount?(): Promise<Record<string, unknown>>
  registry: Registry
  collect(): Promise<void>
  version: string
}): Router {
  const router = Router()

  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok', version: deps.version })
  })

  router.get('/readyz', async (_request, response) => {
    const isReady = await answers(deps.pingDatabase(pingTimeoutMs))
    // The grant is read from the database: asking while that is away would only wait again.
    const grant = isReady ? await deps.grantState().catch((): GrantState => 'unknown') : 'unknown'
    const zalo = isReady ? await deps.describeAccount?.().catch(() => undefined) : undefined
    response
      .status(isReady ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({
        status: isReady ? 'ready' : 'notReady',
        database: isReady ? 'up' : 'down',
        zaloGrant: grant,
        ...(zalo === undefined ? {} : { zalo }),
      })
  })

  router.get('/metrics', async (_request, response) => {
    // Figures of the process stay readable while the database is away.
    await answers(deps.collect())
    response.set('Content-Type', deps.registry.contentType).send(await deps.registry.metrics())
  })

  return router
}

const pingTimeoutMs = 1_500

async function answers(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), pingTimeoutMs)
  })
  const done = work.then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([done, late])
  } finally {
    clearTimeout(timer)
  }
}
