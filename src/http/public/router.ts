import { createHash } from 'node:crypto'
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { isCaseCode, normaliseNationalCode } from '../../cases/code.ts'
import type { Logger } from '../../logger.ts'
import type { OpenedFile } from '../../usecases/file-store.ts'
import type { Locale, Texts } from '../../usecases/ports.ts'
import type { PublishedPosition, ReadPublicCases } from '../../usecases/public-cases.ts'
import type { AddressLimit } from '../address-limit.ts'
import { type Html, html, toDocument } from '../html.ts'
import { localeOf, problemCodeOf, statusOf } from '../problem.ts'
import { sendFile } from '../send-file.ts'
import { createAssets } from './assets.ts'
import { casePage } from './case-page.ts'
import { homePage, type ShownList } from './home-page.ts'
import { lookUpPage } from './look-up-page.ts'
import { page, type Reader } from './page.ts'
import { type PrivacyFacts, privacyPage } from './privacy-page.ts'
import { filledIn, type PublicSearch, readSearch, SEARCH_FIELDS, toFilter } from './search-query.ts'

export type PublicDeps = {
  texts: Texts
  cases: ReadPublicCases
  /** Finds a case code in what somebody typed, in every spelling of R3-16. */
  readCaseCode(text: string, now: number): string | null
  /** A file that the publisher chose to show, as everybody may have it (R6-5, R3-7g). */
  openFile(code: string, id: string): Promise<OpenedFile | null>
  /** The sender's own copy as a PDF, in the reader's language; null for an address that is not good any more. */
  printOwnCopy(code: string, proof: string, locale: Locale): Promise<Buffer | null>
  /** Holds back whoever asks for one case after another (R3-17). */
  limit: AddressLimit
  privacy: Omit<PrivacyFacts, 'version'>
  /** Units by which the list can be narrowed, and whether there is or was such a one. */
  units: readonly { code: string; name: string }[]
  isUnit(code: string): boolean
  /** Where the chat is opened. */
  chatUrl: string
  isDatabaseAway(error: unknown): boolean
  now(): number
  logger: Logger
}

