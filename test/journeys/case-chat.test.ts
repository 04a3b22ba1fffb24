import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/cases/history.ts'
import { photo } from '../media/samples.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type MediaHost, type SmsProvider, startMediaHost, startSmsProvider } from '../support/hosts.ts'
import { FORWARD, MATTER, publishing } from '../support/matter.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri, name: databaseName } = testDatabase()
const MISSING = 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ'
const ANSWER =
  'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà. Xin lỗi Ông/Bà vì đã để chậm so với giấy hẹn.'
const STARS = ['Rất hài lòng', 'Hài lòng', 'Bình thường', 'Không hài lòng', 'Rất không hài lòng']

let app: TestApp
let zalo: FakeZalo
let media: MediaHost
let sms: SmsProvider
let officers: Officers
let client: mongoose.mongo.MongoClient

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true, receipts: true })
  media = await startMediaHost()
  sms = await startSmsProvider()
  app = await startTestApp({
    uri,
    zalo,
    env: { ZALO_MEDIA_HOSTS: media.host, SMS_URL: sms.url, SMS_TOKEN: sms.token },
  })
  officers = await openOfficers(app.env, app.url)
  client = await mongoose.mongo.MongoClient.connect(uri)
})
afterAll(async () => {
  await client.close()
  await app.stop()
  await Promise.all([zalo.stop(), media.stop(), sms.stop()])
})

/** Whatever this citizen does is delivered three times. */
const citizenOf = (id: string) => createCitizen(zalo, id, { deliveries: 3 })

async function fileCase(citizen: Citizen, phone: string): Promise<string> {
  const codeOf = async () => {
    await until('a code comes by SMS', () => sms.codeFor(phone) !== undefined)
    return sms.codeFor(phone) ?? null
  }
  await fillForm(citizen, { content: MATTER, phone: `0${phone.slice(2)}`, code: codeOf })
  const filed = await citizen.tap('GỬI PHẢN ÁNH')
  return /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0] ?? ''
}

const day = (daysLater: number) => new Date(Date.now() + (daysLater * 24 + 7) * 3_600_000).toISOString().slice(0, 10)
const caseOf = async (code: string) => (await officers.get('intake', `/cases/${code}`)).body
const noticesOf = async (code: string) =>
  (await officers.get('intake', `/cases/${code}/notices`)).body.items.map((one: { notice: string }) => one.notice)

/** Officers bring a case this far; every act has to be taken. */
async function act(code: string, ...acts: [login: string, body: { act: string; [field: string]: unknown }][]) {
  for (const [login, body] of acts) {
    const { status, body: answer } = await officers.act(login, code, body)
    expect([body.act, status, answer.errors]).toEqual([body.act, 200, undefined])
  }
}

const PUBLISH = publishing(ANSWER)
const ANSWERED = [
  ['coordinator', { act: 'accept', handler: 'handler' }],
  ['handler', { act: 'submitAnswer', answer: ANSWER, form: 'corrected' }],
  ['commune', { act: 'approveAnswer' }],
] as const satisfies Parameters<typeof act>[1][]

/** Keeps the next line of a case's history from being written, as a fault in the middle of a transaction would; ends with `free`. */
async function spoilHistory(code: string): Promise<{ free(): Promise<void> }> {
  const history = client.db(databaseName).collection<{ _id: string }>('history')
  const { body } = await officers.get('intake', `/cases/${code}/history`)
  const next = `${code}#${String(body.items.length + 1).padStart(6, '0')}`
  await history.insertOne({ _id: next })
  return { free: async () => void (await history.deleteOne({ _id: next })) }
}

