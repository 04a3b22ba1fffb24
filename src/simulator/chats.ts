import { addMediaFields, mediaEvent } from './media-events.ts'
import type { ChatMessage, Citizen, CitizenSends, MessageKind } from './model.ts'
import { chatOf, keepMessage, type World } from './world.ts'

export type SharedForm = { name: string; phone: string; address: string; ward: string; city: string }

export type Chats = {
  citizenSends(citizen: Citizen, content: CitizenSends): ChatMessage
  /** A message of the account: by the app, or by a person in Zalo's own tool when `officerId` is given. */
  accountSends(citizen: Citizen, message: AccountMessage, options?: { officerId?: string }): ChatMessage
  follow(citizen: Citizen, source: 'oa_profile' | 'message_invite'): void
  unfollow(citizen: Citizen): void
  /** "Nhắn tin" tapped; told to the app once per citizen who never chatted (zalo §9.5). */
  openChat(citizen: Citizen): void
  submitInfo(citizen: Citizen, messageId: string | undefined, form: SharedForm): void
  react(citizen: Citizen, messageId: string, icon: string): boolean
  seen(citizen: Citizen, messageIds: string[]): void
  setOnline(citizen: Citizen, isOnline: boolean): void
  /** The data-subject right of the citizen (zalo §9.5). */
  withdraw(citizen: Citizen): void
  /** The webhook took the event of this message. */
  accepted(citizenId: string, messageId: string): void
}

export type AccountMessage = Omit<ChatMessage, 'id' | 'citizenId' | 'from' | 'at' | 'state'>

export const INFO_SENT_TEXT = 'Bạn đã gởi thông tin cho OA'

