import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { statusOf } from '../../test/support/app.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readyWithinMs = 60_000

export type ServiceProcess = {
  /** Resolves to the milliseconds from its start to the first good answer of `/readyz`; rejects when it ended before. */
  ready(): Promise<number>
  /** Ends it at once; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** What it wrote to the terminal. */
  output(): string
}

/** Starts the service in a process of its own, as `npm start` does, without waiting for it. */
export function startService(environment: Record<string, string>): ServiceProcess {
  const startedAt = performance.now()
  // Nothing of the machine's own environment may configure the service.
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/start'),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    output += part
  })
  return {
    output: () => output,
    async ready() {
      for (;;) {
        if ((await statusOf(`http://127.0.0.1:${environment.PORT}/readyz`)) === 200)
          return performance.now() - startedAt
        if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${output}`)
        if (performance.now() - startedAt > readyWithinMs) throw new Error(`the service does not get ready:\n${output}`)
        await sleep(10)
      }
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await ended
    },
  }
}
