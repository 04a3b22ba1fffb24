import { type Chats, internationalPhone } from '../chats.ts'
import type { Citizen, SimulatedTemplate } from '../model.ts'
import { DAY_MS, findCitizen, HOUR_MS, type World } from '../world.ts'
import { characters, isObject, type Json, optionalText, textAt } from './read.ts'
import { Refusal } from './refusal.ts'

/** Tags of zalo §8.2. */
const TAG = 'TRANSACTION'
const SENDS_KEPT_MAX = 1_000

/**
 * Template messages by phone and by user id, with receipts (zalo §3.6, §8). Templates of the account are held to their state
 * and parameters; an id that it does not know counts as approved, so that a province can try its own file.
 */
export function createTemplateCalls(deps: { world: World; chats: Chats }) {
  const { world, chats } = deps
  const { state, clock, settings } = world

  /** The values, once everything that Zalo would check is right. */
  function dataOf(body: Json): Record<string, string> {
    if (!isObject(body.template_data)) throw new Refusal(-111, 'Template data is empty')
    const entries = Object.entries(body.template_data)
    const wrong = entries.find(([, value]) => typeof value !== 'string')
    if (wrong !== undefined) throw new Refusal(-1124, `Template data ${wrong[0]} has a wrong format`)
    const data = Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
    const template = templateOf(body.template_id)
    if (template !== undefined) check(template, data)
    if (settings.templateBalanceEmpty) throw new Refusal(-115, 'Your account is out of quota or balance')
    if (remaining() <= 0) throw new Refusal(-144, 'OA has exceeded its daily quota')
    return data
  }

  function templateOf(id: unknown): SimulatedTemplate | undefined {
    return state.templates.find(({ templateId }) => templateId === String(id))
  }

  function check(template: SimulatedTemplate, data: Record<string, string>): void {
    if (template.status === 'DISABLE') throw new Refusal(-146, 'Template was disabled because of low quality')
    if (template.status !== 'ENABLE') throw new Refusal(-131, 'Template is not approved')
    for (const name of Object.keys(data)) {
      if (template.params.every((param) => param.name !== name)) throw new Refusal(-112, `${name} is not defined`)
    }
    for (const { name, require, type, maxLength, minLength } of template.params) {
      const value = data[name]
      if (value === undefined || value === '') {
        if (require) throw new Refusal(-1122, `${name} is missing`)
        continue
      }
      if (characters(value) > maxLength) throw new Refusal(-1121, `${name} is too long`)
      const isDay = /^\d{2}\/\d{2}\/\d{4}$/.test(value)
      if ((type === 'DATE' && !isDay) || (type === 'NUMBER' && !/^\d+$/.test(value)) || characters(value) < minLength) {
        throw new Refusal(-1124, `${name} has a wrong format`)
      }
    }
  }

  function remaining(): number {
    const today = dayOf(clock.now())
    const used = state.templateSends.filter(({ sentAt }) => dayOf(sentAt) === today).length
    return Math.max(0, settings.templateQuota - used)
  }

  function show(citizen: Citizen, templateId: string, data: Record<string, string>): string {
    const listed = Object.entries(data).map(([name, value]) => `${name}: ${value}`)
    const words = templateOf(templateId)?.text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => data[name] ?? '')
    const text = words ?? listed.join('\n')
    return chats.accountSends(citizen, { kind: 'template', text, template: { templateId, data } }).id
  }

  function note(send: { messageId: string; phone: string; trackingId: string; delivered: boolean }): number {
    const sentAt = clock.now()
    state.templateSends.push({ ...send, sentAt })
    if (state.templateSends.length > SENDS_KEPT_MAX) state.templateSends.shift()
    return sentAt
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
      const sentAt = note({ messageId, phone, trackingId, delivered: citizen.isOnline })
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
      return {
        msg_id: messageId,
        sent_time: String(sentAt),
        sending_mode: '1',
        quota: { dailyQuota: String(settings.templateQuota), remainingQuota: String(remaining()) },
      }
    },

    byUser(body: Json): Json {
      const citizen = findCitizen(state, textAt(body, 'user_id'))
      if (citizen === undefined) throw new Refusal(-201, 'user_id is invalid')
      const messageId = show(citizen, textAt(body, 'template_id'), dataOf(body))
      const sentAt = note({ messageId, phone: '', trackingId: '', delivered: citizen.isOnline })
      return {
        message_id: messageId,
        user_id: citizen.id,
        sent_time: String(sentAt),
        quota: { quota_type: 'purchase_quota', owner_type: 'OA', owner_id: state.credentials.oaId },
      }
    },

    status(query: Json): Json {
      const sent = state.templateSends.find((each) => each.messageId === query.message_id)
      if (sent === undefined) return { status: -1, message: 'Message not found', delivery_time: '' }
      return { status: sent.delivered ? 1 : 0, message: '', delivery_time: String(sent.sentAt) }
    },

    quota: (): Json => ({ dailyQuota: settings.templateQuota, remainingQuota: remaining() }),
    tag: (): Json => ({ tags: [TAG, 'CUSTOMER_CARE'] }),
    quality: (): Json => ({ oaCurrentQuality: 'HIGH', oa7dayQuality: 'HIGH' }),
    all: (): Json[] =>
      state.templates.map(({ templateId, name, status, quality }) => ({
        templateId: Number(templateId),
        templateName: name,
        status,
        templateQuality: quality,
        createdTime: clock.now(),
      })),
    info(query: Json): Json {
      const template = templateOf(query.template_id)
      return {
        templateId: query.template_id,
        templateName: template?.name ?? 'Mẫu của bản mô phỏng',
        status: template?.status ?? 'ENABLE',
        listParams: template?.params ?? [],
        listButtons: [],
        price_sdt: '0',
        price_uid: '0',
        templateTag: TAG,
        templateQuality: template?.quality ?? 'HIGH',
      }
    },
  }
}

function dayOf(at: number): number {
  return Math.floor((at + 7 * HOUR_MS) / DAY_MS)
}
