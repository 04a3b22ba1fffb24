import type { Logger } from '../logger.ts'
import {
  type AccountFacts,
  type AccountFactsStore,
  type GrantFacts,
  RECONSENT_SOON_DAYS,
  reconsentInDays,
} from '../usecases/account-watch.ts'
import { type FactValue, ownFacts, type SharedFacts } from '../usecases/shared-facts.ts'
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
  /** Absent: this process is alone. */
  shared?: SharedFacts
  /** The platform said no, or could not be asked. */
  isPlatformAway(error: unknown): boolean
  now(): number
  logger: Logger
  /** @default 600000 */
  pollMs?: number
}): AccountWatch {
  const { logger } = deps
  const pollMs = deps.pollMs ?? 600_000
  const shared = deps.shared ?? ownFacts
  let known: AccountFacts | null = null
  // What one process was told or has asked, the others need not ask for.
  shared.follow(FACT, (_key, value) => {
    const found = factsIn(value)
    if (found !== null && found.at > (known?.at ?? 0)) known = found
  })
  let trouble: string | null = null
  let isFirst = true
  let warnedOn = ''

  async function step(): Promise<void> {
    known ??= await deps.store.read()
    try {
      known = { ...(await deps.ask()), at: deps.now() }
      await deps.store.write(known)
      shared.tell(FACT, { json: JSON.stringify(known) })
      const before = trouble
      // A trouble of which an earlier process spoke may be over as well.
      if (before !== null || (isFirst && deps.shared !== undefined))
        shared.sayOnce(TROUBLE, '', () => logger.info({ before }, 'the Zalo account answers again'))
      trouble = null
      isFirst = false
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
    shared.sayOnce(TROUBLE, kind, () => {
      if (isGrant) logger.error(facts, 'the Zalo account cannot be used: connect it again (pakn zalo connect)')
      else logger.warn(facts, 'the Zalo account cannot be asked now')
    })
  }

  async function warnOfEnd(): Promise<void> {
    const now = deps.now()
    const days = reconsentInDays(await deps.grant(), now)
    const today = new Date(now).toISOString().slice(0, 10)
    if (days === null || days > RECONSENT_SOON_DAYS || warnedOn === today) return
    warnedOn = today
    shared.sayOnce('account/reconsent', today, () =>
      logger.error(
        { alert: 'reconsentSoon', days },
        'the Zalo grant ends in so many days and has not been renewed: connect the account again (pakn zalo connect)',
      ),
    )
  }

  const loop = startLoop({ step, pauseMs: pollMs, failurePauseMaxMs: 60_000, logger, name: 'account' })
  return { facts: () => known, wake: loop.wake, stop: loop.stop }
}

const FACT = 'account/facts'
const TROUBLE = 'account/trouble'

/** What another process was told; null where it cannot be read, as after an upgrade. */
function factsIn(value: FactValue): AccountFacts | null {
  if (typeof value?.json !== 'string') return null
  try {
    return JSON.parse(value.json) as AccountFacts
  } catch {
    return null
  }
}
