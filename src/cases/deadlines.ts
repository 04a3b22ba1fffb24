import type { Pause, Timeline } from './clocks.ts'
import { type Day, dayOf, readTime } from './days.ts'
import { type Fault, fault } from './faults.ts'
import { type RuleSet, ruleSetOn } from './rule-set.ts'

/** What a person asks about due days, as texts: times are ISO 8601, a pause is `<askedAt>/<answeredAt>` with an open end. */
export type DeadlineQuestion = {
  receivedAt: string
  ruleSet?: string | undefined
  afterHours?: RuleSet['afterHoursPolicy'] | undefined
  supplementClock?: RuleSet['supplementClock'] | undefined
  pause?: string | readonly string[] | undefined
  transferredAt?: string | undefined
  resultAt?: string | undefined
}

/** The question as the clocks take it. */
export type DeadlineReading = { ok: true; timeline: Timeline; ruleSet: RuleSet } | { ok: false; faults: Fault[] }

/** Days outside of these are a slip of the pen and no question. */
const FIRST_DAY: Day = '2000-01-01'
const LAST_DAY: Day = '2199-12-31'

/** Reads a question, or names every field of it that makes no sense. */
export function readDeadlineQuestion(asked: DeadlineQuestion, ruleSets: readonly RuleSet[]): DeadlineReading {
  const faults: Fault[] = []
  const time = (path: 'receivedAt' | 'transferredAt' | 'resultAt'): number | null => {
    const text = asked[path]
    const at = text === undefined ? null : readMoment(text)
    if (text !== undefined && at === null) faults.push(fault(path, 'notATime'))
    return at
  }
  const receivedAt = time('receivedAt')
  const transferredAt = time('transferredAt')
  const resultAt = time('resultAt')
  const pauses = readPauses(asked.pause, faults)
  const ruleSet = findRuleSet(asked.ruleSet, receivedAt, ruleSets, faults)

  if (isEarlierDay(transferredAt, receivedAt)) faults.push(fault('transferredAt', 'beforeReceipt'))
  const isBeforeStart = (at: number | null) => isEarlierDay(at, receivedAt) || isEarlierDay(at, transferredAt)
  for (const { path, from } of pauses) if (isBeforeStart(from)) faults.push(fault(path, 'beforeReceipt'))
  faults.push(...overlaps(pauses))
  const last = pauses.at(-1)
  if (isBeforeStart(resultAt)) faults.push(fault('resultAt', 'beforeReceipt'))
  else if (resultAt !== null && last !== undefined && (last.to === null || isEarlierDay(resultAt, last.to)))
    faults.push(fault('resultAt', 'whilePaused'))

  if (faults.length > 0 || receivedAt === null || ruleSet === undefined)
    return { ok: false, faults: faults.sort(byPath) }
  return {
    ok: true,
    timeline: { receivedAt, transferredAt, resultAt, pauses: pauses.map(({ path: _path, ...pause }) => pause) },
    ruleSet: {
      ...ruleSet,
      afterHoursPolicy: asked.afterHours ?? ruleSet.afterHoursPolicy,
      supplementClock: asked.supplementClock ?? ruleSet.supplementClock,
    },
  }
}

type PathedPause = Pause & { path: string }

/** Times are compared as the clocks count them: by their days. */
function isEarlierDay(one: number | null, other: number | null): boolean {
  return one !== null && other !== null && dayOf(one) < dayOf(other)
}

function readMoment(text: string): number | null {
  const at = readTime(text)
  if (at === null) return null
  const day = dayOf(at)
  return day < FIRST_DAY || day > LAST_DAY ? null : at
}

/** In order of time; a parameter that is given once is named without a number. */
function readPauses(asked: DeadlineQuestion['pause'], faults: Fault[]): PathedPause[] {
  const texts = asked === undefined ? [] : typeof asked === 'string' ? [asked] : asked
  const pauses = texts.flatMap((text, index): PathedPause[] => {
    const path = texts.length === 1 ? 'pause' : `pause.${index}`
    const [asking = '', answering = '', ...rest] = text.split('/')
    const from = readMoment(asking)
    const to = answering === '' || answering === '..' ? null : readMoment(answering)
    const isOpen = answering === '' || answering === '..'
    if (from === null || rest.length > 0 || (to === null && !isOpen)) {
      faults.push(fault(path, 'notAPause'))
      return []
    }
    if (to !== null && to < from) {
      faults.push(fault(path, 'answeredBeforeAsked'))
      return []
    }
    return [{ path, kind: 'supplement', from, to }]
  })
  return pauses.sort(
    (a, b) => a.from - b.from || (a.to ?? Number.POSITIVE_INFINITY) - (b.to ?? Number.POSITIVE_INFINITY),
  )
}

function overlaps(pauses: readonly PathedPause[]): Fault[] {
  return pauses.flatMap(({ path, from }, index) => {
    const before = pauses[index - 1]
    return before !== undefined && (before.to === null || from < before.to) ? [fault(path, 'pausesOverlap')] : []
  })
}

function findRuleSet(
  id: string | undefined,
  receivedAt: number | null,
  ruleSets: readonly RuleSet[],
  faults: Fault[],
): RuleSet | undefined {
  if (id !== undefined) {
    const found = ruleSets.find((ruleSet) => ruleSet.id === id)
    if (found === undefined) faults.push(fault('ruleSet', 'unknownRuleSet'))
    return found
  }
  if (receivedAt === null) return undefined
  const found = ruleSetOn(ruleSets, dayOf(receivedAt))
  if (found === undefined) faults.push(fault('receivedAt', 'noRuleSet'))
  return found
}

function byPath(a: Fault, b: Fault): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
