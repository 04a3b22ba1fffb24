import express, { type Request, type Response } from 'express'
import type { z } from 'zod'
import type { Officer } from '../../cases/case.ts'
import { faultsOf } from '../../cases/faults.ts'
import { RefusedError } from '../../usecases/refused-error.ts'
import { sendProblem } from '../problem.ts'

/**
 * A JSON body of an API request; anything but an object is left to the schema to refuse. No JSON is 415, broken JSON 400, too
 * much of it 413.
 */
export const jsonBody: ReturnType<typeof express.json> = (incoming, outgoing, next) => {
  // Typed as Express's own parser, so that a route's parameters keep their names; here it is only mounted in Express.
  const request = incoming as Request
  const response = outgoing as Response
  // Null where there is no body at all, which the schema judges.
  if (request.is('application/json') === false) return sendProblem(request, response, 'unsupported_media_type')
  parseJson(request, response, (error?: unknown) => {
    if (error !== undefined) return next(error)
    if (isTooDeep(request.body)) return sendProblem(request, response, 'bad_request')
    next()
  })
}

/** As `jsonBody`; keeps the text as well, for what is said twice in it is lost in an object. See `textOf`. */
export const jsonText: ReturnType<typeof express.text> = (incoming, outgoing, next) => {
  const request = incoming as Request
  const response = outgoing as Response
  if (request.is('application/json') === false) return sendProblem(request, response, 'unsupported_media_type')
  parseText(request, response, (error?: unknown) => {
    if (error !== undefined) return next(error)
    const text: unknown = request.body
    if (typeof text !== 'string' || !isGoodJson(text)) return sendProblem(request, response, 'bad_request')
    response.locals.bodyText = text
    request.body = JSON.parse(text)
    next()
  })
}

/** The body as `jsonText` read it. */
export function textOf(response: Response): string {
  return response.locals.bodyText as string
}

function isGoodJson(text: string): boolean {
  try {
    return !isTooDeep(JSON.parse(text))
  } catch {
    return false
  }
}

const parseText = express.text({ limit: '256kb', type: 'application/json' })
const parseJson = express.json({ limit: '256kb', strict: false })

/** Who the token of this request belongs to. */
export function officerOf(response: Response): Officer {
  return response.locals.officer as Officer
}

/** The query as `schema` reads it; every parameter at fault is named. */
export function readQuery<Shape extends z.ZodType>(schema: Shape, request: Request): z.output<Shape> {
  return readWith(schema, request.query)
}

/** The JSON body as `schema` reads it; every field at fault is named. */
export function readBody<Shape extends z.ZodType>(schema: Shape, request: Request): z.output<Shape> {
  return readWith(schema, request.body)
}

function readWith<Shape extends z.ZodType>(schema: Shape, value: unknown): z.output<Shape> {
  const reading = schema.safeParse(value)
  if (reading.success) return reading.data
  throw new RefusedError('invalid_fields', faultsOf(reading.error, value))
}

/**
 * The versions in `If-Match`, one of which must be the present one; null where there are none. A weak tag counts as the strong
 * one, for a proxy that compresses answers weakens them, and so does a version without quotation marks. `*` names no version
 * that anybody has read and matches none, like everything that is no version of ours.
 */
export function readVersions(header: string | undefined): readonly number[] | null {
  if (header === undefined || header.trim() === '') return null
  return header.split(',').map((tag) => {
    const [, quoted, bare] = /^(?:W\/)?(?:"(\d{1,9})"|(\d{1,9}))$/.exec(tag.trim()) ?? []
    return Number(quoted ?? bare ?? Number.NaN)
  })
}

/** The `Idempotency-Key`, or null. */
export function readKey(header: string | undefined): string | null {
  if (header === undefined || header === '') return null
  if (header.length > 200)
    throw new RefusedError('invalid_fields', [{ path: 'Idempotency-Key', key: 'fault.tooLong', params: { max: 200 } }])
  return header
}

/** The place in a list where the next page begins, as clients hand it back. */
export function writeCursor(position: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Reads what `writeCursor` wrote; anything else is the client's fault. */
export function readCursor<Shape extends z.ZodType>(schema: Shape, cursor: string): z.output<Shape> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new RefusedError('invalid_fields', [{ path: 'cursor', key: 'fault.invalid', params: {} }])
  }
}

/** Far deeper than any body of the API; what walks through one may do so by calling itself. */
const DEPTH_MAX = 32

function isTooDeep(body: unknown): boolean {
  let level: unknown[] = [body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}
