import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen } from '../../src/simulator/model.ts'
import { writeOddJson } from '../../src/simulator/odd-json.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { signEvent } from '../../src/simulator/webhook.ts'
import { messageOf, type Received, type Rig, START, startRig, text, until } from './support.ts'

let rig: Rig
let citizen: Citizen
beforeEach(async () => {
  rig = await startRig()
  citizen = rig.citizen('Y Hà')
})
afterEach(() => rig.stop())

const say = (words: string, who = citizen) => rig.simulator.chats.citizenSends(who, { kind: 'text', text: words })
const answer = (words: string) => rig.api('POST', '/v2.0/oa/message', text(citizen.id, words))
const events = (name: string): Received[] => rig.receiver.received.filter((event) => event.body.event_name === name)

function isSigned(event: Received, key = rig.simulator.credentials.oaSecretKey): boolean {
  const { appId } = rig.simulator.credentials
  const hash = createHash('sha256')
    .update(appId + event.raw + String(event.body.timestamp) + key)
    .digest('hex')
  return event.headers['x-zevent-signature'] === `mac=${hash}`
}

describe('signature', () => {
  test('the documented sample comes out', () => {
    const rawBody = '{"event_name":"follow","app_id":"2087416339520788115","timestamp":"1790658123456"}'
    const mac = signEvent({
      appId: '2087416339520788115',
      rawBody,
      timestamp: '1790658123456',
      key: 'oa-secret-for-tests',
    })
    expect(mac).toBe('mac=8248bf3d5254e7778f007fe6dd229468be863f930b79450cd7d380389e357f2e')
  })

  test('every event is signed over its exact bytes, in whatever spelling', async () => {
    for (let i = 0; i < 30; i += 1) say(`Đường hỏng / ngõ ${i} "gấp" \u{1f6a7}\n`)
    await rig.simulator.idle()
    expect(rig.receiver.received).toHaveLength(30)
    expect(rig.receiver.received.every((event) => isSigned(event))).toBe(true)
    const respelled = rig.receiver.received.filter((event) => event.raw !== JSON.stringify(event.body))
    expect(respelled.length).toBeGreaterThan(5)
  })

  test('a spelling never changes the value', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, seed) => {
        const value: unknown = JSON.parse(json)
        expect(JSON.parse(writeOddJson(value, createRandom(seed)))).toEqual(value)
      }),
    )
  })
})

