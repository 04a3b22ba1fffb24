import mongoose from 'mongoose'
import { afterAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { isConflict, judgeFault } from '../../src/store/errors.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const opened: Database[] = []

async function open(): Promise<Database> {
  const database = await openDatabase({ uri })
  opened.push(database)
  return database
}

afterAll(async () => {
  for (const database of opened) await database.close()
})

type Note = { _id: string; value: number }

test('a transaction is stored whole or not at all', async () => {
  const database = await open()
  const notes = database.collection<Note>('notes')
  await notes.insertOne({ _id: 'a', value: 1 })
  const failed = database.transaction(async (session) => {
    await notes.updateOne({ _id: 'a' }, { $set: { value: 2 } }, { session })
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  expect((await notes.findOne({ _id: 'a' }))?.value).toBe(1)
  await database.transaction((session) => notes.updateOne({ _id: 'a' }, { $set: { value: 3 } }, { session }))
  expect((await notes.findOne({ _id: 'a' }))?.value).toBe(3)
})

test('two transactions on the same document: one is refused as a conflict', async () => {
  const database = await open()
  const notes = database.collection<Note>('notes')
  await notes.insertOne({ _id: 'b', value: 1 })
  const results = await Promise.allSettled(
    [2, 3].map((value) =>
      database.transaction(async (session) => {
        await notes.updateOne({ _id: 'b' }, { $set: { value } }, { session })
        await new Promise((resolve) => setTimeout(resolve, 50))
      }),
    ),
  )
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const refused = results.find((result) => result.status === 'rejected')
  expect(judgeFault(refused?.reason)).toBe('conflict')
})

test('what a killed process left open in the middle of a transaction is ended, and what is under way is not', async () => {
  const database = await open()
  const notes = database.collection<Note>('notes')
  await notes.insertMany([
    { _id: 'c', value: 1 },
    { _id: 'd', value: 1 },
  ])
  const killed = await mongoose.mongo.MongoClient.connect(uri, { appName: 'pakn' })
  const session = killed.startSession()
  session.startTransaction()
  await killed
    .db(database.connection.name)
    .collection<Note>('notes')
    .updateOne({ _id: 'c' }, { $set: { value: 2 } }, { session })
  const write = () =>
    database.transaction((own) => notes.updateOne({ _id: 'c' }, { $set: { value: 3 } }, { session: own }))
  await expect(write()).rejects.toSatisfy(isConflict)
  expect(await database.endStaleTransactions(60_000)).toBe(0)
  await until('it is ended', async () => (await database.endStaleTransactions(200)) === 1)
  await write()
  expect((await notes.findOne({ _id: 'c' }))?.value).toBe(3)
  await killed.close()
})

test('a database that cannot be reached is told from work that cannot be stored', async () => {
  const unreachable = openDatabase({ uri: 'mongodb://127.0.0.1:1/x', serverSelectionTimeoutMs: 50 })
  const error = await unreachable.catch((reason: unknown) => reason)
  expect(judgeFault(error)).toBe('away')
  expect(judgeFault(new Error('x', { cause: error }))).toBe('away')
  expect(judgeFault(new Error('x'))).toBe('other')
  const database = await open()
  const notes = database.collection<Note>('notes')
  await notes.insertOne({ _id: 'e', value: 1 })
  expect(judgeFault(await notes.insertOne({ _id: 'e', value: 1 }).catch((reason: unknown) => reason))).toBe('conflict')
})
