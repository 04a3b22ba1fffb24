import { FIELDS } from '../../cases/words.ts'
import { showLiterally } from '../../conversation/text/normalise.ts'
import { type Html, html } from '../html.ts'
import type { Reader } from './page.ts'
import type { PublicSearch } from './search-query.ts'

/** The form that narrows the published list (R6-9); closed until somebody looks for something. */
export function searchForm(
  { t, link, locale }: Reader,
  search: PublicSearch,
  units: readonly { code: string; name: string }[],
): Html {
  const isChosen = link('/').includes('lang=')
  const isOpen = Object.values(search).some((value) => value !== '')
  const line = (name: keyof PublicSearch, type: 'text' | 'date', hint: string | null = null) =>
    html`<p><label for="search-${name}">${t(`web.search.${name}`)}</label>
<input id="search-${name}" name="${name}" type="${type}" value="${showLiterally(search[name])}" maxlength="200" autocomplete="off"${hint === null ? null : html` aria-describedby="search-${name}-hint"`}>
${hint === null ? null : html`<span class="quiet" id="search-${name}-hint">${hint}</span>`}</p>\n`
  const choice = (name: 'unit' | 'field', options: readonly (readonly [value: string, name: string])[]) =>
    html`<p><label for="search-${name}">${t(`web.search.${name}`)}</label>
<select id="search-${name}" name="${name}">
<option value="">${t('web.search.any')}</option>
${options.map(([value, shown]) =>
  value === search[name]
    ? html`<option value="${value}" selected>${shown}</option>\n`
    : html`<option value="${value}">${shown}</option>\n`,
)}</select></p>\n`
  const body = html`<form class="search" action="/#published" method="get" role="search" aria-label="${t('web.search.title')}">
${line('q', 'text')}${line('name', 'text', t('web.search.nameHint'))}${line('from', 'date')}${line('to', 'date')}${choice(
  'field',
  FIELDS.map((field) => [field, t(`web.fields.${field}`)] as const),
)}${choice(
  'unit',
  units.map(({ code, name }) => [code, name] as const),
)}${isChosen ? html`<input type="hidden" name="lang" value="${locale}">\n` : null}<p><button>${t('web.search.submit')}</button></p>
</form>`
  return isOpen
    ? html`<details open><summary>${t('web.search.title')}</summary>\n${body}\n</details>`
    : html`<details><summary>${t('web.search.title')}</summary>\n${body}\n</details>`
}
