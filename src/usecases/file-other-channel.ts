import type { Case, Model, Officer } from '../cases/case.ts'
import { dayOf } from '../cases/days.ts'
import { type Filed, type Filing, fileCase } from '../cases/file-case.ts'
import { intakeOf } from '../cases/intake-rights.ts'
import type { Units } from './case-ports.ts'
import { type ReadingDeps, readOtherChannel } from './filing/read-other-channel.ts'
import type { IdempotencyMark } from './idempotency.ts'
import type { Law } from './law.ts'
import { type FieldFault, RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'
import { type TellDeps, workFor } from './tell-senders.ts'
import { type NewWork, needsPerson } from './work-items.ts'

/** Stores a case that an officer entered: case, code, place in the book, history, work and mark together, or nothing. */
export type StoreEntered = (asked: {
  filing: Filing
  intakeUnitCode: string
  now: number
  mark: IdempotencyMark | null
  /** What is kept beside the mark. */
  subject(filed: Filed): string
  workOf(filed: Filed): NewWork[]
}) => Promise<Filed>

export type FileOtherChannelDeps = ReadingDeps &
  TellDeps & {
    units: Units
    law: Pick<Law, 'calendar' | 'revision'>
    /** The unit that takes cases in under a model (R0-2). */
    focalUnitCode(model: Model): string
    store: StoreEntered
    /** Codes of cases that this one may repeat, as far as the officer may know of them (R4-M1). */
    similarCodes(filed: Case, officer: Officer): Promise<string[]>
  }

/** What an officer is told about a case that was entered: its code, and what to look at again. */
export type Entered = { code: string; warnings: FieldFault[] }

/** Whether this officer may enter cases at all; throws `forbidden`. */
export function mayEnter(officer: Officer, units: Units): 'office' | 'unit' {
  requireScope(officer, 'write')
  const intake = intakeOf(officer, units)
  if (intake === null) throw new RefusedError('forbidden')
  return intake
}

/**
 * An officer enters a phản ánh, kiến nghị that came by letter, call, visit … (R3-20 … R3-25). Throws `RefusedError`: `forbidden`,
 * or every field at fault.
 */
export async function fileOtherChannel(
  deps: FileOtherChannelDeps,
  officer: Officer,
  request: { input: unknown; mark: IdempotencyMark | null },
  now: number,
): Promise<Entered> {
  const intake = mayEnter(officer, deps.units)
  const reading = await readOtherChannel(request.input, deps, { login: officer.login, now })
  if (!reading.ok) throw new RefusedError('invalid_fields', reading.faults)
  const { filing, model } = reading
  const intakeUnitCode = intake === 'office' ? deps.focalUnitCode(model) : officer.unitCode
  if (intake === 'unit' && deps.units.find(intakeUnitCode)?.model !== model) {
    throw new RefusedError('invalid_fields', [{ path: 'receivedAt', key: 'fault.ownUnitNotThen', params: {} }])
  }
  const draft = draftOf(deps, filing, intakeUnitCode, now)
  const similar = await deps.similarCodes(draft.next, officer)
  const warnings = [
    ...draft.warnings,
    ...reading.warnings,
    ...similar.map((code) => ({ path: 'content', key: 'warning.possibleDuplicate', params: { code } })),
  ]
  const filed = await deps.store({
    filing,
    intakeUnitCode,
    now,
    mark: request.mark,
    subject: ({ next }) => JSON.stringify({ code: next.code, warnings } satisfies Entered),
    workOf: ({ next, notices }) =>
      notices.filter(needsPerson).map((notice) => workFor(deps, notice, next, { now, calendar: deps.law.calendar() })),
  })
  return { code: filed.next.code, warnings }
}

/** What was answered to a request that is sent again. */
export function enteredBefore(subject: string | null): Entered {
  return JSON.parse(subject ?? 'null') as Entered
}

/** The case as it will be but for its code: what can be said against it is said before a number is taken. */
function draftOf(deps: FileOtherChannelDeps, filing: Filing, intakeUnitCode: string, now: number): Filed {
  const ruleSet = deps.ruleSetOn(dayOf(filing.receivedAt))
  if (ruleSet === undefined) throw new Error('no rule set is in force')
  const { law } = deps
  const [calendar, lawRevision] = [law.calendar(), law.revision()]
  const draft = fileCase(filing, { code: '', now, ruleSet, calendar, lawRevision, intakeUnitCode })
  if (!draft.ok) throw new RefusedError('invalid_fields', draft.faults)
  return draft
}
