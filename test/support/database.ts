import { randomBytes } from 'node:crypto'
import mongoose from 'mongoose'
import { afterAll, inject } from 'vitest'
import './global-setup.ts'

/**
 * The address of a database that nobody else uses, on the replica set of this run; dropped when the file or `describe`
 * that asked for it ends. Call it outside of tests and hooks.
 */
export function testDatabase(): { uri: string; name: string } {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = new URL(inject('mongodbUri'))
  url.pathname = `/${name}`
  afterAll(async () => {
    const client = await mongoose.mongo.MongoClient.connect(url.href)
    await client.db(name).dropDatabase()
    await client.close()
  })
  return { uri: url.href, name }
}
