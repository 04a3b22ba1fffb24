import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/cases/history.ts'
import { photo } from '../media/samples.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo, type ZaloEvent } from '../support/fake-zalo.ts'
import { type MediaHost, type SmsProvider, startMediaHost, startSmsProvider } from '../support/hosts.ts'
import { FORWARD, MATTER, publishing } from '../support/matter.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri, name: databaseName } = testDatabase()
const ANSWER =
  'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà. Xin lỗi Ông/Bà vì đã để chậm so với giấy hẹn.'

let app: TestApp
let zalo: FakeZalo
let media: MediaHost
let sms: SmsProvider
let officers: Officers

beforeAll(async () => {
  zalo = await startFakeZalo({ paths: 'v2', echoes: true, receipts: true, oddTypes: true })
  media = await startMediaHost()
  sms = await startSmsProvider()
  app = await startTestApp({
    uri,
    zalo,
    // A burst is one answer also where the machine is busy.
    env: { ZALO_MEDIA_HOSTS: media.host, SMS_URL: sms.url, SMS_TOKEN: sms.token, INBOX_QUIET_MS: '2000' },
  })
  officers = await openOfficers(app.env, app.url)
})
afterAll(async () => {
  await app.stop()
  await Promise.all([zalo.stop(), media.stop(), sms.stop()])
})

/** The code that came by SMS since this was asked for. */
async function codeFor(phone: string): Promise<string> {
  await until('a code comes by SMS', () => sms.codeFor(phone) !== undefined)
  return sms.codeFor(phone) ?? ''
}

async function fileCase(citizen: Citizen, phone: string): Promise<string> {
  const summary = await fillForm(citizen, {
    content: MATTER,
    phone: `0${phone.slice(2)}`,
    code: () => codeFor(phone),
  })
  expect(summary).toContain('Xin xem lại trước khi gửi')
  const filed = await citizen.tap('GỬI PHẢN ÁNH')
  const [code] = /PAKN\.\d{8}\.\d{4}/.exec(filed) ?? []
  expect(code, filed).toBeDefined()
  return code ?? ''
}

