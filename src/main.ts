import type { App } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { openMongod } from './open-mongod.ts'
import { explainStartFault } from './start-faults.ts'
import { tidyAfterStart } from './tidy-after-start.ts'

const MODES = {
  demonstration: 'chạy thử với Zalo mô phỏng',
  trial: 'chạy thử với Zalo thật',
  production: 'chạy chính thức',
}
const TIDY_AFTER_MS = 1_000
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const config = configOrExit()
const logger = createLogger({ level: config.logLevel })

let app: App | undefined
let isStopping = false
process.on('SIGTERM', () => void stop('SIGTERM'))
process.on('SIGINT', () => void stop('SIGINT'))
process.on('unhandledRejection', (error) => logger.fatal({ err: error }, 'a promise failed that nobody awaited'))

try {
  for (const warning of config.warnings) say(`⚠ ${warning}`)
  // The database takes longest to be there: it starts while everything else is loaded.
  const mongod = openMongod(config, say)
  await mongod.begun
  const { startApp, version } = await import('./app.ts')
  app = await startApp(config, { logger, say, mongod })
  announce(app, version)
  setTimeout(tidyAfterStart, TIDY_AFTER_MS).unref()
} catch (error) {
  say(explainStartFault(error, config))
  process.exit(1)
}

function configOrExit() {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    say(error.message)
    process.exit(1)
  }
}

function announce({ url, simulator, demonstration }: App, version: string): void {
  logger.info({ version, mode: config.mode }, 'ready')
  say('')
  say(`  Phản ánh, kiến nghị qua Zalo ${version} · ${MODES[config.mode]}`)
  say(`  API              ${url}/api/v1   (mô tả: ${url}/api/openapi.json)`)
  say(`  Tình trạng       ${url}/readyz · ${url}/metrics`)
  if (simulator !== null) {
    say(`  Điện thoại thử   ${url}/simulator`)
    say('  Mã truy cập API của những người dùng thử (hết hạn sau 1 ngày):')
    for (const { login, roles, token } of demonstration)
      say(`    ${login.padEnd(11)} ${roles.join(', ').padEnd(28)} ${token}`)
  }
  say('')
}

/** The first signal finishes what is in hand; a second one ends at once. */
async function stop(signal: string): Promise<void> {
  if (isStopping) process.exit(130)
  isStopping = true
  logger.info({ signal }, 'stopping')
  await app?.stop()
  process.exit(0)
}
