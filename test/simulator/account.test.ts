import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Citizen } from '../../src/simulator/model.ts'
import { closeServer, listen, type Rig, START, startRig, until } from './support.ts'

let rig: Rig
let citizen: Citizen
beforeEach(async () => {
  rig = await startRig({ ratePerMinute: 1_000 })
  citizen = rig.citizen('Y Hà')
})
afterEach(() => rig.stop())

const data = (path: string, value: unknown) =>
  rig.api('GET', `${path}?data=${encodeURIComponent(JSON.stringify(value))}`)

describe('people', () => {
  test('a person’s details are known once they follow, contact details once they share them', async () => {
    expect((await data('/v3.0/oa/user/detail', { user_id: citizen.id })).json.error).toBe(-213)
    rig.simulator.chats.follow(citizen, 'oa_profile')
    const before = (await data('/v3.0/oa/user/detail', { user_id: citizen.id })).json.data
    expect(before).toMatchObject({
      user_id: citizen.id,
      display_name: 'Y Hà',
      user_is_follower: true,
      user_last_interaction_date: '23/11/2026',
      shared_info: { phone: 0, name: '' },
    })
    const form = { name: 'Y Hà', phone: '0905000123', address: 'Thôn 2', ward: 'Xã Sa Thầy', city: 'Tỉnh Quảng Ngãi' }
    rig.simulator.chats.submitInfo(citizen, undefined, form)
    const after = (await data('/v2.0/oa/getprofile', { user_id: citizen.id })).json.data
    expect(after.shared_info).toMatchObject({ phone: '84905000123', name: 'Y Hà' })
  })

  test('the list counts, filters and refuses too much', async () => {
    rig.simulator.chats.follow(citizen, 'oa_profile')
    rig.simulator.chats.citizenSends(rig.citizen('A Thăng'), { kind: 'text', text: 'alo' })
    const all = (await data('/v3.0/oa/user/getlist', { offset: 0, count: 50 })).json.data
    expect(all).toMatchObject({ total: 2, count: 2, offset: 0 })
    const followers = (await data('/v3.0/oa/user/getlist', { offset: 0, count: 1, is_follower: 'true' })).json.data
    expect(followers).toMatchObject({ total: 1, users: [{ user_id: citizen.id }] })
    expect((await data('/v3.0/oa/user/getlist', { offset: 0, count: 51 })).json.error).toBe(-210)
    expect((await data('/v3.0/oa/user/getlist', { last_interaction_period: 'soon' })).json.error).toBe(-201)
    expect((await data('/v2.0/oa/getfollowers', { offset: 0, count: 5 })).json.data).toMatchObject({ total: 1 })
  })

  test('the profile says which kind of account it is', async () => {
    const profile = (await rig.api('GET', '/v2.0/oa/getoa')).json.data
    expect(profile).toMatchObject({
      oa_id: rig.simulator.credentials.oaId,
      oa_type: 4,
      is_verified: true,
      num_follower: 0,
    })
  })

  test('tags are set, listed, removed and reported', async () => {
    await rig.api('POST', '/v2.0/oa/tag/tagfollower', { user_id: citizen.id, tag_name: 'PAKN' })
    expect((await rig.api('GET', '/v2.0/oa/tag/gettagsofoa')).json.data).toEqual(['PAKN'])
    await rig.api('POST', '/v2.0/oa/tag/rmtag', { tag_name: 'PAKN' })
    expect((await rig.api('GET', '/v2.0/oa/tag/gettagsofoa')).json.data).toEqual([])
    await rig.simulator.idle()
    expect(rig.receiver.names()).toContain('add_user_to_tag')
  })
})

describe('conversations', () => {
  test('a chat is read newest first, ten lines at most, with the shapes of the platform', async () => {
    const said = rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'alo' })
    rig.clock.advance(1000)
    const reply = await rig.api('POST', '/v2.0/oa/message', {
      recipient: { user_id: citizen.id },
      message: { text: 'Dạ' },
    })
    const lines = (await data('/v2.0/oa/conversation', { user_id: citizen.id, offset: 0, count: 10 })).json.data
    expect(lines).toMatchObject([
      {
        src: 0,
        time: START + 1000,
        type: 'text',
        message: 'Dạ',
        message_id: reply.json.data.message_id,
        to_id: citizen.id,
      },
      {
        src: 1,
        time: START,
        type: 'text',
        message: 'alo',
        message_id: said.id,
        from_id: citizen.id,
        from_display_name: 'Y Hà',
      },
    ])
    expect((await data('/v2.0/oa/conversation', { user_id: citizen.id, offset: 1, count: 10 })).json.data).toHaveLength(
      1,
    )
    expect((await data('/v2.0/oa/conversation', { user_id: citizen.id, offset: 0, count: 11 })).json.error).toBe(-210)
    expect((await data('/v2.0/oa/listrecentchat', { offset: 0, count: 10 })).json.data).toHaveLength(1)
  })
})

