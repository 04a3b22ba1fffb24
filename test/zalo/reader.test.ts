import { afterEach, describe, expect, test } from 'vitest'
import { multipartOf } from '../../src/zalo/multipart.ts'
import { type FakeZalo, type FakeZaloOptions, startFakeZalo } from '../support/fake-zalo.ts'
import { createTestClient } from '../support/zalo-client.ts'

const userId = '7719402268835146093'

let zalo: FakeZalo
let rig: ReturnType<typeof createTestClient>

async function start(options: FakeZaloOptions = {}, more: Parameters<typeof createTestClient>[1] = {}): Promise<void> {
  zalo = await startFakeZalo(options)
  rig = createTestClient(zalo, more)
}

afterEach(async () => {
  rig.transport.close()
  await zalo.stop()
})

function answer(path: string, data: unknown): void {
  zalo.fail({ mode: 'answer', status: 200, body: JSON.stringify({ error: 0, message: 'Success', data }) }, { path })
}

describe("the platform's record of a chat", () => {
  test('shows what was sent, newest first, in pages', async () => {
    await start()
    for (const words of ['một', 'hai', 'ba']) await rig.client.send(userId, { type: 'text', text: words, buttons: [] })
    const lines = await rig.client.chat(userId, { offset: 0, count: 10 })
    expect(lines.map((line) => line.messageId).sort()).toEqual(zalo.delivered.map((item) => item.messageId).sort())
    expect(lines[0]).toEqual({
      messageId: expect.any(String),
      fromCitizen: false,
      at: expect.any(Number),
      type: 'text',
      text: expect.any(String),
    })
    expect(await rig.client.chat(userId, { offset: 2, count: 50 })).toHaveLength(1)
    const call = zalo.calls.at(-1)
    expect(call).toMatchObject({
      method: 'GET',
      route: '/v2.0/oa/conversation',
      body: { user_id: userId, offset: 2, count: 10 },
    })
    expect(call?.path).toBe(`/v2.0/oa/conversation?data=${encodeURIComponent(JSON.stringify(call?.body))}`)
  })

  test('is read whatever is number and whatever is text, and sorted by time', async () => {
    await start()
    answer('conversation', [
      { src: 1, time: 5, type: 'photo', message_id: 'a', from_id: userId, to_id: '4' },
      { src: '0', time: '9', type: 'text', message: 'x', message_id: 'b', from_id: '4', to_id: userId },
      null,
    ])
    expect(await rig.client.chat(userId, { offset: 0, count: 10 })).toEqual([
      { messageId: 'b', fromCitizen: false, at: 9, type: 'text', text: 'x' },
      { messageId: 'a', fromCitizen: true, at: 5, type: 'photo', text: '' },
    ])
  })

  test('of everybody names the citizen of each line', async () => {
    await start()
    const raw = `{"error":0,"data":[{"src":1,"time":2,"from_id":${userId},"to_id":4,"message_id":"a"},{"src":0,"time":1,"from_id":4,"to_id":${userId},"message_id":"b"}]}`
    zalo.fail({ mode: 'answer', status: 200, body: raw }, { path: 'listrecentchat' })
    const lines = await rig.client.recentChats({ offset: 0, count: 10 })
    expect(lines.map((line) => [line.userId, line.fromCitizen])).toEqual([
      [userId, true],
      [userId, false],
    ])
  })

  test.each([
    ['a refusal', { mode: 'error', code: -213 } as const, { code: 'zalo_refused', zaloCode: '-213' }],
    ['silence', { mode: 'timeout' } as const, { code: 'zalo_unreachable' }],
    ['a gateway page', { mode: 'html502' } as const, { code: 'zalo_unreadable' }],
    ['no list', { mode: 'answer', status: 200, body: '{"error":0,"data":{}}' } as const, { code: 'zalo_unreadable' }],
  ])('cannot be read after %s', async (_name, fault, expected) => {
    await start({}, { timeoutMs: fault.mode === 'timeout' ? 300 : 3_000 })
    zalo.fail(fault, { path: 'conversation' })
    await expect(rig.client.chat(userId, { offset: 0, count: 10 })).rejects.toMatchObject(expected)
  })
})

