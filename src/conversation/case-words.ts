import { type CaseWish, wishFor } from './case-acts.ts'
import { allOwn, findOwn } from './case-desk.ts'
import { askComment, commentOn, sayNoComment, sayNotDisagree } from './case-rating.ts'
import { askWithdrawal, confirmWithdrawal, keepCase } from './case-withdrawal.ts'
import { draftChoice } from './drafts.ts'
import type { Stars } from './effects.ts'
import type { Said } from './form-words.ts'
import { holdForCase } from './hold.ts'
import type { Intent, IntentReading } from './intents.ts'
import type { Asking, Form } from './state.ts'
import { codePointLength } from './text/normalise.ts'
import { isCaseForm, type Turn } from './turn-state.ts'

/** A question that nobody answered for so long is no question any more. */
const ASKING_VALID_MS = 12 * 3600_000
/** Longer words are a story in which something of the kind is told. */
const WISH_LENGTH_MAX = 80
/** A rule that is so sure names the case or its answer: it counts in the middle of a draft too. */
const SURE = 0.85
/** Shorter words say nothing that an office could use. */
const PROSE_LENGTH_MIN = 8

/** Longer words are no reason but a story of their own. */
const REASON_LENGTH_MAX = 1_000

/** Prose of these intents is what somebody says about an answer, or adds to a case. */
const REMARKS: readonly Intent[] = ['other', 'insult', 'complaint', 'disagree', 'supplement', 'rate']
/** This may also be a matter of its own. */
const MATTERS: readonly Intent[] = ['matter', 'informalCharge', 'fieldScene', 'judicial', 'legalQuestion']

/** Words that answer the question about a case in the last bubble. Answers whether they did. */
export function answersAsking(turn: Turn, said: Said): boolean {
  const { asked, engine } = turn
  if (asked === null || engine.now - asked.at > ASKING_VALID_MS) return false
  if (said.command === null && said.reading.intent === 'denunciation') return false
  switch (asked.question) {
    case 'withdraw':
    case 'withdrawSurely':
      return answersWithdrawal(turn, asked, said)
    case 'disagree':
      return answersDisagreement(turn, asked, said)
    case 'mayComment':
    case 'comment':
      return answersComment(turn, asked, said)
    default:
      return asked satisfies never
  }
}

const isYes = ({ command }: Said) =>
  command === 'yes' || command === 'continue' || command === 'send' || command === 'done'
const isNo = ({ command }: Said) => command === 'no' || command === 'cancel' || command === 'back' || command === 'skip'

type AskingOf<Question extends Asking['question']> = Asking & { question: Question }

function answersWithdrawal(turn: Turn, asked: AskingOf<'withdraw' | 'withdrawSurely'>, said: Said): boolean {
  const { code, question, reason } = asked
  const repeats = said.reading.intent === 'withdraw' && codePointLength(said.text) <= WISH_LENGTH_MAX
  const other = repeats ? turn.engine.readCaseCode(said.text, turn.engine.now) : null
  if (other !== null && other !== code) return false
  if (isYes(said) || (repeats && said.command !== 'cancel')) confirmWithdrawal(turn, code, question, turn.engine.now)
  else if (isNo(said)) keepCase(turn, code)
  else {
    const told = reason === null ? said.text.trim() : `${reason}\n${said.text.trim()}`
    const own = isRemark(said) && told.length <= REASON_LENGTH_MAX ? findOwn(turn, code) : null
    if (own === null) return false
    askWithdrawal(turn, own, question, told)
  }
  return true
}

function answersDisagreement(turn: Turn, { code }: AskingOf<'disagree'>, said: Said): boolean {
  const told = { text: said.text, hints: [], eventIds: [turn.origin.id] }
  // "Không đồng ý" answers "muốn gửi ý kiến không đồng ý không?" with a yes.
  const isDisagreement = said.reading.intent === 'disagree'
  if (isYes(said) || isDisagreement) wishFor(turn, { way: 'disagree' }, code)
  else if (isNo(said) || said.command === 'thanks') sayNotDisagree(turn, code)
  else if (isRemark(said)) wishFor(turn, { way: 'disagree', told }, code)
  else if (isMatter(said)) holdForCase(turn, told, { way: 'disagree', code })
  else return false
  return true
}

function answersComment(turn: Turn, asked: AskingOf<'mayComment' | 'comment'>, said: Said): boolean {
  const { code, question, stars } = asked
  if (isNo(said)) sayNoComment(turn, code)
  // Asked for it, "tốt" and "cảm ơn" are words enough.
  else if (question === 'comment' && !LEAVES.has(said.command)) commentOn(turn, code, stars, said.text)
  else if (said.command === 'thanks') sayNoComment(turn, code)
  else if (isYes(said)) askComment(turn, code)
  else if (isRemark(said)) commentOn(turn, code, stars, said.text)
  else if (isMatter(said))
    holdForCase(turn, { text: said.text, hints: [], eventIds: [turn.origin.id] }, { way: 'disagree', code })
  else return false
  return true
}

const LEAVES: ReadonlySet<Said['command']> = new Set(['menu', 'person', 'status', 'help', 'restart'])

