import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StoredGrant, TokenPair } from '../../src/usecases/ports.ts'
import { challengeOf, createPkce } from '../../src/zalo/oauth.ts'
import { createTokenSource, type GrantAlert } from '../../src/zalo/token.ts'
import { createTransport, type Transport } from '../../src/zalo/transport.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { createMemoryTokenStore } from '../support/memory-stores.ts'

const hour = 3_600_000
const fast = { lockPollMs: 10, lockWaitMs: 800, requestMs: 1_000, saveRetryMs: 5, cacheMs: 0, pauseMs: 50 }

let zalo: FakeZalo
let transport: Transport
let alerts: GrantAlert[]
let clockMs: number

beforeEach(async () => {
  zalo = await startFakeZalo({ refreshToken: 'first-refresh-token' })
  transport = createTransport()
  alerts = []
  clockMs = Date.now()
})

afterEach(async () => {
  transport.close()
  await zalo.stop()
})

function source(memory: ReturnType<typeof createMemoryTokenStore>, more: { environment?: string; url?: string } = {}) {
  return createTokenSource({
    store: memory.store,
    transport,
    oauthUrl: more.url ?? zalo.url,
    appId: zalo.account.appId,
    appSecret: zalo.account.appSecret,
    now: () => clockMs,
    environmentRefreshToken: more.environment,
    onAlert: (alert) => alerts.push(alert),
    timeouts: fast,
  })
}

function pair(more: Partial<TokenPair> = {}): TokenPair {
  return {
    accessToken: 'old-access-token',
    refreshToken: zalo.tokens.refreshToken,
    obtainedAt: clockMs - 20 * hour,
    accessExpiresAt: clockMs + 5 * hour - 1,
    refreshExpiresAt: clockMs + 1000 * hour,
    ...more,
  }
}

const stored = (more: Partial<StoredGrant> = {}) => createMemoryTokenStore({ pair: pair(), ...more })
const refreshes = () => zalo.calls.filter((call) => call.route === '/v4/oa/access_token')
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

