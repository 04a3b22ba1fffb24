import type { Router } from 'express'
import type { z } from 'zod'
import type { statusOf } from '../problem.ts'

/** One operation of the API as /api/openapi.json describes it; the same schemas check it. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  summary: string
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
  headers?: { name: string; required: boolean; description: string }[]
  /** What is true of every operation, such as a missing token, need not be named. */
  faults: (keyof typeof statusOf)[]
}

/** A part of the API: its routes, to be mounted at `/api/v1`, and what is said of them. */
export type Resource = { router: Router; operations: readonly Operation[] }
