import { type ChildProcess, fork } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import type { RunTurn } from '../src/usecases/turn.ts'
import { createZaloClient } from '../src/zalo/client.ts'
import { createMemoryCounter, createRateLimiter } from '../src/zalo/rate.ts'
import type { TokenSource } from '../src/zalo/token.ts'
import { createTransport } from '../src/zalo/transport.ts'
import { says, startRoad } from '../test/support/road.ts'
import type { FromCitizens, ToCitizens } from './support/citizens.ts'
import { startBenchDatabase } from './support/database.ts'
import { processorMs } from './support/statistics.ts'

const citizens = 50
const target = { turnsPerSecond: 1_200, p95Ms: 100 }

/**
 * Durable turns per second, from the signed webhook to the reply reaching Zalo: the citizens and an instant Zalo in another
 * process, the database beside it, field encryption on.
 */
export async function run(): Promise<void> {
  const database = await startBenchDatabase()
  const child = fork(new URL('./support/citizens.ts', import.meta.url))
  try {
    const ready = await answer(child, 'ready')
    const transport = createTransport()
    const token = await firstToken(ready.zaloUrl)
    const road = await startRoad({
      uri: database.uri,
      account: ready.account,
      keys: {
        dataKeys: [{ id: 'bench', key: createSecretKey(randomBytes(32)) }],
        hashSecret: randomBytes(32),
      },
      platform: createZaloClient({
        transport,
        openapiUrl: ready.zaloUrl,
        appSecret: 'app-secret-for-tests',
        tokens: fixedToken(token),
        limiter: createRateLimiter({ perMinute: 10_000_000, counter: createMemoryCounter() }),
        messageApi: 'v3',
        pins: { read: async () => 'v3', pin: async () => undefined },
        now: () => Date.now(),
      }),
      runTurn: answerBench,
      inbox: { flood: { eventsPerMinute: 1e9, foldMs: 0, tellAgainMs: 0 } },
    })
    const processorTimes = () => Promise.all([process.pid, database.processId, child.pid ?? 0].map(processorMs))
    const measureMs = Number(process.env.BENCH_SECONDS ?? 15) * 1_000
    tell(child, { type: 'begin', webhookUrl: road.webhookUrl, citizens, warmUpMs: 5_000, measureMs })
    await answer(child, 'warm')
    const before = await processorTimes()
    await answer(child, 'measured')
    const after = await processorTimes()
    const result = await answer(child, 'result')
    const perTurn = after.map((ms, index) => ((ms - (before[index] ?? 0)) / result.turns).toFixed(2))
    const rate = result.turns / result.seconds
    const groups = await road.metrics.turnsPerTransaction.get()
    const sum = groups.values.find(({ metricName }) => metricName?.endsWith('_sum'))?.value ?? 0
    const count = groups.values.find(({ metricName }) => metricName?.endsWith('_count'))?.value ?? 1
    const lines = [
      `turns     ${rate.toFixed(0)}/s   target ${target.turnsPerSecond}/s`,
      `latency   p50 ${result.p50.toFixed(1)} ms, p95 ${result.p95.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms   target p95 ${target.p95Ms} ms`,
      `processor ${perTurn[0]} ms a turn in the service, ${perTurn[1]} in the database, ${perTurn[2]} in citizens and Zalo`,
      `grouping  ${(sum / count).toFixed(1)} turns a transaction`,
      `memory    ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
      `faults    ${result.faults.length} (lost, doubled, out of order, refused) ${[...new Set(result.faults)].join(', ')}`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    await road.stop()
    transport.close()
    if (rate < target.turnsPerSecond || result.p95 > target.p95Ms || result.faults.length > 0) process.exitCode = 1
  } finally {
    tell(child, { type: 'end' })
    await database.stop()
  }
}

/** A turn of ordinary size: a conversation of a few kilobytes, a reply of a few sentences with buttons. */
export const answerBench: RunTurn = async ({ conversation, events }) => {
  const before = (conversation ?? { answers: [] }) as { answers: string[] }
  const texts = events.flatMap((event) => (event.type === 'text' ? [event.text] : []))
  const answers = [...before.answers, ...texts].slice(-20)
  const numbers = texts.map((text) => /#(\d+)/.exec(text)?.[1] ?? '')
  const output = says(
    { flow: 'submit', step: 'content', answers },
    `Tôi đã ghi thêm lời của Ông/Bà. #${numbers.join(' #')}\n${'Bước 1/6 · Nội dung. Ông/Bà kể thêm được không: giấy hẹn ngày nào, đã hỏi ai, mong muốn gì? '.repeat(3)}`,
  )
  const [message] = output.messages
  if (message?.body.type === 'text') {
    message.body.buttons = [
      { title: 'Đủ rồi', payload: '#du-roi' },
      { title: 'Viết lại', payload: '#viet-lai' },
    ]
  }
  return output
}

function fixedToken(token: string): TokenSource {
  return {
    accessToken: async () => token,
    renew: async () => token,
    consentUrl: () => '',
    exchangeCode: async () => undefined,
    status: async () => ({ state: 'ready' }),
  }
}

async function firstToken(zaloUrl: string): Promise<string> {
  const reply = await fetch(`${zaloUrl}/v4/oa/access_token`, {
    method: 'POST',
    headers: { secret_key: 'app-secret-for-tests', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      app_id: '2087416339520788115',
      grant_type: 'refresh_token',
      refresh_token: 'bench',
    }),
  })
  const { access_token: token } = (await reply.json()) as { access_token?: string }
  if (token === undefined) throw new Error('the stand-in gave no token')
  return token
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
