import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { type CalendarVersion, type LawBook, lawOfCase, type RuleSetVersion } from '../cases/law-book.ts'
import type { RuleSet } from '../cases/rule-set.ts'

/** The law as data. Each call answers with the newest version known here, which may be another one at the next call. */
export type Law = {
  calendar(): Calendar
  /** Throws for an id that was never stored. */
  ruleSet(id: string): RuleSet
  ruleSets(): readonly RuleSet[]
  /** Which state of the law the three above belong to. */
  revision(): number
  /** What holds for this case: while it is open the newest, once it is closed that of its closing (R10-12). */
  of(current: Pick<Case, 'state' | 'lawRevision' | 'ruleSetId'>): { calendar: Calendar; ruleSet: RuleSet }
}

/** The synchronous doors to a book that may be exchanged for a newer one. */
export function createLaw(book: () => LawBook): Law {
  return {
    calendar: () => book().newest.calendar,
    ruleSet: (id) => book().newest.ruleSet(id),
    ruleSets: () => book().newest.ruleSets,
    revision: () => book().newest.revision,
    of: (current) => lawOfCase(book(), current),
  }
}

/** Where the versions of the law are kept; nothing in it is ever changed or removed. */
export type LawStore = {
  /** 0 while nothing is stored. Cheap: every process asks every few seconds. */
  revision(): Promise<number>
  /** Every version; throws `DataFileError` where one of them cannot be used. Null while nothing is stored. */
  load(): Promise<LawBook | null>
  /** Keeps new versions as the revision after `expected`; rejects with `version_conflict` where there is one already. */
  append(
    expected: number,
    added: { years: readonly CalendarVersion[]; ruleSets: readonly RuleSetVersion[] },
  ): Promise<void>
  /** Gives the leading over of the cases to one process at a time; to have it is a matter of thrift, not of truth. */
  claimSweep(owner: string, leaseMs: number): Promise<boolean>
  endSweep(owner: string): Promise<void>
}

/** The newest book that this process knows. */
export type KeptLaw = {
  book(): LawBook
  /** Looks for a newer one; cheap where there is none. */
  refresh(): Promise<void>
}

/** Open cases as a change of the law meets them. */
export type JudgedCases = {
  /** Open cases that a law older than this revision has judged, some at a time and without those named. */
  staleOpen(revision: number, limit: number, except: readonly string[]): Promise<Case[]>
  /** How many those are, and how many open cases have a due day in a year that is not finally known; both up to `max`. */
  countOpen(revision: number, max: number): Promise<{ stale: number; provisional: number }>
  /** Every open case. */
  allOpen(): AsyncIterable<Case>
  /**
   * Notes that these, as they were read, are led over without a due day having moved. A case that has changed meanwhile is left
   * for the next look.
   */
  markJudged(cases: readonly Case[], revision: number): Promise<void>
}
