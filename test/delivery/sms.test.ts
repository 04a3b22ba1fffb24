import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createSmsSender } from '../../src/delivery/sms.ts'
import { createSmsChannel, isMobile } from '../../src/delivery/sms-channel.ts'
import { fitSms, sizeOf, withoutAccents } from '../../src/delivery/sms-text.ts'
import { createTrouble } from '../../src/delivery/trouble.ts'
import { type Answering, startAnsweringServer } from '../support/answering-server.ts'
import { freePort } from '../support/app.ts'
import { channelMessage } from '../support/channel-message.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function provider(answering: Answering = { json: { id: 'sms-1' } }) {
  const current = { answering }
  const server = await startAnsweringServer(() => current.answering)
  stops.push(server.stop)
  const sender = createSmsSender({ url: `${server.url}/send`, token: 'sms-token', timeoutMs: 400, now: () => 1_000 })
  const changes: (string | null)[] = []
  let now = 0
  const trouble = createTrouble({ lastsMs: 600_000, onChange: (code) => void changes.push(code) })
  const channel = createSmsChannel({ sender, style: { accents: false, partsMax: 2 }, trouble, now: () => now })
  return { server, sender, channel, changes, current, move: (ms: number) => (now += ms) }
}

const address = { userId: null, phone: '+84905000123', email: null }

describe('letters and parts', () => {
  test('a text of 160 plain letters is one part, of 161 two; with one accent 70 and 71', () => {
    expect(sizeOf('a'.repeat(160))).toEqual({ alphabet: 'gsm7', parts: 1 })
    expect(sizeOf('a'.repeat(161))).toEqual({ alphabet: 'gsm7', parts: 2 })
    expect(sizeOf('a'.repeat(306)).parts).toBe(2)
    expect(sizeOf('a'.repeat(307)).parts).toBe(3)
    expect(sizeOf(`${'a'.repeat(69)}ạ`)).toEqual({ alphabet: 'ucs2', parts: 1 })
    expect(sizeOf(`${'a'.repeat(70)}ạ`)).toEqual({ alphabet: 'ucs2', parts: 2 })
  })

  test('brackets take two places and are never cut in half', () => {
    expect(sizeOf('['.repeat(80)).parts).toBe(1)
    expect(sizeOf('['.repeat(81)).parts).toBe(2)
    expect(sizeOf('['.repeat(152)).parts).toBe(2)
    expect(sizeOf('['.repeat(153)).parts).toBe(3)
  })

  test('words lose their accents and nothing else', () => {
    expect(withoutAccents('Sở Xây dựng Đắk Tô đã trả lời “phản ánh” – xem…')).toBe(
      'So Xay dung Dak To da tra loi "phan anh" - xem...',
    )
    expect(withoutAccents('được 👍 rồi')).toBe('duoc roi')
  })

  test('whatever is written, the result is of the short alphabet', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sizeOf(withoutAccents(text)).alphabet).toBe('gsm7')
      }),
    )
  })

  test('a shortened text fits and keeps its link whole', () => {
    const link = 'https://pakn.example.vn/tra-cuu?code=PAKN.20261123.0001'
    fc.assert(
      fc.property(fc.lorem({ maxCount: 120 }), fc.integer({ min: 1, max: 3 }), (words, partsMax) => {
        const fitted = fitSms(`${words} ${link}`, { partsMax, keep: link })
        expect(sizeOf(fitted).parts).toBeLessThanOrEqual(partsMax)
        expect(fitted).toContain(link)
      }),
    )
  })
})

describe('the provider', () => {
  test('gets the number without its plus, the words without accents, the reference and the key', async () => {
    const { server, channel } = await provider()
    const result = await channel.send(address, channelMessage())
    expect(result).toEqual({ ok: true, messageId: 'sms-1', sentAt: 1_000 })
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]?.headers.authorization).toBe('Bearer sms-token')
    expect(server.asked[0]?.body).toEqual({
      to: '84905000123',
      text: 'PAKN.20261123.0001: da co tra loi. Xem https://pakn.example.vn/tra-cuu?code=PAKN.20261123.0001',
      reference: 'n-0123456789abcdef-1',
    })
  })

  test.each<[string, Answering, object]>([
    ['an answer without an id', { status: 202 }, { ok: true, messageId: '' }],
    ['an id that is a number', { json: { id: 17 } }, { ok: true, messageId: '17' }],
    ['a reference that it has already', { status: 409, json: { id: 'sms-1' } }, { ok: true, messageId: 'sms-1' }],
    ['a wrong key', { status: 401 }, { class: 'admin', code: 'http401' }],
    ['an empty account', { status: 402 }, { class: 'admin', code: 'http402' }],
    ['a bad request', { status: 422 }, { class: 'drop', code: 'http422' }],
    ['too many', { status: 429, headers: { 'retry-after': '7' } }, { class: 'retry', retryAfterMs: 7_000 }],
    ['out of order for now', { status: 503 }, { class: 'retry' }],
    ['a fault after which nobody knows', { status: 500 }, { class: 'ambiguous', code: 'http500' }],
    ['an answer that never comes', 'hang', { class: 'ambiguous' }],
    ['a connection that breaks', 'drop', { class: 'ambiguous' }],
    ['a way to somewhere else', { status: 302, headers: { location: 'http://127.0.0.1/' } }, { class: 'admin' }],
  ])('%s', async (_, answering, expected) => {
    const { sender } = await provider(answering)
    expect(await sender.send({ phone: '+84905000123', text: 'x', reference: 'r' })).toMatchObject(expected)
  })

  test('nobody there: nothing was sent', async () => {
    const sender = createSmsSender({ url: `http://127.0.0.1:${await freePort()}`, token: 't', timeoutMs: 500 })
    expect(await sender.send({ phone: '+84905000123', text: 'x', reference: 'r' })).toMatchObject({ class: 'retry' })
  })

  test('a provider that refuses us is left alone for a while, and believed again once it takes a text', async () => {
    const { channel, changes, current, move } = await provider({ status: 402 })
    await channel.send(address, channelMessage())
    expect(channel.hindrance('N3', address, 0)).toBe('providerRefuses')
    expect(changes).toEqual(['http402'])
    move(600_001)
    expect(channel.hindrance('N3', address, 0)).toBeNull()
    current.answering = { json: { id: 'sms-2' } }
    expect(await channel.send(address, channelMessage())).toMatchObject({ ok: true })
    expect(changes).toEqual(['http402', null])
  })
})

test.each([
  ['+84905000123', null],
  ['+842603797799', 'notMobile'],
  ['+841022', 'notMobile'],
  ['+15551234567', 'notMobile'],
  [null, 'noPhone'],
])('%s can be reached by SMS unless %s', async (phone, hindrance) => {
  const { channel, server } = await provider()
  expect(channel.hindrance('N3', { userId: null, phone, email: null }, 0)).toBe(hindrance)
  if (hindrance !== null) {
    const result = await channel.send({ userId: null, phone, email: null }, channelMessage())
    expect(result).toEqual({ ok: false, class: 'user', code: hindrance })
    expect(server.asked).toEqual([])
  }
})

test('a number of an allotment that is not known yet may be a new mobile one', () => {
  expect(isMobile('+84990000000')).toBe(true)
})
