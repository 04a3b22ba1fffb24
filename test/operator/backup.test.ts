import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { createFileCipher } from '../../src/store/file-cipher.ts'
import { openFileStore } from '../../src/store/files.ts'
import { type House, openHouse } from '../http/api/support.ts'
import { startTestProcess } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { runTool } from './support.ts'

const source = testDatabase()
const target = testDatabase()
const { MongoClient, Double, Int32, Long } = mongoose.mongo
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
let house: House
let client: mongoose.mongo.MongoClient
let folder: string
let dataDir: string
let targetDir: string
let code: string

beforeAll(async () => {
  client = await MongoClient.connect(source.uri)
  house = await openHouse(source.uri, dataKeys)
  dataDir = await mkdtemp(join(tmpdir(), 'pakn-source-'))
  expect((await pakn(['user', 'list'])).code).toBe(0)
  code = await house.file()
  await house.tokenOf('lan', 'QN-VP', 'intakeOfficer')
  await files(source.name).then((store) => store.put(attachment))
  const odd = {
    _id: 'odd' as never,
    whole: new Int32(1),
    broad: Long.fromString('9007199254740993'),
    real: new Double(1),
  }
  await client.db(source.name).collection('oddities').insertOne(odd)
  await client.db(source.name).createCollection('nothingYet')
})
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'pakn-backup-')), 'today')
  targetDir = await mkdtemp(join(tmpdir(), 'pakn-target-'))
  await client.db(target.name).dropDatabase()
})
afterAll(async () => {
  await house.close()
  await client.close()
  await rm(dataDir, { recursive: true, force: true })
})

const attachment = {
  id: 'file-1',
  bytes: randomBytes(600_000),
  name: 'giay-hen.jpg',
  mediaType: 'image/jpeg',
  owner: 'citizen-1',
}

async function files(name: string) {
  const keys = parseDataKeys(dataKeys)
  const ciphers = { fields: createFieldCipher(keys), files: createFileCipher(keys), writingKeyId: 'k1' }
  return openFileStore(client.db(name, { promoteBuffers: false }), ciphers)
}

const pakn = (args: string[], env: Record<string, string> = {}) =>
  runTool(args, { MONGODB_URI: source.uri, DATA_DIR: dataDir, DATA_KEYS: dataKeys, ...env })
const restore = (env: Record<string, string> = {}) =>
  pakn(['restore', folder], { MONGODB_URI: target.uri, DATA_DIR: targetDir, ...env })

/** Every document of a database, byte for byte, and its indexes. */
async function contentOf(name: string): Promise<Record<string, unknown>> {
  const db = client.db(name)
  const content: Record<string, unknown> = {}
  for (const collection of await db.listCollections().toArray()) {
    const documents = await db.collection(collection.name).find({}, { raw: true }).sort({ _id: 1 }).toArray()
    const indexes = await db.collection(collection.name).indexes()
    content[collection.name] = {
      documents: documents.map((document) => Buffer.from(document as unknown as Uint8Array).toString('base64')),
      indexes: indexes.map((index) => JSON.stringify(index)).sort(),
    }
  }
  return content
}

describe('a backup', () => {
  test('comes back byte for byte, with files, indexes, histories and people', async () => {
    await mkdir(join(dataDir, 'data'), { recursive: true })
    await writeFile(join(dataDir, 'data', 'kontum-2022-units.json'), await readFile('data/kontum-2022-units.json'))
    const backed = await pakn(['backup', folder])
    expect(backed.code, backed.err).toBe(0)
    expect(backed.out).toMatch(/^cases\t1\t\d+$/m)
    expect(backed.out).toMatch(/^attachments\.chunks\t[1-9]/m)
    expect(backed.err).toMatch(/DATA_KEYS.*không|k1/)
    const restored = await restore()
    expect(restored.code, restored.err).toBe(0)
    expect(restored.out).toBe(backed.out)
    expect(await contentOf(target.name)).toEqual(await contentOf(source.name))
    expect(await readFile(join(targetDir, 'data', 'kontum-2022-units.json'))).toEqual(
      await readFile('data/kontum-2022-units.json'),
    )
    const opened = await (await files(target.name)).open(attachment.id)
    expect(Buffer.concat(await Array.fromAsync(opened?.content ?? []))).toEqual(attachment.bytes)
    const there = { MONGODB_URI: target.uri, DATA_DIR: targetDir }
    expect(await pakn(['verify', code], there)).toMatchObject({ code: 0 })
    expect((await pakn(['user', 'list'], there)).out).toMatch(/^lan\t/)
    await rm(join(dataDir, 'data'), { recursive: true })
  })

  test('holds no key and nothing that others of the machine may read', async () => {
    await pakn(['backup', folder])
    expect((await stat(folder)).mode & 0o077).toBe(0)
    const secret = dataKeys.slice('k1:'.length)
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
      const content = await readFile(join(folder, name))
      expect(content.includes(secret)).toBe(false)
      expect(content.includes(Buffer.from(secret, 'base64'))).toBe(false)
      for (const words of ['Y Hà Niê', '905000012', 'yha@example.vn']) expect(content.includes(words)).toBe(false)
    }
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({ format: 'pakn-backup', formatVersion: 1, keyIds: ['k1'] })
    for (const { name, sha256 } of manifest.collections) {
      expect(
        createHash('sha256')
          .update(await readFile(join(folder, `${name}.bson`)))
          .digest('hex'),
      ).toBe(sha256)
    }
  })

  test('is one moment, whatever is written meanwhile', async () => {
    const db = client.db(source.name)
    const pairs = ['left', 'right'].map((name) => db.collection<{ _id: number; filler: string }>(name))
    for (const one of pairs) await one.insertOne({ _id: 0, filler: '' })
    let isDone = false
    let last = 0
    const writing = (async () => {
      while (!isDone) {
        last += 1
        const session = client.startSession()
        await session.withTransaction(async () => {
          for (const one of pairs) await one.insertOne({ _id: last, filler: 'x'.repeat(2_000) }, { session })
        })
        await session.endSession()
      }
    })()
    await until('some are written', () => last > 20)
    const { code: exit, out, err } = await pakn(['backup', folder])
    isDone = true
    await writing
    for (const one of pairs) await one.drop()
    expect(exit, err).toBe(0)
    const [left, right] = ['left', 'right'].map((name) => Number(new RegExp(`^${name}\t(\\d+)`, 'm').exec(out)?.[1]))
    expect(left).toBeGreaterThan(10)
    expect(left).toBe(right)
  })

  test('never goes into a folder with something in it, and leaves none half-written', async () => {
    await pakn(['backup', folder])
    const again = await pakn(['backup', folder])
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toMatch(/không trống.*\n.*not empty/)
    expect(await pakn(['backup', join(folder, 'manifest.json', 'x')])).toMatchObject({ code: 1, out: '' })
    expect((await pakn(['backup'])).code).toBe(2)
  })
})

