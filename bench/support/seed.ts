import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { addDays, dayOf } from '../../src/cases/days.ts'
import { modelOn } from '../../src/cases/file-case.ts'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { defineCaseModels } from '../../src/store/case-documents.ts'
import { parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { openKeyring } from '../../src/store/keys.ts'
import { makeIndexes } from '../../src/store/make-indexes.ts'
import { findMongod, startMongod } from '../../src/store/mongod.ts'
import { markKeysNew } from '../../src/store/renew-keys.ts'
import { type Handling, shareOut } from './invented-cases.ts'
import type { SeedTask } from './seed-worker.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Raised with whatever makes the kept cases others than today's would be. */
const SEED_VERSION = 4
const SEED = 7

export type SeededDatabase = {
  uri: string
  dataKeys: string
  /** Of the service that is measured on it. */
  dataDir: string
  mongodProcessId: number
  stop(): Promise<void>
}

/**
 * A database with `count` invented cases of four years, on a folder that is kept under DATA_DIR/bench: the next measurement finds them
 * there. None at all is an empty database on a folder of its own.
 */
export async function openSeeded(count: number): Promise<SeededDatabase> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const folder = join(process.env.DATA_DIR || join(root, 'var'), 'bench', `cases-${count}`)
  if (count === 0) await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const { path } = await findMongod({ binary: process.env.MONGOD_BINARY, dataDir: join(root, 'var'), log: say })
  const mongod = await startMongod({ dataDir: folder, binary: path, log: say })
  try {
    const dataKeys = await keysIn(folder)
    const done = join(folder, `seeded-${SEED_VERSION}`)
    const isDone = await readFile(done).then(
      () => true,
      () => false,
    )
    if (!isDone) {
      const startedAt = performance.now()
      await seed({ uri: mongod.uri, dataKeys, count, say })
      await writeFile(done, '')
      say(`${count} cases in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    }
    const owner = JSON.parse(await readFile(join(folder, 'mongodb', 'owner.json'), 'utf8')) as { mongodPid: number }
    return { uri: mongod.uri, dataKeys, dataDir: folder, mongodProcessId: owner.mongodPid, stop: () => mongod.stop() }
  } catch (error) {
    await mongod.stop()
    throw error
  }
}

async function keysIn(folder: string): Promise<string> {
  const path = join(folder, 'data-keys')
  const kept = await readFile(path, 'utf8').catch(() => null)
  if (kept !== null) return kept
  const made = `bench:${randomBytes(32).toString('base64')}`
  await writeFile(path, made, { mode: 0o600 })
  return made
}

async function seed(asked: { uri: string; dataKeys: string; count: number; say(line: string): void }): Promise<void> {
  const { uri, dataKeys, count, say } = asked
  const database = await openDatabase({ uri })
  const { connection } = database
  const db = connection.getClient().db(connection.name)
  try {
    await openKeyring(connection.getClient().db(connection.name, { promoteBuffers: false }), parseDataKeys(dataKeys))
    for (const name of ['cases', 'history']) await db.dropCollection(name).catch(() => undefined)
    if (count > 0) {
      await insert({ uri, dataKeys, count, say })
      await giveNumbers(database, count)
    }
    // All in one pass over the cases, which is many times quicker than keeping them while the cases come in.
    say('making the indexes …')
    for (const model of defineCaseModels(connection)) await makeIndexes(model)
  } finally {
    await database.close()
  }
}

/** The counters stand where filing these cases would have left them, so that the next one gets a code of its own. */
async function giveNumbers(database: Database, count: number): Promise<void> {
  const today = dayOf(Date.now())
  const handling = await handlingUnits()
  const values = new Map<string, number>()
  for (const { daysAgo, count: ofDay } of shareOut(count, today)) {
    const day = addDays(today, -daysAgo)
    const book = `book:${handling[modelOn(day)].office}:${day.slice(0, 4)}`
    values.set(`case:PAKN:${day}`, ofDay)
    values.set(book, (values.get(book) ?? 0) + ofDay)
  }
  const counters = database.collection<{ _id: string; value: number }>('counters')
  await counters.deleteMany({ _id: /^(case|book):/ })
  await counters.insertMany([...values].map(([_id, value]) => ({ _id, value })))
  await markKeysNew(counters)
}

async function insert(asked: { uri: string; dataKeys: string; count: number; say(line: string): void }): Promise<void> {
  const today = dayOf(Date.now())
  const days = shareOut(asked.count, today)
  const handling = await handlingUnits()
  const width = Math.max(1, Math.min(4, availableParallelism()))
  let done = 0
  let told = 0
  await Promise.all(
    Array.from({ length: width }, (_, index) => {
      const task: SeedTask = {
        uri: asked.uri,
        dataKeys: asked.dataKeys,
        handling,
        today,
        seed: SEED,
        days: days.filter((_day, at) => at % width === index),
      }
      const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: task })
      worker.on('message', (written: number) => {
        done += written
        if (done - told < 50_000) return
        told = done
        asked.say(`${done} cases …`)
      })
      return new Promise<void>((resolve, reject) => {
        worker.once('error', reject)
        worker.once('exit', (code) =>
          code === 0 ? resolve() : reject(new Error(`a seeding thread ended with ${code}`)),
        )
      })
    }),
  )
}

/** Departments first, which have more to do than a commune. */
async function handlingUnits(): Promise<Record<'2022' | '2025', Handling>> {
  const { files } = await loadUnits(join(root, 'data'))
  const of = (model: '2022' | '2025'): Handling => {
    const units = files.filter((file) => file.model === model).flatMap((file) => file.units)
    const office = units.find(({ roles }) => roles.includes('intake') && roles.includes('routing'))
    if (office === undefined) throw new Error(`model ${model} has no focal unit`)
    const handle = units.filter(({ code, roles }) => roles.includes('handling') && code !== office.code)
    return { office: office.code, units: handle.map(({ code, name }) => ({ code, name })) }
  }
  return { '2022': of('2022'), '2025': of('2025') }
}