describe('articles and broadcasts', () => {
  const article = {
    type: 'normal',
    title: 'Lịch tiếp công dân',
    author: 'UBND tỉnh',
    cover: { cover_type: 'photo', photo_url: 'https://example.vn/bia.jpg', status: 'show' },
    description: 'Tháng 12',
    body: [{ type: 'text', content: '<p>…</p>' }],
    status: 'show',
  }
  const broadcast = (id: unknown) =>
    rig.api('POST', '/v2.0/oa/message', {
      recipient: { target: { gender: '0' } },
      message: {
        attachment: {
          type: 'template',
          payload: { template_type: 'media', elements: [{ media_type: 'article', attachment_id: id }] },
        },
      },
    })

  async function published(): Promise<unknown> {
    const { token } = (await rig.api('POST', '/v2.0/article/create', article)).json.data
    expect((await rig.api('POST', '/v2.0/article/verify', { token })).json.error).toBe(-214)
    rig.clock.advance(2_000)
    return (await rig.api('POST', '/v2.0/article/verify', { token })).json.data.id
  }

  test('an article is ready a while after it was asked for, and reaches followers only', async () => {
    rig.simulator.chats.follow(citizen, 'oa_profile')
    const id = await published()
    expect((await rig.api('GET', '/v2.0/article/getslice?offset=0&limit=10&type=normal')).json.data).toMatchObject({
      total: 1,
    })
    expect((await rig.api('GET', '/v2.0/article/getslice?data=%7B%7D')).json.error).toBe(-201)
    expect((await broadcast(id)).json.data).toEqual({ message_id: expect.any(String) })
    expect(rig.simulator.state.messages[citizen.id]?.at(-1)).toMatchObject({
      kind: 'article',
      text: 'Lịch tiếp công dân',
    })
    expect(rig.simulator.state.messages[rig.citizen('A Thăng').id]).toEqual([])
    expect((await rig.api('POST', '/v2.0/article/remove', { id })).json.error).toBe(0)
    expect((await broadcast(id)).json.error).toBe(-201)
  })

  test('nothing is broadcast between ten at night and six in the morning', async () => {
    const id = await published()
    rig.clock.advance(Date.parse('2026-11-23T22:00:00+07:00') - rig.clock.now())
    expect((await broadcast(id)).json.error).toBe(-234)
    rig.clock.advance(8 * 3_600_000)
    expect((await broadcast(id)).json.error).toBe(0)
  })

  test('a title over 150 characters is refused', async () => {
    expect((await rig.api('POST', '/v2.0/article/create', { ...article, title: 'a'.repeat(151) })).json.error).toBe(
      -210,
    )
  })
})

describe('templates', () => {
  const template = {
    phone: '84905000123',
    template_id: '418233',
    template_data: { ma_pa: 'PAKN.20261123.0001' },
    tracking_id: 'n1',
  }

  test('a template by phone reaches the citizen and its receipt names the phone', async () => {
    const answer = await rig.api('POST', '/message/template', template)
    expect(answer.json.data).toMatchObject({ msg_id: expect.any(String), sent_time: String(START), sending_mode: '1' })
    await rig.simulator.idle()
    const receipt = rig.receiver.received.find((event) => event.headers['x-zevent-server'] === 'ZNS')
    expect(receipt?.body).toMatchObject({
      event_name: 'user_received_message',
      recipient: { id: '84905000123' },
      message: { msg_id: answer.json.data.msg_id, tracking_id: 'n1', delivery_time: String(START) },
    })
    const status = await rig.api('GET', `/message/status?message_id=${answer.json.data.msg_id}`)
    expect(status.json.data).toMatchObject({ status: 1 })
  })

  test('a template by user id needs no window', async () => {
    const answer = await rig.api('POST', '/v3.0/oa/message/template', {
      user_id: citizen.id,
      template_id: '418233',
      template_data: { ma_pa: 'x' },
    })
    expect(answer.json.data).toMatchObject({ user_id: citizen.id })
    expect(rig.simulator.state.messages[citizen.id]?.at(-1)?.kind).toBe('template')
  })

  test.each([
    ['a bad number', { phone: '12' }, -108],
    ['a number without Zalo', { phone: '84905999999' }, -118],
    ['no values', { template_data: undefined }, -111],
    ['a value that is no text', { template_data: { n: 5 } }, -1124],
  ])('%s is refused with its own number', async (_, change, code) => {
    expect((await rig.api('POST', '/message/template', { ...template, ...change })).json.error).toBe(code)
  })

  test('a dead token has another number here', async () => {
    expect((await rig.api('POST', '/message/template', template, { access_token: 'x' })).json.error).toBe(-124)
  })
})

test('a picture named by its address is fetched for the phone; what is no picture stays an address', async () => {
  rig.simulator.chats.citizenSends(citizen, { kind: 'text', text: 'alo' })
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
  const host = createServer((req, res) => res.end(req.url === '/anh.png' ? png : '<svg/>'))
  const origin = await listen(host)
  const send = (url: string) =>
    rig.api('POST', '/v2.0/oa/message', {
      recipient: { user_id: citizen.id },
      message: {
        attachment: { type: 'template', payload: { template_type: 'media', elements: [{ media_type: 'image', url }] } },
      },
    })
  const shown = (id: unknown) => rig.simulator.state.messages[citizen.id]?.find((message) => message.id === id)
  const drawing = (await send(`${origin}/anh.svg`)).json.data.message_id
  const photo = (await send(`${origin}/anh.png`)).json.data.message_id
  await until(() => shown(photo)?.media !== undefined)
  const response = await fetch(`${rig.page}media/${shown(photo)?.media?.id}`)
  expect(Buffer.from(await response.arrayBuffer())).toEqual(png)
  expect(shown(drawing)?.media).toBeUndefined()
  await closeServer(host)
})
