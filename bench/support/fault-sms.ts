import { createHmac } from 'node:crypto'
import { type Answering, startAnsweringServer } from '../../test/support/answering-server.ts'
import type { Random } from './random.ts'

export type SmsArrival = { to: string; reference: string; at: number }

type Kind = { name: string; answer: Answering; isTaken?: true }

const KINDS: readonly Kind[] = [
  ...[400, 401, 402, 404, 408, 429, 500, 503].map((status): Kind => ({ name: String(status), answer: { status } })),
  { name: '500, taken', answer: { status: 500 }, isTaken: true },
  { name: 'reset', answer: 'drop' },
  { name: 'reset, taken', answer: 'drop', isTaken: true },
  { name: 'silence, taken', answer: 'hang', isTaken: true },
]

/** A provider of SMS that fails for a share of the texts, and whose receipts fail to come for some of the others. */
export async function startFaultySms(random: Random, share: number, token: string) {
  const arrivals: SmsArrival[] = []
  const counts = new Map<string, number>()
  let receiptsUrl = ''
  let isOn = false
  const server = await startAnsweringServer(({ body }) => {
    const kind = isOn && random.chance(share) ? random.pick(KINDS) : undefined
    if (kind !== undefined) counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1)
    const id = `sms-${arrivals.length + 1}`
    if (kind === undefined || kind.isTaken === true) {
      arrivals.push({ to: String(body.to), reference: String(body.reference), at: Date.now() })
      if (!random.chance(0.15))
        void tell({ id, reference: body.reference, state: random.chance(0.1) ? 'failed' : 'delivered' })
    }
    return kind?.answer ?? { json: { id } }
  })

  async function tell(receipt: object): Promise<void> {
    const body = JSON.stringify(receipt)
    const signature = `sha256=${createHmac('sha256', token).update(body).digest('hex')}`
    const headers = { 'content-type': 'application/json', 'x-signature': signature }
    await fetch(receiptsUrl, { method: 'POST', headers, body }).catch(() => undefined)
  }

  return {
    url: server.url,
    arrivals,
    counts,
    switchOn() {
      isOn = true
    },
    begin(serviceUrl: string) {
      receiptsUrl = `${serviceUrl}/webhooks/sms`
    },
    stop: server.stop,
  }
}