describe('a restore', () => {
  const isEmpty = async () => {
    const names = await client.db(target.name).listCollections().toArray()
    const counts = await Promise.all(names.map(({ name }) => client.db(target.name).collection(name).countDocuments()))
    return counts.every((count) => count === 0)
  }

  test('refuses a database that has anything in it and leaves that alone', async () => {
    await pakn(['backup', folder])
    await client.db(target.name).collection<{ _id: string }>('other').insertOne({ _id: 'kept' })
    const refused = await restore()
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(/không trống \(other\)/)
    expect(Object.keys(await contentOf(target.name))).toEqual(['other'])
  })

  test.each([
    ['a changed byte', (path: string) => flip(path)],
    ['a file cut short', async (path: string) => truncate(path, (await stat(path)).size - 7)],
    ['a missing file', (path: string) => rm(path)],
  ])('refuses %s before it writes anything', async (_what, spoil) => {
    await pakn(['backup', folder])
    await spoil(join(folder, 'cases.bson'))
    const refused = await restore()
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(/bị hỏng/)
    expect(await isEmpty()).toBe(true)
  })

  test.each([
    ['no manifest', (text: string) => text.slice(0, 0), /thiếu manifest|bị hỏng/],
    ['another format', (text: string) => text.replace('"formatVersion": 1', '"formatVersion": 2'), /bị hỏng/],
    [
      'a name that leads elsewhere',
      (text: string) => text.replaceAll('"name": "cases"', '"name": "../cases"'),
      /bị hỏng/,
    ],
  ])('refuses %s', async (_what, change, sentence) => {
    await pakn(['backup', folder])
    const path = join(folder, 'manifest.json')
    await writeFile(path, change(await readFile(path, 'utf8')))
    const refused = await restore()
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(sentence)
    expect(await isEmpty()).toBe(true)
  })

  test('refuses keys that do not open it, makes none up, and leaves the database empty', async () => {
    await pakn(['backup', folder])
    const impostor = await restore({ DATA_KEYS: `k1:${randomBytes(32).toString('base64')}` })
    expect(impostor.code).toBe(1)
    expect(impostor.err).toMatch(/"k1"/)
    expect(await isEmpty()).toBe(true)
    const none = await restore({ DATA_KEYS: '' })
    expect(none.code).toBe(1)
    expect(none.err).toMatch(/cần khóa k1.*DATA_KEYS/)
    expect(await readdir(targetDir)).toEqual([])
    expect((await restore()).code).toBe(0)
  })

  test('is not fooled by a folder that is none', async () => {
    expect((await restore()).err).toMatch(/không chứa bản sao lưu/)
  })
})

test('a running service on its own database is backed up beside it and brought back without it', async () => {
  const env = { MONGOD_BINARY: inject('mongodBinary') }
  const service = await startTestProcess({ env })
  const own = { ...service.env, MONGODB_URI: '', DATA_KEYS: '' }
  const listed = await runTool(['user', 'list'], own)
  const backed = await runTool(['backup', folder], own)
  expect(backed.code, backed.err).toBe(0)
  const beside = await runTool(['restore', folder], own)
  expect(beside.code).toBe(1)
  expect(beside.err).toMatch(/không trống/)
  await writeFile(join(targetDir, 'keys.json'), await readFile(join(service.dataDir, 'keys.json')))
  await service.stop()
  const elsewhere = { ...own, DATA_DIR: targetDir }
  const restored = await runTool(['restore', folder], elsewhere)
  expect(restored.code, restored.err).toBe(0)
  expect((await runTool(['user', 'list'], elsewhere)).out).toBe(listed.out)
}, 60_000)

async function flip(path: string): Promise<void> {
  const content = await readFile(path)
  content[content.length - 10] = (content[content.length - 10] ?? 0) ^ 1
  await writeFile(path, content)
}
