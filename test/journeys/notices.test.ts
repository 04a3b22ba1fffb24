import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { MATTER } from '../support/matter.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()

let app: TestApp
let zalo: FakeZalo
let officers: Officers

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true, receipts: true })
  app = await startTestApp({ uri, zalo, env: { MIN_IDENTITY_LEVEL: '1' } })
  officers = await openOfficers(app.env, app.url)
})
afterAll(async () => {
  await app.stop()
  await zalo.stop()
})

async function fileCase(citizen: Citizen): Promise<string> {
  await fillForm(citizen, { content: MATTER, phone: '0905000111', code: async () => null })
  const filed = await citizen.tap('GỬI PHẢN ÁNH')
  return /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0] ?? ''
}

async function noticeOf(code: string, notice: string) {
  const { body } = await officers.get('intake', `/cases/${code}/notices`)
  return body.items.find((one: { notice: string }) => one.notice === notice)
}

const REFUSE = { act: 'refuse', reasonCode: 'judicial', reason: 'Không thuộc phạm vi.', guidance: 'Xin gửi tòa án.' }

test('what Zalo refuses becomes the work of a person, and ends with their word', async () => {
  const citizen = createCitizen(zalo, '8461027395518841201')
  const code = await fileCase(citizen)
  await until('the receipt is proven', async () => (await noticeOf(code, 'N1'))?.state === 'seen')
  zalo.fail({ mode: 'error', code: -230 }, { path: '/oa/message', userId: citizen.id, times: Number.POSITIVE_INFINITY })
  expect((await officers.act('intake', code, REFUSE)).body.errors).toBeUndefined()
  expect(await officers.act('leader', code, { act: 'approveRefusal' })).toMatchObject({ status: 200 })
  await until('it is the work of a person', async () => (await noticeOf(code, 'N4'))?.state === 'workItem', 15_000)

  const told = await noticeOf(code, 'N4')
  expect(told).toMatchObject({ mandatory: true, channel: 'person', workItem: { state: 'open', assignee: 'intake' } })
  expect(told.tries.map(({ channel, code: answer }: { channel: string; code: string }) => [channel, answer])).toEqual([
    ['zalo', '-230'],
  ])
  const { body: work } = await officers.get('intake', `/work-items/${told.workItem.id}`)
  expect(work.text).toContain('Xin gửi tòa án.')
  expect(work.dueAt > work.createdAt).toBe(true)
  const done = { how: 'phone', at: new Date(app.app.clock.now()).toISOString(), note: 'Đã gọi.' }
  expect(await officers.post('intake', `/work-items/${told.workItem.id}/done`, done)).toMatchObject({ status: 200 })
  expect(await noticeOf(code, 'N4')).toMatchObject({ state: 'done', channel: 'phone' })
  const { body: history } = await officers.get('intake', `/cases/${code}/history`)
  expect(history.items.map(({ act }: { act: string }) => act)).toEqual(
    expect.arrayContaining(['noticeNotReached', 'noticeGiven']),
  )
})

test('who blocked the account and comes back hears first what was to be told', async () => {
  zalo.clearFaults()
  const citizen = createCitizen(zalo, '8461027395518841202')
  const code = await fileCase(citizen)
  await until('the receipt is proven', async () => (await noticeOf(code, 'N1'))?.state === 'seen')
  zalo.fail({ mode: 'error', code: -217 }, { path: '/oa/message', userId: citizen.id, times: Number.POSITIVE_INFINITY })
  await officers.act('intake', code, REFUSE)
  await officers.act('leader', code, { act: 'approveRefusal' })
  await until('it is the work of a person', async () => (await noticeOf(code, 'N4'))?.state === 'workItem', 15_000)
  const { body: missing } = await officers.get('intake', '/notices')
  expect(missing.items).toContainEqual(
    expect.objectContaining({ caseCode: code, chat: expect.objectContaining({ reason: 'blocked (-217)' }) }),
  )

  zalo.clearFaults()
  await citizen.send(zalo.events.userFollows(citizen.id))
  await until('the work is done by it', async () => (await noticeOf(code, 'N4'))?.state === 'seen', 15_000)
  expect(await noticeOf(code, 'N4')).toMatchObject({ channel: 'zalo', workItem: { state: 'done' } })
  expect(citizen.heard().filter((words) => words.includes('Xin gửi tòa án.'))).toHaveLength(1)
})
