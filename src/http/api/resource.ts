import type { Router } from 'express'
import type { z } from 'zod'
import type { statusOf } from '../problem.ts'

/** One operation of the API as /api/openapi.json describes it; the same schemas check it. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  summary: string
  /** What a program that uses it must know beyond the summary; Markdown. */
  description?: string
  query?: z.ZodObject
  body?: z.ZodType
  /** @default application/json */
  bodyType?: 'application/json' | 'multipart/form-data'
  /** @default 200 */
  status?: 200 | 201 | 202
  /** Null where the answer is bytes of `answerType`. */
  answer: z.ZodType | null
  /** @default application/json */
  answerType?: string
  /** Types of text in which the same is answered where `Accept` or the query asks for it. */
  textTypes?: readonly string[]
  /** The answer is one thing with a version: it carries an ETag, and a read heeds If-None-Match. */
  hasVersion?: true
  /** Every call counts by itself, such as a look that is logged: it takes no Idempotency-Key. */
  isEachCounted?: true
  headers?: readonly { name: string; required: boolean; description: string; maxLength?: number; example?: string }[]
  /** What follows from the rest, such as a missing token or a body that cannot be read, need not be named. */
  faults: (keyof typeof statusOf)[]
}

/** A part of the API: its routes, to be mounted at `/api/v1`, and what is said of them. */
export type Resource = { router: Router; operations: readonly Operation[] }
