import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { Router } from 'express'
import { Gauge, Registry } from 'prom-client'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHealthRouter } from '../../src/http/health.ts'
import { problemTexts } from '../../src/http/problem-texts.ts'
import { createServer, type Mount } from '../../src/http/server.ts'
import { createVerifierRouter } from '../../src/http/verifier.ts'
import { createLogger } from '../../src/logger.ts'

const lines: string[] = []
const logger = createLogger({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } })

class AwayError extends Error {}

function serve(mounts: Mount[], isSecure = false) {
  const app = createServer({
    logger,
    mounts,
    trustedProxies: 'loopback',
    isSecure,
    isDatabaseAway: (error) => error instanceof AwayError,
  })
  return supertest(app)
}

const parts = Router()
parts.get('/boom/:id', () => {
  throw new Error('marked secret of a citizen')
})
parts.get('/away', () => {
  throw new AwayError()
})
parts.post('/json', express.json({ limit: 100 }), (request, response) => void response.json(request.body))

describe('every answer', () => {
  test('carries the protecting headers and says nothing about the program', async () => {
    const { headers } = await serve([{ path: '/', router: parts }]).get('/none')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*script-src 'self'/)
    expect(headers['content-security-policy']).not.toMatch(/unsafe/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['x-powered-by']).toBeUndefined()
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  test('tells browsers to stay with https where the world reaches us so', async () => {
    const { headers } = await serve([], true).get('/')
    expect(headers['strict-transport-security']).toMatch(/max-age/)
  })

  test('carries a request id: the caller’s where it is one, else a new one', async () => {
    const server = serve([])
    expect((await server.get('/').set('X-Request-Id', 'abcdef-123456')).headers['x-request-id']).toBe('abcdef-123456')
    expect((await server.get('/').set('X-Request-Id', 'a b"; c')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('faults', () => {
  test('an unknown address is a problem in the reader’s language', async () => {
    const server = serve([])
    const vietnamese = await server.get('/nowhere')
    expect(vietnamese.status).toBe(404)
    expect(vietnamese.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(JSON.parse(vietnamese.text)).toMatchObject({
      code: 'not_found',
      status: 404,
      detail: problemTexts.vi.not_found,
      errors: [],
    })
    const english = await server.get('/nowhere').set('Accept-Language', 'en-GB,en;q=0.9,vi;q=0.5')
    expect(JSON.parse(english.text).detail).toBe(problemTexts.en.not_found)
  })

  test('a fault of the service says nothing of what it was about, neither to the reader nor in the log', async () => {
    const { status, text } = await serve([{ path: '/', router: parts }]).get(
      '/boom/PAKN.20261123.0001?phone=0905000012',
    )
    expect(status).toBe(500)
    expect(text).not.toContain('marked')
    const log = lines.join('')
    expect(log).toContain('request failed')
    expect(log).toContain('/boom/:id')
    expect(log).not.toMatch(/marked|0905000012/)
  })

  test('a database that is away is 503, so that the caller comes again', async () => {
    const { status, headers } = await serve([{ path: '/', router: parts }]).get('/away')
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('5')
  })

  test.each([
    ['{', 400, 'bad_request'],
    [JSON.stringify({ text: 'x'.repeat(200) }), 413, 'too_large'],
  ])('the body %s is %i', async (body, status, code) => {
    const answer = await serve([{ path: '/', router: parts }])
      .post('/json')
      .type('json')
      .send(body)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text).code).toBe(code)
  })
})

describe('health', () => {
  const registry = new Registry()
  const gauge = new Gauge({ name: 'pakn_test_gauge', help: 'x', registers: [registry] })
  const router = (database: () => Promise<void>) =>
    createHealthRouter({
      pingDatabase: database,
      grantState: async () => 'lost',
      registry,
      collect: async () => {
        await database()
        gauge.set(7)
      },
      version: '0.1.0',
    })
  const up = async () => undefined
  const down = async () => {
    throw new AwayError()
  }

  test('a live process with a database is ready, and a dead grant does not change that', async () => {
    const server = serve([{ path: '/', router: router(up) }])
    expect((await server.get('/healthz')).status).toBe(200)
    const { status, body } = await server.get('/readyz')
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ready', database: 'up', zaloGrant: 'lost' } })
  })

  test('without a database the process lives and is not ready', async () => {
    const server = serve([{ path: '/', router: router(down) }])
    expect((await server.get('/healthz')).status).toBe(200)
    expect((await server.get('/readyz')).status).toBe(503)
  })

  test('a database that never answers is down, not a hanging request', async () => {
    const { status } = await serve([{ path: '/', router: router(() => new Promise(() => undefined)) }]).get('/readyz')
    expect(status).toBe(503)
  })

  test('metrics are fresh, and readable while the database is away', async () => {
    expect((await serve([{ path: '/', router: router(up) }]).get('/metrics')).text).toContain('pakn_test_gauge 7')
    expect((await serve([{ path: '/', router: router(down) }]).get('/metrics')).status).toBe(200)
  })
})

describe('the file that proves the domain', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'public-'))
    await writeFile(join(folder, 'zalo_verifierAb12_-.html'), '<meta name="zalo-platform-site-verification">')
    await writeFile(join(folder, 'keys.json'), 'secret')
    await mkdir(join(folder, 'zalo_verifierFolder.html'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is served, and nothing else of its folder is', async () => {
    const server = serve([{ path: '/', router: createVerifierRouter({ folder }) }])
    const { status, text, headers } = await server.get('/zalo_verifierAb12_-.html')
    expect({ status, text }).toEqual({ status: 200, text: '<meta name="zalo-platform-site-verification">' })
    expect(headers['content-type']).toMatch(/^text\/html/)
    for (const path of [
      '/zalo_verifierNone.html',
      '/zalo_verifierFolder.html',
      '/keys.json',
      '/zalo_verifier%2F..%2Fkeys.json',
      '/..%2Fkeys.json',
      '/zalo_verifier..html',
    ]) {
      expect((await server.get(path)).status, path).toBe(404)
    }
  })
})
