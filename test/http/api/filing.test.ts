import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { caseSchema, noticeSchema } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const now = Date.parse('2026-11-23T10:00:00+07:00')

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(now)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.unit = await house.tokenOf('unit', 'QN-C23530', 'agencyCoordinator')
})
afterAll(() => house.close())

const letter = {
  channel: 'letter',
  receivedAt: '2026-11-23T09:12:00+07:00',
  submitterType: 'citizen',
  name: 'Y Hà Niê',
  phone: '0905 000 012',
  address: 'Thôn 2, xã Sa Thầy, tỉnh Quảng Ngãi',
  title: 'Chậm trả kết quả hồ sơ đất đai',
  content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
  originalDocNumber: '45/ĐĐN',
}

function enter(change: object = {}, headers: Record<string, string> = {}, who = 'intake') {
  return supertest(house.app)
    .post('/api/v1/cases')
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set(headers)
    .send({ ...letter, ...change })
}
const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)

async function faultsOf(change: object) {
  const { status, body } = await enter(change)
  expect(status, JSON.stringify(body)).toBe(422)
  return Object.fromEntries(body.errors.map(({ path, message }: { path: string; message: string }) => [path, message]))
}
/** What is said of the fields themselves: most cases here are alike. */
const warningsIn = (body: { warnings: { path: string; code: string }[] }) =>
  body.warnings.filter(({ code }) => code !== 'possibleDuplicate').map(({ path, code }) => `${path} ${code}`)
async function warningsOf(change: object) {
  const { status, body } = await enter(change)
  expect(status, JSON.stringify(body)).toBe(201)
  return warningsIn(body)
}

describe('a letter that an officer enters', () => {
  test('is a case with its code, clocks, history and place in the book', async () => {
    const { status, body, headers } = await enter()
    expect(status, JSON.stringify(body)).toBe(201)
    expect(headers.etag).toBe('"1"')
    expect(headers.location).toBe(`/api/v1/cases/${body.code}`)
    expect(caseSchema.parse(body)).toBeTruthy()
    expect(body).toMatchObject({
      state: 'PENDING_INTAKE',
      channel: 'letter',
      receivedAt: letter.receivedAt,
      enteredAt: '2026-11-23T10:00:00+07:00',
      enteredBy: 'intake',
      intakeOfficer: 'intake',
      intakeUnitCode: 'QN-VP',
      ruleSet: 'qd29-2026',
      model: '2025',
      phone: '+84905000012',
      address: { model: '2025', provinceCode: '51', communeCode: '23527', detail: 'Thôn 2' },
      originalDocNumber: '45/ĐĐN',
      consents: [{ purpose: 'handling', given: false }],
      clocks: { receivedDate: '2026-11-23', refuseBy: '2026-11-26', answerBy: '2026-12-15' },
      warnings: [],
    })
    expect(body.code).toMatch(/^PAKN\.20261123\.\d{4}$/)
    expect((await get('intake', `/cases/${body.code}`)).body).toMatchObject({ code: body.code, title: letter.title })
    const { items } = (await get('intake', `/cases/${body.code}/history`)).body
    expect(items).toMatchObject([
      {
        actor: 'intake',
        act: 'submit',
        data: { channel: 'letter', consents: [{ ground: 'legalDuty', by: 'intake' }] },
      },
    ])
    expect(verifyChain(items, (await house.cases.head(body.code)) ?? undefined)).toEqual([])
    expect((await house.cases.find(body.code))?.intakeNumber).toMatchObject({ year: 2026 })
  })

  test('of the past has the code, the clocks and the model of its day', async () => {
    const { body } = await enter({
      receivedAt: '2022-07-11',
      address: { communeCode: '23527', districtCode: '616', detail: 'Thôn 1' },
      suggestedUnitCode: 'KT-D616',
    })
    expect(body).toMatchObject({
      model: '2022',
      ruleSet: 'qd31-2021',
      receivedAt: '2022-07-11T08:00:00+07:00',
      intakeUnitCode: 'KT-VP',
      address: { model: '2022', provinceCode: '62', districtCode: '616', communeCode: '23527' },
      clocks: { refuseBy: '2022-07-13', forwardBy: '2022-07-18', answerBy: '2022-08-01' },
    })
    expect(warningsIn(body)).toEqual(['receivedAt receivedLongAgo'])
    expect(body.code).toBe('PAKN.20220711.0001')
    expect((await enter({ receivedAt: '2022-07-11T15:00:00+07:00' })).body.code).toBe('PAKN.20220711.0002')
  })

  test('carries the files that the officer has handed in, and nobody else’s', async () => {
    const upload = async (who: string) => {
      const file = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF')
      const { body } = await supertest(house.app)
        .post('/api/v1/attachments')
        .set('Authorization', `Bearer ${tokens[who]}`)
        .attach('file', file, 'don.pdf')
      return body.id as string
    }
    const [first, second] = [await upload('intake'), await upload('intake')]
    const { body } = await enter({ attachmentIds: [first, second, first], originalDocNumber: null })
    expect(body.attachments.map(({ id }: { id: string }) => id)).toEqual([first, second])
    expect(warningsIn(body)).toEqual([])
    const foreign = await upload('leader')
    expect(await faultsOf({ attachmentIds: [first, foreign] })).toEqual({
      'attachmentIds.1': '[fault.unknownAttachment]',
    })
    const six = ['a', 'b', 'c', 'd', 'e', 'f']
    expect(await faultsOf({ attachmentIds: six })).toEqual({ attachmentIds: '[fault.tooMany]' })
  })
})

