import type { Calendar } from '../cases/calendar.ts'
import type { Case } from '../cases/case.ts'
import { type LawBook, lawOfCase } from '../cases/law-book.ts'
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