/** The pages that everybody may read; to be mounted last, for what a browser looks for in vain is answered here too. */
export function createPublicRouter(deps: PublicDeps): Router {
  const router = Router()
  const assets = createAssets()
  const privacy: PrivacyFacts = { ...deps.privacy, version: privacyVersion(deps.texts) }
  router.use(assets.router)

  router.get('/', async (request, response) => {
    const reader = readerOf(request)
    const search = readSearch(request.query)
    const isSearch = Object.keys(filledIn(search)).length > 0
    if (isSearch) {
      response.set('Cache-Control', 'no-store')
      // A name or a code that is tried again and again tells who has written.
      if (!mayAsk(request, response)) return
    }
    const after = readCursor(request.query.cursor)
    const found = await find(search, after)
    const shown = {
      ...found,
      next: found.next === null ? null : writeCursor(found.next),
      isFirst: after === null,
      search,
      units: deps.units,
      chatUrl: deps.chatUrl,
    }
    const main = homePage(reader, shown)
    send(request, response, { title: reader.t('web.home.title'), main, ...(isSearch ? {} : { isIndexed: true }) })
  })

  async function find(
    search: PublicSearch,
    after: PublishedPosition | null,
  ): Promise<Pick<ShownList, 'items' | 'faults'> & { next: PublishedPosition | null }> {
    if (search.code !== '') {
      const code = deps.readCaseCode(search.code, deps.now())
      const published = code === null ? null : await deps.cases.findPublished(code)
      return { items: published === null ? [] : [published], faults: [], next: null }
    }
    const reading = toFilter(search, deps.isUnit)
    if (!reading.ok) return { items: [], faults: reading.faults, next: null }
    return { ...(await deps.cases.latest(reading.filter, after, pageLength)), faults: [] }
  }

  router.get('/tra-cuu', async (request, response) => {
    const { code: given } = request.query
    const asked = typeof given === 'string' ? given.trim() : ''
    const reader = readerOf(request)
    const title = reader.t('web.lookup.title')
    response.set('Cache-Control', 'no-store')
    if (asked === '') return send(request, response, { title, main: lookUpPage(reader, null), isIndexed: true })
    if (!mayAsk(request, response)) return
    const code = deps.readCaseCode(asked, deps.now()) ?? normaliseNationalCode(asked)
    const found = code === null ? [] : await deps.cases.lookUp(code)
    if (found.length === 0) response.status(404)
    send(request, response, { title, main: lookUpPage(reader, { asked: code ?? asked, found }) })
  })

  router.get('/p/:code', async (request, response) => {
    if (!mayAsk(request, response)) return
    const { code } = request.params
    const found = isCaseCode(code) ? await deps.cases.findPublished(code) : null
    const reader = readerOf(request)
    if (found === null) return sayFault(request, response, 404, 'notPublished')
    send(request, response, { title: found.published.title, main: casePage(reader, found), isIndexed: true })
  })

  router.get('/p/:code/files/:id', async (request, response) => {
    if (!mayAsk(request, response)) return
    const { code, id } = request.params
    const file = isCaseCode(code) ? await deps.openFile(code, id) : null
    if (file === null) return sayFault(request, response, 404, 'noPage')
    // A publication may be withdrawn, so nobody in between may keep the file.
    await sendFile(response, file, { cacheControl: 'no-cache' })
  })

  router.get('/ban-sao/:code/:proof', async (request, response) => {
    if (!mayAsk(request, response)) return
    const { code, proof } = request.params
    const { locale } = readerOf(request)
    const pdf = isCaseCode(code) ? await deps.printOwnCopy(code, proof, locale) : null
    if (pdf === null) return sayFault(request, response, 404, 'copyEnded')
    response
      .set({
        'Cache-Control': 'private, no-store',
        'Content-Type': 'application/pdf',
        'Content-Disposition': `inline; filename="${code}.pdf"`,
        'X-Robots-Tag': 'noindex',
      })
      .end(pdf)
  })

  router.get('/quyen-rieng-tu', (request, response) => {
    const reader = readerOf(request)
    send(request, response, {
      title: reader.t('web.privacy.title'),
      main: privacyPage(reader, privacy),
      isIndexed: true,
    })
  })

  // Programs get the service's own answer; only who prefers a page gets one.
  router.get('/*path', (request, response, next) => {
    if (request.accepts(['application/problem+json', 'json', 'html']) !== 'html') return next()
    sayFault(request, response, 404, 'noPage')
  })

  const answerFault: ErrorRequestHandler = (error, request, response, next) => {
    const code = deps.isDatabaseAway(error) ? 'unavailable' : problemCodeOf(error)
    const status = statusOf[code]
    if (response.headersSent || status < 500) return next(error)
    deps.logger.error({ requestId: response.locals.requestId, err: error, code }, 'request failed')
    if (status === 503) response.set('Retry-After', '5')
    sayFault(request, response, status, 'away')
  }
  router.use(answerFault)

  function mayAsk(request: Request, response: Response): boolean {
    const answer = deps.limit(request.ip)
    if (answer.ok) return true
    response.set('Retry-After', String(answer.retryAfterSeconds))
    sayFault(request, response, 429, 'tooMany')
    return false
  }

  function sayFault(request: Request, response: Response, status: number, fault: Fault): void {
    const reader = readerOf(request)
    const title = reader.t(`web.fault.${fault}.title`)
    const main = html`<h1>${title}</h1>
<p>${reader.t(`web.fault.${fault}.text`)}</p>
<p class="onward"><a href="${reader.link('/')}">${reader.t('web.case.back')}</a></p>`
    response.status(status).set('Cache-Control', 'no-store')
    send(request, response, { title, main })
  }

  function send(request: Request, response: Response, content: { title: string; main: Html; isIndexed?: true }): void {
    const reader = readerOf(request)
    const frame = {
      styleUrl: assets.url('public.css'),
      iconUrl: assets.url('favicon.svg'),
      otherLocaleUrl: inOtherLanguage(request, reader.locale),
      isIndexed: content.isIndexed === true,
    }
    if (response.get('Cache-Control') === undefined) response.set('Cache-Control', 'no-cache')
    response
      .set({ 'Content-Language': reader.locale, Vary: 'Accept-Language' })
      .type('html')
      .send(toDocument(page(reader, frame, content)))
  }

  function readerOf(request: Request): Reader {
    const { lang } = request.query
    const chosen: Locale | null = lang === 'vi' || lang === 'en' ? lang : null
    const locale = chosen ?? localeOf(request)
    return {
      locale,
      t: (key, params) => deps.texts.translate(locale, key, params),
      link: (path, query = {}) => withQuery(path, chosen === null ? query : { ...query, lang: chosen }),
    }
  }

  return router
}

const pageLength = 10

type Fault = 'noPage' | 'notPublished' | 'copyEnded' | 'tooMany' | 'away'

function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

function inOtherLanguage(request: Request, locale: Locale): string {
  const query: Record<string, string> = {}
  for (const name of [...SEARCH_FIELDS, 'cursor']) {
    const value = request.query[name]
    if (typeof value === 'string') query[name] = value.slice(0, 200)
  }
  return withQuery(request.path, { ...query, lang: locale === 'vi' ? 'en' : 'vi' })
}

function writeCursor(position: PublishedPosition): string {
  return position.toString(36)
}

/** What is no cursor of ours shows the first page. */
function readCursor(cursor: unknown): PublishedPosition | null {
  const position = typeof cursor === 'string' && /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : 0
  return position > 0 && Number.isSafeInteger(position) ? position : null
}

/** Changes with any word of the notice, so that what somebody was shown can be proved. */
function privacyVersion(texts: Texts): string {
  const versions = privacyKeys.map((key) => texts.version(`web.privacy.${key}`))
  return createHash('sha256').update(versions.join()).digest('hex').slice(0, 8)
}

const privacyKeys = [
  'lead',
  'whoText',
  'automatic',
  'whyHandling',
  'whyPublication',
  'whyProfile',
  'whyNothingElse',
  'whatSender',
  'whatContent',
  'whatZalo',
  'whatNot',
  'receiversOfficers',
  'receiversPublic',
  'processors',
  'processorZalo',
  'processorSms',
  'processorMail',
  'processorHosting',
  'location',
  'rightsText',
  'rightsHow',
  'rightsLimits',
  'children',
  'safetyText',
  'contactText',
]
