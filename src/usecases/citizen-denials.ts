import type { Case } from '../cases/case.ts'
import type { Refusal } from '../cases/decision.ts'
import { OPEN_STATES, type State, stateLabelKey } from '../cases/words.ts'
import type { CitizenActName, Params } from '../conversation/effects.ts'
import type { CaseWay, Denial } from '../conversation/own-cases.ts'

/** There is an answer, though it has not reached the sender: a case is not withdrawn any more (T19). */
const WITH_RESULT: readonly State[] = ['PENDING_PUBLICATION', 'RETURNED_TO_AGENCY']
const RELEASED: readonly State[] = ['PUBLISHED', 'ANSWERED_UNPUBLISHED']

/**
 * Why the sender cannot do this now, in words for the sender, and what is possible instead; the words of a refusal itself are
 * meant for officers.
 */
export function denialOf(
  act: CitizenActName,
  current: Case,
  { key, params }: Pick<Refusal, 'key' | 'params'>,
  { mayDisagree }: { mayDisagree: boolean },
): Denial {
  const facts: Params = {
    code: current.code,
    parent: current.parentCode ?? '',
    state: { key: stateLabelKey(current.state), params: { code: current.parentCode ?? '' } },
    ...(typeof params.day === 'object' ? { day: params.day } : {}),
  }
  const say = (sentence: string, ...instead: CaseWay[]): Denial => ({ why: { key: sentence, params: facts }, instead })
  if (current.state === 'MERGED') return say('acts.merged')
  const rule = key.replace('refusal.', '')
  const isOpen = OPEN_STATES.includes(current.state)
  const isReleased = RELEASED.includes(current.state)
  switch (act) {
    case 'supplement':
      if (rule === 'supplementTooLate') return say('acts.supplement.late', 'renew')
      if (isReleased) return say('acts.supplement.answered', mayDisagree ? 'disagree' : 'renew')
      if (!isOpen) return say('acts.supplement.over', 'renew')
      return say(
        current.supplements.at(-1)?.answeredAt != null ? 'acts.supplement.done' : 'acts.supplement.early',
        'renew',
      )
    case 'withdraw':
      if (current.state === 'WITHDRAWN') return say('acts.withdraw.done')
      if (WITH_RESULT.includes(current.state)) return say('acts.withdraw.result')
      if (isReleased) return say('acts.withdraw.answered', ...(mayDisagree ? (['disagree'] as const) : []))
      return say('acts.withdraw.over')
    case 'rate':
      if (rule === 'disagreementLate') return say('acts.rate.late', 'renew')
      return say(isOpen ? 'acts.rate.early' : 'acts.rate.over')
    case 'disagree':
      if (rule === 'disagreementLate') return say('acts.disagree.late', 'renew')
      if (rule === 'disagreementAsked') return say('acts.disagree.done')
      return isOpen ? say('acts.disagree.early') : say('acts.disagree.over', 'renew')
  }
}
