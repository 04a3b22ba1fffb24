import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { runPakn } from '../../src/operator/program.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { signedEvent } from '../support/zalo-events.ts'

const { uri } = testDatabase()
let simulator: Simulator
let app: TestApp

beforeAll(async () => {
  simulator = await startSimulator({
    clock: { now: Date.now, advance: () => undefined },
    logger: createLogger({ level: 'silent' }),
  })
  const { appId, appSecret, oaId, oaSecretKey } = simulator.credentials
  app = await startTestApp({
    uri,
    env: {
      ZALO_APP_ID: appId,
      ZALO_APP_SECRET: appSecret,
      ZALO_OA_ID: oaId,
      ZALO_OA_SECRET_KEY: oaSecretKey,
      ZALO_OPENAPI_URL: simulator.openApiUrl,
      ZALO_BUSINESS_URL: simulator.businessUrl,
      ZALO_OAUTH_URL: simulator.oauthUrl,
    },
  })
  simulator.setWebhook(`${app.url}/webhooks/zalo`)
})
afterAll(async () => {
  await app.stop()
  await simulator.stop()
})

async function pakn(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const output = { result: (line: string) => void out.push(line), say: (line: string) => void err.push(line) }
  const code = await runPakn(args, app.env, output)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const grantState = async () => ((await (await fetch(`${app.url}/readyz`)).json()) as { zaloGrant: string }).zaloGrant

/** What the administrator of the account does in the browser: allows, and is sent back. */
async function consent(address: string): Promise<Response> {
  const asked = new URL(address).searchParams
  expect(await (await fetch(address)).text()).toContain('Cho phép')
  const allowed = await fetch(`${simulator.oauthUrl}/v4/oa/permission`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(
      Object.fromEntries(['redirect_uri', 'code_challenge', 'state'].map((name) => [name, asked.get(name) ?? ''])),
    ),
  })
  const back = new URL(allowed.headers.get('location') ?? '')
  expect(back.pathname).toBe('/zalo/callback')
  return fetch(`${app.url}${back.pathname}${back.search}`)
}

test('a start without a grant says how to get one, and still takes events', async () => {
  expect(app.said.filter((line) => line.includes('pakn -- zalo connect'))).toHaveLength(1)
  expect(await grantState()).toBe('missing')
  expect(await app.metric('pakn_zalo_grant_valid')).toBe(0)
})

test('the operator’s tool, the consent and the callback connect the account, once', async () => {
  const opened = ['--name', 'Hồ Quản Trị', '--unit', 'QN-VP', '--role', 'administrator']
  expect((await pakn('user', 'add', '--login', 'quantri', ...opened)).code).toBe(0)
  const { code, out, err } = await pakn('zalo', 'connect', '--login', 'quantri')
  expect(code, err).toBe(0)
  const answer = await consent(out)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('Đã kết nối')
  expect(await grantState()).toBe('valid')
  expect(await app.metric('pakn_zalo_grant_valid')).toBe(1)
  expect((await fetch(answer.url)).status).toBe(400)
  // Nothing was sent yet, and the account is known all the same.
  const zaloOf = async () => ((await (await fetch(`${app.url}/readyz`)).json()) as { zalo: object }).zalo
  await until('the account is known', async () => (await app.metric('pakn_zalo_account_info')) === 1)
  expect(await zaloOf()).toMatchObject({
    grant: 'valid',
    grantAgeDays: 0,
    reconsentInDays: expect.any(Number),
    type: 4,
    package: 'Toàn diện',
    quotaLeft: 500,
    quotaTotal: 500,
  })
  expect(await app.metric('pakn_zalo_quota_left')).toBe(500)
})

test('the service itself sends an administrator to the consent, and nobody else', async () => {
  const connect = (token?: string) =>
    fetch(`${app.url}/zalo/connect`, {
      redirect: 'manual',
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    })
  expect((await connect()).status).toBe(401)
  await pakn('user', 'add', '--login', 'lan', '--name', 'Lan', '--unit', 'QN-VP', '--role', 'intakeOfficer')
  expect((await connect((await pakn('token', 'add', '--login', 'lan')).out)).status).toBe(403)
  const asked = await connect((await pakn('token', 'add', '--login', 'quantri')).out)
  expect(asked.status).toBe(302)
  expect((await consent(asked.headers.get('location') ?? '')).status).toBe(200)
})

test('a citizen is answered through the grant that was given', async () => {
  const [citizen] = Object.values(simulator.state.citizens)
  if (citizen === undefined) throw new Error('no citizen')
  simulator.chats.citizenSends(citizen, { kind: 'text', text: 'xin chào' })
  await until('the service has answered', async () => (await app.metric('pakn_sends_total')) > 0)
})

test('a permission that the account withdraws is logged and counted', async () => {
  expect(await app.metric('pakn_account_changes_total')).toBe(0)
  const { oaId, appId, oaSecretKey } = simulator.credentials
  const event = { oa_id: oaId, app_id: appId, event_name: 'permission_revoked', timestamp: String(Date.now()) }
  const { body, headers } = signedEvent(event, { appId, secretKey: oaSecretKey })
  const answer = await fetch(`${app.url}/webhooks/zalo`, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  expect(await app.metric('pakn_account_changes_total')).toBe(1)
  const line = app
    .logged()
    .split('\n')
    .find((one) => one.includes('permissionRevoked'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 'error',
    what: 'permissionRevoked',
    event: expect.stringMatching(/^permission_revoked:/),
  })
})

test('the console’s file is served from the data folder', async () => {
  await mkdir(join(app.dataDir, 'public'), { recursive: true })
  await writeFile(join(app.dataDir, 'public', 'zalo_verifierAb1.html'), '<p>Zalo</p>')
  expect(await (await fetch(`${app.url}/zalo_verifierAb1.html`)).text()).toBe('<p>Zalo</p>')
  expect((await fetch(`${app.url}/zalo_verifierZz.html`)).status).toBe(404)
})
