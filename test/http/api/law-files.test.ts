import { readFile } from 'node:fs/promises'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recomputeClocks } from '../../../src/usecases/recompute-clocks.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader', 'intakeOfficer')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
})
afterAll(() => house.close())

const get = (path: string, who = 'leader') =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
const post = (path: string, body: string | object, headers: Record<string, string> = {}, who = 'admin') =>
  supertest(house.app)
    .post(`/api/v1${path}`)
    .set({ Authorization: `Bearer ${tokens[who]}`, 'Content-Type': 'application/json', ...headers })
    .send(typeof body === 'string' ? body : JSON.stringify(body))

const calendar2027 = {
  timezone: 'Asia/Ho_Chi_Minh',
  2027: {
    off: [
      '2027-01-01',
      '2027-02-05',
      '2027-02-08',
      '2027-02-09',
      '2027-02-10',
      '2027-02-11',
      '2027-04-16',
      '2027-04-30',
    ],
    makeUp: [],
    sources: ['Công văn thử nghiệm về lịch nghỉ năm 2027'],
  },
}
const shippedRuleSets = async () => JSON.parse(await readFile('data/rule-sets.json', 'utf8'))

describe('the calendars', () => {
  test('are read by everybody who is signed in, by years, with versions and sources', async () => {
    const first = await get('/calendars?limit=4')
    expect(first.body.items.map(({ year }: { year: number }) => year)).toEqual([2022, 2023, 2024, 2025])
    const rest = await get(`/calendars?limit=4&cursor=${first.body.next}`, 'auditor')
    expect(rest.body.next).toBeNull()
    expect(rest.body.items).toMatchObject([
      {
        year: 2026,
        version: '2026.1',
        provisional: false,
        workingDays: 249,
        makeUp: ['2026-01-10', '2026-08-22'],
        importedBy: 'program',
        sources: expect.arrayContaining([expect.stringContaining('12729/VPCP-KGVX')]),
        versions: [{ version: '2026.1' }],
      },
      { year: 2027, provisional: true },
    ])
    expect((await supertest(house.app).get('/api/v1/calendars')).status).toBe(401)
  })

  test('are changed by an administrator alone', async () => {
    for (const who of ['leader', 'auditor'])
      expect((await post('/calendars?dryRun=true', calendar2027, {}, who)).status).toBe(403)
  })

  test('a dry run says which years and open cases change; the import does it, once', async () => {
    const receivedAt = Date.parse('2027-01-25T09:00:00+07:00')
    house.setNow(receivedAt + 60_000)
    const code = await house.file({ receivedAt })
    const before = (await get(`/cases/${code}`)).body
    expect(before.clocks).toMatchObject({ answerBy: '2027-02-15', provisional: true })
    const expected = {
      years: [
        { year: 2027, before: '2027.0-provisional', version: '2027.1', provisional: false, workingDaysBefore: 256 },
      ],
      openCases: 1,
      casesMoved: 1,
      cases: [{ code, moved: [{ clock: 'answerBy', before: '2027-02-15', after: '2027-02-22' }] }],
    }
    const told = await post('/calendars?dryRun=true', calendar2027)
    expect(told.status, told.text).toBe(200)
    expect(told.body).toMatchObject({ dryRun: true, revision: 1, ...expected })
    expect((await get(`/cases/${code}`)).body).toEqual(before)

    const done = await post('/calendars', calendar2027, { 'Idempotency-Key': 'calendar-2027' })
    expect(done.body).toMatchObject({ dryRun: false, revision: 2, ...expected })
    const again = await post('/calendars', calendar2027, { 'Idempotency-Key': 'calendar-2027' })
    expect(again.body).toEqual(done.body)
    const other = await post(
      '/calendars',
      { ...calendar2027, 2028: { off: [], makeUp: [] } },
      { 'Idempotency-Key': 'calendar-2027' },
    )
    expect(other.body.code).toBe('idempotency_key_reused')
    expect((await post('/calendars', calendar2027)).body).toMatchObject({ revision: 2, years: [], casesMoved: 0 })

    // The clocks are derived: they follow at once, and the history a moment later.
    expect((await get(`/cases/${code}`)).body.clocks).toMatchObject({ answerBy: '2027-02-22', provisional: false })
    const { cases, law } = house
    const deps = { cases, law: law.kept, store: law.store, owner: 'test', now: () => receivedAt }
    const noFault = (_code: string, error: unknown) => expect(error).toBeUndefined()
    await recomputeClocks(deps, { signal: new AbortController().signal, onFault: noFault })
    const { items } = (await get(`/cases/${code}/history`)).body
    expect(items).toHaveLength(2)
    expect(items[1]).toMatchObject({
      act: 'recomputeClocks',
      actor: 'system',
      data: { answerBy: '2027-02-22', before: { answerBy: '2027-02-15' }, calendarVersions: { 2027: '2027.1' } },
    })

    const year = (await get('/calendars?cursor=2026')).body.items[0]
    expect(year).toMatchObject({ version: '2027.1', importedBy: 'admin', sources: calendar2027[2027].sources })
    expect(year.versions.map(({ version }: { version: string }) => version)).toEqual(['2027.0-provisional', '2027.1'])
    const audit = await get('/audit?act=imported', 'admin')
    expect(audit.body.items).toMatchObject([{ actor: 'admin', act: 'imported', data: { lawRevision: 2 } }])
  })

  const faults: [string, string, number, string[]][] = [
    [
      'a day that is off twice',
      '{"timezone":"Asia/Ho_Chi_Minh","2028":{"off":["2028-01-03","2028-01-03"],"makeUp":[]}}',
      422,
      ['2028.off.1'],
    ],
    [
      'a day that is off and worked',
      '{"timezone":"Asia/Ho_Chi_Minh","2028":{"off":["2028-01-03"],"makeUp":["2028-01-03"]}}',
      422,
      ['2028.makeUp.0', '2028.makeUp.0'],
    ],
    [
      'a year that is written twice',
      '{"timezone":"Asia/Ho_Chi_Minh",\n"2028":{"off":[],"makeUp":[]},\n"2028":{"off":["2028-01-03"],"makeUp":[]}}',
      422,
      ['line.3'],
    ],
    [
      'a wrong count',
      '{"timezone":"Asia/Ho_Chi_Minh","2028":{"off":[],"makeUp":[],"workingDays":250}}',
      422,
      ['2028.workingDays'],
    ],
    [
      'an unknown word',
      '{"timezone":"Asia/Ho_Chi_Minh","2028":{"off":[],"makeUp":[],"colour":"red"}}',
      422,
      ['2028.colour'],
    ],
    ['nothing of use', '[]', 422, ['line.1']],
    ['no JSON', '{"timezone":', 400, []],
    ['JSON without a bottom', '['.repeat(50_000) + ']'.repeat(50_000), 400, []],
  ]
  test.each(faults)('%s is refused, naming the place', async (_what, body, status, paths) => {
    const answer = await post('/calendars', body)
    expect([answer.status, answer.body.errors?.map(({ path }: { path: string }) => path)]).toEqual([status, paths])
    expect(await house.law.store.revision()).toBe(2)
  })

  test('another type of content is refused, and so is an unknown parameter', async () => {
    expect((await post('/calendars', 'a,b', { 'Content-Type': 'text/csv' })).status).toBe(415)
    expect((await post('/calendars?dryRun=perhaps', calendar2027)).body.code).toBe('invalid_fields')
  })
})

