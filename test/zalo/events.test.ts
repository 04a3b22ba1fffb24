import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEvent } from '../../src/zalo/events.ts'
import { writeOddly, zaloEvents } from '../support/zalo-events.ts'

const appId = '2087416339520788115'
const oaId = '4318072690155387264'
const userId = '7719402268835146093'
const account = { appId, oaId }
const at = 1790658123456
const events = zaloEvents(account)
const more = { msgId: '5b1e07c3d94af2608e11', at }
const url = 'https://f18-zpg.zdn.vn/a.jpg'

function parse(event: unknown, source?: { server?: string; receivedAt?: number }) {
  return parseEvent(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)), account, source)
}

function incomingOf(event: unknown) {
  const parsed = parse(event)
  if (parsed.kind !== 'citizen') throw new Error(`not a citizen's event: ${JSON.stringify(parsed)}`)
  const { id: _id, at: _at, ...body } = parsed.incoming
  return body
}

function reasonOf(event: unknown) {
  const parsed = parse(event)
  return parsed.kind === 'ignored' ? [parsed.reason, ...(parsed.path === undefined ? [] : [parsed.path])] : parsed.kind
}

describe('what a citizen sends', () => {
  test('a text comes with its person, time and key', () => {
    expect(parse(events.userSendsText(userId, 'Đèn đường hỏng ở ngõ 12', more))).toEqual({
      dedupeKey: 'user_send:5b1e07c3d94af2608e11',
      eventName: 'user_send_text',
      at,
      kind: 'citizen',
      userId,
      userIdByApp: `55${userId.slice(-10)}`,
      incoming: {
        id: 'user_send:5b1e07c3d94af2608e11',
        at,
        type: 'text',
        text: 'Đèn đường hỏng ở ngõ 12',
      },
    })
  })

  test('odd escapes and gaps read the same', () => {
    const event = events.userSendsText(userId, 'Ổ gà / ngõ 12 🙏 "trích"', more)
    expect(parse(writeOddly(event))).toEqual(parse(event))
  })

  test.each([
    [
      'image',
      events.userSendsImage(userId, url, { ...more, text: 'ổ gà' }),
      { type: 'media', media: [{ kind: 'image', url }], text: 'ổ gà' },
    ],
    [
      'image without caption',
      events.userSendsImage(userId, url, more),
      { type: 'media', media: [{ kind: 'image', url }], text: '' },
    ],
    ['gif', events.userSendsGif(userId, url, more), { type: 'media', media: [{ kind: 'gif', url }], text: '' }],
    ['voice', events.userSendsAudio(userId, url, more), { type: 'media', media: [{ kind: 'audio', url }], text: '' }],
    ['video', events.userSendsVideo(userId, url, more), { type: 'media', media: [{ kind: 'video', url }], text: '' }],
    [
      'file',
      events.userSendsFile(userId, { url, name: 'don-kien-nghi.pdf', checksum: 'A'.repeat(32) }, more),
      { type: 'media', media: [{ kind: 'file', url, name: 'don-kien-nghi.pdf', md5: 'a'.repeat(32) }], text: '' },
    ],
    [
      'link',
      events.userSendsLink(userId, 'https://bao-mau.vn/tin', more),
      { type: 'link', url: 'https://bao-mau.vn/tin', text: 'https://bao-mau.vn/tin' },
    ],
    ['sticker', events.userSendsSticker(userId, more), { type: 'sticker' }],
    [
      'location as text',
      events.userSendsLocation(userId, { latitude: '16.0605', longitude: '108.2238' }, more),
      { type: 'location', latitude: 16.0605, longitude: 108.2238 },
    ],
    [
      'location as numbers',
      events.userSendsLocation(userId, { latitude: 16.0605, longitude: 108 }, more),
      { type: 'location', latitude: 16.0605, longitude: 108 },
    ],
    [
      'contact card',
      events.userSendsCard(userId, { name: 'Trần Văn Thử', phone: '84907654321' }, more),
      { type: 'contactCard', name: 'Trần Văn Thử', phone: '84907654321' },
    ],
    [
      'reaction',
      events.userReacts(userId, 'a71c', '/-heart', { at }),
      { type: 'reaction', icon: '/-heart', messageId: 'a71c' },
    ],
    ['follow', events.userFollows(userId), { type: 'followed' }],
    ['unfollow', events.userUnfollows(userId), { type: 'unfollowed' }],
    ['chat opened', events.userOpensChat(userId), { type: 'openedChat' }],
    ['data withdrawn', events.userWithdraws(userId), { type: 'withdrewData' }],
  ])('%s', (_name, event, body) => {
    expect(incomingOf(event)).toEqual(body)
    expect(parse(event)).toMatchObject({ userId })
  })

  test('the other spelling of an opened chat is read too', () => {
    expect(parse(events.aboutAccount('user_click_chatnow', { follower: { id: userId } }))).toMatchObject({ userId })
  })

  test('several attachments stay together, in order, each by its own type', () => {
    const attachments = ['image', 'gif', 'video'].map((type, index) => ({ type, payload: { url: `${url}?${index}` } }))
    expect(incomingOf(events.fromCitizen('user_send_image', userId, { attachments, text: 'ba tệp' }))).toEqual({
      type: 'media',
      media: [
        { kind: 'image', url: `${url}?0` },
        { kind: 'gif', url: `${url}?1` },
        { kind: 'video', url: `${url}?2` },
      ],
      text: 'ba tệp',
    })
  })

  test('no more than twenty attachments are taken, and a very long text is kept whole', () => {
    const attachments = Array.from({ length: 500 }, (_, index) => ({
      type: 'image',
      payload: { url: `${url}?${index}` },
    }))
    const text = 'ơ'.repeat(9000)
    const body = incomingOf(events.fromCitizen('user_send_image', userId, { attachments, text }))
    expect(body).toMatchObject({ text })
    expect('media' in body && body.media).toHaveLength(20)
  })

  test('a broken attachment does not take the good ones with it', () => {
    const attachments = [
      null,
      7,
      { type: 'image' },
      { type: 'image', payload: { url: 'javascript:x' } },
      { type: 'image', payload: { thumbnail: url } },
    ]
    expect(incomingOf(events.fromCitizen('user_send_image', userId, { attachments }))).toMatchObject({
      media: [{ kind: 'image', url }],
    })
  })

  test('a caption whose picture cannot be read is still heard', () => {
    expect(incomingOf(events.fromCitizen('user_send_image', userId, { text: 'ổ gà', attachments: [] }))).toEqual({
      type: 'text',
      text: 'ổ gà',
    })
  })

  test('a card without a readable phone is a link, and without one its name', () => {
    const card = (payload: object) =>
      events.fromCitizen('user_send_business_card', userId, { text: 'Thử', attachments: [{ type: 'link', payload }] })
    expect(incomingOf(card({ description: 'không phải JSON', url }))).toEqual({ type: 'link', url, text: 'Thử' })
    expect(incomingOf(card({ description: '{"phone":84907654321}' }))).toEqual({
      type: 'contactCard',
      name: 'Thử',
      phone: '84907654321',
    })
    expect(incomingOf(card({}))).toEqual({ type: 'text', text: 'Thử' })
  })

  test('text with lone surrogates, control and direction signs is kept as it is', () => {
    const text = 'a\ud800b\u202e\u0007[@1]=1+1<b>'
    expect(incomingOf(events.userSendsText(userId, text))).toEqual({ type: 'text', text })
  })
})

