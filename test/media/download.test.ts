import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { createMediaFetcher } from '../../src/media/download.ts'
import { isPublicAddress } from '../../src/outside-address.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

describe('an allowed plain-http origin', () => {
  test('gives the file, byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251))
    const origin = await serve((_request, response) => response.end(bytes))
    const result = await fetcher([origin]).fetch(`http://${origin}/a.jpg?x=1`)
    expect(result.ok && result.bytes.equals(bytes)).toBe(true)
  })

  test('is that host and that port only', async () => {
    const origin = await serve((_request, response) => response.end('x'))
    const other = await serve((_request, response) => response.end('x'))
    expect(await fetcher([origin]).fetch(`http://${other}/`)).toEqual(fault('hostNotAllowed'))
    expect(await fetcher([origin]).fetch(`https://${origin}/`)).toEqual(fault('hostNotAllowed'))
  })

  test('is refused in production', () => {
    expect(() => createMediaFetcher({ ...settings, allowedHosts: ['127.0.0.1:80'], production: true })).toThrow(
      'production',
    )
  })
})

describe('an address', () => {
  test.each([
    ['another host', 'https://example.vn/a.jpg'],
    ['a host that only ends in the letters', 'https://evilzdn.vn/a.jpg'],
    ['the allowed host in front of another', 'https://zdn.vn.example.vn/a.jpg'],
    ['the allowed host as a user name', 'https://zdn.vn@example.vn/a.jpg'],
    ['a user name', 'https://user:secret@f1.zdn.vn/a.jpg'],
    ['plain http', 'http://f1.zdn.vn/a.jpg'],
    ['another port', 'https://f1.zdn.vn:8443/a.jpg'],
    ['an IPv4 address', 'https://127.0.0.1/a.jpg'],
    ['an IPv4 address as a number', 'https://2130706433/a.jpg'],
    ['an IPv6 address', 'https://[::1]/a.jpg'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['no address', 'zdn.vn'],
    ['nothing', ''],
  ])('with %s is not asked at all', async (_name, url) => {
    const asked: string[] = []
    const result = await fetcher(['zdn.vn', 'zadn.vn'], { lookup: answering(asked, '8.8.8.8') }).fetch(url)
    expect([result, asked]).toEqual([fault('hostNotAllowed'), []])
  })

  test('on an allowed host that resolves to a machine inside is not connected to', async () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.5',
      '169.254.169.254',
      '100.64.0.1',
      '::1',
      'fd00::1',
      '::ffff:127.0.0.1',
      '64:ff9b::a00:5',
    ]) {
      const asked: string[] = []
      const result = await fetcher(['zdn.vn'], { lookup: answering(asked, address) }).fetch('https://f1.zdn.vn/a.jpg')
      expect([result, asked]).toEqual([fault('addressNotAllowed'), ['f1.zdn.vn']])
    }
  })

  test('is refused when one of several answers points inside', async () => {
    const lookup = answering([], '8.8.8.8', '192.168.1.1')
    expect(await fetcher(['zdn.vn'], { lookup }).fetch('https://f1.zdn.vn/')).toEqual(fault('addressNotAllowed'))
  })

  test('that cannot be resolved may be tried again', async () => {
    const lookup: LookupFunction = (_hostname, _options, callback) => callback(new Error('ENOTFOUND'), '', 0)
    expect(await fetcher(['zdn.vn'], { lookup }).fetch('https://f1.zdn.vn/')).toEqual(fault('unreachable', true))
  })
})

describe('a redirect', () => {
  test('is followed to an allowed place', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/end') return response.end('found')
      return response.writeHead(302, { location: '/end' }).end()
    })
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual({ ok: true, bytes: Buffer.from('found') })
  })

  test('to a forbidden place is not followed', async () => {
    let visits = 0
    const inside = await serve((_request, response) => {
      visits += 1
      response.end('secret')
    })
    for (const location of [`http://${inside}/`, 'https://example.vn/', 'file:///etc/passwd', 'http://[', '']) {
      const origin = await serve((_request, response) => response.writeHead(301, { location }).end())
      const result = await fetcher([origin]).fetch(`http://${origin}/`)
      expect(result.ok).toBe(false)
      if (location !== '') expect(result).toEqual(fault('hostNotAllowed'))
    }
    expect(visits).toBe(0)
  })

  test('to an allowed host is judged by its address too', async () => {
    const origin = await serve((_request, response) =>
      response.writeHead(302, { location: 'https://f1.zdn.vn/' }).end(),
    )
    const result = await fetcher([origin, 'zdn.vn'], { lookup: answering([], '127.0.0.1') }).fetch(`http://${origin}/`)
    expect(result).toEqual(fault('addressNotAllowed'))
  })

  test('after three others is one too many', async () => {
    let visits = 0
    const origin = await serve((_request, response) => {
      visits += 1
      response.writeHead(307, { location: `/${visits}` }).end()
    })
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(fault('tooManyRedirects'))
    expect(visits).toBe(4)
  })
})

