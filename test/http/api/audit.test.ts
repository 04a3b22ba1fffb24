import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditEntrySchema } from '../../../src/http/api/audit.ts'
import { revealedSchema } from '../../../src/http/api/reveal.ts'
import { caseSchema, pageOf } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri, undefined, { hideSender: true })
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.dpo = await house.tokenOf('dpo', 'QN-VP', 'dataProtectionOfficer')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
})
afterAll(() => house.close())

const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
const post = (who: string, path: string, body: object, headers: Record<string, string> = {}) =>
  supertest(house.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers).send(body)
const reveal = (who: string, code: string, reason = 'Trả lời yêu cầu số 12 của chủ thể dữ liệu.') =>
  post(who, `/cases/${code}/reveal`, { reason })
const linesAbout = async (code: string): Promise<{ actor: string; act: string; data?: object }[]> =>
  (await get('leader', `/audit?case=${code}&limit=100`)).body.items

async function forwarded(): Promise<string> {
  const code = await house.file()
  const forward = {
    act: 'forward',
    contentKind: 'conduct',
    field: 'land',
    leadUnitCode: 'QN-C23527',
    note: 'Chuyển xã.',
  }
  expect((await post('intake', `/cases/${code}/acts`, forward, { 'If-Match': '"1"' })).status).toBe(200)
  return code
}

describe('who read what', () => {
  test('every reading of personal data as it is stands in the log; masked readings do not', async () => {
    const code = await house.file()
    for (const path of ['', '/history']) expect((await get('intake', `/cases/${code}${path}`)).status).toBe(200)
    await get('intake', '/cases?limit=100')
    for (const path of ['', '/history', '/notices'])
      expect((await get('auditor', `/cases/${code}${path}`)).status).toBe(200)
    await get('auditor', '/cases?limit=100')
    const lines = await linesAbout(code)
    expect(lines.map(({ actor, act }) => `${actor} ${act}`)).toEqual([
      'intake listCases',
      'intake readHistory',
      'intake readCase',
    ])
  })

  test('what may not be seen is neither shown nor logged as seen', async () => {
    const code = await house.file()
    expect((await get('coordinator', `/cases/${code}`)).status).toBe(404)
    expect((await get('admin', `/cases/${code}`)).status).toBe(404)
    expect(await linesAbout(code)).toEqual([])
  })
})

describe('the sender is hidden from the handling unit where the province wants it', () => {
  test('its people read the words and not who wrote them, until they give a reason', async () => {
    const code = await forwarded()
    const shown = await get('coordinator', `/cases/${code}`)
    expect(() => caseSchema.parse(shown.body)).not.toThrow()
    expect(shown.body).toMatchObject({ name: 'Y H** N**', phone: '090****012', email: 'y***@example.vn' })
    expect(shown.body.content).toContain('hồ sơ cấp sổ đất')
    expect(shown.text).not.toMatch(/905000012|Y Hà|yha@|Thôn 2/)
    const history = await get('coordinator', `/cases/${code}/history`)
    expect(history.text).not.toMatch(/905000012|Y Hà|yha@|Thôn 2/)
    expect(
      history.body.items.map((line: { act: string; data?: object }) => [line.act, line.data !== undefined]),
    ).toEqual([
      ['submit', false],
      ['forward', true],
    ])

    const revealed = await reveal('coordinator', code, 'Gọi hẹn người dân đến nhận kết quả.')
    expect(revealed.status, revealed.text).toBe(200)
    expect(() => revealedSchema.parse(revealed.body)).not.toThrow()
    expect(revealed.body).toMatchObject({ name: 'Y Hà Niê', phone: '+84905000012', address: { detail: 'Thôn 2' } })
    expect((await linesAbout(code))[0]).toMatchObject({
      actor: 'coordinator',
      act: 'revealSender',
      data: { reason: 'Gọi hẹn người dân đến nhận kết quả.' },
    })
    expect((await get('coordinator', `/cases/${code}`)).body.phone).toBe('090****012')
  })

  test('the Office that took the case in goes on seeing them', async () => {
    expect((await get('intake', `/cases/${await forwarded()}`)).body).toMatchObject({ name: 'Y Hà Niê' })
  })
})

