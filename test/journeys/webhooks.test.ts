import { afterAll, expect, test } from 'vitest'
import { runTool } from '../operator/support.ts'
import { startTestProcess } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { startFakeZalo } from '../support/fake-zalo.ts'
import { startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

const letter = {
  channel: 'letter',
  receivedAt: '2026-11-20T09:00:00+07:00',
  submitterType: 'citizen',
  name: 'Y Hà Niê',
  phone: '0905000012',
  address: 'Thôn 2, xã Sa Thầy',
  title: 'Chậm trả kết quả hồ sơ đất đai',
  content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
}

test('a service that is killed while it tells a receiver goes on where it was, and loses nothing', async () => {
  const zalo = await startFakeZalo()
  closers.push(() => zalo.stop())
  const to = await startReceiver(() => undefined)
  closers.push(() => to.stop())
  const env = { WEBHOOK_HOSTS: to.host }
  const first = await startTestProcess({ uri, zalo, env })
  closers.push(() => first.stop())
  const service = { ...first.env, DATA_DIR: first.dataDir }
  const tool = async (...args: string[]) => {
    const ran = await runTool(args, service)
    expect(ran.code).toBe(0)
    return ran.out
  }
  await tool('user', 'add', '--login', 'lan', '--name', 'Lan', '--unit', 'QN-VP', '--role', 'intakeOfficer')
  const token = await tool('token', 'add', '--login', 'lan')
  const [id = ''] = (await tool('webhook', 'add', '--url', to.url)).split('\t')
  const file = async () => {
    const answer = await fetch(`${first.url}/api/v1/cases`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(letter),
    })
    expect(answer.status).toBe(201)
    return ((await answer.json()) as { code: string }).code
  }

  const code = await file()
  await until('the event is on its way', () => to.heard.length === 1, 15_000)
  const late = await file()
  await first.end('SIGKILL')
  to.behave(() => 204)
  const second = await startTestProcess({ uri, zalo, env, dataDir: first.dataDir })
  closers.push(() => second.end('SIGKILL'))
  await until('both are told', () => to.ids(code).length === 2 && to.ids(late).length >= 1, 20_000)
  expect(to.ids(code)).toEqual([`${code}.v1`, `${code}.v1`])
  expect(new Set(to.ids(late))).toEqual(new Set([`${late}.v1`]))
  await until('it is recorded', async () => (await tool('webhook', 'list')).includes('\tactive\t-\t-\t0\t0\t'))
  const metrics = await (await fetch(`${second.url}/metrics`)).text()
  expect(metrics).toContain(`pakn_outgoing_webhook_state{webhook="${id}",state="active"} 1`)
  expect(metrics).toContain(`pakn_outgoing_webhook_dead{webhook="${id}"} 0`)
  expect(metrics).toMatch(/^pakn_outgoing_webhook_tries_total\{outcome="delivered"\} [12]$/m)
  expect(first.output() + second.output()).not.toMatch(/Niê|0905000012|paknwh_/)
  expect(await second.end()).toBe(0)
}, 60_000)
