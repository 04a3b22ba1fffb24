import { fileURLToPath } from 'node:url'
import { createLawBook } from '../../src/cases/law-book.ts'
import { readShippedLaw } from '../../src/open-law.ts'
import { createLaw, type Law } from '../../src/usecases/law.ts'

/** The law that comes with the program, as its first revision. */
export function openBenchLaw(): Law {
  const { years, ruleSets } = readShippedLaw(fileURLToPath(new URL('../..', import.meta.url)))
  const first = { revision: 1, importedAt: 0, importedBy: 'program' }
  const book = createLawBook({
    years: years.map((year) => ({ ...year, ...first })),
    ruleSets: ruleSets.map((ruleSet) => ({ ...ruleSet, ...first })),
  })
  return createLaw(() => book)
}
