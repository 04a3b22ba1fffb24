import { createHash } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { BroadcastStore, RecipientLine, RecipientState } from '../usecases/broadcast-ports.ts'
import {
  type BroadcastCollections,
  type BroadcastDocument,
  broadcastFields,
  openBroadcast,
  type RecipientDocument,
} from './broadcast-documents.ts'
import { createBroadcastReports, failureReason } from './broadcast-report.ts'
import type { Database } from './database.ts'
import type { OutboxDocument } from './documents.ts'
import { keepMark } from './idempotency-store.ts'
import { createWriteTogether } from './write-together.ts'

/** Broadcasts in MongoDB, for those who write, approve and watch them. */
export function createBroadcastStore(deps: { database: Database; collections: BroadcastCollections }): BroadcastStore {
  const { database } = deps
  const { broadcasts, recipients } = deps.collections
  const { outbox } = database.collections
  const writeTogether = createWriteTogether(database)

  return {
    async add(broadcast, mark) {
      await writeTogether(async (session) => {
        await keepMark(database, session, mark, broadcast.id)
        const run = { owner: null, until: new Date(0), cursor: '', isRead: false }
        await broadcasts.insertOne({ _id: broadcast.id, ...broadcastFields(broadcast), run }, { session })
      })
    },

    async find(id) {
      const found = await broadcasts.findOne({ _id: id })
      return found === null ? null : openBroadcast(found)
    },

    async list({ states, after, limit }) {
      const before =
        after === null
          ? {}
          : {
              $or: [{ createdAt: { $lt: after.createdAt } }, { createdAt: after.createdAt, _id: { $lt: after.id } }],
            }
      const found = await broadcasts
        .find({ ...(states === null ? {} : { state: { $in: [...states] } }), ...before })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(openBroadcast)
    },

    async replace(next, mark) {
      const { live, ...fields } = broadcastFields(next)
      const update: mongo.UpdateFilter<BroadcastDocument> =
        live === undefined ? { $set: fields, $unset: { live: '' } } : { $set: { ...fields, live } }
      return writeTogether(async (session) => {
        await keepMark(database, session, mark, next.id)
        const { matchedCount } = await broadcasts.updateOne({ _id: next.id, version: next.version - 1 }, update, {
          session,
        })
        return matchedCount === 1
      })
    },

    report: createBroadcastReports(deps),

    async recipients(id, { group, after, limit }) {
      const range = { $gt: after === null ? `${id}/` : `${id}/${after}`, $lt: `${id}0` }
      const states = { all: null, waiting: 'deferred', skipped: 'skipped' } as const
      const state = states[group]
      const found = await recipients
        .find({ ...(state === null ? {} : { broadcastId: id, state }), _id: range })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray()
      const page = found.slice(0, limit)
      const copies = await outbox
        .find(
          { _id: { $in: page.flatMap(({ messageId }) => (messageId === null ? [] : [messageId])) } },
          { projection: { body: 0 } },
        )
        .toArray()
      const byId = new Map(copies.map((copy) => [copy._id, copy]))
      const isStopped = (await broadcasts.countDocuments({ _id: id, state: 'stopped' })) === 1
      return {
        items: page.map((line) =>
          lineOf(line, line.messageId === null ? undefined : byId.get(line.messageId), isStopped),
        ),
        next: found.length > limit ? (page.at(-1)?.citizenKey ?? null) : null,
      }
    },
  }
}

function lineOf(line: RecipientDocument, copy: OutboxDocument | undefined, isStopped: boolean): RecipientLine {
  const ref = createHash('sha256').update(line._id).digest('hex').slice(0, 12)
  const at = line.at.getTime()
  if (line.state === 'skipped') return { ref, state: 'skipped', reason: line.reason, at }
  if (line.state === 'deferred')
    return isStopped
      ? { ref, state: 'skipped', reason: 'stopped', at }
      : { ref, state: 'waiting', reason: line.reason, at }
  if (copy === undefined) return { ref, state: 'sent', reason: null, at }
  const when = copy.seenAt ?? copy.deliveredAt ?? copy.acceptedAt ?? copy.settledAt ?? line.at
  return { ref, ...stateOf(copy), at: when.getTime() }
}

function stateOf(copy: OutboxDocument): { state: RecipientState; reason: string | null } {
  switch (copy.state) {
    case 'accepted':
      return { state: 'sent', reason: null }
    case 'delivered':
    case 'seen':
      return { state: copy.state, reason: null }
    case 'failed':
    case 'unreachable':
      return { state: 'failed', reason: failureReason(copy.tries.at(-1)?.code ?? null) }
    case 'ambiguous':
      return copy.open === true
        ? { state: 'waiting', reason: 'sending' }
        : { state: 'failed', reason: 'outcomeUnknown' }
    default:
      return { state: 'waiting', reason: 'sending' }
  }
}
