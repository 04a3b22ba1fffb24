import type { ErrorRequestHandler } from 'express'
import { RefusedError } from '../../usecases/refused-error.ts'
import { type Locale, localeOf, problemCodeOf, sendProblem, statusOf } from '../problem.ts'
import type { Translate } from './case-json.ts'

/** Answers what a story refused, in the reader's words: the fields at fault, and what may be done instead. */
export function answerRefusal(translate: Translate): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (!(error instanceof RefusedError) || !Object.hasOwn(statusOf, error.code)) return next(error)
    const locale = localeOf(request)
    const fields = error.faults.map(({ path, key, params }) => ({ path, message: translate(locale, key, params) }))
    const { allowedActs } = error.more
    const detail =
      allowedActs === undefined
        ? {}
        : {
            detail: [...fields.map(({ message }) => message), allowedSentence(translate, locale, allowedActs)].join(
              ' ',
            ),
          }
    sendProblem(request, response, problemCodeOf(error), fields, { ...detail, members: error.more })
  }
}

function allowedSentence(translate: Translate, locale: Locale, acts: readonly string[]): string {
  if (acts.length === 0) return translate(locale, 'refusal.nothingAllowed')
  return translate(locale, 'refusal.allowed', { acts: { list: acts.map((act) => ({ key: `refusal.act.${act}` })) } })
}
