import net from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OutgoingBody } from '../../src/usecases/ports.ts'
import { type FakeZalo, type FakeZaloOptions, type Fault, startFakeZalo } from '../support/fake-zalo.ts'
import { createTestClient } from '../support/zalo-client.ts'

const userId = '7719402268835146093'
const text = (words: string): OutgoingBody => ({ type: 'text', text: words, buttons: [] })
const withButtons = (words: string, count = 2): OutgoingBody => ({
  type: 'text',
  text: words,
  buttons: Array.from({ length: count }, (_, index) => ({ title: `Mục ${index + 1}`, payload: `#m${index + 1}` })),
})
const v3 = '/v3.0/oa/message/cs'
const v2 = '/v2.0/oa/message'

let zalo: FakeZalo
let rig: ReturnType<typeof createTestClient>

async function start(options: FakeZaloOptions = {}, more: Parameters<typeof createTestClient>[1] = {}): Promise<void> {
  await stop()
  zalo = await startFakeZalo(options)
  rig = createTestClient(zalo, more)
}

/** For tests in which somebody has to give up. */
const impatient = { timeoutMs: 300 }

async function stop(): Promise<void> {
  rig?.transport.close()
  await zalo?.stop()
}

beforeEach(() => start())
afterEach(stop)

const sends = () => zalo.calls.filter((call) => call.route === v3 || call.route === v2).map((call) => call.route)

describe('a send that succeeds', () => {
  test('says which message it became and when', async () => {
    const result = await rig.client.send(userId, text('Đã tiếp nhận.'))
    const [message] = zalo.delivered
    expect(result).toEqual({
      ok: true,
      messageId: message?.messageId,
      messageIds: [message?.messageId],
      sentAt: message?.at,
    })
    expect(zalo.texts(userId)).toEqual(['Đã tiếp nhận.'])
    const call = zalo.calls.at(-1)
    expect(call).toMatchObject({
      method: 'POST',
      route: v3,
      token: zalo.tokens.accessToken,
      body: { recipient: { user_id: userId }, message: { text: 'Đã tiếp nhận.' } },
    })
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(call?.headers).not.toHaveProperty('appsecret_proof')
  })

  test.each([
    [
      'error as text, time as number',
      '{"error":"0","message":"Success","data":{"message_id":"m","sent_time":1790658123456}}',
      'm',
    ],
    [
      'message id as a long number',
      '{"error":0,"data":{"message_id":99999999999999999999,"sent_time":"1790658123456"}}',
      '99999999999999999999',
    ],
    [
      'quota in numbers',
      '{"error":0,"data":{"message_id":"m","sent_time":"1790658123456","quota":{"remain":8,"total":"8"}}}',
      'm',
    ],
  ])('is read with %s', async (_name, body, messageId) => {
    zalo.fail({ mode: 'answer', status: 200, body }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ ok: true, messageId, sentAt: 1790658123456 })
  })

  test.each(['{"error":0}', '{"error":0,"data":null}', '{"error":0,"data":{}}', '{"error":0,"data":[]}'])(
    'without an id is still a success: %s',
    async (body) => {
      zalo.fail({ mode: 'answer', status: 200, body }, { path: v3 })
      expect(await rig.client.send(userId, text('x'))).toMatchObject({ ok: true, messageId: '' })
    },
  )

  test('the status does not matter, the number does', async () => {
    zalo.fail({ mode: 'answer', status: 500, body: '{"error":0,"data":{"message_id":"m"}}' }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ ok: true, messageId: 'm' })
    zalo.fail({ mode: 'answer', status: 500, body: '{"error":-230,"message":"x"}' }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ ok: false, class: 'user', code: '-230' })
  })

  test('odd words arrive as they were meant', async () => {
    const words = 'Ổ gà "ngõ" <12> \\ 🙏 [@123]\u202e\u0007'
    await rig.client.send(userId, text(words))
    await rig.client.send(userId, text('a\ud800b'))
    await rig.client.send(userId, text('Đường'.normalize('NFD')))
    expect(zalo.texts(userId)).toEqual([words, 'a\ufffdb', 'Đường'])
  })

  test('nothing to say is never sent', async () => {
    expect(await rig.client.send(userId, text(' '))).toEqual({ ok: false, class: 'drop', code: 'empty' })
    expect(zalo.calls).toEqual([])
  })
})