describe('the rule sets', () => {
  test('are read with their values, dates and whether a person has confirmed them', async () => {
    const { body } = await get('/rule-sets')
    expect(body.items).toMatchObject([
      { id: 'qd29-2026', verified: false, validFrom: '2026-07-20', validTo: null, sources: [expect.any(String)] },
      {
        id: 'qd31-2021',
        verified: true,
        workingDays: { answer: 15 },
        versions: [{ version: '1', importedBy: 'program' }],
      },
    ])
  })

  test('a value is changed with a version of its own, and moves what is open under it', async () => {
    const file = await shippedRuleSets()
    file.ruleSets[1].workingDays.answer = 10
    file.ruleSets[1].verified = true
    const told = await post('/rule-sets?dryRun=true', file)
    expect(told.body).toMatchObject({
      ruleSets: [
        {
          id: 'qd29-2026',
          before: '1',
          version: '2',
          values: [
            { path: 'verified', before: 'false', after: 'true' },
            { path: 'workingDays.answer', before: '15', after: '10' },
          ],
        },
      ],
      casesMoved: 1,
    })
    expect((await post('/rule-sets', file)).body.revision).toBe(3)
    expect((await get('/deadlines?receivedAt=2026-11-23')).body).toMatchObject({
      clocks: { answerBy: '2026-12-08' },
      ruleSet: { id: 'qd29-2026', version: '2', verified: true },
    })
    expect((await get('/deadlines?receivedAt=2026-07-01')).body.ruleSet).toMatchObject({
      id: 'qd31-2021',
      version: '1',
    })
  })

  test('a set that leaves a day without law, or gives it two, is refused', async () => {
    const file = await shippedRuleSets()
    const [, newest] = file.ruleSets
    const next = { ...newest, id: 'qd99-2027', validFrom: '2027-03-01' }
    const refused = async (ruleSets: object[]) => {
      const { status, body } = await post('/rule-sets', { ruleSets })
      expect(status).toBe(422)
      return body.errors
    }
    expect(await refused([next])).toEqual([{ path: 'ruleSets.0', message: '[dataFault.overlap]' }])
    expect(await refused([{ ...newest, validTo: '2027-01-31' }])).toEqual([
      { path: 'ruleSets.0.validTo', message: '[dataFault.gap]' },
    ])
    expect(await refused([{ ...newest, validTo: '2027-01-31' }, next])).toEqual([
      { path: 'ruleSets.0.validTo', message: '[dataFault.gap]' },
    ])
    const both = { ruleSets: [{ ...newest, validTo: '2027-02-28' }, next] }
    expect((await post('/rule-sets', both)).status).toBe(200)
    expect((await get('/deadlines?receivedAt=2027-03-01')).body.ruleSet.id).toBe('qd99-2027')
  })
})
