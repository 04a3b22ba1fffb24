import type { ChannelReceipt } from '../usecases/notice-channels.ts'
import type { AccountChange, WebhookEvent } from '../usecases/webhook-event.ts'
import type { ParsedEvent } from './events.ts'

/** What an event of the platform means to the road; kinds without an effect on a conversation or a message are ignored by name. */
export function toWebhookEvent(parsed: ParsedEvent): WebhookEvent {
  const { dedupeKey: key, eventName, at } = parsed
  switch (parsed.kind) {
    case 'citizen':
      return { kind: 'incoming', key, eventName, at, userId: parsed.userId, incoming: parsed.incoming }
    case 'echo':
      if (parsed.adminId !== undefined) return { kind: 'staffWrote', key, eventName, at, userId: parsed.userId }
      return { kind: 'echo', key, eventName, at, userId: parsed.userId, messageId: parsed.messageId, text: parsed.text }
    case 'receipt': {
      const state = parsed.receipt === 'received' ? 'delivered' : 'seen'
      return { kind: 'receipt', key, eventName, at, userId: parsed.userId, state, messageIds: parsed.messageIds }
    }
    case 'account':
      return { kind: 'ignored', reason: 'account', accountChange: changeOf(key, parsed) }
    case 'zbsReceipt':
      return { kind: 'ignored', reason: 'zbsReceipt', channelReceipt: receiptOf(parsed) }
    case 'ignored':
      return { kind: 'ignored', reason: parsed.reason }
    default:
      return { kind: 'ignored', reason: parsed.kind }
  }
}

function changeOf(key: string, { what, templateId, before, after }: ParsedEvent & { kind: 'account' }): AccountChange {
  return {
    key,
    what,
    ...(templateId === undefined ? {} : { templateId }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
}

/** The tracking id is the reference under which we sent it (zalo §8.1). */
function receiptOf({ messageId, trackingId, deliveredAt, at }: ParsedEvent & { kind: 'zbsReceipt' }): ChannelReceipt {
  return {
    channel: 'template',
    messageId,
    ...(trackingId === undefined ? {} : { reference: trackingId }),
    state: 'delivered',
    at: deliveredAt ?? at,
  }
}