describe('a refusal', () => {
  const expected: [number, string][] = [
    ...[-204, -205, -209, -212, -219, -221, -223, -224, -237, -238, -241, -320, -321, 112].map(
      (code): [number, string] => [code, 'admin'],
    ),
    ...[-100, -201, -210, -233, -248, -249, -403, -1340, -1341].map((code): [number, string] => [code, 'drop']),
    ...[-213, -217, -227, -230, -232, -244].map((code): [number, string] => [code, 'user']),
    ...[-211, -218, -234].map((code): [number, string] => [code, 'wait']),
    ...[-200, -206, -231, -247, -5000].map((code): [number, string] => [code, 'ambiguous']),
    [-214, 'retry'],
  ]
  test.each(expected)('%i is %s, and the call is made once', async (code, name) => {
    zalo.fail({ mode: 'error', code }, { path: v3 })
    const result = await rig.client.send(userId, text('x'))
    expect(result).toMatchObject({ ok: false, class: name, code: String(code), partsAccepted: 0 })
    expect(sends()).toEqual([v3])
    if (name === 'wait') expect(result).toHaveProperty('retryAfterMs', expect.any(Number))
  })

  test('-32 waits a minute at least and holds back every other call', async () => {
    await start({}, { turnWaitMs: 50 })
    zalo.fail({ mode: 'error', code: -32 }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({
      class: 'retry',
      code: '-32',
      retryAfterMs: 60_000,
    })
    expect(await rig.client.send('2', text('x'))).toMatchObject({
      class: 'retry',
      code: 'rate',
      retryAfterMs: expect.closeTo(57_000, -4),
    })
    expect(sends()).toEqual([v3])
  })

  test('-223 waits when the text speaks of a quota', async () => {
    zalo.fail({ mode: 'error', code: -223, message: 'Article quota exceeded' }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'wait', code: '-223' })
  })
})

describe('the two message paths', () => {
  const states: [
    string,
    FakeZaloOptions['paths'],
    'auto' | 'v3' | 'v2',
    'v3' | 'v2' | undefined,
    string[],
    string[],
    string | undefined,
  ][] = [
    ['a business account', 'v3', 'auto', undefined, [v3, v3], [], undefined],
    ['a state agency', 'v2', 'auto', undefined, [v3, v2, v2], ['v2'], undefined],
    ['a state agency, known', 'v2', 'auto', 'v2', [v2, v2], [], undefined],
    ['an account that became a business', 'v3', 'auto', 'v2', [v2, v3, v3], ['v3'], undefined],
    ['an account that serves neither', 'none', 'auto', undefined, [v3, v2, v3, v2], [], '-240'],
    ['v3 by configuration', 'v2', 'v3', undefined, [v3, v3], [], '-235'],
    ['v2 by configuration', 'v3', 'v2', 'v3', [v2, v2], [], '-240'],
    ['v2 by configuration at a state agency', 'v2', 'v2', undefined, [v2, v2], [], undefined],
  ]
  test.each(states)('%s', async (_name, paths, messageApi, pinned, routes, pins, code) => {
    await start({ paths: paths ?? 'both' }, { messageApi, ...(pinned === undefined ? {} : { pinned }) })
    for (const words of ['một', 'hai']) {
      const result = await rig.client.send(userId, withButtons(words))
      if (code === undefined) expect(result.ok).toBe(true)
      else expect(result).toMatchObject({ ok: false, class: 'admin', code })
    }
    expect(sends()).toEqual(routes)
    expect(rig.pins.pins).toEqual(pins)
    expect(zalo.texts(userId)).toEqual(code === undefined ? ['một', 'hai'] : [])
  })

  test('the same bytes are repeated on the other path', async () => {
    await start({ paths: 'v2' })
    await rig.client.send(userId, withButtons('Chọn:'))
    const bodies = zalo.calls.filter((call) => call.route !== '/v4/oa/access_token').map((call) => call.body)
    expect(bodies).toHaveLength(2)
    expect(bodies[0]).toEqual(bodies[1])
  })

  test.each<[string, Fault]>([
    ['-200', { mode: 'error', code: -200 }],
    ['-200 though delivered', { mode: 'errorButDelivered', code: -200 }],
    ['silence', { mode: 'timeout' }],
    ['a gateway page', { mode: 'html502' }],
    ['a cut connection', { mode: 'reset' }],
    ['-240 from v3', { mode: 'error', code: -240 }],
    ['-230', { mode: 'error', code: -230 }],
  ])('%s never leads to the other path', async (_name, fault) => {
    if (fault.mode === 'timeout') await start({}, impatient)
    zalo.fail(fault, { path: v3 })
    expect((await rig.client.send(userId, text('x'))).ok).toBe(false)
    expect(sends()).toEqual([v3])
    expect(rig.pins.pins).toEqual([])
  })

  test('silence on the other path is ambiguous and pins nothing', async () => {
    await start({ paths: 'v2' }, impatient)
    zalo.fail({ mode: 'timeoutButDelivered' }, { path: v2 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'ambiguous', code: 'timeout' })
    expect(rig.pins.pins).toEqual([])
  })

  test('a refusal of the citizen on the other path still shows that the path is right', async () => {
    await start({ paths: 'v2' })
    zalo.fail({ mode: 'error', code: -230 }, { path: v2 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'user' })
    expect(rig.pins.pins).toEqual(['v2'])
  })

  test('a pin that cannot be read or kept costs a call, not the message', async () => {
    await start({ paths: 'v2' })
    rig.pins.store.read = () => Promise.reject(new Error('away'))
    rig.pins.store.pin = () => Promise.reject(new Error('away'))
    expect((await rig.client.send(userId, text('x'))).ok).toBe(true)
    expect((await rig.client.send(userId, text('y'))).ok).toBe(true)
    expect(sends()).toEqual([v3, v2, v2])
  })
})

