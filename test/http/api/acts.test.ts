import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { caseSchema, historyEntrySchema, noticeSchema } from '../../../src/http/api/schemas.ts'
import { testDatabase } from '../../support/database.ts'
import { CHECKLIST } from '../../support/matter.ts'
import { type House, openHouse, receivedAt } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  tokens.handler = await house.tokenOf('handler', 'QN-C23527', 'handler')
  tokens.agencyLeader = await house.tokenOf('agencyLeader', 'QN-C23527', 'agencyLeader')
  tokens.stranger = await house.tokenOf('stranger', 'QN-C23530', 'agencyCoordinator')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
})
afterAll(() => house.close())

function act(who: string, code: string, body: unknown, headers: Record<string, string> = {}) {
  return supertest(house.app)
    .post(`/api/v1/cases/${code}/acts`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set(headers)
    .send(body as object)
}
const get = (who: string, path: string) =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
const match = (version: number) => ({ 'If-Match': `"${version}"` })

const forward = {
  act: 'forward',
  contentKind: 'conduct',
  field: 'land',
  leadUnitCode: 'QN-C23527',
  note: 'Đề nghị xã xem xét.',
}
const answerText =
  'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà vào ngày 25/11/2026. Xin lỗi vì chậm trễ.'

describe('the whole way of a case', () => {
  test('forward, accept, answer, approve and publish, each seen by version, history and notices', async () => {
    const code = await house.file()
    expect(code).toMatch(/^PAKN\.20261123\.\d{4}$/)
    let answer = await act('intake', code, forward, match(1))
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.etag).toBe('"2"')
    expect(answer.body).toMatchObject({
      code,
      version: 2,
      state: 'FORWARDED',
      leadUnitCode: 'QN-C23527',
      kpiClass: 'conduct',
    })
    expect(() => caseSchema.parse(answer.body)).not.toThrow()

    const steps: [string, object, string][] = [
      ['coordinator', { act: 'accept', handler: 'handler' }, 'PROCESSING'],
      ['handler', { act: 'submitAnswer', answer: answerText, form: 'corrected' }, 'PROCESSING'],
      ['agencyLeader', { act: 'approveAnswer' }, 'PENDING_PUBLICATION'],
      [
        'publisher',
        {
          act: 'publish',
          title: 'Chậm trả kết quả hồ sơ đất đai',
          content: 'Người dân phản ánh hồ sơ chậm trả kết quả.',
          answer: answerText,
          checklist: CHECKLIST,
        },
        'PUBLISHED',
      ],
    ]
    for (const [index, [who, body, state]] of steps.entries()) {
      answer = await act(who, code, body, match(index + 2))
      expect({ who, status: answer.status, state: answer.body.state, errors: answer.body.errors }).toEqual({
        who,
        status: 200,
        state,
        errors: undefined,
      })
    }
    expect(answer.body.publication).toMatchObject({ answer: answerText })

    const history = await get('intake', `/cases/${code}/history`)
    for (const entry of history.body.items) expect(() => historyEntrySchema.parse(entry)).not.toThrow()
    expect(history.body.items.map((entry: { act: string }) => entry.act)).toEqual([
      'submit',
      'forward',
      'accept',
      'submitAnswer',
      'approveAnswer',
      'publish',
    ])
    expect(verifyChain(history.body.items, (await house.cases.head(code)) ?? undefined)).toEqual([])

    const notices = await get('intake', `/cases/${code}/notices`)
    for (const notice of notices.body.items) expect(() => noticeSchema.parse(notice)).not.toThrow()
    expect(notices.body.items.map((one: { notice: string; state: string }) => [one.notice, one.state])).toEqual([
      ['N1', 'planned'],
      ['N6', 'planned'],
      ['N3', 'planned'],
    ])
  })

  test('a refusal needs a second person and tells the citizen', async () => {
    const code = await house.file()
    const refuse = {
      act: 'refuse',
      reasonCode: 'legal_question',
      reason: 'Nội dung là câu hỏi pháp luật.',
      guidance: 'Mời Ông/Bà gọi Trung tâm.',
    }
    const first = await act('intake', code, refuse, match(1))
    expect(first.body).toMatchObject({
      state: 'PENDING_INTAKE',
      pendingApproval: { act: 'refuse', by: 'intake' },
      version: 2,
    })
    expect((await act('leader', code, { act: 'approveRefusal' }, match(2))).body).toMatchObject({
      state: 'REFUSED',
      version: 3,
    })
    const { items } = (await get('intake', `/cases/${code}/notices`)).body
    expect(items.map((one: { notice: string }) => one.notice)).toEqual(['N1', 'N4'])
  })
})

