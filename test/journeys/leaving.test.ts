import mongoose from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataRequestSchema } from '../../src/http/api/data-requests.ts'
import { pageOf } from '../../src/http/api/schemas.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type SmsProvider, startSmsProvider } from '../support/hosts.ts'
import { MATTER } from '../support/matter.ts'
import { type Officers, openOfficers, pakn } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri, name: databaseName } = testDatabase()
let app: TestApp
let zalo: FakeZalo
let sms: SmsProvider
let officers: Officers
let client: mongoose.mongo.MongoClient

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true, receipts: true })
  sms = await startSmsProvider()
  app = await startTestApp({ uri, zalo, env: { SMS_URL: sms.url, SMS_TOKEN: sms.token, DATA_REQUEST_DAYS: '20' } })
  officers = await openOfficers(app.env, app.url)
  await pakn(
    ['user', 'add', '--login', 'dpo', '--name', 'Đỗ Dữ Liệu', '--unit', 'QN-VP', '--role', 'dataProtectionOfficer'],
    app.env,
  )
  officers.tokens.dpo = await pakn(['token', 'add', '--login', 'dpo'], app.env)
  client = await mongoose.mongo.MongoClient.connect(uri)
})
afterAll(async () => {
  await client.close()
  await app.stop()
  await Promise.all([zalo.stop(), sms.stop()])
})

const collection = (name: string) => client.db(databaseName).collection<{ _id: string; [key: string]: unknown }>(name)

async function fileCase(citizen: Citizen, phone: string): Promise<string> {
  const codeOf = async () => {
    await until('a code comes by SMS', () => sms.codeFor(phone) !== undefined)
    return sms.codeFor(phone) ?? null
  }
  await fillForm(citizen, { content: MATTER, phone: `0${phone.slice(2)}`, code: codeOf })
  return /PAKN\.\d{8}\.\d{4}/.exec(await citizen.tap('GỬI PHẢN ÁNH'))?.[0] ?? ''
}

const chatOf = async (): Promise<{ following: unknown; unreachable: { code?: string } | null }> =>
  (await collection('conversations').findOne({})) as never

const ask = (code: string) =>
  officers.act('intake', code, {
    act: 'requestSupplement',
    missing: 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ',
    replyBy: new Date(Date.now() + 15 * 86_400_000).toISOString().slice(0, 10),
  })
const smsTo = (phone: string) => sms.sent.filter(({ to }) => to === phone).map(({ text }) => text)

test('whoever unfollows is told of the case another way, and whoever takes the data back is left alone in Zalo', async () => {
  const phone = '84905000341'
  const citizen = createCitizen(zalo, '7719402268835146341')
  const code = await fileCase(citizen, phone)
  expect(code).not.toBe('')

  await zalo.post(zalo.events.userUnfollows(citizen.id))
  await until('it is kept', async () => (await chatOf()).unreachable?.code === 'unfollowed')
  expect((await chatOf()).following).toBe(false)
  const heard = citizen.heard().length
  await ask(code)
  await until('an SMS goes out', () => smsTo(phone).some((text) => text.includes(code)), 20_000)
  expect(citizen.heard()).toHaveLength(heard)

  await zalo.post(zalo.events.userFollows(citizen.id))
  await until('they are back', async () => (await chatOf()).unreachable === null)
  expect((await chatOf()).following).toBe(true)

  await until('they are greeted', () => citizen.heard().length > heard)
  const event = zalo.events.userWithdraws(citizen.id)
  expect(await zalo.post(event)).toBe(200)
  expect(await zalo.post(event)).toBe(200)
  await until('it is kept', async () => (await chatOf()).unreachable?.code === 'withdrawn')

  const page = pageOf(dataRequestSchema).parse((await officers.get('dpo', '/data-requests')).body)
  expect(page.items).toHaveLength(1)
  const [request] = page.items
  expect(request).toMatchObject({ state: 'open', caseCodes: [code], source: 'zaloWithdraw' })
  expect(request?.id).toMatch(/^DL\.\d{8}\.[0-9A-F]{6}$/)
  const { body: history } = await officers.get('intake', `/cases/${code}/history`)
  const lines = history.items.filter(({ act }: { act: string }) => act === 'dataWithdrawn')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ actor: 'citizen', data: { request: request?.id, dueBy: request?.dueBy } })
  await until('the intake hears of it', async () => {
    const { body } = await officers.get('intake', '/me/notices')
    return body.items.some(({ kind }: { kind: string }) => kind === 'dataWithdrawn')
  })
  await until(
    'the data protection officer hears of it',
    async () => {
      const { body } = await officers.get('dpo', '/me/notices')
      return body.items.some(({ text }: { text: string }) => text.includes(request?.id ?? '-'))
    },
    25_000,
  )
  expect(await app.metric('pakn_data_requests')).toBe(1)

  // Only the data protection officer sees and ends it.
  expect((await officers.get('intake', '/data-requests')).status).toBe(403)
  expect((await officers.post('leader', `/data-requests/${request?.id}/acts`, { act: 'acknowledge' })).status).toBe(403)
  const act = (body: object) => officers.post('dpo', `/data-requests/${request?.id}/acts`, body)
  expect((await act({ act: 'acknowledge' })).body).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'dpo' } })
  expect((await act({ act: 'acknowledge' })).status).toBe(422)
  expect((await act({ act: 'complete', outcome: 'partly' })).status).toBe(422)
  const done = await act({ act: 'complete', outcome: 'partly', reason: 'Hồ sơ lưu theo Luật Lưu trữ.' })
  expect(done.body).toMatchObject({ state: 'done', done: { outcome: 'partly', by: 'dpo' } })
  expect((await officers.get('dpo', '/data-requests?state=done')).body.items).toHaveLength(1)
  expect(await app.metric('pakn_data_requests')).toBe(0)

  // Who writes again is spoken to again.
  expect(await citizen.say('menu')).toMatch(/Ông\/Bà/)
  expect((await chatOf()).unreachable).toBeNull()
  expect(app.logged()).not.toContain(citizen.id)
}, 90_000)