describe('a case in the hands of its sender', () => {
  const me = () => citizenOf('8461027395518841011')
  let code: string

  test('what is asked for comes by chat, with a photo, once, whatever is delivered or fails', async () => {
    const citizen = me()
    code = await fileCase(citizen, '84905000111')
    const n2 = await citizen.after(() =>
      act(code, ['intake', { act: 'requestSupplement', missing: MISSING, replyBy: day(7) }]),
    )
    expect(n2).toContain(MISSING)
    expect(citizen.buttons()).toEqual(['Bổ sung ngay', 'Tôi không có giấy này', 'Xem tiến độ'])

    // A number means the buttons of the notice, which came behind the last answer of the assistant.
    expect(await citizen.say('1')).toContain(`Bổ sung cho ${code}`)
    expect(
      await citizen.send(zalo.events.userSendsImage(citizen.id, media.put('bien-nhan.jpg', await photo(320, 240)))),
    ).toMatch(/^Đã thêm 1 ảnh\./)
    const spoilt = await spoilHistory(code)
    const conflicts = await app.metric('pakn_turns_total')
    const send = zalo.events.userSendsText(citizen.id, citizen.payloadOf('Gửi luôn'))
    const n5 = await citizen.after(async () => {
      await Promise.all([1, 2, 3].map(() => zalo.post(send)))
      await until('the turn has failed', async () => (await app.metric('pakn_turns_total')) > conflicts)
      // Nothing of a turn that fails is there: not the case, not the words, not the answer.
      expect(await caseOf(code)).toMatchObject({ state: 'AWAITING_SUPPLEMENT', version: 2 })
      await spoilt.free()
    })
    expect(n5).toContain('đã nhận và tiếp tục xử lý')
    expect(citizen.heard().filter((words) => words.includes('tiếp tục xử lý'))).toHaveLength(1)

    const current = await caseOf(code)
    expect(current).toMatchObject({ state: 'PENDING_INTAKE', version: 3 })
    const [{ attachments }] = current.supplements
    expect(attachments).toHaveLength(1)
    const file = await fetch(`${app.url}/api/v1/cases/${code}/attachments/${attachments[0].id}`, {
      headers: { authorization: `Bearer ${officers.tokens.intake}` },
    })
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect(await noticesOf(code)).toEqual(['N1', 'N2', 'N5'])
    expect(await citizen.say('bổ sung')).toContain('đã được bổ sung rồi')
  })

  test('once there is an answer it cannot be withdrawn any more', async () => {
    await act(code, ['intake', FORWARD], ...ANSWERED)
    expect(await me().say('rút phản ánh')).toContain('không rút được nữa')
    expect((await caseOf(code)).state).toBe('PENDING_PUBLICATION')
  })

  test('two stars lead to a disagreement, and the officer opens the case again', async () => {
    const citizen = me()
    const n3 = await citizen.after(() => act(code, ['publisher', PUBLISH]))
    expect(n3).toMatch(/không đồng ý” tại đây, chậm nhất thứ \S+ \d{2}\/\d{2}\/\d{4}/)
    expect(citizen.buttons()).toEqual(STARS)
    expect(await citizen.say('khong hai long')).toContain('muốn gửi để cơ quan xem xét lại không')
    expect((await caseOf(code)).rating).toMatchObject({ stars: 2 })
    await citizen.tap('Gửi ý kiến')
    await citizen.say('họ nói đã trả mà tôi chưa nhận được gì')
    await citizen.send(zalo.events.userSendsImage(citizen.id, media.put('trong.jpg', await photo(200, 200))))
    expect(await citizen.tap('Gửi ý kiến')).toContain('Tôi đã chuyển ý kiến của Ông/Bà')
    expect((await caseOf(code)).disagreement).toMatchObject({ text: 'họ nói đã trả mà tôi chưa nhận được gì' })

    const n12 = await citizen.after(() => act(code, ['intake', { act: 'reopen' }]))
    expect(n12).toContain('đang xem xét lại phản ánh này theo ý kiến của Ông/Bà')
    const current = await caseOf(code)
    expect(current).toMatchObject({ state: 'PROCESSING', round: 1, disagreement: null })
    expect(current.disagreements[0].attachments).toHaveLength(1)
    expect(await citizen.say(`#act.rate5.${code}`)).toContain('chưa có câu trả lời')
  })

  test('its history holds every step once, and its chain is whole', async () => {
    const { body } = await officers.get('intake', `/cases/${code}/history`)
    expect(verifyChain(body.items)).toEqual([])
    expect(body.items.map((entry: { act: string; actor: string }) => `${entry.actor} ${entry.act}`)).toEqual([
      'citizen submit',
      'intake requestSupplement',
      'citizen supplement',
      'intake forward',
      'coordinator accept',
      'handler submitAnswer',
      'commune approveAnswer',
      'publisher publish',
      'citizen rate',
      'citizen disagree',
      'intake reopen',
    ])
    expect(await noticesOf(code)).toEqual(['N1', 'N2', 'N5', 'N6', 'N3', 'N12'])
    // Nothing that was said is in the store in plain.
    const stored = await client.db(databaseName).collection('cases').find().toArray()
    const sealed = stored.map((one) => Buffer.from(one.sealed.buffer).toString('utf8')).join()
    expect(`${JSON.stringify(stored)}${sealed}`).not.toContain('chưa nhận được gì')
  })
})

