import { type Connection, type mongo, Schema } from 'mongoose'
import type { Handoffs } from '../usecases/announce-handoffs.ts'
import { partitionOf, STAFF_ANSWERED, type TurnToStore } from '../usecases/road.ts'
import type { Database } from './database.ts'
import type { InboxDocument } from './documents.ts'
import { makeIndexes } from './make-indexes.ts'

type HandoffDocument = {
  /** The citizen key. */
  _id: string
  since: Date
  /** Present until officers have been told. */
  untold?: true
}

const NAME = 'handoffs'

/** Citizens who wait for a person in the chat, in MongoDB. */
export async function openHandoffs(database: Database): Promise<Handoffs> {
  const model = defineModel(database.connection)
  await makeIndexes(model)
  const handoffs = database.collection<HandoffDocument>(NAME)
  return {
    async untold(limit) {
      const found = await handoffs.find({ untold: true }, { sort: { since: 1 }, limit, hint: 'untold' }).toArray()
      return found.map(({ _id: citizenKey, since }) => ({ citizenKey, since: since.getTime() }))
    },
    async told(some) {
      if (some.length === 0) return
      await handoffs.bulkWrite(
        some.map(({ citizenKey, since }) => ({
          updateOne: { filter: { _id: citizenKey, since: new Date(since) }, update: { $unset: { untold: '' } } },
        })),
        { ordered: false },
      )
    },
    waiting: (max) => handoffs.countDocuments({}, { limit: max }),
    async answered(citizenKey, key, now) {
      if ((await handoffs.findOne({ _id: citizenKey }, { projection: { _id: 1 } })) === null) return false
      const event: InboxDocument = {
        _id: `${STAFF_ANSWERED}:${key}`,
        partition: partitionOf(citizenKey),
        citizenKey,
        lane: 'turn',
        eventName: STAFF_ANSWERED,
        at: now,
        receivedAt: new Date(now),
        state: 'waiting',
        tries: 0,
      }
      try {
        await database.collections.inbox.insertOne(event)
      } catch (error) {
        // The same answer once more.
        if ((error as { code?: unknown }).code !== 11_000) throw error
      }
      return true
    },
  }
}

/** Inside the transaction of the turns in which people asked for a person, or were answered by one. */
export async function keepHandoffs(
  database: Database,
  session: mongo.ClientSession,
  turns: readonly TurnToStore[],
): Promise<void> {
  const operations = turns.flatMap(
    ({ citizenKey, waitsForStaff, now }): mongo.AnyBulkWriteOperation<HandoffDocument>[] => {
      if (waitsForStaff == null) return []
      if (!waitsForStaff) return [{ deleteOne: { filter: { _id: citizenKey } } }]
      const fresh = { since: new Date(now), untold: true as const }
      return [{ updateOne: { filter: { _id: citizenKey }, update: { $setOnInsert: fresh }, upsert: true } }]
    },
  )
  if (operations.length > 0) await database.collection<HandoffDocument>(NAME).bulkWrite(operations, { session })
}

function defineModel(connection: Connection) {
  const schema = new Schema(
    { _id: String, since: Date, untold: Boolean },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ since: 1 }, { name: 'untold', partialFilterExpression: { untold: true } })
  return connection.model('Handoff', schema, NAME)
}
