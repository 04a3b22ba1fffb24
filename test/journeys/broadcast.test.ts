import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let zalo: FakeZalo
let service: TestApp
let officers: Officers

beforeAll(async () => {
  zalo = await startFakeZalo({ receipts: true })
  service = await startTestApp({ uri, zalo })
  officers = await openOfficers(service.env, service.url)
}, 30_000)
afterAll(async () => {
  await service?.stop()
  await zalo?.stop()
})

const news = {
  title: 'Đường dây 1022 cũ ngừng hoạt động',
  text: 'Từ ngày 16/12, Ông/Bà gửi phản ánh, kiến nghị qua Zalo này hoặc Cổng Dịch vụ công quốc gia.',
  link: 'https://quangngai.gov.vn/1022',
  way: 'direct',
}

async function follow(...ids: string[]): Promise<void> {
  for (const id of ids) expect(await zalo.post(zalo.events.userFollows(id))).toBe(200)
  await until('the followers are greeted', () => ids.every((id) => zalo.texts(id).length > 0))
}

const told = (id: string) => zalo.texts(id).filter((text) => text.includes(news.title))
// biome-ignore lint/suspicious/noExplicitAny: an answer of the outside
const read = async (id: string): Promise<any> => (await officers.get('leader', `/broadcasts/${id}`)).body
const act = (who: string, id: string, name: string, more: object = {}) =>
  officers.post(who, `/broadcasts/${id}/acts`, { act: name, ...more })

async function approved(change: object = {}): Promise<string> {
  const created = await officers.post('publisher', '/broadcasts', { ...news, ...change })
  expect([created.status, created.body.state]).toEqual([201, 'waitingApproval'])
  const { id } = created.body
  expect((await act('leader', id, 'approve')).body.state).toBe('approved')
  return id
}

describe('a broadcast', () => {
  test('is written by one, approved by another, and reaches both followers once', async () => {
    await follow('7001', '7002')
    const id = await approved()
    expect((await officers.get('leader', `/broadcasts/${id}/estimate`)).body).toMatchObject({
      total: 2,
      reachable: 2,
      free: 2,
      costVnd: 0,
      isComplete: true,
    })
    expect((await act('publisher', id, 'start')).body.state).toBe('running')
    await until('it is done', async () => (await read(id)).state === 'done')
    for (const follower of ['7001', '7002']) {
      expect(told(follower)).toHaveLength(1)
      expect(told(follower)[0]).toContain('ngừng nhận tin')
      expect(told(follower)[0]).toContain(news.link)
    }
    await zalo.settled()
    await until('the receipts are counted', async () => (await read(id)).counts.delivered === 2)
    expect((await read(id)).counts).toEqual({ total: 2, sent: 2, delivered: 2, skipped: 0, failed: 0 })
  })
})
