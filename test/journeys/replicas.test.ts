import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestApp, startTestProcess } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type SmsProvider, startSmsProvider } from '../support/hosts.ts'
import { openOfficers } from '../support/officers.ts'
import { canTestWithRedis, startRedis } from '../support/redis.ts'
import { until } from '../support/until.ts'

const CITIZENS = 6
/** A lease of the service, and what a busy machine may add. */
const TAKEN_OVER_WITHIN_MS = 8_000 + 7_000
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

describe.each(canTestWithRedis() ? ['without Redis', 'with Redis'] : ['without Redis'])(
  'three replicas on one database %s',
  (what) => {
    const { uri } = testDatabase()

    test('serve everybody exactly once and in order; one that is killed is replaced within its lease', async () => {
      const zalo = await startFakeZalo({ echoes: true, receipts: true })
      const sms = await startSmsProvider()
      closers.push(zalo.stop, sms.stop)
      const redis = what === 'with Redis' ? await startRedis() : null
      if (redis !== null) closers.push(redis.kill)
      const env = {
        DATA_KEYS: `k1:${randomBytes(32).toString('base64')}`,
        PUBLIC_URL: 'http://pakn.example.vn',
        SMS_URL: sms.url,
        SMS_TOKEN: sms.token,
        ...(redis === null ? {} : { REDIS_URL: redis.url }),
      }
      const options = { uri, zalo, env, keepsWebhook: true }
      const [one, two, doomed] = await Promise.all([
        startTestApp(options),
        startTestApp(options),
        startTestProcess(options),
      ])
      closers.push(one.stop, two.stop, doomed.stop)
      const everywhere = [one, two, doomed].map(({ url }) => `${url}/webhooks/zalo`)
      const owned = () => Promise.all([one, two, doomed].map((each) => each.metric('pakn_partitions_owned')))
      await until('the work is shared out', async () => (await owned()).every((count) => count > 15), 20_000)

      // Each copy of an event comes to another replica.
      const everyones = spread(zalo, everywhere)
      const citizens = Array.from({ length: CITIZENS }, (_, index) =>
        createCitizen(everyones, `846102739551889000${index}`, { deliveries: 3, patienceMs: 15_000 }),
      )
      const codes = await Promise.all(citizens.map((citizen, index) => fileCase(everyones, citizen, sms, index)))
      expect(new Set(codes).size).toBe(CITIZENS)
      const officers = await openOfficers(one.env, one.url)
      const { body } = await officers.get('intake', '/cases?limit=100')
      expect(body.items.map((item: { code: string }) => item.code).toSorted()).toEqual(codes.toSorted())
      for (const code of codes) {
        expect((await officers.get('intake', `/cases/${code}`)).body.content).toMatch(/phần 1\nphần 2\nphần 3\nphần 4$/)
      }
      // The same talk for all: nobody heard anything twice, late or not at all.
      const talks = citizens.map((citizen, index) => plain(citizen, codes[index] ?? ''))
      for (const talk of talks) expect(talk).toEqual(talks[0])
      expect(zalo.counts.refreshes).toBe(1)

      // Redis has no part in what follows.
      if (redis !== null) return
      await doomed.end('SIGKILL')
      const alive = everywhere.slice(0, 2)
      const startedAt = performance.now()
      await Promise.all(
        citizens.map(async ({ id }) => {
          const survivor = createCitizen(spread(zalo, alive), id, { patienceMs: TAKEN_OVER_WITHIN_MS })
          expect(await survivor.say('tra cứu')).toContain('PAKN.')
        }),
      )
      expect(performance.now() - startedAt).toBeLessThan(TAKEN_OVER_WITHIN_MS)
      for (const [index, citizen] of citizens.entries()) {
        expect(citizen.heard()).toHaveLength((talks[index]?.length ?? 0) + 1)
      }
      expect(zalo.counts.refreshes).toBe(1)
      expect(one.logged() + two.logged()).not.toContain('"level":"error"')
    }, 90_000)
  },
)

/** The same Zalo, whose events go to one address after the other. */
function spread(zalo: FakeZalo, addresses: string[]): FakeZalo {
  let turn = 0
  return {
    ...zalo,
    post(event, options) {
      zalo.setWebhook(addresses[turn % addresses.length])
      turn += 1
      return zalo.post(event, options)
    },
  }
}

async function fileCase(zalo: FakeZalo, citizen: Citizen, sms: SmsProvider, index: number): Promise<string> {
  const phone = `8490577700${index}`.padEnd(11, '0')
  await citizen.say('em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả')
  await citizen.tap('Đồng ý, tiếp tục')
  // As a bad network may carry them.
  const startedAt = Date.now()
  const parts = [4, 2, 1, 3].map((part) =>
    zalo.events.userSendsText(citizen.id, `phần ${part}`, { at: startedAt + part }),
  )
  await citizen.after(() => Promise.all([...parts, ...parts].map((event) => zalo.post(event))))
  const summary = await fillForm(citizen, {
    content: null,
    phone: `0${phone.slice(2)}`,
    code: async () => {
      await until('a code comes by SMS', () => sms.codeFor(phone) !== undefined)
      return sms.codeFor(phone) ?? ''
    },
  })
  expect(summary).toContain('Xin xem lại trước khi gửi')
  const filed = await citizen.tap('GỬI PHẢN ÁNH')
  return /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0] ?? filed
}

/** What was heard, without what differs from one citizen to the next. */
function plain(citizen: Citizen, code: string): string[] {
  return citizen.heard().map((words) => words.replaceAll(code, 'CODE').replaceAll(/0905 777 \d{3}|\d{2}:\d{2}/g, '…'))
}
