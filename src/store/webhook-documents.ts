import { type Connection, type mongo, Schema } from 'mongoose'
import { eventIdOf } from '../usecases/case-events.ts'
import type { DeliveryState, WaitingDelivery, WebhookTarget } from '../usecases/webhook-ports.ts'
import type { CaseEventDocument } from './case-documents.ts'
import type { FieldCipher } from './crypto.ts'
import type { Database } from './database.ts'
import { makeAllIndexes } from './make-indexes.ts'
import { openJson, sealJson } from './sealed.ts'

/** A receiver outside. Its address may carry a token, so it is sealed with the secret. */
export type WebhookDocument = {
  _id: string
  /** Encrypted JSON of address and secret. */
  sealed: Buffer
  acts: string[]
  unitCodes: string[]
  createdBy: string | null
  createdAt: Date
  state: 'active' | 'failing' | 'paused'
  pausedBecause: 'asked' | 'gone' | null
  activeSince: Date
  failingSince: Date | null
  fault: string | null
}

/** One event for one receiver. */
export type WebhookDeliveryDocument = Pick<CaseEventDocument, 'code' | 'seq' | 'act' | 'from' | 'to' | 'at'> & {
  /** `deliveryKey(webhookId, …)`: an event becomes one delivery of a webhook, however often it is given out. */
  _id: string
  webhookId: string
  state: 'waiting' | 'delivered' | 'skipped' | 'dead'
  /** Present while it waits. */
  open?: true
  tries: number
  lastTry: { at: Date; outcome: string } | null
  createdAt: Date
  since: Date
  retryAt: Date
  settledAt?: Date
  /** When the database lets it go. */
  removeAt: Date
}

export type WebhookCollections = {
  webhooks: mongo.Collection<WebhookDocument>
  deliveries: mongo.Collection<WebhookDeliveryDocument>
  events: mongo.Collection<CaseEventDocument>
}

export const webhookContext = (id: string): string => `webhooks.sealed:${id}`

/** Brings the collections of the webhooks into being. */
export async function openWebhookCollections(database: Database): Promise<WebhookCollections> {
  await makeAllIndexes(defineModels(database.connection))
  return {
    webhooks: database.collection<WebhookDocument>('webhooks'),
    deliveries: database.collection<WebhookDeliveryDocument>('webhookDeliveries'),
    events: database.collection<CaseEventDocument>('caseEvents'),
  }
}

/** A webhook as it is stored, opened. */
export function openWebhook(cipher: FieldCipher, document: WebhookDocument): WebhookTarget {
  const { _id: id, sealed, createdAt, activeSince, failingSince, ...clear } = document
  const { url, secret } = openJson(cipher, sealed, webhookContext(id)) as Pick<WebhookTarget, 'url' | 'secret'>
  return {
    ...clear,
    id,
    url,
    secret,
    createdAt: createdAt.getTime(),
    activeSince: activeSince.getTime(),
    failingSince: failingSince?.getTime() ?? null,
  }
}

/** A webhook ready to be stored. */
export function sealWebhook(cipher: FieldCipher, webhook: WebhookTarget): WebhookDocument {
  const { id, url, secret, acts, unitCodes, createdAt, activeSince, failingSince, ...clear } = webhook
  return {
    ...clear,
    _id: id,
    sealed: sealJson(cipher, { url, secret }, webhookContext(id)),
    acts: [...acts],
    unitCodes: [...unitCodes],
    createdAt: new Date(createdAt),
    activeSince: new Date(activeSince),
    failingSince: failingSince === null ? null : new Date(failingSince),
  }
}

/** `lineKey` is the key of the event's line in the history. */
export function deliveryKey(webhookId: string, lineKey: string): string {
  return `${webhookId}/${lineKey}`
}

const DAY_MS = 86_400_000
/** What waits so long belongs to a receiver that somebody paused and forgot; what was given up stays for a replay. */
const keptDays: Record<DeliveryState, number> = { waiting: 90, dead: 180, delivered: 30, skipped: 30 }

export function keptUntil(state: DeliveryState, now: number): Date {
  return new Date(now + keptDays[state] * DAY_MS)
}

/** A delivery as it is stored, opened. */
export function openDelivery(document: WebhookDeliveryDocument): WaitingDelivery {
  const { _id: id, code: caseCode, seq: version, act, from, to, at, state, tries, lastTry } = document
  return {
    id,
    eventId: eventIdOf(caseCode, version),
    caseCode,
    version,
    act,
    from,
    to,
    at,
    state,
    tries,
    lastTry: lastTry === null ? null : { at: lastTry.at.getTime(), outcome: lastTry.outcome },
    createdAt: document.createdAt.getTime(),
    since: document.since.getTime(),
    retryAt: document.retryAt.getTime(),
  }
}

function defineModels(connection: Connection) {
  const options = { versionKey: false, strict: true, autoCreate: false } as const
  const webhook = new Schema(
    {
      _id: String,
      sealed: Buffer,
      acts: [String],
      unitCodes: [String],
      createdBy: String,
      createdAt: Date,
      state: String,
      pausedBecause: String,
      activeSince: Date,
      failingSince: Date,
      fault: String,
    },
    options,
  )
  const delivery = new Schema(
    {
      _id: String,
      webhookId: String,
      code: String,
      seq: Number,
      act: String,
      from: String,
      to: String,
      at: String,
      state: String,
      open: Boolean,
      tries: Number,
      lastTry: new Schema({ at: Date, outcome: String }, { _id: false }),
      createdAt: Date,
      since: Date,
      retryAt: Date,
      settledAt: Date,
      removeAt: Date,
    },
    options,
  )
  const isOpen = { open: true }
  delivery.index({ webhookId: 1, retryAt: 1 }, { name: 'due', partialFilterExpression: isOpen })
  delivery.index({ webhookId: 1, code: 1, seq: 1 }, { name: 'cases', partialFilterExpression: isOpen })
  delivery.index({ webhookId: 1, state: 1, _id: 1 }, { name: 'states' })
  delivery.index({ removeAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return [
    connection.model('Webhook', webhook, 'webhooks'),
    connection.model('WebhookDelivery', delivery, 'webhookDeliveries'),
  ]
}
