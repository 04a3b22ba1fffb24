import type { Officer, Role } from '../../cases/case.ts'
import { clocksOf } from '../../cases/decision.ts'
import { dueDayOf } from '../../cases/flags.ts'
import { OPEN_STATES, type State } from '../../cases/words.ts'
import { codePointLength } from '../../conversation/text/normalise.ts'
import type { Units } from '../case-ports.ts'
import type { Law } from '../law.ts'
import type { CaseListRequest, ListCases } from '../list-cases.ts'
import type { SeenCase } from '../read-cases.ts'
import { dueWords, pendingWords, type Say, titleInChat } from './words.ts'

export type ListDueDeps = {
  lists: Pick<ListCases, 'list'>
  units: Units
  law: Pick<Law, 'calendar' | 'of'>
  publicUrl: string
}

/** As many as one looks at on a phone, and as fit one bubble. */
const SHOWN_MAX = 8
const READ_MAX = 30
const TEXT_MAX = 1_900

/** In which states a case waits for whom; whoever handles a case has it in every open state. */
const TURN_OF: Partial<Record<Role, readonly State[]>> = {
  intakeOfficer: ['PENDING_INTAKE', 'RETURNED_TO_INTAKE'],
  officeLeader: ['PENDING_INTAKE', 'RETURNED_TO_INTAKE', 'PENDING_PUBLICATION'],
  publisher: ['PENDING_PUBLICATION'],
  agencyCoordinator: ['FORWARDED'],
  agencyLeader: ['FORWARDED', 'PROCESSING', 'RETURNED_TO_AGENCY'],
}

/** The cases that wait for this officer, what is due soonest first: own ones, and those that wait for the own role. */
export function createListDue(deps: ListDueDeps) {
  return async (officer: Officer, now: number, say: Say): Promise<string> => {
    const { found, isMore } = await waiting(deps, officer, now)
    if (found.length === 0) return say('officerChat.nothingDue')
    const lines = found.map(({ current }) => {
      const due = dueDayOf(current, clocksOf(current, { ...deps.law.of(current), now }))
      const title = titleInChat(current)
      return {
        due: due ?? '9999',
        text: [
          `• ${current.code} · ${dueWords(due, now, deps.law.calendar(), say)}`,
          ...(title === '' ? [] : [`  ${title}`]),
          ...(current.pendingApproval === null ? [] : [`  ${pendingWords(current.pendingApproval, say)}`]),
          `  ${deps.publicUrl}/staff/cases/${current.code}`,
        ].join('\n'),
      }
    })
    const sorted = lines
      .sort((one, other) => (one.due < other.due ? -1 : one.due > other.due ? 1 : 0))
      .map(({ text }) => text)
    for (let shown = Math.min(SHOWN_MAX, sorted.length); ; shown--) {
      const rest = shown < sorted.length || isMore
      const text = [
        say('officerChat.dueHeading'),
        ...sorted.slice(0, shown),
        ...(rest ? [say('officerChat.dueMore', { link: `${deps.publicUrl}/staff` })] : []),
      ].join('\n')
      if (shown === 1 || codePointLength(text) <= TEXT_MAX) return text
    }
  }
}

async function waiting(
  { lists, units }: ListDueDeps,
  officer: Officer,
  now: number,
): Promise<{ found: SeenCase[]; isMore: boolean }> {
  const roleStates = [...new Set(officer.roles.flatMap((role) => TURN_OF[role] ?? []))]
  const asked: Pick<CaseListRequest, 'states' | 'handler'>[] = [
    { states: OPEN_STATES, handler: 'me' },
    ...(roleStates.length === 0 ? [] : [{ states: roleStates }]),
    // Whoever had it in hand has gone: it has to be assigned anew.
    ...(officer.roles.includes('agencyCoordinator') ? [{ states: IN_HAND, handler: 'none' as const }] : []),
  ]
  const pages = await Promise.all(
    asked.map((one) => lists.list(officer, { ...one, sort: 'dueAt', after: null, limit: READ_MAX }, now)),
  )
  // Where the unit only coordinates, the case waits for another one.
  const isTheirs = ({ current: { state, handler, leadUnitCode } }: SeenCase) =>
    handler === officer.login ||
    !AT_UNIT.has(state) ||
    (leadUnitCode !== null && units.isWithin(leadUnitCode, officer.unitCode))
  const found = new Map(pages.flatMap(({ items }) => items.filter(isTheirs)).map((seen) => [seen.current.code, seen]))
  return { found: [...found.values()], isMore: pages.some(({ next }) => next !== null) }
}

const IN_HAND: readonly State[] = ['PROCESSING', 'RETURNED_TO_AGENCY']
const AT_UNIT: ReadonlySet<State> = new Set<State>(['FORWARDED', ...IN_HAND])
