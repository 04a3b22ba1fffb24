import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { caseSchema, meSchema, pageOf, summarySchema, unitSchema } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse, receivedAt } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const codes: string[] = []

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  for (let hour = 0; hour < 5; hour++)
    codes.push(await house.file({ receivedAt: receivedAt + Math.floor(hour / 2) * 3_600_000 }))
})
afterAll(() => house.close())

const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)

test('a person is told who they are and what they may', async () => {
  const { body } = await get('intake', '/me')
  expect(() => meSchema.parse(body)).not.toThrow()
  expect(body).toMatchObject({
    login: 'intake',
    unit: { code: 'QN-VP', name: 'Văn phòng UBND tỉnh Quảng Ngãi' },
    roles: ['intakeOfficer'],
  })
  expect(body.rights).toContain('forward')
  expect(body.rights).not.toContain('publish')
})

describe('one case', () => {
  test('is shown whole to the intake officer, with its clocks and acts', async () => {
    const { body, headers } = await get('intake', `/cases/${codes[0]}`)
    expect(() => caseSchema.parse(body)).not.toThrow()
    expect(headers.etag).toBe('"1"')
    expect(headers['cache-control']).toBe('no-store')
    expect(body).toMatchObject({
      phone: '+84905000012',
      receivedAt: '2026-11-23T09:12:00+07:00',
      ruleSet: 'qd29-2026',
      model: '2025',
      address: { detail: 'Thôn 2', communeCode: '23527' },
      clocks: {
        refuseBy: '2026-11-26',
        forwardBy: '2026-12-01',
        answerBy: '2026-12-15',
        firstProgressUpdateBy: '2026-12-22',
      },
    })
    expect(body.allowedActs).toContain('forward')
  })

  test('is shown masked to the auditor: no phone, no e-mail, no address, no name', async () => {
    const { text, body } = await get('auditor', `/cases/${codes[0]}`)
    expect(body).toMatchObject({
      name: 'Y H** N**',
      phone: '090****012',
      email: 'y***@example.vn',
      content: expect.any(String),
    })
    expect(text).not.toMatch(/905000012|yha@|Thôn 2/)
    const history = await get('auditor', `/cases/${codes[0]}/history`)
    expect(history.text).not.toMatch(/905000012|Thôn 2|"data"|"salt"/)
    expect(verifyChain(history.body.items)).toEqual([])
  })

  test('is nothing to an administrator (R7-10)', async () => {
    expect((await get('admin', `/cases/${codes[0]}`)).status).toBe(404)
    expect((await get('admin', '/cases')).body).toEqual({ items: [], next: null })
  })
})

describe('lists', () => {
  test('pages hold every case once, newest receipt first, also where times are equal', async () => {
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const { body } = await get('intake', `/cases?limit=2${next === '' ? '' : `&cursor=${next}`}`)
      expect(() => pageOf(summarySchema).parse(body)).not.toThrow()
      expect(body.items.length).toBeLessThanOrEqual(2)
      seen.push(...body.items.map((item: { code: string }) => item.code))
      next = body.next
    }
    expect(seen).toEqual(codes.toSorted((a, b) => (a < b ? 1 : -1)))
  })

  test('a unit sees what was forwarded to it and nothing else', async () => {
    expect((await get('coordinator', '/cases')).body.items).toEqual([])
    const body = {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Chuyển xã.',
    }
    await supertest(house.app)
      .post(`/api/v1/cases/${codes[1]}/acts`)
      .set('Authorization', `Bearer ${tokens.intake}`)
      .set('If-Match', '"1"')
      .send(body)
    expect((await get('coordinator', '/cases')).body.items.map((item: { code: string }) => item.code)).toEqual([
      codes[1],
    ])
    expect((await get('intake', '/cases?state=FORWARDED&unit=QN-C23527')).body.items).toHaveLength(1)
    expect((await get('intake', '/cases?state=REFUSED')).body.items).toEqual([])
  })

  test.each(['limit=0', 'limit=101', 'limit=x', 'state=LOST', 'cursor=x', 'colour=red', 'state[$ne]=x'])(
    '%s is refused',
    async (query) => {
      const answer = await get('intake', `/cases?${query}`)
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([422, 'invalid_fields'])
    },
  )
})

test('units are listed with their model and validity', async () => {
  const { body } = await get('intake', '/units?model=2022&limit=100')
  expect(() => pageOf(unitSchema).parse(body)).not.toThrow()
  expect(body.items).toHaveLength(100)
  const rest = await get('intake', `/units?model=2022&limit=100&cursor=${body.next}`)
  expect(rest.body).toMatchObject({ next: null })
  expect(body.items.length + rest.body.items.length).toBe(135)
})

test('nothing of a person stands in the database in clear', async () => {
  const names = ['cases', 'history', 'outbox', 'conversations', 'counters', 'consents']
  const all = await Promise.all(names.map((name) => house.database.collection(name).find().toArray()))
  const raw = all
    .flat()
    .map((document) => JSON.stringify(document) + Object.values(document).map(String).join(' '))
    .join('\n')
  for (const marked of ['905000012', 'Y Hà', 'yha@', 'Thôn 2', 'hồ sơ cấp sổ', '900100200300'])
    expect(raw).not.toContain(marked)
})

test('a case that the chat took for a denunciation is a 404 for everybody but the leader of the Office', async () => {
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  const code = await house.file({ hints: ['denunciationSuspected'] })
  expect((await get('intake', `/cases/${code}`)).status).toBe(404)
  expect((await get('leader', `/cases/${code}`)).status).toBe(200)
  const listed = (await get('intake', '/cases?limit=100')).body.items.map((item: { code: string }) => item.code)
  expect(listed).not.toContain(code)
})