describe('an answer', () => {
  test('that states too large a size is not read', async () => {
    const origin = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': 5_000_000 }).write('x'),
    )
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(fault('tooLarge'))
  })

  test('that grows past the bound without stating it is cut off', async () => {
    let sent = 0
    const origin = await serve((_request, response) => {
      const timer = setInterval(() => {
        sent += 100_000
        response.write(Buffer.alloc(100_000))
      }, 1)
      response.on('close', () => clearInterval(timer))
    })
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(fault('tooLarge'))
    await sleep(20)
    const afterwards = sent
    await sleep(50)
    expect(sent).toBe(afterwards)
  })

  test('of exactly the bound is read', async () => {
    const origin = await serve((_request, response) => response.end(Buffer.alloc(settings.maxBytes)))
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toMatchObject({ ok: true })
  })

  test('that ends before its stated size is tried again', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(fault('unreachable', true))
  })

  test('that is longer than its stated size is read no further', async () => {
    const origin = await serveRaw('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood-and-more')
    const result = await fetcher([origin]).fetch(`http://${origin}/`)
    if (result.ok) expect(result.bytes.toString()).toBe('good')
    else expect(result).toEqual(fault('unreachable', true))
  })

  test('that is compressed is not unpacked', async () => {
    let asked: string | undefined
    const origin = await serve((request, response) => {
      asked = request.headers['accept-encoding']
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('as it is')
    })
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual({ ok: true, bytes: Buffer.from('as it is') })
    expect(asked).toBe('identity')
  })

  test('that drips is ended by the time over the whole', async () => {
    const origin = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const begin = performance.now()
    expect(await fetcher([origin], { timeoutMs: 200 }).fetch(`http://${origin}/`)).toEqual(fault('timeout', true))
    expect(performance.now() - begin).toBeLessThan(5_000)
  })

  test('that never comes is a time-out, one that is cut off or not HTTP is unreachable', async () => {
    const silent = await serve(() => {})
    expect(await fetcher([silent], { timeoutMs: 100 }).fetch(`http://${silent}/`)).toEqual(fault('timeout', true))
    const reset = await serve((request) => request.socket.destroy())
    expect(await fetcher([reset]).fetch(`http://${reset}/`)).toEqual(fault('unreachable', true))
    const strange = await serveRaw('this is no HTTP\r\n\r\n')
    expect(await fetcher([strange]).fetch(`http://${strange}/`)).toEqual(fault('unreachable', true))
    expect(await fetcher(['127.0.0.1:1']).fetch('http://127.0.0.1:1/')).toEqual(fault('unreachable', true))
  })

  test.each([
    [404, fault('expired')],
    [403, fault('expired')],
    [410, fault('expired')],
    [429, fault('unreachable', true)],
    [502, fault('unreachable', true)],
    [206, fault('refused')],
    [400, fault('refused')],
  ])('with status %i says whether to try again', async (status, expected) => {
    const origin = await serve((_request, response) => response.writeHead(status).end('<html>'))
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(expected)
  })

  test('without a byte is no file', async () => {
    const origin = await serve((_request, response) => response.end())
    expect(await fetcher([origin]).fetch(`http://${origin}/`)).toEqual(fault('unreachable', true))
  })
})

test('only addresses of the public internet count as public', () => {
  const inside = [
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.53',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
    ],
    ...['192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'ff02::1', '2001:db8::1', '::ffff:10.0.0.1'],
    ...[
      '::ffff:7f00:1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:0:7f00:1::',
      '',
      'localhost',
      '1.2.3',
      '::127.0.0.1',
    ],
  ]
  expect(inside.filter(isPublicAddress)).toEqual([])
  const outside = ['8.8.8.8', '118.69.123.1', '172.32.0.1', '100.128.0.1', '2405:4800::1', '::ffff:8.8.8.8']
  expect(outside.filter((address) => !isPublicAddress(address))).toEqual([])
})

const settings = { production: false, maxBytes: 1_000_000, timeoutMs: 3_000 }

function fetcher(allowedHosts: string[], change: { timeoutMs?: number; lookup?: LookupFunction } = {}) {
  return createMediaFetcher({ ...settings, allowedHosts, ...change })
}

function fault(reason: string, retryable = false) {
  return { ok: false, reason, retryable }
}

function answering(asked: string[], ...addresses: string[]): LookupFunction {
  return (hostname, _options, callback) => {
    asked.push(hostname)
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serveRaw(answer: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
