import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type RunningMongod, startMongod } from '../../src/store/mongod.ts'
import { sealJson } from '../../src/store/sealed.ts'
import { stateContext } from '../../src/store/turn-store.ts'
import { photo } from '../media/samples.ts'
import { startTestProcess, statusOf, type TestProcess } from '../support/app.ts'
import { createCitizen } from '../support/citizen.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { type MediaHost, type SmsProvider, startMediaHost, startSmsProvider } from '../support/hosts.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

/** Marks that occur nowhere else, so that one that is found has leaked. */
const mark = {
  name: 'Xuân Ngọc Quỳnhmarkabel',
  company: 'Công ty Trách nhiệm hữu hạn Dấumarkfirma',
  phone: '0905777123',
  email: 'dau.markmail@thu.example.vn',
  address: 'Thôn Dấumarkthon, tổ 7',
  content: 'tách thửa chậm, dấumarkcontent, hỏi mãi',
  chat: 'cảm ơn dấumarkchat nhiều lắm',
  zaloId: '7719283746501928374',
  file: 'don-dấumarkfile.pdf',
  zaloWords: 'dấumarkplatform refused for 7719283746501928374',
  api: 'dấumarkapi',
}
const dataKeys = `k1:${randomBytes(32).toString('base64')}`

let folder: string
let mongod: RunningMongod
let zalo: FakeZalo
let sms: SmsProvider
let media: MediaHost
let service: TestProcess
let officers: Officers
const outputs: (() => string)[] = []
const errorBodies: string[] = []
const codes: string[] = []
let caseCode = ''

async function startService(): Promise<TestProcess> {
  const started = await startTestProcess({
    uri: mongod.uri,
    zalo,
    dataDir: join(folder, 'data'),
    env: {
      LOG_LEVEL: 'trace',
      DATA_KEYS: dataKeys,
      INBOX_TRIES_MAX: '2',
      // A burst is one answer also where the machine is busy.
      INBOX_QUIET_MS: '2000',
      ZALO_MEDIA_HOSTS: media.host,
      SMS_URL: sms.url,
      SMS_TOKEN: sms.token,
    },
  })
  outputs.push(started.output)
  return started
}

const startDatabase = () => startMongod({ dataDir: folder, binary: inject('mongodBinary'), log: () => undefined })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pakn-privacy-'))
  mongod = await startDatabase()
  zalo = await startFakeZalo({ echoes: true, receipts: true })
  sms = await startSmsProvider()
  media = await startMediaHost()
  service = await startService()
  officers = await openOfficers(service.env, service.url)
})
afterAll(async () => {
  await service.stop()
  await mongod.stop()
  await Promise.all([zalo.stop(), sms.stop(), media.stop()])
  await rm(folder, { recursive: true, force: true })
})

const e164 = `84${mark.phone.slice(1)}`
const me = () => createCitizen(zalo, mark.zaloId)
const lastCode = async (before = '') => {
  await until('a code comes', () => (sms.codeFor(e164) ?? '') !== before)
  const code = sms.codeFor(e164) ?? ''
  codes.push(code)
  return code
}

