import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { isOurMongod, isProcessAlive } from './mongod-owner.ts'
import { folderInUse, launchMongod, type MongodProcess } from './mongod-process.ts'
import { explainFileFault, StartError } from './start-error.ts'

export { type FoundMongod, findMongod, type MongodFetcher } from './mongod-find.ts'
export { StartError } from './start-error.ts'

/** A service lends its database to others beside it; an operator's command keeps it for itself, for it ends soon. */
export type MongodRole = 'service' | 'command'

export type RunningMongod = { uri: string; port: number; stop(): Promise<void> }

type Owner = { mongodPid: number; ownerPid: number; role: MongodRole }

const replicaSet = 'pakn'
// Below the range from which systems take ports for outgoing connections, so that the kept port stays free.
const lowestPort = 27_100
const highestPort = 31_999

/**
 * Starts the service's own one-member replica set on the data kept under `dataDir/mongodb` and publishes its address in
 * `dataDir/mongodb/uri`. What was acknowledged survives a stop and a kill -9 of either process. When `mongod` alone dies, it
 * is started again on the same address. A folder that another process uses is refused after `waitMs`.
 */
export async function startMongod(options: {
  dataDir: string
  binary: string
  log: (line: string) => void
  role?: MongodRole
  waitMs?: number
  /** Told when its process is there, long before it can be used. */
  spawned?: () => void
}): Promise<RunningMongod> {
  const folder = resolve(options.dataDir, 'mongodb')
  const role = options.role ?? 'service'
  const dbPath = join(folder, 'data')
  await mkdir(dbPath, { recursive: true }).catch((error: unknown) => {
    throw explainFileFault(error, folder)
  })
  const launch = async (lastPort?: number) => {
    await endOrphan(folder, dbPath)
    const port = lastPort ?? (await choosePort(folder))
    const mongod = await launchMongod({ binary: options.binary, dbPath, port, replicaSet, spawned: options.spawned })
    try {
      await becomePrimary(port)
      const uri = `mongodb://127.0.0.1:${port}/pakn?replicaSet=${replicaSet}`
      await keepText(join(folder, 'port'), String(port))
      await keepText(
        join(folder, 'owner.json'),
        JSON.stringify({ mongodPid: mongod.pid, ownerPid: process.pid, role } satisfies Owner),
      )
      await keepText(join(folder, 'uri'), uri)
      return { mongod, port, uri }
    } catch (error) {
      await mongod.stop()
      throw explainFileFault(error, folder)
    }
  }
  const first = await untilFree(launch, options.waitMs ?? 10_000)
  const supervisor = supervise(
    first.mongod,
    // Who is connected knows the first address only.
    async () => (await launch(first.port)).mongod,
    options.log,
  )
  return {
    uri: first.uri,
    port: first.port,
    async stop() {
      await supervisor.stop()
      await rm(join(folder, 'uri'), { force: true })
      await rm(join(folder, 'owner.json'), { force: true })
    },
  }
}

/** The database of a service that runs on this `dataDir` now; undefined when there is none to share. */
export async function findRunningMongod(dataDir: string): Promise<{ uri: string } | undefined> {
  const folder = resolve(dataDir, 'mongodb')
  const owner = await readOwner(folder)
  if (owner === undefined || owner.role !== 'service' || !isProcessAlive(owner.ownerPid)) return undefined
  if (!(await isOurMongod(owner.mongodPid, join(folder, 'data')))) return undefined
  const uri = await readFile(join(folder, 'uri'), 'utf8').catch(() => '')
  return uri === '' ? undefined : { uri }
}

/**
 * For an operator's command: the database of the service beside it, or an own one until `stop`. Commands that run at once
 * take their turns.
 */
export async function borrowMongod(options: {
  dataDir: string
  binary: () => Promise<string>
  log: (line: string) => void
  waitMs?: number
}): Promise<{ uri: string; stop(): Promise<void> }> {
  const deadline = Date.now() + (options.waitMs ?? 60_000)
  for (;;) {
    const running = await findRunningMongod(options.dataDir)
    if (running !== undefined) return { uri: running.uri, stop: async () => {} }
    try {
      return await startMongod({ ...options, binary: await options.binary(), role: 'command', waitMs: 0 })
    } catch (error) {
      if (!isInUse(error) || Date.now() > deadline) throw error
      await sleep(100)
    }
  }
}