describe("Zalo's contact form", () => {
  const person = { name: ' Lê Thị Mẫu ', detail: '12 đường Thử Nghiệm', ward: 'Phường Mẫu', city: 'Thành phố Đà Nẵng' }
  const shared = {
    type: 'sharedInfo',
    name: 'Lê Thị Mẫu',
    phone: '84901234567',
    address: '12 đường Thử Nghiệm, Phường Mẫu, Thành phố Đà Nẵng',
  }

  test.each([
    ['present shape, phone as text', { phone: '84901234567' }, {}],
    ['present shape, phone as number', { phone: 84901234567 }, {}],
    ['older shape, phone as text', { phone: '84901234567' }, { older: true }],
    ['older shape, phone as number', { phone: 84901234567 }, { older: true }],
  ])('%s', (_name, phone, shape) => {
    expect(incomingOf(events.userSharesInfo(userId, { ...person, ...phone }, shape))).toEqual(shared)
  })

  test('what was not given is absent, and a zero is no phone', () => {
    const event = { ...events.userSharesInfo(userId, { name: '', phone: 0 }), info: { name: '', phone: 0 } }
    expect(incomingOf(event)).toEqual({ type: 'sharedInfo' })
  })

  test.each([
    'Bạn đã gởi thông tin cho OA: Tên',
    'Bạn đã gửi thông tin cho OA',
    'Bạn đã gởi thông tin cho OA'.normalize('NFD'),
  ])('the text that comes beside it is no answer: %s', (text) => {
    expect(reasonOf(events.userSendsText(userId, text))).toEqual(['submitInfoEcho'])
  })

  test('a citizen who writes about it is heard', () => {
    expect(reasonOf(events.userSendsText(userId, 'Tôi: Bạn đã gởi thông tin cho OA'))).toBe('citizen')
  })
})

