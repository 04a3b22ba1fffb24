import { caseChoice, findOwn, goOnFrom, notYours, progressChoice, show, takeAct } from './case-desk.ts'
import { STARS, type Stars } from './effects.ts'
import type { Denial, OwnCase } from './own-cases.ts'
import { excerpt } from './text/normalise.ts'
import { note, type Turn } from './turn-state.ts'

const TITLE_LENGTH = 80
const COMMENT_LENGTH_MAX = 5_000
/** A rating that is followed by the question whether the answer is to be looked at again (R4-R5). */
const UNHAPPY_MAX = 2

/** Five buttons, the best first (R4-R1). */
export function askStars(turn: Turn, own: OwnCase): void {
  const { code, title } = own
  const choices = STARS.toReversed().map((stars) => ({
    title: { key: `acts.rate.stars.${stars}` },
    payload: `#act.rate${stars}.${code}`,
  }))
  show(turn, { key: 'acts.rate.ask', params: { code, title: excerpt(title, TITLE_LENGTH) } }, choices)
}

/** One tap is a rating; the same one again changes nothing, another one replaces it (R4-R2). */
export function rateCase(turn: Turn, own: OwnCase, stars: Stars): void {
  const { code } = own
  const rating = { key: `acts.rate.stars.${stars}` }
  if (own.stars === stars) {
    note(turn, 'acts.rate.same', { code, rating })
    return offerMore(turn, own, stars)
  }
  const taken = takeAct(turn, code, { act: 'rate', fields: { stars, comment: null } })
  if (!taken.ok) return sayDenied(turn, code, taken.denial)
  note(turn, stars <= UNHAPPY_MAX ? 'acts.rate.sorry' : 'acts.rate.thanks', { code, rating })
  offerMore(turn, taken.after, stars)
}

/** Whoever is not content is asked about a disagreement; anybody else may add a few words. */
function offerMore(turn: Turn, own: OwnCase, stars: Stars): void {
  const { conversation, engine } = turn
  const { code, disagreeBy } = own
  if (stars <= UNHAPPY_MAX && own.denials.disagree === undefined && disagreeBy !== null) {
    conversation.asking = { question: 'disagree', code, at: engine.now }
    return show(turn, { key: 'acts.disagree.ask', params: { day: { day: disagreeBy } } }, [
      { title: { key: 'acts.disagree.yes' }, payload: `#act.disagree.${code}` },
      { title: { key: 'acts.disagree.no' }, payload: `#act.notDisagree.${code}` },
    ])
  }
  conversation.asking = { question: 'mayComment', code, stars, at: engine.now }
  show(turn, { key: 'acts.comment.may' }, [caseChoice('comment', code), progressChoice(code)])
}

export function sayNotDisagree(turn: Turn, code: string): void {
  const disagreeBy = findOwn(turn, code)?.disagreeBy ?? null
  if (disagreeBy === null) note(turn, 'answers.thanks')
  else note(turn, 'acts.disagree.declined', { day: { day: disagreeBy } })
  goOnFrom(turn, [progressChoice(code)])
}

/** Asks for the few words that belong to the rating. */
export function askComment(turn: Turn, code: string): void {
  const own = findOwn(turn, code)
  const denial = own === null ? notYours(code) : own.denials.rate
  if (own === null || denial !== undefined) return sayDenied(turn, code, denial ?? notYours(code))
  if (own.stars === null) return askStars(turn, own)
  turn.conversation.asking = { question: 'comment', code, stars: own.stars, at: turn.engine.now }
  show(turn, { key: 'acts.comment.ask' }, [{ title: { key: 'acts.comment.no' }, payload: `#act.noComment.${code}` }])
}

export function commentOn(turn: Turn, code: string, stars: Stars, words: string): void {
  const comment = words.trim()
  if (comment.length > COMMENT_LENGTH_MAX) {
    note(turn, 'acts.comment.tooLong', { maxLength: COMMENT_LENGTH_MAX })
    return askComment(turn, code)
  }
  const taken =
    findOwn(turn, code) === null
      ? { ok: false as const, denial: notYours(code) }
      : takeAct(turn, code, { act: 'rate', fields: { stars, comment } })
  if (!taken.ok) return sayDenied(turn, code, taken.denial)
  note(turn, 'acts.comment.taken', { rating: { key: `acts.rate.stars.${stars}` } })
  goOnFrom(turn, [progressChoice(code)])
}

export function sayNoComment(turn: Turn, code: string): void {
  note(turn, 'acts.comment.none')
  goOnFrom(turn, [progressChoice(code)])
}

function sayDenied(turn: Turn, code: string, { why }: Denial): void {
  note(turn, why.key, why.params)
  goOnFrom(turn, [progressChoice(code)])
}
