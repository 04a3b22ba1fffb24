import type { Transporter } from 'nodemailer'
import type { StaffMessage, StaffSendResult } from '../usecases/staff-ports.ts'

/** Sends messages to officers by e-mail. */
export type StaffMailer = {
  send(address: string, message: StaffMessage): Promise<StaffSendResult>
  close(): void
}

/**
 * E-mail by SMTP, text and HTML. What the server refuses for good is told apart from what may go later; nothing of the address
 * or the words is in an answer. The library is loaded with the first message.
 */
export function createStaffMailer(options: { smtpUrl: string; from: string; timeoutMs?: number }): StaffMailer {
  const timeoutMs = options.timeoutMs ?? 20_000
  let transport: Promise<Transporter> | undefined

  async function open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url: options.smtpUrl,
      pool: true,
      maxConnections: 4,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  return {
    async send(address, message) {
      try {
        transport ??= open()
        await (await transport).sendMail({
          from: options.from,
          to: { name: '', address },
          subject: message.subject,
          text: textOf(message),
          html: htmlOf(message),
          messageId: `<${message.reference}@${domainOf(options.from)}>`,
          // Nobody's holiday answer should come back to this (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { ok: true }
      } catch (error) {
        const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
        const isFinal = typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH'
        return {
          ok: false,
          class: isFinal ? 'drop' : 'retry',
          code: String(responseCode ?? code ?? 'unknown'),
        }
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

function textOf({ lines, closing }: StaffMessage): string {
  const groups = lines.map(({ heading, items }) =>
    [heading, ...items.map(({ text, link }) => `- ${text}\n  ${link}`)].join('\n'),
  )
  return [...groups, closing].join('\n\n')
}

function htmlOf({ subject, lines, closing }: StaffMessage): string {
  const groups = lines.map(
    ({ heading, items }) =>
      `<h2>${escapeHtml(heading)}</h2><ul>${items
        .map(
          ({ text, link }) => `<li>${escapeHtml(text)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></li>`,
        )
        .join('')}</ul>`,
  )
  const end = closing
    .split('\n')
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('')
  return `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body>${groups.join('')}${end}</body></html>`
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '')
}

/** The part behind the @ of `Name <address@domain>`. */
function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'
}
