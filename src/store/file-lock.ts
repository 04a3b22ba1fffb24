import { randomUUID } from 'node:crypto'
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const heartbeatMs = 2_000
const staleAfterMs = 10_000

/**
 * Runs `work` while no other process on this machine holds the lock file at `path`. A holder that died leaves a file
 * behind; it counts as gone once its heartbeat has stopped, so a process id that was given out again cannot block anyone.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { waiting?: () => void } = {},
): Promise<T> {
  const ticket = randomUUID()
  let told = false
  while (!(await take(path, ticket))) {
    if (!told) options.waiting?.()
    told = true
    await removeIfStale(path)
    await sleep(100)
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {
      // The folder is gone or full: the lock then grows stale, which only costs the next one a wait.
    })
  }, heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if ((await readFile(path, 'utf8').catch(() => '')) === ticket) await rm(path, { force: true })
  }
}

async function take(path: string, ticket: string): Promise<boolean> {
  try {
    await writeFile(path, ticket, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function removeIfStale(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && Date.now() - found.mtimeMs > staleAfterMs) await rm(path, { force: true })
}
