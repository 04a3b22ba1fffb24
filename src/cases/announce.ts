import type { ActName } from './acts.ts'
import type { Audience } from './audience.ts'
import type { Case } from './case.ts'
import type { HistoryEntry, Json } from './history.ts'

/** What officers hear of because somebody acted; each names a sentence of the locales. */
export type NewsKind =
  | 'newCase'
  | 'backAtIntake'
  | 'forwarded'
  | 'coordinating'
  | 'assigned'
  | 'handedBack'
  | 'returned'
  | 'answerReturned'
  | 'approvalWaits'
  | 'approvalDeclined'
  | 'toPublish'
  | 'supplementCame'
  | 'disagreementCame'
  | 'reopened'
  | 'urged'
  | 'opinionAsked'
  | 'opinionGiven'
  | 'escalationProposed'
  | 'decisionRecorded'
  | 'withdrawn'
  | 'dataWithdrawn'

export type News = { kind: NewsKind; audiences: Audience[] }

/** Acts of which somebody hears although they leave the state as it is. */
const NEWS_ACTS: ReadonlySet<string> = new Set<ActName | 'submit' | 'handBack' | 'dataWithdrawn'>([
  'dataWithdrawn',
  'submit',
  'handBack',
  'delegate',
  'assign',
  'disagree',
  'urge',
  'askOpinion',
  'giveOpinion',
  'escalate',
  'recordDecision',
  'declineApproval',
  // Where a second person has to agree, the first one's act leaves the state as it is.
  'refuse',
  'requestSupplement',
  'submitAnswer',
  'answerUnpublished',
  'correctPublication',
])

/** Whether officers may have to hear of a line of this act that leaves the state as it is. */
export function isNews(act: string): boolean {
  return NEWS_ACTS.has(act)
}

/** Who is to hear of a line of a case's history. `current` is the case as it is now, which may be further on. */
export function newsOf(line: Pick<HistoryEntry, 'act' | 'from' | 'to' | 'data'>, current: Case): News[] {
  const data = line.data ?? {}
  if (data.awaitsApproval === true) return approvalWaits(line.act, current)
  const leadUnitCode = textOf(data.leadUnitCode) ?? current.leadUnitCode
  const handler = personOf(textOf(data.handler) ?? current.handler)
  const workers: Audience[] = [...handler, ...coordinatorsOf(leadUnitCode)]
  switch (line.act) {
    case 'submit':
      return [{ kind: 'newCase', audiences: [{ to: 'intake' }] }]
    case 'unmerge':
    case 'reconsider':
      return [{ kind: 'backAtIntake', audiences: [{ to: 'intake' }] }]
    case 'forward':
      return [
        { kind: 'forwarded', audiences: coordinatorsOf(leadUnitCode) },
        { kind: 'coordinating', audiences: textsOf(data.coordinatingUnitCodes).flatMap(coordinatorsOf) },
      ]
    case 'delegate':
      return [{ kind: 'forwarded', audiences: coordinatorsOf(leadUnitCode) }]
    case 'accept':
    case 'assign':
      return [{ kind: 'assigned', audiences: handler }]
    case 'handBack':
      return [{ kind: 'handedBack', audiences: coordinatorsOf(leadUnitCode) }]
    case 'handleSelf':
      return [
        { kind: 'assigned', audiences: handler },
        { kind: 'coordinating', audiences: textsOf(data.coordinatingUnitCodes).flatMap(coordinatorsOf) },
      ]
    case 'returnToIntake':
      return [{ kind: 'returned', audiences: [{ to: 'intake' }] }]
    case 'returnToAgency':
      return [{ kind: 'answerReturned', audiences: [...workers, ...leadersOf(leadUnitCode)] }]
    case 'approveAnswer':
      return [{ kind: 'toPublish', audiences: [{ to: 'publishers' }] }]
    case 'declineApproval':
      return [{ kind: 'approvalDeclined', audiences: personOf(textOf(data.firstPerson)) }]
    case 'supplement':
      return [{ kind: 'supplementCame', audiences: line.to === 'PROCESSING' ? workers : [{ to: 'intake' }] }]
    case 'disagree':
      return [{ kind: 'disagreementCame', audiences: [{ to: 'intake' }] }]
    case 'reopen':
      return [{ kind: 'reopened', audiences: [...workers, ...leadersOf(leadUnitCode)] }]
    case 'urge': {
      const unitCode = textOf(data.unitCode)
      const handlerToo = unitCode === current.leadUnitCode ? personOf(current.handler) : []
      return [{ kind: 'urged', audiences: [...handlerToo, ...coordinatorsOf(unitCode), ...leadersOf(unitCode)] }]
    }
    case 'askOpinion':
      return [{ kind: 'opinionAsked', audiences: textsOf(data.unitCodes).flatMap(coordinatorsOf) }]
    case 'giveOpinion':
      return [{ kind: 'opinionGiven', audiences: workers }]
    case 'escalate':
      return data.submitted === false ? [{ kind: 'escalationProposed', audiences: [{ to: 'officeLeaders' }] }] : []
    case 'recordDecision':
      return [{ kind: 'decisionRecorded', audiences: leadUnitCode === null ? [{ to: 'intake' }] : workers }]
    case 'dataWithdrawn':
      return [{ kind: 'dataWithdrawn', audiences: leadUnitCode === null ? [{ to: 'intake' }] : workers }]
    case 'withdraw':
      return [{ kind: 'withdrawn', audiences: leadUnitCode === null ? [{ to: 'intake' }] : workers }]
    default:
      return []
  }
}

/** The second of two persons, by what the first has done (interface.md, pendingApproval). */
function approvalWaits(act: string, current: Case): News[] {
  const unitCode = current.leadUnitCode
  const audiences: Record<string, Audience[]> = {
    refuse: [{ to: 'officeLeaders' }],
    requestSupplement: coordinatorsOf(unitCode),
    submitAnswer: leadersOf(unitCode),
    answerUnpublished: [{ to: 'officeLeaders' }],
    correctPublication: [{ to: 'officeLeaders' }],
  }
  return [{ kind: 'approvalWaits', audiences: audiences[act] ?? [] }]
}

function coordinatorsOf(unitCode: string | null): Audience[] {
  return unitCode === null ? [] : [{ to: 'coordinators', unitCode }]
}

function leadersOf(unitCode: string | null): Audience[] {
  return unitCode === null ? [] : [{ to: 'leaders', unitCode }]
}

function personOf(login: string | null): Audience[] {
  return login === null ? [] : [{ to: 'person', login }]
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
