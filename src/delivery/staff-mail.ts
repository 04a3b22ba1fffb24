import type { StaffMessage, StaffSendResult } from '../usecases/staff-ports.ts'
import { createSmtpSender, escapeHtml } from './smtp.ts'

/** Sends messages to officers by e-mail. */
export type StaffMailer = {
  send(address: string, message: StaffMessage): Promise<StaffSendResult>
  close(): void
}

/** Text and HTML. What the server refuses for good is told apart from what may go later. */
export function createStaffMailer(options: { smtpUrl: string; from: string; timeoutMs?: number }): StaffMailer {
  const smtp = createSmtpSender(options)
  return {
    async send(to, message) {
      const { subject, reference } = message
      const result = await smtp.send({ to, subject, reference, text: textOf(message), html: htmlOf(message) })
      if (result.ok) return { ok: true }
      const isFinal = result.isFinal && result.about !== 'login'
      return { ok: false, class: isFinal ? 'drop' : 'retry', code: result.code }
    },
    close: smtp.close,
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
