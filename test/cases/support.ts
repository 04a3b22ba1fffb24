import { createCalendar } from '../../src/cases/calendar.ts'
import { loadCalendars } from '../../src/cases/load-calendars.ts'
import type { RuleSet } from '../../src/cases/rule-set.ts'

const files = {
  calendars: new URL('../../data/calendars.json', import.meta.url).pathname,
  ruleSets: new URL('../../data/rule-sets.json', import.meta.url).pathname,
}

/** The calendars and rule sets that the service ships. */
export const { years, ruleSets } = loadCalendars(files)

export const calendar = createCalendar(years)

export const qd31: RuleSet = ruleSetById('qd31-2021')
export const qd29: RuleSet = ruleSetById('qd29-2026')

function ruleSetById(id: string): RuleSet {
  const found = ruleSets.find((ruleSet) => ruleSet.id === id)
  if (found === undefined) throw new Error(`no rule set ${id}`)
  return found
}
