import { showLiterally } from '../../conversation/text/normalise.ts'
import type { PublicCase } from '../../usecases/public-cases.ts'
import { type Html, html } from '../html.ts'
import { facts, paragraphs, type Reader } from './page.ts'

/** What a look-up found: nothing was asked, or the public views of the cases that bear the code, here or in the national system. */
export type LookedUp = { asked: string; found: readonly PublicCase[] } | null

/** `/tra-cuu`: the form and, below it, what was found. */
export function lookUpPage(reader: Reader, lookedUp: LookedUp): Html {
  const { t } = reader
  return html`<h1>${t('web.lookup.title')}</h1>
<p>${t('web.lookup.lead')}</p>
${lookUpForm(reader, lookedUp?.asked ?? '')}
${lookedUp === null ? null : html`<section aria-live="polite">\n${results(reader, lookedUp.found)}\n</section>`}`
}

/** The form that leads to a case by its code. */
export function lookUpForm({ t, link, locale }: Reader, asked: string): Html {
  const isChosen = link('/').includes('lang=')
  return html`<form class="look-up" action="/tra-cuu" method="get" role="search">
<label for="code">${t('web.lookup.label')}</label>
<div class="line">
<input id="code" name="code" value="${showLiterally(asked).slice(0, 60)}" placeholder="PAKN.20261123.0001" required maxlength="60" autocomplete="off" autocapitalize="characters" spellcheck="false">
${isChosen ? html`<input type="hidden" name="lang" value="${locale}">\n` : null}<button>${t('web.lookup.submit')}</button>
</div>
</form>`
}

function results(reader: Reader, found: readonly PublicCase[]): Html {
  const { t } = reader
  if (found.length === 0) {
    return html`<h2>${t('web.lookup.unknownTitle')}</h2>\n<p>${t('web.lookup.unknown')}</p>`
  }
  return html`${found.map((one) => result(reader, one))}`
}

function result(reader: Reader, found: PublicCase): Html {
  const { t, link } = reader
  const { answerBy, published, parentCode } = found
  return html`<h2>${found.code}</h2>
${facts([
  [t('web.case.nationalCode'), found.nationalCode],
  [t('web.case.state'), html`<strong>${t(found.stateLabelKey, { code: parentCode ?? '' })}</strong>`],
  [t('web.case.received'), t('web.day', { day: { day: found.receivedDate } })],
  [t('web.case.unit'), html`<span lang="vi">${found.unitName}</span>`],
  [t('web.case.answerBy'), answerBy === null ? null : t(dueKey(answerBy), { day: { day: answerBy.day } })],
  [t('web.case.closed'), found.closedDate === null ? null : t('web.day', { day: { day: found.closedDate } })],
  [t('web.case.published'), published === null ? null : t('web.day', { day: { day: published.publishedDate } })],
])}
${
  found.state === 'AWAITING_SUPPLEMENT' ? html`<p>${t('web.lookup.waiting')}</p>` : null
}${parentCode === null ? null : html`<p><a href="${link('/tra-cuu', { code: parentCode })}">${t('web.lookup.parent', { code: parentCode })}</a></p>`}
${
  published === null
    ? html`<p class="quiet">${t('web.lookup.onlyThis')}</p>`
    : html`<h3 lang="vi">${published.title}</h3>
${published.content === null ? null : html`<h4>${t('web.case.content')}</h4>\n${paragraphs(published.content)}`}<h4>${t('web.case.answerOf', { unit: found.answeredByName ?? found.unitName })}</h4>
${paragraphs(published.answer)}<p><a href="${link(`/p/${found.code}`)}">${t('web.lookup.publishedLink')}</a></p>`
}`
}

const dueKey = ({ isPast }: { isPast: boolean }) => (isPast ? 'web.case.late' : 'web.day')
