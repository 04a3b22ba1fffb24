import { isDeepStrictEqual } from 'node:util'
import { countWorkingDays } from './calendar.ts'
import type { Day } from './days.ts'
import { type CalendarVersion, createLawBook, type LawBook, type RuleSetVersion, type Stored } from './law-book.ts'
import type { SourcedCalendarYear } from './load-calendars.ts'
import type { RuleSet } from './rule-set.ts'

/** What the import of a year changes. `before` is null for a year that was not known. */
export type YearChange = {
  year: number
  version: string
  before: string | null
  provisional: boolean
  workingDays: number
  workingDaysBefore: number | null
  off: { added: Day[]; removed: Day[] }
  makeUp: { added: Day[]; removed: Day[] }
}

/** What the import of a rule set changes: the path of each value with what it was and what it becomes. */
export type RuleSetChange = {
  id: string
  version: string
  before: string | null
  values: { path: string; before: string; after: string }[]
}

/** What is to be stored, and what a person is told about it beforehand. */
export type LawChange = {
  years: YearChange[]
  ruleSets: RuleSetChange[]
  /** The book with the change in it; the book itself where nothing changes. */
  book: LawBook
  added: { years: CalendarVersion[]; ruleSets: RuleSetVersion[] }
}

/** What changes when these are taken over; what is already in force as it stands here does not. */
export function changeLaw(
  book: LawBook,
  next: { years?: readonly SourcedCalendarYear[]; ruleSets?: readonly RuleSet[] },
  stored: Omit<Stored, 'revision'>,
): LawChange {
  const mark: Stored = { ...stored, revision: book.revision + 1 }
  const years = (next.years ?? []).flatMap((year): CalendarVersion[] => {
    const versions = book.versionsOfYear(year.year)
    const before = versions.at(-1)
    return before !== undefined && isSameYear(before, year)
      ? []
      : [{ ...pickYear(year), version: freeYearVersion(year, versions), ...mark }]
  })
  const ruleSets = (next.ruleSets ?? []).flatMap((ruleSet): RuleSetVersion[] => {
    const versions = book.versionsOfRuleSet(ruleSet.id)
    const before = versions.at(-1)
    return before !== undefined && isDeepStrictEqual(pickRuleSet(before), pickRuleSet(ruleSet))
      ? []
      : [{ ...ruleSet, version: freeRuleSetVersion(ruleSet, versions), ...mark }]
  })
  const added = { years, ruleSets }
  const isChange = years.length + ruleSets.length > 0
  return {
    added,
    years: years.map((year) => yearChange(book.versionsOfYear(year.year).at(-1), year)),
    ruleSets: ruleSets.map((ruleSet) => ruleSetChange(book.versionsOfRuleSet(ruleSet.id).at(-1), ruleSet)),
    book: isChange
      ? createLawBook({ years: [...book.years, ...years], ruleSets: [...book.ruleSets, ...ruleSets] })
      : book,
  }
}

/** Days in order: their order in a file means nothing. */
function pickYear({ year, version, provisional, off, makeUp, sources }: SourcedCalendarYear): SourcedCalendarYear {
  return { year, version, provisional, off: off.toSorted(), makeUp: makeUp.toSorted(), sources }
}

/** A version text alone is no change. */
function isSameYear(one: SourcedCalendarYear, other: SourcedCalendarYear): boolean {
  return isDeepStrictEqual({ ...pickYear(one), version: '' }, { ...pickYear(other), version: '' })
}

function pickRuleSet(version: RuleSet | RuleSetVersion): RuleSet {
  const { revision: _revision, importedAt: _at, importedBy: _by, ...ruleSet } = { ...unstored, ...version }
  return ruleSet
}

const unstored: Stored = { revision: 0, importedAt: 0, importedBy: '' }

/** The version that the file names, or the next number where that name stands for something else already. */
function freeYearVersion(
  { year, version, provisional }: SourcedCalendarYear,
  taken: readonly CalendarVersion[],
): string {
  const isMisnamed = !provisional && version.includes('provisional')
  if (!isMisnamed && taken.every((one) => one.version !== version)) return version
  const numbers = taken.map((one) => Number(/^\d{4}\.(\d{1,6})/.exec(one.version)?.[1] ?? 0))
  return `${year}.${Math.max(0, ...numbers) + 1}${provisional ? '-provisional' : ''}`
}

function freeRuleSetVersion({ version }: RuleSet, taken: readonly RuleSetVersion[]): string {
  if (taken.every((one) => one.version !== version)) return version
  const numbers = taken.map((one) => Number(/^\d{1,6}$/.exec(one.version)?.[0] ?? 0))
  return String(Math.max(0, ...numbers) + 1)
}

function yearChange(before: CalendarVersion | undefined, after: CalendarVersion): YearChange {
  return {
    year: after.year,
    version: after.version,
    before: before?.version ?? null,
    provisional: after.provisional,
    workingDays: countWorkingDays(after),
    workingDaysBefore: before === undefined ? null : countWorkingDays(before),
    off: daysChanged(before?.off ?? [], after.off),
    makeUp: daysChanged(before?.makeUp ?? [], after.makeUp),
  }
}

function daysChanged(before: readonly Day[], after: readonly Day[]): { added: Day[]; removed: Day[] } {
  return {
    added: after.filter((day) => !before.includes(day)),
    removed: before.filter((day) => !after.includes(day)),
  }
}

function ruleSetChange(before: RuleSetVersion | undefined, after: RuleSetVersion): RuleSetChange {
  const old = new Map(before === undefined ? [] : valuesOf(pickRuleSet(before)))
  const values = valuesOf(pickRuleSet(after))
    .filter(([path]) => path !== 'id' && path !== 'version')
    .map(([path, value]) => ({ path, before: old.get(path) ?? '', after: value }))
    .filter(({ before: was, after: is }) => was !== is)
  return { id: after.id, version: after.version, before: before?.version ?? null, values }
}

function valuesOf(value: unknown, path: string[] = []): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path.join('.'), Array.isArray(value) ? value.join('; ') : String(value)]]
  return Object.entries(value).flatMap(([name, inner]) => valuesOf(inner, [...path, name]))
}