describe('what may have been delivered', () => {
  test.each<[string, Fault, string, number]>([
    ['an error though delivered', { mode: 'errorButDelivered', code: -200 }, '-200', 1],
    ['no answer', { mode: 'timeout' }, 'timeout', 0],
    ['no answer though delivered', { mode: 'timeoutButDelivered' }, 'timeout', 1],
    ['a cut connection', { mode: 'reset' }, 'reset', 0],
    ['a cut connection though delivered', { mode: 'resetButDelivered' }, 'reset', 1],
    ['a gateway page', { mode: 'html502' }, 'http502', 0],
    ['a gateway page though delivered', { mode: 'html502ButDelivered' }, 'http502', 1],
    ['HTTP 503', { mode: 'answer', status: 503, body: 'Service Unavailable' }, 'http503', 0],
    ['HTTP 500 with other JSON', { mode: 'answer', status: 500, body: '{"status":"x"}' }, 'http500', 0],
    ['HTTP 408', { mode: 'answer', status: 408, body: '' }, 'http408', 0],
    ['a page with 200', { mode: 'answer', status: 200, body: '<html>', isDelivered: true }, 'unreadable', 1],
    ['nothing with 200', { mode: 'answer', status: 200, body: '' }, 'unreadable', 0],
    ['a number that is none', { mode: 'answer', status: 200, body: '{"error":"abc"}' }, 'unreadable', 0],
    ['a list', { mode: 'answer', status: 200, body: '[{"error":0}]' }, 'unreadable', 0],
    [
      'an answer far too long',
      { mode: 'answer', status: 200, body: ' '.repeat(5_000_000), isDelivered: true },
      'tooLarge',
      1,
    ],
  ])('%s is ambiguous, and not tried again', async (_name, fault, code, delivered) => {
    if (fault.mode.startsWith('timeout')) await start({}, impatient)
    zalo.fail(fault, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({
      ok: false,
      class: 'ambiguous',
      code,
      partsAccepted: 0,
    })
    expect(zalo.delivered).toHaveLength(delivered)
    expect(sends()).toEqual([v3])
  })

  test.each([301, 302, 401, 403, 404, 429])(
    'HTTP %i without an answer of Zalo was not delivered: later',
    async (status) => {
      zalo.fail({ mode: 'answer', status, body: '<html>' }, { path: v3 })
      expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'retry', code: `http${status}` })
    },
  )

  test('nobody listening is a plain retry', async () => {
    await start({}, { url: 'http://127.0.0.1:9' })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'retry', code: 'refused' })
  })

  test('a name that does not exist is a plain retry', async () => {
    await start({}, { url: 'http://zalo.invalid', timeoutMs: 4000 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({
      class: 'retry',
      code: expect.stringMatching(/nameNotFound|timeout/),
    })
  })

  test('a handshake that fails is a plain retry: nothing was written', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    await start({}, { url: `https://127.0.0.1:${port}` })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'retry', code: 'tls' })
    server.close()
  })

  test('a connection that never opens is a plain retry', async () => {
    // Reserved for documentation: packets go there and nothing comes back.
    await start({}, { ...impatient, url: 'http://192.0.2.1:81' })
    const code = expect.stringMatching(/^(timeout|unreachable|refused)$/)
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'retry', code })
  })

  test('an answer in drops ends at the bound too', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
      const drip = setInterval(() => socket.write(' '), 50)
      socket.once('close', () => clearInterval(drip))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    await start({}, { ...impatient, url: `http://127.0.0.1:${port}` })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'ambiguous', code: 'timeout' })
    rig.transport.close()
    server.close()
  })

  test('half an answer is ambiguous', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"error":0'))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    await start({}, { url: `http://127.0.0.1:${port}` })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'ambiguous', code: 'reset' })
    server.close()
  })

  test('a closed client sends nothing', async () => {
    await rig.client.send(userId, text('x'))
    rig.transport.close()
    expect(await rig.client.send(userId, text('y'))).toMatchObject({ class: 'retry', code: 'closed' })
  })
})

