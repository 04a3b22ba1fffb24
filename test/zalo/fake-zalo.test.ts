import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ParsedEvent, parseEvent } from '../../src/zalo/events.ts'
import { createSignatureCheck, timestampOf } from '../../src/zalo/signature.ts'
import { type FakeZalo, startFakeZalo } from '../support/fake-zalo.ts'
import { createTestClient } from '../support/zalo-client.ts'

const userId = '7719402268835146093'

/** What the stand-in sends must be what the adapter reads: the two share no code. */
let received: { verdict: string; event: ParsedEvent }[]
let webhook: http.Server
let zalo: FakeZalo

beforeEach(async () => {
  received = []
  webhook = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const check = createSignatureCheck({ appId: zalo.account.appId, secretKeys: [zalo.account.oaSecretKey] })
      const header = request.headers['x-zevent-signature']
      const verdict = check(raw, timestampOf(raw), typeof header === 'string' ? header : undefined)
      received.push({ verdict, event: parseEvent(raw, zalo.account) })
      response.writeHead(verdict === 'valid' ? 200 : 401).end()
    })
  })
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
  const { port } = webhook.address() as AddressInfo
  zalo = await startFakeZalo({ webhookUrl: `http://127.0.0.1:${port}/`, echoes: true, receipts: true })
})

afterEach(async () => {
  await zalo.stop()
  webhook.closeAllConnections()
  await new Promise((resolve) => webhook.close(resolve))
})

test('a sent message comes back as echo, delivered and seen, in this order and signed', async () => {
  const rig = createTestClient(zalo)
  const result = await rig.client.send(userId, { type: 'text', text: 'Đã nhận 🙏', buttons: [] })
  await zalo.settled()
  rig.transport.close()
  const messageId = result.ok ? result.messageId : ''
  expect(received.map(({ verdict }) => verdict)).toEqual(['valid', 'valid', 'valid'])
  expect(received.map(({ event }) => event)).toMatchObject([
    { kind: 'echo', userId, messageId, text: 'Đã nhận 🙏' },
    { kind: 'receipt', userId, messageIds: [messageId], receipt: 'received' },
    { kind: 'receipt', userId, messageIds: [messageId], receipt: 'seen' },
  ])
})

test('an event can be posted oddly written, with a wrong key, or to nobody', async () => {
  const event = zalo.events.userSendsText(userId, 'Đèn đường / hỏng')
  expect(await zalo.post(event, { odd: true })).toBe(200)
  expect(await zalo.post(event, { secretKey: 'wrong' })).toBe(401)
  expect(received.map(({ verdict }) => verdict)).toEqual(['valid', 'wrong'])
  zalo.setWebhook('http://127.0.0.1:9/')
  expect(await zalo.post(event)).toBe(0)
  zalo.setWebhook(undefined)
  expect(await zalo.post(event)).toBe(0)
})

test('what a citizen wrote stands in the record of the chat', async () => {
  await zalo.post(zalo.events.userSendsText(userId, 'Xin chào', { msgId: 'm1' }))
  const rig = createTestClient(zalo)
  await rig.client.send(userId, { type: 'text', text: 'Chào Ông/Bà', buttons: [] })
  const lines = await rig.client.chat(userId, { offset: 0, count: 10 })
  rig.transport.close()
  expect(lines.map((line) => [line.fromCitizen, line.text])).toContainEqual([true, 'Xin chào'])
  expect(lines).toHaveLength(2)
})

test('a limit per minute is kept and told in the headers', async () => {
  await zalo.stop()
  zalo = await startFakeZalo({ perMinute: 3 })
  const rig = createTestClient(zalo, { turnWaitMs: 10 })
  const results = []
  for (let count = 0; count < 4; count += 1) {
    results.push(await rig.client.send(userId, { type: 'text', text: `${count}`, buttons: [] }))
  }
  rig.transport.close()
  // The third call leaves none: the client does not run into the refusal.
  expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'ok', 'ok', 'rate'])
  expect(zalo.calls.some((call) => call.outcome === '-32')).toBe(false)
})
