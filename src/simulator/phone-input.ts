import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { ChatMessage, Citizen } from './model.ts'
import { chatOf, findCitizen, type World } from './world.ts'

/** Checks a body, answers 422 with the paths when it is wrong. */
export function parse<T>(schema: z.ZodType<T>, req: Request, res: Response): T | undefined {
  const result = schema.safeParse(req.body)
  if (result.success) return result.data
  const errors = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
  res.status(422).json({ detail: 'Thông tin chưa đúng, xin kiểm tra lại.', errors })
  return undefined
}

export function fail(res: Response, status: number, detail: string): void {
  res.status(status).json({ detail })
}

/** The citizen named in the path; answers 404 when there is none. */
export function citizenOf(world: World, req: Request, res: Response): Citizen | undefined {
  const citizen = findCitizen(world.state, req.params.citizenId)
  if (citizen === undefined) fail(res, 404, 'Không có người dùng này.')
  return citizen
}

export function recentChat(world: World, citizenId: string): ChatMessage[] {
  return chatOf(world.state, citizenId)
    .filter((message) => message.hidden !== true)
    .slice(-200)
}
