import axios from 'axios'

/** Sends one text to one phone (E.164). Resolves with the provider's id; rejects with `SmsError`. */
export type SmsSender = { send(message: { phone: string; text: string; reference: string }): Promise<{ id: string }> }

/** The provider did not take the message; nothing of the message is in here. */
export class SmsError extends Error {
  override readonly name = 'SmsError'
  readonly code: 'sms_refused' | 'sms_unreachable'

  constructor(code: SmsError['code'], detail: string) {
    super(`SMS provider: ${detail}`)
    this.code = code
  }
}

/** The generic HTTP provider of interface.md (`SMS_URL`). */
export function createSmsSender(options: { url: string; token: string; timeoutMs: number }): SmsSender {
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
      let answer: { status: number; data: unknown }
      try {
        answer = await client.post(options.url, { to: phone.replace(/^\+/, ''), text, reference })
      } catch (error) {
        // The error of the client carries the request body; only its code goes on.
        throw new SmsError('sms_unreachable', axios.isAxiosError(error) ? (error.code ?? 'no answer') : 'no answer')
      }
      if (answer.status < 200 || answer.status > 299) throw new SmsError('sms_refused', `HTTP ${answer.status}`)
      const id = (answer.data as { id?: unknown } | null)?.id
      return { id: typeof id === 'string' || typeof id === 'number' ? String(id) : '' }
    },
  }
}
