import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
let app: TestApp
let token: string

const minutes = Math.round((Date.parse('2026-12-01T09:00:00+07:00') - Date.now()) / 60_000)

beforeAll(async () => {
  app = await startTestApp({ uri, env: { CLOCK_OFFSET: `${minutes < 0 ? '-' : '+'}${Math.abs(minutes)}m` } })
  token = app.app.demonstration.find(({ login }) => login === 'lan')?.token ?? ''
}, 60_000)
afterAll(() => app.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer of the outside, read with expectations
async function get(path: string): Promise<any> {
  const response = await fetch(`${app.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  return response.json()
}

/** The operator's tool as a process of its own, as an operator has it. */
async function pakn(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, ['src/pakn.ts', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...app.env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (part) => {
    out += part
  })
  child.stderr.on('data', (part) => {
    err += part
  })
  const [code] = await once(child, 'close')
  return { code, out, err }
}

test('a start after 30 November says that next year is missing, and a metric does', async () => {
  expect(app.said.join('\n')).toMatch(/Chưa nạp lịch làm việc năm 2027/)
  expect(app.said.join('\n')).toMatch(/Bộ quy tắc qd29-2026 .*chưa được xác nhận/)
  expect(app.logged()).toMatch(/"years":\[2027\]/)
  expect(await app.metric('pakn_calendar_years_missing')).toBe(1)
})

test('an import beside the running service is noticed by it, and its cases follow', async () => {
  const { items } = await get('/cases?limit=100')
  const open = items.find(({ state }: { state: string }) => state === 'PENDING_INTAKE')
  const closed = items.find(({ state }: { state: string }) => state === 'PUBLISHED')
  const before = [await get(`/cases/${open.code}`), await get(`/cases/${closed.code}`)]

  const calendar = (await get('/calendars?cursor=2025&limit=1')).items[0]
  const file = join(app.dataDir, 'calendar.json')
  const changed = (off: string[]) =>
    JSON.stringify({
      timezone: 'Asia/Ho_Chi_Minh',
      2026: { off, makeUp: calendar.makeUp, sources: ['Công văn thử nghiệm'] },
    })
  // Days before and after every due day that an example has.
  await writeFile(file, changed([...calendar.off, '2026-11-12', '2026-12-02', '2026-12-03']))
  const ran = await pakn('import', 'calendar', file)
  expect(ran.code, ran.err).toBe(0)
  expect(ran.out).toContain(`case\t${open.code}\tanswerBy`)
  expect(ran.out).not.toContain(closed.code)

  await until('the service counts with the new calendar', async () => {
    const { clocks } = await get(`/cases/${open.code}`)
    return clocks.answerBy !== before[0].clocks.answerBy
  })
  const history = (await get(`/cases/${open.code}/history`)).items
  expect(history.filter(({ act }: { act: string }) => act === 'recomputeClocks')).toHaveLength(1)
  expect(await get(`/cases/${closed.code}`)).toEqual(before[1])
  expect((await get(`/cases/${closed.code}/history`)).items.at(-1).act).toBe('publish')
  expect(await app.metric('pakn_law_revision')).toBe(2)
  expect(await app.metric('pakn_cases_to_recompute')).toBe(0)
  expect((await pakn('verify')).code).toBe(0)
}, 60_000)
