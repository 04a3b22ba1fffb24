import type { Logger } from '../logger.ts'
import {
  type AccountFacts,
  type AccountFactsStore,
  type GrantFacts,
  RECONSENT_SOON_DAYS,
  reconsentInDays,
} from '../usecases/account-watch.ts'
import { startLoop } from './loop.ts'

export type AccountWatch = {
  /** What the platform last said of the account, by whichever process. */
  facts(): AccountFacts | null
  /** Asks now: something about the account has changed. */
  wake(): void
  stop(): Promise<void>
}

/**
 * Asks the platform about the account, at the start and every few minutes. The question needs a token, so a quiet account keeps its
 * grant alive, and a grant that is dead is known before a citizen waits for an answer.
 */
export function startAccountWatch(deps: {
  ask(): Promise<Omit<AccountFacts, 'at'>>
  grant(): Promise<GrantFacts>
  store: AccountFactsStore
  /** The platform said no, or could not be asked. */
  isPlatformAway(error: unknown): boolean
  now(): number
  logger: Logger
  /** @default 600000 */
  pollMs?: number
}): AccountWatch {
  const { logger } = deps
  const pollMs = deps.pollMs ?? 600_000
  let known: AccountFacts | null = null
  let trouble: string | null = null
  let warnedOn = ''

  async function step(): Promise<void> {
    known ??= await deps.store.read()
    try {
      known = { ...(await deps.ask()), at: deps.now() }
      await deps.store.write(known)
      if (trouble !== null) logger.info({ before: trouble }, 'the Zalo account answers again')
      trouble = null
    } catch (error) {
      if (!deps.isPlatformAway(error)) throw error
      tellTrouble(error)
    }
    await warnOfEnd()
  }

  /** One line for each kind of trouble, not one for each time it is met. */
  function tellTrouble(error: unknown): void {
    const { code = 'unknown', zaloCode } = error as { code?: string; zaloCode?: string }
    const kind = [code, zaloCode].filter((part) => part !== undefined).join(' ')
    if (kind === trouble) return
    trouble = kind
    const isGrant = code === 'zalo_no_grant' || code === 'zalo_grant_lost' || code === 'zalo_refused'
    const facts = { alert: isGrant ? 'zaloGrant' : 'zaloAway', code, zaloCode }
    if (isGrant) logger.error(facts, 'the Zalo account cannot be used: connect it again (pakn zalo connect)')
    else logger.warn(facts, 'the Zalo account cannot be asked now')
  }

  async function warnOfEnd(): Promise<void> {
    const now = deps.now()
    const days = reconsentInDays(await deps.grant(), now)
    const today = new Date(now).toISOString().slice(0, 10)
    if (days === null || days > RECONSENT_SOON_DAYS || warnedOn === today) return
    warnedOn = today
    logger.error(
      { alert: 'reconsentSoon', days },
      'the Zalo grant ends in so many days and has not been renewed: connect the account again (pakn zalo connect)',
    )
  }

  const loop = startLoop({ step, pauseMs: pollMs, failurePauseMaxMs: 60_000, logger, name: 'account' })
  return { facts: () => known, wake: loop.wake, stop: loop.stop }
}
