import { once } from 'node:events'
import { createServer as createTcpServer, type LookupFunction, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { createWebhookPost, type WebhookHosts, type WebhookPost } from '../../src/delivery/webhook-post.ts'
import { type Behaviour, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const none: WebhookHosts = { suffixes: [], origins: [], insideHosts: [] }

function posting(
  hosts: Partial<WebhookHosts>,
  more: { lookup?: LookupFunction; timeoutMs?: number } = {},
): WebhookPost {
  const made = createWebhookPost({ hosts: { ...none, ...hosts }, timeoutMs: 500, ...more })
  closers.push(() => made.close())
  return made
}

const event = { id: 'PAKN.20261123.0001.v1', caseCode: 'PAKN.20261123.0001' }
const send = (from: WebhookPost, url: string, signal = new AbortController().signal) =>
  from.post({ url, headers: { 'x-pakn-event': event.id }, body: JSON.stringify(event), signal })

async function receiver(behaviour?: Behaviour) {
  const started = await startReceiver(behaviour)
  closers.push(() => started.stop())
  return started
}

async function tcp(serve: (socket: Socket) => void): Promise<{ port: number; server: Server; connections(): number }> {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => void server.close())
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    server,
    connections: () => connections,
  }
}

const answering =
  (...addresses: string[]): LookupFunction =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

describe('an address', () => {
  const hosts = { suffixes: ['gov.example.vn'], origins: ['127.0.0.1:4000'], insideHosts: ['lgsp.local', '10.1.2.3'] }

  test.each([
    'https://gov.example.vn/pakn',
    'https://portal.gov.example.vn:8443/pakn?x=1',
    'https://PORTAL.gov.example.vn',
    'http://127.0.0.1:4000/any',
    'https://lgsp.local/pakn',
    'https://10.1.2.3/pakn',
  ])('%s can be a receiver’s', (url) => {
    expect(posting(hosts).judge(url)).toBeNull()
  })

  test.each([
    ['gov.example.vn/pakn', 'notAnAddress'],
    ['', 'notAnAddress'],
    ['ftp://gov.example.vn/', 'notAnAddress'],
    ['https://user:secret@gov.example.vn/', 'notAnAddress'],
    ['https://gov.example.vn/#x', 'notAnAddress'],
    ['http://gov.example.vn/', 'notHttps'],
    ['http://127.0.0.1:4001/', 'notHttps'],
    ['http://lgsp.local/', 'notHttps'],
    ['https://127.0.0.1:4000/', 'hostNotAllowed'],
    ['https://evilgov.example.vn/', 'hostNotAllowed'],
    ['https://gov.example.vn.evil.vn/', 'hostNotAllowed'],
    ['https://sub.lgsp.local/', 'hostNotAllowed'],
    ['https://10.1.2.4/', 'hostNotAllowed'],
    ['https://8.8.8.8/', 'hostNotAllowed'],
    // 10.1.2.4
    ['https://167838212/', 'hostNotAllowed'],
    ['https://[::1]/', 'hostNotAllowed'],
  ])('%s is judged %s', (url, fault) => {
    expect(posting(hosts).judge(url)).toBe(fault)
  })

  test('nothing is allowed where nothing was set', () => {
    for (const url of ['https://gov.example.vn/', 'http://127.0.0.1:4000/', 'https://localhost/'])
      expect(posting({}).judge(url)).not.toBeNull()
  })

  test('in figures that is link-local is refused even where it is named', () => {
    expect(posting({ insideHosts: ['169.254.169.254'] }).judge('https://169.254.169.254/')).toBe('hostNotAllowed')
  })
})

describe('the machine behind a name', () => {
  const inside = ['127.0.0.1', '10.0.0.5', '192.168.1.1', '169.254.169.254', '100.64.0.1', '::1', 'fd00::1', '0.0.0.0']

  test.each(inside)('is not reached by a suffix when it is %s', async (address) => {
    const from = posting({ suffixes: ['gov.example.vn'] }, { lookup: answering(address) })
    expect(await send(from, 'https://portal.gov.example.vn/')).toEqual({ ok: false, fault: 'addressNotAllowed' })
  })

  test('is not reached when one of several answers points inside', async () => {
    const from = posting({ suffixes: ['gov.example.vn'] }, { lookup: answering('8.8.8.8', '10.0.0.1') })
    expect(await send(from, 'https://portal.gov.example.vn/')).toEqual({ ok: false, fault: 'addressNotAllowed' })
  })

  test('may be inside for a host that is named exactly, but never link-local', async () => {
    const { port, connections } = await tcp((socket) => socket.end('this is no TLS\r\n\r\n'))
    const named = { insideHosts: ['lgsp.local'] }
    const url = `https://lgsp.local:${port}/`
    const link = posting(named, { lookup: answering('169.254.169.254') })
    expect(await send(link, url)).toEqual({ ok: false, fault: 'addressNotAllowed' })
    expect(connections()).toBe(0)
    expect(await send(posting(named, { lookup: answering('127.0.0.1') }), url)).toEqual({ ok: false, fault: 'tls' })
    expect(connections()).toBe(1)
  })

  test('is asked for once by all who want to know at the same time', async () => {
    let asked = 0
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      asked += 1
      setTimeout(() => callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 0), 50)
    }
    const from = posting({ suffixes: ['gov.example.vn'] }, { lookup })
    const replies = await Promise.all(Array.from({ length: 6 }, () => send(from, 'https://a.gov.example.vn/')))
    for (const reply of replies) expect(reply).toEqual({ ok: false, fault: 'nameNotFound' })
    expect(asked).toBe(1)
  })
})

