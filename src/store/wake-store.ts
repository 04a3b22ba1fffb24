import { partitionOf, type WakeStore } from '../usecases/road.ts'
import type { Database } from './database.ts'
import type { InboxDocument } from './documents.ts'
import { isDuplicatesOnly } from './errors.ts'

/** The wishes to be woken, in MongoDB. */
export function createWakeStore(deps: { database: Database }): WakeStore {
  const { conversations, inbox } = deps.database.collections

  return {
    async due({ partitions, now, limit }) {
      const found = await conversations
        .find(
          { partition: { $in: partitions }, wakeAt: { $type: 'date', $lte: new Date(now) } },
          { projection: { partition: 1, wakeAt: 1 }, limit, hint: 'wake' },
        )
        .toArray()
      return found
        .flatMap(({ _id: citizenKey, partition, wakeAt }) =>
          wakeAt === null ? [] : [{ citizenKey, partition, wakeAt: wakeAt.getTime() }],
        )
        .sort((a, b) => a.wakeAt - b.wakeAt)
    },

    async wake(wakes, now) {
      if (wakes.length === 0) return
      const events = wakes.map(
        ({ citizenKey, wakeAt }): InboxDocument => ({
          _id: `wake:${citizenKey}:${wakeAt}`,
          partition: partitionOf(citizenKey),
          citizenKey,
          lane: 'turn',
          eventName: 'wake',
          at: wakeAt,
          receivedAt: new Date(now),
          state: 'waiting',
          tries: 0,
        }),
      )
      try {
        await inbox.insertMany(events, { ordered: false })
      } catch (error) {
        // Somebody was here before and died between the two writes.
        if (!isDuplicatesOnly(error)) throw error
      }
      // Only the very wish that was granted: a turn may have made another one meanwhile.
      await conversations.bulkWrite(
        wakes.map(({ citizenKey, wakeAt }) => ({
          updateOne: { filter: { _id: citizenKey, wakeAt: new Date(wakeAt) }, update: { $set: { wakeAt: null } } },
        })),
        { ordered: false },
      )
    },
  }
}
