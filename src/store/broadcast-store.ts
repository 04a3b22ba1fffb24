import { createHash } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { BroadcastReport, BroadcastStore, RecipientLine, RecipientState } from '../usecases/broadcast-ports.ts'
import {
  type BroadcastCollections,
  type BroadcastDocument,
  broadcastFields,
  openBroadcast,
  type RecipientDocument,
} from './broadcast-documents.ts'
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

    async report(id) {
      const [lines, copies, current] = await Promise.all([
        recipients
          .aggregate<{ _id: { state: RecipientDocument['state']; reason: string | null }; count: number }>(
            [
              { $match: { broadcastId: id } },
              { $group: { _id: { state: '$state', reason: '$reason' }, count: { $sum: 1 } } },
            ],
            { hint: 'states' },
          )
          .toArray(),
        outbox
          .aggregate<{ _id: { state: OutboxDocument['state']; isOpen: boolean }; count: number }>(
            [
              { $match: { broadcast: id } },
              {
                $group: {
                  _id: { state: '$state', isOpen: { $eq: ['$open', true] } },
                  count: { $sum: 1 },
                },
              },
            ],
            { hint: 'broadcasts' },
          )
          .toArray(),
        broadcasts.findOne({ _id: id }, { projection: { state: 1, article: 1 } }),
      ])
      const failures = await failureReasons(id)
      const article = current?.article
      const counted = reportOf(
        lines.map(({ _id, count }) => ({ ..._id, count })),
        copies.map(({ _id, count }) => ({ ..._id, count })),
        failures,
        current?.state === 'stopped',
      )
      return {
        ...counted,
        article:
          article === undefined
            ? null
            : { state: article.step, id: article.articleId, at: article.at, reason: article.code },
      }
    },

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

  /** Zalo's last number for each copy that ended without arriving. */
  async function failureReasons(id: string): Promise<{ reason: string; count: number }[]> {
    const found = await outbox
      .aggregate<{ _id: string | null; count: number }>(
        [
          { $match: { broadcast: id, state: { $in: ['failed', 'unreachable'] } } },
          { $group: { _id: { $last: '$tries.code' }, count: { $sum: 1 } } },
        ],
        { hint: 'broadcasts' },
      )
      .toArray()
    return found.map(({ _id, count }) => ({ reason: failureReason(_id), count }))
  }
}

type LineCount = { state: RecipientDocument['state']; reason: string | null; count: number }
type CopyCount = { state: OutboxDocument['state']; isOpen: boolean; count: number }

const ACCEPTED: ReadonlySet<string> = new Set(['accepted', 'delivered', 'seen'])
const ARRIVED: ReadonlySet<string> = new Set(['delivered', 'seen'])

function reportOf(
  lines: readonly LineCount[],
  copies: readonly CopyCount[],
  failures: readonly { reason: string; count: number }[],
  isStopped: boolean,
): Pick<BroadcastReport, 'counts' | 'reasons'> {
  const reasons: Record<string, number> = {}
  const add = (reason: string, count: number) => {
    reasons[reason] = (reasons[reason] ?? 0) + count
  }
  const counts = { total: 0, sent: 0, delivered: 0, skipped: 0, failed: 0 }
  for (const { state, reason, count } of lines) {
    counts.total += count
    // Whoever waited when it was stopped gets nothing any more.
    const isSkipped = state === 'skipped' || (state === 'deferred' && isStopped)
    if (isSkipped) counts.skipped += count
    if (state === 'skipped') add(reason ?? 'unknown', count)
    if (state === 'deferred') add(isStopped ? 'stopped' : `waiting:${reason ?? 'unknown'}`, count)
  }
  for (const { state, isOpen, count } of copies) {
    if (ACCEPTED.has(state)) counts.sent += count
    if (ARRIVED.has(state)) counts.delivered += count
    const isUnknown = state === 'ambiguous' && !isOpen
    if (state === 'failed' || state === 'unreachable' || isUnknown) counts.failed += count
    if (isUnknown) add('outcomeUnknown', count)
    if (isOpen) add('waiting:sending', count)
  }
  for (const { reason, count } of failures) add(reason, count)
  return { counts, reasons }
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

/** Zalo's number, or a word of ours. */
function failureReason(code: string | null): string {
  return code === null ? 'failed' : /^-?\d+$/.test(code) ? `zalo${code}` : code
}
