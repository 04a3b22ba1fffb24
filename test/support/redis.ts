import { spawn, spawnSync } from 'node:child_process'
import { freePort } from './app.ts'

/** Whether tests with a real Redis run here; in CI they run, and fail, where there is none. */
export function canTestWithRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0 || process.env.CI !== undefined) return true
  console.warn('Tests with Redis need redis-server: install it (apt-get install redis-server).')
  return false
}

/** A Redis that keeps nothing. */
export async function startRedis(): Promise<{ url: string; kill(): Promise<void> }> {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'pipe' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('redis-server ended at once')))
    child.stdout.on('data', (part: Buffer) => {
      if (part.includes('Ready to accept connections')) resolve()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}
