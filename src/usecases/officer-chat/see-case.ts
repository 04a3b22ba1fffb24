import type { ActName } from '../../cases/acts.ts'
import type { Officer } from '../../cases/case.ts'
import { dueDayOf } from '../../cases/flags.ts'
import { stateLabelKey } from '../../cases/words.ts'
import { type CaseFacts, factsOf } from '../case-facts.ts'
import { contextFor, type MoveCaseDeps } from '../move-case.ts'
import type { ReadCases, SeenCase } from '../read-cases.ts'
import { SHORT_COMMANDS } from './read-command.ts'
import { takingOf } from './take-case.ts'
import { allowed, dueWords, type Say, titleInChat } from './words.ts'

export type SeeCaseDeps = Pick<MoveCaseDeps, 'cases' | 'units' | 'law' | 'officers' | 'attachments'> & {
  reads: Pick<ReadCases, 'find'>
  unitName(code: string): string
  publicUrl: string
}

/** How a case stands and what this officer may do with it; of its sender nothing. */
export function createSeeCase(deps: SeeCaseDeps) {
  return async (officer: Officer, code: string, now: number, say: Say): Promise<{ text: string; mayTake: boolean }> => {
    const seen = await deps.reads.find(officer, code)
    const { current } = seen
    const context = await contextFor(deps, current, null, now, { actor: officer })
    const facts = factsOf(current, officer, context)
    const mayTake = current.handler !== officer.login && facts.allowedActs.includes(takingOf(current))
    const text = [
      ...outline(seen, facts, officer, now),
      '',
      allowed(facts.allowedActs, say),
      ...ways(mayTake, facts.allowedActs),
    ]
    return { text: text.join('\n'), mayTake }

    function outline({ current }: SeenCase, { clocks }: CaseFacts, { login }: Officer, now: number): string[] {
      const title = titleInChat(current)
      const { leadUnitCode, handler, pendingApproval, state, parentCode } = current
      const due = dueDayOf(current, clocks)
      return [
        title === '' ? current.code : `${current.code} · ${title}`,
        say('officerChat.state', { state: { key: stateLabelKey(state), params: { code: parentCode ?? '' } } }),
        ...(pendingApproval === null
          ? []
          : [say('officerChat.pending', { act: { key: `refusal.act.${pendingApproval.act}` } })]),
        ...(due === null ? [] : [say('officerChat.dueLine', { due: dueWords(due, now, deps.law.calendar(), say) })]),
        ...(leadUnitCode === null ? [] : [say('officerChat.unit', { unit: deps.unitName(leadUnitCode) })]),
        ...(leadUnitCode === null
          ? []
          : [
              handler === null
                ? say('officerChat.noHandler')
                : say(handler === login ? 'officerChat.handlerYou' : 'officerChat.handler', { handler }),
            ]),
        `${deps.publicUrl}/staff/cases/${current.code}`,
      ]
    }

    function ways(mayTake: boolean, acts: readonly ActName[]): string[] {
      const words = { ...SHORT_COMMANDS, code }
      return [
        ...(mayTake ? [say('officerChat.wayTake', words)] : []),
        ...(acts.includes('messageCitizen') ? [say('officerChat.wayReply', words)] : []),
      ]
    }
  }
}
