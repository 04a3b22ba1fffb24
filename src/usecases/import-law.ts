import type { Officer, UnitDirectory } from '../cases/case.ts'
import type { JsonObject } from '../cases/chain.ts'
import type { DataFault } from '../cases/data-file.ts'
import { changeLaw, type LawChange, type RuleSetChange, type YearChange } from '../cases/law-change.ts'
import { readCalendars, readRuleSets } from '../cases/load-calendars.ts'
import { type MovedDay, movedDays } from '../cases/recompute.ts'
import { rightOver } from '../cases/rights.ts'
import type { Audit } from './audit.ts'
import type { JudgedCases, KeptLaw, LawStore } from './law.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** A calendar or a file of rule sets, as text, so that every fault has its line. */
export type LawFile = { kind: 'calendar' | 'ruleSet'; name: string; text: string }

export type ImportLawDeps = {
  cases: Pick<JudgedCases, 'allOpen'>
  law: KeptLaw
  store: LawStore
  units: UnitDirectory
  audit: Audit
  now(): number
}

/** An open case of which due days move. */
export type CaseMoved = { code: string; moved: MovedDay[] }

/** What an import changes, or has changed. `cases` is a bounded list; `casesMoved` counts them all. */
export type LawImport = {
  revision: number
  years: YearChange[]
  ruleSets: RuleSetChange[]
  openCases: number
  casesMoved: number
  cases: CaseMoved[]
}

/** A file that is not taken over; every fault is named. */
export class LawFileError extends Error {
  override readonly name = 'LawFileError'
  readonly code = 'law_file_faults'
  readonly faults: readonly DataFault[]

  constructor(faults: readonly DataFault[]) {
    super(`${faults.length} fault(s): ${faults.map(({ path, key }) => `${path} ${key}`).join(', ')}`)
    this.faults = faults
  }
}

/** Only an administrator changes the law; the operator's tool is the other way. */
export function refuseUnlessAdministrator(officer: Officer, units: UnitDirectory): void {
  requireScope(officer, 'admin')
  if (rightOver('administer', officer, units) === null) throw new RefusedError('forbidden')
}

/** Cases that are listed with their days. */
const LISTED_MAX = 100
const triesMax = 5

/**
 * Takes a file over as new versions of what it changes, or only says what that would mean. The cases themselves are led over by
 * `recomputeClocks`. Throws `LawFileError` with every fault of the file.
 */
export async function importLaw(
  deps: ImportLawDeps,
  asked: { file: LawFile; dryRun: boolean; by: Officer | 'operator' },
): Promise<LawImport> {
  const { by } = asked
  if (by !== 'operator') refuseUnlessAdministrator(by, deps.units)
  for (let attempt = 1; ; attempt++) {
    await deps.law.refresh()
    const before = deps.law.book()
    const change = changeLaw(before, readFile(asked.file, before.newest.ruleSets), {
      importedAt: deps.now(),
      importedBy: by === 'operator' ? by : by.login,
    })
    const isChange = change.book !== before
    const preview = await previewOf(deps, change, before.revision)
    if (isChange && !asked.dryRun) {
      try {
        await deps.store.append(before.revision, change.added)
      } catch (error) {
        // Somebody else has imported meanwhile: what this file changes is another thing now.
        if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === triesMax) throw error
        continue
      }
      await deps.law.refresh()
      await deps.audit.record({ actor: by, act: 'imported', data: auditData(change) })
    }
    const { years, ruleSets } = change
    return { revision: isChange && !asked.dryRun ? change.book.revision : before.revision, years, ruleSets, ...preview }
  }
}

function auditData({ book, years, ruleSets }: LawChange): JsonObject {
  return {
    lawRevision: book.revision,
    calendars: years.map(({ year, before, version }) => ({ year, before, version })),
    ruleSets: ruleSets.map(({ id, before, version }) => ({ id, before, version })),
  }
}

function readFile({ kind, name, text }: LawFile, known: Parameters<typeof readRuleSets>[2]) {
  const reading = kind === 'calendar' ? readCalendars(name, text) : readRuleSets(name, text, known)
  if (reading.faults.length > 0) throw new LawFileError(reading.faults)
  return reading
}

async function previewOf(
  deps: ImportLawDeps,
  change: LawChange,
  revisionBefore: number,
): Promise<Pick<LawImport, 'openCases' | 'casesMoved' | 'cases'>> {
  const preview = { openCases: 0, casesMoved: 0, cases: [] as CaseMoved[] }
  if (change.book.revision === revisionBefore) return preview
  const { newest } = change.book
  const before = change.book.at(revisionBefore)
  for await (const current of deps.cases.allOpen()) {
    // Who may import need not be one of the few who may know of such a case (R2-30).
    if (current.denunciationSuspected) continue
    preview.openCases += 1
    const moved = movedDays(current, before, newest, deps.now())
    if (moved.length === 0) continue
    preview.casesMoved += 1
    if (preview.cases.length < LISTED_MAX) preview.cases.push({ code: current.code, moved })
  }
  return preview
}
