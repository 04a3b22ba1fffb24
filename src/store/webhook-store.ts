import type { mongo } from 'mongoose'
import { readEventId } from '../usecases/case-events.ts'
import type { Webhook, WebhookStore } from '../usecases/webhook-ports.ts'
import { historyKey } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'
import {
  deliveryKey,
  keptUntil,
  openDelivery,
  openWebhook,
  sealWebhook,
  type WebhookCollections,
  type WebhookDeliveryDocument,
  type WebhookDocument,
} from './webhook-documents.ts'

/** Webhooks in MongoDB, for those who look after them. */
export function createWebhookStore(deps: { collections: WebhookCollections; cipher: FieldCipher }): WebhookStore {
  const { webhooks, deliveries } = deps.collections
  const open = (document: WebhookDocument): Webhook => {
    const { secret: _secret, activeSince: _since, ...webhook } = openWebhook(deps.cipher, document)
    return webhook
  }

  return {
    async add(webhook) {
      await webhooks.insertOne(sealWebhook(deps.cipher, webhook))
    },

    async find(id) {
      const found = await webhooks.findOne({ _id: id })
      return found === null ? null : open(found)
    },

    async list() {
      return (await webhooks.find({}).sort({ _id: 1 }).toArray()).map(open)
    },

    count: () => webhooks.countDocuments({}),

    async counts(id, max) {
      const [waiting, dead] = await Promise.all([
        deliveries.countDocuments({ webhookId: id, open: true }, { limit: max, hint: 'due' }),
        deliveries.countDocuments({ webhookId: id, state: 'dead' }, { limit: max, hint: 'states' }),
      ])
      return { waiting, dead }
    },

    pause: (id, because) => pauseWebhook(deps.collections, id, because),

    async resume(id, now) {
      const at = new Date(now)
      await webhooks.updateOne(
        { _id: id },
        { $set: { state: 'active', pausedBecause: null, activeSince: at, failingSince: null, fault: null } },
      )
      await deliveries.updateMany(
        { webhookId: id, open: true, retryAt: { $gt: at } },
        { $set: { retryAt: at } },
        { hint: 'due' },
      )
    },

    async remove(id) {
      await webhooks.deleteOne({ _id: id })
      // One that is given out in this very moment ends by itself, for nobody sends it.
      await deliveries.deleteMany(deliveriesOf(id))
    },

    async deliveries(id, state, after, limit) {
      const event = after === null ? null : readEventId(after)
      const range = { $gt: event === null ? deliveryKey(id, '') : keyOf(id, event), $lt: `${id}0` }
      const found = await deliveries
        .find(state === null ? { _id: range } : { webhookId: id, state, _id: range })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return found.map((document) => {
        const { id: _id, since: _since, ...delivery } = openDelivery(document)
        return delivery
      })
    },

    async replay(id, eventId, now) {
      const event = eventId === null ? null : readEventId(eventId)
      const at = new Date(now)
      const { modifiedCount } = await deliveries.updateMany(
        { webhookId: id, state: 'dead', ...(event === null ? {} : { _id: keyOf(id, event) }) },
        {
          $set: { state: 'waiting', open: true, since: at, retryAt: at, removeAt: keptUntil('waiting', now) },
          $unset: { settledAt: '' },
        },
        { hint: 'states' },
      )
      return modifiedCount
    },
  }
}

/** False where it is paused already or not there. */
export async function pauseWebhook(
  { webhooks }: Pick<WebhookCollections, 'webhooks'>,
  id: string,
  because: 'asked' | 'gone',
): Promise<boolean> {
  const { modifiedCount } = await webhooks.updateOne(
    { _id: id, state: { $ne: 'paused' } },
    { $set: { state: 'paused', pausedBecause: because, failingSince: null } },
  )
  return modifiedCount === 1
}

function keyOf(id: string, { caseCode, version }: { caseCode: string; version: number }): string {
  return deliveryKey(id, historyKey(caseCode, version))
}

/** Ids are hexadecimal, so that a `0` stands right after the `/` of every key of one webhook. */
function deliveriesOf(id: string): mongo.Filter<WebhookDeliveryDocument> {
  return { _id: { $gt: deliveryKey(id, ''), $lt: `${id}0` } }
}