const isProse = ({ text, command }: Said) => command === null && codePointLength(text.trim()) >= PROSE_LENGTH_MIN
const isRemark = (said: Said) =>
  isProse(said) && REMARKS.includes(said.reading.intent) && starsIn(said.reading) === null
const isMatter = (said: Said) => isProse(said) && MATTERS.includes(said.reading.intent)

/**
 * A wish about a filed case in words: "rút phản ánh PAKN.…", "bổ sung", "không đồng ý với câu trả lời", "rất hài lòng". In a
 * draft only what cannot be an answer to it. Answers whether it was one.
 */
export function wishesForCase(turn: Turn, form: Form | null, said: Said): boolean {
  if (codePointLength(said.text) > WISH_LENGTH_MAX) return false
  const { engine } = turn
  const code = /\d/.test(said.text) ? engine.readCaseCode(said.text, engine.now) : null
  const wish = wishIn(code === null ? said.reading : engine.intents.read(withoutCode(said.text, code)))
  if (wish === null) return false
  if (form !== null && code === null && !mayInterrupt(turn, form, wish, said)) return false
  if (form !== null && code === null && wish.way === 'withdraw') return withdrawsBeside(turn, form)
  wishFor(turn, wish, code)
  return true
}

/** The words around a code, in whichever spelling it stands (R3-16). */
function withoutCode(text: string, code: string): string {
  const [prefix = ''] = code.split('.')
  return text.replace(new RegExp(`(?:${prefix}[\\s.\\-–_:#]{0,3})?${CODE_SPELT}`, 'i'), ' ')
}

const CODE_SPELT = String.raw`2[0-9o]{3}[\s.\-/]?[0-9o]{2}[\s.\-/]?[0-9o]{2}[\s.\-–_:,/]{0,3}[0-9o]{1,9}`

function wishIn(reading: IntentReading): CaseWish | null {
  const { intent } = reading
  switch (intent) {
    case 'supplement':
    case 'withdraw':
    case 'disagree':
      return { way: intent }
    case 'rate': {
      const stars = starsIn(reading)
      return stars === null ? { way: 'rate' } : { way: 'rate', stars }
    }
    default:
      return null
  }
}

/** The rating that was named: the rules of the intent are called after the stars they mean. */
function starsIn(reading: IntentReading): Stars | null {
  if (reading.intent !== 'rate') return null
  const named = (stars: Stars) => reading.matched.some((why) => why.startsWith(`rate/stars${stars} `))
  // "Rất không hài lòng" holds "không hài lòng", and that holds "hài lòng".
  return STARS_BY_WORDS.find(named) ?? null
}

const STARS_BY_WORDS: readonly Stars[] = [1, 2, 5, 4, 3]

/** In a draft such words may as well be its answer: "không đồng ý" to a consent, "bổ sung" to a story. */
function mayInterrupt(turn: Turn, form: Form, { way }: CaseWish, said: Said): boolean {
  if (isCaseForm(turn, form)) return way !== WAY_OF_FORM[form.flow]
  return said.reading.score >= SURE || (way === 'supplement' && /^bo sung$/.test(said.folded) && isAskedForMore(turn))
}

const WAY_OF_FORM: Record<string, CaseWish['way']> = { supplement: 'supplement', disagreement: 'disagree' }

const isAskedForMore = (turn: Turn) => allOwn(turn).some((own) => own.asked !== null)

/** "Rút" beside a draft may mean the draft (R4-W3): where a filed case could be meant too, the citizen says which. */
function withdrawsBeside(turn: Turn, form: Form): boolean {
  const possible = allOwn(turn).filter((own) => own.denials.withdraw === undefined)
  if (possible.length === 0) {
    form.mode = 'confirmCancel'
    turn.askForm = true
    return true
  }
  turn.askForm = false
  turn.page = {
    sentence: { key: 'acts.withdraw.whichOrDraft' },
    choices: [
      ...possible.slice(0, 3).map(({ code }) => ({ title: { literal: code }, payload: `#act.withdraw.${code}` })),
      draftChoice(form, 'cancel', 'acts.withdraw.draft'),
      draftChoice(form, 'keep', 'form.resumeYes'),
    ],
  }
  return true
}

/** The case that the bubble before asked about, by the buttons that stood under it: words without one may belong to it. */
export function lastAskedFor(turn: Turn): { way: 'supplement' | 'disagree'; code: string } | null {
  for (const { payload } of turn.conversation.choices) {
    const [, what, code = ''] = /^#act\.(supplement|rate[1-5])\.(.+)$/.exec(payload) ?? []
    if (what !== undefined) return { way: what === 'supplement' ? 'supplement' : 'disagree', code }
  }
  return null
}

/** Prose right behind a bubble that asked for it: the citizen says whether it belongs there. Answers whether it was such. */
export function saysToLastAsked(turn: Turn, said: Said): boolean {
  const asked = lastAskedFor(turn)
  if (asked === null || !(isRemark(said) || isMatter(said))) return false
  const own = findOwn(turn, asked.code)
  if (own === null || own.denials[asked.way] !== undefined) return false
  holdForCase(turn, { text: said.text, hints: [], eventIds: [turn.origin.id] }, asked)
  return true
}
