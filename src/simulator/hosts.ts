import type { NextFunction, Request, Response } from 'express'
import type { Logger } from 'pino'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/**
 * Lets only requests through that address this machine by name: a page of another site that points its own name at
 * 127.0.0.1 (DNS rebinding) is refused.
 */
export function allowHosts(more: string[]): (req: Request, res: Response, next: NextFunction) => void {
  const allowed = new Set([...LOOPBACK, ...more].map((host) => host.toLowerCase()))
  return (req, res, next) => {
    const host = (req.get('host') ?? '').toLowerCase()
    if (allowed.has(host) || allowed.has(host.replace(/:\d+$/, ''))) next()
    else res.status(403).type('text').send('Bản mô phỏng chỉ mở được từ chính máy này.')
  }
}

/**
 * A form of another site can post here but cannot set this header without asking first, and nobody answers that question
 * with yes.
 */
export function requireOwnHeader(req: Request, res: Response, next: NextFunction): void {
  if (req.method === 'GET' || req.method === 'HEAD' || req.get('x-simulator') === '1') next()
  else res.status(403).json({ code: 'header_missing', detail: 'Thiếu tiêu đề X-Simulator.' })
}

/**
 * Answers what went wrong without the words of the request, which Express would print: a body that is no JSON, one that is
 * too large, and faults of our own.
 */
export function answerFaults(logger: Logger) {
  return (error: unknown, _req: Request, res: Response, next: NextFunction): void => {
    if (res.headersSent) return next(error)
    const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500
    if (status >= 500) logger.error({ err: error }, 'simulator request failed')
    res.status(status).json({ detail: status < 500 ? 'Yêu cầu chưa đúng.' : 'Bản mô phỏng gặp lỗi.' })
  }
}
