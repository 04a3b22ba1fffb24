import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen } from '../../src/simulator/model.ts'
import { type ApiResult, type Rig, START, startRig, text } from './support.ts'

const V2 = '/v2.0/oa/message'
const V3 = '/v3.0/oa/message/cs'
const HOUR = 3_600_000

let rig: Rig
let citizen: Citizen
beforeEach(async () => {
  rig = await startRig({ account: { type: 2 }, ratePerMinute: 1_000 })
  citizen = rig.citizen('Y Hà')
  rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'alo' })
})
afterEach(() => rig.stop())

const send = (message: unknown, path = V3): Promise<ApiResult> =>
  rig.api('POST', path, { recipient: { user_id: citizen.id }, message })
const shown = () => rig.simulator.state.messages[citizen.id]?.at(-1)
const buttons = (...list: unknown[]) => ({ text: 'Chọn', attachment: { type: 'template', payload: { buttons: list } } })
const query = { title: 'Tra cứu', type: 'oa.query.hide', payload: '#tracuu' }

describe('which path an account takes', () => {
  test('a business refuses v2, a state agency refuses v3, both with HTTP 200', async () => {
    expect((await send({ text: 'a' }, V2)).json.error).toBe(-240)
    expect((await send({ text: 'a' })).json.error).toBe(0)
    await rig.act('account', { type: 4 })
    expect((await send({ text: 'a' })).json.error).toBe(-235)
    const older = await send({ text: 'b' }, V2)
    expect(older.json).toEqual({ error: 0, message: 'Success', data: { message_id: shown()?.id, user_id: citizen.id } })
    expect(older.status).toBe(200)
  })

  test('a v3 answer carries time and quota as text', async () => {
    const { data } = (await send({ text: 'a' })).json
    expect(data).toMatchObject({
      user_id: citizen.id,
      sent_time: String(START),
      quota: { quota_type: 'reply', owner_type: 'OA' },
    })
  })

  test('v2 also answers a message by its id', async () => {
    await rig.act('account', { type: 4 })
    const answered = rig.simulator.state.messages[citizen.id]?.[0]?.id
    const answer = await rig.api('POST', V2, { recipient: { message_id: answered }, message: { text: 'đây' } })
    expect(answer.json.data).toMatchObject({ user_id: citizen.id })
  })
})

describe('what a message may be', () => {
  test('2,000 characters are taken, one more is not; characters are code points', async () => {
    expect((await send({ text: '😀'.repeat(2000) })).json.error).toBe(0)
    expect((await send({ text: 'a'.repeat(2001) })).json.error).toBe(-210)
  })

  test.each([
    ['no text', {}],
    ['blank text', { text: ' \n' }],
    ['text that is a number', { text: 5 }],
    ['an unknown quote', { text: 'a', quote_message_id: 'ffff' }],
    ['six of nothing', buttons({})],
    ['a button of a retired type', buttons({ title: 'x', type: 'oa.open.share', payload: 'x' })],
    [
      'a phone button with a local number',
      buttons({ title: 'x', type: 'oa.open.phone', payload: { phone_code: '1022' } }),
    ],
    ['an unknown upload', { attachment: { type: 'file', payload: { token: 'none' } } }],
  ])('%s is -201', async (_, message) => {
    expect((await send(message)).json.error).toBe(-201)
    expect(shown()?.from).toBe('citizen')
  })

  test('at most five buttons with bounded titles and payloads', async () => {
    expect((await send(buttons(query, query, query, query, query))).json.error).toBe(0)
    expect(shown()?.buttons).toHaveLength(5)
    expect((await send(buttons(query, query, query, query, query, query))).json.error).toBe(-210)
    expect((await send(buttons({ ...query, title: 'a'.repeat(101) }))).json.error).toBe(-210)
    expect((await send(buttons({ ...query, payload: 'a'.repeat(1001) }))).json.error).toBe(-210)
  })

  test('an account that knows no buttons says -233', async () => {
    await rig.act('account', { buttonsRefused: true })
    expect((await send(buttons(query))).json.error).toBe(-233)
    expect((await send({ text: 'Chọn: 1. Tra cứu' })).json.error).toBe(0)
  })

  test('a quote, a request for details and a sticker are shown', async () => {
    const first = String((await send({ text: 'a' })).json.data.message_id)
    await send({ text: 'b', quote_message_id: first })
    expect(shown()?.quoteId).toBe(first)
    const element = { title: 'Số điện thoại', subtitle: 'Để liên hệ', image_url: 'http://127.0.0.1:1/a.png' }
    const request = {
      attachment: { type: 'template', payload: { template_type: 'request_user_info', elements: [element] } },
    }
    expect((await send(request)).json.error).toBe(0)
    expect(shown()?.info?.title).toBe('Số điện thoại')
    const sticker = { media_type: 'sticker', attachment_id: 'like' }
    const media = { attachment: { type: 'template', payload: { template_type: 'media', elements: [sticker] } } }
    expect((await send(media)).json.error).toBe(0)
    expect((await send({ ...media, text: 'x' })).json.error).toBe(-201)
  })

  test('an unknown person, a malformed body and a missing recipient are -201', async () => {
    expect((await rig.api('POST', V3, text('123', 'a'))).json.error).toBe(-201)
    expect((await rig.api('POST', V3, { message: { text: 'a' } })).json.error).toBe(-201)
    const raw = await fetch(rig.simulator.openApiUrl + V3, {
      method: 'POST',
      headers: { access_token: rig.simulator.state.grant.accessToken },
      body: '{"recipient":',
    })
    expect([raw.status, ((await raw.json()) as { error: number }).error]).toEqual([200, -201])
  })
})