describe('a call', () => {
  test('is read back, and the caller’s consent is kept with time and officer', async () => {
    expect(await faultsOf({ channel: 'phone' })).toEqual({ readBackConfirmed: '[fault.notReadBack]' })
    expect(await faultsOf({ channel: 'phone', readBackConfirmed: false })).toHaveProperty('readBackConfirmed')
    const { body } = await enter({ channel: 'phone', readBackConfirmed: true, originalDocNumber: undefined })
    expect(body).toMatchObject({
      readBackConfirmed: true,
      consents: [{ purpose: 'handling', given: true }],
    })
    expect(warningsIn(body)).toEqual([])
    const current = await house.cases.find(body.code)
    expect(current?.consents).toMatchObject([{ ground: 'consent', by: 'intake', at: now, textVersion: 'v1' }])
  })

  test('ends as work for whoever took it, for nobody can be written to', async () => {
    const { body } = await enter({ channel: 'phone', readBackConfirmed: true })
    const found = await house.database.collection('workItems').findOne({ caseCode: body.code } as never)
    expect(found).toMatchObject({ notice: 'N1', state: 'open', assignee: 'intake', unitCode: 'QN-VP' })
    const { items } = (await get('intake', `/cases/${body.code}/notices`)).body
    for (const item of items) expect(() => noticeSchema.parse(item)).not.toThrow()
  })
})