describe('a grant in good health', () => {
  test('a token with more than five hours left is used as it is', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs + 5 * hour + 60_000 }) })
    expect(await source(memory).accessToken()).toBe('old-access-token')
    expect(zalo.calls).toEqual([])
  })

  test('a token with less is refreshed as Zalo wants it, and the pair stored before it is used', async () => {
    const memory = stored()
    const used = zalo.tokens.refreshToken
    const token = await source(memory).accessToken()
    expect(token).toBe(zalo.tokens.accessToken)
    expect(memory.grant()).toEqual({
      pair: {
        accessToken: zalo.tokens.accessToken,
        refreshToken: zalo.tokens.refreshToken,
        obtainedAt: clockMs,
        accessExpiresAt: clockMs + 25 * hour,
        refreshExpiresAt: clockMs + 90 * 24 * hour,
      },
      grantedAt: expect.any(Number),
      usedHashes: [],
    })
    expect(memory.state.events).toEqual(['pending', 'saved'])
    expect(refreshes()[0]).toMatchObject({
      body: { app_id: zalo.account.appId, refresh_token: used, grant_type: 'refresh_token' },
      headers: { secret_key: zalo.account.appSecret, 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(alerts).toEqual([])
  })

  test('many callers at once, in several replicas, make one refresh', async () => {
    const memory = stored()
    const replicas = [source(memory), source(memory), source(memory)]
    const tokens = await Promise.all(
      replicas.flatMap((replica) => Array.from({ length: 20 }, () => replica.accessToken())),
    )
    expect(new Set(tokens)).toEqual(new Set([zalo.tokens.accessToken]))
    expect(zalo.counts.refreshes).toBe(1)
  })

  test('a replica takes up the pair that another one stored', async () => {
    const memory = stored()
    const [first, second] = [source(memory), source(memory)]
    await first.accessToken()
    expect(await second.accessToken()).toBe(await first.accessToken())
    expect(zalo.counts.refreshes).toBe(1)
  })

  test('a life written as a number is understood', async () => {
    await zalo.stop()
    zalo = await startFakeZalo({ refreshToken: 'first-refresh-token', expiresInSeconds: 7200, oddTypes: true })
    const memory = stored()
    await source(memory).accessToken()
    expect(memory.grant().pair?.accessExpiresAt).toBe(clockMs + 2 * hour)
  })

  test('status tells when the tokens end and asks Zalo nothing', async () => {
    const memory = stored()
    expect(await source(memory).status()).toEqual({
      state: 'ready',
      accessExpiresAt: memory.grant().pair?.accessExpiresAt,
      refreshExpiresAt: memory.grant().pair?.refreshExpiresAt,
    })
    expect(await source(createMemoryTokenStore()).status()).toEqual({ state: 'none' })
    memory.state.isDown = true
    expect(await source(memory).status()).toEqual({ state: 'none' })
    expect(zalo.calls).toEqual([])
  })
})

describe('a token that Zalo refuses', () => {
  test('is renewed once for all who met it', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs + 20 * hour }) })
    const tokens = source(memory)
    const refused = await tokens.accessToken()
    const renewed = await Promise.all(Array.from({ length: 10 }, () => tokens.renew(refused)))
    expect(new Set(renewed)).toEqual(new Set([zalo.tokens.accessToken]))
    expect(zalo.counts.refreshes).toBe(1)
  })

  test('is replaced by the one another replica has stored meanwhile, without a refresh', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs + 20 * hour }) })
    const tokens = source(memory)
    await tokens.accessToken()
    memory.setGrant({ pair: pair({ accessToken: 'newer', accessExpiresAt: clockMs + 20 * hour }), usedHashes: [] })
    expect(await tokens.renew('old-access-token')).toBe('newer')
    expect(zalo.calls).toEqual([])
  })

  test('straight after its renewal is not renewed again: the fault lies elsewhere', async () => {
    const tokens = source(stored({ pair: pair({ accessExpiresAt: clockMs + 20 * hour }) }))
    const renewed = await tokens.renew(await tokens.accessToken())
    await expect(tokens.renew(renewed)).rejects.toMatchObject({ code: 'zalo_refused' })
    expect(zalo.counts.refreshes).toBe(1)
    clockMs += 61_000
    await tokens.renew(renewed)
    expect(zalo.counts.refreshes).toBe(2)
  })
})

describe('a dead refresh token', () => {
  test.each([-14014, -14020])('%i ends refreshing, alerts once and says so', async (code) => {
    zalo.fail({ mode: 'error', code }, { times: Number.POSITIVE_INFINITY })
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs - 1 }) })
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost', zaloCode: String(code) })
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost', zaloCode: String(code) })
    await expect(source(memory).accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost' })
    expect(refreshes()).toHaveLength(1)
    expect(alerts).toEqual([{ kind: 'grantLost', code: String(code) }])
    expect(await tokens.status()).toMatchObject({ state: 'lost', lostCode: String(code) })
    expect(memory.grant().pending).toBeUndefined()
  })

  test('leaves the last access token in use until it ends', async () => {
    zalo.fail({ mode: 'error', code: -14014 }, { times: Number.POSITIVE_INFINITY })
    const tokens = source(stored())
    expect(await tokens.accessToken()).toBe('old-access-token')
    expect(await tokens.accessToken()).toBe('old-access-token')
    expect(refreshes()).toHaveLength(1)
    clockMs += 6 * hour
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost' })
  })

  test('comes back to life by consent', async () => {
    const memory = stored({ pair: pair({ refreshToken: 'dead', accessExpiresAt: clockMs - 1 }) })
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost' })
    const { verifier, challenge } = createPkce()
    await tokens.exchangeCode(zalo.issueCode(challenge), verifier)
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
    expect(await tokens.status()).toMatchObject({ state: 'ready' })
  })

  test('that another replica spent and replaced meanwhile is not a lost grant', async () => {
    const memory = stored({ pair: pair({ refreshToken: 'spent by a slow replica', accessExpiresAt: clockMs - 1 }) })
    const { store } = memory
    const markPending = store.markPending
    store.markPending = async (...parameters) => {
      await markPending(...parameters)
      // The slow replica stores what it bought while this one is asking.
      await store.saveNew(pair({ accessToken: 'theirs', accessExpiresAt: clockMs + 25 * hour, obtainedAt: clockMs }))
    }
    expect(await source(memory).accessToken()).toBe('theirs')
    expect(alerts).toEqual([])
    expect(memory.grant().lost).toBeUndefined()
  })
})