describe('the data protection officer', () => {
  test('knows of a case, reads nothing of it, and sees all of it for a reason that is kept', async () => {
    const code = await house.file()
    const { body, text } = await get('dpo', `/cases/${code}`)
    expect(() => caseSchema.parse(body)).not.toThrow()
    expect(body).toMatchObject({ code, state: 'PENDING_INTAKE', name: 'Y H** N**', allowedActs: [] })
    for (const field of ['title', 'content', 'supplements', 'answer', 'attachments'])
      expect(body).not.toHaveProperty(field)
    expect(text).not.toContain('hồ sơ')
    expect((await get('dpo', '/cases')).text).not.toContain('hồ sơ')
    expect((await reveal('dpo', code)).body).toMatchObject({
      phone: '+84905000012',
      content: expect.stringContaining('sổ'),
    })
    expect(await linesAbout(code)).toMatchObject([{ actor: 'dpo', act: 'revealSender' }])
  })

  test('also of a suspected denunciation', async () => {
    const code = await house.file({ hints: ['denunciationSuspected'] })
    expect((await get('dpo', `/cases/${code}`)).body).not.toHaveProperty('content')
    expect((await reveal('dpo', code)).body.phone).toBe('+84905000012')
  })
})

describe('a reveal is refused', () => {
  test.each(['publisher', 'auditor'])('to the %s, and the refusal is kept', async (who) => {
    const code = await house.file()
    expect((await reveal(who, code)).status).toBe(403)
    expect(await linesAbout(code)).toMatchObject([{ actor: who, act: 'refused' }])
  })

  test('for a case that one may not know of, before anything is said about the reason', async () => {
    const code = await house.file()
    expect((await reveal('coordinator', code)).status).toBe(404)
    expect((await post('coordinator', `/cases/${code}/reveal`, {})).status).toBe(404)
    expect((await post('auditor', `/cases/${code}/reveal`, {})).status).toBe(403)
  })

  test.each([
    {},
    { reason: 'ngắn' },
    { reason: '          x          ' },
    { reason: 7 },
    { reason: 'Đủ dài để là lý do.', more: 1 },
  ])('without a reason: %j', async (body) => {
    const code = await house.file()
    const answer = await post('dpo', `/cases/${code}/reveal`, body)
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([422, 'invalid_fields'])
    expect(await linesAbout(code)).toEqual([])
  })
})

describe('the log', () => {
  test('is read by those who watch, by nobody else, and by an administrator as far as it is technical', async () => {
    await get('intake', `/cases/${await house.file()}`)
    for (const who of ['leader', 'auditor', 'dpo']) {
      const { body, status } = await get(who, '/audit')
      expect([who, status]).toEqual([who, 200])
      expect(() => pageOf(auditEntrySchema).parse(body)).not.toThrow()
      expect(body.items.some((line: { act: string }) => line.act === 'readCase')).toBe(true)
    }
    for (const who of ['intake', 'publisher', 'coordinator'])
      expect([who, (await get(who, '/audit')).status]).toEqual([who, 403])
    const technical = await get('admin', '/audit?limit=100')
    expect(technical.status).toBe(200)
    expect(technical.text).not.toContain('readCase')
    expect((await get('admin', '/audit?act=readCase')).body.items).toEqual([])
  })

  test('pages go on where the one before ended', async () => {
    const first = (await get('leader', '/audit?limit=2')).body
    const second = (await get('leader', `/audit?limit=2&cursor=${first.next}`)).body
    const seqs = [...first.items, ...second.items].map((line: { seq: number }) => line.seq)
    expect(seqs).toEqual([0, 1, 2, 3].map((back) => (seqs[0] ?? 0) - back))
  })

  test('tells nothing of a case that its reader may not know of', async () => {
    const code = await house.file({ hints: ['denunciationSuspected'] })
    await get('leader', `/cases/${code}`)
    expect(await linesAbout(code)).toHaveLength(1)
    expect((await get('auditor', `/audit?case=${code}`)).body.items).toEqual([])
    expect((await get('auditor', '/audit?limit=100')).text).not.toContain(code)
  })

  test.each(['limit=0', 'act=fly', 'from=yesterday', 'cursor=x', 'colour=red'])('%s is refused', async (query) => {
    expect((await get('leader', `/audit?${query}`)).status).toBe(422)
  })
})