describe('numbers that are ids', () => {
  test('bare digits come out whole, far past 2^53', () => {
    const parsed = parse(
      `{"app_id":${appId},"sender":{"id":7719402268835146093},"user_id_by_app":5530918846627730412,"recipient":{"id":${oaId}},` +
        '"event_name":"user_send_text","message":{"text":"x","msg_id":99999999999999999999},"timestamp":1790658123456}',
    )
    expect(parsed).toMatchObject({
      kind: 'citizen',
      userId: '7719402268835146093',
      userIdByApp: '5530918846627730412',
      dedupeKey: 'user_send:99999999999999999999',
      at,
    })
  })

  test('every id that fits in text comes out as it went in', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 24n }), (id) => {
        const event = `{"app_id":"${appId}","oa_id":${oaId},"event_name":"follow","follower":{"id":${id}},"timestamp":"1"}`
        expect(parse(event)).toMatchObject({ userId: String(id) })
      }),
    )
  })

  test('an id near ours is another account', () => {
    const event = JSON.stringify(events.userSendsText(userId, 'x')).replace(`"${oaId}"`, '4318072690155387265')
    expect(reasonOf(event)).toEqual(['otherAccount'])
  })
})

describe('what the account sends and what becomes of it', () => {
  test('an echo of a program and one of a person differ by the person', () => {
    expect(parse(events.echo(userId, 'a71c', 'Đã nhận', { at }))).toEqual({
      dedupeKey: 'oa_send_text:a71c',
      eventName: 'oa_send_text',
      at,
      kind: 'echo',
      userId,
      messageId: 'a71c',
      text: 'Đã nhận',
    })
    expect(parse(events.staffSends(userId, 'Tôi là Hạnh', { msgId: 'c440' }))).toMatchObject({
      kind: 'echo',
      userId,
      messageId: 'c440',
      adminId: '8804416523390175526',
    })
  })

  test.each(['image', 'gif', 'list', 'file', 'sticker', 'template', 'something_new'])(
    'oa_send_%s is an echo',
    (name) => {
      const event = events.fromAccount(`oa_send_${name}`, userId, { attachments: [] }, { msgId: 'm1' })
      expect(parse(event)).toMatchObject({ kind: 'echo', userId, messageId: 'm1', text: '' })
    },
  )

  test('delivered and seen', () => {
    expect(parse(events.received(userId, 'a71c'))).toMatchObject({
      kind: 'receipt',
      userId,
      messageIds: ['a71c'],
      receipt: 'received',
      dedupeKey: 'user_received_message:a71c',
    })
    expect(parse(events.seen(userId, ['a', 'b']))).toMatchObject({
      kind: 'receipt',
      messageIds: ['a', 'b'],
      receipt: 'seen',
    })
    expect(parse(events.fromAccount('user_seen_message', userId, {}, { msgId: 'a' }))).toMatchObject({
      messageIds: ['a'],
    })
  })

  const zbs = {
    sender: { id: oaId },
    recipient: { id: '84901234567' },
    event_name: 'user_received_message',
    message: { delivery_time: '1790658710000', msg_id: 'd02c', tracking_id: 'pa-1' },
    app_id: appId,
    timestamp: '1790658711000',
  }

  test('a template receipt never makes a citizen of a phone number', () => {
    const expected = { kind: 'zbsReceipt', messageId: 'd02c', trackingId: 'pa-1', deliveredAt: 1790658710000 }
    expect(parse(zbs, { server: 'ZNS' })).toMatchObject(expected)
    expect(parse(zbs)).toMatchObject(expected)
    expect(JSON.stringify(parse(zbs))).not.toContain('84901234567')
    expect(parse({ ...zbs, message: { msg_id: 'd02c' } }, { server: 'zns' })).toMatchObject({ kind: 'zbsReceipt' })
  })
})

