import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivered, FakeZalo, ZaloEvent } from '../../test/support/fake-zalo.ts'

export type ZaloDelivery = {
  /** Posts one event until it is answered with 200. */
  deliver(event: ZaloEvent | Record<string, unknown>): void
  counts: { accepted: number; repeated: number; twice: number }
  /** Events that nobody has answered with 200 yet. */
  pending(): number
  stop(): Promise<void>
}

/** Zalo's way with a webhook: an event without a 200 comes again and again, and one with a 200 now and then once more. */
export function createZaloDelivery(options: {
  zalo: Pick<FakeZalo, 'sign'>
  webhookUrl: string
  /** Share of the events that come twice. */
  twiceShare: number
}): ZaloDelivery {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const counts = { accepted: 0, repeated: 0, twice: 0 }
  const works = new Set<Promise<void>>()
  const stopping = new AbortController()
  let pending = 0

  async function insist(event: ZaloEvent | Record<string, unknown>): Promise<void> {
    const signed = options.zalo.sign(event)
    pending += 1
    while ((await post(signed)) !== 200) {
      if (stopping.signal.aborted) return
      counts.repeated += 1
      await sleep(100 + Math.random() * 300)
    }
    pending -= 1
    counts.accepted += 1
    if (Math.random() >= options.twiceShare) return
    await sleep(Math.random() * 2_000)
    counts.twice += 1
    await post(signed)
  }

  function post({ body, headers }: { body: string; headers: Record<string, string> }): Promise<number> {
    return new Promise((resolve) => {
      const request = http.request(options.webhookUrl, { method: 'POST', headers, agent }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
        response.once('error', () => resolve(0))
      })
      request.setTimeout(5_000, () => request.destroy())
      request.once('error', () => resolve(0))
      request.end(body)
    })
  }

  return {
    deliver(event) {
      const work = insist(event).finally(() => works.delete(work))
      works.add(work)
    },
    counts,
    pending: () => pending,
    async stop() {
      stopping.abort()
      await Promise.all(works)
      agent.destroy()
    },
  }
}

export type CrashCitizen = {
  id: string
  /** Taps the last button twice, as people do whose phone is slow. */
  isImpatient: boolean
  heard: Delivered[]
  /** The code of the case; null until it was told. */
  code(): string | null
  hear(delivered: Delivered): void
  begin(): void
}

/** Somebody who files one PAKN, answering each question as soon as it has been heard, and each question once. */
export function createCrashCitizen(options: {
  number: number
  isImpatient: boolean
  zalo: Pick<FakeZalo, 'events'>
  delivery: Pick<ZaloDelivery, 'deliver'>
  onFiled(): void
}): CrashCitizen {
  const { number, zalo, delivery } = options
  const id = String(8_461_027_395_000_000_000n + BigInt(number))
  const heard: Delivered[] = []
  const answered = new Set<string>()
  let code: string | null = null

  const say = (text: string) => delivery.deliver(zalo.events.userSendsText(id, text))

  function answer(text: string, buttons: { title: string; payload: unknown }[]): void {
    for (const { about, tap, words } of questions(number)) {
      const button = buttons.find(({ title }) => title === tap)
      if (tap === undefined ? !text.includes(about) : button === undefined) continue
      // What is heard twice is answered once: otherwise the doubled bubble would hide behind the answers to it.
      if (answered.has(about)) return
      answered.add(about)
      const reply = words ?? String(button?.payload)
      say(reply)
      if (options.isImpatient && tap === lastTap) setTimeout(() => say(reply), 30)
      return
    }
  }

  return {
    id,
    isImpatient: options.isImpatient,
    heard,
    code: () => code,
    begin: () =>
      say(`em nộp hồ sơ tách thửa số ${number} ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả, hỏi thì cứ bảo chờ`),
    hear(delivered) {
      heard.push(delivered)
      const text = delivered.message.text ?? ''
      const found = /PAKN\.\d{8}\.\d{4,}/.exec(text)?.[0]
      if (found !== undefined && code === null) {
        code = found
        options.onFiled()
      }
      answer(text, (delivered.message.attachment?.payload?.buttons ?? []) as { title: string; payload: unknown }[])
    },
  }
}

const lastTap = 'GỬI PHẢN ÁNH'

/** How each question is known, and the answer to it: a tap, or words. */
function questions(number: number): { about: string; tap?: string; words?: string }[] {
  const taps = ['Đồng ý, tiếp tục', 'Đủ rồi', 'Dùng tiêu đề này', 'Đúng rồi', 'Đồng ý công khai', lastTap]
  return [
    ...taps.map((tap) => ({ about: tap, tap })),
    { about: 'Nơi nhận', tap: 'Để Văn phòng chuyển giúp', words: 'xa sa thay' },
    { about: 'Bước 4/6', words: 'Y Hà' },
    { about: 'Bước 5/6', words: `0905${String(100_000 + (number % 900_000))}` },
    { about: 'Bước 6/6', words: 'thôn 2 xã Sa Thầy' },
  ]
}

/** What was said to a citizen, without the numbers in which two citizens differ. */
export function transcriptOf({ heard }: Pick<CrashCitizen, 'heard'>): string[] {
  return heard.map(({ message }) => (message.text ?? JSON.stringify(message.attachment)).replaceAll(/\d+/g, '0'))
}
