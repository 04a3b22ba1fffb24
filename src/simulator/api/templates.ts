import { type Chats, internationalPhone } from '../chats.ts'
import type { Citizen } from '../model.ts'
import { findCitizen, type World } from '../world.ts'
import { isObject, type Json, optionalText, textAt } from './read.ts'
import { Refusal } from './refusal.ts'

const DAILY_QUOTA = 500

/** Template messages by phone and by user id, with receipts (zalo §3.6, §8). Every template id is known and approved. */
export function createTemplateCalls(deps: { world: World; chats: Chats }) {
  const { world, chats } = deps
  const { state, clock } = world

  function dataOf(body: Json): Record<string, string> {
    if (!isObject(body.template_data)) throw new Refusal(-111, 'Template data is empty')
    const entries = Object.entries(body.template_data)
    const wrong = entries.find(([, value]) => typeof value !== 'string')
    if (wrong !== undefined) throw new Refusal(-1124, `Template data ${wrong[0]} has a wrong format`)
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
  }

  function show(citizen: Citizen, templateId: string, data: Record<string, string>): string {
    const text = Object.entries(data)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n')
    return chats.accountSends(citizen, { kind: 'template', text, template: { templateId, data } }).id
  }

  return {
    byPhone(body: Json): Json {
      const phone = internationalPhone(optionalText(body, 'phone') ?? '')
      if (!/^84\d{9,10}$/.test(phone)) throw new Refusal(-108, 'Phone number is invalid')
      const templateId = String(body.template_id ?? '')
      if (!/^\d{3,10}$/.test(templateId)) throw new Refusal(-109, 'Template id is invalid')
      const trackingId = optionalText(body, 'tracking_id') ?? ''
      if (trackingId.length > 48) throw new Refusal(-132, 'tracking_id is invalid')
      const data = dataOf(body)
      const citizen = Object.values(state.citizens).find((each) => internationalPhone(each.phone) === phone)
      if (citizen === undefined) throw new Refusal(-118, 'Zalo account does not exist')
      const messageId = show(citizen, templateId, data)
      const sentAt = clock.now()
      state.templateSends.push({ messageId, phone, trackingId, sentAt, delivered: citizen.isOnline })
      if (state.templateSends.length > 1_000) state.templateSends.shift()
      if (citizen.isOnline) {
        world.webhook.send({
          key: `phone-${phone}`,
          citizenId: citizen.id,
          fromServer: 'ZNS',
          body: {
            sender: { id: state.credentials.oaId },
            recipient: { id: phone },
            event_name: 'user_received_message',
            message: { delivery_time: String(sentAt), msg_id: messageId, tracking_id: trackingId },
            app_id: state.credentials.appId,
          },
        })
      }
      const used = state.templateSends.length
      return {
        msg_id: messageId,
        sent_time: String(sentAt),
        sending_mode: '1',
        quota: { dailyQuota: String(DAILY_QUOTA), remainingQuota: String(Math.max(0, DAILY_QUOTA - used)) },
      }
    },

    byUser(body: Json): Json {
      const citizen = findCitizen(state, textAt(body, 'user_id'))
      if (citizen === undefined) throw new Refusal(-201, 'user_id is invalid')
      const messageId = show(citizen, textAt(body, 'template_id'), dataOf(body))
      return {
        message_id: messageId,
        user_id: citizen.id,
        sent_time: String(clock.now()),
        quota: { quota_type: 'purchase_quota', owner_type: 'OA', owner_id: state.credentials.oaId },
      }
    },

    status(query: Json): Json {
      const sent = state.templateSends.find((each) => each.messageId === query.message_id)
      if (sent === undefined) return { status: -1, message: 'Message not found', delivery_time: '' }
      return { status: sent.delivered ? 1 : 0, message: '', delivery_time: String(sent.sentAt) }
    },

    quota: (): Json => ({
      dailyQuota: DAILY_QUOTA,
      remainingQuota: Math.max(0, DAILY_QUOTA - state.templateSends.length),
    }),
    tag: (): Json => ({ tags: ['TRANSACTION', 'CUSTOMER_CARE'] }),
    quality: (): Json => ({ oaCurrentQuality: 'HIGH', oa7dayQuality: 'HIGH' }),
    all: (): Json[] => [],
    info: (query: Json): Json => ({
      templateId: query.template_id,
      templateName: 'Mẫu của bản mô phỏng',
      status: 'ENABLE',
      listParams: [],
      listButtons: [],
      price_sdt: '0',
      price_uid: '0',
      templateTag: 'TRANSACTION',
      templateQuality: 'HIGH',
    }),
  }
}
