import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { createTestClock, type Rig, startRig, text } from './support.ts'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(() => rig.stop())

type Answer = Record<string, unknown>

async function token(fields: Record<string, string>, secret?: string): Promise<Answer> {
  const { oauthUrl, credentials } = rig.simulator
  const response = await fetch(`${oauthUrl}/v4/oa/access_token`, {
    method: 'POST',
    headers: { secret_key: secret ?? credentials.appSecret },
    body: new URLSearchParams({ app_id: credentials.appId, ...fields }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

const refresh = (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken })

describe('refresh', () => {
  test('a refresh gives a new pair for 25 hours, said as text', async () => {
    const first = rig.simulator.credentials.refreshToken
    const answer = await refresh(first)
    expect(answer).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String), expires_in: '90000' })
    expect(answer.refresh_token).not.toBe(first)
    expect(rig.simulator.credentials.refreshToken).toBe(answer.refresh_token)
  })

  test('a refresh token works once, and the refusal has no data', async () => {
    const first = rig.simulator.credentials.refreshToken
    await refresh(first)
    const again = await refresh(first)
    expect(again).toMatchObject({ error: -14014, error_name: 'Invalid refresh token.', ref_doc: expect.any(String) })
    expect(again).not.toHaveProperty('access_token')
  })

  test('a new access token ends the one before it', async () => {
    const old = rig.simulator.state.grant.accessToken
    await refresh(rig.simulator.credentials.refreshToken)
    const dead = await rig.api('GET', '/v2.0/oa/getoa', undefined, { access_token: old })
    expect(dead.status).toBe(200)
    expect(dead.json.error).toBe(-216)
    expect((await rig.api('GET', '/v2.0/oa/getoa')).json.error).toBe(0)
  })

  test('the time of a training may be moved without ending a token', async () => {
    const own = await startRig({ tokenNow: Date.now })
    try {
      own.clock.advance(100 * 86_400_000)
      expect((await own.api('GET', '/v2.0/oa/getoa')).json.error).toBe(0)
    } finally {
      await own.stop()
    }
  })

  test('an access token ends after 25 hours, a refresh token after three months', async () => {
    rig.clock.advance(90_000_000 + 1)
    expect((await rig.api('GET', '/v2.0/oa/getoa')).json.error).toBe(-220)
    rig.clock.advance(90 * 86_400_000)
    expect((await refresh(rig.simulator.credentials.refreshToken)).error).toBe(-14014)
  })

  test('a wrong app or secret is refused', async () => {
    const { refreshToken } = rig.simulator.credentials
    expect((await token({ grant_type: 'refresh_token', refresh_token: refreshToken, app_id: '1' })).error).toBe(-14002)
    expect((await token({ grant_type: 'refresh_token', refresh_token: refreshToken }, 'wrong')).error).toBe(-14004)
    expect((await refresh(refreshToken)).error).toBeUndefined()
  })
})

describe('consent', () => {
  const verifier = 'a'.repeat(43)
  const challenge = createHash('sha256').update(verifier).digest('base64url')

  async function consent(): Promise<URL> {
    const { oauthUrl, credentials } = rig.simulator
    const redirect = 'http://localhost:3000/zalo/callback'
    const page = await fetch(
      `${oauthUrl}/v4/oa/permission?${new URLSearchParams({ app_id: credentials.appId, redirect_uri: redirect, code_challenge: challenge, state: 's1' })}`,
    )
    expect(await page.text()).toContain('Cho phép')
    const granted = await fetch(`${oauthUrl}/v4/oa/permission`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ redirect_uri: redirect, code_challenge: challenge, state: 's1' }),
    })
    return new URL(granted.headers.get('location') ?? '')
  }

  test('the callback carries code, account and state, and the code works once', async () => {
    const callback = await consent()
    expect(callback.searchParams.get('oa_id')).toBe(rig.simulator.credentials.oaId)
    expect(callback.searchParams.get('state')).toBe('s1')
    const form = {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      code_verifier: verifier,
    }
    expect((await token(form)).access_token).toEqual(expect.any(String))
    expect((await token(form)).error).toBe(-14012)
  })

  test('a code lives ten minutes and wants its verifier', async () => {
    const late = (await consent()).searchParams.get('code') ?? ''
    rig.clock.advance(10 * 60_000)
    expect((await token({ grant_type: 'authorization_code', code: late, code_verifier: verifier })).error).toBe(-14012)
    const other = (await consent()).searchParams.get('code') ?? ''
    expect((await token({ grant_type: 'authorization_code', code: other, code_verifier: 'b'.repeat(43) })).error).toBe(
      -14024,
    )
  })

  test('another app, or an address that is none, is refused with HTTP 200', async () => {
    const base = `${rig.simulator.oauthUrl}/v4/oa/permission`
    const app = await fetch(`${base}?app_id=1&redirect_uri=http://localhost/`)
    expect([app.status, ((await app.json()) as Answer).error]).toEqual([200, -14002])
    const address = await fetch(`${base}?app_id=${rig.simulator.credentials.appId}&redirect_uri=javascript:alert(1)`)
    expect(((await address.json()) as Answer).error).toBe(-14003)
  })

  test('a consent withdrawn stops everything until a new grant', async () => {
    const { refreshToken } = rig.simulator.credentials
    await rig.act('grant/revoke')
    expect((await rig.api('GET', '/v2.0/oa/getoa')).json.error).toBe(-216)
    expect((await refresh(refreshToken)).error).toBe(-14014)
    await rig.simulator.idle()
    expect(rig.receiver.names()).toContain('permission_revoked')
    const issued = (await (await rig.act('grant/issue')).json()) as { refreshToken: string }
    expect((await refresh(issued.refreshToken)).error).toBeUndefined()
  })
})

