import express, { type Request, type Response } from 'express'
import type { z } from 'zod'
import type { Officer } from '../../cases/case.ts'
import { faultsOf } from '../../cases/faults.ts'
import { RefusedError } from '../../usecases/refused-error.ts'

/** A JSON body of an API request; anything but an object is left to the schema to refuse. */
export const jsonBody = express.json({ limit: '256kb', strict: false })

/** Who the token of this request belongs to. */
export function officerOf(response: Response): Officer {
  return response.locals.officer as Officer
}

/** The query as `schema` reads it; every parameter at fault is named. */
export function readQuery<Shape extends z.ZodType>(schema: Shape, request: Request): z.output<Shape> {
  const reading = schema.safeParse(request.query)
  if (reading.success) return reading.data
  throw new RefusedError('invalid_fields', faultsOf(reading.error, request.query))
}

/** The version in `If-Match`; null where there is none. What is no version of ours matches none. */
export function readVersion(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '') return null
  const [, version] = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim()) ?? []
  return version === undefined ? -1 : Number(version)
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