describe('everything else of the reference', () => {
  const about = (name: string, fields: Record<string, unknown> = {}) => events.aboutAccount(name, fields)

  test.each([
    [
      'user_feedback',
      about('user_feedback', {
        message: { rate: 5, note: 'tốt', msg_id: 'm', tracking_id: 't', feedbacks: ['nhanh', 3] },
      }),
      { kind: 'zbsFeedback', messageId: 'm', trackingId: 't', rate: 5, note: 'tốt', choices: ['nhanh', '3'] },
    ],
    [
      'user_click_response_button',
      { ...about('user_click_response_button', { message: { data: 'x', tracking_id: 't' } }), msg_id: 'm' },
      { kind: 'zbsResponse', messageId: 'm', trackingId: 't', data: 'x', dedupeKey: 'user_click_response_button:m' },
    ],
    [
      'oa_send_consent',
      about('oa_send_consent', { phone: 84901234567, request_type: 'SENT', expired_time: '5' }),
      { kind: 'consent', consent: 'sent', phone: '84901234567', expiresAt: 5 },
    ],
    [
      'oa_send_consent expired',
      about('oa_send_consent', { phone: '84901234567', request_type: 'EXPIRED' }),
      { kind: 'consent', consent: 'expired' },
    ],
    [
      'user_reply_consent',
      about('user_reply_consent', { phone: '84901234567', user_consent: 'ALLOW', expired_time: '0' }),
      { kind: 'consent', consent: 'allowed' },
    ],
    [
      'user_reply_consent refused',
      about('user_reply_consent', { phone: '84901234567', user_consent: 'USER_BLOCKED' }),
      { kind: 'consent', consent: 'refused' },
    ],
    ['permission_revoked', { event_name: 'permission_revoked' }, { kind: 'account', what: 'permissionRevoked' }],
    [
      'extension_purchased',
      about('extension_purchased', { extension_id: 1 }),
      { kind: 'account', what: 'extensionPurchased' },
    ],
    [
      'change_template_status',
      about('change_template_status', {
        template_id: 418233,
        status: { prev_status: 'PENDING_REVIEW', new_status: 'ENABLE' },
      }),
      { kind: 'account', what: 'templateStatus', templateId: '418233', before: 'PENDING_REVIEW', after: 'ENABLE' },
    ],
    [
      'change_template_quality',
      about('change_template_quality', { template_id: '1', quality: { prev: 'HIGH', new: 'LOW' } }),
      { kind: 'account', what: 'templateQuality', before: 'HIGH', after: 'LOW' },
    ],
    ['change_template_quota', about('change_template_quota'), { kind: 'account', what: 'templateQuota' }],
    [
      'change_oa_daily_quota',
      { oaId, app_id: appId, event_name: 'change_oa_daily_quota', quota: { prev_value: 500, new_value: '5000' } },
      { kind: 'account', what: 'dailyQuota', before: '500', after: '5000' },
    ],
    ['change_oa_template_tags', about('change_oa_template_tags'), { kind: 'account', what: 'templateTags' }],
  ])('%s is understood', (_name, event, expected) => {
    expect(parse(event)).toMatchObject(expected)
  })

  const ignoredNames: Record<string, string[]> = {
    group: [
      ...[
        'create_group',
        'user_join_group',
        'user_request_join_group',
        'accept_request_join_group',
        'reject_request_join_group',
      ],
      ...[
        'add_group_admin',
        'remove_group_admin',
        'update_group_info',
        'user_out_group',
        'delete_group',
        'user_leave_group',
      ],
      ...['react_request_join_group_accept', 'react_request_join_group_reject', 'disperse_group'],
      ...['text', 'image', 'link', 'audio', 'video', 'business_card', 'sticker', 'gif', 'file', 'location'].flatMap(
        (kind) => [`user_send_group_${kind}`, `oa_send_group_${kind}`],
      ),
    ],
    anonymous: ['text', 'image', 'file', 'sticker'].flatMap((kind) => [
      `anonymous_send_${kind}`,
      `oa_send_anonymous_${kind}`,
    ]),
    ownReaction: ['oa_reacted_message'],
    tag: ['add_user_to_tag', 'remove_user_from_tag', 'remove_tag'],
    profile: ['update_user_info'],
    widget: ['widget_interaction_accepted', 'widget_failed_to_sync_user_external_id'],
    call: ['user_call_oa', 'oa_call_user'],
    shop: ['shop_has_order', 'user_asking_product'],
    journey: ['event_journey_time_out', 'event_journey_acknowledged'],
    unknown: ['user_click_button', 'user_send_hologram', 'constructor', '__proto__', 'toString'],
  }

  test.each(Object.entries(ignoredNames).flatMap(([reason, names]) => names.map((name) => [name, reason] as const)))(
    '%s is left alone: %s',
    (name, reason) => {
      const event = {
        app_id: appId,
        sender: { id: userId },
        recipient: { id: 'g1' },
        event_name: name,
        message: { msg_id: 'm', text: 'x' },
        timestamp: '1',
      }
      expect(reasonOf(event)).toEqual([reason])
      expect(reasonOf({ ...event, oa_id: oaId })).toEqual([reason])
    },
  )
})

