import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { loadavg } from 'node:os'
import type { FromCitizens, ToCitizens } from './support/citizens.ts'
import { startBenchDatabase } from './support/database.ts'
import { startService } from './support/service.ts'
import { processorMs } from './support/statistics.ts'

const citizens = 50
const target = { turnsPerSecond: 1_200, p95Ms: 100, megabytes: 300 }

/**
 * Durable turns per second of the service as `npm start` runs it, from the signed webhook to the reply reaching Zalo: the
 * real conversation with field encryption, the citizens and an instant Zalo in another process, the database beside it.
 */
export async function run(): Promise<void> {
  const database = await startBenchDatabase()
  const child = fork(new URL('./support/citizens.ts', import.meta.url))
  try {
    const { zaloUrl, account } = await answer(child, 'ready')
    const service = await startService({
      MONGODB_URI: database.uri,
      ZALO_APP_ID: account.appId,
      ZALO_APP_SECRET: account.appSecret,
      ZALO_OA_ID: account.oaId,
      ZALO_OA_SECRET_KEY: account.oaSecretKey,
      ZALO_REFRESH_TOKEN: 'bench',
      ZALO_OPENAPI_URL: zaloUrl,
      ZALO_OAUTH_URL: zaloUrl,
      ZALO_MESSAGE_API: 'v3',
      ZALO_RATE_PER_MINUTE: '10000000',
      EVENTS_PER_MINUTE_MAX: '1000000',
      // A burst would be waited for, and that wait is not what is measured here.
      INBOX_QUIET_MS: '0',
      DATA_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      LOG_LEVEL: 'warn',
    })
    try {
      const processorTimes = () => Promise.all([service.processId, database.processId, child.pid ?? 0].map(processorMs))
      const measureMs = Number(process.env.BENCH_SECONDS ?? 15) * 1_000
      tell(child, { type: 'begin', webhookUrl: `${service.url}/webhooks/zalo`, citizens, warmUpMs: 8_000, measureMs })
      await answer(child, 'warm')
      const before = await processorTimes()
      const groupsBefore = await grouping(service.url)
      await answer(child, 'measured')
      const after = await processorTimes()
      const groups = await grouping(service.url)
      const megabytes = (await service.residentBytes()) / 1e6
      const result = await answer(child, 'result')
      const perTurn = after.map((ms, index) => ((ms - (before[index] ?? 0)) / result.turns).toFixed(2))
      const rate = result.turns / result.seconds
      const perGroup =
        (groups.turns - groupsBefore.turns) / Math.max(1, groups.transactions - groupsBefore.transactions)
      const lines = [
        `turns     ${rate.toFixed(0)}/s   target ${target.turnsPerSecond}/s   (load of the machine ${loadavg()[0]?.toFixed(1)})`,
        `latency   p50 ${result.p50.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms   target p95 ${target.p95Ms} ms`,
        `processor ${perTurn[0]} ms a turn in the service, ${perTurn[1]} in the database, ${perTurn[2]} in citizens and Zalo`,
        `grouping  ${perGroup.toFixed(1)} turns a transaction`,
        `memory    ${megabytes.toFixed(0)} MB resident   target ${target.megabytes} MB`,
        `faults    ${result.faults.length} (lost, doubled, misplaced, refused) ${[...new Set(result.faults)].slice(0, 5).join(', ')}`,
      ]
      process.stdout.write(`${lines.join('\n')}\n`)
      const isMet = rate >= target.turnsPerSecond && result.p95 <= target.p95Ms && megabytes <= target.megabytes
      if (!isMet || result.faults.length > 0) process.exitCode = 1
    } finally {
      await service.stop()
    }
  } finally {
    tell(child, { type: 'end' })
    await database.stop()
  }
}

/** How many turns shared how many transactions since the start. */
async function grouping(url: string): Promise<{ turns: number; transactions: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  return {
    turns: figure('pakn_turns_per_transaction_sum'),
    transactions: figure('pakn_turns_per_transaction_count'),
  }
}

function tell(child: ChildProcess, message: ToCitizens): void {
  if (child.connected) child.send(message)
}

function answer<T extends FromCitizens['type']>(
  child: ChildProcess,
  type: T,
): Promise<Extract<FromCitizens, { type: T }>> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromCitizens) => {
      if (message.type === type) resolve(message as Extract<FromCitizens, { type: T }>)
    })
    child.once('exit', () => reject(new Error('the process of the citizens ended')))
  })
}
