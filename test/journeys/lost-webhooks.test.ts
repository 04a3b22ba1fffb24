import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProcess, type TestProcess } from '../support/app.ts'
import { createCitizen } from '../support/citizen.ts'
import { testDatabase } from '../support/database.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let zalo: FakeZalo
let service: TestProcess | undefined

beforeAll(async () => {
  zalo = await startFakeZalo({ echoes: true, receipts: true, recents: 'chats' })
})
afterAll(async () => {
  await service?.stop()
  await zalo.stop()
})

test('what citizens wrote while the service lay dead is answered after its next start, once', async () => {
  const [one, other] = ['7719402268835147001', '7719402268835147002']
  const first = await startTestProcess({ uri, zalo })
  service = first
  await until('it listens', () => zalo.calls.some(({ route }) => route === '/v2.0/oa/listrecentchat'), 20_000)
  await createCitizen(zalo, one as string).say('xin chào')
  await first.end('SIGKILL')

  const lost = [
    zalo.events.userSendsText(one as string, 'tra cứu', { at: Date.now() }),
    zalo.events.userSendsText(other as string, 'hướng dẫn', { at: Date.now() + 1 }),
  ]
  for (const event of lost) expect(await zalo.post(event)).toBe(0)
  const heard = zalo.texts(one as string).length

  service = await startTestProcess({ uri, zalo, dataDir: first.dataDir })
  const count = (userId: string) => zalo.texts(userId).length
  await until('both are answered', () => count(one as string) > heard && count(other as string) > 0, 25_000)
  expect(await service.metric('pakn_recovered_events_total')).toBe(2)
  const answered = [count(one as string), count(other as string)]
  for (const event of lost) expect(await zalo.post(event)).toBe(200)
  await until('they are known', async () => (await service?.metric('pakn_webhook_events_total')) !== 0)
  await createCitizen(zalo, other as string).say('menu')
  expect([count(one as string), count(other as string)]).toEqual([answered[0], (answered[1] ?? 0) + 1])
}, 80_000)
