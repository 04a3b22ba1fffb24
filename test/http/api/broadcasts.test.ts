import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
beforeAll(async () => {
  house = await openHouse(uri)
  tokens.publisher = await house.tokenOf('publisher', 'QN-VP', 'publisher')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.auditor = await house.tokenOf('auditor', 'QN-VP', 'auditor')
  tokens.admin = await house.tokenOf('admin', 'QN-VP', 'administrator')
  tokens.both = await house.tokenOf('both', 'QN-VP', 'officeLeader', 'publisher')
  tokens.commune = await house.tokenOf('commune', 'QN-C23527', 'agencyLeader', 'publisher')
})
afterAll(() => house.close())

const send = (method: 'get' | 'post', who: string, path: string, headers: Record<string, string> = {}) =>
  request(house.app)
    [method](`/api/v1${path}`)
    .set({ Authorization: `Bearer ${tokens[who]}`, ...headers })
const get = (who: string, path: string) => send('get', who, path)
const post = (who: string, path: string, body: object, headers?: Record<string, string>) =>
  send('post', who, path, headers).send(body)

const news = { title: 'Nghỉ lễ 24/11', text: 'Trung tâm nghỉ ngày 24/11, làm việc lại ngày 25/11.', way: 'direct' }
async function add(who = 'publisher', change: object = {}): Promise<string> {
  const { status, body } = await post(who, '/broadcasts', { ...news, ...change })
  expect(status).toBe(201)
  return body.id
}
const act = (who: string, id: string, name: string, more: object = {}, headers?: Record<string, string>) =>
  post(who, `/broadcasts/${id}/acts`, { act: name, ...more }, headers)

