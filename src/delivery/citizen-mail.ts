import type { ChannelMessage, NoticeChannel } from '../usecases/notice-channels.ts'
import type { SendResult, Texts } from '../usecases/ports.ts'
import { domainOf, escapeHtml, type SmtpResult, type SmtpSender } from './smtp.ts'
import type { Trouble } from './trouble.ts'

/** Notices by e-mail, text and HTML, without a picture or anything else that is fetched. `now` is the real clock. */
export function createMailChannel(deps: {
  smtp: SmtpSender
  from: string
  /** Where the privacy notice is. */
  publicUrl: string
  texts: Pick<Texts, 'translate'>
  trouble: Trouble
  now(): number
}): NoticeChannel {
  const { smtp, texts, trouble } = deps
  // What one filters or finds by; there is nothing to unsubscribe from in the answer to one's own matter.
  const listHeaders = {
    'List-Id': `<phan-anh-kien-nghi.${domainOf(deps.from)}>`,
    'List-Help': `<${deps.publicUrl}/quyen-rieng-tu>`,
    'X-Auto-Response-Suppress': 'All',
  }
  return {
    name: 'email',
    hindrance(_notice, { email }) {
      if (email === null) return 'noEmail'
      return trouble.current(deps.now()) === null ? null : 'serverRefuses'
    },
    async send({ email }, message) {
      if (email === null) return { ok: false, class: 'user', code: 'noEmail' }
      const { reference } = message
      const subject = oneLine(message.subject)
      const parts = partsOf(message, texts)
      const letter = { to: email, subject, reference, text: textOf(parts), html: htmlOf(parts, subject, message) }
      const result = toSendResult(
        await smtp.send({ ...letter, headers: { ...listHeaders, 'Content-Language': message.locale } }),
        deps.now(),
      )
      if (result.ok) trouble.end()
      else if (result.class === 'admin') trouble.begin(result.code, deps.now())
      return result
    },
  }
}

/** A refused address is the citizen's, a refused login or sender ours; what was handed over without an answer may have gone. */
export function toSendResult(result: SmtpResult, now: number): SendResult {
  if (result.ok) return { ok: true, messageId: result.messageId, sentAt: now }
  const { about, isFinal, isUnknown, code } = result
  if (isUnknown) return { ok: false, class: 'ambiguous', code }
  if (about === 'login' || (about === 'sender' && isFinal)) return { ok: false, class: 'admin', code }
  if (about === 'recipient' && (isFinal || !/^\d/.test(code))) return { ok: false, class: 'user', code }
  return { ok: false, class: isFinal ? 'drop' : 'retry', code }
}

type Parts = { greeting: string; paragraphs: string[]; open: string; link: string; closing: string[] }

function partsOf({ locale, text, link }: ChannelMessage, texts: Pick<Texts, 'translate'>): Parts {
  return {
    greeting: texts.translate(locale, 'mail.greeting'),
    paragraphs: text.split('\n').filter((line) => line.trim() !== ''),
    open: texts.translate(locale, 'mail.open'),
    // The words may name it themselves.
    link: text.includes(link) ? '' : link,
    closing: texts.translate(locale, 'mail.closing').split('\n'),
  }
}

function textOf({ greeting, paragraphs, open, link, closing }: Parts): string {
  return [greeting, paragraphs.join('\n'), ...(link === '' ? [] : [`${open}: ${link}`]), closing.join('\n')].join(
    '\n\n',
  )
}

function htmlOf(parts: Parts, subject: string, { locale }: ChannelMessage): string {
  const { greeting, paragraphs, open, link, closing } = parts
  const paragraph = (line: string) => `<p>${linked(line)}</p>`
  const way = /^https?:\/\//.test(link)
    ? `<p><a href="${escapeHtml(link)}">${escapeHtml(open)}</a><br>${escapeHtml(link)}</p>`
    : ''
  const end = `<hr><p>${closing.map(escapeHtml).join('<br>')}</p>`
  const body = [greeting, ...paragraphs].map(paragraph).join('') + way + end
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body style="max-width:40em;font-family:sans-serif;line-height:1.5">${body}</body></html>`
}

/** Web addresses can be tapped; everything else is shown as it is. */
function linked(line: string): string {
  return escapeHtml(line).replace(
    /https?:\/\/[^\s<>"“”]+[^\s<>"“”.,;:!?)]/g,
    (address) => `<a href="${address}">${address}</a>`,
  )
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, ' ').trim()
}
