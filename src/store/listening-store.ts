import type { mongo } from 'mongoose'
import type { GapCause, ListeningStore } from '../usecases/listening.ts'
import type { Database } from './database.ts'
import { ConflictError } from './errors.ts'

type ListeningDocument = {
  /** The account. */
  _id: string
  heardAt: number | null
  heardOn: Date
  owedSince: number | null
  cause: GapCause | null
  /** Counts the debts, so that paying one never hides another. */
  number: number
  isDeaf: boolean
  readOn: Date | null
  owner: string | null
  until: Date
}

/** Events may still be on their way, or come again, for so long: what overlaps is known and changes nothing. */
const marginMs = 2 * 60_000

/** What has been heard of one account, in MongoDB; durations by the database's own clock. */
export function createListeningStore(deps: { database: Database; oaId: string }): ListeningStore {
  const accounts = deps.database.collection<ListeningDocument>('listening')
  const _id = deps.oaId
  const past = new Date(0)
  const fromHeard = { $max: [0, { $subtract: ['$heardAt', marginMs] }] }
  const earliest = (since: unknown) => ({ $min: [{ $ifNull: ['$owedSince', since] }, since] })

  return {
    async read() {
      const found = await accounts.findOne<ListeningDocument & { silentMs: number; sinceReadMs: number | null }>(
        { _id },
        {
          projection: {
            heardAt: 1,
            owedSince: 1,
            isDeaf: 1,
            silentMs: { $subtract: ['$$NOW', '$heardOn'] },
            sinceReadMs: { $subtract: ['$$NOW', '$readOn'] },
          },
        },
      )
      return {
        heardAt: found?.heardAt ?? null,
        silentMs: found?.silentMs ?? null,
        owedSince: found?.owedSince ?? null,
        isDeaf: found?.isDeaf ?? false,
        sinceReadMs: found?.sinceReadMs ?? null,
      }
    },

    async begin(at) {
      const fresh: mongo.OptionalId<ListeningDocument> = {
        _id,
        heardAt: at,
        heardOn: new Date(),
        owedSince: null,
        cause: null,
        number: 0,
        isDeaf: false,
        readOn: null,
        owner: null,
        until: past,
      }
      await accounts.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true }).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== 11_000) throw error
      })
    },

    async heard(at, pauseMs) {
      const isAfterPause = { $gt: [{ $subtract: ['$$NOW', '$heardOn'] }, pauseMs] }
      await accounts.updateOne({ _id }, [
        {
          $set: {
            owedSince: { $cond: [isAfterPause, earliest(fromHeard), '$owedSince'] },
            cause: { $cond: [isAfterPause, { $ifNull: ['$cause', 'resumed'] }, '$cause'] },
            number: { $cond: [isAfterPause, { $add: ['$number', 1] }, '$number'] },
          },
        },
        { $set: { heardAt: { $max: ['$heardAt', at] }, heardOn: '$$NOW', isDeaf: false } },
      ])
    },

    async owe(since, cause) {
      const from = since === null ? fromHeard : { $literal: Math.max(0, since - marginMs) }
      await accounts.updateOne({ _id }, [
        {
          $set: {
            owedSince: earliest(from),
            cause: { $ifNull: ['$cause', { $literal: cause }] },
            number: { $add: ['$number', 1] },
          },
        },
      ])
    },

    async claim(owner, leaseMs) {
      const claimed = await accounts.findOneAndUpdate(
        { _id, owedSince: { $ne: null }, $expr: { $lte: ['$until', '$$NOW'] } },
        [{ $set: { owner: { $literal: owner }, until: { $add: ['$$NOW', leaseMs] } } }],
        { returnDocument: 'after' },
      )
      if (claimed === null || claimed.owedSince === null) return null
      return { since: claimed.owedSince, cause: claimed.cause ?? 'start', number: claimed.number }
    },

    async keep(owner, leaseMs) {
      const { matchedCount } = await accounts.updateOne({ _id, owner, $expr: { $gt: ['$until', '$$NOW'] } }, [
        { $set: { until: { $add: ['$$NOW', leaseMs] } } },
      ])
      if (matchedCount === 0) throw new ConflictError('the record of the chats is in another hand')
    },

    async paid(owner, number, { newestAt, isDeaf }) {
      const isSame = { $eq: ['$number', number] }
      await accounts.updateOne({ _id, owner }, [
        {
          $set: {
            owedSince: { $cond: [isSame, null, '$owedSince'] },
            cause: { $cond: [isSame, null, '$cause'] },
            heardAt: { $max: ['$heardAt', newestAt] },
            isDeaf: { $or: [isDeaf, '$isDeaf'] },
            readOn: '$$NOW',
            owner: null,
            until: past,
          },
        },
      ])
    },

    async release(owner) {
      await accounts.updateOne({ _id, owner }, { $set: { owner: null, until: past } })
    },
  }
}
