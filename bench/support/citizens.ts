import http from 'node:http'
import { startFakeZalo } from '../../test/support/fake-zalo.ts'
import { percentile } from './statistics.ts'

/** What the process of the citizens and of Zalo is told, and what it answers. */
export type ToCitizens =
  | { type: 'begin'; webhookUrl: string; citizens: number; warmUpMs: number; measureMs: number }
  | { type: 'end' }
export type FromCitizens =
  | { type: 'ready'; zaloUrl: string; account: { appId: string; appSecret: string; oaId: string; oaSecretKey: string } }
  | { type: 'warm' }
  | { type: 'measured' }
  | { type: 'result'; turns: number; seconds: number; p50: number; p95: number; p99: number; faults: string[] }

type Citizen = { id: string; step: number; isWaiting: boolean; sentAt: number }

/** What each citizen writes, and what the reply to it must say: a lost, doubled or misplaced reply shows at once. */
const FIRST = [
  { says: 'gửi phản ánh', reply: /đồng ý/ },
  { says: 'đồng ý', reply: /Nội dung/ },
]
const AGAIN = [
  {
    says: 'Tôi nộp hồ sơ số {number} tách thửa ở xã Sa Thầy từ tháng chín, giấy hẹn ghi giữa tháng mười mà đến nay chưa có kết quả, hỏi thì được bảo chờ.',
    reply: /tiêu đề/i,
  },
  { says: '1', reply: /Nơi nhận/ },
  { says: 'xã Sa Thầy', reply: /Họ và tên/ },
  { says: 'mất bao lâu?', reply: /15 ngày làm việc/ },
  { says: 'Y Hà', reply: /Số điện thoại/ },
  { says: '0905 000 12', reply: /thiếu 1 chữ số/ },
  { says: 'hủy', reply: /muốn bỏ phản ánh/ },
  { says: 'dạ', reply: /đã xóa/ },
  { says: 'gửi phản ánh', reply: /Nội dung/ },
]

function lineOf(step: number) {
  return FIRST[step] ?? AGAIN[(step - FIRST.length) % AGAIN.length]
}

/** Fifty people in the real conversation who each write again as soon as they are answered, and a Zalo that answers at once. */
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
      // Zalo's own card follows the question for the phone; the question is the reply.
      if (citizen === undefined || message.text === undefined) return
      if (!citizen.isWaiting) {
        faults.push('doubled')
        return
      }
      const line = lineOf(citizen.step)
      if (line?.reply.test(message.text) !== true) faults.push(`another reply to "${line?.says ?? ''}"`)
      latencies.push(performance.now() - citizen.sentAt)
      citizen.isWaiting = false
      citizen.step += 1
      if (!isOver) write(citizen)
    },
  })

  function write(citizen: Citizen): void {
    citizen.isWaiting = true
    citizen.sentAt = performance.now()
    // No two people tell the same story.
    const says = lineOf(citizen.step)?.says.replace('{number}', `${citizen.id.slice(-4)}/${citizen.step}`) ?? ''
    const { body, headers } = zalo.sign(zalo.events.userSendsText(citizen.id, says))
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
      citizens.set(id, { id, step: 0, isWaiting: false, sentAt: 0 })
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
    for (const citizen of citizens.values()) if (citizen.isWaiting) faults.push('lost')
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