describe('a broadcast over HTTP', () => {
  test('is created waiting for approval, with its address, its version and the message as people get it', async () => {
    const answer = await post('publisher', '/broadcasts', { ...news, link: 'https://quangngai.gov.vn/nghi-le' })
    expect([answer.status, answer.headers.etag]).toEqual([201, '"1"'])
    expect(answer.headers.location).toBe(`/api/v1/broadcasts/${answer.body.id}`)
    expect(answer.body).toMatchObject({
      state: 'waitingApproval',
      writtenBy: ['publisher'],
      counts: { total: 0, sent: 0, delivered: 0, skipped: 0, failed: 0 },
      allowedActs: ['edit', 'decline', 'test', 'stop'],
    })
    expect(answer.body.preview).toMatch(
      /^Nghỉ lễ 24\/11\n\n.+\n\nhttps:\/\/quangngai\.gov\.vn\/nghi-le\n\n.+ngừng nhận tin/s,
    )
    const link = 'https://quangngai.gov.vn/nghi-le'
    const article = await post('publisher', '/broadcasts', { ...news, link, way: 'article' })
    expect(article.body.preview).toMatch(/^Nghỉ lễ 24\/11\n\n.+nghi-le$/s)
    expect((await get('leader', `/broadcasts/${article.body.id}/estimate`)).body).toMatchObject({
      total: 0,
      followers: 1_234,
    })
    expect((await get('auditor', `/broadcasts/${answer.body.id}`)).body).toEqual({ ...answer.body, allowedActs: [] })
  })

  test('is approved by a second person, not by a second role', async () => {
    const id = await add('both')
    const own = await act('both', id, 'approve')
    expect([own.status, own.body.code, own.body.errors[0].path]).toEqual([422, 'illegal_act', 'act'])
    expect((await act('intake', id, 'approve')).status).toBe(403)
    expect((await act('publisher', id, 'approve')).body).toMatchObject({
      state: 'approved',
      approval: { by: 'publisher' },
    })
    expect((await act('both', id, 'start')).body.state).toBe('running')
    const twice = await act('leader', id, 'start')
    expect([twice.status, twice.body.code]).toEqual([422, 'illegal_act'])
  })

  test('of another version is not changed, where a version is named', async () => {
    const id = await add()
    const stale = await act('leader', id, 'approve', {}, { 'If-Match': '"7"' })
    expect([stale.status, stale.body.code]).toEqual([409, 'version_conflict'])
    expect((await act('leader', id, 'approve', {}, { 'If-Match': '"1"' })).headers.etag).toBe('"2"')
  })

  test('sent twice with one key is one broadcast, and one act', async () => {
    const key = { 'Idempotency-Key': 'news-1' }
    const first = await post('publisher', '/broadcasts', news, key)
    const second = await post('publisher', '/broadcasts', news, key)
    expect([second.status, second.body]).toEqual([201, first.body])
    const other = await post('publisher', '/broadcasts', { ...news, title: 'Nghỉ Tết' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
    const { id } = first.body
    const approve = { 'Idempotency-Key': 'approve-1' }
    expect((await act('leader', id, 'approve', {}, approve)).body.version).toBe(2)
    expect((await act('leader', id, 'approve', {}, approve)).body.version).toBe(2)
  })

  test('waits for its time, and declined goes back with the reason', async () => {
    const id = await add('publisher', { sendAt: '2026-11-24T08:00:00+07:00' })
    expect((await act('leader', id, 'approve')).body).toMatchObject({
      state: 'scheduled',
      sendAt: '2026-11-24T08:00:00+07:00',
    })
    expect((await act('leader', id, 'decline')).body.code).toBe('invalid_fields')
    const declined = await act('leader', id, 'decline', { reason: 'Sai ngày' })
    expect(declined.body).toMatchObject({ state: 'draft', approval: null })
    expect(declined.body.history.at(-1)).toMatchObject({ by: 'leader', act: 'decline', note: 'Sai ngày' })
    const edited = await act('publisher', id, 'edit', { plan: { ...news, title: 'Nghỉ lễ ngày 24/11' } })
    expect(edited.body).toMatchObject({ state: 'draft', title: 'Nghỉ lễ ngày 24/11', sendAt: null })
    const wrong = await act('publisher', id, 'edit', { plan: { ...news, link: 'http://x.vn' } })
    expect(wrong.body.errors.map(({ path }: { path: string }) => path)).toEqual(['plan.link'])
    expect((await act('publisher', id, 'submit')).body.state).toBe('waitingApproval')
  })

  test('cannot be tried on oneself without a linked account, and says so', async () => {
    const id = await add()
    const answer = await act('publisher', id, 'test')
    expect([answer.status, answer.body.code]).toEqual([422, 'illegal_act'])
    expect(answer.body.errors[0].message).toBe('[fault.broadcast.noLinkedAccount]')
  })

  test('is listed newest first, page by page, and by state', async () => {
    house.setNow(Date.parse('2026-11-25T09:00:00+07:00'))
    const mine = [await add(), await add(), await add()]
    const first = (await get('leader', '/broadcasts?limit=2')).body
    const second = (await get('leader', `/broadcasts?limit=2&cursor=${first.next}`)).body
    const listed = [...first.items, ...second.items].map(({ id }: { id: string }) => id)
    expect(new Set(listed.slice(0, 3))).toEqual(new Set(mine))
    const running = (await get('leader', '/broadcasts?state=running')).body.items
    expect(running.map(({ state }: { state: string }) => state)).toEqual(['running'])
    expect((await get('leader', '/broadcasts?state=lost')).status).toBe(422)
  })

  test('leaves a line in the audit log for every act', async () => {
    const id = await add()
    await act('leader', id, 'approve')
    const lines = (await get('admin', '/audit?act=broadcast&limit=2')).body.items
    expect(lines.map(({ actor, data }: { actor: string; data: object }) => [actor, data])).toEqual([
      ['leader', { id, act: 'approve' }],
      ['publisher', { id, act: 'create' }],
    ])
  })

  test.each([
    [{}, ['title', 'text', 'way']],
    [{ ...news, link: 'http://x.vn' }, ['link']],
    [{ ...news, coverAttachmentId: 'nothing' }, ['coverAttachmentId']],
    [{ ...news, segment: { communeCodes: ['99999'] } }, ['segment.communeCodes.0']],
    [{ ...news, phones: ['0905000012'] }, ['phones']],
  ])('%j is refused with every field at fault', async (body, paths) => {
    const answer = await post('publisher', '/broadcasts', body)
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_fields'])
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths)
  })

  test('an act that nobody knows, and a broadcast that is not there', async () => {
    const id = await add()
    expect((await act('leader', id, 'fly')).body.code).toBe('unknown_act')
    for (const path of ['20261123-ffffffff', 'nonsense', '..%2f']) {
      expect((await get('leader', `/broadcasts/${path}`)).status).toBe(404)
      expect((await act('leader', path, 'stop')).status).toBe(404)
      expect((await get('leader', `/broadcasts/${path}/recipients`)).status).toBe(404)
    }
  })
})

test('the templates have words for the usual notices, with their places to fill in, and are not sent as they are', async () => {
  const { items } = (await get('publisher', '/broadcast-templates')).body
  expect(items.map(({ id }: { id: string }) => id)).toEqual([
    'hours',
    'holiday',
    'maintenance',
    'channelEnds',
    'channelMoves',
    'guideOfTheWeek',
  ])
  for (const { id, fields, title, text } of items) {
    expect(fields.length, id).toBeGreaterThan(0)
    const answer = await post('publisher', '/broadcasts', { title, text, way: 'article' })
    expect([answer.status, answer.body.errors.at(-1).message]).toEqual([422, '[fault.placeLeft]'])
    const fill = (words: string) => words.replaceAll(/\[\[[^\]]+\]\]/g, '24/11')
    expect(
      (await post('publisher', '/broadcasts', { title: fill(title), text: fill(text), way: 'article' })).status,
    ).toBe(201)
  }
  expect((await get('admin', '/broadcast-templates')).status).toBe(403)
})

describe('who has no right to it', () => {
  test.each(['admin', 'commune'])('the %s sees and does none of it', async (who) => {
    const id = await add()
    const answers = [
      await get(who, '/broadcasts'),
      await get(who, `/broadcasts/${id}`),
      await get(who, `/broadcasts/${id}/estimate`),
      await get(who, `/broadcasts/${id}/recipients`),
      await post(who, '/broadcasts', news),
      await act(who, id, 'approve'),
      await act(who, id, 'stop'),
    ]
    for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  test('an auditor reads and does nothing', async () => {
    const id = await add()
    expect((await get('auditor', `/broadcasts/${id}/recipients`)).body).toEqual({ items: [], next: null })
    for (const name of ['approve', 'start', 'stop', 'test']) expect((await act('auditor', id, name)).status).toBe(403)
    expect((await post('auditor', '/broadcasts', news)).status).toBe(403)
  })
})