describe('every field at fault is named at once', () => {
  test('by its path, in the order of the form', async () => {
    const { status, body } = await supertest(house.app)
      .post('/api/v1/cases')
      .set('Authorization', `Bearer ${tokens.intake}`)
      .send({
        channel: 'zalo',
        receivedAt: 'hôm qua',
        submitterType: 'enterprise',
        name: '???',
        phone: '113',
        email: 'không có',
        address: { communeCode: '99999', colour: 'red' },
        title: 'ngắn',
        content: 'ngắn quá',
        incidentDate: '2026-11-24',
        suggestedUnitCode: 'KT-D616',
        attachmentIds: ['unknown'],
        colour: 'red',
      })
    expect(status).toBe(422)
    expect(body.code).toBe('invalid_fields')
    expect(body.errors).toEqual([
      { path: 'channel', message: '[fault.notOneOf]' },
      { path: 'receivedAt', message: '[fault.notA.moment]' },
      { path: 'name', message: '[fault.bodyName.notAName]' },
      { path: 'contactPerson', message: '[fault.required]' },
      { path: 'phone', message: '[fault.phone.shortNumber]' },
      { path: 'email', message: '[fault.notAnEmail]' },
      { path: 'address.colour', message: '[fault.unknownField]' },
      { path: 'title', message: '[fault.tooShort]' },
      { path: 'content', message: '[fault.tooShort]' },
      { path: 'suggestedUnitCode', message: '[fault.unitNotThen]' },
      { path: 'incidentDate', message: '[fault.inFuture]' },
      { path: 'attachmentIds.0', message: '[fault.unknownAttachment]' },
      { path: 'colour', message: '[fault.unknownField]' },
    ])
    for (const input of [[], null, 'x', 1]) {
      const answer = await supertest(house.app)
        .post('/api/v1/cases')
        .set('Authorization', `Bearer ${tokens.intake}`)
        .type('json')
        .send(JSON.stringify(input))
      expect([answer.status, answer.body.code]).toEqual([422, 'invalid_fields'])
    }
  })

  test('for what is required and missing', async () => {
    const nothing = Object.fromEntries(Object.keys(letter).map((field) => [field, undefined]))
    const faults = await faultsOf(nothing)
    expect(Object.keys(faults)).toEqual([
      'channel',
      'receivedAt',
      'submitterType',
      'name',
      'phone',
      'address',
      'title',
      'content',
    ])
    expect(new Set(Object.values(faults))).toEqual(new Set(['[fault.required]']))
  })

  test('for days that cannot be', async () => {
    expect(await faultsOf({ receivedAt: '2026-11-23T10:00:01+07:00' })).toEqual({ receivedAt: '[fault.inFuture]' })
    expect(await faultsOf({ receivedAt: '2026-11-24' })).toEqual({ receivedAt: '[fault.inFuture]' })
    expect(await faultsOf({ receivedAt: '2026-02-30' })).toEqual({ receivedAt: '[fault.notA.moment]' })
    expect(await faultsOf({ receivedAt: '2026-11-20T08:00:00' })).toEqual({ receivedAt: '[fault.notA.moment]' })
    expect(await faultsOf({ receivedAt: '2019-05-01' })).toEqual({ receivedAt: '[fault.beforeTheRules]' })
    expect(await faultsOf({ transferredAt: '2026-11-20' })).toEqual({ transferredAt: '[fault.beforeReceipt]' })
  })

  test('for a unit that is not there, or was not then', async () => {
    expect(await faultsOf({ suggestedUnitCode: 'QN-XX' })).toEqual({ suggestedUnitCode: '[fault.unknownUnit]' })
    expect(await faultsOf({ suggestedUnitCode: 'KT-D616' })).toEqual({ suggestedUnitCode: '[fault.unitNotThen]' })
    expect(await faultsOf({ receivedAt: '2025-06-30', suggestedUnitCode: 'QN-SXD' })).toHaveProperty(
      'suggestedUnitCode',
    )
    expect((await enter({ receivedAt: '2025-06-30', suggestedUnitCode: 'KT-SXD' })).status).toBe(201)
  })
})

