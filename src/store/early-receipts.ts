import { type Connection, Schema } from 'mongoose'
import type { EarlyReceipt, EarlyReceiptStore } from '../usecases/early-receipts.ts'
import type { Database } from './database.ts'
import { makeAllIndexes } from './make-indexes.ts'

type EarlyReceiptDocument = {
  /** The provider's id of the message. */
  _id: string
  state: EarlyReceipt['state']
  at: Date
  code?: string
  expiresAt: Date
}

/** An answer that has not come by then never will. */
const KEPT_MS = 3_600_000

/** Receipts that wait for the answer to their send, in MongoDB. */
export async function openEarlyReceipts(database: Database): Promise<EarlyReceiptStore> {
  await makeAllIndexes([defineEarlyReceipts(database.connection)])
  const receipts = database.collection<EarlyReceiptDocument>('earlyReceipts')

  return {
    async keep({ messageId, state, at, code }) {
      const said = { state, at: new Date(at), ...(code === undefined ? {} : { code }) }
      await receipts
        .updateOne(
          { _id: messageId, state: { $nin: ['delivered', 'seen'] } },
          { $set: { ...said, expiresAt: new Date(Date.now() + KEPT_MS) } },
          { upsert: true, writeConcern: { w: 'majority' } },
        )
        .catch((error: unknown) => {
          // It is there already, and says more.
          if ((error as { code?: unknown }).code !== 11_000) throw error
        })
    },

    async take(messageId) {
      const found = await receipts.findOneAndDelete({ _id: messageId })
      if (found === null) return null
      const { state, at, code } = found
      return { messageId, state, at: at.getTime(), ...(code === undefined ? {} : { code }) }
    },
  }
}

function defineEarlyReceipts(connection: Connection) {
  const schema = new Schema(
    { _id: String, state: String, at: Date, code: String, expiresAt: Date },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ expiresAt: 1 }, { name: 'retention', expireAfterSeconds: 0 })
  return connection.model('EarlyReceipt', schema, 'earlyReceipts')
}
