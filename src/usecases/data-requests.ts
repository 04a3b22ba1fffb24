import { z } from 'zod'
import type { Calendar } from '../cases/calendar.ts'
import type { Case, Officer } from '../cases/case.ts'
import { DATA_OUTCOMES, type DataRequest, noteDataRequest, openDataRequest } from '../cases/data-requests.ts'
import { addDays, dayOf } from '../cases/days.ts'
import { rightOver } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import type { Units } from './case-ports.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import type { StaffDirectory } from './staff-directory.ts'
import type { NewStaffNotice, StaffMember, StaffNoticeStore } from './staff-ports.ts'
import type { RunTurn } from './turn.ts'

/** Where the next page begins: due first. */
export type DataRequestPosition = { dueBy: string; id: string }

/** Wishes about personal data as they are kept; a turn writes new ones itself. */
export type DataRequests = {
  find(id: string): Promise<DataRequest | null>
  list(isDone: boolean, after: DataRequestPosition | null, limit: number): Promise<DataRequest[]>
  /** Keeps what was decided; false where the request has changed since it was read. */
  store(request: DataRequest, before: DataRequest['state']): Promise<boolean>
  /** Of which the data protection officers have not heard, or not that they are due soon. */
  untold(dueUpTo: string, limit: number): Promise<{ request: DataRequest; isDueSoon: boolean }[]>
  told(id: string, isDueSoon: boolean): Promise<void>
  /** Those that wait, counted up to `max`, and those of them whose day has passed. */
  waiting(today: string, max: number): Promise<{ open: number; late: number }>
}

/** More cases of one person than anybody has; a bound. */
const CASES_MAX = 200

/** Opens a request where the platform says that a person takes their data back, and writes it into their open cases. */
export function withDataRequests(
  runTurn: RunTurn,
  deps: { casesOf(citizenKey: string, limit: number): Promise<Case[]>; calendar(): Calendar; days: number },
): RunTurn {
  return async (input) => {
    const output = await runTurn(input)
    const event = input.events.find(({ type }) => type === 'withdrewData')
    if (event === undefined) return output
    const cases = await deps.casesOf(input.citizenKey, CASES_MAX)
    const request = openDataRequest({
      eventId: event.id,
      citizenKey: input.citizenKey,
      caseCodes: cases.map(({ code }) => code),
      now: input.now,
      days: deps.days,
      calendar: deps.calendar(),
    })
    // A case that was moved in this very turn is written as it has become.
    const moved = new Map(output.moves.map(({ next }) => [next.code, next]))
    const notes = cases.flatMap((one) => noteDataRequest(moved.get(one.code) ?? one, request) ?? [])
    return { ...output, moves: [...output.moves, ...notes], dataRequests: [request] }
  }
}

export const dataActSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('acknowledge') }),
  z.strictObject({
    act: z.literal('complete'),
    outcome: z.enum(DATA_OUTCOMES),
    reason: z
      .string()
      .overwrite((text) => text.toWellFormed().normalize('NFC').trim())
      .min(1)
      .max(5_000)
      .meta({ description: 'What was removed, or by which law it is kept (R9-7)' }),
  }),
])
export type DataAct = z.infer<typeof dataActSchema>

export type AnswerDataRequests = ReturnType<typeof createAnswerDataRequests>

/** Requests as the data protection officer sees and ends them; nobody else does. */
export function createAnswerDataRequests(deps: { requests: DataRequests; units: Units; audit: Audit }) {
  const { requests, audit } = deps

  function require(officer: Officer, scope: 'read' | 'write'): void {
    requireScope(officer, scope)
    if (rightOver('answerDataRequests', officer, deps.units) === null) throw new RefusedError('forbidden')
  }

  return {
    async list(
      officer: Officer,
      asked: { isDone: boolean; after: DataRequestPosition | null; limit: number },
    ): Promise<{ items: DataRequest[]; next: DataRequestPosition | null }> {
      require(officer, 'read')
      const found = await requests.list(asked.isDone, asked.after, asked.limit + 1)
      const items = found.slice(0, asked.limit)
      const last = items.at(-1)
      const isMore = found.length > asked.limit && last !== undefined
      return { items, next: isMore ? { dueBy: last.dueBy, id: last.id } : null }
    },

    async act(officer: Officer, id: string, read: () => DataAct, now: number): Promise<DataRequest> {
      require(officer, 'write')
      const current = await requests.find(id)
      if (current === null) throw new RefusedError('not_found')
      const asked = read()
      const next = after(current, asked, officer.login, now)
      if (next === null) throw new RefusedError('illegal_act')
      await audit.record({ actor: officer, act: 'dataRequest', caseCodes: current.caseCodes, data: { id, ...asked } })
      if (!(await requests.store(next, current.state))) throw new RefusedError('version_conflict')
      return next
    },
  }
}

function after(current: DataRequest, asked: DataAct, by: string, at: number): DataRequest | null {
  if (asked.act === 'acknowledge') {
    return current.state === 'open' ? { ...current, state: 'acknowledged', acknowledged: { at, by } } : null
  }
  if (current.state === 'done') return null
  const { outcome, reason } = asked
  const acknowledged = current.acknowledged ?? { at, by }
  return { ...current, state: 'done', acknowledged, done: { at, by, outcome, reason } }
}

/** So many days before its day a request is spoken of again. */
const DUE_SOON_DAYS = 3

/** Tells the data protection officers that a request has come, and again before its day. Safe to be done again. */
export function createAnnounceDataRequests(deps: {
  requests: Pick<DataRequests, 'untold' | 'told'>
  directory: Pick<StaffDirectory, 'everywhere'>
  notices: Pick<StaffNoticeStore, 'write'>
  channelsOf(person: StaffMember): readonly string[]
  /** There is nobody to tell. */
  onNobody(id: string): void
}) {
  return async (limit: number, now: number): Promise<{ written: number; isMore: boolean }> => {
    const found = await deps.requests.untold(addDays(dayOf(now), DUE_SOON_DAYS), limit)
    if (found.length === 0) return { written: 0, isMore: false }
    const people = await deps.directory.everywhere('dataProtectionOfficer')
    let written = 0
    for (const { request, isDueSoon } of found) {
      if (people.length === 0) deps.onNobody(request.id)
      const kind = isDueSoon ? 'dataRequestDue' : 'dataRequestCame'
      written += await deps.notices.write(
        people.map(
          (person): NewStaffNotice => ({
            login: person.login,
            kind,
            caseCode: '',
            thread: `${kind}:${request.id}`,
            params: { request: request.id, due: request.dueBy },
            digest: null,
            run: null,
            createdAt: now,
            channels: deps.channelsOf(person),
          }),
        ),
      )
      await deps.requests.told(request.id, isDueSoon)
    }
    return { written, isMore: found.length === limit }
  }
}
