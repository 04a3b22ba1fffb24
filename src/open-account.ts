import type { GrantState } from './http/health.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import type { Zalo } from './open-zalo.ts'
import { createAccountFactsStore } from './store/zalo-store.ts'
import { type GrantFacts, grantAgeDays, reconsentInDays } from './usecases/account-watch.ts'
import type { SharedFacts } from './usecases/shared-facts.ts'
import { startAccountWatch } from './workers/account.ts'

const GRANT_STATES = { ready: 'valid', none: 'missing', lost: 'lost', expired: 'expired' } as const
const DAY_SECONDS = 86_400

/** Looks after the account and its grant: package, type, quota, age, and the day by which to consent again. */
export function openAccount(deps: {
  zalo: Pick<Zalo, 'client' | 'tokens'>
  stores: Stores
  oaId: string
  facts: SharedFacts
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { zalo, metrics } = deps

  async function grant(): Promise<GrantFacts> {
    const status = await zalo.tokens.status()
    return {
      state: GRANT_STATES[status.state],
      grantedAt: status.grantedAt ?? null,
      reconsentBy: status.refreshExpiresAt ?? null,
    }
  }

  const watch = startAccountWatch({
    async ask() {
      const account = await zalo.client.account()
      // An account that tells no quota is asked for all the same: the rest of the answer counts.
      const quota = await zalo.client.quota().catch(() => null)
      return {
        type: account.type ?? null,
        isVerified: account.isVerified,
        packageName: account.packageName ?? null,
        packageValidThrough: account.packageValidThrough ?? null,
        followers: account.followers ?? null,
        quota,
      }
    },
    grant,
    store: createAccountFactsStore({ database: deps.stores.database, oaId: deps.oaId }),
    shared: deps.facts,
    isPlatformAway: (error) => error instanceof Error && error.name === 'ZaloError',
    now: Date.now,
    logger: deps.logger.child({ part: 'account' }),
  })
  deps.closers.add('account', () => watch.stop())

  return {
    wake: watch.wake,
    grantState: async (): Promise<GrantState> => (await grant()).state,
    /** What is left of the package for messages outside the free window; null where nobody knows. */
    quotaLeft: (): number | null => watch.facts()?.quota?.left ?? null,

    followers: (): number | null => watch.facts()?.followers ?? null,

    /** For the body of `/readyz`. */
    async describe() {
      const [facts, now] = [watch.facts(), Date.now()]
      const found = await grant()
      return {
        grant: found.state,
        grantAgeDays: grantAgeDays(found, now),
        reconsentInDays: reconsentInDays(found, now),
        type: facts?.type ?? null,
        isVerified: facts?.isVerified ?? null,
        package: facts?.packageName ?? null,
        packageValidThrough: facts?.packageValidThrough ?? null,
        quotaLeft: facts?.quota?.left ?? null,
        quotaTotal: facts?.quota?.total ?? null,
      }
    },

    /** Figures that are read only when somebody asks for them. */
    async collect(): Promise<void> {
      const [facts, now] = [watch.facts(), Date.now()]
      const found = await grant()
      metrics.grantValid.set(found.state === 'valid' ? 1 : 0)
      set(metrics.grantAge, grantAgeDays(found, now), DAY_SECONDS)
      set(metrics.reconsent, reconsentInDays(found, now), DAY_SECONDS)
      set(metrics.quotaLeft, facts?.quota?.left ?? null, 1)
      set(metrics.quotaTotal, facts?.quota?.total ?? null, 1)
      metrics.accountInfo.reset()
      if (facts === null) return
      const { type, packageName, packageValidThrough, isVerified } = facts
      metrics.accountInfo.set(
        {
          type: String(type ?? ''),
          package: packageName ?? '',
          valid_through: packageValidThrough ?? '',
          verified: String(isVerified),
        },
        1,
      )
    },
  }
}

/** A figure that is not known is not there, rather than 0. */
function set(
  gauge: { set(value: number): void; reset(): void; remove(): void },
  value: number | null,
  factor: number,
): void {
  if (value === null) gauge.remove()
  else gauge.set(value * factor)
}
