import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { type KeyedHash, parseDataKeys } from './store/crypto.ts'
import { type Database, openDatabase } from './store/database.ts'
import { type MongoFileStore, openFileStore } from './store/files.ts'
import { type Keyring, makeAndKeepKeys, openKeyring } from './store/keys.ts'
import { findMongod, startMongod } from './store/mongod.ts'

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

/** The database of the configuration or one of our own, and the keys that open what is in it. */
export async function openStores(config: Config, say: (line: string) => void, closers: Closers): Promise<Stores> {
  const uri = config.mongodb.uri ?? (await ownMongod(config, say, closers))
  const database = await openDatabase({ uri })
  closers.add('database', () => database.close())
  // The keyring and the files read binary values as the driver gives them, the other collections as buffers.
  const db = database.connection.getClient().db(database.connection.name, { promoteBuffers: false })
  const dataKeys = parseDataKeys(config.dataKeys ?? (await makeAndKeepKeys(config.dataDir)).dataKeys)
  const keyring = await openKeyring(db, dataKeys)
  const files = await openFileStore(db, keyring)
  return { database, keyring, files, hash: keyring.hash }
}

async function ownMongod(config: Config, say: (line: string) => void, closers: Closers): Promise<string> {
  const { dataDir } = config
  const binary = config.mongodb.binary ?? undefined
  const { path } = await findMongod({ dataDir, log: say, ...(binary === undefined ? {} : { binary }) })
  const mongod = await startMongod({ dataDir, binary: path, log: say })
  closers.add('mongod', () => mongod.stop())
  return mongod.uri
}