describe('events for somebody else', () => {
  test.each([
    ['another app', { ...events.userSendsText(userId, 'x'), app_id: '1' }],
    ['another account, message', { ...events.userSendsText(userId, 'x'), recipient: { id: '1' } }],
    ['another account, echo', { ...events.echo(userId, 'm', 'x'), sender: { id: '1' } }],
    ['another account, follow', { ...events.userFollows(userId), oa_id: '1' }],
    ['another account, quota', { event_name: 'change_oa_daily_quota', oaId: '1' }],
    ['another account, revoked', { event_name: 'permission_revoked', oa_id: '1' }],
  ])('%s', (_name, event) => {
    expect(reasonOf(event)).toEqual(['otherAccount'])
  })
})

describe('the key of an event', () => {
  test('is its name and message, whatever the bytes', () => {
    const event = events.userSendsText(userId, 'x', more)
    expect(parse(writeOddly(event)).dedupeKey).toBe(parse(event).dedupeKey)
    expect(parse({ ...event, event_name: 'user_received_message' }).dedupeKey).not.toBe(parse(event).dedupeKey)
    expect(parse({ ...event, event_name: 'user_send_group_text' }).dedupeKey).not.toBe(parse(event).dedupeKey)
    // The list of a chat may name another kind for the same message (zalo §6.3).
    expect(parse({ ...event, event_name: 'user_send_link' }).dedupeKey).toBe(parse(event).dedupeKey)
  })

  test('is the hash of its bytes where it names no message', () => {
    const raw = JSON.stringify(events.userFollows(userId, { at }))
    expect(parse(raw).dedupeKey).toBe(`follow:${createHash('sha256').update(raw).digest('hex')}`)
  })

  test('differs for two reactions to one message, not for one delivered twice', () => {
    const heart = events.userReacts(userId, 'a71c', '/-heart', { at })
    const sad = events.userReacts(userId, 'a71c', ':-((', { at: at + 1 })
    expect(parse(heart).dedupeKey).not.toBe(parse(sad).dedupeKey)
    expect(parse(writeOddly(heart)).dedupeKey).toBe(parse(heart).dedupeKey)
  })
})

describe('the time of an event', () => {
  test.each([
    ['text', '"1790658123456"', at],
    ['a number', '1790658123456', at],
    ['few digits of the documentation', '"154390853474"', 154390853474],
    ['seconds', '1790658123', 1790658123000],
    ['a fraction', '1790658123456.7', at],
  ])('is read from %s', (_name, written, expected) => {
    expect(parse(`{"event_name":"follow","oa_id":"${oaId}","follower":{"id":"1"},"timestamp":${written}}`).at).toBe(
      expected,
    )
  })

  test.each(['null', '"hôm qua"', '-5', '"1e300"', '{}', '""'])('is that of arrival when it reads %s', (written) => {
    const event = `{"event_name":"follow","oa_id":"${oaId}","follower":{"id":"1"},"timestamp":${written}}`
    expect(parse(event, { receivedAt: 42 }).at).toBe(42)
    expect(parse(event).at).toBe(0)
  })
})

