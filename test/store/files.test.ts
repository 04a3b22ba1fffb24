import { createHash, randomBytes } from 'node:crypto'
import mongoose from 'mongoose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseDataKeys } from '../../src/store/crypto.ts'
import { type MongoFileStore, openFileStore } from '../../src/store/files.ts'
import { openKeyring } from '../../src/store/keys.ts'
import type { NewFile, OpenedFile } from '../../src/usecases/file-store.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const old = `k1:${randomBytes(32).toString('base64')}`
const next = `k2:${randomBytes(32).toString('base64')}`
let client: mongoose.mongo.MongoClient
let store: MongoFileStore

beforeAll(async () => {
  client = await mongoose.mongo.MongoClient.connect(uri)
})
beforeEach(async () => {
  for (const name of ['attachments.files', 'attachments.chunks', 'keyring'])
    await client.db().collection(name).deleteMany({})
  store = await storeWith(old)
})
afterAll(() => client.close())

const storeWith = async (keys: string) =>
  openFileStore(client.db(), await openKeyring(client.db(), parseDataKeys(keys)))
const count = (name: 'files' | 'chunks') => client.db().collection(`attachments.${name}`).countDocuments()

function photo(change: Partial<NewFile> = {}): NewFile {
  return {
    id: 'event-1.0',
    bytes: randomBytes(300_000),
    name: 'Nhà ông Y Hà.jpg',
    mediaType: 'image/jpeg',
    owner: 'draft-1',
    ...change,
  }
}

async function read(opened: OpenedFile | undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of opened?.content ?? []) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a stored file', () => {
  test('comes back as it was, with its hash', async () => {
    const file = photo()
    const sha256 = createHash('sha256').update(file.bytes).digest('hex')
    expect(await store.put(file)).toEqual({ id: file.id, sha256, sizeBytes: 300_000 })
    const opened = await store.open(file.id)
    expect(opened).toMatchObject({
      sha256,
      name: file.name,
      mediaType: 'image/jpeg',
      owner: 'draft-1',
      sizeBytes: 300_000,
    })
    expect((await read(opened)).equals(file.bytes)).toBe(true)
  })

  test('shows neither content nor name in the database', async () => {
    const marked = Buffer.from('MARKED-CONTENT '.repeat(20_000))
    await store.put(photo({ bytes: marked, name: 'MARKED-NAME.jpg' }))
    for (const name of ['attachments.files', 'attachments.chunks']) {
      const documents = await client.db().collection(name).find().toArray()
      const bytes = Buffer.concat(documents.map((document) => Buffer.from(mongoose.mongo.BSON.serialize(document))))
      expect(bytes.includes('MARKED')).toBe(false)
    }
  })

  test('put twice under one id is there once', async () => {
    const file = photo()
    expect(await store.put(file)).toEqual(await store.put(file))
    expect(await count('files')).toBe(1)
  })

  test('put by several at once is there once, and nothing is left over', async () => {
    const file = photo()
    await Promise.all(Array.from({ length: 6 }, () => store.put(file)))
    expect([await count('files'), await count('chunks')]).toEqual([1, 2])
    expect((await read(await store.open(file.id))).equals(file.bytes)).toBe(true)
  })

  test('is not replaced by another content under its id', async () => {
    const file = photo()
    await store.put(file)
    await expect(store.put({ ...file, bytes: randomBytes(10) })).rejects.toMatchObject({ code: 'fileConflict' })
    expect((await read(await store.open(file.id))).equals(file.bytes)).toBe(true)
  })

  test('is gone with its pieces after removal, which may be asked twice', async () => {
    await store.put(photo())
    await store.remove('event-1.0')
    await store.remove('event-1.0')
    expect(await store.open('event-1.0')).toBeUndefined()
    expect([await count('files'), await count('chunks')]).toEqual([0, 0])
  })

  test('that was changed in the database cannot be read', async () => {
    await store.put(photo())
    const chunks = client.db().collection<{ data: mongoose.mongo.Binary }>('attachments.chunks')
    const chunk = await chunks.findOne({ n: 1 })
    const data = Buffer.from(chunk?.data.buffer ?? [])
    data.writeUInt8(data.readUInt8(100) ^ 1, 100)
    await chunks.updateOne({ n: 1 }, { $set: { data: new mongoose.mongo.Binary(data) } })
    await expect(read(await store.open('event-1.0'))).rejects.toMatchObject({ name: 'CipherError' })
  })

  test('cannot be shown under the id of another', async () => {
    await store.put(photo())
    await client
      .db()
      .collection('attachments.files')
      .updateOne({}, { $set: { 'metadata.fileId': 'event-2.0' } })
    await expect(store.open('event-2.0')).rejects.toMatchObject({ name: 'CipherError' })
  })

  test('of no bytes and of one frame are files too', async () => {
    for (const size of [0, 1, 65_536]) {
      const file = photo({ id: `size-${size}`, bytes: randomBytes(size) })
      await store.put(file)
      expect((await read(await store.open(file.id))).equals(file.bytes)).toBe(true)
    }
  })
})

describe('a change of key', () => {
  test('encrypts every file anew, after which the old key is not needed', async () => {
    const files = [photo(), photo({ id: 'event-2.0' }), photo({ id: 'event-3.0' })]
    for (const file of files) await store.put(file)
    const keyring = await openKeyring(client.db(), parseDataKeys(`${next},${old}`))
    const rotating = await openFileStore(client.db(), keyring)
    expect(await rotating.rotate()).toBe(3)
    expect(await rotating.rotate()).toBe(0)
    await keyring.retireOldKeys()
    const after = await storeWith(next)
    for (const file of files) {
      const opened = await after.open(file.id)
      expect(opened).toMatchObject({ name: file.name, owner: file.owner })
      expect((await read(opened)).equals(file.bytes)).toBe(true)
    }
    expect([await count('files'), await count('chunks')]).toEqual([3, 6])
  })
})

describe('what a killed process left', () => {
  test('is removed when it is old enough, and nothing else', async () => {
    const file = photo()
    await store.put(file)
    const old = mongoose.mongo.ObjectId.createFromTime(Date.now() / 1_000 - 7_200)
    const chunks = client.db().collection('attachments.chunks')
    await chunks.insertOne({ files_id: old, n: 0, data: new mongoose.mongo.Binary(Buffer.from('x')) })
    await chunks.insertOne({
      files_id: new mongoose.mongo.ObjectId(),
      n: 0,
      data: new mongoose.mongo.Binary(Buffer.from('x')),
    })
    expect(await store.removeUnfinished(new Date(Date.now() - 3_600_000))).toBe(1)
    expect(await count('chunks')).toBe(3)
    expect((await read(await store.open(file.id))).equals(file.bytes)).toBe(true)
  })

  test('copies under a new key that never took their place go too, also with the file itself', async () => {
    await store.put(photo())
    const files = client.db().collection('attachments.files')
    const copy = await files.findOne({})
    const waiting = (id: mongoose.mongo.ObjectId) => ({
      ...copy,
      _id: id,
      metadata: { ...copy?.metadata, fileId: `event-1.0#${id.toHexString()}`, replaces: 'event-1.0' },
    })
    await files.insertOne(waiting(mongoose.mongo.ObjectId.createFromTime(Date.now() / 1_000 - 7_200)))
    expect(await store.removeUnfinished(new Date(Date.now() - 3_600_000))).toBe(1)
    await files.insertOne(waiting(new mongoose.mongo.ObjectId()))
    await store.remove('event-1.0')
    expect(await count('files')).toBe(0)
  })
})
