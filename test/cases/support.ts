import { createCalendar } from '../../src/cases/calendar.ts'
import { createLawBook } from '../../src/cases/law-book.ts'
import { loadCalendars } from '../../src/cases/load-calendars.ts'
import type { RuleSet } from '../../src/cases/rule-set.ts'
import { createLaw } from '../../src/usecases/law.ts'

const files = {
  calendars: new URL('../../data/calendars.json', import.meta.url).pathname,
  ruleSets: new URL('../../data/rule-sets.json', import.meta.url).pathname,
}

/** The calendars and rule sets that the service ships. */
export const { years, ruleSets } = loadCalendars(files)

export const calendar = createCalendar(years)

const first = { revision: 1, importedAt: 0, importedBy: 'program' }

/** The same as a book with one revision. */
export const lawBook = createLawBook({
  years: years.map((year) => ({ ...year, ...first })),
  ruleSets: ruleSets.map((ruleSet) => ({ ...ruleSet, ...first })),
})

export const law = createLaw(() => lawBook)

export const qd31: RuleSet = ruleSetById('qd31-2021')
export const qd29: RuleSet = ruleSetById('qd29-2026')

function ruleSetById(id: string): RuleSet {
  const found = ruleSets.find((ruleSet) => ruleSet.id === id)
  if (found === undefined) throw new Error(`no rule set ${id}`)
  return found
}
