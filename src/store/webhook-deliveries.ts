import type { mongo } from 'mongoose'
import type { CaseEvent, CourierStore } from '../usecases/webhook-ports.ts'
import type { CaseDocument, CaseEventDocument } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import {
  deliveryKey,
  keptUntil,
  openDelivery,
  openWebhook,
  type WebhookCollections,
  type WebhookDeliveryDocument,
} from './webhook-documents.ts'
import { pauseWebhook } from './webhook-store.ts'
import { createWriteTogether } from './write-together.ts'

/** Webhooks and their deliveries in MongoDB, for those who send. */
export function createCourierStore(deps: {
  database: Database
  collections: WebhookCollections
  cipher: FieldCipher
  /** A webhook that was changed behind the back of the service; the others do not wait for somebody to look at it. */
  onUnreadable(id: string, error: unknown): void
}): CourierStore {
  const { database, collections } = deps
  const { webhooks, deliveries, events } = collections
  const cases = database.collection<Pick<CaseDocument, '_id' | 'denunciation'>>('cases')
  const writeTogether = createWriteTogether(database)

  return {
    async dispatch(limit, wants, now) {
      if ((await events.findOne({}, { projection: { _id: 1 } })) === null) return 0
      // Both are read as of one moment: an event that was stored after a webhook was is never taken away without it.
      return writeTogether(async (session) => {
        const found = await events.find({}, { session }).sort({ _id: 1 }).limit(limit).toArray()
        const filters = await webhooks.find({}, { session, projection: { acts: 1, unitCodes: 1 } }).toArray()
        const fresh = found.flatMap((event) =>
          filters.flatMap(({ _id, acts, unitCodes }) =>
            wants({ acts, unitCodes }, openEvent(event)) ? [deliveryOf(_id, event, now)] : [],
          ),
        )
        if (fresh.length > 0) await deliveries.bulkWrite(fresh.map(unlessThere), { session, ordered: true })
        await events.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } }, { session })
        return found.length
      })
    },

    async targets() {
      const found = await webhooks.find({ state: { $ne: 'paused' } }).toArray()
      return found.flatMap((document) => {
        try {
          return [openWebhook(deps.cipher, document)]
        } catch (error) {
          deps.onUnreadable(document._id, error)
          return []
        }
      })
    },

    async dueCases(id, { now, except, limit }) {
      const found = await deliveries
        .find(
          { webhookId: id, open: true, retryAt: { $lte: new Date(now) }, code: { $nin: [...except] } },
          { projection: { code: 1 }, hint: 'due' },
        )
        .sort({ retryAt: 1 })
        .limit(limit)
        .toArray()
      return [...new Set(found.map(({ code }) => code))]
    },

    async head(id, caseCode) {
      const found = await deliveries.findOne(
        { webhookId: id, code: caseCode, open: true },
        { sort: { seq: 1 }, hint: 'cases' },
      )
      return found === null ? null : openDelivery(found)
    },

    async rest(id, caseCode, until) {
      const retryAt = new Date(until)
      await deliveries.updateMany(
        { webhookId: id, code: caseCode, open: true, retryAt: { $lt: retryAt } },
        { $set: { retryAt } },
        { hint: 'cases' },
      )
    },

    async isSecret(caseCode) {
      const found = await cases.findOne({ _id: caseCode }, { projection: { denunciation: 1 } })
      return found === null || found.denunciation
    },

    async settle(deliveryId, state, tried) {
      await deliveries.updateOne({ _id: deliveryId, open: true }, settled(state, tried))
    },

    async retry(deliveryId, { at, outcome }, retryAt) {
      await deliveries.updateOne(
        { _id: deliveryId, open: true },
        { $set: { lastTry: { at: new Date(at), outcome }, retryAt: new Date(retryAt) }, $inc: { tries: 1 } },
      )
    },

    async giveUp(id, before, tried) {
      const { modifiedCount } = await deliveries.updateMany(
        { webhookId: id, open: true, since: { $lt: new Date(before) } },
        settled('dead', tried),
        { hint: 'due' },
      )
      return modifiedCount
    },

    async markFailing(id, fault, now) {
      await webhooks.updateOne(
        { _id: id, state: 'active' },
        { $set: { state: 'failing', failingSince: new Date(now), fault } },
      )
    },

    async markWell(id) {
      await webhooks.updateOne(
        { _id: id, state: 'failing' },
        { $set: { state: 'active', failingSince: null, fault: null } },
      )
    },

    pause: (id, because) => pauseWebhook(collections, id, because),
  }
}

function openEvent({ code, seq, act, from, to, at, unitCodes, isSecret }: CaseEventDocument): CaseEvent {
  return { caseCode: code, version: seq, act, from, to, at, unitCodes, isSecret }
}

function deliveryOf(webhookId: string, event: CaseEventDocument, now: number): WebhookDeliveryDocument {
  const { _id, code, seq, act, from, to, at } = event
  const stored = new Date(now)
  return {
    _id: deliveryKey(webhookId, _id),
    webhookId,
    code,
    seq,
    act,
    from,
    to,
    at,
    state: 'waiting',
    open: true,
    tries: 0,
    lastTry: null,
    createdAt: stored,
    since: stored,
    retryAt: stored,
    removeAt: keptUntil('waiting', now),
  }
}

/** One that is there stays as it is: whatever became of it, nothing behind it has to wait for that. */
function unlessThere({
  _id,
  ...fields
}: WebhookDeliveryDocument): mongo.AnyBulkWriteOperation<WebhookDeliveryDocument> {
  return { updateOne: { filter: { _id }, update: { $setOnInsert: fields }, upsert: true } }
}

function settled(
  state: 'delivered' | 'skipped' | 'dead',
  { at, outcome }: { at: number; outcome: string },
): mongo.UpdateFilter<WebhookDeliveryDocument> {
  const settledAt = new Date(at)
  return {
    $set: { state, lastTry: { at: settledAt, outcome }, settledAt, removeAt: keptUntil(state, at) },
    $inc: { tries: 1 },
    $unset: { open: '' },
  }
}
