import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseDataKeys } from '../../src/store/crypto.ts'
import { makeAndKeepKeys, openKeyring } from '../../src/store/keys.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let client: mongoose.mongo.MongoClient
const old = `k1:${randomBytes(32).toString('base64')}`
const next = `k2:${randomBytes(32).toString('base64')}`

beforeAll(async () => {
  client = await mongoose.mongo.MongoClient.connect(uri)
})
beforeEach(async () => {
  await client.db().collection('keyring').deleteMany({})
})
afterAll(() => client.close())

const opening = (keys: string) => openKeyring(client.db(), parseDataKeys(keys))

describe('the keyring of a database', () => {
  test('a second start finds the same people and opens the same values', async () => {
    const first = await opening(old)
    const sealed = first.fields.encrypt('x', 'place')
    const second = await opening(old)
    expect(second.hash.citizenKey('1')).toBe(first.hash.citizenKey('1'))
    expect(second.fields.decryptText(sealed, 'place')).toBe('x')
  })

  test('several first starts at once agree on one secret', async () => {
    const keyrings = await Promise.all(Array.from({ length: 8 }, () => opening(old)))
    expect(new Set(keyrings.map((keyring) => keyring.hash.phoneKey('+84980000000'))).size).toBe(1)
  })

  test('the stored secret does not show', async () => {
    await opening(old)
    const documents = await client.db().collection('keyring').find().toArray()
    expect(documents.map((document) => document._id).sort()).toEqual(['indexSecret', 'key:k1'])
    expect(JSON.stringify(documents)).not.toContain(old.slice(3))
  })

  test('keys that lack one that wrote are refused, and nothing is changed by the attempt', async () => {
    await opening(old)
    const before = await client.db().collection('keyring').find().toArray()
    await expect(opening(next)).rejects.toMatchObject({
      name: 'StartError',
      code: 'dataKeysDoNotOpen',
      en: expect.stringContaining('"k1"'),
    })
    expect(await client.db().collection('keyring').find().toArray()).toEqual(before)
  })

  test('another key under the same name is refused', async () => {
    await opening(old)
    const impostor = `k1:${randomBytes(32).toString('base64')}`
    await expect(opening(impostor)).rejects.toMatchObject({ code: 'dataKeysDoNotOpen' })
  })

  test('a rotation keeps every keyed hash, and the old key may leave only after it', async () => {
    const before = await opening(old)
    const during = await opening(`${next},${old}`)
    expect(during.hash.citizenKey('1')).toBe(before.hash.citizenKey('1'))
    await during.rewrap()
    await expect(opening(next)).rejects.toMatchObject({ code: 'dataKeysDoNotOpen' })
    expect(await during.retireOldKeys()).toEqual(['k1'])
    const after = await opening(next)
    expect(after.hash.citizenKey('1')).toBe(before.hash.citizenKey('1'))
    await expect(opening(old)).rejects.toMatchObject({ code: 'dataKeysDoNotOpen' })
  })

  test('a value that was put in the place of another is refused', async () => {
    await opening(old)
    const keyring = client.db().collection<{ _id: string; sealed: mongoose.mongo.Binary }>('keyring')
    const mark = await keyring.findOne({ _id: 'key:k1' })
    await keyring.updateOne({ _id: 'indexSecret' }, { $set: { sealed: mark?.sealed ?? new mongoose.mongo.Binary() } })
    await expect(opening(old)).rejects.toMatchObject({ code: 'dataKeysDoNotOpen' })
  })
})

describe('keys made outside production', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pakn-keys-'))
    return () => rm(folder, { recursive: true, force: true })
  })

  test('are kept, whole, for their owner only', async () => {
    const made = await makeAndKeepKeys(join(folder, 'new'))
    expect(parseDataKeys(made.dataKeys)).toHaveLength(1)
    expect(Buffer.from(made.sessionSecret, 'base64')).toHaveLength(32)
    expect((await stat(join(folder, 'new', 'keys.json'))).mode & 0o777).toBe(0o600)
    expect(await makeAndKeepKeys(join(folder, 'new'))).toEqual(made)
    expect(await readdir(join(folder, 'new'))).toEqual(['keys.json'])
  })

  test('made by several at once are the same', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => makeAndKeepKeys(folder)))
    expect(new Set(all.map((made) => made.dataKeys)).size).toBe(1)
  })

  test('are never replaced when the file is damaged', async () => {
    const path = join(folder, 'keys.json')
    for (const text of ['', '{', '{"DATA_KEYS": 1}', 'null']) {
      await writeFile(path, text)
      await expect(makeAndKeepKeys(folder)).rejects.toMatchObject({ name: 'StartError', code: 'dataKeysInvalid' })
      expect(await readFile(path, 'utf8')).toBe(text)
    }
  })

  test('that cannot be written are refused with the name of the folder', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(makeAndKeepKeys(file)).rejects.toMatchObject({ code: 'folderNotWritable' })
  })
})
