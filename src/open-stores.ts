import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { type KeyedHash, parseDataKeys } from './store/crypto.ts'
import { type Database, openDatabase } from './store/database.ts'
import { type MongoFileStore, openFileStore } from './store/files.ts'
import { type Keyring, makeAndKeepKeys, openKeyring } from './store/keys.ts'
import type { RunningMongod } from './store/mongod.ts'

export type Stores = {
  database: Database
  keyring: Keyring
  files: MongoFileStore
  hash: KeyedHash
}

/** Releases what was acquired, last first; each goes on past a failing one. */
export type Closers = { add(name: string, close: () => Promise<void> | void): void; closeAll(): Promise<void> }

export function createClosers(logger: Logger): Closers {
  const closers: { name: string; close: () => Promise<void> | void }[] = []
  return {
    add: (name, close) => void closers.push({ name, close }),
    async closeAll() {
      for (const { name, close } of closers.splice(0).reverse()) {
        try {
          await close()
        } catch (error) {
          logger.error({ err: error, what: name }, 'could not close')
        }
      }
    },
  }
}

/** The database of the configuration or else `ownMongod`, and the keys that open what is in it. */
export async function openStores(
  config: Config,
  ownMongod: Promise<RunningMongod | null>,
  closers: Closers,
): Promise<Stores> {
  const mongod = await ownMongod
  if (mongod !== null) closers.add('mongod', () => mongod.stop())
  const uri = mongod?.uri ?? config.mongodb.uri
  if (uri === null) throw new Error('there is no database to open')
  const database = await openDatabase({ uri })
  closers.add('database', () => database.close())
  // The keyring and the files read binary values as the driver gives them, the other collections as buffers.
  const db = database.connection.getClient().db(database.connection.name, { promoteBuffers: false })
  const dataKeys = parseDataKeys(config.dataKeys ?? (await makeAndKeepKeys(config.dataDir)).dataKeys)
  const keyring = await openKeyring(db, dataKeys)
  const files = await openFileStore(db, keyring)
  return { database, keyring, files, hash: keyring.hash }
}
