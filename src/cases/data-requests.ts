import { createHash } from 'node:crypto'
import type { Calendar } from './calendar.ts'
import type { Case } from './case.ts'
import { addDays, type Day, dayOf } from './days.ts'
import type { Change } from './decision.ts'
import { OPEN_STATES } from './words.ts'

/** Where a wish about personal data came from. */
export type DataRequestSource = 'zaloWithdraw'

/** What the data protection officer has decided (R9-7). */
export const DATA_OUTCOMES = ['erased', 'partly', 'refused'] as const
export type DataOutcome = (typeof DATA_OUTCOMES)[number]

/** A numbered wish of a person about their data, with its clocks (R9-5, R9-6). */
export type DataRequest = {
  id: string
  kind: 'removal'
  source: DataRequestSource
  citizenKey: string
  /** Cases of this person when it came. */
  caseCodes: string[]
  receivedAt: number
  acknowledgeBy: Day
  dueBy: Day
  state: 'open' | 'acknowledged' | 'done'
  acknowledged: { at: number; by: string } | null
  done: { at: number; by: string; outcome: DataOutcome; reason: string } | null
}

/** R9-6: two working days to acknowledge it. */
const ACKNOWLEDGE_WORKING_DAYS = 2
/** The person has the number on no paper: it must be short enough to be said on the telephone. */
const NUMBER_LENGTH = 6

/** The request that an event of the platform opens; the same event opens the same one. `days` to decide it (R9-6). */
export function openDataRequest(from: {
  eventId: string
  citizenKey: string
  caseCodes: readonly string[]
  now: number
  days: number
  calendar: Calendar
}): DataRequest {
  const day = dayOf(from.now)
  const number = createHash('sha256').update(from.eventId).digest('hex').slice(0, NUMBER_LENGTH).toUpperCase()
  return {
    id: `DL.${day.replaceAll('-', '')}.${number}`,
    kind: 'removal',
    source: 'zaloWithdraw',
    citizenKey: from.citizenKey,
    caseCodes: [...from.caseCodes],
    receivedAt: from.now,
    acknowledgeBy: from.calendar.dueDay(day, ACKNOWLEDGE_WORKING_DAYS),
    dueBy: addDays(day, from.days),
    state: 'open',
    acknowledged: null,
    done: null,
  }
}

/** What an open case says of it, for whoever has it in hand; null where the case is over. */
export function noteDataRequest(current: Case, request: DataRequest): Change | null {
  const { state } = current
  if (!OPEN_STATES.includes(state)) return null
  return {
    next: { ...current, version: current.version + 1 },
    entry: {
      at: request.receivedAt,
      actor: 'citizen',
      act: 'dataWithdrawn',
      from: state,
      to: state,
      data: { rule: 'R9-5', request: request.id, dueBy: request.dueBy, leadUnitCode: current.leadUnitCode },
    },
  }
}
