import { createHash } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { BroadcastStore, RecipientLine, RecipientQuery, RecipientState } from '../usecases/broadcast-ports.ts'
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

    async replace(next, mark, change) {
      const { live, ...fields } = broadcastFields(next)
      const anew =
        change?.mended === true
          ? {
              'article.step': 'none' as const,
              'article.at': change.now,
              'article.token': null,
              'article.code': null,
              'article.retryAt': 0,
            }
          : {}
      const update: mongo.UpdateFilter<BroadcastDocument> =
        live === undefined
          ? { $set: { ...fields, ...anew }, $unset: { live: '' } }
          : { $set: { ...fields, ...anew, live } }
      const refused = change?.mended === true ? { 'article.step': 'refused' as const } : {}
      return writeTogether(async (session) => {
        await keepMark(database, session, mark, next.id)
        const { matchedCount } = await broadcasts.updateOne(
          { _id: next.id, version: next.version - 1, ...refused },
          update,
          { session },
        )
        return matchedCount === 1
      })
    },

    report: createBroadcastReports(deps),

    async recipients(id, { group, reason, after, limit }) {
      const isStopped = (await broadcasts.countDocuments({ _id: id, state: 'stopped' })) === 1
      const items: RecipientLine[] = []
      let cursor = after
      // Who has failed is known from the copies alone: a few steps through the lines, and the reader comes again.
      for (let steps = 1; ; steps++) {
        const isExact = group === 'all' || isIndexed({ group, reason }, isStopped)
        const count = isExact ? limit - items.length : LOOKED_THROUGH
        const found = await linesAfter(
          id,
          isIndexed({ group, reason }, isStopped) ? { group, reason } : null,
          cursor,
          count + 1,
        )
        const copies = await copiesOf(found.slice(0, count))
        let isFull = false
        for (const line of found.slice(0, count)) {
          if (items.length === limit) {
            isFull = true
            break
          }
          cursor = line.citizenKey
          const shown = lineOf(line, line.messageId === null ? undefined : copies.get(line.messageId), isStopped)
          if (isOfGroup(shown.state, group) && (reason === null || shown.reason === reason)) items.push(shown)
        }
        if (!isFull && found.length <= count) return { items, next: null }
        if (items.length === limit || steps === STEPS_MAX) return { items, next: cursor }
      }
    },
  }

  /** In the order of their keys: all of them, or those of a state and a reason, which have an index of their own. */
  function linesAfter(
    id: string,
    only: { group: RecipientQuery['group']; reason: string | null } | null,
    after: string | null,
    limit: number,
  ): Promise<RecipientDocument[]> {
    const range = { $gt: after === null ? `${id}/` : `${id}/${after}`, $lt: `${id}0` }
    if (only === null) return recipients.find({ _id: range }).sort({ _id: 1 }).limit(limit).hint('_id_').toArray()
    const state = only.group === 'waiting' ? 'deferred' : 'skipped'
    return recipients
      .find({ broadcastId: id, state, reason: only.reason, _id: range })
      .sort({ _id: 1 })
      .limit(limit)
      .hint('states')
      .toArray()
  }

  async function copiesOf(lines: readonly RecipientDocument[]): Promise<Map<string, OutboxDocument>> {
    const ids = lines.flatMap(({ messageId }) => (messageId === null ? [] : [messageId]))
    const found = await outbox.find({ _id: { $in: ids } }, { projection: { body: 0 } }).toArray()
    return new Map(found.map((copy) => [copy._id, copy]))
  }
}

/** So many lines are looked through in one step, and so many steps taken, before the reader has to come again. */
const LOOKED_THROUGH = 1_000
const STEPS_MAX = 5
const SENT: ReadonlySet<RecipientState> = new Set(['sent', 'delivered', 'seen'])

/** Whether the lines themselves say it; who was sent one or has failed is known from the copies, and a stop ends all waiting. */
function isIndexed({ group, reason }: Pick<RecipientQuery, 'group' | 'reason'>, isStopped: boolean): boolean {
  return reason !== null && !isStopped && (group === 'waiting' || group === 'skipped') && reason !== 'sending'
}

function isOfGroup(state: RecipientState, group: RecipientQuery['group']): boolean {
  if (group === 'sent') return SENT.has(state)
  return group === 'all' || state === group
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