describe('a refresh token from the environment', () => {
  test('starts the grant when none is stored, and is remembered as used', async () => {
    const memory = createMemoryTokenStore()
    const tokens = source(memory, { environment: 'first-refresh-token' })
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
    expect(memory.grant().usedHashes).toEqual([hashOf('first-refresh-token')])
    expect(JSON.stringify(memory.grant().usedHashes)).not.toContain('first-refresh-token')
  })

  test('is left alone while the stored one lives', async () => {
    const memory = stored()
    await source(memory, { environment: 'other' }).accessToken()
    expect(memory.grant().usedHashes).toEqual([])
    expect(refreshes()).toHaveLength(1)
  })

  test('takes over at once when the stored one is found dead', async () => {
    const memory = stored({ pair: pair({ refreshToken: 'dead', accessExpiresAt: clockMs - 1 }) })
    expect(await source(memory, { environment: 'first-refresh-token' }).accessToken()).toBe(zalo.tokens.accessToken)
    expect(refreshes()).toHaveLength(2)
    expect(alerts).toEqual([])
    expect(memory.grant().lost).toBeUndefined()
  })

  test('serves once: a used value is not tried again after the grant is lost', async () => {
    const memory = createMemoryTokenStore({ usedHashes: [hashOf('first-refresh-token')] })
    await expect(source(memory, { environment: 'first-refresh-token' }).accessToken()).rejects.toMatchObject({
      code: 'zalo_no_grant',
    })
    expect(zalo.calls).toEqual([])
  })

  test('that is dead is tried once only, over restarts too', async () => {
    const memory = createMemoryTokenStore()
    for (let start = 0; start < 3; start += 1) {
      await expect(source(memory, { environment: 'wrong' }).accessToken()).rejects.toMatchObject({
        code: 'zalo_grant_lost',
      })
    }
    expect(refreshes()).toHaveLength(1)
    expect(await source(memory, { environment: 'first-refresh-token' }).accessToken()).toBe(zalo.tokens.accessToken)
  })

  test('none at all is no grant', async () => {
    for (const environment of [undefined, '']) {
      const more = environment === undefined ? {} : { environment }
      await expect(source(createMemoryTokenStore(), more).accessToken()).rejects.toMatchObject({
        code: 'zalo_no_grant',
      })
    }
  })
})

