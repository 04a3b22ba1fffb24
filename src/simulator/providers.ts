import { createHash, createHmac } from 'node:crypto'
import type { EventLog } from './changes.ts'
import type { Credentials } from './model.ts'

/** What the providers beside Zalo and the service share: made from the account's secret, so that it outlives a restart. */
export function providerSecret(credentials: Credentials, provider: 'sms' | 'mail'): string {
  return createHash('sha256').update(`${provider} of the simulator ${credentials.appSecret}`).digest('hex').slice(0, 40)
}

export type ProviderReceipts = {
  /** Where the service listens, without a path. */
  setOrigin(origin: string | undefined): void
  /** Tells the service what became of a message; tries a few times, in the background. */
  post(provider: 'sms' | 'mail', body: Record<string, unknown>, citizenId?: string): void
  idle(): Promise<void>
  stop(): Promise<void>
}

const PAUSES_MS = [0, 500, 2_000, 5_000]

/** The receipts of the SMS provider and the mail server, signed over their bytes. */
export function createProviderReceipts(deps: {
  credentials: Credentials
  log: EventLog
  clock: { now(): number }
}): ProviderReceipts {
  const { credentials, log, clock } = deps
  const abort = new AbortController()
  const running = new Set<Promise<void>>()
  let origin: string | undefined

  async function deliver(provider: 'sms' | 'mail', body: Record<string, unknown>, citizenId?: string): Promise<void> {
    const raw = JSON.stringify(body)
    const mac = createHmac('sha256', providerSecret(credentials, provider)).update(raw).digest('hex')
    const signature = `sha256=${mac}`
    const entry = log.add({
      at: clock.now(),
      type: 'event',
      title: provider === 'sms' ? 'SMS: biên nhận' : 'Thư: báo trả lại',
      ...(citizenId === undefined ? {} : { citizenId }),
      status: 'đang gửi',
      failed: false,
      request: body,
      raw,
      signature,
    })
    for (const pauseMs of PAUSES_MS) {
      await pause(pauseMs, abort.signal)
      if (abort.signal.aborted) return
      const status = await send(`${origin}/webhooks/${provider}`, raw, signature, abort.signal)
      log.update(entry.seq, { status: String(status), failed: status !== 200 })
      if (status === 200 || (status >= 400 && status < 500)) return
    }
  }

  return {
    setOrigin(next) {
      origin = next
    },
    post(provider, body, citizenId) {
      if (origin === undefined) return
      const run = deliver(provider, body, citizenId).finally(() => running.delete(run))
      running.add(run)
    },
    idle: async () => void (await Promise.allSettled(running)),
    async stop() {
      abort.abort()
      await Promise.allSettled(running)
    },
  }
}

async function send(url: string, body: string, signature: string, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-signature': signature },
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(5_000), signal]),
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
