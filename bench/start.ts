import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findMongod } from '../src/store/mongod.ts'
import { freePort, statusOf } from '../test/support/app.ts'
import { percentile } from './support/statistics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = { readyMs: 2_000, idleMegabytes: 150 }
const runs = 5
const idleMs = 5_000
const readyWithinMs = 60_000

type Start = { readyMs: number; idleMegabytes: number }

/**
 * How long `npm start` with nothing configured takes until it is ready, on an empty folder and on the data of the first start,
 * and what the service then holds in memory while nobody asks it for anything. `mongod` is there and counts apart.
 */
export async function run(): Promise<void> {
  const { path: mongod } = await findMongod({
    binary: process.env.MONGOD_BINARY,
    dataDir: join(root, 'var'),
    log: (line) => process.stderr.write(`${line}\n`),
  })
  const command = await startCommand()
  const firsts: Start[] = []
  const seconds: Start[] = []
  for (let index = 0; index < runs; index++) {
    const dataDir = await mkdtemp(join(tmpdir(), 'pakn-bench-'))
    try {
      await mkdir(join(dataDir, 'bin'))
      await symlink(mongod, join(dataDir, 'bin', 'mongod'))
      firsts.push(await startOnce(command, dataDir))
      seconds.push(await startOnce(command, dataDir))
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }
  const lines = [
    `start     ${command}, median of ${runs}, load of the machine ${loadavg()[0]?.toFixed(1)}`,
    report('first', firsts),
    report('again', seconds),
    `target    ready ≤ ${target.readyMs} ms, idle ≤ ${target.idleMegabytes} MB`,
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

/** What `npm start` runs, without npm itself. */
async function startCommand(): Promise<string> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  return scripts.start
}

async function startOnce(command: string, dataDir: string): Promise<Start> {
  const port = await freePort()
  const path = `${join(root, 'node_modules/.bin')}:/usr/bin:/bin`
  const startedAt = performance.now()
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: root,
    env: { PATH: path, HOME: process.env.HOME ?? '', PORT: String(port), DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part
  })
  try {
    while ((await statusOf(`http://127.0.0.1:${port}/readyz`)) !== 200) {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${said}`)
      if (performance.now() - startedAt > readyWithinMs) throw new Error('the service does not become ready')
      await sleep(10)
    }
    const readyMs = performance.now() - startedAt
    await sleep(idleMs)
    return { readyMs, idleMegabytes: (await residentBytes(await servicePid(dataDir))) / 1e6 }
  } finally {
    if (child.exitCode === null) process.kill(await servicePid(dataDir), 'SIGTERM')
    await ended
  }
}

/** The service itself: the shell that started it may stand in between. */
async function servicePid(dataDir: string): Promise<number> {
  const { pid } = JSON.parse(await readFile(join(dataDir, 'process.json'), 'utf8')) as { pid: number }
  return pid
}

async function residentBytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
