import http from 'node:http'
import { startFakeZalo } from '../../test/support/fake-zalo.ts'
import { percentile } from './statistics.ts'

/** What the process of the citizens and of Zalo is told, and what it answers. */
export type ToCitizens =
  | { type: 'begin'; webhookUrl: string; citizens: number; warmUpMs: number; measureMs: number }
  | { type: 'end' }
export type FromCitizens =
  | { type: 'ready'; zaloUrl: string; account: { appId: string; oaId: string; oaSecretKey: string } }
  | { type: 'warm' }
  | { type: 'measured' }
  | { type: 'result'; turns: number; seconds: number; p50: number; p95: number; p99: number; faults: string[] }

type Citizen = { id: string; sent: number; sentAt: number; answered: number }

/**
 * Fifty people who each write again as soon as they are answered, and a Zalo that answers at once. Every reply names the
 * message it belongs to, so that a lost or a doubled one shows.
 */
async function main(): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })
  const citizens = new Map<string, Citizen>()
  const faults: string[] = []
  let latencies: number[] = []
  let webhookUrl = ''
  let isOver = false
  const zalo = await startFakeZalo({
    isRecording: false,
    refreshToken: 'bench',
    onDelivered({ userId, message }) {
      const citizen = citizens.get(userId)
      const number = Number(/#(\d+)/.exec(message.text ?? '')?.[1])
      if (citizen === undefined) return
      if (number !== citizen.sent) {
        faults.push(number <= citizen.answered ? 'doubled' : 'out of order')
        return
      }
      citizen.answered = number
      latencies.push(performance.now() - citizen.sentAt)
      if (!isOver) write(citizen)
    },
  })

  function write(citizen: Citizen): void {
    citizen.sent += 1
    citizen.sentAt = performance.now()
    const text = `Đèn đường ở ngõ 12 hỏng đã một tuần, mong sớm sửa giúp. #${citizen.sent}`
    const { body, headers } = zalo.sign(zalo.events.userSendsText(citizen.id, text))
    const request = http.request(webhookUrl, { method: 'POST', headers, agent }, (response) => {
      response.resume()
      if (response.statusCode !== 200) faults.push(`answered ${response.statusCode}`)
    })
    request.once('error', () => faults.push('connection lost'))
    request.end(body)
  }

  function tell(message: FromCitizens): void {
    process.send?.(message)
  }

  async function measure(message: Extract<ToCitizens, { type: 'begin' }>): Promise<void> {
    webhookUrl = message.webhookUrl
    for (let index = 0; index < message.citizens; index++) {
      const id = String(7_719_402_268_835_000_000n + BigInt(index))
      citizens.set(id, { id, sent: 0, sentAt: 0, answered: 0 })
    }
    for (const citizen of citizens.values()) write(citizen)
    await pause(message.warmUpMs)
    tell({ type: 'warm' })
    latencies = []
    const startedAt = performance.now()
    await pause(message.measureMs)
    const measured = latencies
    const seconds = (performance.now() - startedAt) / 1000
    isOver = true
    tell({ type: 'measured' })
    await pause(2_000)
    for (const citizen of citizens.values()) if (citizen.answered !== citizen.sent) faults.push('lost')
    tell({
      type: 'result',
      turns: measured.length,
      seconds,
      p50: percentile(measured, 0.5),
      p95: percentile(measured, 0.95),
      p99: percentile(measured, 0.99),
      faults,
    })
  }

  process.on('message', (message: ToCitizens) => {
    if (message.type === 'begin') void measure(message)
    else void zalo.stop().then(() => process.exit(0))
  })
  tell({ type: 'ready', zaloUrl: zalo.url, account: zalo.account })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

await main()
