import type { ActName } from '../../cases/acts.ts'
import type { Case, Officer } from '../../cases/case.ts'
import type { Clocks } from '../../cases/clocks.ts'
import { decide } from '../../cases/decide.ts'
import { dueDayOf } from '../../cases/flags.ts'
import { stateLabelKey } from '../../cases/words.ts'
import { factsOf } from '../case-facts.ts'
import { contextFor, type MoveCaseDeps } from '../move-case.ts'
import type { ReadCases } from '../read-cases.ts'
import { SHORT_COMMANDS } from './read-command.ts'
import { takingOf } from './take-case.ts'
import { allowed, dueParams, pendingWords, type Say, titleInChat } from './words.ts'

export type SeeCaseDeps = Pick<MoveCaseDeps, 'cases' | 'units' | 'law' | 'officers' | 'attachments'> & {
  reads: Pick<ReadCases, 'find'>
  unitName(code: string): string
  publicUrl: string
}

/** How a case stands and what this officer may do with it; of its sender nothing. */
export function createSeeCase(deps: SeeCaseDeps) {
  return async (officer: Officer, code: string, now: number, say: Say): Promise<{ text: string; mayTake: boolean }> => {
    const { login } = officer
    const { current } = await deps.reads.find(officer, code)
    const context = await contextFor(deps, current, { handler: login }, now, { actor: officer })
    const { clocks, allowedActs } = factsOf(current, officer, context)
    const taking = { act: takingOf(current), handler: login }
    const mayTake = current.handler !== login && decide(current, taking, officer, context).ok
    const text = [
      ...outline(deps, { current, clocks, login, now, say }),
      `${deps.publicUrl}/staff/cases/${code}`,
      '',
      allowed(allowedActs, say),
      ...ways(code, { mayTake, allowedActs, say }),
    ]
    return { text: text.join('\n'), mayTake }
  }
}

function outline(
  deps: Pick<SeeCaseDeps, 'law' | 'unitName'>,
  seen: { current: Case; clocks: Clocks; login: string; now: number; say: Say },
): string[] {
  const { current, clocks, login, now, say } = seen
  const { code, leadUnitCode, handler, pendingApproval, state, parentCode } = current
  const title = titleInChat(current)
  const due = dueDayOf(current, clocks)
  const lines = [
    title === '' ? code : `${code} · ${title}`,
    say('officerChat.state', { state: { key: stateLabelKey(state), params: { code: parentCode ?? '' } } }),
  ]
  if (pendingApproval !== null) lines.push(pendingWords(pendingApproval, say))
  if (due !== null) lines.push(say('officerChat.dueLine', dueParams(due, now, deps.law.calendar())))
  if (leadUnitCode === null) return lines
  lines.push(say('officerChat.unit', { unit: deps.unitName(leadUnitCode) }))
  if (handler === null) lines.push(say('officerChat.noHandler'))
  else lines.push(handler === login ? say('officerChat.handlerYou') : say('officerChat.handler', { handler }))
  return lines
}

/** The commands that lead on from here. */
function ways(code: string, may: { mayTake: boolean; allowedActs: readonly ActName[]; say: Say }): string[] {
  const words = { ...SHORT_COMMANDS, code }
  return [
    ...(may.mayTake ? [may.say('officerChat.wayTake', words)] : []),
    ...(may.allowedActs.includes('messageCitizen') ? [may.say('officerChat.wayReply', words)] : []),
  ]
}
