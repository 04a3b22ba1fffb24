import { type Request, Router } from 'express'
import type { Officer } from '../../cases/case.ts'
import { otherChannelSchema } from '../../cases/other-channel.ts'
import {
  type Entered,
  enteredBefore,
  type FileOtherChannelDeps,
  fileOtherChannel,
  mayEnter,
} from '../../usecases/file-other-channel.ts'
import type { OnceAnswer } from '../../usecases/idempotency.ts'
import { localeOf } from '../problem.ts'
import { type CaseAnswerDeps, createCaseAnswer } from './case-answer.ts'
import { type AnswerOnce, idempotencyHeader } from './once.ts'
import { jsonBody, officerOf } from './request.ts'
import type { Resource } from './resource.ts'
import { caseSchema } from './schemas.ts'

export type FilingResourceDeps = CaseAnswerDeps & { filing: FileOtherChannelDeps; answerOnce: AnswerOnce }

/** Cases that officers enter from letters, calls, visits … */
export function filingResource(deps: FilingResourceDeps): Resource {
  const router = Router({ caseSensitive: true })
  const answerCase = createCaseAnswer(deps)

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
    const { headers, body } = await answerCase(request, officer, code)
    const locale = localeOf(request)
    const shown = warnings.map(({ path, key, params }) => ({
      path,
      code: key.slice(key.indexOf('.') + 1),
      message: deps.translate(locale, key, params),
    }))
    return {
      status: 201,
      headers: { ...headers, Location: `/api/v1/cases/${code}` },
      body: { ...body, warnings: shown },
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
        hasVersion: true,
        headers: [idempotencyHeader],
        faults: ['forbidden', 'invalid_fields', 'idempotency_key_reused'],
      },
    ],
  }
}
