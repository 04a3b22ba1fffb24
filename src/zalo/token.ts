import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoredGrant, TokenPair, TokenStore } from '../usecases/ports.ts'
import { ZaloError } from './errors.ts'
import { createOAuth, type OAuthAnswer } from './oauth.ts'
import type { Transport } from './transport.ts'

/** What a person should hear of. Never carries a token. */
export type GrantAlert =
  /** The refresh token is dead (-14014, -14020): an administrator must consent again. */
  | { kind: 'grantLost'; code: string }
  /** An earlier refresh went out and its answer was never stored: the grant may be lost (zalo §2.3). */
  | { kind: 'refreshUncertain'; since: number }
  /** A new pair was obtained but could not be stored yet; it is kept in memory and tried again. */
  | { kind: 'pairNotStored' }
  /** Zalo refuses to refresh for another reason, mostly configuration (-14002, -14003, -14029). */
  | { kind: 'refreshRefused'; code: string }

export type GrantStatus = {
  state: 'ready' | 'none' | 'lost' | 'expired'
  accessExpiresAt?: number
  refreshExpiresAt?: number
  /** When the administrator consented, or the first tokens came by hand. */
  grantedAt?: number
  /** A refresh went out at this time and its answer is not stored. */
  pendingSince?: number
  lostCode?: string
}

export type TokenSource = {
  /** A token to call with; refreshes it when under five hours are left. Throws `ZaloError` when there is none. */
  accessToken(): Promise<string>
  /** Another token than this one, which Zalo just refused. Throws `ZaloError` when there is none to be had. */
  renew(refusedToken: string): Promise<string>
  /** Where the administrator consents (zalo §2.2). */
  consentUrl(options: { redirectUri: string; state: string; challenge?: string }): string
  /** Trades the code of the callback for a pair and stores it. Throws `ZaloError` with Zalo's number when refused. */
  exchangeCode(code: string, verifier?: string): Promise<void>
  /** For health pages and metrics; never throws and never refreshes. */
  status(): Promise<GrantStatus>
}

export type TokenSourceDeps = {
  store: TokenStore
  transport: Transport
  oauthUrl: string
  appId: string
  appSecret: string
  /** The real clock, never one that was moved: Zalo's tokens run by it. */
  now: () => number
  /** `ZALO_REFRESH_TOKEN`: used when none is stored or the stored one is dead, each value once. */
  environmentRefreshToken?: string | undefined
  onAlert?: (alert: GrantAlert) => void
  timeouts?: Partial<typeof defaultTimeouts>
}

const hourMs = 3_600_000
const refreshAheadMs = 5 * hourMs
const defaultTimeouts = {
  /** How long a pair from the store is used without looking again. */
  cacheMs: 30_000,
  lockMs: 20_000,
  lockWaitMs: 15_000,
  lockPollMs: 150,
  requestMs: 10_000,
  /** First pause after a refused or failed refresh; it doubles up to half an hour. */
  pauseMs: 5_000,
  saveRetryMs: 200,
  /** How soon a token that was refreshed because of a refusal may be refreshed for the same reason again. */
  forcedPauseMs: 60_000,
}
const pauseMaxMs = 30 * 60_000
const saveTries = 5
/** The stored refresh token, one that another replica stored meanwhile, and the one from the environment. */
const refreshTries = 3
const lostCodes: readonly string[] = ['-14014', '-14020']

