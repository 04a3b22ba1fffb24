import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import mongoose, { type mongo } from 'mongoose'
import {
  BackupError,
  type BackupManifest,
  documentsIn,
  fileOf,
  manifestName,
  manifestSchema,
  type Progress,
  settingsFolder,
} from './backup-format.ts'

/** Reads the manifest and holds every file to it, before anything is touched. */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => {
    throw new BackupError('noBackup', folder)
  })
  const manifest = readManifest(text)
  for (const { name, bytes, sha256, documents } of manifest.collections) {
    const hash = createHash('sha256')
    let [foundBytes, foundDocuments] = [0, 0]
    for await (const document of documentsIn(join(folder, fileOf(name)))) {
      hash.update(document)
      foundBytes += document.length
      foundDocuments += 1
    }
    if (foundBytes !== bytes || foundDocuments !== documents || hash.digest('hex') !== sha256) {
      throw new BackupError('damaged', fileOf(name))
    }
  }
  for (const { name, sha256 } of manifest.settings) {
    const content = await readFile(join(folder, settingsFolder, name)).catch(() => Buffer.alloc(0))
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new BackupError('damaged', name)
  }
  return manifest
}

function readManifest(text: string): BackupManifest {
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new BackupError('damaged', manifestName, { cause })
  }
}

/**
 * Puts a checked backup into an empty database and says no to any other. `checkKeys` judges, once the keyring is there, whether
 * it can be opened. A restore that fails leaves the database as empty as it was.
 */
export async function restoreBackup(
  db: mongo.Db,
  manifest: BackupManifest,
  options: { folder: string; settings: string; checkKeys: () => Promise<unknown>; progress: Progress },
): Promise<void> {
  await refuseUnlessEmpty(db)
  const isKeyring = ({ name }: { name: string }) => name === 'keyring'
  const inOrder = manifest.collections.toSorted((one, other) => Number(isKeyring(other)) - Number(isKeyring(one)))
  try {
    for (const one of inOrder) {
      await load(db, one, join(options.folder, fileOf(one.name)))
      if (isKeyring(one)) await options.checkKeys()
      options.progress({ name: one.name, documents: one.documents })
    }
    await restoreSettings(manifest, join(options.folder, settingsFolder), options.settings)
  } catch (error) {
    for (const { name } of inOrder) await db.dropCollection(name).catch(() => undefined)
    throw error
  }
}

async function refuseUnlessEmpty(db: mongo.Db): Promise<void> {
  for (const { name } of await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray()) {
    if (name.startsWith('system.')) continue
    if ((await db.collection(name).findOne({}, { projection: { _id: 1 } })) !== null) {
      throw new BackupError('databaseNotEmpty', name)
    }
  }
}

async function load(db: mongo.Db, one: BackupManifest['collections'][number], path: string): Promise<void> {
  const collection = db.collection(one.name, { writeConcern: { w: 'majority', j: true } })
  // A collection that an earlier start left empty may carry indexes that differ.
  await collection.drop().catch(() => undefined)
  await db.createCollection(one.name)
  let batch: mongo.Document[] = []
  let bytes = 0
  const flush = async () => {
    if (batch.length > 0) await collection.insertMany(batch, { ordered: false })
    batch = []
    bytes = 0
  }
  for await (const document of documentsIn(path)) {
    batch.push(mongoose.mongo.BSON.deserialize(document, exactly))
    bytes += document.length
    if (batch.length === 1000 || bytes > batchBytes) await flush()
  }
  await flush()
  if (one.indexes.length > 0) await collection.createIndexes(one.indexes as unknown as mongo.IndexDescription[])
  if ((await collection.countDocuments()) !== one.documents) throw new BackupError('damaged', one.name)
}

/** Every value keeps the type it was stored with. */
const exactly = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const

/** What was imported here already stays. */
async function restoreSettings(manifest: BackupManifest, from: string, to: string): Promise<void> {
  if (manifest.settings.length > 0) await mkdir(to, { recursive: true })
  for (const { name } of manifest.settings) {
    const content = await readFile(join(from, name))
    await writeFile(join(to, name), content, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const batchBytes = 8 * 1024 * 1024