describe('a refresh that goes wrong', () => {
  test('a crash between answer and store is told at the next refresh (zalo §2.3)', async () => {
    const memory = stored({
      pair: pair({ refreshToken: 'spent', accessExpiresAt: clockMs - 1 }),
      pending: { hash: hashOf('spent'), at: clockMs - 60_000 },
    })
    await expect(source(memory).accessToken()).rejects.toMatchObject({ code: 'zalo_grant_lost' })
    expect(alerts).toEqual([
      { kind: 'refreshUncertain', since: clockMs - 60_000 },
      { kind: 'grantLost', code: '-14014' },
    ])
  })

  test('a crash before the request left costs nothing but the alert', async () => {
    const token = zalo.tokens.refreshToken
    const memory = createMemoryTokenStore({
      usedHashes: [hashOf(token)],
      pending: { hash: hashOf(token), at: clockMs },
    })
    expect(await source(memory, { environment: token }).accessToken()).toBe(zalo.tokens.accessToken)
    expect(alerts).toEqual([{ kind: 'refreshUncertain', since: clockMs }])
  })

  test('an answer that never came leaves the mark, and the working token in use', async () => {
    zalo.fail({ mode: 'timeout' })
    const memory = stored()
    const tokens = source(memory)
    expect(await tokens.accessToken()).toBe('old-access-token')
    expect(memory.grant().pending).toMatchObject({ hash: hashOf(zalo.tokens.refreshToken) })
    clockMs += 1000
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
    expect(alerts.map((alert) => alert.kind)).toEqual(['refreshUncertain'])
    expect(memory.grant().pending).toBeUndefined()
  })

  test.each([
    ['a gateway page', { mode: 'html502' } as const],
    ['a cut connection', { mode: 'reset' } as const],
    ['an empty object', { mode: 'answer', status: 200, body: '{}' } as const],
  ])('%s is no grant lost', async (_name, fault) => {
    zalo.fail(fault)
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs - 1 }) })
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_unreachable' })
    expect(memory.grant().lost).toBeUndefined()
    clockMs += 1000
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
  })

  test('nobody listening: the refresh token is unspent, and tries pause longer and longer', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs - 1 }) })
    const tokens = source(memory, { url: 'http://127.0.0.1:9' })
    await expect(tokens.accessToken()).rejects.toMatchObject({
      code: 'zalo_unreachable',
      message: 'token endpoint: refused',
    })
    expect(memory.grant().pending).toBeUndefined()
    await expect(tokens.accessToken()).rejects.toMatchObject({ message: expect.stringContaining('pauses') })
    clockMs += 60
    await expect(tokens.accessToken()).rejects.toMatchObject({ message: 'token endpoint: refused' })
    clockMs += 60
    await expect(tokens.accessToken()).rejects.toMatchObject({ message: expect.stringContaining('pauses') })
    expect(alerts).toEqual([])
  })

  test.each([-14002, -14003, -14029, -99])('refusal %i is a matter of configuration: alert and pause', async (code) => {
    zalo.fail({ mode: 'error', code })
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs - 1 }) })
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_refused', zaloCode: String(code) })
    expect(alerts).toEqual([{ kind: 'refreshRefused', code: String(code) }])
    expect(memory.grant().lost).toBeUndefined()
    expect(refreshes()).toHaveLength(1)
  })

  test('a store that fails for a moment does not lose the pair', async () => {
    const memory = stored()
    memory.state.savesToFail = 3
    const tokens = source(memory)
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
    expect(memory.grant().pair?.accessToken).toBe(zalo.tokens.accessToken)
    expect(alerts).toEqual([])
  })

  test('a pair that cannot be stored is not used, kept, told once, and stored as soon as it can be', async () => {
    const memory = stored()
    memory.state.savesToFail = 11
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_busy' })
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_busy' })
    expect(memory.grant().pair?.accessToken).toBe('old-access-token')
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
    expect(memory.grant().pair?.refreshToken).toBe(zalo.tokens.refreshToken)
    expect(zalo.counts.refreshes).toBe(1)
    expect(alerts).toEqual([{ kind: 'pairNotStored' }])
  })

  test('a pair that could not be stored gives way to a consent given meanwhile', async () => {
    const memory = stored()
    memory.state.savesToFail = 5
    const tokens = source(memory)
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_busy' })
    const newer = pair({ accessToken: 'consented', obtainedAt: clockMs + 1, accessExpiresAt: clockMs + 25 * hour })
    memory.setGrant({ pair: newer, usedHashes: [] })
    expect(await tokens.accessToken()).toBe('consented')
    expect(memory.grant().pair).toEqual(newer)
  })

  test('another replica at work: its pair is waited for', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs - 1 }) })
    memory.holdLock(100)
    setTimeout(() => {
      memory.setGrant({ pair: pair({ accessToken: 'theirs', accessExpiresAt: clockMs + 25 * hour }), usedHashes: [] })
    }, 50)
    expect(await source(memory).accessToken()).toBe('theirs')
    expect(zalo.calls).toEqual([])
  })

  test('another replica that hangs: no second refresh, the working token or a clear refusal', async () => {
    const memory = stored()
    memory.holdLock(5000)
    expect(await source(memory).accessToken()).toBe('old-access-token')
    memory.setGrant({ pair: pair({ accessExpiresAt: clockMs - 1 }), usedHashes: [] })
    await expect(source(memory).accessToken()).rejects.toMatchObject({ code: 'zalo_grant_busy' })
    expect(zalo.calls).toEqual([])
  })

  test('a database that is away lets the known token work on', async () => {
    const memory = stored({ pair: pair({ accessExpiresAt: clockMs + 6 * hour }) })
    const tokens = source(memory)
    await tokens.accessToken()
    memory.state.isDown = true
    expect(await tokens.accessToken()).toBe('old-access-token')
    clockMs += 2 * hour
    expect(await tokens.accessToken()).toBe('old-access-token')
    clockMs += 5 * hour
    await expect(tokens.accessToken()).rejects.toMatchObject({ code: 'zalo_grant_busy' })
  })
})

