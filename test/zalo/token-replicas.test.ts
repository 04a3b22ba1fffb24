import { afterEach, expect, test } from 'vitest'
import { createFieldCipher } from '../../src/store/crypto.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createTokenStore } from '../../src/store/zalo-store.ts'
import { createTokenSource, type GrantAlert } from '../../src/zalo/token.ts'
import { createTransport } from '../../src/zalo/transport.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { testKeys } from '../support/road.ts'

const { uri } = testDatabase()
const closers: (() => Promise<void> | void)[] = []
let accounts = 0
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function account(): Promise<FakeZalo> {
  accounts += 1
  const zalo = await startFakeZalo({ oaId: `43180722${accounts}` })
  closers.push(() => zalo.stop())
  return zalo
}

/** A process with a connection of its own. */
async function replica(zalo: FakeZalo, options: { environmentRefreshToken?: string; alerts?: GrantAlert[] } = {}) {
  const database = await openDatabase({ uri })
  const transport = createTransport({ timeoutMs: 3_000 })
  closers.push(async () => {
    transport.close()
    await database.close()
  })
  const { oaId, appId, appSecret } = zalo.account
  const store = createTokenStore({ database, cipher: createFieldCipher(testKeys().dataKeys), oaId })
  const tokens = createTokenSource({
    store,
    transport,
    oauthUrl: zalo.url,
    appId,
    appSecret,
    now: Date.now,
    environmentRefreshToken: options.environmentRefreshToken,
    onAlert: (alert) => void options.alerts?.push(alert),
    timeouts: { lockPollMs: 20 },
  })
  return { store, tokens }
}

test('processes that all need a token at once make one refresh, and all call with what it brought', async () => {
  const zalo = await account()
  const environmentRefreshToken = zalo.tokens.refreshToken
  const alerts: GrantAlert[] = []
  const all = await Promise.all([1, 2, 3].map(() => replica(zalo, { environmentRefreshToken, alerts })))
  zalo.fail({ mode: 'slow', ms: 100 }, { path: 'access_token' })
  const got = await Promise.all(all.flatMap(({ tokens }) => [1, 2, 3].map(() => tokens.accessToken())))
  expect(new Set(got)).toEqual(new Set([zalo.tokens.accessToken]))
  expect(zalo.counts.refreshes).toBe(1)
  expect(alerts).toEqual([])
  const [first] = all
  expect((await first?.store.read())?.pair?.refreshToken).toBe(zalo.tokens.refreshToken)
  expect((await first?.tokens.status())?.grantedAt).toBeTypeOf('number')
})

test('a process that died with the lock in its hand keeps the others waiting only until the lock ends', async () => {
  const zalo = await account()
  const { store, tokens } = await replica(zalo, { environmentRefreshToken: zalo.tokens.refreshToken })
  expect(await store.tryLock('dead', 400)).toBe(true)
  expect(await store.tryLock('other', 400)).toBe(false)
  expect(await tokens.accessToken()).toBe(zalo.tokens.accessToken)
  expect(zalo.counts.refreshes).toBe(1)
})

test('a pair that one process refused is replaced for all, once', async () => {
  const zalo = await account()
  const environmentRefreshToken = zalo.tokens.refreshToken
  const [one, other] = await Promise.all([replica(zalo, { environmentRefreshToken }), replica(zalo)])
  const refused = await one.tokens.accessToken()
  expect(await other.tokens.accessToken()).toBe(refused)
  zalo.revokeAccessToken()
  const renewed = await Promise.all([one.tokens.renew(refused), other.tokens.renew(refused)])
  expect(new Set(renewed)).toEqual(new Set([zalo.tokens.accessToken]))
  expect(zalo.counts.refreshes).toBe(2)
})
