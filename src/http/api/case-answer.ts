import type { Request } from 'express'
import type { Officer } from '../../cases/case.ts'
import { factsOf } from '../../usecases/case-facts.ts'
import type { OnceAnswer } from '../../usecases/idempotency.ts'
import { contextFor, type MoveCaseDeps } from '../../usecases/move-case.ts'
import { createReadCases, type ReadCasesDeps } from '../../usecases/read-cases.ts'
import { localeOf } from '../problem.ts'
import { caseJson, type Translate } from './case-json.ts'

export type CaseAnswerDeps = MoveCaseDeps & ReadCasesDeps & { translate: Translate; now(): number }

/** A case as the answer to a write: as its reader sees it now, with its version. */
export function createCaseAnswer(deps: CaseAnswerDeps) {
  const reads = createReadCases(deps)
  return async (request: Request, officer: Officer, code: string) => {
    const seen = await reads.find(officer, code)
    const facts = factsOf(seen.current, officer, await contextFor(deps, seen.current, null, deps.now()))
    const words = { translate: deps.translate, locale: localeOf(request) }
    const headers = { ETag: `"${seen.current.version}"` }
    return { headers, body: caseJson(seen, facts, words) } satisfies OnceAnswer
  }
}
