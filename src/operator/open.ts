import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mongoose, { type mongo } from 'mongoose'
import { type Config, readConfig } from '../config.ts'
import { loadUnits } from '../conversation/load-units.ts'
import { parseDataKeys } from '../store/crypto.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { type MongoFileStore, openFileStore } from '../store/files.ts'
import { type Keyring, makeAndKeepKeys, openKeyring } from '../store/keys.ts'
import { borrowMongod, findMongod } from '../store/mongod.ts'
import type { Units } from '../usecases/case-ports.ts'
import { createUnitDirectory } from '../usecases/unit-directory.ts'
import type { Output } from './output.ts'
import { openPeopleWork, type PeopleWork } from './people-work.ts'

export type Opened = PeopleWork & {
  config: Config
  database: Database
  keyring: Keyring
  units: Units
  openFiles(): Promise<MongoFileStore>
  /** Encrypts files anew that another key wrote; gives how many. */
  rotateFiles(): Promise<number>
}

/** Master data as it came with the program. */
export const shippedData = fileURLToPath(new URL('../../data', import.meta.url))

/** Master data that was imported here and takes the place of what was shipped. */
export const importedData = (config: Pick<Config, 'dataDir'>): string => join(config.dataDir, 'data')

/** Runs the work of one command on the opened database. */
export type Run = (work: (opened: Opened, output: Output) => Promise<void> | void) => Promise<void>

/**
 * What every command works on: the database of the configuration, of the service that runs on the same `DATA_DIR`, or of a
 * `mongod` of its own for as long as `work` takes. Everything is closed in the end, whatever happens.
 */
export async function withDatabase<Result>(
  env: Record<string, string | undefined>,
  say: (line: string) => void,
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  return withAddress(env, say, async (config, uri, closers) => {
    const database = await openDatabase({ uri })
    closers.push(() => database.close())
    // The keyring and the files read binary values as the driver gives them, the other collections as buffers.
    const db = database.connection.getClient().db(database.connection.name, { promoteBuffers: false })
    const dataKeys = parseDataKeys(config.dataKeys ?? (await makeAndKeepKeys(config.dataDir)).dataKeys)
    const keyring = await openKeyring(db, dataKeys)
    const units = createUnitDirectory(await loadUnits(shippedData, importedData(config)))
    const peopleWork = await openPeopleWork({ config, database, keyring, units })
    const openFiles = () => openFileStore(db, { ...keyring, writingKeyId: dataKeys[0].id })
    const rotateFiles = async () => (await openFiles()).rotate()
    return work({ ...peopleWork, config, database, keyring, units, openFiles, rotateFiles })
  })
}

/** The same database as it is: nothing is created in it, and no key is needed. */
export async function withBareDatabase<Result>(
  env: Record<string, string | undefined>,
  say: (line: string) => void,
  work: (opened: { config: Config; db: mongo.Db }) => Promise<Result>,
): Promise<Result> {
  return withAddress(env, say, async (config, uri, closers) => {
    const client = await mongoose.mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 5_000 })
    closers.push(() => client.close())
    return work({ config, db: client.db() })
  })
}

async function withAddress<Result>(
  env: Record<string, string | undefined>,
  say: (line: string) => void,
  work: (config: Config, uri: string, closers: (() => Promise<void>)[]) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(env)
  const closers: (() => Promise<void>)[] = []
  try {
    const { uri } = config.mongodb.uri === null ? await borrow(config, say, closers) : { uri: config.mongodb.uri }
    return await work(config, uri, closers)
  } finally {
    for (const close of closers.reverse()) await close().catch((error: unknown) => say(String(error)))
  }
}

async function borrow(config: Config, say: (line: string) => void, closers: (() => Promise<void>)[]) {
  const find = async () => {
    const { path } = await findMongod({ binary: config.mongodb.binary ?? undefined, dataDir: config.dataDir, log: say })
    return path
  }
  const mongod = await borrowMongod({ dataDir: config.dataDir, binary: find, log: say })
  closers.push(() => mongod.stop())
  return mongod
}
