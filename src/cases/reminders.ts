import type { Audience } from './audience.ts'
import type { Calendar } from './calendar.ts'
import { type Case, isEscalated, type Urge } from './case.ts'
import { nextUpdateAfter, updateOwedOn } from './clock-acts.ts'
import type { Clocks } from './clocks.ts'
import type { Day } from './days.ts'
import { isSpokenOn, type Schedule, workingDaysLeft } from './reminder-days.ts'

/** What officers are reminded of; each names a sentence of the locales. */
export type ReminderKind =
  | 'refuseDue'
  | 'forwardDue'
  | 'answerDue'
  | 'updateDue'
  | 'updateMissed'
  | 'publishDue'
  | 'acknowledgeDue'
  | 'opinionDue'
  | 'decisionDue'
  | 'urgeDue'
  | 'closingProposed'

/** One reminder as it belongs to 08:00 of one working day. */
export type Reminder = {
  kind: ReminderKind
  /** With the case, what a later reminder takes the place of: the clock, and which of several. */
  thread: string
  day: Day
  due: Day
  /** Working days left; 0 on the due day, negative when it has passed. */
  left: number
  /** The unit that is waited for, where it is one. */
  unitCode: string | null
  audiences: Audience[]
}

/** A clock that runs for somebody, and who hears of it when. */
type Watch = {
  kind: ReminderKind
  thread: string
  due: Day
  unitCode: string | null
  hears: { schedule: Schedule; audiences: Audience[] }[]
}

const whenLate: Schedule = { at: [], late: 'daily' }
const onceLate: Schedule = { at: [], late: 'first' }

/**
 * What is to be said about a case at 08:00 of a working day (R4-C7 and the clocks of §4.3), given the last day on which this was
 * asked. Every part of a schedule that fell in between is in it once, as it stands on `day`.
 */
export function remindersOn(
  day: Day,
  since: Day | null,
  current: Case,
  clocks: Clocks,
  calendar: Calendar,
): Reminder[] {
  return watchesOf(day, current, clocks).flatMap(({ hears, ...watch }) => {
    const audiences = hears
      .filter(({ schedule }) => isSpokenOn(schedule, day, since, watch.due, calendar))
      .flatMap((one) => one.audiences)
    if (audiences.length === 0) return []
    return [{ ...watch, day, left: workingDaysLeft(day, watch.due, calendar), audiences }]
  })
}

function watchesOf(day: Day, current: Case, clocks: Clocks): Watch[] {
  return [...stateWatches(current, clocks), ...updateWatches(day, current, clocks), ...decisionWatch(current, clocks)]
}

function stateWatches(current: Case, clocks: Clocks): Watch[] {
  switch (current.state) {
    case 'PENDING_INTAKE':
      return intakeWatches(current, clocks)
    case 'FORWARDED':
    case 'PROCESSING':
    case 'RETURNED_TO_AGENCY':
      return unitWatches(current, clocks)
    case 'RETURNED_TO_INTAKE':
      return watch('answerDue', 'C', clocks.answerBy, null, [
        { schedule: { at: [5, 3, 1, 0], late: 'daily' }, audiences: [{ to: 'intake' }] },
        { schedule: { at: [1, 0], late: 'daily' }, audiences: [{ to: 'officeLeaders' }] },
      ])
    case 'PENDING_PUBLICATION':
      return watch('publishDue', 'P', clocks.publishBy, null, [
        { schedule: { at: [1, 0], late: 'daily' }, audiences: [{ to: 'publishers' }] },
        { schedule: whenLate, audiences: [{ to: 'officeLeaders' }] },
      ])
    case 'AWAITING_SUPPLEMENT':
      return closingWatch(current, clocks)
    default:
      return []
  }
}

/** A (only its last day: most cases are not refused) and B; while a refusal waits for its second person, that person too. */
function intakeWatches(current: Case, clocks: Clocks): Watch[] {
  const isWithinA = current.intakeResumedAt === null
  const approver: Audience[] = current.pendingApproval?.act === 'refuse' ? [{ to: 'officeLeaders' }] : []
  return [
    ...watch('refuseDue', 'A', isWithinA ? clocks.refuseBy : null, null, [
      { schedule: { at: [0], late: 'never' }, audiences: [{ to: 'intake' }, ...approver] },
    ]),
    ...watch('forwardDue', 'B', earlier(clocks.forwardBy, clocks.answerBy), null, [
      { schedule: { at: [1, 0], late: 'daily' }, audiences: [{ to: 'intake' }, ...approver] },
      { schedule: whenLate, audiences: [{ to: 'officeLeaders' }] },
    ]),
  ]
}

