import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'
import { type ProblemCode, statusOf } from './problem-codes.ts'
import { type Locale, problemTexts } from './problem-texts.ts'

export type { Locale, ProblemCode }
export { statusOf }

export type ProblemField = { path: string; message: string }

/** What a problem says beyond its code: other words than the usual ones, and further members (RFC 9457, 3.2). */
export type ProblemMore = { detail?: string; members?: Readonly<Record<string, unknown>> }

/** Answers with a fault as `application/problem+json` (RFC 9457), in the reader's language. */
export function sendProblem(
  request: Request,
  response: Response,
  code: ProblemCode,
  fields: readonly ProblemField[] = [],
  more: ProblemMore = {},
): void {
  const locale = localeOf(request)
  const status = statusOf[code]
  const { requestId } = response.locals
  if (status === 401) response.set('WWW-Authenticate', 'Bearer')
  if (status === 503) response.set('Retry-After', '5')
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail: more.detail ?? problemTexts[locale][code],
    errors: fields,
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...more.members,
  }
  response
    .status(status)
    .set('Content-Language', locale)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem))
}

/** A problem as the description of the API shows it. */
export function problemExample(code: ProblemCode): object {
  const status = statusOf[code]
  return {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail: problemTexts.vi[code],
    errors: [],
    requestId: '6f1e7a52-3c1b-4b8e-9a57-0d9f3f3f2c11',
    ...exampleMembers[code],
  }
}

const exampleMembers: Partial<Record<ProblemCode, object>> = {
  invalid_fields: {
    errors: [{ path: 'leadUnitCode', message: 'Không có đơn vị này, hoặc đơn vị đã ngừng hoạt động.' }],
  },
  illegal_act: {
    detail:
      'Hồ sơ đang ở trạng thái “Đang xử lý” nên chưa làm được việc này. Việc Ông/Bà có thể làm bây giờ: trình câu trả lời và ghi chú.',
    errors: [{ path: 'act', message: 'Hồ sơ đang ở trạng thái “Đang xử lý” nên chưa làm được việc này.' }],
    allowedActs: ['submitAnswer', 'note'],
  },
  version_conflict: {
    changes: [
      {
        seq: 2,
        at: '2026-11-23T10:05:00+07:00',
        actor: 'lan.nt',
        act: 'forward',
        from: 'PENDING_INTAKE',
        to: 'FORWARDED',
      },
    ],
  },
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
