import { createHmac } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readMailReceipts } from '../../src/http/mail-receipts.ts'
import { createReceiptRouter } from '../../src/http/receipts.ts'
import { readSmsReceipts } from '../../src/http/sms-receipts.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics.ts'
import type { ChannelReceipt } from '../../src/usecases/notice-channels.ts'

const NOW = Date.now() + 15 * 86_400_000
let receipts: ChannelReceipt[]
let isDown: boolean
let metrics: ReturnType<typeof createMetrics>
let server: Server
let origin: string

beforeEach(async () => {
  receipts = []
  isDown = false
  metrics = createMetrics()
  const common = {
    async onReceipt(receipt: ChannelReceipt) {
      if (isDown) throw new Error('the database is away')
      receipts.push(receipt)
      return receipt.messageId === 'nobodys' ? ('unknown' as const) : ('stored' as const)
    },
    clock: { now: () => NOW },
    logger: createLogger({ level: 'silent' }),
    metrics,
    secret: 'sms-token',
  }
  const app = express()
  const bytesMax = 64 * 1024
  app.use(createReceiptRouter({ ...common, path: '/webhooks/sms', channel: 'sms', bytesMax, read: readSmsReceipts }))
  app.use(
    createReceiptRouter({ ...common, path: '/webhooks/mail', channel: 'email', bytesMax, read: readMailReceipts }),
  )
  server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const sign = (body: string, key = 'sms-token') => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`

async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  const all = { 'content-type': 'application/json', 'x-signature': sign(body), ...headers }
  const response = await fetch(`${origin}/webhooks/${path}`, { method: 'POST', body, headers: all })
  await response.arrayBuffer()
  return response.status
}

async function counted(outcome: string): Promise<number> {
  const { values } = await metrics.channelReceipts.get()
  return values.filter(({ labels }) => labels.outcome === outcome).reduce((sum, { value }) => sum + value, 0)
}

describe('the door', () => {
  const body = JSON.stringify({ id: 'sms-1', state: 'delivered' })

  test('a signature over the exact bytes opens it', async () => {
    expect(await post('sms', `${body}\n  `)).toBe(200)
    expect(receipts).toEqual([{ channel: 'sms', messageId: 'sms-1', state: 'delivered', at: NOW }])
  })

  test.each([
    ['none', ''],
    ['of other bytes', sign('{}')],
    ['by another key', sign(body, 'other')],
    ['without its name', sign(body).slice(7)],
    ['cut short', sign(body).slice(0, -2)],
    ['not hexadecimal', `sha256=${'z'.repeat(64)}`],
    ['by another method', sign(body).replace('sha256', 'sha1')],
  ])('a signature %s is refused, and nothing is stored', async (_, signature) => {
    expect(await post('sms', body, { 'x-signature': signature })).toBe(401)
    expect(receipts).toEqual([])
    expect(await counted('signature')).toBe(1)
  })

  test('the size is judged first, then the signature, then the shape', async () => {
    expect(await post('sms', ' '.repeat(65 * 1024), { 'x-signature': '' })).toBe(413)
    expect(await post('sms', 'no json', { 'x-signature': '' })).toBe(401)
    for (const shape of ['no json', '"text"', '7', '[1]', JSON.stringify(Array(1_001).fill({ id: 'x' }))]) {
      expect(await post('sms', shape)).toBe(400)
    }
    expect(receipts).toEqual([])
  })

  test('while the database is away the provider is asked to repeat', async () => {
    isDown = true
    expect(await post('sms', body)).toBe(503)
    isDown = false
    expect(await post('sms', body)).toBe(200)
    expect(receipts).toHaveLength(1)
  })

  test('a receipt of nothing that we know is answered with 200 and counted', async () => {
    expect(await post('sms', JSON.stringify({ id: 'nobodys', state: 'delivered' }))).toBe(200)
    expect(await counted('unknown')).toBe(1)
    expect(await counted('stored')).toBe(0)
  })
})

describe('what SMS providers say', () => {
  test.each<[Record<string, unknown>, Partial<ChannelReceipt> | null]>([
    [
      { id: 'a', reference: 'r-1', state: 'delivered' },
      { messageId: 'a', reference: 'r-1', state: 'delivered' },
    ],
    [
      { id: 17, status: 'DELIVRD' },
      { messageId: '17', state: 'delivered' },
    ],
    [
      { reference: 'r-1', status: 'failed', code: 'UNKNOWN_SUBSCRIBER' },
      { state: 'failed', code: 'UNKNOWN_SUBSCRIBER' },
    ],
    [
      { id: 'a', status: 'EXPIRED' },
      { state: 'failed', code: 'expired' },
    ],
    [
      { id: 'a', status: 'failed', error: 'Số 0905000123 không đúng' },
      { state: 'failed', code: 'S' },
    ],
    [{ id: 'a', status: 'sent' }, null],
    [{ id: 'a', status: 'enroute' }, null],
    [{ id: 'a' }, null],
    [{ state: 'delivered' }, null],
    [{ id: 'two words', state: 'delivered' }, null],
  ])('%o', async (said, expected) => {
    expect(await post('sms', JSON.stringify(said))).toBe(200)
    if (expected === null) expect(receipts).toEqual([])
    else expect(receipts).toMatchObject([expected])
  })

  test('several at once, in a list or under a name', async () => {
    const two = [
      { id: 'a', state: 'delivered' },
      { id: 'b', state: 'failed' },
    ]
    expect(await post('sms', JSON.stringify(two))).toBe(200)
    expect(await post('sms', JSON.stringify({ receipts: two }))).toBe(200)
    expect(receipts.map(({ messageId, state }) => `${messageId} ${state}`)).toEqual([
      'a delivered',
      'b failed',
      'a delivered',
      'b failed',
    ])
  })

  test.each([
    ['seconds', (at: number) => Math.floor(at / 1_000)],
    ['milliseconds', (at: number) => at],
    ['text', (at: number) => new Date(at).toISOString()],
  ])('a time in %s is moved with the clock of the service', async (_, write) => {
    const at = Date.now() - 60_000
    await post('sms', JSON.stringify({ id: 'a', state: 'delivered', at: write(at) }))
    expect(Math.abs((receipts[0]?.at ?? 0) - (NOW - 60_000))).toBeLessThan(5_000)
  })

  test('a time that cannot be is now', async () => {
    await post('sms', JSON.stringify({ id: 'a', state: 'delivered', at: '1999-01-01' }))
    expect(receipts[0]?.at).toBe(NOW)
  })
})

describe('what mail servers say', () => {
  test.each<[Record<string, unknown>, Partial<ChannelReceipt> | null]>([
    [
      { messageId: '<n-1@example.vn>', state: 'bounced', code: '5.1.1' },
      { messageId: '<n-1@example.vn>', reference: 'n-1', state: 'failed', code: '5.1.1' },
    ],
    [
      { 'message-id': 'n-1@example.vn', event: 'delivered' },
      { reference: 'n-1', state: 'delivered' },
    ],
    [
      { reference: 'n-1', event: 'hard_bounce' },
      { reference: 'n-1', state: 'failed', code: 'bounced' },
    ],
    [{ reference: 'n-1', event: 'deferred' }, null],
    [{ reference: 'n-1', event: 'opened' }, null],
    [{ reference: 'n-1', event: 'complaint' }, null],
    [{ state: 'bounced' }, null],
  ])('%o', async (said, expected) => {
    expect(await post('mail', JSON.stringify(said))).toBe(200)
    if (expected === null) expect(receipts).toEqual([])
    else expect(receipts).toMatchObject([{ channel: 'email', ...expected }])
  })

  const bounce = (fields: { action?: string; envelope?: string; original?: string }) =>
    [
      'From: MAILER-DAEMON@example.vn',
      'Message-ID: <bounce-1@mx.example.vn>',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example.vn',
      ...(fields.envelope === undefined ? [] : [`Original-Envelope-Id: ${fields.envelope}`]),
      '',
      'Final-Recipient: rfc822; y.ha@example.vn',
      `Action: ${fields.action ?? 'failed'}`,
      'Status: 5.1.1',
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      ...(fields.original === undefined ? [] : [`Message-ID: ${fields.original}`]),
      'Subject: x',
      '--b--',
    ].join('\r\n')

  test.each([
    ['by its envelope id', { envelope: 'n-7' }, ['n-7 failed 5.1.1']],
    ['by the letter in it', { original: '<n-7@example.vn>' }, ['n-7 failed 5.1.1']],
    ['that only waits', { envelope: 'n-7', action: 'delayed' }, []],
    ['of no letter of ours', {}, []],
  ])('a bounce as it came, %s', async (_, fields, expected) => {
    expect(await post('mail', bounce(fields), { 'content-type': 'message/rfc822' })).toBe(200)
    expect(receipts.map(({ reference, state, code }) => `${reference} ${state} ${code}`)).toEqual(expected)
  })
})