describe('what is told', () => {
  test('a text has the documented envelope', async () => {
    const message = say('Đèn đường hỏng')
    await rig.simulator.idle()
    expect(rig.receiver.received[0]?.body).toEqual({
      app_id: rig.simulator.credentials.appId,
      sender: { id: citizen.id },
      user_id_by_app: citizen.userIdByApp,
      recipient: { id: rig.simulator.credentials.oaId },
      event_name: 'user_send_text',
      message: { text: 'Đèn đường hỏng', msg_id: message.id },
      timestamp: String(START),
    })
    expect(citizen.id).toMatch(/^[1-9]\d{18}$/)
  })

  test('a send is echoed, then received; seen comes when the phone shows it, once', async () => {
    say('alo')
    await rig.simulator.idle()
    const id = String((await answer('Dạ')).json.data.message_id)
    await rig.simulator.idle()
    expect(rig.receiver.names()).toEqual(['user_send_text', 'oa_send_text', 'user_received_message'])
    const [echo] = events('oa_send_text')
    expect(echo?.body).toMatchObject({ recipient: { id: citizen.id }, message: { text: 'Dạ', msg_id: id } })
    expect(echo?.body.sender).toEqual({ id: rig.simulator.credentials.oaId })
    await rig.act(`citizens/${citizen.id}/seen`, { messageIds: [id] })
    await rig.act(`citizens/${citizen.id}/seen`, { messageIds: [id] })
    await rig.simulator.idle()
    expect(events('user_seen_message').map((event) => event.body.message)).toEqual([{ msg_ids: [id] }])
  })

  test('an officer’s words carry admin_id and are not reported as seen', async () => {
    await rig.act(`citizens/${citizen.id}/officer`, { text: 'Tôi là Hạnh' })
    const message = rig.simulator.state.messages[citizen.id]?.at(-1)
    await rig.act(`citizens/${citizen.id}/seen`, { messageIds: [message?.id] })
    await rig.simulator.idle()
    expect(events('oa_send_text')[0]?.body.sender).toEqual({
      id: rig.simulator.credentials.oaId,
      admin_id: expect.stringMatching(/^88\d+$/),
    })
    expect(events('user_seen_message')).toEqual([])
  })

  test('a phone that is off receives when it is on again', async () => {
    say('alo')
    await rig.act(`citizens/${citizen.id}/offline`)
    await answer('Dạ')
    await rig.simulator.idle()
    expect(events('user_received_message')).toEqual([])
    await rig.act(`citizens/${citizen.id}/online`)
    await rig.simulator.idle()
    expect(events('user_received_message')).toHaveLength(1)
  })

  test('a tap sends the payload as a text, a shared form makes two events', async () => {
    say('alo')
    const buttons = [
      { title: 'Tra cứu', type: 'oa.query.hide', payload: '#tracuu' },
      { title: 'Gửi', type: 'oa.query.show', payload: 'Gửi phản ánh' },
    ]
    const sent = await rig.api('POST', '/v2.0/oa/message', {
      recipient: { user_id: citizen.id },
      message: { text: 'Chọn', attachment: { type: 'template', payload: { buttons } } },
    })
    const messageId = sent.json.data.message_id
    await rig.act(`citizens/${citizen.id}/tap`, { messageId, button: 0 })
    await rig.act(`citizens/${citizen.id}/tap`, { messageId, button: 1 })
    expect((await rig.act(`citizens/${citizen.id}/tap`, { messageId, button: 2 })).status).toBe(404)
    await rig.act(`citizens/${citizen.id}/submit-info`, { name: 'Y Hà', phone: '0905 000 123', ward: 'Xã Sa Thầy' })
    await rig.simulator.idle()
    const texts = events('user_send_text').map((event) => messageOf(event).text)
    expect(texts).toEqual(['alo', '#tracuu', 'Gửi phản ánh', 'Bạn đã gởi thông tin cho OA'])
    const info = events('user_submit_info')[0]?.body
    expect(info).not.toHaveProperty('message')
    expect(info?.info).toMatchObject({ phone: '84905000123', full_address: { user_ward: 'Xã Sa Thầy' } })
    const shown = (await (await fetch(`${rig.page}api/citizens/${citizen.id}/messages`)).json()) as {
      messages: { text: string }[]
    }
    expect(shown.messages.map((message) => message.text)).not.toContain('#tracuu')
  })

  test('places, stickers, cards, voices, links, reactions and following have their own events', async () => {
    const path = `citizens/${citizen.id}`
    await rig.act(`${path}/follow`)
    await rig.act(`${path}/messages`, { kind: 'location', latitude: 14.4117, longitude: 107.7925 })
    await rig.act(`${path}/messages`, { kind: 'sticker', sticker: 'like' })
    await rig.act(`${path}/messages`, { kind: 'businessCard', name: 'Trần Văn Thử', phone: '0988000321' })
    await rig.act(`${path}/messages`, { kind: 'voice' })
    await rig.act(`${path}/messages`, { kind: 'link', url: 'https://example.vn/tin', text: 'https://example.vn/tin' })
    const id = (await answer('Dạ')).json.data.message_id
    await rig.act(`${path}/react`, { messageId: id, icon: '/-heart' })
    await rig.act(`${path}/unfollow`)
    await rig.act(`${path}/withdraw`)
    await rig.simulator.idle()
    const payload = (name: string) => messageOf(events(name)[0]).attachments?.[0]
    expect(payload('user_send_location')).toEqual({
      type: 'location',
      payload: { coordinates: { latitude: '14.4117', longitude: '107.7925' } },
    })
    expect(payload('user_send_sticker')?.payload.id).toBe('like')
    const card = payload('user_send_business_card')
    expect([card?.type, JSON.parse(String(card?.payload.description))]).toMatchObject([
      'link',
      { phone: '84988000321' },
    ])
    const voice = await fetch(String(payload('user_send_audio')?.payload.url))
    expect((await voice.text()).startsWith('#!AMR\n')).toBe(true)
    expect(payload('user_send_audio')?.payload.url).toMatch(/\.amr$/)
    expect(payload('user_send_link')?.payload.url).toBe('https://example.vn/tin')
    expect(events('user_reacted_message')[0]?.body.message).toEqual({ msg_id: id, react_icon: '/-heart' })
    expect(events('follow')[0]?.body).toMatchObject({ follower: { id: citizen.id }, source: 'oa_profile' })
    expect(events('unfollow')).toHaveLength(1)
    expect(events('user_withdraw')[0]?.body.user_id).toBe(citizen.id)
  })

  test('an album is one event per picture, a file has name, size and MD5; links end after seven days', async () => {
    const form = new FormData()
    const jpeg = Buffer.from('ffd8ffe000104a464946', 'hex')
    form.append('text', 'ổ gà')
    form.append('file', new Blob([jpeg]), 'a.jpg')
    form.append('file', new Blob([jpeg]), 'b.jpg')
    form.append('file', new Blob(['%PDF-1.4']), 'Đơn.pdf')
    const posted = await fetch(`${rig.page}api/citizens/${citizen.id}/media`, {
      method: 'POST',
      headers: { 'x-simulator': '1' },
      body: form,
    })
    expect(posted.status).toBe(201)
    await rig.simulator.idle()
    expect(events('user_send_image').map((event) => messageOf(event).text)).toEqual(['ổ gà', ''])
    const file = messageOf(events('user_send_file')[0]).attachments?.[0]?.payload
    expect(file).toMatchObject({
      name: 'Đơn.pdf',
      size: '8',
      type: 'pdf',
      checksum: createHash('md5').update('%PDF-1.4').digest('hex'),
    })
    const url = String(file?.url)
    expect(url.startsWith(`http://${rig.simulator.mediaHost}/media/`)).toBe(true)
    expect(await (await fetch(url)).text()).toBe('%PDF-1.4')
    rig.clock.advance(7 * 86_400_000)
    expect((await fetch(url)).status).toBe(404)
  })
})