describe('malformed events', () => {
  const text = events.userSendsText(userId, 'x', more)
  test.each([
    ['no JSON', 'xin chào', ''],
    ['a list', '[]', ''],
    ['null', 'null', ''],
    ['nothing', '', ''],
    ['an empty object', '{}', 'event_name'],
    ['a name that is none', { event_name: { a: 1 } }, 'event_name'],
    ['a name with blanks', { event_name: 'user send' }, 'event_name'],
    ['a very long name', { event_name: 'x'.repeat(65) }, 'event_name'],
    ['no sender', { ...text, sender: {} }, 'sender.id'],
    ['a sender that is a list', { ...text, sender: { id: ['1'] } }, 'sender.id'],
    ['an id with blanks', { ...text, sender: { id: '1 2' } }, 'sender.id'],
    ['an id of thousands of digits', { ...text, sender: { id: '9'.repeat(5000) } }, 'sender.id'],
    ['no recipient', { ...text, recipient: undefined }, 'recipient.id'],
    ['no text', { ...text, message: { msg_id: 'm' } }, 'message.text'],
    ['an empty text', { ...text, message: { msg_id: 'm', text: '' } }, 'message.text'],
    ['a message that is text', { ...text, message: 'x' }, 'message.text'],
    ['a picture without attachments', { ...text, event_name: 'user_send_image', message: {} }, 'message.attachments'],
    [
      'a picture without address',
      { ...text, event_name: 'user_send_image', message: { attachments: [{ type: 'image' }] } },
      'message.attachments.payload.url',
    ],
    [
      'a place off the earth',
      events.userSendsLocation(userId, { latitude: 91, longitude: 0 }),
      'message.attachments.payload.coordinates',
    ],
    [
      'a place in words',
      events.userSendsLocation(userId, { latitude: 'bắc', longitude: '' }),
      'message.attachments.payload.coordinates',
    ],
    ['a form without content', { ...events.userSharesInfo(userId, { name: 'x', phone: 1 }), info: null }, 'info'],
    ['a follow of nobody', events.aboutAccount('follow', {}), 'follower.id'],
    ['a withdrawal of nobody', events.aboutAccount('user_withdraw', {}), 'user_id'],
    ['an echo without message', events.fromAccount('oa_send_text', userId, {}), 'message.msg_id'],
    ['a receipt without message', events.fromAccount('user_received_message', userId, {}), 'message.msg_id'],
    ['seen, but nothing', events.seen(userId, []), 'message.msg_ids'],
    ['a reaction without icon', events.fromCitizen('user_reacted_message', userId, {}), 'message.react_icon'],
    ['a consent without phone', events.aboutAccount('user_reply_consent', { user_consent: 'ALLOW' }), 'phone'],
    ['a consent of an unknown kind', events.aboutAccount('oa_send_consent', { phone: '1' }), 'request_type'],
  ])('%s says which piece is wrong', (_name, event, path) => {
    expect(reasonOf(event)).toEqual(['malformed', path])
  })

  test('nesting without end is malformed, not a crash', () => {
    expect(reasonOf(`{"a":${'['.repeat(120_000)}${']'.repeat(120_000)}}`)[0]).toBe('malformed')
  })

  test('never throws on any bytes, any JSON, or any value in the place of a real one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => parseEvent(Buffer.from(bytes), account).kind === 'ignored',
      ),
    )
    fc.assert(fc.property(fc.json(), (json) => parse(json).kind === 'ignored'))
    const names = [
      'user_send_text',
      'user_send_image',
      'user_send_location',
      'user_send_business_card',
      'user_submit_info',
      'follow',
      'oa_send_text',
      'user_seen_message',
      'user_received_message',
      'user_feedback',
      'change_template_status',
      'user_reply_consent',
      'user_reacted_message',
      'user_withdraw',
    ]
    const anything = fc.jsonValue()
    const part = fc.oneof(
      anything,
      fc.record({
        id: anything,
        text: anything,
        msg_id: anything,
        msg_ids: anything,
        attachments: fc.array(fc.record({ type: anything, payload: anything })),
      }),
    )
    fc.assert(
      fc.property(
        fc.record({
          event_name: fc.constantFrom(...names),
          sender: part,
          recipient: part,
          follower: part,
          message: part,
          info: anything,
          status: anything,
          timestamp: anything,
          phone: anything,
          user_consent: anything,
        }),
        fc.boolean(),
        (event, isOurs) => {
          const parsed = parse(isOurs ? { ...event, oa_id: oaId } : event)
          const family = /^user_send_(?!group)/.test(event.event_name) ? 'user_send' : event.event_name
          expect(parsed.dedupeKey.startsWith(`${family}:`)).toBe(true)
          expect(Number.isSafeInteger(parsed.at)).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
