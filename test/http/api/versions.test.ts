import type { Server } from 'node:http'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let server: Server
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.handler = await house.tokenOf('handler', 'QN-C23527', 'handler')
  // One server for all, for twenty at once must not be twenty servers.
  server = house.app.listen(0, '127.0.0.1')
})
afterAll(async () => {
  server.close()
  await house.close()
})

const get = (who: string, path: string, headers: Record<string, string> = {}) =>
  supertest(server).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers)
const act = (who: string, code: string, body: object, match?: string) =>
  supertest(server)
    .post(`/api/v1/cases/${code}/acts`)
    .set('Authorization', `Bearer ${tokens[who]}`)
    .set(match === undefined ? {} : { 'If-Match': match })
    .send(body)
const note = { act: 'note', text: 'Đã gọi điện.' }
const forward = { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode: 'QN-C23527', note: 'Chuyển xã.' }
const problemOf = (answer: { text: string }) => JSON.parse(answer.text)

describe('a case that was read before', () => {
  test.each(['"1"', 'W/"1"', '"7", "1"', '*'])('is not sent again for If-None-Match: %s', async (tag) => {
    const code = await house.file()
    const answer = await get('intake', `/cases/${code}`, { 'If-None-Match': tag })
    expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', '"1"'])
    await act('intake', code, note, '"1"')
    const changed = await get('intake', `/cases/${code}`, { 'If-None-Match': tag })
    expect([changed.status, changed.headers.etag]).toEqual(tag === '*' ? [304, '"2"'] : [200, '"2"'])
  })

  test('is sent where the version is another or none, and refused to whom it is unknown all the same', async () => {
    const code = await house.file()
    for (const tag of ['"2"', '1', 'x']) {
      expect((await get('intake', `/cases/${code}`, { 'If-None-Match': tag })).status).toBe(200)
    }
    expect((await get('handler', `/cases/${code}`, { 'If-None-Match': '*' })).status).toBe(404)
  })
})

describe('the version that an act names', () => {
  test.each(['"1"', 'W/"1"', '1', '"7", "1"', ' "1" '])('is accepted as %s', async (match) => {
    const code = await house.file()
    expect((await act('intake', code, note, match)).status).toBe(200)
  })

  test.each(['*', '"2"', '"01x"', '"1', '""', '"-1"', '"1e0"', ','])('matches nothing as %s', async (match) => {
    const code = await house.file()
    const answer = await act('intake', code, note, match)
    expect([answer.status, problemOf(answer).code, problemOf(answer).changes]).toEqual([409, 'version_conflict', []])
    expect((await house.cases.history(code)).length).toBe(1)
  })

  test('must be named', async () => {
    const code = await house.file()
    for (const match of [undefined, '', ' ']) {
      expect((await act('intake', code, note, match)).status).toBe(428)
    }
  })
})

describe('an act on a version that is past', () => {
  test('is told what was done since, in order and without the data', async () => {
    const code = await house.file()
    await act('intake', code, note, '"1"')
    await act('intake', code, forward, '"2"')
    const answer = await act('intake', code, note, '"1"')
    expect(answer.status).toBe(409)
    const at = expect.stringMatching(/^2026-11-23T09:13:\d\d\+07:00$/)
    expect(problemOf(answer).changes).toEqual([
      { seq: 2, at, actor: 'intake', act: 'note', from: 'PENDING_INTAKE', to: 'PENDING_INTAKE' },
      { seq: 3, at, actor: 'intake', act: 'forward', from: 'PENDING_INTAKE', to: 'FORWARDED' },
    ])
    expect(answer.text).not.toContain('Đã gọi điện')
    const newer = await act('intake', code, note, '"1", "2"')
    expect(problemOf(newer).changes.map(({ seq }: { seq: number }) => seq)).toEqual([3])
  })

  test('is told of the last fifty changes at most', async () => {
    const code = await house.file()
    const first = await house.cases.find(code)
    if (first === null) throw new Error('no case')
    for (let version = 1; version <= 55; version++) {
      const entry = { at: 1, actor: 'intake', act: 'note', from: first.state, to: first.state, data: {} }
      const moves = [{ next: { ...first, version: version + 1 }, entry }]
      await house.cases.storeMoves({ moves, messages: [], mark: null, now: 1 })
    }
    const { changes } = problemOf(await act('intake', code, note, '"1"'))
    expect([changes.length, changes[0].seq, changes.at(-1).seq]).toEqual([50, 7, 56])
  })

  test('tells nothing to whom the case is unknown', async () => {
    const code = await house.file()
    await act('intake', code, note, '"1"')
    const answer = await act('handler', code, note, '"1"')
    expect([answer.status, problemOf(answer).changes]).toEqual([404, undefined])
  })
})

