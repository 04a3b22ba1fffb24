import { readFileSync } from 'node:fs'
import supertest from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDocsRouter } from '../../../src/http/api/docs.ts'
import { operationIdOf } from '../../../src/http/api/openapi.ts'
import { createServer } from '../../../src/http/server.ts'
import { createLogger } from '../../../src/logger.ts'
import { createTexts } from '../../../src/texts.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
const sources = { vi: readJson('locales/vi.json'), en: readJson('locales/en.json') }
let house: House
let app: ReturnType<typeof createServer>

beforeAll(async () => {
  house = await openHouse(uri)
  const { translate } = createTexts(sources, { tenTinh: 'tỉnh Quảng Ngãi', tenDonViDauMoi: 'Văn phòng' })
  app = createServer({
    logger: createLogger({ level: 'silent' }),
    mounts: [{ path: '/api', router: createDocsRouter({ document: house.description, translate }) }],
    trustedProxies: 'loopback',
    isSecure: false,
    isDatabaseAway: () => false,
  })
})
afterAll(() => house.close())

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

test('the page holds every operation and every schema, and its links lead somewhere', async () => {
  const { text, status, headers } = await supertest(app).get('/api/docs')
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  for (const operation of house.resources.flatMap(({ operations }) => [...operations])) {
    expect(ids).toContain(operationIdOf(operation))
    expect(text).toContain(`<code>${operation.method.toUpperCase()} ${operation.path}</code>`)
  }
  for (const name of Object.keys(house.description.components.schemas)) expect(ids).toContain(`schema-${name}`)
  const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(targets.length).toBeGreaterThan(ids.size / 2)
  expect(targets.filter((id) => !ids.has(id))).toEqual([])
  expect(text).not.toMatch(/undefined|\[object|web\.api\./)
})

test('it needs no script, no style of its own and nothing from elsewhere', async () => {
  const { text } = await supertest(app).get('/api/docs')
  expect(text).not.toMatch(/<script|<style| style=| on\w+=|<iframe|<img/i)
  const fetched = [...text.matchAll(/<link [^>]*href="([^"]+)"/g)].map(([, url]) => url)
  expect(fetched.length).toBeGreaterThan(0)
  for (const url of fetched) expect(url).toMatch(/^\/assets\//)
})

test('it speaks the reader’s language, or the one that was chosen', async () => {
  const vietnamese = await supertest(app).get('/api/docs')
  expect(vietnamese.text).toContain('<html lang="vi">')
  expect(vietnamese.text).toContain('Thực hiện một thao tác trên hồ sơ')
  const english = await supertest(app).get('/api/docs').set('Accept-Language', 'en')
  expect(english.text).toContain('<html lang="en">')
  expect(english.headers['content-language']).toBe('en')
  const chosen = await supertest(app).get('/api/docs?lang=vi').set('Accept-Language', 'en')
  expect(chosen.text).toContain('<html lang="vi">')
  expect(chosen.text).toContain('href="/tra-cuu?lang=vi"')
})

test.each(['vi', 'en'] as const)('every operation has its sentence under web.api.operations in %s', (locale) => {
  const known = Object.keys(sources[locale].web.api.operations).sort()
  const needed = house.resources.flatMap(({ operations }) => operations.map(operationIdOf)).sort()
  expect(known).toEqual(needed)
})
