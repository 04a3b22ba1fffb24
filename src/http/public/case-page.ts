import type { PublishedCase } from '../../usecases/public-cases.ts'
import { type Html, html } from '../html.ts'
import { facts, paragraphs, type Reader } from './page.ts'

/** `/p/{code}`: one published case, with exactly what R6-4 lets everybody read. */
export function casePage({ t, link }: Reader, current: PublishedCase): Html {
  const { published } = current
  const day = (value: string) => t('web.day', { day: { day: value } })
  const unit = current.answeredByName ?? current.unitName
  return html`<article>
<h1 lang="vi">${published.title}</h1>
${
  published.correctedDate === null
    ? null
    : html`<p class="note">${t('web.case.corrected', { day: { day: published.correctedDate } })}</p>\n`
}${facts([
  [t('web.case.code'), current.code],
  [t('web.case.sender'), sender(t(`web.senders.${published.submitterType}`), published.name)],
  [t('web.case.received'), day(current.receivedDate)],
  [t('web.case.answeredBy'), html`<span lang="vi">${unit}</span>`],
  [t('web.case.published'), day(published.publishedDate)],
])}
<h2>${t('web.case.content')}</h2>
${published.content === null ? html`<p class="quiet">${t('web.case.contentKept')}</p>\n` : paragraphs(published.content)}<h2>${t('web.case.answerOf', { unit })}</h2>
${paragraphs(published.answer)}${
  published.attachments.length === 0
    ? null
    : html`<h2>${t('web.case.files')}</h2>
<ul>
${published.attachments.map(
  ({ id, name, sizeBytes }) =>
    html`<li><a href="/p/${current.code}/files/${id}" lang="vi">${name}</a> <span class="quiet">(${kilobytes(sizeBytes)})</span></li>\n`,
)}</ul>
`
}</article>
<p class="onward"><a href="${link('/')}">${t('web.case.back')}</a></p>`
}

const kilobytes = (bytes: number) => `${Math.max(1, Math.round(bytes / 1024))} KB`

const sender = (type: string, name: string | null) =>
  name === null ? type : html`${type}: <span lang="vi">${name}</span>`