describe('an act that is not possible', () => {
  test('says why and what is possible', async () => {
    const code = await house.file()
    const answer = await act('leader', code, { act: 'reconsider', reason: 'Xin xem lại.' }, '"1"')
    const problem = problemOf(answer)
    const seen = (await get('leader', `/cases/${code}`)).body.allowedActs
    expect(problem).toMatchObject({
      status: 422,
      code: 'illegal_act',
      detail: '[refusal.wrongState] [refusal.allowed]',
      errors: [{ path: 'act', message: '[refusal.wrongState]' }],
      allowedActs: seen,
    })
    expect(seen).toContain('forward')
  })

  test('is 403 where it is another person’s, and says what is this person’s', async () => {
    const code = await house.file()
    const problem = problemOf(await act('auditor', code, forward, '"1"'))
    expect(problem).toMatchObject({
      status: 403,
      code: 'forbidden',
      detail: '[refusal.notYourAct] [refusal.nothingAllowed]',
      allowedActs: [],
    })
  })
})

test('of twenty officers at once one wins each version, the chain has no gap, and the others learn what happened', async () => {
  const officers = Array.from({ length: 20 }, (_, index) => `officer-${index}`)
  for (const login of officers) tokens[login] = await house.tokenOf(login, 'QN-VP', 'intakeOfficer')
  const code = await house.file()
  const wins: string[] = []
  for (const version of [1, 2, 3]) {
    const answers = await Promise.all(
      officers.map((login) => act(login, code, { act: 'note', text: `Ghi chú của ${login}.` }, `"${version}"`)),
    )
    const winners = officers.filter((_, index) => answers[index]?.status === 200)
    expect(winners).toHaveLength(1)
    wins.push(...winners)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(problemOf(answer)).toMatchObject({ status: 409, code: 'version_conflict' })
      expect(problemOf(answer).changes).toMatchObject([{ seq: version + 1, actor: winners[0], act: 'note' }])
    }
  }
  const history = await house.cases.history(code)
  expect(history.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect(history.slice(1).map(({ actor }) => actor)).toEqual(wins)
  expect(verifyChain(history, (await house.cases.head(code)) ?? undefined)).toEqual([])
})

test('an act on a case that a killed process holds is done within seconds', async () => {
  const code = await house.file()
  const session = house.database.connection.getClient().startSession()
  session.startTransaction()
  await house.database.collection<{ _id: string }>('cases').updateOne({ _id: code }, { $set: { lost: 1 } }, { session })
  const answer = await act('intake', code, forward, '"1"')
  expect([answer.status, answer.body.version]).toEqual([200, 2])
  expect(await house.database.collection<{ _id: string }>('cases').findOne({ _id: code })).not.toHaveProperty('lost')
  await session.endSession().catch(() => undefined)
})

test('of acts of one moment on many cases each has its own effect, and one that comes too late spoils no other', async () => {
  const codes: string[] = []
  while (codes.length < 12) codes.push(await house.file())
  const acts = codes.flatMap((code, index) => {
    const first = { act: 'note', text: `Ghi chú của hồ sơ thứ ${index}.` }
    // Some cases are wanted twice at the same version.
    return index % 4 === 0
      ? [
          { code, body: first },
          { code, body: { ...first, text: 'Người thứ hai.' } },
        ]
      : [{ code, body: first }]
  })
  const answers = await Promise.all(acts.map(({ code, body }) => act('intake', code, body, '"1"')))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(12)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(3)
  for (const code of codes) {
    const won = acts.filter((one, index) => one.code === code && answers[index]?.status === 200)
    const history = await house.cases.history(code)
    expect(history.map(({ seq, act: name }) => [seq, name])).toEqual([
      [1, 'submit'],
      [2, 'note'],
    ])
    expect(history[1]?.data).toMatchObject({ text: won[0]?.body.text })
    expect(verifyChain(history, (await house.cases.head(code)) ?? undefined)).toEqual([])
    expect(await house.cases.find(code)).toMatchObject({ version: 2 })
  }
})