describe('authentication of a call', () => {
  test('a token in the query string does not count', async () => {
    const { openApiUrl, state } = rig.simulator
    const response = await fetch(`${openApiUrl}/v2.0/oa/getoa?access_token=${state.grant.accessToken}`)
    expect(((await response.json()) as Answer).error).toBe(-216)
  })

  test('a wrong appsecret_proof is refused, a missing one only where it is demanded', async () => {
    expect((await rig.api('GET', '/v2.0/oa/getoa', undefined, { appsecret_proof: 'f00d' })).json.error).toBe(-242)
    rig.simulator.settings.proofRequired = true
    expect((await rig.api('GET', '/v2.0/oa/getoa')).json.error).toBe(-242)
  })
})

describe('a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const start = () => startSimulator({ clock: createTestClock(), logger: pino({ level: 'silent' }), dataDir: folder })

  test('account, tokens, citizens and chats are still there; the token before the last one works once more', async () => {
    const first = await start()
    const before = structuredClone(first.credentials)
    const [citizen] = Object.values(first.state.citizens)
    if (citizen === undefined) throw new Error('no citizen')
    first.chats.citizenSends(citizen, { kind: 'text', text: 'còn đây' })
    const form = (refreshToken: string) =>
      new URLSearchParams({ app_id: before.appId, grant_type: 'refresh_token', refresh_token: refreshToken })
    const ask = async (origin: string, refreshToken: string) => {
      const response = await fetch(`${origin}/v4/oa/access_token`, {
        method: 'POST',
        headers: { secret_key: before.appSecret },
        body: form(refreshToken),
      })
      return (await response.json()) as Answer
    }
    const pair = await ask(first.oauthUrl, before.refreshToken)
    // The file must know the new pair before anybody else does: a kill right now loses nothing.
    const second = await start()
    expect(second.credentials).toMatchObject({ oaId: before.oaId, refreshToken: pair.refresh_token })
    await first.stop()
    expect((await ask(second.oauthUrl, before.refreshToken)).access_token).toEqual(expect.any(String))
    expect((await ask(second.oauthUrl, before.refreshToken)).error).toBe(-14014)
    await second.stop()

    const third = await start()
    expect(Object.keys(third.state.citizens)).toContain(citizen.id)
    await third.stop()
  })

  test('a stop keeps the chats, and a file that cannot be read is put aside', async () => {
    const first = await start()
    const [citizen] = Object.values(first.state.citizens)
    if (citizen === undefined) throw new Error('no citizen')
    first.chats.citizenSends(citizen, { kind: 'text', text: 'còn đây' })
    await first.stop()
    const second = await start()
    expect(second.state.messages[citizen.id]?.map((message) => message.text)).toEqual(['còn đây'])
    expect(second.state.deliveries).toHaveLength(1)
    await second.stop()
    writeFileSync(join(folder, 'simulator.json'), '{"version":')
    const third = await start()
    expect(third.credentials.oaId).not.toBe(first.credentials.oaId)
    await third.stop()
  })
})

test('a call to an unknown path is refused in the platform’s own shape', async () => {
  const answer = await rig.api('POST', '/v9.0/oa/nothing', text('1', 'x'))
  expect([answer.status, answer.json.error]).toEqual([200, -404])
})
