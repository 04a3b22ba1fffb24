import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type App, startApp } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { createLogger } from '../../src/logger.ts'
import type { NoticeChannel } from '../../src/usecases/notice-channels.ts'
import type { FakeZalo } from './fake-zalo.ts'
import { until } from './until.ts'

export type Environment = Record<string, string>

export type TestAppOptions = {
  /** The database; absent: the service starts its own under its data folder. */
  uri?: string
  /** The Zalo of a trial; absent: demonstration with the simulator. Its webhook is set to this app. */
  zalo?: FakeZalo
  /** Where the webhook of `zalo` points is left as it is. */
  keepsWebhook?: boolean
  env?: Environment
  /** Ways beside the chat, instead of those of the configuration; only for an app in this process. */
  channels?: readonly NoticeChannel[]
  /** The steady clock by which sending pauses; only for an app in this process. */
  steadyNow?: () => number
  /** A folder that outlives the app; absent: a new one that goes with it. */
  dataDir?: string
}

export type TestApp = {
  app: App
  /** Where it answers, without a slash at the end. */
  url: string
  config: Config
  /** The environment it was started with, for the operator's tool beside it. */
  env: Environment
  dataDir: string
  /** Lines for the person at the terminal. */
  said: string[]
  /** Everything that was logged so far. */
  logged(): string
  metric(name: string): Promise<number>
  stop(): Promise<void>
}

/** The whole service in this process, on a free port, with a configuration as an operator would write it. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const { env, dataDir, port, url } = await prepare(options)
  const config = readConfig(env)
  const said: string[] = []
  const lines: string[] = []
  const logger = createLogger({
    level: config.logLevel,
    destination: { write: (line: string) => void lines.push(line) },
  })
  const app = await startApp(config, {
    logger,
    say: (line) => void said.push(line),
    ...(options.channels === undefined ? {} : { channels: options.channels }),
    ...(options.steadyNow === undefined ? {} : { steadyNow: options.steadyNow }),
  })
  pointWebhook(options, port)
  return {
    app,
    url,
    config,
    env,
    dataDir,
    said,
    logged: () => lines.join(''),
    metric: (name) => readMetric(url, name),
    async stop() {
      await app.stop()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export type TestProcess = {
  url: string
  env: Environment
  dataDir: string
  process: ChildProcess
  /** What it wrote to the terminal. */
  output(): string
  metric(name: string): Promise<number>
  /** Ends it by a signal and waits until it is gone; gives its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Ends it and removes its data folder. */
  stop(): Promise<void>
}

/** The whole service as its own process, ready when this resolves. */
export async function startTestProcess(options: TestAppOptions): Promise<TestProcess> {
  const { env, dataDir, port, url } = await prepare(options)
  const { child, output } = spawnMain(env)
  const ended = once(child, 'exit')
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
    return child.exitCode
  }
  try {
    await until(
      'the service is ready',
      async () => {
        if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}:\n${output()}`)
        return (await statusOf(`${url}/readyz`)) === 200
      },
      20_000,
    )
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
  pointWebhook(options, port)
  return {
    url,
    env,
    dataDir,
    process: child,
    output,
    metric: (name) => readMetric(url, name),
    end,
    async stop() {
      await end('SIGKILL')
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Starts the service where it cannot run, and gives what it said and its exit code. */
export async function startInVain(env: Environment): Promise<{ exitCode: number | null; output: string }> {
  const { child, output } = spawnMain(env)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 25_000)
  await once(child, 'close')
  clearTimeout(impatience)
  return { exitCode: child.exitCode, output: output() }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
  return port
}

/** The status of an answer, 0 where there is none. */
export async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

async function prepare(options: TestAppOptions) {
  const port = await freePort()
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'pakn-app-')))
  const env: Environment = {
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    // Tests run at any hour.
    QUIET_HOURS: 'off',
    LOG_LEVEL: 'warn',
    INBOX_QUIET_MS: '600',
    ZALO_RATE_PER_MINUTE: '60000',
    ...(options.uri === undefined ? {} : { MONGODB_URI: options.uri }),
    ...(options.zalo === undefined ? {} : zaloEnvironment(options.zalo)),
    ...options.env,
  }
  return { env, dataDir, port, url: `http://127.0.0.1:${port}` }
}

/** What connects a service to a fake Zalo. */
export function zaloEnvironment(zalo: FakeZalo): Environment {
  const { appId, appSecret, oaId, oaSecretKey } = zalo.account
  return {
    ZALO_APP_ID: appId,
    ZALO_APP_SECRET: appSecret,
    ZALO_OA_ID: oaId,
    ZALO_OA_SECRET_KEY: oaSecretKey,
    ZALO_REFRESH_TOKEN: zalo.tokens.refreshToken,
    ZALO_OPENAPI_URL: zalo.url,
    ZALO_BUSINESS_URL: zalo.url,
    ZALO_OAUTH_URL: zalo.url,
  }
}

function pointWebhook(options: TestAppOptions, port: number): void {
  if (options.keepsWebhook !== true) options.zalo?.setWebhook(`http://127.0.0.1:${port}/webhooks/zalo`)
}

const root = fileURLToPath(new URL('../..', import.meta.url))

function spawnMain(env: Environment) {
  // Nothing of the machine's own environment may configure the service under test.
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      output += part
    })
  }
  return { child, output: () => output }
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
