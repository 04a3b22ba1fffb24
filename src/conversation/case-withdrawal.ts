import { findOwn, goOnFrom, progressChoice, show, takeAct } from './case-desk.ts'
import { quote } from './kinds/kind.ts'
import type { OwnCase } from './own-cases.ts'
import { note, type Turn } from './turn-state.ts'

/** A yes to a withdrawal that comes later than this begins with the first question again. */
const VALID_MS = 3600_000

type Question = 'withdraw' | 'withdrawSurely'
/** What a yes to each question says (T19: asked twice). */
const YES = { withdraw: 'withdrawYes', withdrawSurely: 'withdrawSurely' } as const

/** Asks whether the case is to be withdrawn: the first time, or once more. */
export function askWithdrawal(turn: Turn, own: OwnCase, question: Question, reason: string | null): void {
  const { conversation, engine } = turn
  const { code, title } = own
  conversation.asking = { question, code, reason, at: engine.now }
  if (reason !== null) note(turn, 'acts.withdraw.reason', { reason: quote(reason) })
  show(turn, { key: `acts.${question}.ask`, params: { code, title } }, [
    { title: { key: `acts.${question}.yes` }, payload: `#act.${YES[question]}-${engine.now.toString(36)}.${code}` },
    { title: { key: 'acts.withdraw.no' }, payload: `#act.keep.${code}` },
  ])
}

/** A yes to one of the two questions: in words at once, by a button while it is fresh. */
export function confirmWithdrawal(turn: Turn, code: string, question: Question, askedAt: number): void {
  const { asked, engine } = turn
  const own = findOwn(turn, code)
  const denial = own?.denials.withdraw
  if (own === null || denial !== undefined) {
    note(turn, denial?.why.key ?? 'acts.notYours', denial?.why.params ?? { code })
    return goOnFrom(turn, own === null ? [] : [progressChoice(code)])
  }
  const reason = asked !== null && 'reason' in asked && asked.code === code ? asked.reason : null
  const isFresh = askedAt <= engine.now && engine.now - askedAt < VALID_MS
  if (!isFresh) return askWithdrawal(turn, own, 'withdraw', reason)
  if (question === 'withdraw') return askWithdrawal(turn, own, 'withdrawSurely', reason)
  takeAct(turn, code, { act: 'withdraw', fields: { reason } })
  // The notice that follows (N9) is the answer.
  turn.page = null
  turn.askForm = false
}

/** "Không rút": everything stays as it is. */
export function keepCase(turn: Turn, code: string): void {
  note(turn, 'acts.withdraw.kept', { code })
  goOnFrom(turn, [progressChoice(code)])
}
