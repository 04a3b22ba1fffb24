import type { Params } from '../../conversation/effects.ts'
import type { Locale } from '../../usecases/ports.ts'
import { type Html, type HtmlValue, html } from '../html.ts'

/** A reader's language, and the links that keep it where they chose it. */
export type Reader = {
  locale: Locale
  t(key: string, params?: Params): string
  link(path: string, query?: Record<string, string>): string
}

export type Frame = {
  styleUrl: string
  iconUrl: string
  /** This page in the other language. */
  otherLocaleUrl: string
  isIndexed: boolean
}

/** The frame of every public page: readable without scripts, on a small phone, on paper and by keyboard. */
export function page(reader: Reader, frame: Frame, content: { title: string; main: HtmlValue }): Html {
  const { t, link, locale } = reader
  const other = locale === 'vi' ? 'en' : 'vi'
  return html`<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${content.title} – ${t('web.site.name')}</title>
${frame.isIndexed ? null : html`<meta name="robots" content="noindex">\n`}<link rel="stylesheet" href="${frame.styleUrl}">
<link rel="icon" href="${frame.iconUrl}" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">${t('web.site.skip')}</a>
<header class="site-header">
<div class="wide">
<a class="site-name" href="${link('/')}"><strong>${t('web.site.name')}</strong> <span>${t('web.site.of')}</span></a>
<nav class="site-nav" aria-label="${t('web.site.navigation')}">
<a href="${link('/tra-cuu')}">${t('web.lookup.title')}</a>
<a href="${link('/quyen-rieng-tu')}">${t('web.privacy.short')}</a>
<a href="${frame.otherLocaleUrl}" lang="${other}" hreflang="${other}">${other === 'vi' ? 'Tiếng Việt' : 'English'}</a>
</nav>
</div>
</header>
<main id="main" class="wide" tabindex="-1">
${content.main}
</main>
<footer class="site-footer">
<div class="wide">
<p>${t('web.site.operator')}</p>
<p>${t('web.site.emergency')}</p>
</div>
</footer>
</body>
</html>`
}

/** The words of other people, paragraph by paragraph; they are Vietnamese whatever language the page has. */
export function paragraphs(text: string): Html[] {
  return text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => html`<p class="words" lang="vi">${paragraph.trim()}</p>\n`)
}

/** A table of facts; those without a value are left out. */
export function facts(entries: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  const shown = entries.filter(([, value]) => value !== null && value !== '')
  return html`<dl class="facts">
${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`
}