describe('tokens in a send', () => {
  test.each([-216, -220, 452, -124])('%i renews the token once and sends once more', async (code) => {
    await rig.client.send(userId, text('một'))
    const before = zalo.tokens.accessToken
    zalo.fail({ mode: 'error', code }, { path: v3 })
    expect((await rig.client.send(userId, text('hai'))).ok).toBe(true)
    expect(zalo.tokens.accessToken).not.toBe(before)
    expect(zalo.calls.at(-1)?.token).toBe(zalo.tokens.accessToken)
    expect(zalo.texts(userId)).toEqual(['một', 'hai'])
  })

  test('refused again, it is for a person, and the refresh tokens are not burnt', async () => {
    zalo.fail({ mode: 'error', code: -216 }, { path: v3, times: Number.POSITIVE_INFINITY })
    for (let count = 0; count < 5; count += 1) {
      expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'admin', code: '-216' })
    }
    expect(zalo.counts.refreshes).toBe(2)
  })

  test('many sends that meet a dead token share one renewal, and each goes out once', async () => {
    await rig.client.send(userId, text('0'))
    zalo.revokeAccessToken()
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => rig.client.send(userId, text(`${index + 1}`))),
    )
    expect(results.every((result) => result.ok)).toBe(true)
    expect(zalo.counts.refreshes).toBe(2)
    expect(new Set(zalo.texts(userId)).size).toBe(31)
    expect(zalo.delivered).toHaveLength(31)
  })

  test('no grant, or a lost one, is for the administrator', async () => {
    await start({ refreshToken: 'another' })
    zalo.tokens.refreshToken = 'changed'
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'admin', code: 'grantLost' })
    expect(sends()).toEqual([])
  })

  test('tokens that cannot be had for a moment are a plain retry', async () => {
    zalo.fail({ mode: 'html502' }, { path: 'access_token' })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'retry', code: 'noToken' })
  })

  test('the proof is added as soon as Zalo asks for it, and stays', async () => {
    await start({ requireProof: true })
    expect((await rig.client.send(userId, text('một'))).ok).toBe(true)
    expect((await rig.client.send(userId, text('hai'))).ok).toBe(true)
    const outcomes = zalo.calls.filter((call) => call.route === v3).map((call) => call.outcome)
    expect(outcomes).toEqual(['-242', '0', '0'])
  })

  test('a proof that is wrong is for the administrator', async () => {
    zalo.fail({ mode: 'error', code: -242 }, { path: v3, times: 3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'admin', code: '-242' })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'admin', code: '-242' })
    expect(sends()).toHaveLength(3)
  })
})

