import { join } from 'node:path'
import type { Case } from './cases/case.ts'
import { isPast } from './cases/clocks.ts'
import { clocksOf } from './cases/decision.ts'
import { createLawBook } from './cases/law-book.ts'
import { loadCalendars } from './cases/load-calendars.ts'
import { createLaw, type Law } from './usecases/law.ts'
import type { Clock } from './usecases/ports.ts'

export type OpenLaw = Law & {
  /** Clock C of a case and whether it has passed; null while it stands still. */
  answerBy(current: Case): { day: string; isPast: boolean } | null
}

/** Calendars and rule sets of the data folder; throws `DataFileError` with every fault. */
export function openLaw(root: string, clock: Clock): OpenLaw {
  const { years, ruleSets } = loadCalendars({
    calendars: join(root, 'data/calendars.json'),
    ruleSets: join(root, 'data/rule-sets.json'),
  })
  const first = { revision: 1, importedAt: 0, importedBy: 'program' }
  const book = createLawBook({
    years: years.map((year) => ({ ...year, ...first })),
    ruleSets: ruleSets.map((ruleSet) => ({ ...ruleSet, ...first })),
  })
  const law = createLaw(() => book)
  return {
    ...law,
    answerBy(current) {
      const now = clock.now()
      const { answerBy } = clocksOf(current, { ...law.of(current), now })
      return answerBy === null ? null : { day: answerBy, isPast: isPast(answerBy, now) }
    },
  }
}
