import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { mongo } from 'mongoose'
import {
  BackupError,
  type BackupManifest,
  fileOf,
  manifestName,
  type Progress,
  settingsFolder,
} from './backup-format.ts'
import { explainFileFault } from './start-error.ts'

/**
 * Writes every collection, files included, as one moment of the database into `folder`, beside a running service. The manifest
 * comes last: a folder without one is no backup. Nothing is left behind when it fails.
 */
export async function writeBackup(
  db: mongo.Db,
  options: { folder: string; settings: string; now: Date; progress: Progress },
): Promise<BackupManifest> {
  const { folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw explainFileFault(error, folder)
  })
  if ((await readdir(folder)).length > 0) throw new BackupError('folderNotEmpty', folder)
  try {
    const { collections, keyIds } = await withLongHistory(db, () => dumpAll(db, options))
    const settings = await copySettings(options.settings, join(folder, settingsFolder))
    const manifest: BackupManifest = {
      format: 'pakn-backup',
      formatVersion: 1,
      takenAt: options.now.toISOString(),
      database: db.databaseName,
      keyIds,
      collections,
      settings,
    }
    const path = join(folder, manifestName)
    await writeFile(`${path}.new`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    return manifest
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
    throw explainFileFault(error, folder)
  }
}

async function dumpAll(db: mongo.Db, options: { folder: string; progress: Progress }) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dumpOnce(db, options)
    } catch (error) {
      const code = codeOf(error)
      if (code === snapshotTooOld) throw new BackupError('tookTooLong', db.databaseName, { cause: error })
      // An index that was built meanwhile; another moment will do as well.
      if (code !== snapshotUnavailable || attempt === triesMax) throw error
    }
  }
}

const snapshotTooOld = 239
const snapshotUnavailable = 246

async function dumpOnce(db: mongo.Db, options: { folder: string; progress: Progress }) {
  const names = (await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
    .sort()
  const collections: BackupManifest['collections'] = []
  // All reads of this session see the database as it was at the first of them.
  const session = db.client.startSession({ snapshot: true })
  try {
    for (const name of names) {
      const collection = db.collection(name)
      const written = await dump(collection, session, join(options.folder, fileOf(name)))
      const indexes = (await collection.indexes()).filter((index) => index.name !== '_id_')
      collections.push({ name, ...written, indexes: indexes as BackupManifest['collections'][number]['indexes'] })
      options.progress({ name, documents: written.documents })
    }
    return { collections, keyIds: await keyIdsOf(db, session) }
  } finally {
    await session.endSession()
  }
}

async function dump(collection: mongo.Collection, session: mongo.ClientSession, path: string) {
  const file = await open(path, 'w', 0o600)
  const hash = createHash('sha256')
  let [documents, bytes] = [0, 0]
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  const flush = async () => {
    if (waiting.length > 0) await file.appendFile(Buffer.concat(waiting))
    waiting = []
    waitingBytes = 0
  }
  try {
    const found = collection.find({}, { session, raw: true, batchSize: 500 }) as unknown as AsyncIterable<Uint8Array>
    for await (const document of found) {
      hash.update(document)
      waiting.push(document)
      waitingBytes += document.length
      documents += 1
      bytes += document.length
      if (waitingBytes > writeBytes) await flush()
    }
    await flush()
    await file.sync()
  } finally {
    await file.close()
  }
  return { documents, bytes, sha256: hash.digest('hex') }
}

const writeBytes = 1024 * 1024

/** MongoDB keeps a past moment for five minutes; where we may, we ask for an hour while the backup runs. */
async function withLongHistory<Result>(db: mongo.Db, work: () => Promise<Result>): Promise<Result> {
  const admin = db.admin()
  const name = 'minSnapshotHistoryWindowInSeconds'
  const before: unknown = await admin
    .command({ getParameter: 1, [name]: 1 })
    .then((answer) => answer[name])
    .catch(() => undefined)
  const isShort = typeof before === 'number' && before < historySeconds
  const set = (seconds: number) => admin.command({ setParameter: 1, [name]: seconds }).catch(() => undefined)
  if (isShort) await set(historySeconds)
  try {
    return await work()
  } finally {
    if (isShort) await set(before)
  }
}

const historySeconds = 3600

async function keyIdsOf(db: mongo.Db, session: mongo.ClientSession): Promise<string[]> {
  const marks = await db
    .collection<{ _id: string }>('keyring')
    .find({ _id: { $regex: '^key:' } }, { session, projection: { _id: 1 } })
    .toArray()
  return marks.map(({ _id }) => _id.slice('key:'.length)).sort()
}

async function copySettings(from: string, to: string): Promise<BackupManifest['settings']> {
  const names = (await readdir(from).catch(() => [])).filter((name) => /^[\w-]{1,80}\.json$/.test(name)).sort()
  if (names.length > 0) await mkdir(to, { mode: 0o700 })
  return Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(from, name))
      await writeFile(join(to, name), content, { mode: 0o600, flush: true })
      return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
    }),
  )
}

const triesMax = 3

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
