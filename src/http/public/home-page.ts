import type { PublishedCase } from '../../usecases/public-cases.ts'
import { type Html, html } from '../html.ts'
import { lookUpForm } from './look-up-page.ts'
import type { Reader } from './page.ts'
import { searchForm } from './search-form.ts'
import { filledIn, type PublicSearch, type SearchFault } from './search-query.ts'

export type ShownList = {
  items: readonly PublishedCase[]
  next: string | null
  isFirst: boolean
  search: PublicSearch
  faults: readonly SearchFault[]
  units: readonly { code: string; name: string }[]
  chatUrl: string
}

/** `/`: what this is, how to send, the look-up, and what was answered last, or what was looked for in it. */
export function homePage(reader: Reader, shown: ShownList): Html {
  const { t, link } = reader
  const asked = filledIn(shown.search)
  const isSearch = Object.keys(asked).length > 0
  return html`<h1>${t('web.home.title')}</h1>
${
  shown.isFirst && !isSearch
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
${searchForm(reader, shown.search, shown.units)}
${shown.faults.map((fault) => html`<p class="note" role="alert">${t(`web.search.fault.${fault}`)}</p>\n`)}${list(reader, shown, isSearch)}
${
  shown.next === null && shown.isFirst && !isSearch
    ? null
    : html`<nav class="pages" aria-label="${t('web.home.pages')}">
${
  shown.isFirst ? null : html`<a href="${link('/', asked)}">${t('web.home.first')}</a>\n`
}${isSearch ? html`<a href="${link('/')}">${t('web.search.all')}</a>\n` : null}${
  shown.next === null
    ? null
    : html`<a rel="next" href="${link('/', { ...asked, cursor: shown.next })}">${t('web.home.next')}</a>\n`
}</nav>`
}`
}

function list(reader: Reader, shown: ShownList, isSearch: boolean): Html | null {
  const { t, link } = reader
  if (shown.items.length > 0) return html`<ul class="cases">\n${shown.items.map((item) => line(reader, item))}</ul>`
  if (shown.faults.length > 0) return null
  if (shown.search.code !== '') {
    return html`<p class="quiet">${t('web.search.codeNotPublished')} <a href="${link('/tra-cuu', { code: shown.search.code })}">${t('web.lookup.title')}</a></p>`
  }
  // So much was looked at for one page; the next one goes on.
  if (shown.next !== null) return html`<p class="quiet">${t('web.search.soFar')}</p>`
  return html`<p class="quiet">${t(isSearch || !shown.isFirst ? 'web.search.none' : 'web.home.none')}</p>`
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
