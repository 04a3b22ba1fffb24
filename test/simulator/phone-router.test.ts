import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen } from '../../src/simulator/model.ts'
import { type Rig, startRig, until } from './support.ts'

let rig: Rig
let citizen: Citizen
beforeEach(async () => {
  rig = await startRig()
  citizen = rig.citizen('Y Hà')
})
afterEach(() => rig.stop())

/** `fetch` does not let a caller choose the Host header. */
function askAs(host: string, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

describe('who may open it', () => {
  test.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000'])('%s may', async (host) => {
    expect(await askAs(host, `${rig.page}api/state`)).toBe(200)
  })

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000'])('%s may not', async (host) => {
    expect(await askAs(host, `${rig.page}api/state`)).toBe(403)
    expect(await askAs(host, `${rig.simulator.openApiUrl}/v2.0/oa/getoa`)).toBe(403)
  })

  test('another site’s form cannot act', async () => {
    const response = await fetch(`${rig.page}api/citizens/${citizen.id}/follow`, { method: 'POST' })
    expect(response.status).toBe(403)
    expect(citizen.isFollower).toBe(false)
  })

  test('a host name of the province may be added', async () => {
    const other = await startRig({ allowedHosts: ['tap-huan.example.vn'] })
    expect(await askAs('tap-huan.example.vn', `${other.page}api/state`)).toBe(200)
    await other.stop()
  })
})

describe('the page', () => {
  test('the address without its slash leads to the page, which needs nothing from outside', async () => {
    const response = await fetch(rig.page.slice(0, -1))
    expect(response.url).toBe(rig.page)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain('unsafe')
    const html = await response.text()
    expect(html).not.toMatch(/https?:\/\/|<style|style=|\son[a-z]+=/)
  })

  test('the state lists people, never the account’s secrets', async () => {
    const body = await (await fetch(`${rig.page}api/state`)).text()
    const { credentials, grant } = rig.simulator.state
    for (const secret of [credentials.appSecret, credentials.oaSecretKey, grant.accessToken, grant.refreshToken]) {
      expect(body).not.toContain(secret)
    }
    expect(JSON.parse(body).citizens.map((each: Citizen) => each.name)).toEqual(
      expect.arrayContaining(['Y Hà', 'A Thăng', 'Nguyễn Thị Mẫu']),
    )
  })

  test('a file that is no picture is handed out for saving only', async () => {
    const form = new FormData()
    form.append('file', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>']), 'a.svg')
    await fetch(`${rig.page}api/citizens/${citizen.id}/media`, {
      method: 'POST',
      headers: { 'x-simulator': '1' },
      body: form,
    })
    const media = rig.simulator.state.messages[citizen.id]?.[0]?.media
    const response = await fetch(`${rig.page}media/${media?.id}`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toBe('attachment')
  })
})

describe('acts', () => {
  test('a body that is no JSON, or far too long, is refused without repeating it', async () => {
    const post = (body: string) =>
      fetch(`${rig.page}api/citizens/${citizen.id}/messages`, {
        method: 'POST',
        headers: { 'x-simulator': '1', 'content-type': 'application/json' },
        body,
      })
    const broken = await post('{"kind": BÍ MẬT')
    expect([broken.status, await broken.json()]).toEqual([400, { detail: 'Yêu cầu chưa đúng.' }])
    expect((await post(JSON.stringify({ kind: 'text', text: 'a'.repeat(300_000) }))).status).toBe(413)
  })

  test('a new citizen appears; a wrong number is refused with its place', async () => {
    const created = await rig.act('citizens', { name: 'A Thử', phone: '0905111222' })
    expect(created.status).toBe(201)
    expect(rig.citizen('A Thử').phone).toBe('0905111222')
    const refused = await rig.act('citizens', { name: 'A Thử', phone: '12' })
    expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ path: 'phone' }] }])
  })

  test.each([
    ['a citizen that nobody is', 'citizens/1/follow', {}, 404],
    ['a name of every object', 'citizens/constructor/follow', {}, 404],
    ['an act that nobody knows', 'citizens/ID/dance', {}, 404],
    ['an empty text', 'citizens/ID/messages', { kind: 'text', text: '' }, 422],
    ['a place beyond the pole', 'citizens/ID/messages', { kind: 'location', latitude: 91, longitude: 0 }, 422],
    ['a clock that runs back', 'clock', { advanceMs: -1 }, 422],
  ])('%s is refused', async (_, path, body, status) => {
    expect((await rig.act(path.replace('ID', citizen.id), body)).status).toBe(status)
  })

  test('the clock moves the service', async () => {
    const before = rig.clock.now()
    await rig.act('clock', { advanceMs: 3 * 86_400_000 })
    expect(rig.clock.now() - before).toBe(3 * 86_400_000)
  })

  test('a one-time code goes to the phone with that number, else to the phone used last', () => {
    rig.simulator.chats.citizenSends(rig.citizen('A Thăng'), { kind: 'text', text: 'alo' })
    rig.simulator.showOneTimeCode({ phone: '84905000123', code: '482913', text: 'Mã 482913' })
    rig.simulator.showOneTimeCode({ phone: '0911111111', code: '111222', text: 'Mã 111222' })
    const owners = rig.simulator.state.shortMessages.map((sms) => sms.citizenId)
    expect(owners).toEqual([citizen.id, rig.citizen('A Thăng').id])
  })
})

describe('live stream', () => {
  test('says hello, then every change, until the page goes', async () => {
    const response = await fetch(`${rig.page}api/stream`)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    const reading = (async () => {
      for (;;) {
        const part = await reader?.read()
        if (part === undefined || part.done) return
        seen += part.value
      }
    })()
    await until(() => seen.includes('event: hello'))
    rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'xin chào\n\nevent: giả' })
    await until(() => seen.includes('event: message') && seen.includes('event: log') && seen.includes('event: webhook'))
    // A citizen's own line breaks must not end an event.
    expect(seen).not.toMatch(/^event: giả/m)
    rig.simulator.showOneTimeCode({ phone: '0905000123', code: '1', text: 'x' })
    await until(() => seen.includes('event: sms'))
    await reader?.cancel()
    await reading
  })

  test('a stop ends it, so that the server can close', async () => {
    const other = await startRig()
    const response = await fetch(`${other.page}api/stream`)
    await other.simulator.stop()
    await expect(response.text()).resolves.toContain('event: hello')
    await other.stop()
  })
})