describe('what the chat reads is read here', () => {
  test('a phone in any spelling', async () => {
    for (const phone of ['+84 905.000.012', '0084905000012', '84905000012', '(0905) 000-012', 'O9O5 OOO O12']) {
      expect((await enter({ phone })).body.phone, phone).toBe('+84905000012')
    }
    const fixed = (await enter({ phone: '0260 3 797 799' })).body
    expect([fixed.phone, ...warningsIn(fixed)]).toEqual(['+842603797799'])
    for (const [phone, stored] of [
      ['0521 234 567', '+84521234567'],
      ['905000012', '+84905000012'],
      ['0169 234 5678', '+84392345678'],
      ['+1 (415) 555-0100', '+14155550100'],
    ]) {
      const { body } = await enter({ phone })
      expect(body.phone, phone).toBe(stored)
      expect(warningsIn(body)).toEqual(['phone unusualPhone'])
    }
  })

  test('an address in words, in codes, abroad, and one that nobody can place', async () => {
    const codes = async (address: unknown) => {
      const { body } = await enter({ address })
      return [body.address?.provinceCode, body.address?.communeCode, body.address?.text]
    }
    expect(await codes('thon 2 xa sa thay')).toEqual(['51', '23527', 'thon 2 xa sa thay'])
    expect(await codes({ communeCode: '23527' })).toEqual(['51', '23527', 'Xã Sa Thầy, Tỉnh Quảng Ngãi'])
    expect(await codes({ communeCode: '23527', provinceCode: '51', text: 'nhà rông' })).toEqual([
      '51',
      '23527',
      'nhà rông',
    ])
    expect(await warningsOf({ address: 'Quận 1, Thành phố Hồ Chí Minh' })).toEqual(['address addressOutside'])
    expect(await warningsOf({ address: { communeCode: null, text: 'gần cầu treo' } })).toEqual(['address addressKept'])
    expect(await faultsOf({ address: 'gần cầu treo' })).toHaveProperty('address')
    expect(await faultsOf({ address: { communeCode: '99999' } })).toEqual({
      'address.communeCode': '[fault.address.unknownCommune]',
    })
    expect(await faultsOf({ address: { model: '2022', communeCode: '23527' } })).toHaveProperty(['address.model'])
    expect(await faultsOf({ address: {} })).toHaveProperty(['address.text'])
  })

  test('a name, an e-mail address and the words', async () => {
    expect(await warningsOf({ name: 'Hà' })).toEqual(['name singleWordName'])
    expect(await faultsOf({ name: '0905000012' })).toEqual({ name: '[fault.personName.notAName]' })
    expect(await warningsOf({ email: 'yha@gmai.com' })).toEqual(['email unusualEmail'])
    expect(await warningsOf({ content: 'Toi nop ho so cap so dat tu thang 8 ma den nay chua co ket qua.' })).toEqual([
      'content unaccented',
    ])
    expect(await warningsOf({ content: `${letter.content} Xin gọi tôi số 0905 000 012.` })).toEqual([
      'content personalData',
    ])
    expect(await warningsOf({ originalDocNumber: '' })).toEqual(['originalDocNumber documentMissing'])
    const body = { submitterType: 'enterprise', name: 'Công ty TNHH Thử', contactPerson: 'A Thăng' }
    expect((await enter(body)).body).toMatchObject({ name: body.name, contactPerson: 'A Thăng' })
  })
})

describe('who may enter', () => {
  test('the intake of the Office, and no other unit unless the province lets it', async () => {
    expect((await enter({}, {}, 'leader')).status).toBe(201)
    for (const who of ['publisher', 'coordinator', 'unit']) {
      const { status, body } = await enter({}, {}, who)
      expect([status, body.code], who).toEqual([403, 'forbidden'])
    }
    const nobody = await supertest(house.app).post('/api/v1/cases').send(letter)
    expect(nobody.status).toBe(401)
  })
})

describe('the same request again', () => {
  test('changes nothing and gets the same answer; with another body it is refused', async () => {
    const key = { 'Idempotency-Key': 'letter-45' }
    const first = await enter({ phone: '0521 234 567' }, key)
    const again = await enter({ phone: '0521 234 567' }, key)
    expect([again.status, again.body.code, again.body.warnings]).toEqual([201, first.body.code, first.body.warnings])
    const other = await enter({ phone: '0905 000 099' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
    // The key belongs to a person: somebody else's is another one.
    expect((await enter({}, key, 'leader')).body.code).not.toBe(first.body.code)
  })

  test('sent eight times at once files one case', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => enter({ receivedAt: '2026-11-20' }, { 'Idempotency-Key': 'at-once' })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
    expect(new Set(answers.map(({ body }) => body.code)).size).toBe(1)
  })
})

test('twelve at once get twelve codes and twelve places in the book, with no gap', async () => {
  const day = '2026-11-19'
  const answers = await Promise.all(Array.from({ length: 12 }, () => enter({ receivedAt: day })))
  const codes = answers.map(({ body }) => body.code as string).sort()
  expect(codes).toEqual(Array.from({ length: 12 }, (_, index) => `PAKN.20261119.${String(index + 1).padStart(4, '0')}`))
  await house.file({ receivedAt: Date.parse('2026-11-19T11:00:00+07:00') })
  const all = await Promise.all(
    (await Array.fromAsync(house.cases.codes())).map(async (code) => (await house.cases.find(code))?.intakeNumber),
  )
  const ofYear = all.flatMap((place) => (place?.year === 2026 ? [place.number] : [])).sort((a, b) => a - b)
  expect(ofYear).toEqual(ofYear.map((_, index) => index + 1))
})