describe('consent', () => {
  test('the address carries what Zalo wants and nothing else', () => {
    const url = new URL(
      source(createMemoryTokenStore()).consentUrl({
        redirectUri: 'https://pakn.example.vn/zalo/callback',
        state: 's',
        challenge: 'c',
      }),
    )
    expect(url.pathname).toBe('/v4/oa/permission')
    expect([...url.searchParams]).toEqual([
      ['app_id', zalo.account.appId],
      ['redirect_uri', 'https://pakn.example.vn/zalo/callback'],
      ['code_challenge', 'c'],
      ['state', 's'],
    ])
    expect(url.href).toContain('redirect_uri=https%3A%2F%2Fpakn.example.vn%2Fzalo%2Fcallback')
  })

  test('a verifier is 43 mixed letters and digits, fresh each time', () => {
    const { verifier, challenge } = createPkce()
    expect(verifier).toMatch(/^[A-Za-z0-9]{43}$/)
    expect(challenge).toMatch(/^[\w-]{43}$/)
    expect(challenge).toBe(challengeOf(verifier))
    expect(createPkce().verifier).not.toBe(verifier)
    // RFC 7636, appendix B.
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    )
  })

  test('a code buys a pair once, without PKCE too', async () => {
    const memory = createMemoryTokenStore()
    const tokens = source(memory)
    const code = zalo.issueCode()
    await tokens.exchangeCode(code)
    expect(memory.grant().pair?.accessToken).toBe(zalo.tokens.accessToken)
    await expect(tokens.exchangeCode(code)).rejects.toMatchObject({ code: 'zalo_refused', zaloCode: '-14012' })
    expect(memory.grant().pair?.accessToken).toBe(zalo.tokens.accessToken)
  })

  test('a wrong verifier is refused and leaves the stored pair', async () => {
    const memory = stored()
    const { challenge } = createPkce()
    await expect(source(memory).exchangeCode(zalo.issueCode(challenge), 'wrong')).rejects.toMatchObject({
      zaloCode: '-14024',
    })
    expect(memory.grant().pair?.accessToken).toBe('old-access-token')
  })

  test('waits for a refresh in the same process', async () => {
    const memory = stored()
    const tokens = source(memory)
    zalo.fail({ mode: 'slow', ms: 80 })
    const refresh = tokens.accessToken()
    await vi.waitFor(() => expect(memory.state.events).toEqual(['pending']))
    await tokens.exchangeCode(zalo.issueCode())
    const token = await refresh
    expect(memory.state.saves.map((saved) => saved.accessToken)).toEqual([token, zalo.tokens.accessToken])
    expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
  })

  test('no error tells a token, a code or a secret', async () => {
    const tokens = source(stored({ pair: pair({ refreshToken: 'dead-secret', accessExpiresAt: clockMs - 1 }) }))
    const errors = [
      await tokens.accessToken().catch((error: unknown) => error),
      await tokens.exchangeCode('code-secret', 'verifier-secret').catch((error: unknown) => error),
    ]
    for (const error of errors) {
      const told = `${(error as Error).stack} ${JSON.stringify(error)}`
      for (const secret of ['dead-secret', 'code-secret', 'verifier-secret', zalo.account.appSecret]) {
        expect(told).not.toContain(secret)
      }
    }
  })
})
