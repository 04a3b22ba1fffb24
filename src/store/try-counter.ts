import type { TryCounter } from '../usecases/people/ports.ts'
import type { Database } from './database.ts'

type TriesDocument = { _id: string; failures: number; until: Date; expiresAt: Date }

/** Failed tries in MongoDB, for all processes; a try is counted by the write that allows it. */
export function createTryCounter(database: Database): TryCounter {
  const tries = database.collection<TriesDocument>('signInTries')
  return {
    async take(key, { free, firstMs, maxMs, forgetMs }, now) {
      const at = new Date(now)
      const count = { $cond: [{ $lte: [{ $ifNull: ['$expiresAt', at] }, at] }, 1, { $add: ['$failures', 1] }] }
      // From the first failure past the free ones: firstMs, 2 × firstMs, 4 × firstMs …
      const over = { $subtract: ['$failures', free] }
      const wait = { $min: [maxMs, { $multiply: [firstMs, { $pow: [2, { $min: [over, 30] }] }] }] }
      for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        try {
          await tries.updateOne(
            { _id: key, $or: [{ until: { $lte: at } }, { expiresAt: { $lte: at } }] },
            [
              { $set: { failures: count } },
              {
                $set: {
                  until: { $cond: [{ $lt: [over, 0] }, at, { $add: [at, wait] }] },
                  expiresAt: new Date(now + forgetMs),
                },
              },
            ],
            { upsert: true },
          )
          return null
        } catch (error) {
          if ((error as { code?: unknown }).code !== 11_000) throw error
        }
        const found = await tries.findOne({ _id: key })
        if (found !== null && found.until > at && found.expiresAt > at) return found.until.getTime()
        // Free: another try came first at the same moment, and this one counts behind it.
      }
      return now
    },
    async clear(keys) {
      await tries.deleteMany({ _id: { $in: [...keys] } })
    },
  }
}

const ATTEMPTS_MAX = 20
