import { createLawBook, type LawBook } from '../cases/law-book.ts'
import { changeLaw } from '../cases/law-change.ts'
import type { SourcedCalendarYear } from '../cases/load-calendars.ts'
import type { RuleSet } from '../cases/rule-set.ts'
import type { KeptLaw, LawStore } from './law.ts'

/** What comes with the program. */
export type ShippedLaw = { years: readonly SourcedCalendarYear[]; ruleSets: readonly RuleSet[] }

/** How versions that came with the program are marked. */
export const PROGRAM = 'program'

/**
 * Opens the stored law and takes over what came with the program, once. A year or rule set of which the province has imported a
 * version of its own stays as the province has it.
 */
export async function openKeptLaw(store: LawStore, shipped: ShippedLaw, now: number): Promise<KeptLaw> {
  let book = await takeOver(store, shipped, now)
  return {
    book: () => book,
    async refresh() {
      if ((await store.revision()) <= book.revision) return
      const newer = await store.load()
      if (newer !== null && newer.revision > book.revision) book = newer
    },
  }
}

const EMPTY = createLawBook({ years: [], ruleSets: [] })
const triesMax = 10

async function takeOver(store: LawStore, shipped: ShippedLaw, now: number): Promise<LawBook> {
  for (let attempt = 1; ; attempt++) {
    const book = await store.load()
    const { added } = changeLaw(book ?? EMPTY, unknownOf(book, shipped), { importedAt: now, importedBy: PROGRAM })
    if (book !== null && added.years.length + added.ruleSets.length === 0) return book
    try {
      await store.append(book?.revision ?? 0, added)
    } catch (error) {
      // Several processes start at once: another one was faster.
      if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === triesMax) throw error
    }
  }
}

/** What the store has never had, of years and rule sets that nobody but the program has written. */
function unknownOf(book: LawBook | null, { years, ruleSets }: ShippedLaw): ShippedLaw {
  if (book === null) return { years, ruleSets }
  const isFresh = (versions: readonly { importedBy: string; version: string }[], version: string) =>
    versions.every((one) => one.importedBy === PROGRAM && one.version !== version)
  return {
    years: years.filter((year) => isFresh(book.versionsOfYear(year.year), year.version)),
    ruleSets: ruleSets.filter((ruleSet) => isFresh(book.versionsOfRuleSet(ruleSet.id), ruleSet.version)),
  }
}
