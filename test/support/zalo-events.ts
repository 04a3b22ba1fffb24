import { createHash } from 'node:crypto'

/** A webhook event as Zalo would write it, before it becomes bytes. */
export type ZaloEvent = { event_name: string; timestamp: string | number; [key: string]: unknown }

export type SignedEvent = { body: string; headers: Record<string, string> }

/**
 * The bytes and headers of one delivery (zalo §9.2). `odd` writes the same event with JSON escapes and strange whitespace, so
 * that a receiver that parses and writes again computes another signature.
 */
export function signedEvent(
  event: ZaloEvent | Record<string, unknown>,
  account: { appId: string; secretKey: string },
  options: { odd?: boolean; prefix?: boolean } = {},
): SignedEvent {
  const body = options.odd === true ? writeOddly(event) : JSON.stringify(event)
  const timestamp = 'timestamp' in event ? String(event.timestamp) : ''
  const mac = createHash('sha256')
    .update(`${account.appId}${body}${timestamp}${account.secretKey}`, 'utf8')
    .digest('hex')
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-ZEvent-Signature': options.prefix === false ? mac : `mac=${mac}`,
    },
  }
}

/** The same JSON value with `\u` escapes for every second letter that is not ASCII, `\/`, tabs, line ends and odd gaps. */
export function writeOddly(value: unknown): string {
  const text = JSON.stringify(value, null, '\t').replaceAll('\n', '\r\n ')
  let count = 0
  const escaped = text.replace(/[^\x00-\x7f]/g, (unit) => {
    count += 1
    return count % 2 === 0 ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`
  })
  // Half a surrogate pair must not stay raw beside an escaped half.
  const whole = escaped.isWellFormed() ? escaped : text
  return ` ${whole.replaceAll('/', '\\/')}\n`
}

type More = { msgId?: string; at?: number; [key: string]: unknown }

/** Builders of every event that a test needs, in the shapes of the reference (§9.4–§9.8, appendix A). */
export function zaloEvents(account: { appId: string; oaId: string }) {
  let count = 0

  function nextMessageId(): string {
    count += 1
    return createHash('md5').update(`${account.oaId}:${count}:${process.hrtime.bigint()}`).digest('hex').slice(0, 20)
  }

  function fromCitizen(
    eventName: string,
    userId: string,
    message: Record<string, unknown>,
    more: More = {},
  ): ZaloEvent {
    const { msgId, at, ...rest } = more
    return {
      app_id: account.appId,
      sender: { id: userId },
      user_id_by_app: `55${userId.slice(-10)}`,
      recipient: { id: account.oaId },
      event_name: eventName,
      message: { msg_id: msgId ?? nextMessageId(), ...message },
      timestamp: String(at ?? Date.now()),
      ...rest,
    }
  }

  function fromAccount(
    eventName: string,
    userId: string,
    message: Record<string, unknown>,
    more: More = {},
  ): ZaloEvent {
    const { msgId, at, adminId, ...rest } = more
    return {
      app_id: account.appId,
      sender: { id: account.oaId, ...(adminId === undefined ? {} : { admin_id: adminId }) },
      recipient: { id: userId },
      user_id_by_app: `55${userId.slice(-10)}`,
      event_name: eventName,
      message: { ...(msgId === undefined ? {} : { msg_id: msgId }), ...message },
      timestamp: String(at ?? Date.now()),
      ...rest,
    }
  }

  function aboutAccount(eventName: string, fields: Record<string, unknown>, more: More = {}): ZaloEvent {
    const { at, msgId: _msgId, ...rest } = more
    return {
      oa_id: account.oaId,
      app_id: account.appId,
      event_name: eventName,
      ...fields,
      timestamp: String(at ?? Date.now()),
      ...rest,
    }
  }

  const attachment = (type: string, payload: Record<string, unknown>) => ({ attachments: [{ type, payload }] })

  return {
    fromCitizen,
    fromAccount,
    aboutAccount,
    userSendsText: (userId: string, text: string, more?: More) => fromCitizen('user_send_text', userId, { text }, more),
    userSendsImage: (userId: string, url: string, more?: More & { text?: string }) => {
      const { text, ...rest } = more ?? {}
      const message = {
        ...(text === undefined ? {} : { text }),
        ...attachment('image', { thumbnail: `${url}?small`, url }),
      }
      return fromCitizen('user_send_image', userId, message, rest)
    },
    userSendsGif: (userId: string, url: string, more?: More) =>
      fromCitizen('user_send_gif', userId, attachment('gif', { thumbnail: url, url }), more),
    userSendsAudio: (userId: string, url: string, more?: More) =>
      fromCitizen('user_send_audio', userId, attachment('audio', { url }), more),
    userSendsVideo: (userId: string, url: string, more?: More) =>
      fromCitizen('user_send_video', userId, attachment('video', { thumbnail: url, description: '', url }), more),
    userSendsFile: (
      userId: string,
      file: { url: string; name: string; checksum: string; size?: string },
      more?: More,
    ) => fromCitizen('user_send_file', userId, attachment('file', { size: '48213', type: 'pdf', ...file }), more),
    userSendsLink: (userId: string, url: string, more?: More) =>
      fromCitizen(
        'user_send_link',
        userId,
        { text: url, ...attachment('link', { thumbnail: '', description: '', url }) },
        more,
      ),
    userSendsSticker: (userId: string, more?: More) =>
      fromCitizen(
        'user_send_sticker',
        userId,
        attachment('sticker', { id: 'c09a', url: 'https://s.zdn.vn/c09a.png' }),
        more,
      ),
    userSendsLocation: (
      userId: string,
      place: { latitude: string | number; longitude: string | number },
      more?: More,
    ) =>
      fromCitizen('user_send_location', userId, { text: '', ...attachment('location', { coordinates: place }) }, more),
    userSendsCard: (userId: string, card: { name: string; phone: string }, more?: More) => {
      const description = JSON.stringify({ phone: card.phone, qrCodeUrl: 'https://s.zdn.vn/qr.png' })
      const payload = { thumbnail: 'https://s.zdn.vn/a.jpg', description, url: 'https://zalo.me/p/1' }
      return fromCitizen('user_send_business_card', userId, { text: card.name, ...attachment('link', payload) }, more)
    },
    /** The answer to `request_user_info` in its present shape; `older` for the one before. */
    userSharesInfo: (
      userId: string,
      info: { name: string; phone: string | number; detail?: string; ward?: string; city?: string },
      more?: More & { older?: boolean },
    ) => {
      const { older, msgId: _msgId, at, ...rest } = more ?? {}
      const { name, phone, detail = '', ward = '', city = '' } = info
      return {
        sender: { id: userId },
        recipient: { id: account.oaId },
        event_name: 'user_submit_info',
        app_id: account.appId,
        info:
          older === true
            ? { name, phone, address: detail, ward, district: '', city }
            : { name, phone, full_address: { user_city: city, user_ward: ward, user_address: detail } },
        timestamp: String(at ?? Date.now()),
        ...rest,
      }
    },
    /** The text that the same tap creates beside it. */
    userSharesInfoText: (userId: string, more?: More) =>
      fromCitizen('user_send_text', userId, { text: 'Bạn đã gởi thông tin cho OA: Tên, Số điện thoại' }, more),
    userReacts: (userId: string, messageId: string, icon: string, more?: More) =>
      fromCitizen('user_reacted_message', userId, { react_icon: icon }, { ...more, msgId: messageId }),
    userFollows: (userId: string, more?: More) =>
      aboutAccount('follow', { follower: { id: userId }, source: 'oa_profile' }, more),
    userUnfollows: (userId: string, more?: More) =>
      aboutAccount('unfollow', { follower: { id: userId }, source: 'oa_profile' }, more),
    userOpensChat: (userId: string, more?: More) => aboutAccount('user_click_chatnow', { user_id: userId }, more),
    userWithdraws: (userId: string, more?: More) => aboutAccount('user_withdraw', { user_id: userId }, more),
    staffSends: (userId: string, text: string, more?: More) =>
      fromAccount(
        'oa_send_text',
        userId,
        { text },
        { msgId: nextMessageId(), adminId: '8804416523390175526', ...more },
      ),
    echo: (userId: string, messageId: string, text: string, more?: More) =>
      fromAccount('oa_send_text', userId, { text }, { ...more, msgId: messageId }),
    received: (userId: string, messageId: string, more?: More) =>
      fromAccount('user_received_message', userId, {}, { ...more, msgId: messageId }),
    seen: (userId: string, messageIds: string[], more?: More) =>
      fromAccount('user_seen_message', userId, { msg_ids: messageIds }, more),
    /** The echo of a template that went by the citizen's id (zalo, appendix A). */
    templateEcho: (userId: string, messageId: string, more?: More) =>
      fromAccount(
        'oa_send_template',
        userId,
        attachment('template', { zinstant_id: 'z', text: '', link_url: '', checksum: '' }),
        { ...more, msgId: messageId },
      ),
    /** The receipt of a template that went by telephone number (zalo §9.7). */
    templateReceived: (phone: string, messageId: string, reference: string, more?: More) =>
      fromAccount(
        'user_received_message',
        phone,
        { delivery_time: String(more?.at ?? Date.now()), tracking_id: reference },
        { ...more, msgId: messageId },
      ),
  }
}
