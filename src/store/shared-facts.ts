import { type Connection, type mongo, Schema } from 'mongoose'
import type { FactValue, SharedFactStore } from '../usecases/shared-facts.ts'
import type { Database } from './database.ts'
import { makeIndexes } from './make-indexes.ts'

type FactDocument = {
  /** `fact/` and its key, or `said/` and what was said of. */
  _id: string
  value?: FactValue
  state?: string
  /** By the database's clock. */
  changedAt: Date
}

const FACT = 'fact/'
const SAID = 'said/'
/** Writes of one moment may become visible in another order: so much is read again, which changes nothing. */
const OVERLAP_MS = 5_000
const READ_MAX = 1_000

/** Shared facts in MongoDB: some dozens of small documents, read by their time. */
export async function openSharedFactStore(database: Database): Promise<SharedFactStore> {
  await makeIndexes(defineModel(database.connection))
  const facts = database.collection<FactDocument>('sharedFacts')

  return {
    async read(after) {
      const found = await facts
        .find({
          _id: { $gte: FACT, $lt: `${FACT}\uffff` },
          ...(after === null ? {} : { changedAt: { $gte: new Date(after - OVERLAP_MS) } }),
        })
        .sort({ changedAt: 1 })
        .limit(READ_MAX)
        .hint('changed')
        .toArray()
      const mark = found.at(-1)?.changedAt.getTime() ?? after
      return { facts: found.map(({ _id, value }) => ({ key: _id.slice(FACT.length), value: value ?? null })), mark }
    },

    async write(told) {
      if (told.length === 0) return
      const operations: mongo.AnyBulkWriteOperation<FactDocument>[] = told.map(({ key, value }) => ({
        updateOne: {
          filter: { _id: `${FACT}${key}` },
          update: { $set: { value }, $currentDate: { changedAt: true } },
          upsert: true,
        },
      }))
      await facts.bulkWrite(operations, { ordered: true })
    },

    async claim(about, state) {
      try {
        const { matchedCount, upsertedCount } = await facts.updateOne(
          { _id: `${SAID}${about}`, state: { $ne: state } },
          { $set: { state }, $currentDate: { changedAt: true } },
          { upsert: state !== '' },
        )
        return matchedCount + upsertedCount > 0
      } catch (error) {
        // It is in this state already: the upsert found the document that the filter passed over.
        if ((error as { code?: unknown }).code === 11_000) return false
        throw error
      }
    },
  }
}

function defineModel(connection: Connection) {
  const schema = new Schema(
    { _id: String, value: Schema.Types.Mixed, state: String, changedAt: Date },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ changedAt: 1 }, { name: 'changed' })
  return connection.model('SharedFact', schema, 'sharedFacts')
}
