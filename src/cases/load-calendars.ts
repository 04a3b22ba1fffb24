import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type CalendarYear, countWorkingDays, yearOf } from './calendar.ts'
import { type DataFault, DataFileError, type Report, readDataFile } from './data-file.ts'
import { addDays, type Day, dayNumber, isDay, weekdayOfNumber } from './days.ts'
import type { RuleSet } from './rule-set.ts'

/** A year of the calendar with the documents it was taken from. */
export type SourcedCalendarYear = CalendarYear & { sources: string[] }

const day = z.string().refine(isDay, { error: 'not a day written YYYY-MM-DD' })

const calendarYearSchema = z.strictObject({
  version: z.string().min(1).max(60).optional(),
  provisional: z.boolean().default(false),
  off: z.array(day).max(366),
  makeUp: z.array(day).max(366),
  workingDays: z.int().min(200).max(300).optional(),
  sources: z.array(z.string().min(1).max(1_000)).max(50).default([]),
})

const calendarFileSchema = z.object({ timezone: z.literal('Asia/Ho_Chi_Minh') }).catchall(calendarYearSchema)

const count = z.int().min(1).max(260)
const ruleSetSchema: z.ZodType<RuleSet> = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  name: z.string().min(1).max(300),
  version: z.string().min(1).max(60),
  validFrom: day,
  validTo: day.nullable(),
  verified: z.boolean(),
  workingDays: z.strictObject({
    refuse: count,
    forward: count,
    answer: count,
    progressUpdate: count,
    publish: count,
    supplement: count,
    supplementReminder: count,
    acknowledge: count,
    opinion: count,
    disagree: count,
    decision: count,
    returnToIntake: count,
    dueSoon: count,
  }),
  lateSupplementDays: z.int().min(0).max(3650),
  supplementClock: z.enum(['pause-resume', 'restart']),
  afterHoursPolicy: z.enum(['same-day', 'next-working-day']),
  officeClosesAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  unitSupplementsMax: z.int().min(0).max(20),
  refusalNeedsApproval: z.boolean(),
  sources: z.array(z.string().min(1).max(1_000)).max(50).default([]),
})

const ruleSetFileSchema = z.strictObject({ ruleSets: z.array(ruleSetSchema).min(1).max(50) })

/** Reads the years of a calendar file (rules §10.2) and every fault in it. Years are empty when there is a fault of shape. */
export function readCalendars(file: string, text: string): { years: SourcedCalendarYear[]; faults: DataFault[] } {
  const { data, faults } = readDataFile(file, text, calendarFileSchema, checkCalendars)
  if (data === null) return { years: [], faults }
  const years = yearsIn(data).map(([year, entry]) => toCalendarYear(year, entry))
  return { years: years.sort((a, b) => a.year - b.year), faults }
}

/**
 * Reads a file of rule sets and every fault in it. `others` are those that are known already and stay in force beside it: a
 * case must find exactly one for its day of receipt.
 */
export function readRuleSets(
  file: string,
  text: string,
  others: readonly RuleSet[] = [],
): { ruleSets: RuleSet[]; faults: DataFault[] } {
  const { data, faults } = readDataFile(file, text, ruleSetFileSchema, (read, report) => {
    checkRuleSets(read, report)
    checkBeside(read.ruleSets, others, report)
  })
  return { ruleSets: data?.ruleSets ?? [], faults }
}

/** The calendars and rule sets that the service starts with, or a `DataFileError` that lists every fault of both files. */
export function loadCalendars(files: { calendars: string; ruleSets: string }): {
  years: SourcedCalendarYear[]
  ruleSets: RuleSet[]
} {
  const { years, faults: calendarFaults } = readCalendars(files.calendars, readFileSync(files.calendars, 'utf8'))
  const { ruleSets, faults: ruleSetFaults } = readRuleSets(files.ruleSets, readFileSync(files.ruleSets, 'utf8'))
  const faults = [...calendarFaults, ...ruleSetFaults]
  if (faults.length > 0) throw new DataFileError(faults)
  return { years, ruleSets }
}

type CalendarEntry = z.infer<typeof calendarYearSchema>