describe('a whole journey with marked data, read by somebody who looks for the marks', () => {
  test('a company files, with a photo, a file, an e-mail address, and a code that fails to go out at first', async () => {
    const citizen = me()
    await citizen.send(zalo.events.userFollows(citizen.id))
    zalo.fail({ mode: 'error', code: -200, message: mark.zaloWords }, { userId: citizen.id, path: '/message' })
    await citizen.say(mark.chat)
    await citizen.say(`em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, ${mark.content}`)
    await citizen.tap('Đồng ý, tiếp tục')
    const image = media.put('anh-dấumarkurl.jpg', await photo())
    const file = { url: media.put(mark.file, Buffer.from('%PDF-1.7\n%dumarkpdf\n%%EOF\n')), name: mark.file }
    await citizen.after(() =>
      Promise.all([
        zalo.post(zalo.events.userSendsImage(citizen.id, image)),
        zalo.post(zalo.events.userSendsFile(citizen.id, { ...file, checksum: 'f'.repeat(32) })),
      ]),
    )
    await citizen.tap('Dùng tiêu đề này')
    await citizen.say('xa sa thay')
    await citizen.tap('Tôi gửi thay tổ chức')
    await citizen.say('1')
    await citizen.say(mark.company)
    await citizen.say(mark.name)
    sms.answerWith(500)
    await citizen.say(mark.phone)
    const answer = await citizen.say(await lastCode())
    expect(answer).toContain('Bước 6/6')
    await citizen.say(`${mark.address}, xã Sa Thầy`)
    if (citizen.buttons().includes('Đúng rồi')) await citizen.tap('Đúng rồi')
    await citizen.tap('Đồng ý công khai')
    if (citizen.buttons().includes('Để nguyên')) await citizen.tap('Để nguyên')
    expect(await citizen.say(mark.email)).toContain(mark.email)
    const filed = await citizen.tap('GỬI PHẢN ÁNH')
    caseCode = /PAKN\.\d{8}\.\d{4}/.exec(filed)?.[0] ?? ''
    expect(caseCode, filed).not.toBe('')
    await zalo.settled()
  })

  test('officers work on it, and somebody plays with the API', async () => {
    const forward = { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode: 'QN-C23527', note: mark.api }
    expect((await officers.act('intake', caseCode, forward)).status).toBe(200)
    const bad = [
      await officers.post('intake', `/cases/${caseCode}/acts`, { act: mark.api, phone: mark.phone }),
      await officers.post('intake', `/cases/${caseCode}/acts`, { act: mark.api }, { 'if-match': '"2"' }),
      await officers.post('intake', `/cases/${caseCode}/acts`, { ...forward, field: mark.api }, { 'if-match': '"2"' }),
      await officers.post('intake', `/cases/${caseCode}/acts`, mark.api, { 'if-match': '"2"' }),
      await officers.get('intake', `/cases?q=${encodeURIComponent(mark.name)}&phone=${mark.phone}`),
      await officers.get('intake', `/cases?limit=${mark.phone}&cursor=${encodeURIComponent(mark.email)}`),
      await officers.get('nobody', `/cases/${encodeURIComponent(mark.name)}`),
      await officers.get('intake', `/cases/${encodeURIComponent(mark.name)}`),
    ]
    for (const { body, status } of bad) if (status >= 400) errorBodies.push(JSON.stringify(body))
    const raw = (path: string, body: string, headers: Record<string, string> = {}) =>
      fetch(`${service.url}${path}`, { method: 'POST', body, headers }).then((response) => response.text())
    errorBodies.push(
      await raw(`/api/v1/cases/${caseCode}/acts`, `{"act": "${mark.name}`, {
        authorization: `Bearer ${officers.tokens.intake}`,
        'content-type': 'application/json',
      }),
      await raw('/webhooks/zalo', JSON.stringify({ sender: { id: mark.zaloId }, message: { text: mark.chat } })),
      await raw(`/${encodeURIComponent(mark.name)}?phone=${mark.phone}`, mark.chat),
      await raw('/webhooks/zalo', mark.chat),
    )
    expect(errorBodies.length).toBeGreaterThan(8)
  })

  test('Zalo, the database and a poisoned conversation fail with the marks in their hands', async () => {
    const citizen = me()
    zalo.fail({ mode: 'error', code: -213, message: mark.zaloWords }, { userId: citizen.id, path: '/message' })
    await zalo.post(zalo.events.userSendsText(citizen.id, mark.chat))
    await until('the refusal is recorded', async () =>
      (await (await fetch(`${service.url}/metrics`)).text()).includes('pakn_sends_total{class="user",code="-213"} 1'),
    )
    await mongod.stop()
    expect(await zalo.post(zalo.events.userSendsText(citizen.id, mark.chat))).toBe(503)
    const away = await fetch(`${service.url}/api/v1/cases?q=${encodeURIComponent(mark.name)}`, {
      headers: { authorization: `Bearer ${officers.tokens.intake}` },
    })
    errorBodies.push(await away.text())
    expect(away.status).toBe(503)
    mongod = await startDatabase()
    await until('the service is ready again', async () => (await statusOf(`${service.url}/readyz`)) === 200)
    await service.end()

    await poison()
    service = await startService()
    // What the death held up comes as well, and may come first.
    const before = citizen.heard().length
    await citizen.say(mark.chat)
    await until('the apology', () => citizen.heard().slice(before).join('\n').includes('Xin lỗi Ông/Bà'))
    // What was answered with 503 may have been stored all the same when the database came back: it is poisoned too.
    expect(await service.metric('pakn_dead_events_total')).toBeGreaterThanOrEqual(1)
  })

  test('none of it is in the log, in what the terminal shows, in answers to mistakes, or in the metrics', async () => {
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    const output = outputs.map((read) => read()).join('\n')
    expect(output.split('\n').length).toBeGreaterThan(30)
    expect(output).toContain('turn failed')
    for (const [where, text] of Object.entries({ output, metrics, errors: errorBodies.join('\n') })) {
      expect({ where, leaked: leaks(text, [...words(), ...secrets()]) }).toEqual({ where, leaked: [] })
    }
    // A code of six digits could be a part of something longer; alone it is the code.
    for (const code of codes) expect(output).not.toMatch(new RegExp(`(?<![\\w.])${code}(?![\\w.])`))
  })

  test('the database holds none of what must be encrypted, nor do files or the data folder', async () => {
    const dump = await dumpDatabase()
    const sealed = [
      ...phoneForms(),
      mark.email,
      'Dấumarkthon',
      mark.zaloId,
      'Quỳnhmarkabel',
      'dấumarkchat',
      'dumarkpdf',
      'MARKEDCAMERA',
    ]
    for (const [collection, bytes] of dump) {
      expect({ collection, leaked: leaks(bytes, [...sealed, ...secrets()]) }).toEqual({ collection, leaked: [] })
    }
    expect(new Set(dump.keys())).toContain('cases')
    for (const path of await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true })) {
      if (!path.isFile()) continue
      const bytes = await readFile(join(path.parentPath, path.name), 'utf8')
      expect({ path: path.name, leaked: leaks(bytes, [...sealed, ...secrets()]) }).toEqual({
        path: path.name,
        leaked: [],
      })
    }
  })
})

