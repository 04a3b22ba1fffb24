import { type Connection, type mongo, Schema } from 'mongoose'
import type { DataRequest } from '../cases/data-requests.ts'
import type { DataRequests } from '../usecases/data-requests.ts'
import type { TurnToStore } from '../usecases/road.ts'
import type { Database } from './database.ts'
import { makeIndexes } from './make-indexes.ts'

type DataRequestDocument = Omit<DataRequest, 'id'> & {
  _id: string
  isOpen: boolean
  /** Present until the officers have heard that it came, and that it is due. */
  untold?: true
  dueUntold?: true
}

const NAME = 'dataRequests'

/** Wishes about personal data in MongoDB. The reason of a decision is an officer's and names nobody. */
export async function openDataRequests(database: Database): Promise<DataRequests> {
  const model = defineModel(database.connection)
  await makeIndexes(model)
  const requests = database.collection<DataRequestDocument>(NAME)
  return {
    async find(id) {
      const found = await requests.findOne({ _id: id })
      return found === null ? null : toRequest(found)
    },
    async list(isDone, after, limit) {
      const later =
        after === null ? {} : { $or: [{ dueBy: { $gt: after.dueBy } }, { dueBy: after.dueBy, _id: { $gt: after.id } }] }
      const found = await requests
        .find({ isOpen: !isDone, ...later })
        .sort({ dueBy: 1, _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(toRequest)
    },
    async store({ id, state, acknowledged, done }, before) {
      const isOpen = state !== 'done'
      const { matchedCount } = await requests.updateOne(
        { _id: id, state: before },
        {
          $set: { state, acknowledged, done, isOpen },
          ...(isOpen ? {} : { $unset: { untold: '', dueUntold: '' } }),
        },
      )
      return matchedCount === 1
    },
    async untold(dueUpTo, limit) {
      const [came, due] = await Promise.all([
        requests.find({ untold: true }, { limit, hint: 'untold' }).toArray(),
        requests.find({ dueUntold: true, dueBy: { $lte: dueUpTo } }, { limit, hint: 'dueUntold' }).toArray(),
      ])
      return [
        ...came.map((found) => ({ request: toRequest(found), isDueSoon: false })),
        ...due.map((found) => ({ request: toRequest(found), isDueSoon: true })),
      ]
    },
    async told(id, isDueSoon) {
      await requests.updateOne({ _id: id }, { $unset: isDueSoon ? { dueUntold: '' } : { untold: '' } })
    },
    async waiting(today, max) {
      const [open, late] = await Promise.all([
        requests.countDocuments({ isOpen: true }, { limit: max, hint: 'due' }),
        requests.countDocuments({ isOpen: true, dueBy: { $lt: today } }, { limit: max, hint: 'due' }),
      ])
      return { open, late }
    },
  }
}

/** Inside the transaction of the turn that caused them, each once. */
export async function keepDataRequests(
  database: Database,
  session: mongo.ClientSession,
  turns: readonly Pick<TurnToStore, 'dataRequests'>[],
): Promise<void> {
  const operations = turns
    .flatMap(({ dataRequests = [] }) => dataRequests)
    .map(({ id, ...rest }): mongo.AnyBulkWriteOperation<DataRequestDocument> => {
      const fresh = { ...rest, isOpen: true, untold: true as const, dueUntold: true as const }
      return { updateOne: { filter: { _id: id }, update: { $setOnInsert: fresh }, upsert: true } }
    })
  if (operations.length > 0) await database.collection<DataRequestDocument>(NAME).bulkWrite(operations, { session })
}

function toRequest({
  _id: id,
  isOpen: _isOpen,
  untold: _untold,
  dueUntold: _dueUntold,
  ...rest
}: DataRequestDocument): DataRequest {
  return { id, ...rest }
}

function defineModel(connection: Connection) {
  const person = { at: Number, by: String }
  const schema = new Schema(
    {
      _id: String,
      kind: String,
      source: String,
      citizenKey: String,
      caseCodes: [String],
      receivedAt: Number,
      acknowledgeBy: String,
      dueBy: String,
      state: String,
      isOpen: Boolean,
      acknowledged: new Schema(person, { _id: false }),
      done: new Schema({ ...person, outcome: String, reason: String }, { _id: false }),
      untold: Boolean,
      dueUntold: Boolean,
    },
    { versionKey: false, strict: true, autoCreate: false },
  )
  schema.index({ isOpen: 1, dueBy: 1, _id: 1 }, { name: 'due' })
  schema.index({ untold: 1 }, { name: 'untold', partialFilterExpression: { untold: true } })
  schema.index({ dueBy: 1 }, { name: 'dueUntold', partialFilterExpression: { dueUntold: true } })
  return connection.model('DataRequest', schema, NAME)
}