describe('retry', () => {
  test('a closed door is tried again after 30 s, 5, 15, 30 and 60 minutes, with num_retry; then the app is cut off', async () => {
    rig.receiver.answerWith('drop')
    say('alo')
    await until(() => rig.receiver.received.length === 1)
    for (const [index, seconds] of [30, 300, 900, 1800, 3600].entries()) {
      await until(() => rig.simulator.state.deliveries[0]?.attempt === index + 1)
      rig.clock.advance(seconds * 1000 - 1)
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(rig.receiver.received).toHaveLength(index + 1)
      rig.clock.advance(1)
      await until(() => rig.receiver.received.length === index + 2)
    }
    expect(rig.receiver.received.map((event) => event.headers.num_retry)).toEqual([undefined, '1', '2', '3', '4', '5'])
    expect(new Set(rig.receiver.received.map((event) => event.raw)).size).toBe(1)
    await until(() => !rig.simulator.state.subscribed)
    say('mất')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(rig.receiver.received).toHaveLength(6)
    rig.receiver.answerWith(200)
    await rig.act('webhook/resubscribe')
    say('lại đây')
    await rig.simulator.idle()
    expect(rig.receiver.received).toHaveLength(7)
  }, 15_000)

  test('an answer of 503 and one that is too late are repeated, 401 is not', async () => {
    rig.receiver.answerWith(401)
    say('a')
    await rig.simulator.idle()
    expect(rig.receiver.received).toHaveLength(1)
    rig.receiver.answerWith(503)
    say('b')
    await until(() => rig.receiver.received.length === 2 && rig.simulator.state.deliveries[0]?.attempt === 1)
    rig.receiver.answerWith('hang')
    await rig.act('webhook/deliver-now')
    await until(() => rig.simulator.state.deliveries[0]?.attempt === 2)
    rig.receiver.answerWith(200)
    await rig.act('webhook/deliver-now')
    await rig.simulator.idle()
    expect(rig.receiver.received.map((event) => messageOf(event).text)).toEqual(['a', 'b', 'b', 'b'])
  })

  test('a waiting retry holds back neither later words nor other people', async () => {
    rig.receiver.answerWith('drop')
    say('một')
    await until(() => rig.simulator.state.deliveries[0]?.attempt === 1)
    rig.receiver.answerWith(200)
    say('hai')
    say('ba', rig.citizen('A Thăng'))
    await until(() => rig.receiver.received.length === 3 && rig.simulator.state.deliveries.length === 1)
    expect(messageOf(rig.receiver.received[0]).text).toBe('một')
  })
})

describe('faults on the way', () => {
  const fault = (fields: Record<string, unknown>) => rig.act('webhook-faults', fields)

  test('twice, with the same bytes', async () => {
    await fault({ duplicate: true })
    say('alo')
    await rig.simulator.idle()
    expect(rig.receiver.received).toHaveLength(2)
    expect(rig.receiver.received[0]?.raw).toBe(rig.receiver.received[1]?.raw)
  })

  test('in another order', async () => {
    await fault({ reorder: true, everyNth: 2 })
    say('một')
    await rig.simulator.idle()
    say('hai')
    say('ba')
    await until(() => rig.receiver.received.length === 2)
    rig.clock.advance(2_000)
    await rig.simulator.idle()
    expect(rig.receiver.received.map((event) => messageOf(event).text)).toEqual(['một', 'ba', 'hai'])
  })

  test('late, lost, or under another key', async () => {
    await fault({ delaySeconds: 60 })
    say('chậm')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(rig.receiver.received).toEqual([])
    rig.clock.advance(60_000)
    await rig.simulator.idle()
    await fault({ delaySeconds: 0, lost: true })
    say('mất')
    await fault({ lost: false, wrongKey: true })
    say('khóa sai')
    await rig.simulator.idle()
    expect(rig.receiver.received.map((event) => isSigned(event))).toEqual([true, false])
    expect(isSigned(rig.receiver.received[1] as Received, `${rig.simulator.credentials.oaSecretKey}-cu`)).toBe(true)
  })

  test('the console’s check is unsigned and empty', async () => {
    await rig.act('webhook/probe')
    expect(rig.receiver.received).toMatchObject([{ raw: '{}', body: {} }])
    expect(rig.receiver.received[0]?.headers).not.toHaveProperty('x-zevent-signature')
  })

  test('answered events can be sent again', async () => {
    say('một')
    say('hai')
    await rig.simulator.idle()
    await rig.act('webhook/repeat')
    await rig.simulator.idle()
    expect(rig.receiver.received).toHaveLength(4)
  })
})
