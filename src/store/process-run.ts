import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ProcessRun } from '../usecases/road.ts'

type Kept = { processId: string; pid: number; startedAt: string; host: string }

/**
 * Finds out who this process is among those that share the database. After a crash the same data folder gives the same
 * `processId`, and `isHeir` says that the earlier run has surely ended, so that its leases may be taken at once. When that is
 * not sure (another machine, still alive) the run gets an id of its own and waits for leases to end like anybody else.
 */
export async function beginProcessRun(dataDir: string): Promise<ProcessRun & { isHeir: boolean }> {
  const path = join(dataDir, 'process.json')
  const kept = await readKept(path)
  const hasEnded = kept !== undefined && kept.host === hostname() && (await hasProcessEnded(kept))
  const processId = hasEnded ? kept.processId : randomUUID()
  // While another run is alive its file stays: it is that run's claim to its id.
  if (kept === undefined || hasEnded || kept.host !== hostname()) {
    await mkdir(dataDir, { recursive: true })
    const own: Kept = { processId, pid: process.pid, startedAt: await startOf(process.pid), host: hostname() }
    await writeFile(`${path}.${process.pid}`, JSON.stringify(own))
    await rename(`${path}.${process.pid}`, path)
  }
  return { processId, owner: `${processId}/${randomUUID()}`, isHeir: hasEnded }
}

async function readKept(path: string): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Kept
  } catch {
    return undefined
  }
}

/** A process number may have been given out again, in a container even to ourselves: the time of its start tells. */
async function hasProcessEnded(kept: Kept): Promise<boolean> {
  try {
    process.kill(kept.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const startedAt = await startOf(kept.pid)
  return startedAt !== '' && startedAt !== kept.startedAt
}

/** When a process began, in the system's own count; empty where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  try {
    const [line, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ])
    // The name in brackets may hold blanks; the start is the 22nd field, the 20th after it.
    return `${boot.trim()}/${line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return ''
  }
}
