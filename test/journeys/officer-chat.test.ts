import { afterAll, beforeAll, expect, test } from 'vitest'
import { runPakn } from '../../src/operator/program.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createCitizen, fillForm } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { MATTER } from '../support/matter.ts'
import { type Officers, openOfficers } from '../support/officers.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let app: TestApp
let zalo: FakeZalo
let officers: Officers
const officerId = '7719402268835146001'
const citizenId = '7719402268835146002'

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true })
  app = await startTestApp({ uri, zalo, env: { MIN_IDENTITY_LEVEL: '1' } })
  officers = await openOfficers(app.env, app.url)
})
afterAll(async () => {
  await app.stop()
  await zalo.stop()
})

async function pakn(...args: string[]): Promise<string> {
  const out: string[] = []
  await runPakn(args, app.env, { result: (line) => void out.push(line), say: () => undefined })
  return out.join('\n')
}

test('an officer links the own Zalo, is told of who waits in the chat, and is a citizen there all the same', async () => {
  const { body } = await officers.post('intake', '/me/zalo-link', {})
  const self = createCitizen(zalo, officerId)
  expect(await self.say(body.words)).toMatch(/liên kết với tài khoản cán bộ "intake"/)
  expect((await officers.get('intake', '/me/zalo-link')).body).toMatchObject({ isLinked: true })

  const citizen = createCitizen(zalo, citizenId)
  await fillForm(citizen, { content: MATTER, phone: '0905000111', code: async () => null })
  const [code = ''] = /PAKN\.\d{8}\.\d{4}/.exec(await citizen.tap('GỬI PHẢN ÁNH')) ?? []
  await citizen.say('cho gặp người thật')
  await until(
    'the officer is told',
    () => zalo.texts(officerId).some((text) => text.includes('đang chờ cán bộ trực')),
    25_000,
  )
  const told = zalo.texts(officerId).find((text) => text.includes('đang chờ cán bộ trực')) ?? ''
  expect(told).toContain(`${app.config.http.publicUrl}/staff/cases/${code}`)
  expect(told).toContain(`gõ #tl ${code}`)
  expect(told).not.toContain(citizenId)
  expect(await app.metric('pakn_handoffs_waiting')).toBe(1)
  // Delivered three times, said once; what the citizen says to it is told of anew.
  const typed = createCitizen(zalo, officerId, { deliveries: 3 })
  expect(await typed.say(`#TL ${code.toLowerCase()} Mời Ông/Bà đến bộ phận một cửa.`)).toContain('đang được chuyển tới')
  const reached = () => citizen.heard().filter((words) => words.includes('Mời Ông/Bà đến bộ phận một cửa.'))
  await until('the citizen reads it', () => reached().length > 0)
  await until('nobody waits', async () => (await app.metric('pakn_handoffs_waiting')) === 0)
  expect(await typed.say('#viec')).toContain(code)
  expect(reached()).toHaveLength(1)
  expect(await app.metric('pakn_officer_commands_total{command="reply",outcome="answered"}')).toBe(1)
  await zalo.post(zalo.events.userSendsText(citizenId, 'Tôi cần mang theo giấy gì?'))
  await until('the citizen waits again', async () => (await app.metric('pakn_handoffs_waiting')) === 1)
  // A person of the Office answers in Zalo's own tool.
  await zalo.post(zalo.events.staffSends(citizenId, 'Tôi là Hạnh, xin nghe Ông/Bà.'))
  await until('nobody waits', async () => (await app.metric('pakn_handoffs_waiting')) === 0)

  expect(await self.say('menu')).toMatch(/Ông\/Bà/)
  expect(await self.say('lk hủy')).toMatch(/Đã bỏ liên kết/)
  const again = await pakn('user', 'zalo-link', '--login', 'intake')
  expect(again).toMatch(/^LK [A-Z2-9]{4}-[A-Z2-9]{4}$/)
  expect(await self.say(again)).toMatch(/"intake"/)
  // Whoever writes to the own case changes the own chat under the turn that does it: it is run again, and does it once.
  const { body: another } = await officers.post('intake', '/me/zalo-link', {})
  await citizen.say(another.words)
  await citizen.say(`#tl ${code} Tự nhắc: mang bản gốc.`)
  for (const wanted of ['đang được chuyển tới', 'Tự nhắc']) {
    await until(`“${wanted}” came`, () => citizen.heard().some((words) => words.includes(wanted)))
  }
  expect(citizen.heard().filter((words) => words.includes('Tự nhắc'))).toHaveLength(1)
  const { body: history } = await officers.get('intake', `/cases/${code}/history`)
  expect(history.items.filter(({ act }: { act: string }) => act === 'messageCitizen')).toHaveLength(2)
  expect(await app.metric('pakn_turns_total{outcome="conflict"}')).toBeGreaterThan(0)
  await pakn('user', 'zalo-unlink', '--login', 'intake')
  expect((await officers.get('intake', '/me/zalo-link')).body).toMatchObject({ isLinked: false })
  expect(app.logged()).not.toMatch(new RegExp(`${officerId}|${citizenId}`))
}, 40_000)
