import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Citizen } from '../../src/simulator/model.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { CHECKLIST, MATTER } from '../support/matter.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const DAY_MS = 24 * 3_600_000

type Notice = {
  notice: string
  state: string
  channel: string
  tries: { channel: string; result: string; code?: string }[]
}

let app: TestApp
let simulator: Simulator
/** A refusal that the second person has yet to approve. */
let waitingCode: string

beforeAll(async () => {
  app = await startTestApp({ uri, env: { INBOX_QUIET_MS: '50' } })
  if (app.app.simulator === null) throw new Error('a demonstration has a simulator')
  simulator = app.app.simulator
})
afterAll(() => app.stop())

async function call(login: string, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const token = app.app.demonstration.find((one) => one.login === login)?.token
  const response = await fetch(`${app.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // biome-ignore lint/suspicious/noExplicitAny: an answer of the outside, read with expectations
  return { status: response.status, body: (await response.json()) as any }
}

async function act(login: string, code: string, body: { act: string; [field: string]: unknown }): Promise<void> {
  const { version } = (await call('lan', 'GET', `/cases/${code}`)).body
  const { status, body: answer } = await call(login, 'POST', `/cases/${code}/acts`, body, {
    'if-match': `"${version}"`,
  })
  expect([body.act, status, answer.errors]).toEqual([body.act, 200, undefined])
}

async function noticeOf(code: string, notice: string): Promise<Notice | undefined> {
  const { items } = (await call('lan', 'GET', `/cases/${code}/notices`)).body
  return items.findLast((one: Notice) => one.notice === notice)
}

const ANSWER = 'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà, xin lỗi Ông/Bà vì đã để chậm.'

/** A case as it was filed, brought to the answer that waits to be published. */
async function answered(code: string): Promise<void> {
  const leadUnitCode = 'QN-C23527'
  await act('lan', code, { act: 'forward', contentKind: 'conduct', field: 'land', leadUnitCode, note: 'Đề nghị xem.' })
  await act('a.thang', code, { act: 'accept', handler: 'y.ha' })
  await act('y.ha', code, { act: 'submitAnswer', answer: ANSWER, form: 'corrected' })
  await act('siu.blin', code, { act: 'approveAnswer' })
}

const publish = (code: string) =>
  act('thu', code, {
    act: 'publish',
    title: 'Chậm trả kết quả',
    content: 'Hồ sơ chậm.',
    answer: ANSWER,
    checklist: CHECKLIST,
  })

/** Somebody writes in the chat, and reads what comes back. */
async function say(citizen: Citizen, text: string): Promise<string> {
  const heard = () =>
    (simulator.state.messages[citizen.id] ?? []).filter(({ from, kind }) => from === 'app' && kind !== 'template')
  const before = heard().length
  simulator.chats.citizenSends(citizen, { kind: 'text', text })
  await until(`"${text}" is answered`, () => heard().length > before)
  for (let count = -1; count !== heard().length; await new Promise((resolve) => setTimeout(resolve, 60))) {
    count = heard().length
  }
  return heard()
    .slice(before)
    .map((message) => message.text)
    .join('\n')
}

/** The form, answered well by somebody who also leaves an e-mail address. */
async function file(citizen: Citizen, email: string): Promise<string> {
  for (const words of [MATTER, 'dong y', 'du roi', '1', 'xa sa thay', citizen.name]) await say(citizen, words)
  await say(citizen, citizen.phone)
  const codes = () => simulator.state.shortMessages.filter(({ phone }) => `0${phone.slice(2)}` === citizen.phone)
  await until('the code has come', () => codes().length > 0)
  await say(citizen, codes().at(-1)?.code ?? '')
  let heard = await say(citizen, 'thôn 2 xã Sa Thầy')
  while (!heard.includes('Xin xem lại')) heard = await say(citizen, '1')
  expect(await say(citizen, email)).toContain(email)
  return /PAKN\.\d{8}\.\d{4}/.exec(await say(citizen, 'gửi'))?.[0] ?? ''
}

function citizenCalled(name: string): Citizen {
  const found = Object.values(simulator.state.citizens).find((one) => one.name === name)
  if (found === undefined) throw new Error(`nobody is called ${name}`)
  return found
}

test('the start says which ways there are', () => {
  expect(app.said.join('\n')).toContain('Kênh báo tin: chat Zalo, mẫu tin ZBS (N1, N2, N3')
  expect(app.said.join('\n')).toContain('SMS, thư điện tử')
})

test('an answer published when the chat has closed goes by template, SMS and letter, and the phone proves it', async () => {
  waitingCode = await file(citizenCalled('Trần Văn Thử'), 'thu@example.vn')
  await act('lan', waitingCode, {
    act: 'refuse',
    reasonCode: 'judicial',
    reason: 'Không thuộc phạm vi.',
    guidance: 'Xin gửi tòa.',
  })
  const citizen = citizenCalled('Y Hà')
  const code = await file(citizen, 'y.ha@example.vn')
  await answered(code)
  app.app.clock.advance(8 * DAY_MS)
  // The phone shows the SMS and says nothing of it, so that it proves nothing.
  simulator.settings.smsFault = 'silent'
  await publish(code)
  await until('it is proven', async () => (await noticeOf(code, 'N3'))?.state === 'delivered', 20_000)
  const texts = () =>
    simulator.state.shortMessages.filter(({ text }) => text.includes(`${code} cua Ong/Ba: Da cong khai`))
  const letters = () => simulator.state.letters.filter(({ text }) => text.includes(ANSWER))
  await until('the others are there', () => texts().length > 0 && letters().length > 0)

  const told = await noticeOf(code, 'N3')
  expect(told?.channel).toBe('template')
  expect(told?.tries.filter(({ channel }) => channel === 'template')).toMatchObject([{ result: 'delivered' }])
  const chat = simulator.state.messages[citizen.id] ?? []
  expect(chat.filter(({ kind, text }) => kind === 'template' && text.includes(code))).toHaveLength(1)
  expect(chat.filter(({ from, text }) => from === 'app' && text.includes(ANSWER))).toEqual([])
  // Of the answer itself only the letter speaks (R5-4).
  expect(texts().map(({ text }) => text)).toEqual([
    expect.stringMatching(
      new RegExp(`^Phan anh ${code} cua Ong/Ba: Da cong khai ket qua\\. Xem tai http://\\S+/tra-cuu\\?code=${code}$`),
    ),
  ])
  const [letter] = letters()
  expect(letter).toMatchObject({ to: 'y.ha@example.vn', subject: expect.stringContaining(code) })
  expect(letter?.text).toMatch(/^Kính gửi Ông\/Bà,\n\n/)
  expect(letter?.messageId).toMatch(/^<[A-Za-z0-9_-]{1,48}@example\.vn>$/)
})

