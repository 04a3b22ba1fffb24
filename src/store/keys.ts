import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import mongoose, { type mongo } from 'mongoose'
import {
  CipherError,
  createFieldCipher,
  createKeyedHash,
  type DataKeys,
  type FieldCipher,
  type KeyedHash,
} from './crypto.ts'
import { createFileCipher, type FileCipher } from './file-cipher.ts'
import { explainFileFault, StartError } from './start-error.ts'

export type Keyring = {
  fields: FieldCipher
  files: FileCipher
  hash: KeyedHash
  writingKeyId: string
  /** Puts the index secret under the key that writes now. The secret itself never changes, nor does any keyed hash. */
  rewrap(): Promise<void>
  /**
   * Says that no stored value needs any key but the writing one, so that the others may leave DATA_KEYS; gives their ids.
   * To be called when every value and file has been written anew and every process starts with the new keys.
   */
  retireOldKeys(): Promise<string[]>
}

type KeyringDocument = { _id: string; sealed: mongo.Binary; createdAt: Date }

const indexSecretId = 'indexSecret'
const markPrefix = 'key:'
const majority = { writeConcern: { w: 'majority' as const, j: true } }

/**
 * Opens the secrets that belong to this database. Every key that has ever written leaves a mark here; a start whose
 * `dataKeys` lack one of them, or hold another key under its name, is refused before anything is written (interface.md).
 */
export async function openKeyring(db: mongo.Db, dataKeys: DataKeys): Promise<Keyring> {
  const keyring = db.collection<KeyringDocument>('keyring')
  const fields = createFieldCipher(dataKeys)
  const [writing] = dataKeys
  await checkMarks(keyring, fields)
  const seal = (id: string, plain: Uint8Array): KeyringDocument => ({
    _id: id,
    sealed: new mongoose.mongo.Binary(fields.encrypt(plain, contextOf(id))),
    createdAt: new Date(),
  })
  const secret = await openIndexSecret(keyring, fields, () => seal(indexSecretId, randomBytes(32)))
  await insertOnce(keyring, seal(markPrefix + writing.id, Buffer.from(writing.id)))
  // Two first starts at once with different keys under one name: only one of them can have written the mark.
  await checkMarks(keyring, fields)
  const rewrap = async () => {
    const { sealed } = seal(indexSecretId, secret)
    await keyring.updateOne({ _id: indexSecretId }, { $set: { sealed } }, majority)
  }
  return {
    fields,
    files: createFileCipher(dataKeys),
    hash: createKeyedHash(secret),
    writingKeyId: writing.id,
    rewrap,
    async retireOldKeys() {
      await rewrap()
      const marks = await keyring.find({ _id: { $regex: `^${markPrefix}`, $ne: markPrefix + writing.id } }).toArray()
      await keyring.deleteMany({ _id: { $in: marks.map((mark) => mark._id) } }, majority)
      return marks.map((mark) => mark._id.slice(markPrefix.length))
    },
  }
}

/**
 * Outside production: the keys of this data folder, made at the first start and kept in `keys.json`, readable by its owner
 * only. Whoever copies the data must copy this file too.
 */
export async function makeAndKeepKeys(dataDir: string): Promise<{ dataKeys: string; sessionSecret: string }> {
  const path = join(resolve(dataDir), 'keys.json')
  try {
    await mkdir(resolve(dataDir), { recursive: true })
    const made = {
      DATA_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      SESSION_SECRET: randomBytes(32).toString('base64'),
    }
    await createOnce(path, `${JSON.stringify(made, null, 2)}\n`)
    await chmod(path, 0o600)
  } catch (error) {
    throw explainFileFault(error, path)
  }
  const kept = readKept(await readFile(path, 'utf8'))
  if (kept !== undefined) return kept
  throw new StartError('dataKeysInvalid', {
    vi: `Tệp khóa ${path} bị hỏng: hãy khôi phục tệp này từ bản sao lưu, vì thiếu nó thì dữ liệu đã lưu không đọc được.`,
    en: `The key file ${path} is damaged: restore it from a backup, for without it the stored data cannot be read.`,
  })
}

async function checkMarks(keyring: mongo.Collection<KeyringDocument>, fields: FieldCipher): Promise<void> {
  const documents = await keyring.find({}, { readConcern: { level: 'majority' } }).toArray()
  for (const { _id, sealed } of documents) open(fields, _id, sealed)
}

async function openIndexSecret(
  keyring: mongo.Collection<KeyringDocument>,
  fields: FieldCipher,
  make: () => KeyringDocument,
): Promise<Buffer> {
  const kept = await keyring.findOne({ _id: indexSecretId })
  if (kept !== null) return open(fields, indexSecretId, kept.sealed)
  await insertOnce(keyring, make())
  const stored = await keyring.findOne({ _id: indexSecretId })
  if (stored === null) throw new Error('the index secret was not stored')
  return open(fields, indexSecretId, stored.sealed)
}

function open(fields: FieldCipher, id: string, sealed: mongo.Binary): Buffer {
  try {
    return fields.decryptBytes(sealed.buffer, contextOf(id))
  } catch (error) {
    if (!(error instanceof CipherError)) throw error
    const name = error.keyId ?? '?'
    throw new StartError(
      'dataKeysDoNotOpen',
      error.code === 'unknownKey'
        ? {
            vi: `Dữ liệu đã lưu cần khóa "${name}" nhưng DATA_KEYS không có khóa này: hãy thêm lại khóa đó (đặt sau khóa mới).`,
            en: `The stored data needs the key "${name}", which DATA_KEYS lacks: add it again (after the new key).`,
          }
        : {
            vi: `Khóa "${name}" trong DATA_KEYS không mở được dữ liệu đã lưu: hãy dùng đúng khóa của cơ sở dữ liệu này, hoặc kiểm tra lại MONGODB_URI.`,
            en: `The key "${name}" in DATA_KEYS does not open the stored data: use the key of this database, or check MONGODB_URI.`,
          },
      { cause: error },
    )
  }
}

async function insertOnce(keyring: mongo.Collection<KeyringDocument>, document: KeyringDocument): Promise<void> {
  await keyring
    .updateOne(
      { _id: document._id },
      { $setOnInsert: { sealed: document.sealed, createdAt: document.createdAt } },
      { upsert: true, ...majority },
    )
    .catch((error: { code?: unknown }) => {
      // Another process stored it in the same moment.
      if (error.code !== 11_000) throw error
    })
}

function contextOf(id: string): string {
  return `keyring.sealed/${id}`
}

/** Creates a whole file or none, and leaves one that is there as it is. */
async function createOnce(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(beside, text, { mode: 0o600, flush: true })
  try {
    await link(beside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(beside, { force: true })
  }
}

function readKept(text: string): { dataKeys: string; sessionSecret: string } | undefined {
  try {
    const { DATA_KEYS, SESSION_SECRET } = JSON.parse(text) as Record<string, unknown>
    if (typeof DATA_KEYS !== 'string' || typeof SESSION_SECRET !== 'string') return undefined
    return { dataKeys: DATA_KEYS, sessionSecret: SESSION_SECRET }
  } catch {
    return undefined
  }
}