describe('windows and limits', () => {
  test('48 hours free, then the package, after seven days -230, and a word from the citizen opens it again', async () => {
    // Tokens end sooner than windows.
    rig.simulator.state.grant.accessTokenExpiresAt = START + 30 * 24 * HOUR
    rig.clock.advance(48 * HOUR)
    expect((await send({ text: 'a' })).json.data.quota).toMatchObject({ quota_type: 'reply' })
    rig.clock.advance(1)
    expect((await send({ text: 'a' })).json.data.quota).toMatchObject({ quota_type: 'sub_quota', remain: '499' })
    rig.clock.advance(5 * 24 * HOUR)
    expect((await send({ text: 'a' })).json.error).toBe(-230)
    rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'alo' })
    expect((await send({ text: 'a' })).json.error).toBe(0)
  })

  test('someone who never wrote is -232; following opens the window', async () => {
    citizen = rig.citizen('A Thăng')
    expect((await send({ text: 'a' })).json.error).toBe(-232)
    rig.simulator.chats.follow(citizen, 'oa_profile')
    expect((await send({ text: 'a' })).json.error).toBe(0)
  })

  test('the minute’s limit is told in headers and ends in -32 until the next minute', async () => {
    await rig.act('account', { ratePerMinute: 2 })
    const first = await send({ text: 'a' })
    expect([first.headers.get('x-ratelimit-limit'), first.headers.get('x-ratelimit-remain')]).toEqual(['2', '1'])
    await send({ text: 'a' })
    expect((await send({ text: 'a' })).json.error).toBe(-32)
    rig.clock.advance(60_000)
    expect((await send({ text: 'a' })).json.error).toBe(0)
  })
})

