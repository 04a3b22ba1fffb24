import type { Server } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createZaloWebhook, type ZaloWebhookDeps } from '../../src/http/zalo-webhook.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import type { ChannelReceipt } from '../../src/usecases/notice-channels.ts'
import type { NewEvent } from '../../src/usecases/road.ts'
import type { AccountChange } from '../../src/usecases/webhook-event.ts'
import { parseEvent } from '../../src/zalo/events.ts'
import { createSignatureCheck, timestampOf } from '../../src/zalo/signature.ts'
import { toWebhookEvent } from '../../src/zalo/webhook-event.ts'
import { signedEvent, zaloEvents } from '../support/zalo-events.ts'

const account = { appId: '2087416339520788115', oaId: '4318072690155387264', secretKey: 'oa-secret-for-tests' }
const events = zaloEvents(account)
const citizen = '7719402268835146093'
let stored: NewEvent[]
let told: string[]
let isDown: boolean
let logged: { alert?: string }[]
let heard: (number | null)[]
let missed: number[]
let proofs: ChannelReceipt[]
let changes: AccountChange[]
let metrics: ReturnType<typeof createMetrics>
let server: Server
let url: string

beforeEach(async () => {
  stored = []
  proofs = []
  changes = []
  told = []
  isDown = false
  logged = []
  heard = []
  missed = []
  metrics = createMetrics()
  const inbox: ZaloWebhookDeps['inbox'] = {
    async add(event) {
      if (isDown) throw new Error('the database is away')
      if (stored.some(({ key }) => key === event.key)) return 'known'
      stored.push(event)
      return 'stored'
    },
  }
  const app = express()
  app.use(
    createZaloWebhook({
      checkSignature: createSignatureCheck({ appId: account.appId, secretKeys: [account.secretKey, 'previous-key'] }),
      timestampOf,
      read: (raw) => toWebhookEvent(parseEvent(raw, account, { receivedAt: 0 })),
      citizenKey: (userId) => `key-of-${userId}`,
      inbox,
      onStored: (_citizenKey, _partition, event) => told.push(event.key),
      onAccountChange: (change) => void changes.push(change),
      async onChannelReceipt(receipt) {
        if (isDown) throw new Error('the database is away')
        proofs.push(receipt)
        return receipt.reference === 'n-1' ? 'stored' : 'unknown'
      },
      clock: { now: () => 1_790_658_123_999 },
      onHeard: (at) => void heard.push(at),
      onMissed: (at) => void missed.push(at),
      logger: createLogger({
        level: 'info',
        destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
      }),
      metrics,
    }),
  )
  server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/zalo`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })
  await response.arrayBuffer()
  return response.status
}

describe('a signed event', () => {
  test('is stored with the very bytes that came, then answered with 200', async () => {
    const { body, headers } = signedEvent(
      events.userSendsText(citizen, 'Đèn đường hỏng', { at: 1_790_658_123_456 }),
      account,
      {
        odd: true,
      },
    )
    expect(await post(body, headers)).toBe(200)
    expect(stored).toHaveLength(1)
    expect(stored[0]).toMatchObject({
      citizenKey: `key-of-${citizen}`,
      lane: 'turn',
      eventName: 'user_send_text',
      at: 1_790_658_123_456,
      receivedAt: 1_790_658_123_999,
    })
    expect(stored[0]?.raw?.toString()).toBe(body)
    expect(told).toEqual([stored[0]?.key])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
    'of content type %s is taken too',
    async (type) => {
      const { body, headers } = signedEvent(events.userSendsText(citizen, 'chào'), account)
      expect(await post(body, { ...headers, 'Content-Type': type })).toBe(200)
      expect(stored).toHaveLength(1)
    },
  )

  test('that came before is answered with 200 and nobody is told again', async () => {
    const { body, headers } = signedEvent(events.userSendsText(citizen, 'chào'), account)
    expect([await post(body, headers), await post(body, headers)]).toEqual([200, 200])
    expect(stored).toHaveLength(1)
    expect(told).toHaveLength(1)
  })

  test('signed by the previous key, or without a timestamp, is taken', async () => {
    const previous = signedEvent(events.userSendsText(citizen, 'chào'), { ...account, secretKey: 'previous-key' })
    expect(await post(previous.body, previous.headers)).toBe(200)
    const { timestamp: _timestamp, ...timeless } = events.userSendsText(citizen, 'chào nữa')
    const signed = signedEvent(timeless, account)
    expect(await post(signed.body, signed.headers)).toBe(200)
    expect(stored).toHaveLength(2)
  })

  test('about our own messages goes to the other lane', async () => {
    for (const event of [
      events.echo(citizen, 'm1', 'x'),
      events.received(citizen, 'm1'),
      events.echo(citizen, 'm2', 'x', { adminId: '9' }),
    ]) {
      const { body, headers } = signedEvent(event, account)
      expect(await post(body, headers)).toBe(200)
    }
    expect(stored.map(({ lane }) => lane)).toEqual(['trace', 'trace', 'turn'])
  })

  test.each([
    ['of a kind that nobody knows', { event_name: 'user_dances', app_id: account.appId, timestamp: '1790658123456' }],
    ['of an anonymous visitor', events.fromCitizen('anonymous_send_text', 'anon-1', { text: 'chào' })],
    ['of a group', events.fromCitizen('user_send_group_text', citizen, { text: 'chào' })],
    ['for another account', { ...events.userSendsText(citizen, 'chào'), recipient: { id: '1' } }],
  ])('%s is answered with 200, counted and not stored', async (_, event) => {
    const { body, headers } = signedEvent(event, account)
    expect(await post(body, headers)).toBe(200)
    expect(stored).toEqual([])
    const counted = (await metrics.webhookEvents.get()).values
    expect(counted).toMatchObject([{ labels: { outcome: 'ignored' }, value: 1 }])
  })

  test('is answered with 503 while the database is away, so that Zalo repeats it', async () => {
    isDown = true
    const { body, headers } = signedEvent(events.userSendsText(citizen, 'chào'), account)
    const response = await fetch(url, { method: 'POST', body, headers })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await response.text()).toBe('')
    isDown = false
    expect(await post(body, headers)).toBe(200)
    expect(stored).toHaveLength(1)
  })
})

describe('what an operator has to know', () => {
  const alerts = () => logged.flatMap(({ alert }) => alert ?? [])

  test('wrong signatures are told of once a minute, with what to do', async () => {
    const { body } = signedEvent(events.userSendsText(citizen, 'chào'), account)
    for (let time = 0; time < 5; time++) expect(await post(body)).toBe(401)
    expect(alerts()).toEqual(['signaturesRejected'])
    expect(heard).toEqual([])
  })

  test('repeats are counted, and told of when they have gone on for long', async () => {
    const { body, headers } = signedEvent(events.userSendsText(citizen, 'chào'), account)
    for (const retry of ['1', '2']) expect(await post(body, { ...headers, num_retry: retry })).toBe(200)
    expect(alerts()).toEqual([])
    for (const retry of ['3', '4', 'x', '-1']) expect(await post(body, { ...headers, num_retry: retry })).toBe(200)
    expect(alerts()).toEqual(['webhookRetries'])
    const counted = (await metrics.webhookRetries.get()).values.map(({ labels, value }) => [labels.retry, value])
    expect(counted).toEqual([
      ['1', 1],
      ['2', 1],
      ['3', 1],
      ['4', 1],
    ])
  })

  test('a forged repeat counts nothing', async () => {
    await post('{"a":1}', { num_retry: '5' })
    expect((await metrics.webhookRetries.get()).values).toEqual([])
  })

  test('the last repeat that cannot be stored ends the subscription', async () => {
    isDown = true
    const { body, headers } = signedEvent(events.userSendsText(citizen, 'chào', { at: 1_790_658_123_456 }), account)
    expect(await post(body, { ...headers, num_retry: '5' })).toBe(503)
    expect(alerts()).toEqual(['webhookRetries', 'webhookUnsubscribed'])
    expect(missed).toEqual([1_790_658_123_456])
    expect(heard).toEqual([])
    isDown = false
    expect(await post(body, headers)).toBe(200)
    expect(heard).toEqual([1_790_658_123_456])
  })
})

describe('what is refused', () => {
  const event = events.userSendsText(citizen, 'chào')

  test('a missing or wrong signature gets 401', async () => {
    const { body, headers } = signedEvent(event, account)
    expect(await post(body)).toBe(401)
    expect(await post(`${body} `, headers)).toBe(401)
    const forged = signedEvent(event, { ...account, secretKey: 'guessed' })
    expect(await post(forged.body, forged.headers)).toBe(401)
    expect(await post(JSON.stringify({ a: 1 }))).toBe(401)
    expect(stored).toEqual([])
  })

  test.each(['', 'x', '[]', '[{}]', '"{}"', 'null', '1', '{"a":1', '\ufeff{}'])(
    '%j is no JSON object: 400',
    async (body) => {
      expect(await post(body)).toBe(400)
    },
  )

  test.each(['{}', ' { } ', '{\r\n}'])('the console of Zalo asks with %j and gets 200', async (body) => {
    expect(await post(body)).toBe(200)
    expect(stored).toEqual([])
  })

  test('more than 256 KiB gets 413, whether its length is stated or not, and whatever it holds', async () => {
    expect(await post('x'.repeat(256 * 1024 + 1))).toBe(413)
    const { body, headers } = signedEvent(events.userSendsText(citizen, 'à'.repeat(200_000)), account)
    expect(await post(body, headers)).toBe(413)
    expect(await chunked(`${'{'.repeat(300 * 1024)}`)).toContain(' 413 ')
  })

  test('exactly 256 KiB is read', async () => {
    const filler = (length: number) => signedEvent({ ...event, filler: 'x'.repeat(length) }, account)
    const { body, headers } = filler(256 * 1024 - Buffer.byteLength(filler(0).body))
    expect(Buffer.byteLength(body)).toBe(256 * 1024)
    expect(await post(body, headers)).toBe(200)
  })
})

/** A body without a stated length, written by hand; answers the status line. */
function chunked(body: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(`POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nTransfer-Encoding: chunked\r\n\r\n`)
      socket.write(`${body.length.toString(16)}\r\n${body}\r\n`)
    })
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

describe('a template message', () => {
  const received = (trackingId: string) => ({
    sender: { id: account.oaId },
    recipient: { id: '84901234567' },
    event_name: 'user_received_message',
    message: { delivery_time: '1790658710000', msg_id: 'd02c77a1f3b85e64900f', tracking_id: trackingId },
    app_id: account.appId,
    timestamp: '1790658711000',
  })

  async function tell(event: Record<string, unknown>): Promise<number> {
    const { body, headers } = signedEvent(event as Parameters<typeof signedEvent>[0], account)
    return post(body, { ...headers, 'X-ZEvent-Server': 'ZNS' })
  }

  test('that reached a phone is proof of the notice with its reference, and makes no citizen of the number', async () => {
    expect(await tell(received('n-1'))).toBe(200)
    const proof = { channel: 'template', messageId: 'd02c77a1f3b85e64900f', reference: 'n-1', state: 'delivered' }
    expect(proofs).toEqual([{ ...proof, at: 1_790_658_710_000 }])
    expect([stored, told]).toEqual([[], []])
  })

  test('of somebody else is answered with 200 and counted', async () => {
    expect(await tell(received('another-system'))).toBe(200)
    expect(await metrics.channelReceipts.get()).toMatchObject({
      values: [{ labels: { channel: 'template', outcome: 'unknown' }, value: 1 }],
    })
  })

  test('is told again later while the database is away', async () => {
    isDown = true
    expect(await tell(received('n-1'))).toBe(503)
    isDown = false
    expect(await tell(received('n-1'))).toBe(200)
    expect(proofs).toHaveLength(1)
  })

  test('whose template is disabled is told with the template and what became of it', async () => {
    const event = {
      oa_id: account.oaId,
      app_id: account.appId,
      event_name: 'change_template_status',
      template_id: '418233',
      status: { prev_status: 'ENABLE', new_status: 'DISABLE' },
      timestamp: '1790658711000',
    }
    expect(await tell(event)).toBe(200)
    expect(changes).toMatchObject([
      { what: 'templateStatus', templateId: '418233', before: 'ENABLE', after: 'DISABLE' },
    ])
  })
})