describe('an exchange', () => {
  test('brings the body as it is and tells the status, whatever else is answered', async () => {
    const to = await receiver((_heard, response) => void response.writeHead(202).end('x'.repeat(1_000)))
    expect(await send(posting({ origins: [to.host] }), to.url)).toEqual({ ok: true, status: 202, retryAfterMs: null })
    expect(to.heard.map(({ id, body }) => [id, body])).toEqual([[event.id, JSON.stringify(event)]])
  })

  test('does not follow a redirect', async () => {
    const elsewhere = await receiver()
    const to = await receiver((_heard, response) => void response.writeHead(302, { Location: elsewhere.url }).end())
    const from = posting({ origins: [to.host, elsewhere.host] })
    expect(await send(from, to.url)).toMatchObject({ ok: true, status: 302 })
    expect(elsewhere.heard).toEqual([])
  })

  test('tells when it may be tried again, in seconds or as a date', async () => {
    const later = new Date(Date.now() + 90_000).toUTCString()
    const answers = ['7', later, 'soon', '-1']
    const to = await receiver(
      (_heard, response, nth) => void response.writeHead(503, { 'Retry-After': answers[nth - 1] }).end(),
    )
    const from = posting({ origins: [to.host] })
    const pauses = []
    for (const _ of answers) {
      const reply = await send(from, to.url)
      pauses.push(reply.ok ? reply.retryAfterMs : reply.fault)
    }
    expect(pauses[0]).toBe(7_000)
    expect(Number(pauses[1])).toBeGreaterThan(60_000)
    expect(pauses.slice(2)).toEqual([null, null])
  })

  test('ends in time where nothing is answered, or never ends being answered', async () => {
    const silent = await receiver(() => undefined)
    expect(await send(posting({ origins: [silent.host] }, { timeoutMs: 100 }), silent.url)).toEqual({
      ok: false,
      fault: 'timeout',
    })
    // The status has been said; the rest is not worth waiting for longer.
    const endless = await receiver((_heard, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(timer))
      return undefined
    })
    const reply = await send(posting({ origins: [endless.host] }, { timeoutMs: 100 }), endless.url)
    expect(reply).toMatchObject({ ok: true, status: 200 })
    const { port } = await tcp((socket) => {
      const timer = setInterval(() => socket.write('H'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    const never = posting({ origins: [`127.0.0.1:${port}`] }, { timeoutMs: 100 })
    expect(await send(never, `http://127.0.0.1:${port}/`)).toMatchObject({ ok: false })
  })

  test('does not listen to more than it needs', async () => {
    let isClosed = false
    const to = await receiver((_heard, response) => {
      response.writeHead(200)
      const more = () => {
        while (!isClosed && response.write('x'.repeat(64 * 1024)));
      }
      response.on('drain', more).on('close', () => {
        isClosed = true
      })
      more()
      return undefined
    })
    expect(await send(posting({ origins: [to.host] }, { timeoutMs: 5_000 }), to.url)).toMatchObject({ status: 200 })
    await until('the connection is dropped', () => isClosed)
  })

  test('says what went wrong without words of others', async () => {
    const reset = await tcp((socket) => void socket.resetAndDestroy())
    const gone = await tcp(() => undefined)
    gone.server.close()
    await once(gone.server, 'close')
    const faults = []
    for (const port of [reset.port, gone.port]) {
      const from = posting({ origins: [`127.0.0.1:${port}`] })
      faults.push(await send(from, `http://127.0.0.1:${port}/`))
    }
    expect(faults).toEqual([
      { ok: false, fault: 'reset' },
      { ok: false, fault: 'refused' },
    ])
  })

  test('is cut off when this process ends, and none begins after that', async () => {
    const to = await receiver(() => undefined)
    const from = posting({ origins: [to.host] }, { timeoutMs: 5_000 })
    const stopping = new AbortController()
    const running = send(from, to.url, stopping.signal)
    await until('it is on its way', () => to.heard.length === 1)
    stopping.abort()
    expect(await running).toEqual({ ok: false, fault: 'stopped' })
    expect(await send(from, to.url, stopping.signal)).toEqual({ ok: false, fault: 'stopped' })
    expect(to.heard).toHaveLength(1)
  })

  test('on a kept connection is not ended by the clock of the one before', async () => {
    const to = await receiver((_heard, response, nth) => {
      setTimeout(() => response.writeHead(204).end(), nth === 1 ? 0 : 120)
      return undefined
    })
    const from = posting({ origins: [to.host] }, { timeoutMs: 200 })
    expect(await send(from, to.url)).toMatchObject({ status: 204 })
    await sleep(150)
    expect(await send(from, to.url)).toMatchObject({ status: 204 })
  })

  test('on a kept connection that was just closed is made anew', async () => {
    const { port, connections } = await tcp((socket) => {
      let asked = 0
      socket.on('data', () => {
        asked += 1
        if (asked === 1) socket.write('HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n')
        else socket.resetAndDestroy()
      })
    })
    const from = posting({ origins: [`127.0.0.1:${port}`] })
    const url = `http://127.0.0.1:${port}/`
    expect(await send(from, url)).toMatchObject({ status: 204 })
    expect(await send(from, url)).toMatchObject({ status: 204 })
    expect(connections()).toBe(2)
  })
})