describe('the account', () => {
  test.each([false, true])('tells its type and package (odd types: %s)', async (oddTypes) => {
    await start({ paths: 'v2', oddTypes })
    expect(await rig.client.account()).toEqual({
      oaId: zalo.account.oaId,
      name: 'PAKN Tỉnh Mẫu',
      type: 4,
      isVerified: true,
      packageName: 'Tăng trưởng',
      packageValidThrough: '31/12/2026',
      followers: 1204,
    })
  })

  test('without an id is unreadable', async () => {
    await start()
    answer('getoa', { name: 'x' })
    await expect(rig.client.account()).rejects.toMatchObject({ code: 'zalo_unreadable' })
  })
})

describe('a profile', () => {
  test('is read on the path that serves the account', async () => {
    await start({ paths: 'v2' })
    expect(await rig.client.profile(userId)).toMatchObject({ userId, name: 'Lê Thị Mẫu', isFollower: true, shared: {} })
    expect(zalo.calls.map((call) => call.route).slice(1)).toEqual(['/v3.0/oa/user/detail', '/v2.0/oa/getprofile'])
  })

  test('takes a phone as number or text, and leaves out what is empty', async () => {
    await start()
    const shared = { phone: 84901234567, name: 'Lê Thị Mẫu', address: '12 đường Thử', ward: '', city: 'Đà Nẵng' }
    answer('user/detail', { user_id: userId, is_sensitive: true, shared_info: shared })
    expect(await rig.client.profile(userId)).toEqual({
      userId,
      name: '',
      isSensitive: true,
      shared: { name: 'Lê Thị Mẫu', phone: '84901234567', address: '12 đường Thử, Đà Nẵng' },
    })
  })

  test('of somebody Zalo will not show is a refusal', async () => {
    await start()
    zalo.fail({ mode: 'error', code: -213 }, { path: 'user/detail' })
    await expect(rig.client.profile(userId)).rejects.toMatchObject({ zaloCode: '-213' })
  })
})

describe('uploads', () => {
  const file = {
    bytes: Buffer.from([0, 255, 13, 10, 45, 45]),
    name: 'đơn "kiến nghị"\r\n.pdf',
    mediaType: 'application/pdf',
  }

  test('carry the file in one field and give its id', async () => {
    await start()
    expect(await rig.client.uploadImage({ ...file, name: 'a.jpg', mediaType: 'image/jpeg' })).toMatch(/^[\w-]{32}$/)
    expect(await rig.client.uploadGif(file)).toMatch(/^[\w-]{32}$/)
    expect(await rig.client.uploadFile(file)).toMatch(/^[\w-]{32}$/)
    expect(zalo.calls.slice(1).map((call) => call.route)).toEqual([
      '/v2.0/oa/upload/image',
      '/v2.0/oa/upload/gif',
      '/v2.0/oa/upload/file',
    ])
    expect(zalo.calls[1]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=----pakn[0-9a-f]{32}$/)
    expect(zalo.calls[1]?.body).toContain(
      'filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\0\xff\r\n--\r\n------pakn',
    )
  })

  test('cannot be broken by a name or a type', () => {
    const body = multipartOf({ ...file, mediaType: 'x\r\nEvil: 1' }).body.toString('utf8')
    expect(body.split('\r\n\r\n')[0]?.split('\r\n')).toEqual([
      expect.stringMatching(/^------pakn/),
      'Content-Disposition: form-data; name="file"; filename="đơn _kiến nghị___.pdf"',
      'Content-Type: application/octet-stream',
    ])
  })

  test('without an id in the answer are unreadable, and a refusal keeps its number', async () => {
    await start()
    answer('upload', {})
    await expect(rig.client.uploadFile(file)).rejects.toMatchObject({ code: 'zalo_unreadable' })
    zalo.fail({ mode: 'error', code: -210 }, { path: 'upload' })
    await expect(rig.client.uploadFile(file)).rejects.toMatchObject({ zaloCode: '-210' })
  })
})
