import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import { openChannels } from '../../src/open-channels.ts'
import { createClosers } from '../../src/open-stores.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { openSharedFactStore } from '../../src/store/shared-facts.ts'
import { startSharedFacts } from '../../src/workers/shared-facts.ts'
import { createCalls } from '../../src/zalo/calls.ts'
import { createMemoryCounter, createRateLimiter } from '../../src/zalo/rate.ts'
import { parseTemplates } from '../../src/zalo/template-registry.ts'
import { createTransport } from '../../src/zalo/transport.ts'
import { type Answering, startAnsweringServer } from '../support/answering-server.ts'
import { channelMessage } from '../support/channel-message.ts'
import { testDatabase } from '../support/database.ts'
import { sentences } from '../support/sentences.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const TEMPLATES = parseTemplates(
  'zbs.json',
  JSON.stringify({ N3: { template_id: '418203', parameters: { ma: 'code' } } }),
)
const known = { userId: null, phone: '+84905000123', email: null }
const silent = createLogger({ level: 'silent' })
let closers = createClosers(silent)
let database: Database
let server: Awaited<ReturnType<typeof startAnsweringServer>>
const answers: { sms: Answering; zbs: Answering } = { sms: {}, zbs: {} }
let lines: string[] = []

beforeAll(async () => {
  database = await openDatabase({ uri })
  server = await startAnsweringServer(({ path }) => (path === '/sms' ? answers.sms : answers.zbs))
})
beforeEach(() => {
  answers.sms = { json: { id: 'sms-1' } }
  answers.zbs = { json: { error: 0, data: { msg_id: 'z', quota: { dailyQuota: '500', remainingQuota: '499' } } } }
})
afterEach(async () => {
  await closers.closeAll()
  closers = createClosers(silent)
  lines = []
  await database.collection('sharedFacts').deleteMany({})
})
afterAll(async () => {
  await server.stop()
  await database.close()
})

/** The channels of a process of its own, which reads nothing of the platform by itself. */
async function replica() {
  const facts = await startSharedFacts({ store: await openSharedFactStore(database), logger: silent, pollMs: 20 })
  closers.add('facts', () => facts.stop())
  const transport = createTransport()
  closers.add('transport', () => transport.close())
  const tokens = {
    accessToken: async () => 'token',
    renew: async () => 'token',
    consentUrl: () => '',
    exchangeCode: async () => undefined,
    status: async () => ({ state: 'none' as const }),
  }
  const limiter = createRateLimiter({ perMinute: 6_000_000, counter: createMemoryCounter() })
  const calls = createCalls({ transport, baseUrl: server.url, appSecret: '', tokens, limiter })
  const channels = openChannels({
    config: {
      sms: { url: `${server.url}/sms`, token: 'sms-token' },
      smsStyle: { accents: false, partsMax: 2 },
      mail: null,
      http: { publicUrl: 'https://pakn.example.vn' } as never,
    },
    templates: TEMPLATES,
    calls: { oa: calls, business: calls },
    texts: sentences(),
    facts,
    metrics: createMetrics(),
    logger: createLogger({ level: 'info', destination: { write: (line) => void lines.push(JSON.parse(line).msg) } }),
    closers,
  })
  const channel = (name: 'template' | 'sms') => {
    const found = channels.list.find((one) => one.name === name)
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  return {
    event: channels.onAccountChange,
    hindrance: (name: 'template' | 'sms') => channel(name).hindrance('N3', known, Date.now()),
    send: (name: 'template' | 'sms') => channel(name).send(known, channelMessage({ notice: 'N3' })),
  }
}
type Change = Parameters<Awaited<ReturnType<typeof replica>>['event']>[0]
const status = (after: string) =>
  ({ key: `e-${after}`, what: 'templateStatus', templateId: '418203', after }) as unknown as Change

test('an event about a template that one process got is known to all, said once, and known after a restart', async () => {
  const [one, two] = [await replica(), await replica()]
  one.event(status('DISABLE'))
  expect(one.hindrance('template')).toBe('templateDisabled')
  await until('the other knows', () => two.hindrance('template') === 'templateDisabled')
  const three = await replica()
  expect(three.hindrance('template')).toBe('templateDisabled')
  two.event(status('ENABLE'))
  await until(
    'all know that it is over',
    () => one.hindrance('template') === null && three.hindrance('template') === null,
  )
  await until('it was said', () => lines.length >= 2)
  await closers.closeAll()
  expect(lines).toEqual(['a template cannot be sent: notices take other ways', 'a template can be sent again'])
})

test('an empty account and a spent quota keep every process from trying, and are said once', async () => {
  const [one, two] = [await replica(), await replica()]
  answers.zbs = { json: { error: -115, message: 'no balance' } }
  await one.send('template')
  await until('the other knows', () => two.hindrance('template') === 'noBalance')
  // Both meet it again; nobody says it again.
  await two.send('template')
  answers.zbs = { json: { error: 0, data: { msg_id: 'z', quota: { dailyQuota: '500', remainingQuota: '0' } } } }
  await two.send('template')
  await until('the first knows of the quota', () => one.hindrance('template') === 'noQuota')
  await closers.closeAll()
  expect(lines).toEqual([
    'the account cannot send templates: balance, right or link to the cloud account',
    'the account may send templates again',
    'the quota of template messages of the day is near its end',
  ])
})

test('a provider that refuses one process is left alone by all, until it takes something from any of them', async () => {
  const [one, two] = [await replica(), await replica()]
  answers.sms = { status: 401 }
  await one.send('sms')
  expect(one.hindrance('sms')).toBe('providerRefuses')
  await until('the other knows', () => two.hindrance('sms') === 'providerRefuses')
  expect((await replica()).hindrance('sms')).toBe('providerRefuses')
  answers.sms = { json: { id: 'sms-2' } }
  await two.send('sms')
  await until('the first knows that it is over', () => one.hindrance('sms') === null)
  await closers.closeAll()
  expect(lines).toEqual(['the provider of a channel refuses us: login, right or balance', 'the channel works again'])
})

test('the last word on a fact stands, and of what was never said the end is no news', async () => {
  const store = await openSharedFactStore(database)
  await store.write([{ key: 'a', value: { n: 1 } }])
  const first = await store.read(null)
  await store.write([
    { key: 'a', value: { n: 2 } },
    { key: 'b', value: null },
  ])
  expect(first.facts).toEqual([{ key: 'a', value: { n: 1 } }])
  expect((await store.read(first.mark)).facts).toEqual(
    expect.arrayContaining([
      { key: 'a', value: { n: 2 } },
      { key: 'b', value: null },
    ]),
  )
  expect(await store.claim('x', '')).toBe(false)
  const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim('x', 'bad')))
  expect(claims.filter(Boolean)).toHaveLength(1)
  expect([await store.claim('x', ''), await store.claim('x', ''), await store.claim('x', 'bad')]).toEqual([
    true,
    false,
    true,
  ])
})
