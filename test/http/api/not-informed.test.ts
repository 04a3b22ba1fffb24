import supertest from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { notInformedSchema } from '../../../src/http/api/notices.ts'
import { openClosedWays } from '../../../src/store/closed-ways.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
const HOUR_MS = 3_600_000
const began = Date.parse('2026-11-23T10:00:00+07:00')
let house: House
const tokens: Record<string, string> = {}
const codes: string[] = []

type Item = { caseCode: string; why: string[]; next: { step: string; text: string }; unitCode: string }

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(began)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.writer = await house.tokenOf('writer', 'QN-VP', 'intakeOfficer')
  for (let index = 0; index < 3; index++) {
    house.setNow(began + index * 5 * HOUR_MS)
    const { body } = await supertest(house.app)
      .post('/api/v1/cases')
      .set('Authorization', `Bearer ${tokens.intake}`)
      .send({
        channel: 'letter',
        receivedAt: '2026-11-23T09:12:00+07:00',
        submitterType: 'citizen',
        name: 'Y Hà Niê',
        phone: '0905 000 012',
        address: 'Thôn 2, xã Sa Thầy',
        title: `Chậm trả kết quả hồ sơ đất đai ${index}`,
        content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
      })
    codes.push(body.code)
  }
  await supertest(house.app)
    .post(`/api/v1/cases/${codes[1]}/acts`)
    .set('Authorization', `Bearer ${tokens.intake}`)
    .set('If-Match', '"1"')
    .send({
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Đề nghị xã xem xét.',
    })
    .expect(200)
})
afterAll(() => house.close())

async function list(who: string, query = '', language = 'vi') {
  const answer = await supertest(house.app)
    .get(`/api/v1/notices${query}`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set('Accept-Language', language)
  for (const item of answer.body.items ?? []) expect(() => notInformedSchema.parse(item)).not.toThrow()
  return answer
}
const codesOf = async (who: string, query = '') =>
  ((await list(who, query)).body.items as Item[]).map(({ caseCode }) => caseCode)

test('says who has not been told, why, and what is to be done, in the reader’s language', async () => {
  const [first] = (await list('intake')).body.items as Item[]
  expect(first).toMatchObject({
    caseCode: codes[0],
    unitCode: 'QN-VP',
    why: ['Người gửi không dùng Zalo.'],
    next: { step: 'tellByHand' },
  })
  expect(first?.next.text).toContain(
    'Cán bộ intake gọi điện hoặc gửi công văn cho người gửi, chậm nhất 23:59 ngày 26/11/2026',
  )
  const [english] = (await list('intake', '', 'en')).body.items as Item[]
  expect(english?.next.text).toBe(
    'Cán bộ intake calls or writes to the sender by 23:59 on 26 November 2026, and notes when and how they were told.',
  )
  house.setNow(Date.parse('2026-11-27T08:00:00+07:00'))
  expect(((await list('intake')).body.items as Item[])[0]?.next.step).toBe('tellByHandLate')
})

test('what was tried on each way is said, the last word of each', async () => {
  const at = new Date(began)
  await house.database.collections.notices.updateOne(
    { caseCode: codes[2] ?? '' },
    {
      $set: {
        state: 'accepted',
        workItem: null,
        lookAt: new Date(Date.parse('2026-11-28T08:00:00+07:00')),
        tries: [
          { way: 'templateByPhone', reference: 'a', at, result: 'failed', code: '-118', textVersion: 'v' },
          { way: 'sms', reference: 'b', at, result: 'accepted', textVersion: 'v' },
        ],
      },
    },
  )
  const item = ((await list('intake')).body.items as Item[]).find(({ caseCode }) => caseCode === codes[2])
  expect(item?.why).toEqual([
    'Người gửi không dùng Zalo.',
    'Mẫu tin ZBS: bị từ chối lúc 10:00 ngày 23/11/2026 (-118).',
    'SMS: đã gửi lúc 10:00 ngày 23/11/2026, chưa có báo đã nhận.',
  ])
  expect(item?.next).toEqual({
    step: 'waitProof',
    text: 'Chờ báo đã nhận đến 08:00 ngày 28/11/2026; nếu không có, hệ thống tự thử cách tiếp theo.',
  })
})

test('a number that Zalo calls wrong is said, with the day since when', async () => {
  const said = { way: 'templateByPhone' as const, code: '-108', since: began, until: began + 365 * 24 * HOUR_MS }
  const closedWays = await openClosedWays(house.database, house.hash)
  await closedWays.close({ citizenKey: null, phone: '+84905000012' }, said)
  const item = ((await list('intake')).body.items as Item[]).find(({ caseCode }) => caseCode === codes[0])
  expect(item?.why).toEqual([
    'Người gửi không dùng Zalo.',
    'Mẫu tin ZBS: không gửi tới số điện thoại này từ 10:00 ngày 23/11/2026, vì Zalo báo số không nhận được (-108).',
  ])
  expect(item).toMatchObject({ closedWays: [{ way: 'templateByPhone', code: '-108' }] })
  await house.database.collection('closedWays').deleteMany({})
})

test('is read page by page, and by unit, notice and age', async () => {
  house.setNow(began + 10 * HOUR_MS)
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await list('intake', `?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...(body.items as Item[]).map(({ caseCode }) => caseCode))
    cursor = body.next
  }
  expect(paged).toEqual(codes)
  expect(await codesOf('intake', '?unit=QN-C23527')).toEqual([codes[1]])
  expect(await codesOf('intake', '?unit=QN-C23527&limit=1&notice=N1')).toEqual([codes[1]])
  expect(await codesOf('intake', '?notice=N3')).toEqual([])
  expect(await codesOf('intake', '?minAgeHours=5')).toEqual([codes[0], codes[1]])
  expect(await codesOf('intake', '?minAgeHours=6')).toEqual([codes[0]])
  // Who may not know of a case does not learn of it by any filter.
  expect(await codesOf('coordinator')).toEqual([codes[1]])
  expect(await codesOf('coordinator', '?unit=QN-VP')).toEqual([codes[1]])
  for (const query of ['?notice=N99', '?minAgeHours=-1', '?state=done', '?cursor=x'])
    expect((await list('intake', query)).status, query).toBe(422)
})

test('what a person has done is not in it any more, and cannot be ended twice', async () => {
  const { body: work } = await supertest(house.app)
    .get('/api/v1/work-items')
    .set('Authorization', `Bearer ${tokens.intake}`)
  const id = work.items.find(({ caseCode }: Item) => caseCode === codes[0]).id
  const done = () =>
    supertest(house.app)
      .post(`/api/v1/work-items/${id}/done`)
      .set('Authorization', `Bearer ${tokens.intake}`)
      .send({ how: 'letter', at: '2026-11-23T15:00:00+07:00', note: 'Công văn số 12.' })
  expect((await done()).status).toBe(200)
  expect(await codesOf('intake')).toEqual([codes[1], codes[2]])
  expect((await done()).body).toMatchObject({ status: 422, code: 'illegal_act' })
})