describe('a citizen files a PAKN and hears of every step', () => {
  const citizen = (): Citizen => createCitizen(zalo, '8461027395518840011', { deliveries: 3 })
  let code: string

  test('from the first word to one case, with photos, a code by SMS and two taps at the end', async () => {
    const me = citizen()
    expect(await me.send(zalo.events.userFollows(me.id))).toContain('Xin chào Ông/Bà!')
    expect(await me.say(MATTER)).toContain('Vui lòng không ghi chi tiết thông tin cá nhân!')
    expect(await me.tap('Đồng ý, tiếp tục')).toContain(MATTER)

    const jpeg = await photo(640, 480)
    const started = Date.now()
    const burst = [
      zalo.events.userSendsText(me.id, 'giấy hẹn ghi 12/10', { at: started + 2 }),
      zalo.events.userSendsImage(me.id, media.put('mot.jpg', jpeg), { at: started }),
      zalo.events.userSendsImage(me.id, media.put('hai.jpg', await photo(320, 240)), { at: started + 1 }),
      zalo.events.userSendsText(me.id, 'tôi đã hỏi hai lần', { at: started + 3 }),
    ]
    expect(await me.after(() => deliverThreeTimesInDisorder(burst))).toMatch(/^Đã thêm 2 tin và 2 ảnh\./)
    expect(me.heard().filter((words) => words.startsWith('Đã thêm'))).toHaveLength(1)

    await me.tap('Dùng tiêu đề này')
    expect(await me.say('xa sa thay')).toContain('Họ và tên')
    expect(await me.say('Y Hà')).toContain('Số điện thoại')
    expect(await me.say('0905 000 12')).toMatch(/thiếu (1|một) chữ số/)
    expect(await me.say('0905000012')).toContain('mã')
    const right = await codeFor('84905000012')
    expect(await me.say(right === '123456' ? '654321' : '123456')).not.toContain('Bước 6/6')
    expect(await me.say(right)).toContain('Bước 6/6')
    expect(await me.say('thon 2 thi tran sa thay')).toContain('nay thuộc xã Sa Thầy')
    expect(await me.say('dung roi')).toContain('công khai chứ ạ')
    const summary = await me.say('1')
    expect(summary).toContain('2 ảnh')
    expect(summary).toContain('0905 000 012')

    const submit = me.payloadOf('GỬI PHẢN ÁNH')
    const answer = await me.after(() =>
      deliverThreeTimesInDisorder([
        zalo.events.userSendsText(me.id, submit),
        zalo.events.userSendsText(me.id, submit, { at: Date.now() + 40 }),
      ]),
    )
    code = /PAKN\.\d{8}\.\d{4}/.exec(answer)?.[0] ?? ''
    expect(answer).toMatch(/Mã: PAKN\.\d{8}\.\d{4}/)
    expect(answer).toMatch(/chậm nhất thứ (Hai|Ba|Tư|Năm|Sáu|Bảy) \d{2}\/\d{2}\/\d{4}/)
    // A tap that comes much later, from a phone that was away, files nothing more.
    expect(await me.send(zalo.events.userSendsText(me.id, submit, { at: Date.now() + 60_000 }))).toContain(code)

    const { body } = await officers.get('intake', '/cases')
    expect(body.items.map((one: { code: string }) => one.code)).toEqual([code])
    expect(me.heard().filter((words) => words.includes('Đã nhận phản ánh'))).toHaveLength(1)
  })

  test('the case holds what was said, in the order in which it was said', async () => {
    const { body } = await officers.get('intake', `/cases/${code}`)
    expect(body).toMatchObject({
      code,
      state: 'PENDING_INTAKE',
      channel: 'zalo',
      name: 'Y Hà',
      phone: '+84905000012',
      suggestedUnitCode: 'QN-C23527',
      content: `${MATTER}\ngiấy hẹn ghi 12/10\ntôi đã hỏi hai lần`,
    })
    expect(body.attachments).toHaveLength(2)
  })

  test('N1 is proven by its message and by receipts', async () => {
    await zalo.settled()
    await until('N1 is seen', async () => (await noticesOf(code))[0]?.state === 'seen')
    const [n1] = await noticesOf(code)
    expect(n1).toMatchObject({ notice: 'N1', mandatory: true, channel: 'zalo' })
    const messageId = zalo.delivered.find(({ message }) => message.text?.includes('Đã nhận phản ánh'))?.messageId
    // Beside the chat it may have gone other ways as well.
    const inChat = n1?.tries.filter(({ channel }) => channel === 'zalo')
    expect(inChat).toContainEqual(expect.objectContaining({ result: 'accepted', messageId }))
    expect(inChat).toContainEqual(expect.objectContaining({ result: 'seen', messageId }))
  })

  test('officers take it to a published answer; N6 and N3 arrive in the chat', async () => {
    const me = createCitizen(zalo, citizen().id)
    const forward = {
      act: 'forward',
      contentKind: 'conduct',
      field: 'land',
      leadUnitCode: 'QN-C23527',
      note: 'Đề nghị xã xem xét.',
    }
    const n6 = await me.after(async () => expect((await officers.act('intake', code, forward)).status).toBe(200))
    expect(n6).toContain(code)
    expect(n6).toContain('xã Sa Thầy')

    const steps: [string, { act: string; [field: string]: unknown }, string][] = [
      ['coordinator', { act: 'accept', handler: 'handler' }, 'PROCESSING'],
      ['handler', { act: 'submitAnswer', answer: ANSWER, form: 'corrected' }, 'PROCESSING'],
    ]
    for (const [login, body, state] of steps) {
      const answer = await officers.act(login, code, body)
      expect([login, answer.status, answer.body.state]).toEqual([login, 200, state])
    }
    // The second person is another person.
    expect((await officers.act('handler', code, { act: 'approveAnswer' })).status).toBe(403)
    expect((await officers.act('commune', code, { act: 'approveAnswer' })).body.state).toBe('PENDING_PUBLICATION')
    const publish = publishing(ANSWER)
    const n3 = await me.after(async () => {
      const answer = await officers.act('publisher', code, publish)
      expect([answer.status, answer.body.state]).toEqual([200, 'PUBLISHED'])
    })
    expect(n3).toContain(code)
    expect(n3).toContain(ANSWER)

    await zalo.settled()
    await until('every notice is seen', async () => (await noticesOf(code)).every(({ state }) => state === 'seen'))
    expect((await noticesOf(code)).map(({ notice }) => notice)).toEqual(['N1', 'N6', 'N3'])
    const { body } = await officers.get('intake', `/cases/${code}/history`)
    expect(verifyChain(body.items)).toEqual([])
    expect(body.items.map((entry: { act: string }) => entry.act)).toEqual([
      'submit',
      'forward',
      'accept',
      'submitAnswer',
      'approveAnswer',
      'publish',
    ])
  })

  test('the sender looks the case up and takes a copy along, which nobody else can', async () => {
    const me = createCitizen(zalo, citizen().id)
    expect(await me.say(`tra cứu ${code}`)).toContain(code)
    expect(me.buttons()).toContain('Tải bản sao (PDF)')
    const newest = zalo.delivered.findLast(({ userId }) => userId === me.id)
    const buttons = (newest?.message.attachment?.payload?.buttons ?? []) as {
      title: string
      payload: { url?: string }
    }[]
    const url = new URL(buttons.find(({ title }) => title === 'Tải bản sao (PDF)')?.payload.url ?? '')
    const copy = await fetch(`${app.url}${url.pathname}`)
    expect([copy.status, copy.headers.get('content-type')]).toEqual([200, 'application/pdf'])
    expect(
      Buffer.from(await copy.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')

    const other = createCitizen(zalo, '8461027395518840077')
    await other.say(`tra cứu ${code}`)
    expect(other.buttons()).not.toContain('Tải bản sao (PDF)')
  })

  test('nothing was given up, nothing waits, and one token served them all', async () => {
    expect(await app.metric('pakn_dead_events_total')).toBe(0)
    expect(zalo.counts.refreshes).toBe(1)
    await until('nothing waits', async () => {
      const client = await mongoose.mongo.MongoClient.connect(uri)
      const { inbox, outbox } = {
        inbox: client.db(databaseName).collection('inbox'),
        outbox: client.db(databaseName).collection('outbox'),
      }
      const waiting = await inbox.countDocuments({ state: 'waiting' })
      const unsent = await outbox.countDocuments({ open: true })
      await client.close()
      return waiting + unsent === 0
    })
    expect(app.logged()).toBe('')
  })
})

async function noticesOf(code: string) {
  const { body } = await officers.get('intake', `/cases/${code}/notices`)
  return body.items as { notice: string; state: string; tries: { channel: string; messageId?: string }[] }[]
}

/** As a network may carry them: the newest first, and each three times. */
async function deliverThreeTimesInDisorder(events: ZaloEvent[]): Promise<void> {
  const copies = events.toReversed().flatMap((event) => [event, event])
  const statuses = await Promise.all([...copies, ...events].map((event) => zalo.post(event)))
  expect(new Set(statuses)).toEqual(new Set([200]))
}

describe('a refusal', () => {
  test('needs two persons, tells the citizen, and every wrong way there is closed', async () => {
    const me = createCitizen(zalo, '8461027395518840022')
    const code = await fileCase(me, '84905000022')
    const refuse = {
      act: 'refuse',
      reasonCode: 'legal_question',
      reason: 'Nội dung là câu hỏi về pháp luật.',
      guidance: 'Mời Ông/Bà liên hệ Trung tâm Phục vụ hành chính công tỉnh.',
    }
    const acts = `/cases/${code}/acts`
    expect((await officers.post('nobody', acts, refuse)).status).toBe(401)
    expect((await officers.post('stranger', acts, refuse, { 'if-match': '"1"' })).status).toBe(404)
    expect((await officers.get('stranger', `/cases/${code}`)).status).toBe(404)
    expect((await officers.post('publisher', acts, refuse, { 'if-match': '"1"' })).status).toBe(403)
    expect((await officers.post('intake', acts, refuse)).status).toBe(428)
    expect((await officers.post('intake', acts, refuse, { 'if-match': '"9"' })).status).toBe(409)
    const bad = await officers.post('intake', acts, { ...refuse, reasonCode: 'no', x: 1 }, { 'if-match': '"1"' })
    expect([bad.status, bad.body.code]).toEqual([422, 'invalid_fields'])

    const once = { 'if-match': '"1"', 'idempotency-key': 'refusal-of-the-test' }
    const first = await officers.post('intake', acts, refuse, once)
    expect([first.status, first.body.version, first.body.pendingApproval?.by]).toEqual([200, 2, 'intake'])
    const repeated = await officers.post('intake', acts, refuse, once)
    expect([repeated.status, repeated.body.version]).toEqual([200, 2])
    const other = await officers.post('intake', acts, { ...refuse, reason: 'Lý do khác hẳn.' }, once)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])

    const heard = me.heard().length
    expect((await officers.act('intake', code, { act: 'approveRefusal' })).status).toBe(403)
    expect(me.heard()).toHaveLength(heard)
    const n4 = await me.after(async () => {
      const answer = await officers.act('leader', code, { act: 'approveRefusal' })
      expect([answer.status, answer.body.state]).toEqual([200, 'REFUSED'])
    })
    expect(n4).toContain(code)
    expect(n4).toContain('Nội dung là câu hỏi về pháp luật.')
    expect(n4).toContain('Mời Ông/Bà liên hệ Trung tâm Phục vụ hành chính công tỉnh.')
    await until('N4 is seen', async () => (await noticesOf(code)).at(-1)?.state === 'seen')
    expect((await noticesOf(code)).map(({ notice }) => notice)).toEqual(['N1', 'N4'])
  })
})

test('of two officers who act on the same version at once, one acts and the other is told', async () => {
  const me = createCitizen(zalo, '8461027395518840033')
  const code = await fileCase(me, '84905000033')
  const forward = FORWARD
  const answers = await Promise.all([1, 2, 3].map(() => officers.act('intake', code, forward, 1)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
  await until('N6 has come', () => me.heard().some((words) => words.includes('xã Sa Thầy') && words.includes(code)))
  expect((await noticesOf(code)).map(({ notice }) => notice)).toEqual(['N1', 'N6'])
})
