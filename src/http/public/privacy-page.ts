import type { Param } from '../../conversation/effects.ts'
import { type Html, html } from '../html.ts'
import type { Reader } from './page.ts'

/** What the notice has to say true figures about. */
export type PrivacyFacts = {
  retention: { draftDays: number; chatDays: number; eventDays: number; accessDays: number; caseYears: number }
  /** Which processors get data beside Zalo and the operator of the servers. */
  sendsSms: boolean
  sendsMail: boolean
  /** Changes with the words. */
  version: string
}

/** Raised by hand, with its day, whenever the meaning of the notice changes (R9-3). */
const edition = { number: 1, day: '2026-11-22' }

/** `/quyen-rieng-tu`: who, why, which data, who gets them, how long, rights, contact (R9-3, R9-14, R9-16). */
export function privacyPage({ t, link }: Reader, known: PrivacyFacts): Html {
  const { retention } = known
  const list = (items: (string | null)[]) =>
    html`<ul>\n${items.filter((item) => item !== null).map((item) => html`<li>${item}</li>\n`)}</ul>`
  return html`<article>
<h1>${t('web.privacy.title')}</h1>
<p class="quiet">${t('web.privacy.edition', { number: edition.number, day: { day: edition.day }, version: known.version })}</p>
<p class="lead">${t('web.privacy.lead')}</p>
<h2>${t('web.privacy.who')}</h2>
<p>${t('web.privacy.whoText')}</p>
<p>${t('web.privacy.automatic')}</p>
<h2>${t('web.privacy.why')}</h2>
${list([t('web.privacy.whyHandling'), t('web.privacy.whyPublication'), t('web.privacy.whyProfile')])}
<p>${t('web.privacy.whyNothingElse')}</p>
<h2>${t('web.privacy.what')}</h2>
${list([t('web.privacy.whatSender'), t('web.privacy.whatContent'), t('web.privacy.whatZalo')])}
<p>${t('web.privacy.whatNot')}</p>
<h2>${t('web.privacy.receivers')}</h2>
${list([t('web.privacy.receiversOfficers'), t('web.privacy.receiversPublic')])}
<p>${t('web.privacy.processors')}</p>
${list([
  t('web.privacy.processorZalo'),
  known.sendsSms ? t('web.privacy.processorSms') : null,
  known.sendsMail ? t('web.privacy.processorMail') : null,
  t('web.privacy.processorHosting'),
])}
<p>${t('web.privacy.location')}</p>
<h2>${t('web.privacy.howLong')}</h2>
<table>
<thead><tr><th scope="col">${t('web.privacy.kept')}</th><th scope="col">${t('web.privacy.period')}</th></tr></thead>
<tbody>
${[
  [t('web.privacy.keptDraft'), t('web.privacy.afterLastStep', { period: period(retention.draftDays) })],
  [t('web.privacy.keptEvents'), t('web.privacy.afterReceipt', { period: period(retention.eventDays) })],
  [t('web.privacy.keptChat'), t('web.privacy.afterReceipt', { period: period(retention.chatDays) })],
  [t('web.privacy.keptCase'), t('web.privacy.afterClosing', { period: years(retention.caseYears) })],
  [t('web.privacy.keptAccess'), t('web.privacy.afterReceipt', { period: period(retention.accessDays) })],
  [t('web.privacy.keptBackups'), t('web.privacy.atMost', { period: period(90) })],
].map(([what, how]) => html`<tr><th scope="row">${what}</th><td>${how}</td></tr>\n`)}</tbody>
</table>
<h2>${t('web.privacy.rights')}</h2>
<p>${t('web.privacy.rightsText')}</p>
<p>${t('web.privacy.rightsHow')}</p>
<p>${t('web.privacy.rightsLimits')}</p>
<p>${t('web.privacy.children')}</p>
<h2>${t('web.privacy.safety')}</h2>
<p>${t('web.privacy.safetyText')}</p>
<h2>${t('web.privacy.contact')}</h2>
<p>${t('web.privacy.contactText')}</p>
</article>
<p class="onward"><a href="${link('/')}">${t('web.case.back')}</a></p>`
}

/** Whole years are said as years: nobody counts 1826 days. */
function period(days: number): Param {
  const count = Math.round(days / 365.25)
  return count >= 1 && Math.abs(days - count * 365.25) < 2
    ? years(count)
    : { key: 'web.privacy.days', params: { days } }
}

const years = (count: number): Param => ({ key: 'web.privacy.years', params: { years: count } })
