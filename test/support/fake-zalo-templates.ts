import { randomBytes } from 'node:crypto'
import type { TemplateArrival } from './fake-zalo-types.ts'

/** The template API of both hosts (zalo §3.6, §8): every template is enabled and asks for nothing, the quota is ample. */
export function createFakeTemplates(onArrival: (arrival: TemplateArrival) => void) {
  const arrivals: TemplateArrival[] = []

  function arrive(to: TemplateArrival['to'], body: Record<string, unknown>): TemplateArrival {
    const { template_id: templateId, template_data: data, tracking_id: reference } = body
    const arrival: TemplateArrival = {
      to,
      messageId: randomBytes(10).toString('hex'),
      at: Date.now(),
      templateId: String(templateId),
      data: (data ?? {}) as Record<string, string>,
      ...(typeof reference === 'string' ? { reference } : {}),
    }
    arrivals.push(arrival)
    onArrival(arrival)
    return arrival
  }

  return {
    arrivals,
    /** Null where the route is none of this API. */
    answer(route: string, body: Record<string, unknown>): { error: number; data?: unknown } | null {
      const sentTime = String(Date.now())
      switch (route) {
        case '/v3.0/oa/message/template': {
          if (typeof body.user_id !== 'string' || body.template_id === undefined) return { error: -201 }
          const { messageId } = arrive({ userId: body.user_id }, body)
          const quota = { quota_type: 'sub_quota', owner_type: 'OA' }
          return { error: 0, data: { message_id: messageId, user_id: body.user_id, sent_time: sentTime, quota } }
        }
        case '/message/template': {
          if (typeof body.phone !== 'string' || !/^84\d{9,10}$/.test(body.phone)) return { error: -108 }
          const { messageId } = arrive({ phone: body.phone }, body)
          const quota = { dailyQuota: '100000', remainingQuota: '90000' }
          return { error: 0, data: { msg_id: messageId, sent_time: sentTime, sending_mode: '1', quota } }
        }
        case '/template/info/v2':
          return { error: 0, data: { status: 'ENABLE', templateQuality: 'HIGH', listParams: [] } }
        case '/message/quota':
          return { error: 0, data: { dailyQuota: '100000', remainingQuota: '90000' } }
        default:
          return null
      }
    },
  }
}
