import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { duplicateSchema } from '../../../src/http/api/duplicates.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const at = (day: string) => Date.parse(`${day}T09:00:00+07:00`)

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(at('2026-11-24'))
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
})
afterAll(() => house.close())

const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
async function found(code: string, who = 'intake') {
  const { status, body } = await get(who, `/cases/${code}/duplicates`)
  expect(status, JSON.stringify(body)).toBe(200)
  for (const item of body.items) expect(() => duplicateSchema.parse(item)).not.toThrow()
  return body.items
}
const codesOf = async (code: string, who = 'intake') =>
  (await found(code, who)).map((one: { code: string }) => one.code)

const road = {
  title: 'Chậm sửa đường liên thôn tại xã Sa Thầy',
  content: 'Đường liên thôn hỏng từ mùa mưa, thôn đã làm đơn ba lần mà chưa ai trả lời có sửa hay không.',
}
const birth = {
  title: 'Phải bổ sung giấy tờ nhiều lần khi làm khai sinh',
  content: 'Tôi làm khai sinh cho con, cán bộ một cửa ba lần yêu cầu bổ sung giấy tờ khác nhau.',
}

describe('a possible duplicate', () => {
  test('is a case of the same telephone with similar words within 30 days, and is to be merged', async () => {
    const phone = '+84905000201'
    const first = await house.file({ ...road, phone, receivedAt: at('2026-11-02') })
    const again = { ...road, content: `Tôi gửi lại lần nữa. ${road.content}`, phone }
    const second = await house.file({ ...again, receivedAt: at('2026-11-20') })
    const [one] = await found(second)
    expect(one).toMatchObject({
      code: first,
      title: road.title,
      reasons: [{ code: 'samePhone' }, { code: 'sameSender' }, { code: 'sameUnit' }],
      suggestion: 'merge',
    })
    expect(one.similarity).toBeGreaterThan(0.8)
    expect(one.sharedPairs).toContain('duong lien')
    expect(await codesOf(first)).toEqual([second])
    // Another matter of the same sender is none, and neither is what lies longer back than 30 days.
    await house.file({ ...birth, phone, receivedAt: at('2026-11-21') })
    expect(await codesOf(second)).toEqual([first])
    const late = await house.file({
      ...again,
      phone,
      suggestedUnitCode: 'QN-C23530',
      receivedAt: at('2026-09-01'),
    })
    expect(await codesOf(late)).toEqual([])
  })

  test('is a case about the same unit with very similar words of somebody else, and is to be linked', async () => {
    const one = await house.file({ ...birth, name: 'A Thăng', phone: '+84905000211' })
    const words = { ...birth, content: birth.content.replace('khác nhau', 'rất khác nhau') }
    const two = await house.file({ ...words, name: 'A Brôl', phone: '+84905000212' })
    const elsewhere = { ...words, name: 'A Lăng', phone: '+84905000213', suggestedUnitCode: 'QN-C23530' }
    await house.file(elsewhere)
    const [linked, ...others] = (await found(two)).filter(({ code }: { code: string }) => code === one)
    expect(linked).toMatchObject({ reasons: [{ code: 'sameUnit' }], suggestion: 'link' })
    expect(others).toEqual([])
  })

  test('of the same account is found where telephone and unit are others', async () => {
    const account = 'citizen-of-two-cases'
    const matter = {
      title: 'Giấy phép xây dựng chậm trả kết quả',
      content: 'Hồ sơ giấy phép xây dựng nhà ở nộp từ tháng 9 chưa trả.',
    }
    const one = await house.file({ ...matter, phone: '+84905000221', suggestedUnitCode: 'QN-SXD' }, account)
    const two = await house.file({ ...matter, phone: '+84905000222', name: 'Niê Y Hà' }, account)
    expect(await found(two)).toMatchObject([{ code: one, reasons: [{ code: 'sameSender' }], suggestion: 'merge' }])
  })

  test('is pointed out to whoever enters a case', async () => {
    const matter = {
      title: 'Không niêm yết thủ tục hỗ trợ nhà ở',
      content: 'Bộ phận một cửa không niêm yết thủ tục hỗ trợ nhà ở, hỏi thì mỗi lần được trả lời một khác.',
    }
    const chat = await house.file({ ...matter, phone: '+84905000231' })
    const { status, body } = await supertest(house.app)
      .post('/api/v1/cases')
      .set('Authorization', `Bearer ${tokens.intake}`)
      .send({
        channel: 'phone',
        receivedAt: '2026-11-24',
        submitterType: 'citizen',
        name: 'Y Hà Niê',
        phone: '0905000231',
        address: { communeCode: '23527' },
        ...matter,
        readBackConfirmed: true,
      })
    expect(status).toBe(201)
    expect(body.warnings.filter(({ code }: { code: string }) => code === 'possibleDuplicate')).toEqual([
      { path: 'content', code: 'possibleDuplicate', message: '[warning.possibleDuplicate]' },
    ])
    expect(body.state).toBe('PENDING_INTAKE')
    expect(await codesOf(body.code)).toEqual([chat])
  })
})

describe('who may know', () => {
  const matter = {
    title: 'Thu phí chợ không có biên lai',
    content: 'Ban quản lý chợ thu phí mỗi ngày mà không xuất biên lai, hỏi thì nói cuối tháng mới có.',
  }

  test('is shown no case that one may not know of, and no senders that one may not see', async () => {
    const phone = '+84905000241'
    const one = await house.file({ ...matter, phone })
    const two = await house.file({ ...matter, phone, suggestedUnitCode: 'QN-C23530' })
    expect(await codesOf(one)).toEqual([two])
    // The publisher reads the words and not who wrote them.
    expect(await codesOf(one, 'publisher')).toEqual([])
    for (const [who, status] of [
      ['auditor', 403],
      ['coordinator', 404],
    ] as const) {
      expect((await get(who, `/cases/${one}/duplicates`)).status, who).toBe(status)
    }
    const { version } = (await house.cases.find(two)) ?? { version: 0 }
    await supertest(house.app)
      .post(`/api/v1/cases/${two}/acts`)
      .set('Authorization', `Bearer ${tokens.leader}`)
      .set('If-Match', `"${version}"`)
      .send({ act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' })
    expect(await codesOf(one)).toEqual([])
    expect(await codesOf(one, 'leader')).toEqual([two])
    expect((await get('intake', `/cases/${two}/duplicates`)).status).toBe(404)
  })
})
