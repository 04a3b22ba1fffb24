import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { nationalFormSchema } from '../../../src/http/api/national.ts'
import { caseSchema } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
})
afterAll(() => house.close())

const post = (who: string, code: string, body: object, headers: Record<string, string> = {}) =>
  supertest(house.app)
    .post(`/api/v1/cases/${code}/national`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set(headers)
    .send(body)
const get = (who: string, path: string, headers: Record<string, string> = {}) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers)

describe('what the national system says of a case', () => {
  test('is kept with a line of history and moves no state of ours', async () => {
    const code = await house.file()
    const { status, body, headers } = await post('intake', code, {
      nationalCode: 'pakn 20261124 317',
      nationalState: 'PAKN đã công khai',
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(caseSchema.parse(body)).toMatchObject({
      nationalCode: 'PAKN.20261124.0317',
      nationalState: 'PAKN đã công khai',
      state: 'PENDING_INTAKE',
      version: 2,
    })
    expect(headers.etag).toBe('"2"')
    await post('intake', code, { nationalState: 'Xử lý ở địa phương' })
    const { items } = (await get('intake', `/cases/${code}/history`)).body
    expect(items.slice(1)).toMatchObject([
      { act: 'syncNational', actor: 'intake', from: 'PENDING_INTAKE', to: 'PENDING_INTAKE' },
      {
        data: {
          nationalCode: 'PAKN.20261124.0317',
          nationalState: 'Xử lý ở địa phương',
          nationalStateBefore: 'PAKN đã công khai',
        },
      },
    ])
    expect(verifyChain(items, (await house.cases.head(code)) ?? undefined)).toEqual([])
    expect((await house.cases.findNational('PAKN.20261124.0317'))?.code).toBe(code)
  })

  test('said again changes nothing, and is taken away with null', async () => {
    const code = await house.file()
    const said = { nationalCode: 'H40.26-000001' }
    expect((await post('intake', code, said)).body.version).toBe(2)
    expect((await post('intake', code, { nationalCode: 'h40.26-000001' })).body.version).toBe(2)
    expect((await post('intake', code, { nationalCode: null })).body).toMatchObject({ nationalCode: null, version: 3 })
    expect(await house.cases.findNational('H40.26-000001')).toBeNull()
    const other = await house.file()
    expect((await post('intake', other, said)).status).toBe(200)
  })

  test('belongs to one case only, also where two are told at once', async () => {
    const codes = [await house.file(), await house.file(), await house.file()]
    const answers = await Promise.all(codes.map((code) => post('intake', code, { nationalCode: 'H40.26-000002' })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422])
    for (const { status, body } of answers) {
      if (status === 422) expect(body.errors).toEqual([{ path: 'nationalCode', message: '[fault.nationalCodeTaken]' }])
    }
  })

  test('names its faults, and a stale version where one is stated', async () => {
    const code = await house.file()
    const faultsOf = async (body: object) => (await post('intake', code, body)).body.errors
    expect(await faultsOf({})).toEqual([{ path: 'nationalCode', message: '[fault.required]' }])
    expect(await faultsOf({ nationalCode: 'không có' })).toEqual([
      { path: 'nationalCode', message: '[fault.notANationalCode]' },
    ])
    expect(await faultsOf({ state: 'PUBLISHED', nationalState: 'x'.repeat(201) })).toEqual([
      { path: 'nationalState', message: '[fault.tooLong]' },
      { path: 'state', message: '[fault.unknownField]' },
    ])
    const stale = await post('intake', code, { nationalState: 'Mới' }, { 'If-Match': '"9"' })
    expect([stale.status, stale.body.code]).toEqual([409, 'version_conflict'])
  })

  test('is for the intake; others are refused, or know of no case', async () => {
    const code = await house.file()
    const said = { nationalState: 'Mới' }
    expect((await post('publisher', code, said)).status).toBe(403)
    expect((await post('coordinator', code, said)).status).toBe(404)
    expect((await post('intake', 'PAKN.20200101.0001', said)).status).toBe(404)
    const key = { 'Idempotency-Key': 'national' }
    const answers = await Promise.all([1, 2, 3].map(() => post('leader', code, said, key)))
    expect(answers.map(({ status, body }) => [status, body.version])).toEqual([1, 2, 3].map(() => [200, 2]))
  })
})

describe('the form of the national system', () => {
  test('has what must be typed, in the order of the portal', async () => {
    const code = await house.file({ email: null })
    const { status, body } = await get('intake', `/cases/${code}/national-form`)
    expect(status).toBe(200)
    const form = nationalFormSchema.parse(body)
    expect(form.fields.map(({ field, value }) => [field, value])).toEqual([
      ['submitterType', '[nationalForm.type.citizen]'],
      ['name', 'Y Hà Niê'],
      ['province', 'Tỉnh Quảng Ngãi'],
      ['commune', 'Xã Sa Thầy'],
      ['address', 'Thôn 2'],
      ['phone', '0905000012'],
      ['email', ''],
      ['title', 'Chậm trả kết quả hồ sơ đất đai'],
      ['content', 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.'],
      ['unit', 'UBND xã Sa Thầy'],
      ['files', ''],
      ['receivedAt', '23/11/2026'],
      ['channel', '[case.channel.zalo]'],
      ['ownCode', code],
    ])
    expect(form.fields[1]?.label).toBe('[nationalForm.type.citizen]')
  })

  test('comes as text too, and every reading of it is logged as an export', async () => {
    const code = await house.file()
    const text = await get('intake', `/cases/${code}/national-form?format=text`)
    expect(text.headers['content-type']).toMatch(/^text\/plain/)
    expect(text.text).toContain('[nationalForm.phone] *: 0905000012\n')
    const accepted = await get('intake', `/cases/${code}/national-form`, { Accept: 'text/plain' })
    expect(accepted.text).toBe(text.text)
    const { items } = (await get('auditor', `/audit?case=${code}&act=exportCase`)).body
    expect(items).toMatchObject([
      { actor: 'intake', act: 'exportCase', caseCodes: [code] },
      { actor: 'intake', act: 'exportCase' },
    ])
  })

  test('of a case of 2022 names its district', async () => {
    const { body: filed } = await supertest(house.app)
      .post('/api/v1/cases')
      .set('Authorization', `Bearer ${tokens.intake}`)
      .send({
        channel: 'letter',
        receivedAt: '2022-07-11',
        submitterType: 'organisation',
        name: 'Hợp tác xã Thử',
        contactPerson: 'A Thăng',
        phone: '02603797799',
        address: { communeCode: '23527' },
        title: 'Chậm trả kết quả hồ sơ đất đai',
        content: 'Hợp tác xã nộp hồ sơ từ tháng 5 mà đến nay chưa được trả kết quả.',
        originalDocNumber: '12/HTX',
      })
    const { body } = await get('intake', `/cases/${filed.code}/national-form`)
    const values = Object.fromEntries(
      body.fields.map((one: { field: string; value: string }) => [one.field, one.value]),
    )
    expect(values).toMatchObject({
      province: 'Tỉnh Kon Tum',
      district: 'Huyện Sa Thầy',
      contactPerson: 'A Thăng',
      phone: '02603797799',
    })
  })

  test('is for the intake', async () => {
    const code = await house.file()
    expect((await get('publisher', `/cases/${code}/national-form`)).status).toBe(403)
    expect((await get('coordinator', `/cases/${code}/national-form`)).status).toBe(404)
    expect((await get('intake', `/cases/${code}/national-form?format=xml`)).status).toBe(422)
  })
})
