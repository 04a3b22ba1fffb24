import type { Request, Response } from 'express'
import { type ProblemCode, statusOf } from './problem-codes.ts'
import { type Locale, problemTexts } from './problem-texts.ts'

export type { Locale, ProblemCode }
export { statusOf }

export type ProblemField = { path: string; message: string }

/** Answers with a fault as `application/problem+json` (RFC 9457), in the reader's language. */
export function sendProblem(
  request: Request,
  response: Response,
  code: ProblemCode,
  fields: readonly ProblemField[] = [],
): void {
  const locale = localeOf(request)
  const status = statusOf[code]
  if (status === 401) response.set('WWW-Authenticate', 'Bearer')
  if (status === 503) response.set('Retry-After', '5')
  response
    .status(status)
    .set('Content-Language', locale)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code, detail: problemTexts[locale][code], errors: fields }))
}

/** Vietnamese unless the reader prefers English. */
export function localeOf(request: Request): Locale {
  return request.acceptsLanguages('vi', 'en') === 'en' ? 'en' : 'vi'
}

/** The code of any error; what has no code of ours is a fault of the service. */
export function problemCodeOf(error: unknown): ProblemCode {
  if (typeof error !== 'object' || error === null) return 'internal'
  const { code, status, type } = error as { code?: unknown; status?: unknown; type?: unknown }
  if (typeof code === 'string' && Object.hasOwn(statusOf, code)) return code as ProblemCode
  // What Express and its body parser say about a request.
  if (type === 'entity.too.large' || status === 413) return 'too_large'
  if (type === 'encoding.unsupported' || type === 'charset.unsupported' || status === 415)
    return 'unsupported_media_type'
  if (typeof status === 'number' && status >= 400 && status < 500) return 'bad_request'
  return 'internal'
}