describe('uploads', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const upload = (kind: string, bytes: Uint8Array<ArrayBuffer>, name: string) => {
    const form = new FormData()
    form.append('file', new Blob([bytes]), name)
    return rig.api('POST', `/v2.0/oa/upload/${kind}`, form)
  }

  test('a picture is sent by its id for seven days, then -100', async () => {
    const id = (await upload('image', png, 'anh.png')).json.data.attachment_id
    const message = {
      text: 'Ảnh',
      attachment: {
        type: 'template',
        payload: { template_type: 'media', elements: [{ media_type: 'image', attachment_id: id }] },
      },
    }
    expect((await send(message)).json.error).toBe(0)
    expect(shown()).toMatchObject({ kind: 'image', text: 'Ảnh', media: { name: 'anh.png', mediaType: 'image/png' } })
    rig.clock.advance(6.5 * 24 * HOUR)
    rig.simulator.state.grant.accessTokenExpiresAt = START + 30 * 24 * HOUR
    expect((await send(message)).json.error).toBe(0)
    rig.clock.advance(0.5 * 24 * HOUR)
    rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'alo' })
    expect((await send(message)).json.error).toBe(-100)
  })

  test('a file is sent by its token; its name may be Vietnamese', async () => {
    const { token } = (await upload('file', Buffer.from('%PDF-1.4'), 'Đơn kiến nghị.pdf')).json.data
    expect((await send({ attachment: { type: 'file', payload: { token } } })).json.error).toBe(0)
    expect(shown()?.media?.name).toBe('Đơn kiến nghị.pdf')
  })

  test('what is too big or of another type is refused', async () => {
    expect((await upload('image', Buffer.concat([png, Buffer.alloc(1_048_577)]), 'a.png')).json.error).toBe(-210)
    expect((await upload('image', Buffer.from('GIF89a'), 'a.png')).json.error).toBe(-201)
    expect((await upload('file', Buffer.from('MZ'), 'a.exe')).json.error).toBe(-201)
  })
})

describe('faults', () => {
  const count = () => rig.simulator.state.messages[citizen.id]?.length

  test('a refusal that was delivered, and one that was not', async () => {
    await rig.act('faults', { kind: 'failed', strikesLeft: 1 })
    expect((await send({ text: 'a' })).json.error).toBe(-200)
    expect(count()).toBe(1)
    await rig.act('faults', { kind: 'failedDelivered', strikesLeft: 1 })
    expect((await send({ text: 'a' })).json.error).toBe(-200)
    expect(count()).toBe(2)
    expect((await send({ text: 'a' })).json.error).toBe(0)
  })

  test('a page of a gateway, a cut connection, and silence after delivery', async () => {
    await rig.act('faults', { kind: 'html502', strikesLeft: 1 })
    await expect(send({ text: 'a' })).rejects.toThrow(SyntaxError)
    await rig.act('faults', { kind: 'reset', strikesLeft: 1 })
    await expect(send({ text: 'a' })).rejects.toThrow('fetch failed')
    expect(count()).toBe(1)
    await rig.act('faults', { kind: 'timeoutDelivered', strikesLeft: 1 })
    const { accessToken } = rig.simulator.state.grant
    const silent = fetch(rig.simulator.openApiUrl + V3, {
      method: 'POST',
      headers: { access_token: accessToken },
      body: JSON.stringify(text(citizen.id, 'a')),
      signal: AbortSignal.timeout(150),
    })
    await expect(silent).rejects.toThrow()
    expect(count()).toBe(2)
  })

  test('every n-th call of one citizen, other citizens and other calls untouched', async () => {
    await rig.act('faults', { kind: 'code', code: -244, citizenId: citizen.id, everyNth: 2 })
    const codes = []
    for (let i = 0; i < 4; i += 1) codes.push((await send({ text: 'a' })).json.error)
    expect(codes).toEqual([0, -244, 0, -244])
    expect((await rig.api('GET', '/v2.0/oa/getoa')).json.error).toBe(0)
  })

  test('a killed token is -216 until it is refreshed', async () => {
    await rig.act('faults', { kind: 'tokenKilled', scope: 'all', strikesLeft: 1 })
    expect((await send({ text: 'a' })).json.error).toBe(-216)
    expect((await send({ text: 'a' })).json.error).toBe(0)
  })

  test('a slow answer is late and right', async () => {
    await rig.act('faults', { kind: 'slow', delaySeconds: 0.2, strikesLeft: 1 })
    const startedAt = performance.now()
    expect((await send({ text: 'a' })).json.error).toBe(0)
    expect(performance.now() - startedAt).toBeGreaterThan(180)
  })

  test('a fault that makes no sense is refused', async () => {
    expect((await rig.act('faults', { kind: 'earthquake' })).status).toBe(422)
    expect((await rig.act('faults', { kind: 'failed', everyNth: 0 })).status).toBe(422)
  })
})
