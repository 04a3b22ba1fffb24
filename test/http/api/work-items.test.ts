import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../../src/cases/history.ts'
import { noticeSchema } from '../../../src/http/api/schemas.ts'
import { workItemSchema } from '../../../src/http/api/work-items.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
const tokens: Record<string, string> = {}
const now = Date.parse('2026-11-23T10:00:00+07:00')

beforeAll(async () => {
  house = await openHouse(uri)
  house.setNow(now)
  tokens.intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  tokens.other = await house.tokenOf('other', 'QN-TTPVHCC', 'intakeOfficer')
  tokens.leader = await house.tokenOf('leader', 'QN-VP', 'officeLeader')
  tokens.coordinator = await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator')
})
afterAll(() => house.close())

const send = (method: 'get' | 'post', who: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  supertest(house.app)[method](`/api/v1${path}`).set('Authorization', `Bearer ${tokens[who]}`).set(headers).send(body)

async function call(change: object = {}): Promise<string> {
  const { body } = await send('post', 'intake', '/cases', {
    channel: 'phone',
    receivedAt: '2026-11-23T09:12:00+07:00',
    submitterType: 'citizen',
    name: 'Y Hà Niê',
    phone: '0905 000 012',
    address: 'Thôn 2, xã Sa Thầy',
    title: 'Chậm trả kết quả hồ sơ đất đai',
    content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
    readBackConfirmed: true,
    ...change,
  })
  return body.code
}
const noticesOf = async (code: string) => {
  const { items } = (await send('get', 'intake', `/cases/${code}/notices`)).body
  for (const item of items) expect(() => noticeSchema.parse(item)).not.toThrow()
  return items
}
const itemOf = async (code: string) => (await noticesOf(code))[0].workItem.id as string
const done = { how: 'phone', at: '2026-11-23T09:30:00+07:00', note: 'Đã gọi, người gửi đã nghe rõ mã.' }

describe('a notice to somebody without Zalo', () => {
  test('is work for the officer who entered the case, due in two working days', async () => {
    const code = await call()
    expect(await noticesOf(code)).toMatchObject([
      {
        notice: 'N1',
        mandatory: true,
        state: 'workItem',
        channel: 'person',
        tries: [],
        workItem: { state: 'open', assignee: 'intake', dueAt: '2026-11-26T23:59:59+07:00' },
      },
    ])
    const { body } = await send('get', 'intake', `/work-items/${await itemOf(code)}`)
    expect(workItemSchema.parse(body)).toMatchObject({
      caseCode: code,
      notice: 'N1',
      unitCode: 'QN-VP',
      overdue: false,
      sender: { name: 'Y Hà Niê', phone: '+84905000012', address: 'Thôn 2, xã Sa Thầy' },
      done: null,
    })
    const [first] = (await send('get', 'intake', `/cases/${code}/history`)).body.items
    expect(first.data.workItems).toMatchObject([{ id: body.id, notice: 'N1', assignee: 'intake' }])
  })

  test('follows from every act that the law wants announced, and from a message', async () => {
    const code = await call()
    let later = now
    const act = async (body: object) => {
      later += 1_000
      house.setNow(later)
      const { version } = (await send('get', 'intake', `/cases/${code}`)).body
      return send('post', 'intake', `/cases/${code}/acts`, body, { 'If-Match': `"${version}"` })
    }
    await act({ act: 'requestSupplement', missing: 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ', replyBy: '2026-12-04' })
    await act({ act: 'supplement', text: 'Mã hồ sơ H40.12.' })
    await act({ act: 'messageCitizen', text: 'Mời Ông/Bà đến bộ phận một cửa.' })
    house.setNow(now)
    const notices = await noticesOf(code)
    // N5 only repeats what the sender has just done: nobody has to write a letter for it.
    expect(notices.map((one: { notice: string; state: string }) => [one.notice, one.state])).toEqual([
      ['N1', 'workItem'],
      ['N2', 'workItem'],
      ['message', 'workItem'],
    ])
    const { items } = (await send('get', 'intake', `/cases/${code}/history`)).body
    expect(items[1].data.workItems).toMatchObject([{ notice: 'N2', id: notices[1].workItem.id }])
  })

  test('of a case from the chat stays in the chat', async () => {
    const notices = await noticesOf(await house.file())
    expect(notices).toMatchObject([{ notice: 'N1', state: 'planned', channel: 'zalo' }])
    expect(notices[0]).not.toHaveProperty('workItem')
  })
})

describe('whoever has told the sender', () => {
  test('ends the work; notices and history say how and when', async () => {
    const code = await call()
    const id = await itemOf(code)
    const { status, body } = await send('post', 'intake', `/work-items/${id}/done`, done)
    expect([status, workItemSchema.parse(body).state]).toEqual([200, 'done'])
    expect(body.done).toEqual({ ...done, by: 'intake', recordedAt: '2026-11-23T10:00:00+07:00' })
    expect(await noticesOf(code)).toMatchObject([
      { state: 'done', channel: 'phone', tries: [{ at: done.at, channel: 'phone', result: 'done' }] },
    ])
    const { items } = (await send('get', 'intake', `/cases/${code}/history`)).body
    expect(items[1]).toMatchObject({
      actor: 'intake',
      act: 'noticeGiven',
      from: 'PENDING_INTAKE',
      to: 'PENDING_INTAKE',
      data: { workItemId: id, notice: 'N1', how: 'phone', at: done.at, note: done.note, textVersion: 'v1' },
    })
    expect(items[1].data.textHash).toMatch(/^[0-9a-f]{64}$/)
    expect(verifyChain(items, (await house.cases.head(code)) ?? undefined)).toEqual([])
    const again = await send('post', 'intake', `/work-items/${id}/done`, done)
    expect([again.status, again.body.code]).toEqual([422, 'illegal_act'])
  })

  test('may say it twice without a second effect', async () => {
    const code = await call()
    const id = await itemOf(code)
    const key = { 'Idempotency-Key': 'told' }
    const answers = await Promise.all([1, 2, 3].map(() => send('post', 'intake', `/work-items/${id}/done`, done, key)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await send('get', 'intake', `/cases/${code}/history`)).body.items).toHaveLength(2)
    const other = await send('post', 'intake', `/work-items/${id}/done`, { ...done, how: 'letter' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  })

  test('says how, and a time between the receipt and now', async () => {
    const id = await itemOf(await call())
    const faultsOf = async (body: object) => {
      const answer = await send('post', 'intake', `/work-items/${id}/done`, body)
      expect(answer.status).toBe(422)
      return answer.body.errors
    }
    expect(await faultsOf({})).toEqual([
      { path: 'how', message: '[fault.required]' },
      { path: 'at', message: '[fault.required]' },
    ])
    expect(await faultsOf({ ...done, how: 'pigeon' })).toEqual([{ path: 'how', message: '[fault.notOneOf]' }])
    expect(await faultsOf({ ...done, at: '2026-11-24' })).toEqual([{ path: 'at', message: '[fault.inFuture]' }])
    expect(await faultsOf({ ...done, at: '2026-11-20' })).toEqual([{ path: 'at', message: '[fault.beforeReceipt]' }])
    expect(await faultsOf({ ...done, by: 'x' })).toEqual([{ path: 'by', message: '[fault.unknownField]' }])
  })

  test('works at the intake; for others the work does not exist', async () => {
    const id = await itemOf(await call())
    for (const [method, path] of [
      ['get', `/work-items/${id}`],
      ['post', `/work-items/${id}/done`],
    ] as const) {
      const { status, body } = await send(method, 'coordinator', path, done)
      expect([status, body.code]).toEqual([404, 'not_found'])
    }
    expect((await send('post', 'other', `/work-items/${id}/done`, done)).body.done.by).toBe('other')
    expect((await send('get', 'intake', '/work-items/none')).status).toBe(404)
  })
})

describe('the list of work', () => {
  test('is one’s own or the intake’s, due first, page by page', async () => {
    const mine = (await send('get', 'intake', '/work-items?limit=100')).body.items
    expect(mine.length).toBeGreaterThan(3)
    for (const item of mine) expect(workItemSchema.parse(item)).toMatchObject({ assignee: 'intake', state: 'open' })
    expect((await send('get', 'other', '/work-items')).body.items).toEqual([])
    const collected: string[] = []
    for (let cursor = ''; ; ) {
      const { body } = await send('get', 'other', `/work-items?of=unit&limit=2${cursor}`)
      collected.push(...body.items.map(({ id }: { id: string }) => id))
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    expect(collected.toSorted()).toEqual(mine.map(({ id }: { id: string }) => id).toSorted())
    const ended = (await send('get', 'intake', '/work-items?state=done&limit=100')).body.items
    expect(ended.map(({ state }: { state: string }) => state)).toContain('done')
  })

  test('of a unit is for its intake only', async () => {
    const { status, body } = await send('get', 'coordinator', '/work-items?of=unit')
    expect([status, body.code]).toEqual([403, 'forbidden'])
    expect((await send('get', 'coordinator', '/work-items')).body).toEqual({ items: [], next: null })
    expect((await send('get', 'intake', '/work-items?of=all')).status).toBe(422)
    expect((await send('get', 'intake', '/work-items?cursor=x')).status).toBe(422)
  })

  test('hides a suspected denunciation from whoever may not know of it', async () => {
    const code = await call()
    const id = await itemOf(code)
    await send(
      'post',
      'leader',
      `/cases/${code}/acts`,
      { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' },
      { 'If-Match': '"1"' },
    )
    const codesOf = async (who: string) =>
      (await send('get', who, '/work-items?of=unit&limit=100')).body.items.map(
        ({ caseCode }: { caseCode: string }) => caseCode,
      )
    expect(await codesOf('leader')).toContain(code)
    expect(await codesOf('other')).not.toContain(code)
    expect((await send('get', 'other', `/work-items/${id}`)).status).toBe(404)
    expect((await send('post', 'other', `/work-items/${id}/done`, done)).status).toBe(404)
  })

  test('reads by index', async () => {
    const items = house.database.collection('workItems')
    for (const filter of [
      { assignee: 'intake', state: 'open' },
      { state: 'open' },
      { unitCode: 'QN-VP', state: 'open' },
    ]) {
      const { queryPlanner } = await items.find(filter).sort({ dueAt: 1, _id: 1 }).explain()
      expect(JSON.stringify(queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/)
    }
  })
})