/** A conversation that nothing can read, whose error would quote the citizen. */
async function poison(): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(mongod.uri)
  const conversations = client.db().collection<{ _id: string; state: unknown }>('conversations')
  const cipher = createFieldCipher(parseDataKeys(dataKeys))
  for (const { _id } of await conversations.find({}, { projection: { _id: 1 } }).toArray()) {
    const state = sealJson(cipher, { schema: `${mark.name} ${mark.phone}` }, stateContext(_id))
    await conversations.updateOne({ _id }, { $set: { state } })
  }
  await client.close()
}

/** Every collection as its bytes. */
async function dumpDatabase(): Promise<Map<string, string>> {
  const client = await mongoose.mongo.MongoClient.connect(mongod.uri)
  const dump = new Map<string, string>()
  for (const { name } of await client.db().listCollections().toArray()) {
    const documents = await client.db().collection(name).find({}, { raw: true }).toArray()
    const bytes = documents.map((document) => Buffer.from(document as unknown as Uint8Array).toString('utf8'))
    dump.set(name, bytes.join('\n'))
  }
  await client.close()
  return dump
}

function phoneForms(): string[] {
  return [mark.phone, mark.phone.slice(1), '905 777 123', '905.777.123']
}

/** What nobody may read outside of the case. */
function words(): string[] {
  const parts = ['markabel', 'markfirma', 'markmail', 'markthon', 'markcontent', 'markchat', 'markfile', 'markurl']
  return [...parts, 'markplatform', 'markapi', mark.zaloId, ...phoneForms()]
}

function secrets(): string[] {
  const tokens = Object.values(officers.tokens).map((token) => token.split('.').at(-1) ?? token)
  const { appSecret, oaSecretKey } = zalo.account
  const key = dataKeys.split(':')[1] ?? ''
  return [...tokens, appSecret, oaSecretKey, sms.token, zalo.tokens.accessToken, zalo.tokens.refreshToken, key]
}

function leaks(text: string, marks: string[]): string[] {
  const composed = text.normalize('NFC').toLowerCase()
  return marks.filter((one) => composed.includes(one.normalize('NFC').toLowerCase()))
}
