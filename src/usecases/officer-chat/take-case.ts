import type { Case, Officer } from '../../cases/case.ts'
import { clocksOf } from '../../cases/decision.ts'
import { dueDayOf } from '../../cases/flags.ts'
import { markOf } from '../idempotency.ts'
import { type MoveCaseDeps, moveCase } from '../move-case.ts'
import type { ReadCases } from '../read-cases.ts'
import { dueWords, type Say } from './words.ts'

export type TakeCaseDeps = MoveCaseDeps & { reads: Pick<ReadCases, 'judge'>; publicUrl: string }

/** The act by which somebody becomes the handler: what was forwarded is accepted, what is in hand assigned. */
export function takingOf({ state }: Pick<Case, 'state'>): 'accept' | 'assign' {
  return state === 'FORWARDED' ? 'accept' : 'assign'
}

/**
 * Makes the officer the handler of a case, with the rights and the line of history of the same act over the API. `key` names
 * the message in which it was asked: asked again with the same one, it answers as it did and does nothing.
 */
export function createTakeCase(deps: TakeCaseDeps) {
  return async (officer: Officer, asked: { code: string; key: string }, now: number, say: Say): Promise<string> => {
    const { code, key } = asked
    const { login } = officer
    // Refuses as a reader is refused, before anything else is said about the case.
    await deps.reads.judge(officer, code)
    const current = await deps.cases.find(code)
    const route = `POST /cases/${code}/acts`
    const mark = markOf({ login, route, key, body: null })
    const isDone = mark !== null && (await deps.marks.find(mark.key)) !== null
    if (current === null) return say('officerChat.notFound', { code })
    if (isDone) return taken(current)
    if (current.handler === login) return say('officerChat.yoursAlready', { code })
    const input = { act: takingOf(current), handler: login }
    return taken(await moveCase(deps, officer, { code, input, version: current.version, idempotencyKey: key }, now))

    function taken(next: Case): string {
      const due = dueDayOf(next, clocksOf(next, { ...deps.law.of(next), now }))
      const link = `${deps.publicUrl}/staff/cases/${code}`
      return say('officerChat.taken', { code, due: dueWords(due, now, deps.law.calendar(), say), link })
    }
  }
}
