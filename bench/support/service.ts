import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort, statusOf } from '../../test/support/app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const READY_WITHIN_MS = 60_000

export type Service = {
  url: string
  /** The service itself, without the shell that starts it. */
  processId: number
  /** From its start to the first good answer of `/readyz`. */
  readyMs: number
  residentBytes(): Promise<number>
  stop(): Promise<void>
}

/** The service as `npm start` runs it, on a data folder of its own unless `DATA_DIR` is given; resolves when it is ready. */
export async function startService(env: Record<string, string>): Promise<Service> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  const port = await freePort()
  const ownFolder = env.DATA_DIR === undefined ? await mkdtemp(join(tmpdir(), 'pakn-bench-')) : null
  const dataDir = env.DATA_DIR ?? ownFolder ?? ''
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const child = spawn('/bin/sh', ['-c', scripts.start], {
    cwd: root,
    env: {
      PATH: `${join(root, 'node_modules/.bin')}:/usr/bin:/bin`,
      HOME: process.env.HOME ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said = (said + part).slice(-20_000)
  })
  while ((await statusOf(`${url}/readyz`)) !== 200) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${said}`)
    if (performance.now() - startedAt > READY_WITHIN_MS) throw new Error(`the service does not become ready:\n${said}`)
    await sleep(10)
  }
  const readyMs = performance.now() - startedAt
  const { pid } = JSON.parse(await readFile(join(dataDir, 'process.json'), 'utf8')) as { pid: number }
  return {
    url,
    processId: pid,
    readyMs,
    async residentBytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    },
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
      if (child.exitCode === null) process.kill(pid, 'SIGTERM')
      await ended
      if (ownFolder !== null) await rm(ownFolder, { recursive: true, force: true })
    },
  }
}