async function untilFree<T>(launch: () => Promise<T>, waitMs: number): Promise<T> {
  const deadline = Date.now() + waitMs
  for (;;) {
    try {
      return await launch()
    } catch (error) {
      if (!isInUse(error) || Date.now() >= deadline) throw error
      await sleep(100)
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof StartError && error.code === 'dataFolderInUse'
}

/** A database whose owner was killed would keep the folder; ending it is safe, for acknowledged writes are in its journal. */
async function endOrphan(folder: string, dbPath: string): Promise<void> {
  const owner = await readOwner(folder)
  if (owner === undefined || !(await isOurMongod(owner.mongodPid, dbPath))) return
  if (isProcessAlive(owner.ownerPid)) throw folderInUse(folder)
  process.kill(owner.mongodPid, 'SIGKILL')
  while (await isOurMongod(owner.mongodPid, dbPath)) await sleep(5)
}

async function readOwner(folder: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as Owner
  } catch {
    return undefined
  }
}

/** The port of the last time where it is free, for the replica set knows itself by it; any other costs a reconfiguration. */
async function choosePort(folder: string): Promise<number> {
  const kept = Number(await readFile(join(folder, 'port'), 'utf8').catch(() => ''))
  if (Number.isInteger(kept) && kept > 0 && (await isFree(kept))) return kept
  for (let tries = 0; tries < 100; tries += 1) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort + 1))
    if (await isFree(port)) return port
  }
  throw new StartError('mongodFailed', {
    vi: `Không còn cổng nào trống từ ${lowestPort} đến ${highestPort} trên 127.0.0.1 cho MongoDB.`,
    en: `No port from ${lowestPort} to ${highestPort} on 127.0.0.1 is free for MongoDB.`,
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * Makes the member a replica set of its own, under the address it has now, and waits until it takes writes. After a change
 * of port it first asks its old address who is there; a stranger who keeps silent makes that last half a minute.
 */
async function becomePrimary(port: number): Promise<void> {
  const host = `127.0.0.1:${port}`
  // Loaded while `mongod` starts.
  const { default: mongoose } = await import('mongoose')
  const client = new mongoose.mongo.MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 10_000,
  })
  try {
    const admin = client.db('admin')
    const deadline = Date.now() + 60_000
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (Date.now() > deadline) {
        throw new StartError('mongodFailed', {
          vi: 'MongoDB đã chạy nhưng sau một phút vẫn chưa nhận ghi dữ liệu.',
          en: 'MongoDB runs but did not accept writes within a minute.',
        })
      }
      await configure(admin, host)
      await sleep(10)
    }
  } finally {
    await client.close()
  }
}

async function configure(admin: mongo.Db, host: string): Promise<void> {
  const settings = { electionTimeoutMillis: 1_000 }
  const config = await unlessStarting(admin.command({ replSetGetConfig: 1 }).then((answer) => answer.config))
  if (config === undefined) {
    await unlessStarting(admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host }], settings } }))
  } else if (config.members[0].host !== host) {
    const members = [{ ...config.members[0], host }]
    await admin.command({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true })
  }
}

/** Undefined where the member has no configuration yet, or has one that it is still reading. */
async function unlessStarting<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    const name = error instanceof Error ? (error as mongo.MongoServerError).codeName : undefined
    if (name === 'NotYetInitialized' || name === 'AlreadyInitialized') return undefined
    throw error
  })
}

function supervise(first: MongodProcess, launch: () => Promise<MongodProcess>, log: (line: string) => void) {
  const stopping = new AbortController()
  let current: MongodProcess | undefined = first
  const loop = async () => {
    let failures = 0
    while (!stopping.signal.aborted) {
      const startedAt = performance.now()
      await current?.ended
      // One that ends again and again must not keep the machine busy with starting it.
      failures = current !== undefined && performance.now() - startedAt > 10_000 ? 0 : failures + 1
      current = undefined
      if (failures > 1) await sleep(Math.min(30_000, 250 * 2 ** failures), undefined, stopping).catch(() => {})
      if (stopping.signal.aborted) return
      log('MongoDB: đã dừng bất thường, đang khởi động lại (it ended unexpectedly and is started again)')
      try {
        current = await launch()
      } catch (error) {
        log(`MongoDB: ${error instanceof StartError ? error.message : 'không khởi động lại được (restart failed)'}`)
      }
    }
    await current?.stop()
  }
  const done = loop()
  return {
    async stop() {
      stopping.abort()
      await current?.stop()
      await done
    },
  }
}

/** Written beside and renamed: a reader sees the former text or the new one, never half of it. */
async function keepText(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  await writeFile(beside, text, { mode: 0o600 })
  await rename(beside, path)
}
