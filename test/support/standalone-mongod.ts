import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './app.ts'
import { until } from './until.ts'

/** A `mongod` that is no replica set, as somebody may start it by hand. */
export async function startStandaloneMongod(binary: string): Promise<{ uri: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pakn-standalone-'))
  const port = await freePort()
  const child = spawn(binary, ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1'], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await until('mongod listens', () => isListening(port), 20_000)
  return {
    uri: `mongodb://127.0.0.1:${port}/pakn`,
    async stop() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.once('connect', () => socket.destroy())
  })
}
