import { type Request, Router } from 'express'
import type { Officer } from '../../cases/case.ts'
import { otherChannelSchema } from '../../cases/other-channel.ts'
import { factsOf } from '../../usecases/case-facts.ts'
import {
  type Entered,
  enteredBefore,
  type FileOtherChannelDeps,
  fileOtherChannel,
  mayEnter,
} from '../../usecases/file-other-channel.ts'
import type { OnceAnswer } from '../../usecases/idempotency.ts'
import { contextFor, type MoveCaseDeps } from '../../usecases/move-case.ts'
import { createReadCases } from '../../usecases/read-cases.ts'
import { localeOf } from '../problem.ts'
import { caseJson, type Translate } from './case-json.ts'
import type { CasesResourceDeps } from './cases.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { caseSchema } from './schemas.ts'

export type FilingResourceDeps = MoveCaseDeps &
  Pick<CasesResourceDeps, 'notices' | 'audit'> & {
    filing: FileOtherChannelDeps
    answerOnce: AnswerOnce
    translate: Translate
    now(): number
  }

/** Cases that officers enter from letters, calls, visits … */
export function filingResource(deps: FilingResourceDeps): Resource {
  const router = Router({ caseSensitive: true })
  const reads = createReadCases(deps)

  router.post('/cases', jsonBody, async (request, response) => {
    const officer = officerOf(response)
    const input = request.body as unknown
    mayEnter(officer, deps.units)
    await deps.answerOnce(request, response, {
      run: async (mark) =>
        answer(request, officer, await fileOtherChannel(deps.filing, officer, { input, mark }, deps.now())),
      again: async (subject) => answer(request, officer, enteredBefore(subject)),
    })
  })

  async function answer(request: Request, officer: Officer, { code, warnings }: Entered): Promise<OnceAnswer> {
    const seen = await reads.find(officer, code)
    const facts = factsOf(seen.current, officer, await contextFor(deps, seen.current, null, deps.now()))
    const words = { translate: deps.translate, locale: localeOf(request) }
    const shown = warnings.map(({ path, key, params }) => ({
      path,
      code: key.slice(key.indexOf('.') + 1),
      message: deps.translate(words.locale, key, params),
    }))
    return {
      status: 201,
      headers: { ETag: `"${seen.current.version}"`, Location: `/api/v1/cases/${code}` },
      body: { ...caseJson(seen, facts, words), warnings: shown },
    }
  }

  return {
    router,
    operations: [
      {
        method: 'post',
        path: '/cases',
        summary: 'Enters a phản ánh, kiến nghị that came by another way than Zalo; answers with what to look at again',
        body: otherChannelSchema,
        status: 201,
        answer: caseSchema,
        headers: [idempotencyHeader],
        faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
      },
    ],
  }
}
