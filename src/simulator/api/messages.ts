import type { Chats } from '../chats.ts'
import type { ChatMessage, Citizen, ListElement } from '../model.ts'
import { chatOf, DAY_MS, findCitizen, HOUR_MS, type World } from '../world.ts'
import { readMessage } from './message-body.ts'
import { isObject, type Json, objectAt, optionalText, textAt } from './read.ts'
import { invalid, Refusal } from './refusal.ts'
import { showPicture } from './remote-picture.ts'

const FREE_WINDOW_MS = 48 * HOUR_MS
const WINDOW_MS = 7 * DAY_MS
const MONTHLY_OUTSIDE_WINDOW = 500

/** The consultation messages of both versions, reactions and broadcasts (zalo §3, §7.1). */
export function createMessageCalls(deps: { world: World; chats: Chats }) {
  const { world, chats } = deps
  const { state, clock } = world
  let usedOutsideWindow = 0

  function sendV3(body: Json): Json {
    if (state.account.type === 4) throw new Refusal(-235, 'This API does not support this type of OA')
    const citizen = recipientOf(body)
    return deliver(citizen, body, 'v3')
  }

  function sendV2(body: Json): Json {
    const recipient = objectAt(body, 'recipient')
    if (isObject(body.sender_action)) return react(body, body.sender_action)
    if ('target' in recipient || isBroadcast(body)) return broadcast(body)
    if (state.account.type === 2) {
      throw new Refusal(-240, 'MessageV2 API is closed, please use MessageV3 API instead')
    }
    return deliver(recipientOf(body), body, 'v2')
  }

  function deliver(citizen: Citizen, body: Json, version: 'v2' | 'v3'): Json {
    const message = readMessage({ world, citizen, message: objectAt(body, 'message'), version })
    const last = citizen.lastInteractionAt
    if (last === undefined) throw new Refusal(-232, 'User has not interacted with the OA or the interaction is expired')
    const since = clock.now() - last
    if (since > WINDOW_MS) throw new Refusal(-230, 'User has not interacted with the OA in the past 7 days')
    if (since > FREE_WINDOW_MS && usedOutsideWindow >= MONTHLY_OUTSIDE_WINDOW) {
      throw new Refusal(-211, 'Out of quota')
    }
    const sent = chats.accountSends(citizen, message)
    if (sent.externalUrl !== undefined) void showPicture(world, sent)
    if (version === 'v2') return { message_id: sent.id, user_id: citizen.id }
    return { message_id: sent.id, user_id: citizen.id, sent_time: String(sent.at), quota: quotaOf(since, last) }
  }

  function quotaOf(since: number, last: number): Json {
    const owner = { owner_type: 'OA', owner_id: state.credentials.oaId }
    if (since <= FREE_WINDOW_MS) {
      return { quota_type: 'reply', remain: '8', total: '8', expired_date: String(last + FREE_WINDOW_MS), ...owner }
    }
    usedOutsideWindow += 1
    const remain = String(MONTHLY_OUTSIDE_WINDOW - usedOutsideWindow)
    return { quota_type: 'sub_quota', remain, total: String(MONTHLY_OUTSIDE_WINDOW), ...owner }
  }

  function recipientOf(body: Json): Citizen {
    const recipient = objectAt(body, 'recipient')
    const answered = optionalText(recipient, 'message_id')
    if (answered !== undefined && state.account.type === 4) {
      const owner = Object.values(state.messages).find((chat) => chat.some((each) => each.id === answered))?.[0]
      const citizen = findCitizen(state, owner?.citizenId)
      if (citizen === undefined) throw invalid('message_id')
      return citizen
    }
    const citizen = findCitizen(state, textAt(recipient, 'user_id'))
    if (citizen === undefined) throw invalid('user_id')
    return citizen
  }

  function react(body: Json, action: Json): Json {
    const citizen = recipientOf(body)
    const messageId = textAt(action, 'react_message_id')
    const icon = textAt(action, 'react_icon')
    const message = chatOf(state, citizen.id).find((each) => each.id === messageId)
    if (message === undefined) throw invalid('react_message_id')
    if (icon === '/-remove') delete message.reaction
    else message.reaction = icon
    world.changes.publish({ type: 'message', message })
    world.storage.changed()
    world.webhook.send({
      key: citizen.id,
      citizenId: citizen.id,
      body: {
        app_id: state.credentials.appId,
        sender: { id: state.credentials.oaId },
        recipient: { id: citizen.id },
        user_id_by_app: citizen.userIdByApp,
        event_name: 'oa_reacted_message',
        message: { msg_id: messageId, react_icon: icon },
      },
    })
    return { message_id: messageId, user_id: citizen.id }
  }

  function broadcast(body: Json): Json {
    const hour = new Date(clock.now() + 7 * HOUR_MS).getUTCHours()
    if (hour >= 22 || hour < 6) throw new Refusal(-234, 'This message type cannot be sent between 22:00 and 06:00')
    const ids = broadcastArticles(body)
    const articles = ids.map((id) => state.articles.find((each) => each.id === id && each.readyAt <= clock.now()))
    const elements: ListElement[] = articles.map((article) => {
      if (article === undefined) throw invalid('attachment_id')
      return {
        title: String(article.fields.title),
        subtitle: String(article.fields.description ?? ''),
        imageUrl: coverOf(article.fields),
        action: { type: 'oa.open.url', url: `https://rd.zapps.vn/detail/${article.id}` },
      }
    })
    for (const citizen of Object.values(state.citizens)) {
      if (citizen.isFollower) chats.accountSends(citizen, { kind: 'article', text: elements[0]?.title ?? '', elements })
    }
    return { message_id: world.random.hex(20) }
  }

  return { sendV3, sendV2 }
}