/** R4-C7, K, O and the urges, while a unit has the case in hand. */
function unitWatches(current: Case, clocks: Clocks): Watch[] {
  const unitCode = current.leadUnitCode
  if (unitCode === null) return []
  const handler: Audience[] = [{ to: 'handler', unitCode }]
  const workers: Audience[] = [...handler, { to: 'coordinators', unitCode }]
  const leaders: Audience[] = [{ to: 'leaders', unitCode }]
  const isArriving = current.state === 'FORWARDED'
  return [
    ...watch('answerDue', 'C', clocks.answerBy, unitCode, [
      { schedule: { at: [5, 3, 1, 0], late: 'daily' }, audiences: workers },
      { schedule: { at: [1, 0], late: 'daily' }, audiences: leaders },
      { schedule: whenLate, audiences: [{ to: 'intake' }] },
    ]),
    ...watch('acknowledgeDue', 'K', isArriving ? clocks.acknowledgeBy : null, unitCode, [
      { schedule: { at: [0], late: 'daily' }, audiences: [{ to: 'coordinators', unitCode }] },
      { schedule: whenLate, audiences: leaders },
      { schedule: onceLate, audiences: [{ to: 'intake' }] },
    ]),
    ...clocks.opinionsBy.flatMap((asked) =>
      watch('opinionDue', `O:${asked.unitCode}`, asked.by, asked.unitCode, [
        { schedule: { at: [1, 0], late: 'daily' }, audiences: [{ to: 'coordinators', unitCode: asked.unitCode }] },
        { schedule: whenLate, audiences: [{ to: 'leaders', unitCode: asked.unitCode }] },
        { schedule: onceLate, audiences: workers },
      ]),
    ),
    ...urgesUnanswered(current).flatMap((urge) =>
      watch('urgeDue', `urge:${urge.unitCode}`, urge.answerBy, urge.unitCode, [
        {
          schedule: { at: [0], late: 'daily' },
          audiences: [
            ...(urge.unitCode === unitCode ? handler : []),
            { to: 'coordinators', unitCode: urge.unitCode },
            { to: 'leaders', unitCode: urge.unitCode },
          ],
        },
        { schedule: onceLate, audiences: [{ to: 'person', login: urge.by }] },
      ]),
    ),
  ]
}

/** U: the day before an update is due its draft waits for the unit; on the day the citizen hears without it. */
function updateWatches(day: Day, current: Case, clocks: Clocks): Watch[] {
  const unitCode = current.leadUnitCode
  const isAtOffice = unitCode === null || current.state === 'RETURNED_TO_INTAKE' || current.state === 'PENDING_INTAKE'
  const workers: Audience[] = isAtOffice
    ? [{ to: 'intake' }]
    : [
        { to: 'handler', unitCode },
        { to: 'coordinators', unitCode },
      ]
  const above: Audience[] = isAtOffice ? [{ to: 'officeLeaders' }] : [{ to: 'leaders', unitCode }, { to: 'intake' }]
  const owed = updateOwedOn(day, current, clocks)
  if (owed !== null) {
    return watch('updateMissed', 'U', owed, isAtOffice ? null : unitCode, [
      { schedule: { at: [0], late: 'daily' }, audiences: [...workers, ...above] },
    ])
  }
  return watch('updateDue', 'U', nextUpdateAfter(day, current, clocks), isAtOffice ? null : unitCode, [
    { schedule: { at: [1], late: 'never' }, audiences: workers },
  ])
}

/** Q: when nothing came, the intake is asked to close the case; the citizen is reminded first, however late that was. */
function closingWatch(current: Case, clocks: Clocks): Watch[] {
  const asked = current.supplements.at(-1)
  if (asked?.remindedAt === undefined) return []
  return watch('closingProposed', 'Q', later(clocks.supplementReplyBy, asked.replyBy), null, [
    { schedule: whenLate, audiences: [{ to: 'intake' }] },
  ])
}

/** E */
function decisionWatch(current: Case, clocks: Clocks): Watch[] {
  const isOpen = current.closedAt === null && isEscalated(current)
  return watch('decisionDue', 'E', isOpen ? clocks.decisionBy : null, null, [
    { schedule: { at: [3, 1, 0], late: 'daily' }, audiences: [{ to: 'officeLeaders' }] },
  ])
}

/** The last urge of each unit that has not been answered by an update, an opinion or the answer itself. */
function urgesUnanswered(current: Case): Urge[] {
  const last = new Map(current.urges.map((urge) => [urge.unitCode, urge]))
  return [...last.values()].filter(({ unitCode, at }) => {
    const hasOpinion = current.opinions.some((one) => one.unitCode === unitCode && (one.answeredAt ?? 0) > at)
    const hasUpdate = current.progressUpdates.some((one) => one.by !== 'system' && one.at > at)
    return !hasOpinion && !(unitCode === current.leadUnitCode && hasUpdate)
  })
}

function watch(
  kind: ReminderKind,
  thread: string,
  due: Day | null,
  unitCode: string | null,
  hears: Watch['hears'],
): Watch[] {
  return due === null ? [] : [{ kind, thread, due, unitCode, hears }]
}

function earlier(one: Day, other: Day | null): Day {
  return other !== null && other < one ? other : one
}

function later(one: Day | null, other: Day): Day {
  return one !== null && one > other ? one : other
}
