import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createArticles } from '../../src/zalo/articles.ts'
import { createCalls } from '../../src/zalo/calls.ts'
import { createMemoryCounter, createRateLimiter } from '../../src/zalo/rate.ts'
import { createTransport } from '../../src/zalo/transport.ts'
import { startAnsweringServer } from '../support/answering-server.ts'

const transport = createTransport({ timeoutMs: 1_000 })
let server: Awaited<ReturnType<typeof startAnsweringServer>>

beforeAll(async () => {
  server = await startAnsweringServer(() => ({ json: { error: 0, data: { message_id: 'm', token: 't' } } }))
})
afterEach(() => void server.asked.splice(0))
afterAll(async () => {
  transport.close()
  await server.stop()
})

function articles(targets?: 'joined' | 'list') {
  const tokens = {
    accessToken: async () => 'token',
    renew: async () => 'token',
    consentUrl: () => '',
    exchangeCode: async () => undefined,
    status: async () => ({ state: 'none' as const }),
  }
  const limiter = createRateLimiter({ perMinute: 6_000_000, counter: createMemoryCounter() })
  const calls = createCalls({ transport, baseUrl: server.url, appSecret: '', tokens, limiter })
  return createArticles({ calls, now: Date.now, ...(targets === undefined ? {} : { targets }) })
}

const target = { ages: [2, 3], gender: 1, locations: [1], platforms: [1, 2], telcos: [], cities: [52, 19] }
const draft = {
  title: 'Lịch <mới>',
  author: 'UBND tỉnh',
  description: 'd'.repeat(400),
  paragraphs: ['Một & hai\nba', 'bốn'],
  link: 'https://quangngai.gov.vn/?a=1&b=2',
  coverUrl: 'https://pakn.example.vn/bia.jpg',
}

test('codes of a target go joined by commas, or as lists where that is set; what is not said is left out', async () => {
  await articles().announce('a1', target)
  await articles('list').announce('a1', target)
  await articles().announce('a1', { ages: [], gender: null, locations: [], platforms: [], telcos: [], cities: [] })
  expect(server.asked.map(({ body }) => (body as { recipient: { target: object } }).recipient.target)).toEqual([
    { gender: '1', ages: '2,3', locations: '1', platform: '1,2', cities: '52,19' },
    { gender: '1', ages: [2, 3], locations: [1], platform: [1, 2], cities: [52, 19] },
    {},
  ])
})

test('an article is mended with the words that a new one would have, under its own id', async () => {
  await articles().create(draft)
  expect(await articles().update('a1', draft)).toEqual({ ok: true, value: 't' })
  const [made, mended] = server.asked
  expect([made?.path, mended?.path]).toEqual(['/v2.0/article/create', '/v2.0/article/update'])
  expect(mended?.body).toEqual({ id: 'a1', ...(made?.body as object) })
  expect(made?.body).toMatchObject({
    title: 'Lịch <mới>',
    description: expect.stringMatching(/^d{299}…$/),
    body: [
      {
        type: 'text',
        content:
          '<p>Một &amp; hai<br>ba</p><p>bốn</p><p><a href="https://quangngai.gov.vn/?a=1&amp;b=2">https://quangngai.gov.vn/?a=1&amp;b=2</a></p>',
      },
    ],
  })
})