describe('a long message', () => {
  const long = Array.from({ length: 900 }, (_, index) => `Câu số ${index}.`).join(' ')

  test('goes out in order, whole, with every id', async () => {
    const result = await rig.client.send(userId, withLong(2))
    expect(zalo.texts(userId).join('')).toBe(long)
    expect(zalo.delivered.length).toBeGreaterThan(4)
    expect(result).toMatchObject({ ok: true, messageIds: zalo.delivered.map((item) => item.messageId) })
    expect(zalo.delivered.map((item) => item.message.attachment !== undefined)).toEqual([
      ...zalo.delivered.slice(1).map(() => false),
      true,
    ])
  })

  function withLong(buttons: number): OutgoingBody {
    const body = withButtons('', buttons)
    return body.type === 'text' ? { ...body, text: long } : body
  }

  test('stops at the first failure, says how far it came, and goes on from there', async () => {
    zalo.fail({ mode: 'slow', ms: 1 }, { path: v3, times: 2 })
    zalo.fail({ mode: 'error', code: -230 }, { path: v3 })
    const first = await rig.client.send(userId, text(long))
    expect(first).toMatchObject({ ok: false, class: 'user', partsAccepted: 2 })
    expect(first).toHaveProperty(
      'messageIds',
      zalo.delivered.map((item) => item.messageId),
    )
    expect(zalo.delivered).toHaveLength(2)
    const second = await rig.client.send(userId, text(long), { fromPart: 2 })
    expect(second.ok).toBe(true)
    expect(zalo.texts(userId).join('')).toBe(long)
  })

  test('an ambiguous part is not counted and not passed over', async () => {
    await start({}, impatient)
    zalo.fail({ mode: 'slow', ms: 1 }, { path: v3 })
    zalo.fail({ mode: 'timeoutButDelivered' }, { path: v3 })
    expect(await rig.client.send(userId, text(long))).toMatchObject({ class: 'ambiguous', partsAccepted: 1 })
    expect(zalo.delivered).toHaveLength(2)
  })

  test('with everything sent already there is nothing left to send', async () => {
    await rig.client.send(userId, text(long))
    const count = zalo.delivered.length
    expect((await rig.client.send(userId, text(long), { fromPart: count })).ok).toBe(true)
    expect(zalo.delivered).toHaveLength(count)
  })
})

