import { type Connection, Schema } from 'mongoose'
import type { StaffDeliveries } from '../usecases/staff-ports.ts'
import type { Database } from './database.ts'
import { makeIndexes } from './make-indexes.ts'

type StaffDeliveryDocument = {
  /** Channel and login. */
  _id: string
  owner: string
  until: Date
  /** No try before this real time, after a failure. */
  retryAt: Date
  tries: number
  sentAt: Date | null
}

const keyOf = (channel: string, login: string) => `${channel}:${login}`

/** One letter at a time to each officer, whichever process writes it. */
export async function openStaffDeliveries(database: Database): Promise<StaffDeliveries> {
  const model = defineModel(database.connection)
  await makeIndexes(model)
  const deliveries = database.collection<StaffDeliveryDocument>('staffDeliveries')
  const past = new Date(0)

  return {
    async claim(channel, login, { owner, leaseMs, sentBefore, realNow }) {
      const _id = keyOf(channel, login)
      const fresh = { owner: '', until: past, retryAt: past, tries: 0, sentAt: null }
      if ((await deliveries.findOne({ _id }, { projection: { _id: 1 } })) === null) {
        await deliveries.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true }).catch((error: unknown) => {
          if ((error as { code?: unknown }).code !== 11_000) throw error
        })
      }
      const claimed = await deliveries.findOneAndUpdate(
        {
          _id,
          retryAt: { $lte: new Date(realNow) },
          ...(sentBefore === null ? {} : { $or: [{ sentAt: null }, { sentAt: { $lte: new Date(sentBefore) } }] }),
          $expr: { $lte: ['$until', '$$NOW'] },
        },
        [{ $set: { owner: { $literal: owner }, until: { $add: ['$$NOW', leaseMs] } } }],
        { returnDocument: 'after' },
      )
      return claimed === null ? null : { tries: claimed.tries }
    },
    async sent(channel, login, realNow) {
      const done = { until: past, retryAt: past, tries: 0, sentAt: new Date(realNow) }
      await deliveries.updateOne({ _id: keyOf(channel, login) }, { $set: done })
    },
    async release(channel, login) {
      await deliveries.updateOne({ _id: keyOf(channel, login) }, { $set: { until: past } })
    },
    async reset(channel, login) {
      await deliveries.updateOne({ _id: keyOf(channel, login) }, { $set: { until: past, retryAt: past, tries: 0 } })
    },
    async postpone(channel, login, until) {
      const later = { until: past, retryAt: new Date(until) }
      await deliveries.updateOne({ _id: keyOf(channel, login) }, { $set: later, $inc: { tries: 1 } })
    },
  }
}

function defineModel(connection: Connection) {
  const schema = new Schema(
    { _id: String, owner: String, until: Date, retryAt: Date, tries: Number, sentAt: Date },
    { versionKey: false, strict: true, autoCreate: false },
  )
  return connection.model('StaffDelivery', schema, 'staffDeliveries')
}