/** Keeps the one grant of the account alive; all replicas share it through the store. */
export function createTokenSource(deps: TokenSourceDeps): TokenSource {
  const timeouts = { ...defaultTimeouts, ...deps.timeouts }
  const oauth = createOAuth({ ...deps, timeoutMs: timeouts.requestMs })
  const alert = deps.onAlert ?? (() => undefined)
  let cached: { pair: TokenPair; readAt: number } | undefined
  let unsaved: TokenPair | undefined
  let flight: Promise<string> | undefined
  let pausedUntil = 0
  let pauseMs = timeouts.pauseMs
  let forced: { token: string; at: number } | undefined
  let alertedPendingAt: number | undefined

  function obtainOnce(refusedToken: string | undefined): Promise<string> {
    flight ??= obtain(refusedToken).finally(() => {
      flight = undefined
    })
    return flight
  }

  async function obtain(refusedToken: string | undefined): Promise<string> {
    let grant = await readGrant()
    if (unsaved !== undefined) {
      // A consent given meanwhile is newer than what we hold.
      if ((grant.pair?.obtainedAt ?? 0) > unsaved.obtainedAt) unsaved = undefined
      else await save(unsaved)
      grant = await readGrant()
    }
    const ready = remember(grant, refusedToken)
    if (ready !== undefined) return ready
    // A token that still works serves while a better one cannot be had.
    const fallback = workingToken(grant.pair, refusedToken)
    try {
      requireRefreshToken(grant)
      if (deps.now() < pausedUntil) throw new ZaloError('zalo_unreachable', 'token refresh pauses after a failure')
      return await underLock(() => refreshUnderLock(refusedToken))
    } catch (cause) {
      // A pair that waits to be stored has already ended the life of the token before it.
      if (fallback !== undefined && unsaved === undefined) return fallback
      if (cause instanceof ZaloError) throw cause
      throw new ZaloError('zalo_grant_busy', 'the stored tokens cannot be changed', { cause })
    }
  }

  async function refreshUnderLock(refusedToken: string | undefined): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const grant = await readGrant()
      const ready = remember(grant, refusedToken)
      if (ready !== undefined) return ready
      const { refreshToken, isFromEnvironment } = requireRefreshToken(grant)
      tellPending(grant)
      const hash = hashOf(refreshToken)
      await deps.store.markPending(hash, deps.now(), { remember: isFromEnvironment })
      const answer = await oauth.refresh(refreshToken)
      if (answer.type === 'pair') {
        await save(answer.pair)
        return answer.pair.accessToken
      }
      if (!(await settleFailure(hash, answer)) || attempt === refreshTries) throw failure(answer)
      // The stored grant is dead; the one from the environment may still serve.
    }
  }

  /** Books a refresh that gave no pair; true where another refresh token may be tried at once. */
  async function settleFailure(hash: string, answer: Exclude<OAuthAnswer, { type: 'pair' }>): Promise<boolean> {
    if (answer.type === 'refused' && lostCodes.includes(answer.code)) {
      await deps.store.endPending(hash, { code: answer.code, at: deps.now() })
      const grant = await readGrant()
      // A replica that was slower than its lock may have stored the pair which this refresh token bought.
      if (grant.lost === undefined && grant.pair !== undefined) return true
      if (refreshTokenOf(grant) !== undefined) return true
      alert({ kind: 'grantLost', code: answer.code })
      return false
    }
    pausedUntil = deps.now() + pauseMs
    pauseMs = Math.min(pauseMs * 2, pauseMaxMs)
    // After a lost answer the mark stays: the token may be spent, and the next try must say so.
    if (answer.type !== 'lostAnswer') await deps.store.endPending(hash)
    if (answer.type === 'refused') alert({ kind: 'refreshRefused', code: answer.code })
    return false
  }

  function tellPending(grant: StoredGrant): void {
    if (grant.pending === undefined || grant.pending.at === alertedPendingAt) return
    alertedPendingAt = grant.pending.at
    alert({ kind: 'refreshUncertain', since: grant.pending.at })
  }

  /** The new pair is stored before anybody calls with it (zalo §2.3). */
  async function save(pair: TokenPair, options: { isConsent?: boolean } = {}): Promise<void> {
    const isNew = unsaved !== pair
    unsaved = pair
    for (let attempt = 1; ; attempt += 1) {
      try {
        await deps.store.saveNew(pair, options)
        break
      } catch (cause) {
        if (attempt < saveTries) {
          await sleep(timeouts.saveRetryMs * attempt)
          continue
        }
        if (isNew) alert({ kind: 'pairNotStored' })
        throw new ZaloError('zalo_grant_busy', 'the new tokens could not be stored yet', { cause })
      }
    }
    unsaved = undefined
    pauseMs = timeouts.pauseMs
    pausedUntil = 0
    cached = { pair, readAt: deps.now() }
  }

  async function readGrant(): Promise<StoredGrant> {
    try {
      return await deps.store.read()
    } catch (cause) {
      if (cached !== undefined && isWorking(cached.pair)) return { pair: cached.pair, usedHashes: [] }
      throw new ZaloError('zalo_grant_busy', 'the stored tokens cannot be read', { cause })
    }
  }

  /** The stored token where it needs no refresh. */
  function remember(grant: StoredGrant, refusedToken: string | undefined): string | undefined {
    const pair = grant.pair
    if (pair === undefined || pair.accessToken === refusedToken) return undefined
    // A dead grant cannot be refreshed, but its last access token works until it ends.
    const isGood = grant.lost === undefined ? isFresh(pair) : isWorking(pair) && refreshTokenOf(grant) === undefined
    if (!isGood) return undefined
    cached = { pair, readAt: deps.now() }
    return pair.accessToken
  }

  function workingToken(pair: TokenPair | undefined, refusedToken: string | undefined): string | undefined {
    return pair !== undefined && pair.accessToken !== refusedToken && isWorking(pair) ? pair.accessToken : undefined
  }

  function isFresh(pair: TokenPair): boolean {
    // Short-lived tokens of a stand-in would otherwise be refreshed at every call.
    const lifeMs = pair.accessExpiresAt - pair.obtainedAt
    return pair.accessExpiresAt - deps.now() > Math.min(refreshAheadMs, lifeMs / 2)
  }

  function isWorking(pair: TokenPair): boolean {
    return pair.accessExpiresAt > deps.now()
  }

  function refreshTokenOf(grant: StoredGrant): { refreshToken: string; isFromEnvironment: boolean } | undefined {
    const { pair, lost, pending, usedHashes } = grant
    if (pair !== undefined && lost === undefined && pair.refreshToken !== '') {
      return { refreshToken: pair.refreshToken, isFromEnvironment: false }
    }
    const offered = deps.environmentRefreshToken ?? ''
    if (offered === '') return undefined
    const hash = hashOf(offered)
    // A value whose answer never came may still be good: it is not used up until Zalo says so.
    const isUsed = usedHashes.includes(hash) && pending?.hash !== hash
    return isUsed ? undefined : { refreshToken: offered, isFromEnvironment: true }
  }

  function requireRefreshToken(grant: StoredGrant): { refreshToken: string; isFromEnvironment: boolean } {
    const found = refreshTokenOf(grant)
    if (found !== undefined) return found
    if (grant.pair === undefined && grant.lost === undefined) {
      throw new ZaloError('zalo_no_grant', 'no administrator has consented yet')
    }
    const code = grant.lost?.code
    throw new ZaloError('zalo_grant_lost', 'the grant is dead; an administrator must consent again', {
      ...(code === undefined ? {} : { zaloCode: code }),
    })
  }

  async function underLock<T>(work: () => Promise<T>): Promise<T> {
    // A name of its own for each piece of work: a refresh and a consent in one process exclude each other too.
    const holder = randomUUID()
    const startedAt = performance.now()
    while (!(await deps.store.tryLock(holder, timeouts.lockMs))) {
      if (performance.now() - startedAt > timeouts.lockWaitMs) {
        throw new ZaloError('zalo_grant_busy', 'another process is refreshing the tokens')
      }
      await sleep(timeouts.lockPollMs)
    }
    try {
      return await work()
    } finally {
      // The lock ends by itself; failing to give it back must not hide what the work found.
      await deps.store.unlock(holder).catch(() => undefined)
    }
  }

  return {
    async accessToken() {
      const now = deps.now()
      if (cached !== undefined && now - cached.readAt < timeouts.cacheMs && isFresh(cached.pair)) {
        return cached.pair.accessToken
      }
      return obtainOnce(undefined)
    },

    async renew(refusedToken) {
      if (cached !== undefined && cached.pair.accessToken !== refusedToken && isWorking(cached.pair)) {
        return cached.pair.accessToken
      }
      if (forced?.token === refusedToken && deps.now() - forced.at < timeouts.forcedPauseMs) {
        // Refused although it is brand-new: the fault is not in the token, and each refresh spends one.
        throw new ZaloError('zalo_refused', 'a token that was just refreshed is refused')
      }
      let token = await obtainOnce(refusedToken)
      // A flight that began before the refusal may have ended with the very token that was refused.
      if (token === refusedToken) token = await obtainOnce(refusedToken)
      forced = { token, at: deps.now() }
      return token
    },

    consentUrl: (options) => oauth.consentUrl(options),

    async exchangeCode(code, verifier) {
      await underLock(async () => {
        const answer = await oauth.exchange(code, verifier)
        if (answer.type !== 'pair') throw failure(answer)
        await save(answer.pair, { isConsent: true })
      })
    },

    async status() {
      const grant = await deps.store.read().catch(() => undefined)
      const pair = grant?.pair ?? cached?.pair
      const state =
        grant?.lost !== undefined ? 'lost' : pair === undefined ? 'none' : isWorking(pair) ? 'ready' : 'expired'
      return {
        state,
        ...(pair === undefined
          ? {}
          : { accessExpiresAt: pair.accessExpiresAt, refreshExpiresAt: pair.refreshExpiresAt }),
        ...(grant?.grantedAt === undefined ? {} : { grantedAt: grant.grantedAt }),
        ...(grant?.pending === undefined ? {} : { pendingSince: grant.pending.at }),
        ...(grant?.lost === undefined ? {} : { lostCode: grant.lost.code }),
      }
    },
  }
}

function failure(answer: Exclude<OAuthAnswer, { type: 'pair' }>): ZaloError {
  if (answer.type !== 'refused') return new ZaloError('zalo_unreachable', `token endpoint: ${answer.code}`)
  const code = lostCodes.includes(answer.code) ? 'zalo_grant_lost' : 'zalo_refused'
  return new ZaloError(code, `token endpoint refused: ${answer.code}`, { zaloCode: answer.code })
}

function hashOf(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex')
}
