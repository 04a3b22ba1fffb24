import type { Case, Officer } from '../cases/case.ts'
import { addDays, type Day, dayOf, startOfDay } from '../cases/days.ts'
import { intakeOf } from '../cases/intake-rights.ts'
import { sightOf } from '../cases/rights.ts'
import { showCase } from '../cases/show-case.ts'
import type { Audit } from './audit.ts'
import type { Units } from './case-ports.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** Where a page begins, in the order of receipt; a code settles equal times. */
export type BookPosition = { receivedAt: number; code: string }

/** The cases of some intakes by receipt, whatever they are; who may see what of them is judged by the caller. */
export type ReadBook = (
  asked: { unitCodes: readonly string[]; from: number; before: number },
  after: BookPosition | null,
  limit: number,
) => Promise<Case[]>

/**
 * A line of the intake book (R3-25). Of a case that the reader may not know of there is the number alone: without it the book
 * would have a gap, and a book with gaps proves nothing.
 */
export type BookLine =
  | { isHidden: true; unitCode: string; year: number | null; number: number | null }
  | { isHidden: false; current: Case }

export type IntakeBookDeps = { readBook: ReadBook; units: Units; audit: Audit }

export type BookQuestion = { from: Day; to: Day; unitCodes: readonly string[] }

/** A book is printed by the year. */
const DAYS_MAX = 366

/** Which lines are asked for: of the year so far where no days are named, of every intake that the reader works for. */
export function readBookQuestion(
  asked: { from?: Day | undefined; to?: Day | undefined; unit?: string | undefined },
  officer: Officer,
  units: Units,
  now: number,
): BookQuestion {
  requireScope(officer, 'read')
  const intake = intakeOf(officer, units)
  if (intake === null || (intake === 'unit' && asked.unit !== undefined && asked.unit !== officer.unitCode)) {
    throw new RefusedError('forbidden')
  }
  const refused = (path: string, key: string, params: Record<string, number> = {}) =>
    new RefusedError('invalid_fields', [{ path, key: `fault.${key}`, params }])
  if (asked.unit !== undefined && !units.exists(asked.unit)) throw refused('unit', 'unknownUnit')
  const to = asked.to ?? dayOf(now)
  const from = asked.from ?? `${to.slice(0, 4)}-01-01`
  if (from > to) throw refused('to', 'endsBeforeItBegins')
  if (addDays(from, DAYS_MAX) <= to) throw refused('from', 'tooManyDays', { max: DAYS_MAX })
  const own = intake === 'unit' ? [officer.unitCode] : takingIn(units)
  return { from, to, unitCodes: asked.unit === undefined ? own : [asked.unit] }
}

/** One page of the book in the order of receipt. */
export async function pageOfBook(
  deps: IntakeBookDeps,
  officer: Officer,
  { from, to, unitCodes }: BookQuestion,
  after: BookPosition | null,
  limit: number,
  act: 'listCases' | 'exportCase' = 'listCases',
): Promise<{ lines: BookLine[]; next: BookPosition | null }> {
  const asked = { unitCodes, from: startOfDay(from), before: startOfDay(addDays(to, 1)) }
  const found = await deps.readBook(asked, after, limit + 1)
  const page = found.slice(0, limit)
  const unmasked: string[] = []
  const lines = page.map((current): BookLine => {
    const sight = sightOf(current, officer, deps.units)
    if (sight === null) {
      const { year = null, number = null } = current.intakeNumber ?? {}
      return { isHidden: true, unitCode: current.intakeUnitCode, year, number }
    }
    if (sight.sender) unmasked.push(current.code)
    return { isHidden: false, current: showCase(current, sight, (text) => text) }
  })
  if (unmasked.length > 0) {
    const data = act === 'exportCase' ? { form: 'intakeBook', from, to } : {}
    await deps.audit.record({ actor: officer, act, caseCodes: unmasked, data })
  }
  const last = page.at(-1)
  const next = found.length > limit && last !== undefined ? { receivedAt: last.receivedAt, code: last.code } : null
  return { lines, next }
}

/** The whole book, page by page, each logged before it is given out. */
export async function* wholeBook(
  deps: IntakeBookDeps,
  officer: Officer,
  question: BookQuestion,
): AsyncGenerator<BookLine[]> {
  let after: BookPosition | null = null
  do {
    const { lines, next }: Awaited<ReturnType<typeof pageOfBook>> = await pageOfBook(
      deps,
      officer,
      question,
      after,
      LINES_AT_ONCE,
      'exportCase',
    )
    yield lines
    after = next
  } while (after !== null)
}

/** As many codes as one line of the audit log holds. */
const LINES_AT_ONCE = 100

/** Every unit that takes cases in, of both models. */
function takingIn(units: Units): string[] {
  return units
    .all()
    .map(({ code }) => code)
    .filter((code) => units.isOffice(code) || units.hasDirectIntake(code))
}
