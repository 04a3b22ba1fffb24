import type { PublishedCase } from '../../usecases/public-cases.ts'
import { type Html, html } from '../html.ts'
import { lookUpForm } from './look-up-page.ts'
import type { Reader } from './page.ts'

/** `/`: what this is, how to send, the look-up, and what was answered last. */
export function homePage(
  reader: Reader,
  shown: { items: readonly PublishedCase[]; next: string | null; isFirst: boolean; chatUrl: string },
): Html {
  const { t, link } = reader
  return html`<h1>${t('web.home.title')}</h1>
${
  shown.isFirst
    ? html`<p class="lead">${t('web.home.lead')}</p>
<ol class="steps">
<li>${t('web.home.send')}</li>
<li>${t('web.home.keep')}</li>
<li>${t('web.home.answer')}</li>
</ol>
<p><a class="button" href="${shown.chatUrl}">${t('web.home.chat')}</a></p>
<h2>${t('web.lookup.title')}</h2>
${lookUpForm(reader, '')}
`
    : null
}<h2 id="published">${t('web.home.published')}</h2>
${
  shown.items.length === 0
    ? html`<p class="quiet">${t('web.home.none')}</p>`
    : html`<ul class="cases">\n${shown.items.map((item) => line(reader, item))}</ul>`
}
${
  shown.next === null && shown.isFirst
    ? null
    : html`<nav class="pages" aria-label="${t('web.home.pages')}">
${shown.isFirst ? null : html`<a href="${link('/')}">${t('web.home.first')}</a>\n`}${
  shown.next === null
    ? null
    : html`<a rel="next" href="${link('/', { cursor: shown.next })}">${t('web.home.next')}</a>\n`
}</nav>`
}`
}

function line({ t, link }: Reader, item: PublishedCase): Html {
  return html`<li>
<a href="${link(`/p/${item.code}`)}" lang="vi">${item.published.title}</a>
<span class="quiet">${t('web.home.line', {
    unit: item.answeredByName ?? item.unitName,
    day: { day: item.published.publishedDate },
  })}</span>
</li>
`
}
