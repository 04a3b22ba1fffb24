import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
const NOT_THERE = 'PAKN.20261123.9999'
let house: House
let hidden: string
let open: string
const tokens: Record<string, string> = {}

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.dpo = await house.tokenOf('dpo', 'QN-VP', 'dataProtectionOfficer')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
  hidden = await house.file({ hints: ['denunciationSuspected'] })
  open = await house.file()
})
afterAll(() => house.close())

const send = (who: string, method: 'get' | 'post', path: string, body?: object) => {
  const request = supertest(house.app)[method](`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
  return body === undefined ? request : request.set('If-Match', '"1"').send(body)
}
const OUTSIDERS = ['intake', 'publisher', 'auditor', 'admin', 'coordinator']
const WAYS: ['get' | 'post', string, object?][] = [
  ['get', '/cases/CODE'],
  ['get', '/cases/CODE/history'],
  ['get', '/cases/CODE/notices'],
  ['get', '/cases/CODE/attachments/some-file'],
  ['post', '/cases/CODE/acts', { act: 'note', text: 'Xin xem giúp.' }],
  ['post', '/cases/CODE/acts', { act: 'fly' }],
  ['post', '/cases/CODE/reveal', { reason: 'Muốn xem hồ sơ này.' }],
]

describe('a suspected denunciation, for whoever may not know of it', () => {
  test.each<['get' | 'post', string, object?]>(WAYS)(
    '%s %s answers as for a case that is not there',
    async (method, path, body) => {
      for (const who of OUTSIDERS) {
        const answers = await Promise.all(
          [hidden, NOT_THERE].map((code) => send(who, method, path.replace('CODE', code), body)),
        )
        const [one, other] = answers.map(({ status, text, headers }) => ({
          status,
          text: withoutId(text),
          headers: Object.keys(headers).sort(),
        }))
        expect(one?.status).toBe(404)
        expect(one).toEqual(other)
      }
    },
  )

  test.each<['get' | 'post', string, object?]>(WAYS)(
    '%s %s asks the database the same questions',
    async (method, path, body) => {
      const asked = async (code: string) => {
        await questions.begin()
        await send('auditor', method, path.replace('CODE', code), body)
        return JSON.stringify(await questions.end()).replaceAll(code, 'CODE')
      }
      const forHidden = await asked(hidden)
      expect(forHidden).toContain('CODE')
      expect(await asked(NOT_THERE)).toBe(forHidden)
    },
  )

  test('is in no list and no count of theirs', async () => {
    for (const who of OUTSIDERS) expect((await send(who, 'get', '/cases?limit=100')).text).not.toContain(hidden)
    for (const who of ['leader', 'dpo']) expect((await send(who, 'get', '/cases?limit=100')).text).toContain(hidden)
  })

  test('cannot be found out by naming it in an act on another case', async () => {
    for (const act of [
      (code: string) => ({ act: 'merge', parentCode: code }),
      (code: string) => ({ act: 'link', relatedCode: code }),
    ]) {
      const [one, other] = await Promise.all(
        [hidden, NOT_THERE].map((code) => send('intake', 'post', `/cases/${open}/acts`, act(code))),
      )
      expect(one?.status).toBe(422)
      expect(withoutId(one?.text)).toBe(withoutId(other?.text))
    }
  })
})

describe('an intake officer', () => {
  test('keeps a case that they took in themselves in sight, a colleague does not', async () => {
    tokens.colleague = await house.tokenOf('colleague', 'QN-VP', 'intakeOfficer')
    const code = await house.file()
    const marked = await send('intake', 'post', `/cases/${code}/acts`, {
      act: 'markDenunciation',
      reason: 'Có dấu hiệu tố cáo.',
    })
    expect(marked.status, marked.text).toBe(200)
    expect((await send('intake', 'get', `/cases/${code}`)).body.flags).toContain('denunciationSuspected')
    expect((await send('colleague', 'get', `/cases/${code}`)).status).toBe(404)
  })

  test('of a unit complained of does not, and neither does its leader', async () => {
    const code = await house.file()
    const mark = { act: 'markDenunciation', reason: 'Tố cáo cán bộ Văn phòng.', concernedUnitCodes: ['QN-VP'] }
    expect((await send('intake', 'post', `/cases/${code}/acts`, mark)).body).toEqual({ code })
    for (const who of ['intake', 'leader', 'dpo']) expect((await send(who, 'get', `/cases/${code}`)).status).toBe(404)
    tokens.otherDpo = await house.tokenOf('otherDpo', 'QN-STP', 'dataProtectionOfficer')
    expect((await send('otherDpo', 'get', `/cases/${code}`)).status).toBe(200)
  })
})

/** The id of the request is the one thing that differs. */
const withoutId = (text = '') => text.replace(/"requestId":"[^"]+"/, '')

/** What the database was asked on behalf of cases, as its own profiler saw it. */
const questions = {
  async begin() {
    const db = house.database.connection.db
    await db?.command({ profile: 0 })
    await db
      ?.collection('system.profile')
      .drop()
      .catch(() => undefined)
    await db?.command({ profile: 2, slowms: 0 })
  },
  async end() {
    const db = house.database.connection.db
    await db?.command({ profile: 0 })
    const seen =
      (await db
        ?.collection('system.profile')
        .find({ ns: { $not: /apiTokens|people|system/ } })
        .toArray()) ?? []
    return seen.map(({ op, ns, command }) => ({
      op,
      ns,
      filter: command?.filter ?? command?.q,
      projection: command?.projection,
    }))
  },
}
