import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { myNoticesPage, readNoticesAnswer } from '../../../src/http/api/my-notices.ts'
import { updateDraftSchema } from '../../../src/http/api/progress-update.ts'
import type { NewStaffNotice } from '../../../src/usecases/staff-ports.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse, receivedAt } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.handler = await house.tokenOf('handler', 'QN-C23527', 'handler')
  tokens.other = await house.tokenOf('other', 'QN-C23527', 'handler')
})
afterAll(() => house.close())

const get = (who: string, path: string, language = 'vi') =>
  supertest(house.app)
    .get(`/api/v1/me/notices${path}`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set('Accept-Language', language)
const read = (who: string, body: object, headers: Record<string, string> = {}) =>
  supertest(house.app)
    .post('/api/v1/me/notices/read')
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set(headers)
    .send(body)

function notice(number: number, change: Partial<NewStaffNotice> = {}): NewStaffNotice {
  return {
    login: 'handler',
    kind: 'answerDue',
    caseCode: `PAKN.20261123.${String(number).padStart(4, '0')}`,
    thread: 'C',
    params: { due: '2026-12-15', left: 3, unitCode: 'QN-C23527' },
    digest: '2026-12-10',
    run: 1,
    createdAt: receivedAt + Math.floor(number / 2),
    channels: [],
    ...change,
  }
}

test('the desk shows own notices newest first, page by page, each with its sentence and its link', async () => {
  await house.staffNotices.write([1, 2, 3, 4, 5].map((number) => notice(number)))
  await house.staffNotices.write([notice(9, { login: 'other' })])
  const codes: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await get('handler', `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    expect(page.status, page.text).toBe(200)
    const { items, next, unread } = myNoticesPage.parse(page.body)
    expect(unread).toBe(5)
    codes.push(...items.map(({ caseCode }) => caseCode?.slice(-1) ?? ''))
    cursor = next
  }
  expect(codes.toSorted()).toEqual(['1', '2', '3', '4', '5'])
  expect(codes.slice(0, 2).toSorted()).toEqual(['4', '5'])
  const [newest] = (await get('handler', '?limit=1')).body.items
  expect(newest).toMatchObject({
    kind: 'answerDue',
    due: '2026-12-15',
    workingDaysLeft: 3,
    digest: '2026-12-10',
    readAt: null,
    link: `http://localhost:3000/staff/cases/${newest.caseCode}`,
  })
  expect(newest.text).toMatch(/^PAKN\.\S+: .*Sa Thầy.* cần trả lời chậm nhất .*15\/12\/2026 \(còn 3 ngày làm việc\)\.$/)
  expect((await get('handler', '?limit=1', 'en')).body.items[0].text).toContain('working days left: 3')
})

test('notices are put aside one by one or all, and never another’s', async () => {
  const [first, second] = (await get('handler', '?limit=2')).body.items
  expect((await read('other', { ids: [first.id, second.id] })).body).toEqual({ read: 0 })
  const answer = await read('handler', { ids: [first.id] }, { 'Idempotency-Key': 'a' })
  expect(readNoticesAnswer.parse(answer.body)).toEqual({ read: 1 })
  expect((await read('handler', { ids: [first.id] }, { 'Idempotency-Key': 'a' })).body).toEqual({ read: 1 })
  const unread = (await get('handler', '?unread=true')).body
  expect(unread.items.map(({ id }: { id: string }) => id)).not.toContain(first.id)
  expect(unread.unread).toBe(4)
  expect((await read('handler', { all: true })).body).toEqual({ read: 4 })
  expect((await get('handler', '?unread=true')).body).toEqual({ items: [], next: null, unread: 0 })
  expect((await get('handler', '')).body.items[0].readAt).toMatch(/\+07:00$/)
  expect((await get('other', '')).body.unread).toBe(1)
})

test('what is asked wrongly is refused with its field', async () => {
  expect((await get('handler', '?limit=0')).status).toBe(422)
  expect((await get('handler', '?cursor=nonsense')).body.errors[0].path).toBe('cursor')
  expect((await read('handler', { ids: [] })).status).toBe(422)
  expect((await read('handler', {})).status).toBe(422)
  expect((await read('handler', { all: true, ids: ['a'] })).status).toBe(422)
  expect((await supertest(house.app).get('/api/v1/me/notices')).status).toBe(401)
})

describe('the drafted progress update', () => {
  const draftOf = (who: string, code: string) =>
    supertest(house.app).get(`/api/v1/cases/${code}/progress-update`).set('Authorization', `Bearer ${tokens[who]}`)

  test('says only what the record proves, and is for whoever may write one', async () => {
    tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
    tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
    tokens.stranger = await house.tokenOf('stranger', 'QN-C23530', 'agencyCoordinator')
    const code = await house.file()
    const act = async (who: string, body: object, version: number) =>
      supertest(house.app)
        .post(`/api/v1/cases/${code}/acts`)
        .set('Authorization', `Bearer ${tokens[who]}`)
        .set('If-Match', `"${version}"`)
        .send(body)
    expect((await draftOf('intake', code)).status).toBe(403)
    const forward = {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Chuyển.',
    }
    expect((await act('intake', forward, 1)).status).toBe(200)
    const first = await draftOf('coordinator', code)
    expect(updateDraftSchema.parse(first.body).by).toBeNull()
    expect(first.body.text).toMatch(
      /^Phản ánh được chuyển tới .*Sa Thầy.*; đơn vị chưa phân công người xử lý\. Hiện chưa có/,
    )
    expect((await act('coordinator', { act: 'accept', handler: 'handler' }, 2)).status).toBe(200)
    house.setNow(Date.parse('2026-12-17T10:00:00+07:00'))
    const late = await draftOf('handler', code)
    expect(late.body).toMatchObject({ by: '2026-12-22', text: expect.stringContaining('đã phân công người phụ trách') })
    expect((await draftOf('other', code)).status).toBe(404)
    expect((await draftOf('stranger', code)).status).toBe(404)
    house.setNow(receivedAt + 60_000)
  })
})

test('both lists and the waiting letters are found by an index', async () => {
  const notices = house.database.collection('staffNotices')
  const planOf = async (filter: object) =>
    JSON.stringify(await notices.find(filter).sort({ createdAt: -1, _id: -1 }).limit(20).explain('queryPlanner'))
  for (const [filter, index] of [
    [{ login: 'handler' }, 'desk'],
    [{ login: 'handler', unread: true }, 'unread'],
  ] as const) {
    const plan = await planOf(filter)
    expect(plan).toContain(`"indexName":"${index}"`)
    expect(plan).not.toContain('"stage":"SORT"')
  }
  expect(await planOf({ awaits: 'email', login: 'handler' })).toContain('"indexName":"')
  const moot = await notices
    .find({ caseCode: { $in: ['A'] }, unread: true, digest: { $ne: '' } })
    .explain('queryPlanner')
  expect(JSON.stringify(moot)).toContain('"indexName":"unreadOfCase"')
})
