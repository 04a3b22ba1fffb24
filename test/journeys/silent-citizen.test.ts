import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { type Citizen, createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { channelRefusal, createFakeChannels } from '../support/fake-channels.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { FORWARD, MATTER, publishing } from '../support/matter.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ANSWER = 'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà.'
const PUBLISH = publishing(ANSWER)
const fake = createFakeChannels()
let app: TestApp
let zalo: FakeZalo
let officers: Officers
let citizen: Citizen
let code: string

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true, receipts: true })
  app = await startTestApp({ uri, zalo, env: { MIN_IDENTITY_LEVEL: '1' }, channels: fake.channels })
  officers = await openOfficers(app.env, app.url)
  citizen = createCitizen(zalo, '8461027395518841301')
})
afterAll(async () => {
  await app.stop()
  await zalo.stop()
})

type Told = {
  state: string
  channel: string
  tries: { channel: string; result: string; code?: string; textVersion?: string }[]
  workItem?: { id: string; state: string }
}

async function told(notice: string): Promise<Told | undefined> {
  const { body } = await officers.get('intake', `/cases/${code}/notices`)
  return body.items.find((one: { notice: string }) => one.notice === notice)
}

const stateOf = async (notice: string) => (await told(notice))?.state

async function act(login: string, body: { act: string; [field: string]: unknown }): Promise<void> {
  const { status, body: answer } = await officers.act(login, code, body)
  expect([body.act, status, answer.errors]).toEqual([body.act, 200, undefined])
}

/** A way that has been taken and waits for its proof waits in vain. */
async function passTime(ms: number): Promise<void> {
  app.app.clock.advance(ms)
  await Promise.resolve()
}

test('a receipt goes on both ways where an address is known', async () => {
  await fillForm(citizen, { content: MATTER, phone: '0905000111', code: async () => null })
  code = /PAKN\.\d{8}\.\d{4}/.exec(await citizen.tap('GỬI PHẢN ÁNH'))?.[0] ?? ''
  await until('seen in the chat', async () => (await stateOf('N1')) === 'seen')
  await until('and by SMS', () => fake.sent.some(({ message }) => message.notice === 'N1'))
  const [sms] = fake.sent
  expect(sms?.channel).toBe('sms')
  expect(sms?.address).toEqual({ userId: null, phone: '+84905000111', email: null })
  expect(sms?.message.shortText).toMatch(new RegExp(`${code}.*Chờ tiếp nhận.*tra-cuu`))
  expect(sms?.message.reference).toMatch(/^[A-Za-z0-9_-]{1,48}$/)
  expect(fake.sent).toHaveLength(1)
})

test('an answer on day 20 goes from way to way until a person has it', async () => {
  await act('intake', FORWARD)
  await act('coordinator', { act: 'accept', handler: 'handler' })
  await act('handler', { act: 'submitAnswer', answer: ANSWER, form: 'corrected' })
  await act('commune', { act: 'approveAnswer' })
  await passTime(20 * DAY_MS)
  fake.sent.splice(0)
  fake.answers.template = ({ address }) => channelRefusal('user', address.userId === null ? '-118' : '-249')
  await act('publisher', PUBLISH)

  // Both ways and the chain share one SMS; the template was refused by user id and by phone.
  await until('by SMS', () => fake.sent.some(({ channel, message }) => channel === 'sms' && message.notice === 'N3'))
  await until('the templates were tried', async () => {
    const tries = (await told('N3'))?.tries ?? []
    return tries.length === 3 && tries.every(({ result }) => result !== 'sending')
  })
  expect((await told('N3'))?.tries.map(({ channel, result, code: answer }) => [channel, result, answer])).toEqual(
    expect.arrayContaining([
      ['sms', 'accepted', undefined],
      ['template', 'failed', '-249'],
      ['template', 'failed', '-118'],
    ]),
  )
  await until('the letter is on its way', async () => (await stateOf('N3')) === 'accepted')
  expect(citizen.heard().join('\n')).not.toContain(ANSWER)

  await passTime(7 * HOUR_MS)
  // No receipt, and no address for a letter: a person has to.
  await until('a person has it', async () => (await stateOf('N3')) === 'workItem', 15_000)
  const { body: work } = await officers.get('intake', `/work-items/${(await told('N3'))?.workItem?.id}`)
  expect(work.text).toContain(ANSWER)
  // Whoever has it hears of it, with the way to the case and nothing of the sender.
  const desk = async () =>
    (await officers.get('intake', '/me/notices')).body.items.find(({ kind }: { kind: string }) => kind === 'workArose')
  await until('it is on a desk', async () => (await desk()) !== undefined, 10_000)
  expect(await desk()).toMatchObject({
    caseCode: code,
    workItem: work.id,
    link: expect.stringContaining(`/staff/cases/${code}`),
  })
  const { body: missing } = await officers.get('intake', '/notices?state=notInformed')
  expect(missing.items).toEqual([
    expect.objectContaining({
      caseCode: code,
      notice: 'N3',
      state: 'workItem',
      workItem: (await told('N3'))?.workItem?.id,
      chat: expect.objectContaining({ reachable: false, reason: 'windowClosed' }),
    }),
  ])
  // Who may not know of the case does not learn of it here.
  expect((await officers.get('stranger', '/notices')).body).toEqual({ items: [], next: null })
  expect(await app.metric('pakn_notices_not_informed')).toBe(1)
  expect(fake.sent.filter(({ message }) => message.notice === 'N3')).toHaveLength(1)
  for (const { message } of fake.sent) expect(message.shortText).not.toContain('Sa Thầy')
})