/** The answer when a citizen's own record of the chat is read (zalo §6.3). */
export function chatLine(world: World, citizen: Citizen, message: ChatMessage): Json {
  const fromCitizen = message.from === 'citizen'
  const { oaId } = world.state.credentials
  const person = { id: citizen.id, name: citizen.name, avatar: '' }
  const account = { id: oaId, name: world.state.account.name, avatar: '' }
  const [from, to] = fromCitizen ? [person, account] : [account, person]
  return {
    src: fromCitizen ? 1 : 0,
    time: message.at,
    type: lineType(message),
    message: message.text,
    message_id: message.id,
    from_id: from.id,
    to_id: to.id,
    from_display_name: from.name,
    from_avatar: from.avatar,
    to_display_name: to.name,
    to_avatar: to.avatar,
    ...(message.media === undefined ? {} : { url: message.media.url, thumb: message.media.url }),
    ...(message.kind === 'location'
      ? { location: JSON.stringify({ latitude: message.latitude, longitude: message.longitude }) }
      : {}),
  }
}

function lineType(message: ChatMessage): string {
  switch (message.kind) {
    case 'text':
    case 'sticker':
    case 'location':
    case 'link':
      return message.kind
    case 'image':
      return 'photo'
    case 'gif':
      return 'GIF'
    case 'audio':
      return 'voice'
    case 'list':
    case 'article':
      return 'links'
    default:
      return 'nosupport'
  }
}

function isBroadcast(body: Json): boolean {
  return isObject(body.recipient) && !('user_id' in body.recipient) && broadcastElements(body).length > 0
}

function broadcastElements(body: Json): Json[] {
  const message = isObject(body.message) ? body.message : {}
  const attachment = isObject(message.attachment) ? message.attachment : {}
  const payload = isObject(attachment.payload) ? attachment.payload : {}
  const elements = Array.isArray(payload.elements) ? payload.elements.filter(isObject) : []
  return elements.filter((element) => element.media_type === 'article')
}

function broadcastArticles(body: Json): string[] {
  const elements = broadcastElements(body)
  if (elements.length === 0) throw invalid('elements')
  return elements.map((element) => textAt(element, 'attachment_id'))
}

function coverOf(fields: Record<string, unknown>): string {
  return isObject(fields.cover) && typeof fields.cover.photo_url === 'string' ? fields.cover.photo_url : ''
}
