import type { Role } from '../../cases/case.ts'
import type { Sentence } from '../../conversation/effects.ts'
import type { StaffNotice, StaffNoticeKind } from '../staff-ports.ts'
import { SHORT_COMMANDS } from './read-command.ts'

const TO_TAKE: readonly StaffNoticeKind[] = ['forwarded', 'acknowledgeDue']

/**
 * The one command that fits best to what an officer is told: to answer whoever waits, then to take what is to be taken, then to
 * see it. Null where none fits, because nothing of it is about a case.
 */
export function fittingCommand(letter: readonly StaffNotice[], roles: readonly Role[]): Sentence | null {
  const onCases = letter.filter(({ caseCode }) => caseCode !== '')
  const [newest] = onCases
  if (newest === undefined) return null
  const hint = (name: string, code = ''): Sentence => ({
    key: `desk.zalo.hint.${name}`,
    params: { ...SHORT_COMMANDS, code },
  })
  const waiting = onCases.find(({ kind }) => kind === 'senderWaits')
  if (waiting !== undefined) return hint('reply', waiting.caseCode)
  const toTake = onCases.find(({ kind }) => TO_TAKE.includes(kind))
  if (toTake !== undefined && roles.includes('agencyCoordinator')) return hint('take', toTake.caseCode)
  const isOne = onCases.every(({ caseCode }) => caseCode === newest.caseCode)
  return isOne ? hint('see', newest.caseCode) : hint('due')
}
