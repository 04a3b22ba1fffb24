import { afterEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openSharedFactStore } from '../../src/store/shared-facts.ts'
import { createAccountFactsStore } from '../../src/store/zalo-store.ts'
import { type AccountFacts, type GrantFacts, grantAgeDays, reconsentInDays } from '../../src/usecases/account-watch.ts'
import { startAccountWatch } from '../../src/workers/account.ts'
import { startSharedFacts } from '../../src/workers/shared-facts.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { until } from '../support/until.ts'
import { createTestClient } from '../support/zalo-client.ts'

const { uri } = testDatabase()
const dayMs = 86_400_000
const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(
  options: { zalo?: FakeZalo; grant?: Partial<GrantFacts>; now?: () => number; pollMs?: number; isShared?: true } = {},
) {
  const zalo = options.zalo ?? (await startFakeZalo())
  const rig = createTestClient(zalo)
  const database = await openDatabase({ uri })
  const logged: { alert?: string; msg: string; days?: number }[] = []
  const shared =
    options.isShared === undefined
      ? undefined
      : await startSharedFacts({
          store: await openSharedFactStore(database),
          logger: createLogger({ level: 'silent' }),
          pollMs: 20,
        })
  const watch = startAccountWatch({
    ...(shared === undefined ? {} : { shared }),
    async ask() {
      const {
        type = null,
        isVerified,
        packageName = null,
        packageValidThrough = null,
        followers = null,
      } = await rig.client.account()
      return { type, isVerified, packageName, packageValidThrough, followers, quota: await rig.client.quota() }
    },
    grant: async () => ({ state: 'valid', grantedAt: null, reconsentBy: null, ...options.grant }),
    store: createAccountFactsStore({ database, oaId: zalo.account.oaId }),
    isPlatformAway: (error) => error instanceof Error && error.name === 'ZaloError',
    now: options.now ?? Date.now,
    logger: createLogger({
      level: 'info',
      destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
    }),
    pollMs: options.pollMs ?? 10,
  })
  closers.push(async () => {
    await watch.stop()
    await shared?.stop()
    await database.close()
    rig.transport.close()
    if (options.zalo === undefined) await zalo.stop()
  })
  return { zalo, watch, logged, rig }
}

describe('several processes', () => {
  test('know what one of them was told, and one of them speaks of an end that is near', async () => {
    const grant = { reconsentBy: Date.now() + 3 * dayMs }
    const quiet = await start({ isShared: true, pollMs: 3_600_000, grant })
    await until('it is known', () => quiet.watch.facts() !== null)
    const before = quiet.watch.facts()?.at ?? 0
    const asking = await start({ isShared: true, grant })
    await until('the other knows it as well', () => (quiet.watch.facts()?.at ?? 0) > before)
    expect(quiet.zalo.calls.filter(({ route }) => route.includes('getoa'))).toHaveLength(1)
    await until('it was said', () => [...quiet.logged, ...asking.logged].some(({ alert }) => alert === 'reconsentSoon'))
    for (const close of closers.splice(0).reverse()) await close()
    expect([...quiet.logged, ...asking.logged].filter(({ alert }) => alert === 'reconsentSoon')).toHaveLength(1)
  })
})

describe('the account', () => {
  test('is known from the start, to a process whose Zalo is away as well', async () => {
    const first = await start()
    await until('it is known', () => first.watch.facts() !== null)
    const expected: Partial<AccountFacts> = {
      type: 2,
      packageName: 'Tăng trưởng',
      packageValidThrough: '31/12/2026',
      isVerified: true,
      quota: { left: 493, total: 500 },
    }
    expect(first.watch.facts()).toMatchObject(expected)
    const away = await startFakeZalo()
    closers.push(() => away.stop())
    away.fail({ mode: 'html502' }, { path: 'getoa', times: Number.POSITIVE_INFINITY })
    const second = await start({ zalo: away })
    await until('it is known', () => second.watch.facts() !== null)
    expect(second.watch.facts()).toMatchObject(expected)
    await until('it is tried again', () => away.calls.filter(({ route }) => route.includes('getoa')).length > 3)
    expect(second.logged.filter(({ alert }) => alert === 'zaloAway')).toHaveLength(1)
  })

  test('keeps its grant alive while nobody writes', async () => {
    const zalo = await startFakeZalo({ expiresInSeconds: 2 })
    closers.push(() => zalo.stop())
    await start({ zalo, pollMs: 100 })
    await until('tokens were renewed', () => zalo.counts.refreshes >= 3, 15_000)
  })

  test('that refuses says so once, and when it answers again', async () => {
    const { zalo, logged } = await start()
    await until('it is asked', () => zalo.calls.length > 2)
    zalo.fail({ mode: 'error', code: -219 }, { path: 'getoa', times: 5 })
    await until('it answers again', () => logged.some(({ msg }) => msg.includes('answers again')))
    expect(logged.filter(({ alert }) => alert === 'zaloGrant')).toHaveLength(1)
  })
})

describe('a grant that is not renewed', () => {
  test('is spoken of once a day from two weeks before its end', async () => {
    let now = Date.parse('2026-11-23T09:00:00+07:00')
    const { logged, zalo } = await start({ grant: { reconsentBy: now + 15 * dayMs }, now: () => now })
    const asked = async () => {
      const before = zalo.calls.length
      await until('it is asked', () => zalo.calls.length > before + 4)
    }
    const said = () => logged.filter(({ alert }) => alert === 'reconsentSoon').map(({ days }) => days)
    await asked()
    expect(said()).toEqual([])
    now += dayMs
    await asked()
    expect(said()).toEqual([14])
    now += 4 * dayMs
    await asked()
    expect(said()).toEqual([14, 10])
  })

  test('has its age and its end in whole days', () => {
    const facts: GrantFacts = { state: 'valid', grantedAt: 0, reconsentBy: 90 * dayMs }
    expect([grantAgeDays(facts, 2.5 * dayMs), reconsentInDays(facts, 2.5 * dayMs)]).toEqual([2, 87])
    expect(reconsentInDays(facts, 91 * dayMs)).toBe(0)
    expect(reconsentInDays({ ...facts, reconsentBy: null }, 0)).toBeNull()
  })
})
