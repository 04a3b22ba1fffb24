import { randomBytes } from 'node:crypto'
import supertest from 'supertest'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Role } from '../../src/cases/case.ts'
import { createServer } from '../../src/http/server.ts'
import { createGrantRouter } from '../../src/http/zalo-grant.ts'
import { createLogger } from '../../src/logger.ts'
import { openConsentRequests } from '../../src/store/consent-requests.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { ZaloError } from '../../src/zalo/errors.ts'
import { challengeOf, createPkce } from '../../src/zalo/oauth.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let database: Database
let server: ReturnType<typeof supertest>
let exchanged: { code: string; verifier: string | undefined }[] = []
let granted: string[] = []
let refusal: Error | null = null

beforeAll(async () => {
  database = await openDatabase({ uri })
  const requests = await openConsentRequests(
    database,
    createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`)),
  )
  const router = createGrantRouter({
    requests,
    tokens: {
      consentUrl: ({ redirectUri, state, challenge }) =>
        `https://oauth.zaloapp.com/v4/oa/permission?${new URLSearchParams({ redirect_uri: redirectUri, state, code_challenge: challenge ?? '' })}`,
      exchangeCode: async (code, verifier) => {
        if (refusal !== null) throw refusal
        exchanged.push({ code, verifier })
      },
    },
    createPkce,
    officerOf: async (request) => {
      const role = request.get('x-role') as Role | undefined
      return role === undefined
        ? null
        : { type: 'officer', login: 'quantri', name: 'Quản Trị', unitCode: 'QN-VP', roles: [role] }
    },
    oaId: '400500600',
    publicUrl: 'https://pakn.tinh.gov.vn',
    onGranted: (login) => granted.push(login),
  })
  const app = createServer({
    logger: createLogger({ level: 'silent' }),
    mounts: [{ path: '/', router }],
    trustedProxies: 'loopback',
    isSecure: true,
    isDatabaseAway: () => false,
  })
  server = supertest(app)
})
afterAll(() => database.close())
beforeEach(() => {
  exchanged = []
  granted = []
  refusal = null
})

async function begin(): Promise<URLSearchParams> {
  const { status, headers } = await server.get('/zalo/connect').set('x-role', 'administrator')
  expect(status).toBe(302)
  return new URL(headers.location ?? '').searchParams
}

test('an administrator is sent to Zalo and comes back with the grant', async () => {
  const sent = await begin()
  expect(sent.get('redirect_uri')).toBe('https://pakn.tinh.gov.vn/zalo/callback')
  const { status, text } = await server.get(`/zalo/callback?code=abc&oa_id=400500600&state=${sent.get('state')}`)
  expect(status).toBe(200)
  expect(text).toMatch(/Đã kết nối/)
  expect(exchanged.map(({ code, verifier }) => [code, challengeOf(verifier ?? '')])).toEqual([
    ['abc', sent.get('code_challenge')],
  ])
  expect(granted).toEqual(['quantri'])
})

test('nobody else is sent there', async () => {
  expect((await server.get('/zalo/connect')).status).toBe(401)
  expect((await server.get('/zalo/connect').set('x-role', 'officeLeader')).status).toBe(403)
})

test('a way back is good once', async () => {
  const state = (await begin()).get('state')
  await server.get(`/zalo/callback?code=abc&state=${state}`)
  expect((await server.get(`/zalo/callback?code=xyz&state=${state}`)).status).toBe(400)
  expect(exchanged).toHaveLength(1)
})

test.each(['', '?code=abc', '?code=abc&state=invented', '?code=a&code=b&state=x'])(
  'a callback that nobody began is refused: %s',
  async (query) => {
    expect((await server.get(`/zalo/callback${query}`)).status).toBe(400)
    expect(exchanged).toEqual([])
  },
)

test('the consent for another account is refused', async () => {
  const state = (await begin()).get('state')
  expect((await server.get(`/zalo/callback?code=abc&oa_id=1&state=${state}`)).status).toBe(400)
  expect(exchanged).toEqual([])
})

test('a refusal of Zalo is said, in the reader’s language, and grants nothing', async () => {
  refusal = new ZaloError('zalo_refused', 'exchange: -14003')
  const state = (await begin()).get('state')
  const { status, text } = await server.get(`/zalo/callback?code=abc&state=${state}`).set('Accept-Language', 'en')
  expect(status).toBe(502)
  expect(text).toMatch(/did not accept/)
  expect(granted).toEqual([])
})