describe('faults are judged in the promised order', () => {
  let code: string
  beforeAll(async () => {
    code = await house.file()
  })
  const faultOf = async (answer: supertest.Test) => {
    const { status, text } = await answer
    return [status, JSON.parse(text).code]
  }

  test('401 before everything', async () => {
    const request = supertest(house.app)
      .post('/api/v1/cases/NONE/acts')
      .set('Authorization', 'Bearer pakn_wrong')
      .type('json')
      .send('{')
    expect(await faultOf(request)).toEqual([401, 'unauthorized'])
    expect(await faultOf(supertest(house.app).get('/api/v1/me'))).toEqual([401, 'unauthorized'])
  })

  test('404 for a case that is not there and for one that one may not know of', async () => {
    expect(await faultOf(act('intake', 'PAKN.20200101.0001', {}))).toEqual([404, 'not_found'])
    expect(await faultOf(act('stranger', code, forward))).toEqual([404, 'not_found'])
    expect(await faultOf(act('admin', code, forward))).toEqual([404, 'not_found'])
    expect((await get('stranger', `/cases/${code}`)).status).toBe(404)
    expect((await get('stranger', `/cases/${code}/history`)).status).toBe(404)
  })

  test('403 before what is wrong with the request', async () => {
    expect(await faultOf(act('publisher', code, { act: 'forward' }))).toEqual([403, 'forbidden'])
    expect(await faultOf(act('publisher', code, forward, match(99)))).toEqual([403, 'forbidden'])
  })

  test('428 before 409 and 422', async () => {
    expect(await faultOf(act('intake', code, { act: 'forward' }))).toEqual([428, 'version_required'])
    expect(await faultOf(act('intake', code, { act: 'fly' }))).toEqual([428, 'version_required'])
  })

  test('409 before 422', async () => {
    expect(await faultOf(act('intake', code, { act: 'forward' }, match(7)))).toEqual([409, 'version_conflict'])
    expect(await faultOf(act('intake', code, { act: 'fly' }, { 'If-Match': '*' }))).toEqual([409, 'version_conflict'])
  })

  test('422 for an unknown act, an act of another state and fields at fault', async () => {
    expect(await faultOf(act('intake', code, { act: 'fly' }, match(1)))).toEqual([422, 'unknown_act'])
    expect(await faultOf(act('intake', code, {}, match(1)))).toEqual([422, 'unknown_act'])
    expect(await faultOf(act('intake', code, { act: 'withdrawn' }, match(1)))).toEqual([422, 'unknown_act'])
    expect(await faultOf(act('leader', code, { act: 'reconsider', reason: 'x' }, match(1)))).toEqual([
      422,
      'illegal_act',
    ])
    const fields = await act('intake', code, { ...forward, field: 'moon', leadUnitCode: 'X-NONE', more: 1 }, match(1))
    expect(fields.status).toBe(422)
    const problem = JSON.parse(fields.text)
    expect(problem.code).toBe('invalid_fields')
    expect(problem.errors.map((one: { path: string }) => one.path)).toEqual(expect.arrayContaining(['field', 'more']))
    expect(await faultOf(act('intake', code, { ...forward, leadUnitCode: 'X-NONE' }, match(1)))).toEqual([
      422,
      'invalid_fields',
    ])
  })

  test('a body that is no JSON is 400, and nothing of all this has changed the case', async () => {
    const broken = supertest(house.app)
      .post(`/api/v1/cases/${code}/acts`)
      .set('Authorization', `Bearer ${tokens.intake}`)
      .type('json')
      .send('{"act":')
    expect(await faultOf(broken)).toEqual([400, 'bad_request'])
    expect((await get('intake', `/cases/${code}`)).body.version).toBe(1)
  })
})

describe('repeated requests', () => {
  const key = (text: string) => ({ 'Idempotency-Key': text })

  test('the same request again is answered and has no second effect', async () => {
    const code = await house.file()
    const first = await act('intake', code, forward, { ...match(1), ...key('once') })
    const second = await act('intake', code, forward, { ...match(1), ...key('once') })
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.body.version).toBe(2)
    expect((await house.cases.history(code)).length).toBe(2)
  })

  test('the same key with another body is refused, another person’s same key is not', async () => {
    const code = await house.file()
    await act('intake', code, forward, { ...match(1), ...key('reused') })
    const reused = await act('intake', code, { ...forward, note: 'Khác.' }, { ...match(1), ...key('reused') })
    expect([reused.status, JSON.parse(reused.text).code]).toEqual([422, 'idempotency_key_reused'])
    expect(
      (await act('coordinator', code, { act: 'accept', handler: 'handler' }, { ...match(2), ...key('reused') })).status,
    ).toBe(200)
  })

  test('ten at once with one key are one act', async () => {
    const code = await house.file()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => act('intake', code, forward, { ...match(1), ...key('burst') })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect((await house.cases.history(code)).length).toBe(2)
  })

  test('of ten officers with one version one wins and the others are told to look again', async () => {
    const code = await house.file()
    const answers = await Promise.all(Array.from({ length: 10 }, () => act('intake', code, forward, match(1))))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(new Set(statuses)).toEqual(new Set([200, 409]))
    expect((await house.cases.history(code)).length).toBe(2)
  })
})

test('a draft that is filed twice is one case', async () => {
  const draftId = 'twice'
  const first = await house.file({ draftId }, 'one-citizen')
  expect(await house.file({ draftId }, 'one-citizen')).toBe(first)
})

test('an act after its clock is possible and marked as late', async () => {
  const code = await house.file()
  house.setNow(receivedAt + 30 * 86_400_000)
  const answer = await act('intake', code, forward, match(1))
  house.setNow(receivedAt + 60_000)
  expect(answer.body).toMatchObject({ state: 'FORWARDED', flags: expect.arrayContaining(['overdue']) })
  expect((await house.cases.history(code))[1]?.data).toMatchObject({ late: { clock: 'B' } })
})