describe('buttons that Zalo does not take', () => {
  test.each([-201, -233])('after %i the same words go out once with numbered lines', async (code) => {
    zalo.fail({ mode: 'error', code }, { path: v3, buttonsOnly: true })
    expect((await rig.client.send(userId, withButtons('Chọn:', 7))).ok).toBe(true)
    expect(zalo.texts(userId)).toEqual([
      'Chọn:\n\n1. Mục 1\n2. Mục 2\n3. Mục 3\n4. Mục 4\n5. Mục 5\n6. Mục 6\n7. Mục 7',
    ])
    expect(sends()).toHaveLength(2)
  })

  test('plain words refused are not tried a third time', async () => {
    zalo.fail({ mode: 'error', code: -201 }, { path: v3, times: 5 })
    expect(await rig.client.send(userId, withButtons('Chọn:'))).toMatchObject({ class: 'drop', code: '-201' })
    expect(sends()).toHaveLength(2)
  })

  test('a text without buttons is refused at once', async () => {
    zalo.fail({ mode: 'error', code: -233 }, { path: v3 })
    expect(await rig.client.send(userId, text('x'))).toMatchObject({ class: 'drop', code: '-233' })
    expect(sends()).toHaveLength(1)
  })

  test('ambiguity with buttons is not answered by plain words', async () => {
    zalo.fail({ mode: 'errorButDelivered', code: -200 }, { path: v3 })
    expect(await rig.client.send(userId, withButtons('Chọn:'))).toMatchObject({ class: 'ambiguous' })
    expect(sends()).toHaveLength(1)
  })

  test('works on v2 too, in one path', async () => {
    await start({ paths: 'v2', buttons: 'plain' })
    expect((await rig.client.send(userId, withButtons('Chọn:'))).ok).toBe(true)
    expect(sends()).toEqual([v3, v2, v2])
    expect(zalo.texts(userId)).toEqual(['Chọn:\n\n1. Mục 1\n2. Mục 2'])
  })

  test('an account that refuses them again and again is spared the second call for a while', async () => {
    let clockMs = Date.now()
    await start({ buttons: 'plain' }, { now: () => clockMs })
    for (let count = 0; count < 8; count += 1) {
      expect((await rig.client.send(userId, withButtons(`Chọn ${count}:`))).ok).toBe(true)
    }
    expect(sends()).toHaveLength(5 * 2 + 3)
    clockMs += 31 * 60_000
    await rig.client.send(userId, withButtons('Chọn:'))
    expect(sends()).toHaveLength(5 * 2 + 3 + 2)
    expect(zalo.texts(userId)).toHaveLength(9)
  })

  test('one bad button among good ones takes none away', async () => {
    for (let count = 0; count < 12; count += 1) {
      if (count % 2 === 0) zalo.fail({ mode: 'error', code: -201 }, { path: v3, buttonsOnly: true })
      await rig.client.send(userId, withButtons(`Chọn ${count}:`))
    }
    expect(zalo.delivered.filter((item) => item.message.attachment !== undefined)).toHaveLength(6)
  })

  test('the contact card becomes its sentences', async () => {
    zalo.fail({ mode: 'error', code: -233 }, { path: v3 })
    expect(
      (await rig.client.send(userId, { type: 'requestInfo', title: 'Liên hệ', subtitle: 'Xin số điện thoại' })).ok,
    ).toBe(true)
    expect(zalo.texts(userId)).toEqual(['Liên hệ\n\nXin số điện thoại'])
  })

  test('lines that make another part are continued, not repeated, after a failure', async () => {
    await start({ buttons: 'plain' })
    const body = withButtons('Câu dài. '.repeat(221), 5)
    zalo.fail({ mode: 'slow', ms: 1 }, { path: v3, times: 2 })
    zalo.fail({ mode: 'error', code: -230 }, { path: v3 })
    const first = await rig.client.send(userId, body)
    expect(first).toMatchObject({ ok: false, partsAccepted: 1 })
    expect(zalo.delivered).toHaveLength(1)
    const second = await rig.client.send(userId, body, { fromPart: 1 })
    expect(second.ok).toBe(true)
    expect(zalo.texts(userId).join('')).toBe(
      `${'Câu dài. '.repeat(221)}\n\n1. Mục 1\n2. Mục 2\n3. Mục 3\n4. Mục 4\n5. Mục 5`,
    )
  })
})

describe('pictures and files', () => {
  test('go out by id and by address', async () => {
    await rig.client.sendImage(userId, { attachmentId: 'Qm3', caption: 'Ảnh' })
    await rig.client.sendImage(userId, { url: 'https://pakn.example.vn/a.jpg' })
    const result = await rig.client.sendFile(userId, 'vD8h')
    expect(result).toMatchObject({ ok: true, messageIds: [zalo.delivered[2]?.messageId] })
    expect(zalo.delivered.map((item) => item.message.attachment?.type)).toEqual(['template', 'template', 'file'])
  })

  test('an id that has expired is uploaded again and sent once more, only once', async () => {
    let uploads = 0
    const uploadAgain = async () => {
      uploads += 1
      return `new-${uploads}`
    }
    zalo.fail({ mode: 'error', code: -100 }, { path: v3 })
    expect((await rig.client.sendFile(userId, 'old', { uploadAgain })).ok).toBe(true)
    expect(zalo.delivered[0]?.message.attachment?.payload).toEqual({ token: 'new-1' })
    zalo.fail({ mode: 'error', code: -100 }, { path: v3, times: 5 })
    const failed = await rig.client.sendImage(userId, { attachmentId: 'old' }, { uploadAgain })
    expect(failed).toEqual({ ok: false, class: 'drop', code: '-100' })
    expect(uploads).toBe(2)
  })

  test('without a way to upload again an expired id is dropped', async () => {
    zalo.fail({ mode: 'error', code: -100 }, { path: v3 })
    expect(await rig.client.sendFile(userId, 'old')).toMatchObject({ class: 'drop', code: '-100' })
  })
})

test('nothing of a citizen or a token stands in an error', async () => {
  zalo.fail({ mode: 'error', code: -216, message: `secret ${userId}` }, { times: 9 })
  const error = (await rig.client.profile(userId).catch((caught: unknown) => caught)) as Error
  const told = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
  expect(told).not.toContain(userId)
  expect(told).not.toContain('secret')
})
