import http from 'node:http'
import { signedEvent, zaloEvents } from '../../test/support/zalo-events.ts'

export type ToDriver =
  | { type: 'flood'; url: string; connections: number; ms: number }
  | { type: 'pace'; url: string; perSecond: number; ms: number }
  | { type: 'end' }
export type FromDriver = { type: 'done'; latencies: number[]; seconds: number; faults: number }

const account = { appId: '2087416339520788115', oaId: '4318072690155387264', secretKey: 'oa-secret-for-tests' }
const events = zaloEvents(account)
const agent = new http.Agent({ keepAlive: true, maxSockets: 512 })
let serial = 0

/** One signed event of one of a thousand citizens; resolves to its latency, or null when it was not accepted. */
function post(url: string): Promise<number | null> {
  serial += 1
  const userId = String(7_719_402_268_000_000_000n + BigInt(serial % 1_000))
  const { body, headers } = signedEvent(
    events.userSendsText(userId, `Đèn đường ở ngõ 12 hỏng đã một tuần. #${serial}`),
    account,
  )
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const request = http.request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode === 200 ? performance.now() - startedAt : null))
    })
    request.once('error', () => resolve(null))
    request.end(body)
  })
}

/** As many as the service takes, with so many requests open at once. */
async function flood({ url, connections, ms }: { url: string; connections: number; ms: number }): Promise<FromDriver> {
  const latencies: number[] = []
  let faults = 0
  const startedAt = performance.now()
  const worker = async () => {
    while (performance.now() - startedAt < ms) {
      const latency = await post(url)
      if (latency === null) faults += 1
      else latencies.push(latency)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return { type: 'done', latencies, seconds: (performance.now() - startedAt) / 1_000, faults }
}

/** So many a second, whether answered or not. */
async function pace({ url, perSecond, ms }: { url: string; perSecond: number; ms: number }): Promise<FromDriver> {
  const latencies: number[] = []
  let faults = 0
  const open: Promise<void>[] = []
  const startedAt = performance.now()
  for (let sent = 0; performance.now() - startedAt < ms; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond)
    for (; sent < due; sent++) {
      open.push(
        post(url).then((latency) => {
          if (latency === null) faults += 1
          else latencies.push(latency)
        }),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(open)
  return { type: 'done', latencies, seconds: (performance.now() - startedAt) / 1_000, faults }
}

process.on('message', (message: ToDriver) => {
  if (message.type === 'end') process.exit(0)
  void (message.type === 'flood' ? flood(message) : pace(message)).then((done) => process.send?.(done))
})
