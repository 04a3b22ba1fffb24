import { type PartitionStore, partitionCount } from '../usecases/road.ts'
import type { Database } from './database.ts'

/** Leases in MongoDB, timed by the database itself. */
export function createPartitionStore(deps: { database: Database; leaseMs: number }): PartitionStore {
  const { partitions, processes } = deps.database.collections
  const until = { $add: ['$$NOW', deps.leaseMs] }

  return {
    async prepare() {
      await partitions.bulkWrite(
        Array.from({ length: partitionCount }, (_, id) => ({
          updateOne: {
            filter: { _id: id },
            update: { $setOnInsert: { owner: null, processId: null, until: new Date(0) } },
            upsert: true,
          },
        })),
        { ordered: false },
      )
    },

    async beat(run) {
      await processes.updateOne({ _id: run.processId }, [{ $set: { owner: run.owner, until } }], { upsert: true })
    },

    census() {
      return processes.countDocuments({ $expr: { $gt: ['$until', '$$NOW'] } })
    },

    async renew(run) {
      await partitions.updateMany({ owner: run.owner, $expr: { $gt: ['$until', '$$NOW'] } }, [{ $set: { until } }])
      const held = await partitions
        .find({ owner: run.owner, $expr: { $gt: ['$until', '$$NOW'] } }, { projection: { _id: 1 } })
        .toArray()
      return held.map(({ _id }) => _id)
    },

    async take(run, count) {
      const free = await partitions
        .find({ $expr: { $lte: ['$until', '$$NOW'] } }, { projection: { _id: 1 }, limit: count })
        .toArray()
      if (free.length === 0) return
      await partitions.updateMany({ _id: { $in: free.map(({ _id }) => _id) }, $expr: { $lte: ['$until', '$$NOW'] } }, [
        { $set: { owner: run.owner, processId: run.processId, until } },
      ])
    },

    async inherit(run) {
      await partitions.updateMany({ processId: run.processId, owner: { $ne: run.owner } }, [
        { $set: { owner: run.owner, until } },
      ])
    },

    async release(run, ids) {
      await partitions.updateMany(
        { _id: { $in: ids }, owner: run.owner },
        { $set: { owner: null, processId: null, until: new Date(0) } },
      )
    },

    async leave(run) {
      await processes.deleteOne({ _id: run.processId, owner: run.owner })
    },
  }
}
