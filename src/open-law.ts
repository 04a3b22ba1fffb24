import { join } from 'node:path'
import { createCalendar } from './cases/calendar.ts'
import type { Case } from './cases/case.ts'
import { isPast } from './cases/clocks.ts'
import { clocksOf } from './cases/decision.ts'
import { loadCalendars } from './cases/load-calendars.ts'
import type { RuleSet } from './cases/rule-set.ts'
import type { Law } from './usecases/case-ports.ts'
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
  const calendar = createCalendar(years)
  const byId = new Map(ruleSets.map((ruleSet) => [ruleSet.id, ruleSet]))
  const ruleSet = (id: string): RuleSet => {
    const found = byId.get(id)
    if (found === undefined) throw new Error(`rule set ${id} is not in data/rule-sets.json`)
    return found
  }
  return {
    ruleSets: () => ruleSets,
    calendar: () => calendar,
    ruleSet,
    answerBy(current) {
      const now = clock.now()
      const { answerBy } = clocksOf(current, { calendar, ruleSet: ruleSet(current.ruleSetId), now })
      return answerBy === null ? null : { day: answerBy, isPast: isPast(answerBy, now) }
    },
  }
}