test('a template that waits for a phone that is off is not sent again by number: it would be seen twice', async () => {
  const citizen = citizenCalled('Trần Văn Thử')
  const code = waitingCode
  simulator.settings.smsFault = 'failed'
  simulator.settings.mailFault = 'refused'
  simulator.chats.setOnline(citizen, false)
  await act('hung', code, { act: 'approveRefusal' })
  const triesOf = async () => (await noticeOf(code, 'N4'))?.tries ?? []
  await until('the template is taken', async () => (await triesOf()).some(({ result }) => result === 'accepted'))
  // One way that arrives is enough for a refusal: no SMS is spent while the template may still arrive.
  expect((await triesOf()).map(({ channel }) => channel)).toEqual(['template'])
  app.app.clock.advance(7 * 3_600_000)
  await until('a person has it', async () => (await noticeOf(code, 'N4'))?.state === 'workItem', 20_000)
  expect((await triesOf()).map(({ channel }) => channel).sort()).toEqual(['email', 'sms', 'template'])
  const templates = () =>
    simulator.state.messages[citizen.id]?.filter(({ kind, text }) => kind === 'template' && text.includes(code))
  expect(templates()).toHaveLength(1)
  expect((await triesOf()).filter(({ channel }) => channel === 'template')).toMatchObject([{ result: 'accepted' }])
  // At last the phone is on, and its word ends the work of the person.
  simulator.chats.setOnline(citizen, true)
  await until('it is proven', async () => (await noticeOf(code, 'N4'))?.state !== 'workItem', 15_000)
  expect(templates()).toHaveLength(1)
})

test('where the template is disabled, the SMS does not arrive and the letter bounces, a person has it', async () => {
  simulator.settings.smsFault = 'none'
  const citizen = citizenCalled('Nguyễn Thị Mẫu')
  const code = await file(citizen, 'mau@example.vn')
  for (const { templateId } of simulator.state.templates) {
    await fetch(`${app.url}/simulator/api/templates/${templateId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-simulator': '1' },
      body: JSON.stringify({ status: 'DISABLE' }),
    })
  }
  await simulator.idle()
  await until('the service has heard of it', async () => (await app.metric('pakn_template_ready')) === 0)
  simulator.settings.smsFault = 'failed'
  simulator.settings.mailFault = 'bounced'
  await act('lan', code, {
    act: 'refuse',
    reasonCode: 'judicial',
    reason: 'Không thuộc phạm vi.',
    guidance: 'Xin gửi tòa.',
  })
  app.app.clock.advance(8 * DAY_MS)
  await act('hung', code, { act: 'approveRefusal' })
  await until('a person has it', async () => (await noticeOf(code, 'N4'))?.state === 'workItem', 20_000)
  const tries = (await noticeOf(code, 'N4'))?.tries.map(
    ({ channel, result, code: said }) => `${channel} ${result} ${said}`,
  )
  expect(tries?.toSorted()).toEqual(['email failed 5.1.1', 'sms failed EXPIRED'])
  expect(app.logged()).toContain('a template cannot be sent')
  for (const secret of ['mau@example.vn', citizen.phone, citizen.phone.slice(1)])
    expect(app.logged()).not.toContain(secret)
})

test('moving the clock again and again within seconds keeps nobody waiting for an answer', async () => {
  const citizen = citizenCalled('Y Hà')
  for (let moves = 1; moves <= 3; moves++) {
    expect(await say(citizen, 'xin chào')).not.toBe('')
    app.app.clock.advance(2 * DAY_MS)
  }
  expect(await say(citizen, 'xin chào')).not.toBe('')
  expect(await app.metric('pakn_sender_paused')).toBe(0)
})
