import axios from 'axios'
import type { SendResult } from '../usecases/ports.ts'

export type SmsRequest = {
  /** E.164. */
  phone: string
  text: string
  reference: string
}

/** Sends one text to one phone. Never throws; nothing of the message is in an answer. */
export type SmsSender = { send(message: SmsRequest): Promise<SendResult> }

/** The connection was never made, so nothing can have been taken. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

/** The generic HTTP provider of interface.md (`SMS_URL`). */
export function createSmsSender(options: {
  url: string
  token: string
  timeoutMs: number
  now?: () => number
}): SmsSender {
  const now = options.now ?? Date.now
  const client = axios.create({
    timeout: options.timeoutMs,
    maxRedirects: 0,
    maxContentLength: 64 * 1024,
    proxy: false,
    validateStatus: () => true,
    headers: { authorization: `Bearer ${options.token}` },
  })
  return {
    async send({ phone, text, reference }) {
      let answer: { status: number; data: unknown; headers: Record<string, unknown> }
      try {
        answer = await client.post(options.url, { to: phone.replace(/^\+/, ''), text, reference })
      } catch (error) {
        // The error of the client carries the request body; only its code goes on.
        const code = axios.isAxiosError(error) ? (error.code ?? 'noAnswer') : 'noAnswer'
        return { ok: false, class: UNSENT.has(code) ? 'retry' : 'ambiguous', code }
      }
      // A reference that the provider has already is a text that it has already.
      const isTaken = (answer.status >= 200 && answer.status <= 299) || answer.status === 409
      return isTaken ? { ok: true, messageId: idOf(answer.data), sentAt: now() } : refused(answer)
    },
  }
}

function idOf(data: unknown): string {
  const id = (data as { id?: unknown } | null)?.id
  const text = typeof id === 'string' || typeof id === 'number' ? String(id) : ''
  return /^[^\s\p{C}]{1,128}$/u.test(text) ? text : ''
}

function refused({ status, headers }: { status: number; headers: Record<string, unknown> }): SendResult {
  const code = `http${status}`
  const pause = Number(headers['retry-after'])
  const retryAfterMs = Number.isFinite(pause) && pause > 0 ? Math.min(pause, 86_400) * 1_000 : 60_000
  // The key is wrong, or the account is empty: no text of anybody will be taken until a person has seen to it.
  if ([401, 402, 403].includes(status)) return { ok: false, class: 'admin', code }
  if ([408, 425, 429, 503].includes(status)) return { ok: false, class: 'retry', code, retryAfterMs }
  if (status >= 500) return { ok: false, class: 'ambiguous', code, retryAfterMs }
  if (status >= 400) return { ok: false, class: 'drop', code }
  return { ok: false, class: 'admin', code }
}
