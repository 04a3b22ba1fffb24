import { Router } from 'express'
import type { Params } from '../../conversation/effects.ts'
import { toDocument } from '../html.ts'
import { type Locale, localeOf } from '../problem.ts'
import { createAssets } from '../public/assets.ts'
import { page, type Reader } from '../public/page.ts'
import { docsPage } from './docs-page.ts'
import type { OpenApiDocument } from './openapi.ts'

/** The description of the API for programs (`/openapi.json`) and for people (`/docs`), open to everybody. */
export function createDocsRouter(deps: {
  document: OpenApiDocument
  translate(locale: Locale, key: string, params?: Params): string
}): Router {
  const router = Router()
  const styleUrl = createAssets().url('public.css')
  const iconUrl = createAssets().url('favicon.svg')
  // Neither language of the page ever changes while the service runs.
  const pages = new Map<string, string>()

  router.get('/openapi.json', (_request, response) => {
    response.set('Cache-Control', 'no-cache').json(deps.document)
  })

  router.get('/docs', (request, response) => {
    const { lang } = request.query
    const chosen: Locale | null = lang === 'vi' || lang === 'en' ? lang : null
    const locale = chosen ?? localeOf(request)
    const key = `${locale} ${chosen ?? ''}`
    const document = pages.get(key) ?? draw(readerOf(locale, chosen))
    pages.set(key, document)
    response
      .set({ 'Content-Language': locale, 'Cache-Control': 'no-cache', Vary: 'Accept-Language' })
      .type('html')
      .send(document)
  })

  function draw(reader: Reader): string {
    const otherLocaleUrl = `/api/docs?lang=${reader.locale === 'vi' ? 'en' : 'vi'}`
    const main = docsPage(reader, deps.document)
    const frame = { styleUrl, iconUrl, otherLocaleUrl, isIndexed: false }
    return toDocument(page(reader, frame, { title: reader.t('web.api.title'), main }))
  }

  function readerOf(locale: Locale, chosen: Locale | null): Reader {
    return {
      locale,
      t: (key, params) => deps.translate(locale, key, params),
      link(path, query = {}) {
        const text = new URLSearchParams(chosen === null ? query : { ...query, lang: chosen }).toString()
        return text === '' ? path : `${path}?${text}`
      },
    }
  }

  return router
}
