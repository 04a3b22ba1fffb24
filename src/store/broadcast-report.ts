import type { BroadcastReport } from '../usecases/broadcast-ports.ts'
import type { BroadcastCollections, BroadcastDocument, RecipientDocument } from './broadcast-documents.ts'
import type { Database } from './database.ts'
import type { OutboxDocument } from './documents.ts'

/** After so long no receipt comes any more. */
const SETTLED_AFTER_MS = 8 * 86_400_000
/** The messages themselves go one day (R9-8): what was counted while they were there stands. */
const COUNTED_ANEW_UNTIL_MS = 30 * 86_400_000

type Counted = Pick<BroadcastReport, 'counts' | 'reasons'>

/**
 * Counts what has become of broadcasts. A count is kept beside the broadcast, so that a list of many need not count again what
 * was counted a moment ago.
 */
export function createBroadcastReports(deps: { database: Database; collections: BroadcastCollections }) {
  const { broadcasts, recipients } = deps.collections
  const { outbox } = deps.database.collections

  return async function report(id: string, maxAgeMs = 0): Promise<BroadcastReport> {
    const current = await broadcasts.findOne(
      { _id: id },
      { projection: { state: 1, endedAt: 1, article: 1, counted: 1 } },
    )
    const counted = current === null ? await count(id, false) : await countOf(current, maxAgeMs)
    const article = current?.article
    return {
      ...counted,
      article:
        article === undefined
          ? null
          : { state: article.step, id: article.articleId, at: article.at, reason: article.code },
    }
  }

  async function countOf(
    current: Pick<BroadcastDocument, '_id' | 'state' | 'endedAt' | 'counted'>,
    maxAgeMs: number,
  ): Promise<Counted> {
    const { _id: id, state, endedAt, counted } = current
    const now = Date.now()
    if (counted !== undefined) {
      const isFinal = endedAt !== null && (counted.isSettled || now - endedAt > COUNTED_ANEW_UNTIL_MS)
      if (isFinal || now - counted.at.getTime() < maxAgeMs) return counted
    }
    const fresh = await count(id, state === 'stopped')
    const isSettled = endedAt !== null && now - endedAt > SETTLED_AFTER_MS
    await broadcasts.updateOne({ _id: id, state }, { $set: { counted: { ...fresh, at: new Date(now), isSettled } } })
    return fresh
  }

  async function count(id: string, isStopped: boolean): Promise<Counted> {
    const [lines, copies, failures] = await Promise.all([
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
            { $group: { _id: { state: '$state', isOpen: { $eq: ['$open', true] } }, count: { $sum: 1 } } },
          ],
          { hint: 'broadcasts' },
        )
        .toArray(),
      failureReasons(id),
    ])
    return reportOf(
      lines.map(({ _id, count: number }) => ({ ..._id, count: number })),
      copies.map(({ _id, count: number }) => ({ ..._id, count: number })),
      failures,
      isStopped,
    )
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
    return found.map(({ _id, count: number }) => ({ reason: failureReason(_id), count: number }))
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
): Counted {
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

/** Zalo's number, or a word of ours. */
export function failureReason(code: string | null): string {
  return code === null ? 'failed' : /^-?\d+$/.test(code) ? `zalo${code}` : code
}