test('at last it is said in the chat, before the citizen’s own matter goes on, and the work is done', async () => {
  const at = app.app.clock.now()
  await citizen.send(zalo.events.userSendsText(citizen.id, 'alo', { at }))
  const heard = citizen.heard()
  const answerAt = heard.findIndex((words) => words.includes(ANSWER))
  expect(answerAt).toBeGreaterThan(0)
  expect(heard.length).toBeGreaterThan(answerAt + 1)
  await until('the work is done by it', async () => (await stateOf('N3')) === 'seen', 15_000)
  expect(await told('N3')).toMatchObject({ channel: 'zalo', workItem: { state: 'done' } })
  expect((await officers.get('intake', '/notices')).body.items).toEqual([])
  expect(await app.metric('pakn_notices_oldest_seconds')).toBe(0)

  // Once, whatever they write.
  await citizen.send(zalo.events.userSendsText(citizen.id, 'tra cứu', { at: at + 1_000 }))
  expect(citizen.heard().filter((words) => words.includes(`${ANSWER}\n`)).length).toBe(1)
})

test('a sender without Zalo hears by e-mail before anybody has to call', async () => {
  const entered = {
    channel: 'letter',
    receivedAt: new Date(app.app.clock.now()).toISOString(),
    submitterType: 'citizen',
    name: 'Y Hà',
    phone: '0905000222',
    email: 'y.ha@example.vn',
    address: 'Thôn 2, xã Sa Thầy',
    title: 'Chậm trả kết quả',
    content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
  }
  fake.hindered.sms = 'noBalance'
  fake.hindered.template = 'noTemplate'
  const { status, body } = await officers.post('intake', '/cases', entered)
  expect([status, body.errors]).toEqual([201, undefined])
  code = body.code
  await until('by e-mail', () =>
    fake.sent.some(({ channel, message }) => channel === 'email' && message.caseCode === code),
  )
  const letter = fake.sent.find(({ channel, message }) => channel === 'email' && message.caseCode === code)
  expect(letter?.address).toEqual({ userId: null, phone: null, email: 'y.ha@example.vn' })
  expect(letter?.message.text).toContain('Mã: ')
  await until('accepted', async () => (await stateOf('N1')) === 'accepted')
  expect((await officers.get('intake', '/work-items?of=unit')).body.items).not.toContainEqual(
    expect.objectContaining({ caseCode: code }),
  )
  // The letter has not come back: that is all the proof that there is.
  app.app.clock.advance(3 * DAY_MS)
  await until('it counts as delivered', async () => (await stateOf('N1')) === 'delivered', 15_000)
  expect(await told('N1')).toMatchObject({ channel: 'email' })
})
