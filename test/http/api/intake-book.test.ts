import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookLineSchema } from '../../../src/http/api/intake-book.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const codes: string[] = []
const at = (day: string) => Date.parse(`${day}T09:00:00+07:00`)

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(at('2026-11-23'))
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  codes.push(await house.file({ receivedAt: at('2026-11-20') }))
  codes.push(await enter({ receivedAt: '2026-11-18', name: 'A Thăng', title: '=HYPERLINK("http://x") chậm trả' }))
  codes.push(await house.file({ receivedAt: at('2026-11-21') }))
  codes.push(await enter({ receivedAt: '2022-07-11' }))
})
afterAll(() => house.close())

async function enter(change: object): Promise<string> {
  const { body } = await supertest(house.app)
    .post('/api/v1/cases')
    .set('Authorization', `Bearer ${tokens.intake}`)
    .send({
      channel: 'letter',
      receivedAt: '2026-11-23',
      submitterType: 'citizen',
      name: 'Y Hà Niê',
      phone: '0905000012',
      address: { communeCode: '23527' },
      title: 'Chậm trả kết quả hồ sơ đất đai',
      content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
      originalDocNumber: '45/ĐĐN',
      ...change,
    })
  return body.code
}
const get = (who: string, query = '', headers: Record<string, string> = {}) =>
  supertest(house.app).get(`/api/v1/intake-book${query}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers)
const act = (who: string, code: string, version: number, body: object) =>
  supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set('If-Match', `"${version}"`)
    .send(body)

describe('the intake book', () => {
  test('lists what came in by day of receipt, numbered in the order of entry', async () => {
    const { status, body } = await get('intake')
    expect(status, JSON.stringify(body)).toBe(200)
    for (const line of body.items) expect(() => bookLineSchema.parse(line)).not.toThrow()
    expect(body.items.map((line: { number: number; code: string }) => [line.number, line.code])).toEqual([
      [2, codes[1]],
      [1, codes[0]],
      [3, codes[2]],
    ])
    expect(body.items[0]).toMatchObject({
      year: 2026,
      unitCode: 'QN-VP',
      receivedDate: '2026-11-18',
      channel: 'letter',
      originalDocNumber: '45/ĐĐN',
      sender: 'A Thăng',
      forwardedTo: null,
      answeredOn: null,
      state: 'PENDING_INTAKE',
    })
    expect(body.next).toBeNull()
  })

  test('says where a case went and when it was answered', async () => {
    await act('intake', codes[0] ?? '', 1, {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Đề nghị xã xem xét.',
    })
    const refusal = { act: 'refuse', reasonCode: 'legal_question', reason: 'Câu hỏi.', guidance: 'Mời gọi Trung tâm.' }
    await act('intake', codes[2] ?? '', 1, refusal)
    await act('leader', codes[2] ?? '', 2, { act: 'approveRefusal' })
    const { items } = (await get('intake', '?from=2026-11-20&to=2026-11-21')).body
    expect(items).toMatchObject([
      { code: codes[0], contentKind: 'conduct', field: 'land', forwardedTo: 'UBND xã Sa Thầy', state: 'FORWARDED' },
      { code: codes[2], answeredOn: '2026-11-23', state: 'REFUSED' },
    ])
  })

  test('has pages, days and units', async () => {
    const first = (await get('intake', '?limit=2')).body
    const second = (await get('intake', `?limit=2&cursor=${first.next}`)).body
    expect([...first.items, ...second.items].map(({ code }: { code: string }) => code)).toEqual([
      codes[1],
      codes[0],
      codes[2],
    ])
    expect(second.next).toBeNull()
    const of2022 = (await get('intake', '?from=2022-07-01&to=2022-07-31')).body.items
    expect(of2022).toMatchObject([{ code: codes[3], number: 1, year: 2022, unitCode: 'KT-VP' }])
    expect((await get('intake', '?from=2022-07-01&to=2022-07-31&unit=QN-VP')).body.items).toEqual([])
    expect((await get('intake', '?from=2022-07-01&to=2022-07-31&unit=KT-VP')).body.items).toHaveLength(1)
  })

  test('comes as CSV that a spreadsheet opens and cannot run', async () => {
    const { text, headers } = await get('leader', '?format=csv')
    expect(headers['content-type']).toMatch(/^text\/csv; *charset=utf-8/)
    expect(headers['content-disposition']).toBe('attachment; filename="so-tiep-nhan-2026-01-01-2026-11-23.csv"')
    expect(text.startsWith('\uFEFF"[intakeBook.number]","[intakeBook.receivedDate]"')).toBe(true)
    const lines = text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toContain(`2,"18/11/2026","${codes[1]}","[case.channel.letter]","45/ĐĐN","A Thăng"`)
    expect(lines[1]).toContain(`"'=HYPERLINK(""http://x"") chậm trả"`)
    expect((await get('leader', '', { Accept: 'text/csv' })).text).toBe(text)
    const audit = await supertest(house.app)
      .get('/api/v1/audit?act=exportCase&actor=leader')
      .set('Authorization', `Bearer ${tokens.auditor}`)
    expect(audit.body.items).toHaveLength(2)
    expect(audit.body.items[0].caseCodes.toSorted()).toEqual([codes[0], codes[1], codes[2]].toSorted())
  })

  test('keeps the number of a suspected denunciation and nothing else of it', async () => {
    const code = await house.file({ receivedAt: at('2026-11-22') })
    await act('leader', code, 1, { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' })
    const { text, body } = await get('intake')
    expect(text).not.toContain(code)
    expect(body.items.map(({ number }: { number: number }) => number).toSorted()).toEqual([1, 2, 3, 4])
    expect(body.items.at(-1)).toEqual({ ...nothing, number: 4, year: 2026, unitCode: 'QN-VP' })
    expect((await get('intake', '?format=csv')).text).not.toContain(code)
    expect((await get('leader')).body.items.at(-1).code).toBe(code)
  })

  test('is for the intake', async () => {
    for (const who of ['publisher', 'coordinator', 'auditor']) {
      const { status, body } = await get(who)
      expect([status, body.code], who).toEqual([403, 'forbidden'])
    }
  })

  test('names what is wrong with a question', async () => {
    const faultsOf = async (query: string) => (await get('intake', query)).body.errors
    expect(await faultsOf('?from=2026-11-23&to=2026-11-20')).toEqual([
      { path: 'to', message: '[fault.endsBeforeItBegins]' },
    ])
    expect(await faultsOf('?from=2022-01-01&to=2026-11-20')).toEqual([{ path: 'from', message: '[fault.tooManyDays]' }])
    expect(await faultsOf('?unit=QN-XX')).toEqual([{ path: 'unit', message: '[fault.unknownUnit]' }])
    expect(await faultsOf('?from=gestern')).toHaveLength(1)
    expect((await get('intake', '?from=2024-01-01&to=2024-12-31')).body).toEqual({ items: [], next: null })
  })
})

const nothing = {
  code: null,
  nationalCode: null,
  receivedDate: null,
  channel: null,
  originalDocNumber: null,
  sender: null,
  summary: null,
  contentKind: null,
  field: null,
  forwardedTo: null,
  answeredOn: null,
  state: null,
  stateLabel: null,
}
