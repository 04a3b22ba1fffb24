import supertest from 'supertest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createCourierStore } from '../../../src/store/webhook-deliveries.ts'
import { openWebhookCollections, type WebhookCollections } from '../../../src/store/webhook-documents.ts'
import { isWanted } from '../../../src/usecases/case-events.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
const url = 'https://portal.example.gov.vn/pakn?key=only-ours'
const tokens: Record<string, string> = {}
let house: House
let collections: WebhookCollections

beforeAll(async () => {
  house = await openHouse(uri)
  collections = await openWebhookCollections(house.database)
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
})
afterEach(async () => {
  const { webhooks, deliveries, events } = collections
  await Promise.all([webhooks.deleteMany({}), deliveries.deleteMany({}), events.deleteMany({})])
})
afterAll(() => house.close())

const get = (path: string, who = 'admin') =>
  supertest(house.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`)
const post = (path: string, body: object, headers: Record<string, string> = {}, who = 'admin') =>
  supertest(house.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers).send(body)

async function add(body: object = { url }): Promise<{ id: string; secret: string }> {
  const answer = await post('/webhooks', body)
  expect(answer.status).toBe(201)
  return answer.body
}

/** Gives out what has changed, and gives it up. */
async function giveUpAll(id: string): Promise<void> {
  const { database, cipher } = house
  const store = createCourierStore({ database, collections, cipher, onUnreadable: () => undefined })
  await store.dispatch(100, (filter, event) => isWanted(filter, event, house.units), Date.now())
  await store.giveUp(id, Date.now() + 1_000, { at: Date.now(), outcome: 'http_500' })
}

describe('a webhook', () => {
  test('is added with its secret, which is shown once and lies encrypted', async () => {
    const asked = { url, acts: ['submit', 'forward', 'forward'], unitCodes: ['QN-C23527'] }
    const answer = await post('/webhooks', asked)
    expect(answer.status).toBe(201)
    expect(answer.headers.location).toBe(`/api/v1/webhooks/${answer.body.id}`)
    const { secret, ...shown } = answer.body
    expect(secret).toMatch(/^paknwh_[\w-]{43}$/)
    expect(shown).toMatchObject({
      url,
      acts: ['submit', 'forward'],
      unitCodes: ['QN-C23527'],
      createdBy: 'admin',
      state: 'active',
      pausedBecause: null,
      waiting: 0,
      dead: 0,
    })
    expect((await get(`/webhooks/${shown.id}`)).body).toEqual(shown)
    expect((await get('/webhooks')).body).toEqual({ items: [shown], next: null })
    const stored = JSON.stringify(await collections.webhooks.find().toArray())
    expect(stored).not.toMatch(/only-ours|paknwh_/)
    const bytes = (await collections.webhooks.findOne({}))?.sealed.toString('latin1') ?? ''
    expect(bytes).not.toContain(secret)
  })

  test('sent twice with one key is one webhook with one secret', async () => {
    const key = { 'Idempotency-Key': 'add-1' }
    const [first, second] = [await post('/webhooks', { url }, key), await post('/webhooks', { url }, key)]
    expect(second.body).toEqual(first.body)
    expect((await get('/webhooks')).body.items).toHaveLength(1)
    const other = await post('/webhooks', { url: 'https://b.example.gov.vn/' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  test.each([
    [{}, ['url']],
    [{ url: 'https://portal.evil.vn/' }, ['url']],
    [{ url: 'http://portal.example.gov.vn/' }, ['url']],
    [{ url: 'portal' }, ['url']],
    [{ url, acts: ['fly'] }, ['acts.0']],
    [{ url: 'x', unitCodes: ['QN-NONE'] }, ['url', 'unitCodes.0']],
    [{ url, secret: 'mine' }, ['secret']],
  ])('%j is refused with every field at fault', async (body, paths) => {
    const answer = await post('/webhooks', body)
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_fields'])
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths)
    expect(await collections.webhooks.countDocuments()).toBe(0)
  })

  test('is one of at most fifty', async () => {
    await add()
    const one = await collections.webhooks.findOne({})
    if (one === null) throw new Error('none')
    await collections.webhooks.insertMany(Array.from({ length: 49 }, (_, index) => ({ ...one, _id: `w${index}` })))
    expect((await post('/webhooks', { url })).body.errors[0].message).toBe('[fault.tooManyWebhooks]')
  })

  test('is paused, resumed and removed', async () => {
    const { id } = await add()
    const act = (name: string) => post(`/webhooks/${id}/acts`, { act: name })
    expect((await act('pause')).body.webhook).toMatchObject({ state: 'paused', pausedBecause: 'asked' })
    expect((await act('pause')).body.webhook).toMatchObject({ state: 'paused' })
    expect((await act('resume')).body.webhook).toMatchObject({ state: 'active', pausedBecause: null })
    expect((await act('remove')).body).toEqual({ webhook: null, replayed: 0 })
    for (const answer of [await act('resume'), await get(`/webhooks/${id}`), await get(`/webhooks/${id}/deliveries`)])
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found'])
  })

  test('does nothing that it does not know', async () => {
    const { id } = await add()
    const answers = [await post(`/webhooks/${id}/acts`, { act: 'fly' }), await post(`/webhooks/${id}/acts`, {})]
    for (const { status, body } of answers) expect([status, body.code]).toEqual([422, 'unknown_act'])
    const odd = await post(`/webhooks/${id}/acts`, { act: 'pause', eventId: 'x' })
    expect([odd.status, odd.body.code]).toEqual([422, 'invalid_fields'])
  })

  test('is in the audit log with whoever changed it, without address and secret', async () => {
    const { id } = await add()
    await post(`/webhooks/${id}/acts`, { act: 'pause' })
    const lines = (await get('/audit?act=settingChanged&limit=2')).body.items
    expect(lines.map(({ actor, data }: { actor: string; data: object }) => [actor, data])).toEqual([
      ['admin', { setting: 'webhook', id, act: 'pause' }],
      ['admin', { setting: 'webhook', id, act: 'add' }],
    ])
  })
})

describe('what could not be told', () => {
  test('is listed by case and version, page by page, and sent again', async () => {
    const { id } = await add()
    const codes = [await house.file(), await house.file(), await house.file()]
    await giveUpAll(id)
    const first = (await get(`/webhooks/${id}/deliveries?state=dead&limit=2`)).body
    expect(first.items[0]).toMatchObject({
      event: { id: `${codes[0]}.v1`, type: 'case.filed', caseCode: codes[0], version: 1, act: 'submit' },
      state: 'dead',
      lastTry: { outcome: 'http_500' },
      retryAt: null,
    })
    const second = (await get(`/webhooks/${id}/deliveries?state=dead&limit=2&cursor=${first.next}`)).body
    const seen = [...first.items, ...second.items].map(({ event }: { event: { caseCode: string } }) => event.caseCode)
    expect([seen, second.next]).toEqual([codes, null])
    expect((await get(`/webhooks/${id}`)).body).toMatchObject({ waiting: 0, dead: 3 })

    const replay = (body: object = {}) => post(`/webhooks/${id}/acts`, { act: 'replay', ...body })
    expect((await replay({ eventId: `${codes[1]}.v1` })).body).toMatchObject({
      replayed: 1,
      webhook: { waiting: 1, dead: 2 },
    })
    for (const eventId of [`${codes[1]}.v1`, `${codes[1]}.v9`, 'nonsense']) {
      const answer = await replay({ eventId })
      expect([answer.status, answer.body.errors[0].path]).toEqual([422, 'eventId'])
    }
    expect((await replay()).body).toMatchObject({ replayed: 2, webhook: { waiting: 3, dead: 0 } })
    expect((await get(`/webhooks/${id}/deliveries?state=waiting`)).body.items[0].retryAt).not.toBeNull()
    expect((await get(`/webhooks/${id}/deliveries`)).body.items).toHaveLength(3)
    expect((await get(`/webhooks/${id}/deliveries?state=lost`)).status).toBe(422)
  })

  test('of one webhook is nothing of another', async () => {
    const [one, other] = [await add(), await add()]
    await house.file()
    await giveUpAll(one.id)
    expect((await get(`/webhooks/${other.id}/deliveries?state=dead`)).body.items).toEqual([])
    expect((await get(`/webhooks/${other.id}/deliveries`)).body.items).toHaveLength(1)
    await post(`/webhooks/${one.id}/acts`, { act: 'remove' })
    expect((await get(`/webhooks/${other.id}`)).body).toMatchObject({ waiting: 1, dead: 0 })
  })
})

describe('who is no administrator', () => {
  test.each(['leader', 'auditor'])('the %s may do none of it, whether it is there or not', async (who) => {
    const { id } = await add()
    for (const known of [id, 'ffffffffffff']) {
      const answers = [
        await get(`/webhooks/${known}`, who),
        await get(`/webhooks/${known}/deliveries`, who),
        await post(`/webhooks/${known}/acts`, { act: 'remove' }, {}, who),
      ]
      for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 'forbidden'])
    }
    for (const answer of [await get('/webhooks', who), await post('/webhooks', { url }, {}, who)])
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
    expect(await collections.webhooks.countDocuments()).toBe(1)
  })
})
