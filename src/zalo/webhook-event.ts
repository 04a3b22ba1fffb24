import type { WebhookEvent } from '../usecases/webhook-event.ts'
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
      return { kind: 'ignored', reason: 'account', accountChange: { key, what: parsed.what } }
    case 'ignored':
      return { kind: 'ignored', reason: parsed.reason }
    default:
      return { kind: 'ignored', reason: parsed.kind }
  }
}
