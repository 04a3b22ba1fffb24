import { afterAll, beforeAll, expect, test } from 'vitest'
import { minuteOfDay } from '../../src/cases/days.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let service: TestApp
beforeAll(async () => {
  // Between ten and eleven, for Zalo takes no broadcast at night.
  const hours = 10 - Math.floor(minuteOfDay(Date.now()) / 60)
  const clock = hours === 0 ? {} : { CLOCK_OFFSET: `${hours > 0 ? '+' : ''}${hours}h` }
  service = await startTestApp({ uri, env: clock })
}, 30_000)
afterAll(() => service?.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer of the outside
async function api(login: string, method: string, path: string, body?: object): Promise<any> {
  const token = service.app.demonstration.find((person) => person.login === login)?.token ?? ''
  const response = await fetch(`${service.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

test('in a demonstration news arrive in the phone of a follower, as a message and as an article', async () => {
  const { simulator } = service.app
  if (simulator === null) throw new Error('no simulator')
  const [citizen] = Object.values(simulator.state.citizens)
  if (citizen === undefined) throw new Error('nobody has a phone')
  const arrived = () => simulator.state.messages[citizen.id] ?? []
  simulator.chats.follow(citizen, 'oa_profile')
  await until('the follower is greeted', () => arrived().some(({ from }) => from !== 'citizen'))
  const news = { title: 'Nghỉ lễ 24/11', text: 'Trung tâm nghỉ ngày 24/11, làm việc lại ngày 25/11.', way: 'both' }
  const created = await api('thu', 'POST', '/broadcasts', news)
  const path = `/broadcasts/${created.id}/acts`
  expect((await api('thu', 'POST', path, { act: 'test' })).errors[0].message).toContain('chưa liên kết với Zalo')

  const { words } = await api('thu', 'POST', '/me/zalo-link', {})
  simulator.chats.citizenSends(citizen, { kind: 'text', text: words })
  await until('the account is linked', async () => (await api('thu', 'GET', '/me/zalo-link')).isLinked)
  // What was typed last opens the window once its turn is stored.
  await until(
    'the test leaves',
    async () => (await api('thu', 'POST', path, { act: 'test' })).state === 'waitingApproval',
  )
  const copies = () => arrived().filter(({ kind, text }) => kind === 'text' && text.startsWith(news.title))
  await until('the test is in the own phone', () => copies().length === 1)

  await api('hung', 'POST', path, { act: 'approve' })
  await api('thu', 'POST', path, { act: 'start' })
  await until(
    'it is done',
    async () => (await api('hung', 'GET', `/broadcasts/${created.id}`)).state === 'done',
    20_000,
  )
  expect(copies()).toHaveLength(2)
  expect(arrived().filter(({ kind, text }) => kind === 'article' && text === news.title)).toHaveLength(1)
}, 30_000)
