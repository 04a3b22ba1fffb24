import { createHmac } from 'node:crypto'

/**
 * What goes into `X-Pakn-Signature`: the time of the try in seconds, and the HMAC-SHA256 under the webhook's secret over that
 * time, a dot and the body as it is sent. The time is signed along so that a request that was overheard is soon of no use.
 */
export function signWebhook(secret: string, body: string, nowMs: number): string {
  const time = Math.floor(nowMs / 1000)
  const mac = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return `t=${time},v1=${mac}`
}
