import { type Calendar, createCalendar, yearOf } from './calendar.ts'
import type { Case } from './case.ts'
import type { Day } from './days.ts'
import type { SourcedCalendarYear } from './load-calendars.ts'
import type { RuleSet } from './rule-set.ts'
import { OPEN_STATES } from './words.ts'

/** How a version of a year or of a rule set came into the store. */
export type Stored = {
  /** The revision of the law that brought it: each change of calendars or rule sets raises it by one. */
  revision: number
  importedAt: number
  /** A login, `operator`, or `program` for what came with it. */
  importedBy: string
}

export type CalendarVersion = SourcedCalendarYear & Stored
export type RuleSetVersion = RuleSet & Stored

/** Calendars and rule sets as they stood at one revision. */
export type LawAt = {
  revision: number
  calendar: Calendar
  /** Ascending. */
  years: readonly CalendarVersion[]
  ruleSets: readonly RuleSetVersion[]
  /** Throws for an id that was never stored. */
  ruleSet(id: string): RuleSetVersion
}

/** Every version that ever was, so that a due day can be counted again as it was counted then. */
export type LawBook = {
  revision: number
  /** Every version, ascending by revision. */
  years: readonly CalendarVersion[]
  ruleSets: readonly RuleSetVersion[]
  newest: LawAt
  /** The law as it stood then; before the first revision, the first. */
  at(revision: number): LawAt
  /** Ascending by revision. */
  versionsOfYear(year: number): CalendarVersion[]
  versionsOfRuleSet(id: string): RuleSetVersion[]
}

export function createLawBook(versions: {
  years: readonly CalendarVersion[]
  ruleSets: readonly RuleSetVersion[]
}): LawBook {
  const years = versions.years.toSorted((a, b) => a.revision - b.revision)
  const ruleSets = versions.ruleSets.toSorted((a, b) => a.revision - b.revision)
  const revision = Math.max(1, ...[...years, ...ruleSets].map((version) => version.revision))
  const known = new Map<number, LawAt>()

  function at(asked: number): LawAt {
    const wanted = Math.min(Math.max(asked, 1), revision)
    const found = known.get(wanted) ?? lawAt(wanted, years, ruleSets)
    known.set(wanted, found)
    return found
  }

  return {
    revision,
    years,
    ruleSets,
    newest: at(revision),
    at,
    versionsOfYear: (year) => years.filter((version) => version.year === year),
    versionsOfRuleSet: (id) => ruleSets.filter((version) => version.id === id),
  }
}

/** The law that holds for a case: while it is open the newest, once it is closed that of its closing (R10-12). */
export function lawOfCase(
  book: LawBook,
  current: Pick<Case, 'state' | 'lawRevision' | 'ruleSetId'>,
): { calendar: Calendar; ruleSet: RuleSet } {
  const law = OPEN_STATES.includes(current.state) ? book.newest : book.at(current.lawRevision)
  return { calendar: law.calendar, ruleSet: law.ruleSet(current.ruleSetId) }
}

function lawAt(revision: number, years: readonly CalendarVersion[], ruleSets: readonly RuleSetVersion[]): LawAt {
  const newestYears = new Map(years.filter((version) => version.revision <= revision).map((year) => [year.year, year]))
  const newestSets = new Map<string, RuleSetVersion>()
  for (const version of ruleSets) {
    if (version.revision <= revision || !newestSets.has(version.id)) newestSets.set(version.id, version)
  }
  const yearList = [...newestYears.values()].sort((a, b) => a.year - b.year)
  return {
    revision,
    calendar: createCalendar(yearList),
    years: yearList,
    ruleSets: [...newestSets.values()].sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1)),
    ruleSet(id) {
      const found = newestSets.get(id)
      if (found === undefined) throw new Error(`there is no rule set ${id}`)
      return found
    },
  }
}

/** When next year's calendar has to be there (R10-11), as month and day. */
const NEXT_YEAR_FROM = '11-30'

/** Years that are needed now or soon and are not finally known: this one, and from 30 November the next (R10-11). */
export function yearsMissing(law: LawAt, today: Day): number[] {
  const year = yearOf(today)
  const needed = today.slice(5) >= NEXT_YEAR_FROM ? [year, year + 1] : [year]
  return needed.filter((one) => law.calendar.isProvisional(`${one}-01-01`, `${one}-12-31`))
}
