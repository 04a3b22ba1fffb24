import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let token: string
let code: string

beforeAll(async () => {
  house = await openHouse(uri)
  token = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  code = await house.file()
})
afterAll(() => house.close())

const auth = () => ({ Authorization: `Bearer ${token}` })
const call = (method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options', path: string) =>
  supertest(house.app)[method](`/api/v1${path}`)
const faultOf = async (answer: supertest.Test) => {
  const { status, text, headers } = await answer
  expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  return [status, JSON.parse(text).code]
}

describe('an address and its methods', () => {
  test('another method of a known address is 405 and names those that there are', async () => {
    for (const [method, path, allow] of [
      ['delete', `/cases/${code}`, 'GET, HEAD, OPTIONS'],
      ['get', `/cases/${code}/acts`, 'POST, OPTIONS'],
      ['put', '/attachments', 'POST, OPTIONS'],
      ['patch', '/me', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const answer = await call(method, path).set(auth())
      expect([path, answer.status, answer.headers.allow]).toEqual([path, 405, allow])
      expect(JSON.parse(answer.text).code).toBe('method_not_allowed')
    }
  })

  test('an unknown address is 404, whatever the method and the body', async () => {
    expect(await faultOf(call('get', '/nothing').set(auth()))).toEqual([404, 'not_found'])
    expect(await faultOf(call('delete', '/ME').set(auth()))).toEqual([404, 'not_found'])
    expect(await faultOf(call('post', '/nothing').set(auth()).type('json').send('{'))).toEqual([404, 'not_found'])
  })

  test('401 comes before what an address is', async () => {
    for (const path of ['/nothing', '/me', `/cases/${code}/acts`])
      expect(await faultOf(call('delete', path))).toEqual([401, 'unauthorized'])
  })

  test('HEAD answers like GET without a body', async () => {
    const answer = await call('head', `/cases/${code}`).set(auth())
    expect([answer.status, answer.headers.etag, answer.text]).toEqual([200, '"1"', undefined])
  })

  test('OPTIONS is answered plainly, and nobody of another origin is let in', async () => {
    const origin = { Origin: 'https://other.example', 'Access-Control-Request-Method': 'POST' }
    const answer = await call('options', `/cases/${code}/acts`).set(origin)
    expect([answer.status, answer.headers.allow, answer.text]).toEqual([204, 'POST, OPTIONS', ''])
    const read = await call('get', '/me').set(auth()).set(origin)
    for (const { headers } of [answer, read])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
    expect(await faultOf(call('options', '/nothing'))).toEqual([401, 'unauthorized'])
  })

  test('a path that is no text is 400', async () => {
    expect(await faultOf(call('get', '/cases/%E0%A4%A').set(auth()))).toEqual([400, 'bad_request'])
  })

  test.each(['/me?x=1', '/cases/CODE?version=1', '/cases/CODE/history?limit=5', '/cases?colour=red'])(
    'a parameter that nothing reads is refused: %s',
    async (path) => {
      const answer = await call('get', path.replace('CODE', code)).set(auth())
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([422, 'invalid_fields'])
      expect(JSON.parse(answer.text).errors).toEqual([
        { path: expect.stringMatching(/^(x|version|limit|colour)$/), message: '[fault.unknownField]' },
      ])
    },
  )
})

describe('a body that cannot be read', () => {
  const post = () => call('post', `/cases/${code}/acts`).set(auth()).set('If-Match', '"1"')

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'text/json'])(
    'is 415 as %s',
    async (type) => {
      expect(await faultOf(post().set('Content-Type', type).send('{"act":"note"}'))).toEqual([
        415,
        'unsupported_media_type',
      ])
    },
  )

  test('is 415 in a character set or a coding that nobody knows', async () => {
    expect(await faultOf(post().set('Content-Type', 'application/json; charset=latin1').send('{}'))).toEqual([
      415,
      'unsupported_media_type',
    ])
    expect(await faultOf(post().type('json').set('Content-Encoding', 'snappy').send('{}'))).toEqual([
      415,
      'unsupported_media_type',
    ])
  })

  test.each(['{"act":', '{act: 1}', '{"a":1}{"b":2}', '\u0000'])('is 400 where it is no JSON: %j', async (body) => {
    expect(await faultOf(post().type('json').send(body))).toEqual([400, 'bad_request'])
  })

  test('is 400 where it is nested without end', async () => {
    const body = `{"act":"note","text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(await faultOf(post().set('Idempotency-Key', 'deep').type('json').send(body))).toEqual([400, 'bad_request'])
  })

  test('is 413 where it is too long', async () => {
    const body = JSON.stringify({ act: 'note', text: 'a'.repeat(300_000) })
    expect(await faultOf(post().type('json').send(body))).toEqual([413, 'too_large'])
  })

  test.each([
    ['', 'unknown_act'],
    ['null', 'invalid_fields'],
    ['[]', 'invalid_fields'],
    ['"note"', 'invalid_fields'],
    ['5', 'invalid_fields'],
    ['{}', 'unknown_act'],
    ['{"__proto__":{"act":"note"}}', 'unknown_act'],
    ['{"act":["note"]}', 'unknown_act'],
  ])('is 422 where it is JSON and no act: %s', async (body, fault) => {
    expect(await faultOf(post().type('json').send(body))).toEqual([422, fault])
  })

  test('is judged after the token', async () => {
    expect(await faultOf(call('post', `/cases/${code}/acts`).type('text').send('x'))).toEqual([401, 'unauthorized'])
  })
})

describe('every answer', () => {
  test('is kept by nobody and has a request id, in the problem too', async () => {
    for (const path of ['/me', '/units?limit=1', `/cases/${code}`, '/cases/NONE', '/nothing']) {
      const { headers, text } = await call('get', path).set(auth()).set('X-Request-Id', 'request-0001')
      expect([headers['cache-control'], headers['x-request-id']]).toEqual(['no-store', 'request-0001'])
      const body = JSON.parse(text)
      if ('code' in body && 'detail' in body) expect(body.requestId).toBe('request-0001')
    }
  })

  test.each(['', 'Bearer', 'Bearer ', 'Basic aW50YWtlOng=', 'bearer pakn_', `Bearer ${'x'.repeat(300)}`, 'Bearer a b'])(
    'is 401 for the credentials %j, and says which are asked for',
    async (value) => {
      const answer = await call('get', '/me').set('Authorization', value)
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    },
  )
})
