import { randomBytes } from 'node:crypto'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
let house: House
beforeAll(async () => {
  house = await openHouse(uri, dataKeys)
})
afterAll(() => house.close())

const pakn = (...args: string[]) => runTool(['broadcast', ...args], { MONGODB_URI: uri, DATA_KEYS: dataKeys })

test('a broadcast is listed, shown, paused, resumed and stopped; nothing is approved here', async () => {
  const writer = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  const second = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  const post = (token: string, path: string, body: object) =>
    request(house.app)
      .post(`/api/v1${path}`)
      .set({ Authorization: `Bearer ${token}` })
      .send(body)
  const news = { title: 'Nghỉ lễ 24/11', text: 'Trung tâm nghỉ ngày 24/11.', way: 'direct' }
  const { id } = (await post(writer, '/broadcasts', news)).body
  const listed = await pakn('list')
  expect(listed.out.split('\t').slice(0, 3)).toEqual([id, 'waitingApproval', 'direct'])
  expect((await pakn('list', '--state', 'running')).out).toBe('')
  await post(second, `/broadcasts/${id}/acts`, { act: 'approve' })
  const early = await pakn('pause', id)
  expect([early.code, early.out]).toEqual([1, ''])
  expect(early.err).toMatch(/act: Tin đã được duyệt và chưa gửi\. \/ It is approved/)
  await post(second, `/broadcasts/${id}/acts`, { act: 'start' })
  for (const [act, state] of [
    ['pause', 'paused'],
    ['resume', 'running'],
    ['stop', 'stopped'],
  ] as const) {
    expect((await pakn(act, id)).code).toBe(0)
    expect((await pakn('show', id)).out.split('\n')[0]).toContain(`${id}\t${state}\t`)
  }
  const shown = (await pakn('show', id)).out
  expect(shown).toMatch(/^step\t\S+\tleader\tapprove\t-$/m)
  expect(shown).toMatch(/^step\t\S+\toperator\tstop\t-$/m)
  expect(shown).toMatch(/^text\t.*ngừng nhận tin/m)
})

test.each([
  [['show', '20261123-ffffffff'], /Không có thông báo mang id này/],
  [['stop', 'nonsense'], /No broadcast has this id/],
  [['list', '--state', 'lost'], /Không có trạng thái này/],
])('%j is refused with a sentence', async (args, sentence) => {
  const ran = await pakn(...args)
  expect([ran.code, ran.out]).toEqual([1, ''])
  expect(ran.err).toMatch(sentence)
})