export function createChats(world: World): Chats {
  const { state, clock, random, webhook } = world
  const ids = state.credentials

  function keep(citizen: Citizen, from: ChatMessage['from'], fields: AccountMessage): ChatMessage {
    const message: ChatMessage = {
      ...fields,
      id: random.hex(20),
      citizenId: citizen.id,
      from,
      at: clock.now(),
      state: 'sent',
    }
    keepMessage(world, message)
    return message
  }

  function interact(citizen: Citizen): void {
    citizen.lastInteractionAt = clock.now()
    citizen.hasOpenedChat = true
    publish(citizen)
  }

  function publish(citizen: Citizen): void {
    world.changes.publish({ type: 'citizen', citizen })
    world.storage.changed()
  }

  function fromCitizen(citizen: Citizen, eventName: string, fields: Record<string, unknown>, messageId?: string): void {
    webhook.send({
      key: citizen.id,
      citizenId: citizen.id,
      ...(messageId === undefined ? {} : { messageId }),
      body: {
        app_id: ids.appId,
        sender: { id: citizen.id },
        user_id_by_app: citizen.userIdByApp,
        recipient: { id: ids.oaId },
        event_name: eventName,
        ...fields,
      },
    })
  }

  function toCitizen(citizen: Citizen, eventName: string, message: Record<string, unknown>, officerId?: string): void {
    webhook.send({
      key: citizen.id,
      citizenId: citizen.id,
      body: {
        app_id: ids.appId,
        sender: officerId === undefined ? { id: ids.oaId } : { id: ids.oaId, admin_id: officerId },
        recipient: { id: citizen.id },
        user_id_by_app: citizen.userIdByApp,
        event_name: eventName,
        message,
      },
    })
  }

  function follower(citizen: Citizen, eventName: 'follow' | 'unfollow', source: string): void {
    webhook.send({
      key: citizen.id,
      citizenId: citizen.id,
      body: {
        oa_id: ids.oaId,
        follower: { id: citizen.id },
        user_id_by_app: citizen.userIdByApp,
        event_name: eventName,
        source,
        app_id: ids.appId,
      },
    })
  }

  function received(citizen: Citizen, message: ChatMessage): void {
    message.state = 'received'
    world.changes.publish({ type: 'message', message })
    world.storage.changed()
    toCitizen(citizen, 'user_received_message', { msg_id: message.id })
  }

  return {
    citizenSends(citizen, content) {
      interact(citizen)
      const message = keep(citizen, 'citizen', citizenFields(content))
      const event = mediaEvent(message, content)
      fromCitizen(citizen, event.name, { message: event.message }, message.id)
      return message
    },

    accountSends(citizen, fields, options = {}) {
      // What the account answers shows that somebody there has read what came before.
      for (const earlier of chatOf(state, citizen.id)) {
        if (earlier.from !== 'citizen' || earlier.state === 'seen') continue
        earlier.state = 'seen'
        world.changes.publish({ type: 'message', message: earlier })
      }
      const message = keep(citizen, options.officerId === undefined ? 'app' : 'officer', fields)
      toCitizen(citizen, echoName(message.kind), addMediaFields(message), options.officerId)
      if (citizen.isOnline) received(citizen, message)
      return message
    },

    follow(citizen, source) {
      citizen.isFollower = true
      interact(citizen)
      keep(citizen, 'system', { kind: 'notice', text: 'Bạn đã quan tâm Official Account' })
      follower(citizen, 'follow', source)
    },

    unfollow(citizen) {
      citizen.isFollower = false
      publish(citizen)
      keep(citizen, 'system', { kind: 'notice', text: 'Bạn đã bỏ quan tâm Official Account' })
      follower(citizen, 'unfollow', 'oa_profile')
    },

    openChat(citizen) {
      if (citizen.hasOpenedChat) return
      interact(citizen)
      webhook.send({
        key: citizen.id,
        citizenId: citizen.id,
        body: {
          oa_id: ids.oaId,
          user_id: citizen.id,
          user_id_by_app: citizen.userIdByApp,
          event_name: 'user_click_chatnow',
          app_id: ids.appId,
        },
      })
    },

    submitInfo(citizen, messageId, form) {
      interact(citizen)
      citizen.sharedInfo = form
      const card = chatOf(state, citizen.id).find((message) => message.id === messageId)
      if (card?.info !== undefined) {
        card.info.answered = true
        world.changes.publish({ type: 'message', message: card })
      }
      webhook.send({
        key: citizen.id,
        citizenId: citizen.id,
        body: {
          sender: { id: citizen.id },
          recipient: { id: ids.oaId },
          user_id_by_app: citizen.userIdByApp,
          event_name: 'user_submit_info',
          app_id: ids.appId,
          info: {
            name: form.name,
            phone: internationalPhone(form.phone),
            user_dob: citizen.birthday,
            gender: citizen.gender,
            full_address: { user_city: form.city, user_ward: form.ward, user_address: form.address },
          },
        },
      })
      // The same tap also arrives as a text (zalo §9.6); the app has to drop it.
      const message = keep(citizen, 'citizen', { kind: 'text', text: INFO_SENT_TEXT })
      fromCitizen(citizen, 'user_send_text', { message: { text: INFO_SENT_TEXT, msg_id: message.id } }, message.id)
    },

    react(citizen, messageId, icon) {
      const message = chatOf(state, citizen.id).find((each) => each.id === messageId && each.from !== 'citizen')
      if (message === undefined) return false
      if (icon === '/-remove') delete message.reaction
      else message.reaction = icon
      world.changes.publish({ type: 'message', message })
      world.storage.changed()
      fromCitizen(citizen, 'user_reacted_message', { message: { msg_id: messageId, react_icon: icon } })
      return true
    },

    seen(citizen, messageIds) {
      if (citizen.unread !== 0) {
        citizen.unread = 0
        publish(citizen)
      }
      const fresh = chatOf(state, citizen.id).filter(
        (each) =>
          (each.from === 'app' || each.from === 'officer') && each.state === 'received' && messageIds.includes(each.id),
      )
      for (const message of fresh) {
        message.state = 'seen'
        world.changes.publish({ type: 'message', message })
      }
      // Zalo reports only messages that this app has sent.
      const reported = fresh.filter((message) => message.from === 'app').map((message) => message.id)
      if (reported.length > 0) toCitizen(citizen, 'user_seen_message', { msg_ids: reported })
    },

    setOnline(citizen, isOnline) {
      citizen.isOnline = isOnline
      publish(citizen)
      if (!isOnline) return
      const waiting = chatOf(state, citizen.id).filter(
        (each) => (each.from === 'app' || each.from === 'officer') && each.state === 'sent',
      )
      for (const message of waiting) received(citizen, message)
    },

    withdraw(citizen) {
      keep(citizen, 'system', { kind: 'notice', text: 'Bạn đã yêu cầu rút lại dữ liệu đã cung cấp' })
      delete citizen.sharedInfo
      webhook.send({
        key: citizen.id,
        citizenId: citizen.id,
        body: {
          oa_id: ids.oaId,
          app_id: ids.appId,
          user_id: citizen.id,
          user_id_by_app: citizen.userIdByApp,
          event_name: 'user_withdraw',
        },
      })
    },

    accepted(citizenId, messageId) {
      const message = chatOf(state, citizenId).findLast((each) => each.id === messageId)
      if (message?.state !== 'sent') return
      message.state = 'received'
      world.changes.publish({ type: 'message', message })
      world.storage.changed()
    },
  }
}

function citizenFields(content: CitizenSends): AccountMessage {
  switch (content.kind) {
    case 'text':
      return {
        kind: 'text',
        text: content.text,
        ...(content.hidden === true ? { hidden: true } : {}),
        ...(content.quoteId === undefined ? {} : { quoteId: content.quoteId }),
      }
    case 'sticker':
      return { kind: 'sticker', text: '', sticker: content.sticker, url: content.url }
    case 'location':
      return { kind: 'location', text: '', latitude: content.latitude, longitude: content.longitude }
    case 'link':
      return { kind: 'link', text: content.text, url: content.url }
    case 'businessCard':
      return { kind: 'businessCard', text: content.card.name, card: content.card }
    default:
      return {
        kind: content.kind,
        text: content.text ?? '',
        media: content.media,
        ...(content.albumId === undefined ? {} : { albumId: content.albumId }),
      }
  }
}

function echoName(kind: MessageKind): string {
  switch (kind) {
    case 'image':
    case 'gif':
    case 'file':
    case 'sticker':
    case 'list':
      return `oa_send_${kind}`
    case 'requestInfo':
    case 'template':
    case 'article':
      return 'oa_send_template'
    default:
      return 'oa_send_text'
  }
}

/** `84…` as Zalo writes phone numbers. */
export function internationalPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return digits.startsWith('0') ? `84${digits.slice(1)}` : digits
}
