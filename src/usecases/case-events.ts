import { ACT_NAMES } from '../cases/acts.ts'
import type { UnitDirectory } from '../cases/case.ts'
import { RECOMPUTE_ACT } from '../cases/recompute.ts'
import type { CaseEvent, WebhookFilter } from './webhook-ports.ts'

/** What the history calls the filing of a case. */
const FILED = 'submit'

/** What the history knows beside the acts on a case: what follows from other work, or from the law. */
const OTHER_LINES = [
  'syncNational',
  'noticeGiven',
  'noticeNotReached',
  'handBack',
  'workHandedBack',
  'dataWithdrawn',
  RECOMPUTE_ACT,
]

/** Every act that a receiver can ask for; a line of another name reaches those who ask for nothing in particular. */
export const EVENT_ACTS: readonly string[] = [FILED, ...ACT_NAMES, ...OTHER_LINES]

/** What a receiver gets, as JSON. The body is the same at every try. */
export type EventBody = {
  id: string
  type: 'case.filed' | 'case.changed'
  caseCode: string
  version: number
  act: string
  from: string
  to: string
  at: string
}

type Told = Pick<CaseEvent, 'caseCode' | 'version' | 'act' | 'from' | 'to' | 'at'>

export function eventBody({ caseCode, version, act, from, to, at }: Told): EventBody {
  const type = act === FILED ? 'case.filed' : 'case.changed'
  return { id: eventIdOf(caseCode, version), type, caseCode, version, act, from, to, at }
}

/** The id of an event, the same for every receiver, try and replay. */
export function eventIdOf(caseCode: string, version: number): string {
  return `${caseCode}.v${version}`
}

/** Reads what `eventIdOf` wrote; null for anything else. */
export function readEventId(id: string): { caseCode: string; version: number } | null {
  const [, caseCode, version] = /^(.{1,40})\.v([1-9]\d{0,8})$/.exec(id) ?? []
  return caseCode === undefined ? null : { caseCode, version: Number(version) }
}

/** Whether a receiver is told of a change: never of a suspected denunciation (R2-30), else as it asked. */
export function isWanted(
  { acts, unitCodes }: WebhookFilter,
  event: CaseEvent,
  units: Pick<UnitDirectory, 'isWithin'>,
): boolean {
  if (event.isSecret) return false
  if (acts.length > 0 && !acts.includes(event.act)) return false
  if (unitCodes.length === 0) return true
  return event.unitCodes.some((code) => unitCodes.some((ancestor) => units.isWithin(code, ancestor)))
}
