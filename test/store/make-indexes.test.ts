import mongoose, { Schema } from 'mongoose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeIndexes } from '../../src/store/make-indexes.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let connection: mongoose.Connection
let patient: mongoose.Connection

beforeAll(async () => {
  // So short that no index of many entries is there in time.
  connection = await mongoose.createConnection(uri, { socketTimeoutMS: 100, autoIndex: false }).asPromise()
  patient = await mongoose.createConnection(uri, { autoIndex: false }).asPromise()
})
afterAll(() => Promise.all([connection.close(), patient.close()]))

test('an index that takes longer than an answer is waited for is made all the same', async () => {
  const schema = new Schema({ keys: [Number] }, { versionKey: false, autoCreate: false })
  schema.index({ keys: 1 }, { name: 'keys', partialFilterExpression: { keys: { $gt: 0 } } })
  const model = connection.model('Large', schema, 'large')
  for (let batch = 0; batch < 10; batch++) {
    const documents = Array.from({ length: 1_000 }, (_, index) => ({
      keys: Array.from({ length: 30 }, (_key, at) => ((index * 7_919 + at * 104_729 + batch) % 1_000_003) + 1),
    }))
    await patient.collection('large').insertMany(documents)
  }
  await expect(makeIndexes(model, 1)).rejects.toThrow('timed out')
  await makeIndexes(model)
  const names = (await patient.collection('large').indexes()).map(({ name }) => name)
  expect(names).toEqual(['_id_', 'keys'])
  await makeIndexes(model)
})
