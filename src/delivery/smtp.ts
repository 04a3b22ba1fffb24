import { Readable } from 'node:stream'
import type { Transporter } from 'nodemailer'

export type Letter = {
  to: string
  subject: string
  text: string
  html: string
  /** Becomes the Message-ID and the envelope id that a bounce brings back: the same for every try. */
  reference: string
  headers?: Record<string, string>
}

export type SmtpResult =
  | { ok: true; messageId: string }
  | {
      ok: false
      /** Who or what was refused; `connection` where no answer came. */
      about: 'connection' | 'login' | 'sender' | 'recipient' | 'content'
      /** A permanent refusal (5xx). */
      isFinal: boolean
      /** The letter was handed over whole and no answer came: it may have been taken. */
      isUnknown: boolean
      code: string
    }

export type SmtpSender = { send(letter: Letter): Promise<SmtpResult>; close(): void }

/** E-mail by SMTP. Nothing of the address or the words is in an answer. The library is loaded with the first letter. */
export function createSmtpSender(options: { smtpUrl: string; from: string; timeoutMs?: number }): SmtpSender {
  const timeoutMs = options.timeoutMs ?? 20_000
  const domain = domainOf(options.from)
  const bounces = addressOf(options.from)
  let transport: Promise<Transporter> | undefined

  async function open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer')
    const opened = createTransport({
      url: options.smtpUrl,
      pool: true,
      maxConnections: 4,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A login goes over no open wire; a server on the same machine is none.
      requireTLS: needsTls(options.smtpUrl),
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    opened.use('stream', (mail, done) => {
      const { trace } = mail.data as { trace?: { isWhole: boolean } }
      const { message } = mail
      if (message !== undefined && trace !== undefined) {
        const create = message.createReadStream.bind(message)
        // Read from only once the server has asked for the words, so its end means that they were all handed over.
        message.createReadStream = (settings) => Readable.from(watched(create(settings), trace), { objectMode: false })
      }
      done()
    })
    return opened
  }

  return {
    async send(letter) {
      const trace = { isWhole: false }
      const messageId = `<${letter.reference}@${domain}>`
      try {
        transport ??= open()
        await (await transport).sendMail({
          from: { name: nameOf(options.from), address: bounces },
          to: { name: '', address: letter.to },
          subject: letter.subject,
          text: letter.text,
          html: letter.html,
          messageId,
          dsn: { id: letter.reference, return: 'headers', notify: ['failure'], recipient: bounces },
          // Nobody's holiday answer should come back to this (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated', ...letter.headers },
          ...{ trace },
        })
        return { ok: true, messageId }
      } catch (error) {
        return failureOf(error, trace.isWhole)
      }
    },
    close() {
      transport?.then(
        (opened) => opened.close(),
        () => undefined,
      )
    },
  }
}

/** Whether a login of this address would cross a network that anybody may listen to. */
export function needsTls(smtpUrl: string): boolean {
  const url = URL.parse(smtpUrl)
  if (url === null || url.protocol !== 'smtp:' || url.username === '') return false
  return url.hostname !== 'localhost' && url.hostname !== '[::1]' && !url.hostname.startsWith('127.')
}

async function* watched(source: AsyncIterable<Buffer>, trace: { isWhole: boolean }): AsyncGenerator<Buffer> {
  yield* source
  trace.isWhole = true
}

function failureOf(error: unknown, isWhole: boolean): SmtpResult {
  const { code, responseCode, command } = error as { code?: unknown; responseCode?: unknown; command?: unknown }
  const status = typeof responseCode === 'number' && responseCode > 0 ? responseCode : null
  const about = aboutOf(String(code), String(command), status)
  return {
    ok: false,
    about,
    isFinal: status !== null && status >= 500,
    isUnknown: about === 'connection' && isWhole,
    code: String(status ?? code ?? 'unknown'),
  }
}

function aboutOf(code: string, command: string, status: number | null) {
  if (code === 'EAUTH' || code === 'ENOAUTH' || command.startsWith('AUTH') || status === 530) return 'login' as const
  if (command === 'RCPT TO') return 'recipient' as const
  if (command === 'MAIL FROM') return 'sender' as const
  // An address that cannot even be written into the envelope.
  if (code === 'EENVELOPE' && status === null) return 'recipient' as const
  return command === 'DATA' || code === 'EMESSAGE' ? ('content' as const) : ('connection' as const)
}

/** The part behind the @ of `Name <address@domain>`. */
export function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'
}

/** The words before the address, without the quotes that a comma needs. */
function nameOf(from: string): string {
  return (
    /^(.*)<[^<>]+>/
      .exec(from)?.[1]
      ?.trim()
      .replace(/^"(.*)"$/, '$1') ?? ''
  )
}

function addressOf(from: string): string {
  return /<([^<>]+)>/.exec(from)?.[1] ?? from
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '')
}
