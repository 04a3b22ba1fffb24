import { draftChoice } from './drafts.ts'
import type { Choice, CitizenAct, Sentence } from './effects.ts'
import { CasesNeeded, type CaseWay, type Denial, type OwnCase } from './own-cases.ts'
import type { Turn } from './turn-state.ts'

/** A case of this citizen; null for a code that is none, whether or not it is somebody else's. */
export function findOwn(turn: Turn, code: string): OwnCase | null {
  const found = turn.cases.find(code)
  if (found === undefined) throw new CasesNeeded({ code })
  return found
}

/** This citizen's cases, newest first. */
export function allOwn(turn: Turn): readonly OwnCase[] {
  const found = turn.cases.all()
  if (found === undefined) throw new CasesNeeded('all')
  return found
}

/** Takes an act, if the case allows it: from here on the turn sees the case as it is after it. */
export function takeAct(
  turn: Turn,
  code: string,
  act: CitizenAct,
): { ok: true; after: OwnCase } | { ok: false; denial: Denial } {
  const taken = turn.cases.take(code, act)
  if (!taken.ok) return taken
  turn.cases = taken.cases
  turn.effects.push({ type: 'act', caseCode: code, ...act })
  return { ok: true, after: taken.after }
}

/** A button that begins something with a case, wherever it stands; the code stands last, for it has dots of its own. */
export function caseChoice(way: CaseWay | 'cannot' | 'comment', code: string): Choice {
  return { title: { key: `acts.${way}.button` }, payload: `#act.${way}.${code}` }
}

export function progressChoice(code: string): Choice {
  return { title: { key: 'notices.N1.progress' }, payload: `#case.${code}` }
}

/** A bubble about a case; while a draft is open, the way back to it stands under it too. */
export function show(turn: Turn, sentence: Sentence, choices: Choice[]): void {
  const { form } = turn.conversation
  const back = form === null ? [] : [draftChoice(form, 'keep', 'form.resumeYes')]
  turn.page = { sentence, choices: [...choices, ...back] }
  turn.askForm = false
}

/** The case is done with for now: a draft that is open goes on, else the bubble ends with what may come next. */
export function goOnFrom(turn: Turn, choices: Choice[]): void {
  if (turn.conversation.form !== null) turn.askForm = true
  else show(turn, { key: 'acts.next' }, choices)
}

/** A code that is no case of this citizen. */
export function notYours(code: string): Denial {
  return { why: { key: 'acts.notYours', params: { code } }, instead: [] }
}