function yearsIn(data: z.infer<typeof calendarFileSchema>): [string, CalendarEntry][] {
  return Object.entries(data).filter((entry): entry is [string, CalendarEntry] => entry[0] !== 'timezone')
}

function toCalendarYear(year: string, entry: CalendarEntry): SourcedCalendarYear {
  const { provisional, off, makeUp, sources } = entry
  const version = entry.version ?? `${year}.1${provisional ? '-provisional' : ''}`
  return { year: Number(year), version, provisional, off, makeUp, sources }
}

function checkCalendars(data: z.infer<typeof calendarFileSchema>, report: Report): void {
  for (const [year, entry] of yearsIn(data)) {
    if (!/^20\d{2}$/.test(year)) {
      report([year], 'dataFault.notAYear')
      continue
    }
    const seen = new Set<Day>()
    for (const list of ['off', 'makeUp'] as const) {
      entry[list].forEach((listed, position) => {
        const path = [year, list, position]
        const weekday = weekdayOfNumber(dayNumber(listed))
        const isWeekend = weekday === 0 || weekday === 6
        if (yearOf(listed) !== Number(year)) report(path, 'dataFault.otherYear', { day: listed })
        if (seen.has(listed)) report(path, 'dataFault.dayTwice', { day: listed })
        if (list === 'off' && isWeekend) report(path, 'dataFault.offOnWeekend', { day: listed })
        if (list === 'makeUp' && !isWeekend) report(path, 'dataFault.makeUpOnWeekday', { day: listed })
        seen.add(listed)
      })
    }
    const counted = countWorkingDays(toCalendarYear(year, entry))
    if (entry.workingDays !== undefined && entry.workingDays !== counted) {
      report([year, 'workingDays'], 'dataFault.workingDays', { stated: entry.workingDays, counted })
    }
  }
}

function checkRuleSets({ ruleSets }: z.infer<typeof ruleSetFileSchema>, report: Report): void {
  const ids = new Set<string>()
  ruleSets.forEach((ruleSet, position) => {
    const path = ['ruleSets', position]
    if (ids.has(ruleSet.id)) report([...path, 'id'], 'dataFault.idTwice', { id: ruleSet.id })
    ids.add(ruleSet.id)
    if (ruleSet.validTo !== null && ruleSet.validTo < ruleSet.validFrom)
      report([...path, 'validTo'], 'dataFault.endsBeforeStart')
    const { refuse, forward, answer, supplement, supplementReminder } = ruleSet.workingDays
    if (refuse > forward || forward > answer) report([...path, 'workingDays'], 'dataFault.clockOrder')
    if (supplementReminder >= supplement)
      report([...path, 'workingDays', 'supplementReminder'], 'dataFault.reminderTooLate')
    const overlaps = ruleSets.slice(0, position).find((other) => overlap(other, ruleSet))
    if (overlaps !== undefined) report(path, 'dataFault.overlap', { id: ruleSet.id, other: overlaps.id })
  })
}

/** Days without a rule set, and days with two, once the file has taken the place of what it names. */
function checkBeside(ruleSets: readonly RuleSet[], others: readonly RuleSet[], report: Report): void {
  const staying = others.filter((other) => !ruleSets.some(({ id }) => id === other.id))
  if (others.length === 0) return
  ruleSets.forEach((ruleSet, position) => {
    const overlaps = staying.find((other) => overlap(other, ruleSet))
    if (overlaps !== undefined)
      report(['ruleSets', position], 'dataFault.overlap', { id: ruleSet.id, other: overlaps.id })
  })
  const inOrder = [...staying, ...ruleSets].sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
  inOrder.forEach(({ id, validTo }, index) => {
    const next = inOrder[index + 1]
    if (validTo === null || (next !== undefined && next.validFrom <= addDays(validTo, 1))) return
    const position = Math.max(
      0,
      ruleSets.findIndex((ruleSet) => ruleSet.id === id || ruleSet.id === next?.id),
    )
    report(['ruleSets', position, 'validTo'], 'dataFault.gap', { id, day: addDays(validTo, 1) })
  })
}

function overlap(a: RuleSet, b: RuleSet): boolean {
  return (a.validTo === null || b.validFrom <= a.validTo) && (b.validTo === null || a.validFrom <= b.validTo)
}