describe('a withdrawal', () => {
  test('is confirmed twice and has its effect once; the case is at its end', async () => {
    const citizen = citizenOf('8461027395518841022')
    const code = await fileCase(citizen, '84905000122')
    expect(await citizen.say(`rút phản ánh ${code}`)).toContain('Ông/Bà muốn rút phải không ạ?')
    await citizen.tap('Rút phản ánh này')
    const sure = citizen.payloadOf('Chắc chắn rút')
    const spoilt = await spoilHistory(code)
    const turns = await app.metric('pakn_turns_total')
    const n9 = await citizen.after(async () => {
      await zalo.post(zalo.events.userSendsText(citizen.id, sure))
      await zalo.post(zalo.events.userSendsText(citizen.id, sure, { at: Date.now() + 5_000 }))
      await until('the turn has failed', async () => (await app.metric('pakn_turns_total')) > turns)
      await spoilt.free()
    })
    expect(n9).toContain('đã được rút theo đề nghị của Ông/Bà')
    await until('the second tap is answered', () => citizen.heard().some((words) => words.includes('đã được rút rồi')))
    expect(await caseOf(code)).toMatchObject({ state: 'WITHDRAWN', version: 2, withdrawal: { by: 'citizen' } })
    expect(await noticesOf(code)).toEqual(['N1', 'N9'])
    expect((await officers.act('intake', code, FORWARD)).status).toBe(422)
  })
})

test('what an officer does at the same moment is seen: the turn is decided anew', async () => {
  const citizen = citizenOf('8461027395518841033')
  const code = await fileCase(citizen, '84905000133')
  await act(code, ['intake', FORWARD], ...ANSWERED.slice(0, 2))
  await citizen.say('rút phản ánh')
  await citizen.tap('Rút phản ánh này')
  const spoilt = await spoilHistory(code)
  const turns = await app.metric('pakn_turns_total')
  const answer = await citizen.after(async () => {
    await zalo.post(zalo.events.userSendsText(citizen.id, citizen.payloadOf('Chắc chắn rút')))
    await until('the turn has failed', async () => (await app.metric('pakn_turns_total')) > turns)
    await spoilt.free()
    await officers.act('commune', code, { act: 'approveAnswer' })
  })
  // Whoever was faster, the other one is told, and nothing of both is lost.
  const { state } = await caseOf(code)
  if (state === 'WITHDRAWN') expect(answer).toContain('đã được rút theo đề nghị')
  else expect([state, answer]).toEqual(['PENDING_PUBLICATION', expect.stringContaining('không rút được nữa')])
})

test('nothing was given up and nothing was logged', async () => {
  expect(await app.metric('pakn_dead_events_total')).toBe(0)
  expect(app.logged()).toBe('')
})
