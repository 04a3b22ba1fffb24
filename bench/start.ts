import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findMongod } from '../src/store/mongod.ts'
import { startService } from './support/service.ts'
import { percentile } from './support/statistics.ts'

const target = { readyMs: 2_000, idleMegabytes: 150 }
const runs = 5
const idleMs = 5_000

type Start = { readyMs: number; idleMegabytes: number }

/**
 * How long `npm start` with nothing configured takes until it is ready, on an empty folder and on the data of the first start,
 * and what the service then holds in memory while nobody asks it for anything. `mongod` is there and counts apart.
 */
export async function run(): Promise<void> {
  const { path: mongod } = await findMongod({
    binary: process.env.MONGOD_BINARY,
    dataDir: fileURLToPath(new URL('../var', import.meta.url)),
    log: (line) => process.stderr.write(`${line}\n`),
  })
  const firsts: Start[] = []
  const seconds: Start[] = []
  for (let index = 0; index < runs; index++) {
    const dataDir = await mkdtemp(join(tmpdir(), 'pakn-bench-'))
    try {
      await mkdir(join(dataDir, 'bin'))
      await symlink(mongod, join(dataDir, 'bin', 'mongod'))
      firsts.push(await startOnce(dataDir))
      seconds.push(await startOnce(dataDir))
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }
  const lines = [
    `start     median of ${runs}   (load of the machine ${loadavg()[0]?.toFixed(1)})`,
    report('first', firsts),
    report('again', seconds),
    `target    ready ≤ ${target.readyMs} ms, idle ≤ ${target.idleMegabytes} MB; under load: npm run bench -- turns`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  const isMet = [firsts, seconds].every(
    (starts) => median(starts, 'readyMs') <= target.readyMs && median(starts, 'idleMegabytes') <= target.idleMegabytes,
  )
  if (!isMet) process.exitCode = 1
}

function report(name: string, starts: Start[]): string {
  const all = (key: keyof Start) => starts.map((start) => start[key].toFixed(0)).join(', ')
  return (
    `${name.padEnd(10)}ready ${median(starts, 'readyMs').toFixed(0)} ms (${all('readyMs')}), ` +
    `idle ${median(starts, 'idleMegabytes').toFixed(0)} MB (${all('idleMegabytes')})`
  )
}

function median(starts: Start[], key: keyof Start): number {
  return percentile(
    starts.map((start) => start[key]),
    0.5,
  )
}

async function startOnce(dataDir: string): Promise<Start> {
  const service = await startService({ DATA_DIR: dataDir })
  try {
    await sleep(idleMs)
    return { readyMs: service.readyMs, idleMegabytes: (await service.residentBytes()) / 1e6 }
  } finally {
    await service.stop()
  }
}
