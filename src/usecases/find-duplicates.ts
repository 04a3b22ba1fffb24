import type { Case, Officer } from '../cases/case.ts'
import { fold } from '../conversation/text/normalise.ts'
import type { CaseScope, CaseStore, Units } from './case-ports.ts'
import { scopeOf } from './case-scope.ts'
import { likeness, wordPairs } from './likeness.ts'
import { type SeenCase, seeCase } from './read-cases.ts'
import { RefusedError } from './refused-error.ts'
import { requireScope } from './require-scope.ts'

/** Cases that may repeat this one, found by keys: of the same telephone or sender, or with the same words. In no order, bounded. */
export type FindSimilar = (
  current: Case,
  scope: CaseScope,
  withinMs: { sender: number; words: number },
) => Promise<Case[]>

export const REASONS = ['samePhone', 'sameSender', 'sameUnit'] as const

/** Another case that may be the same matter, and why (R4-M1). */
export type Duplicate = {
  seen: SeenCase
  reasons: (typeof REASONS)[number][]
  /** 0 to 1. */
  similarity: number
  /** Neighbouring words, without accents, that both texts have; the first of them. */
  sharedPairs: string[]
  /** The same sender's matter is merged; another one's is linked, for personal facts may differ (R4-M6). */
  suggestion: 'merge' | 'link'
}

export type DuplicatesDeps = { cases: Pick<CaseStore, 'find'>; units: Units; findSimilar: FindSimilar }

const DAY_MS = 86_400_000
const SENDER_DAYS = 30
/** The rule sets no time for the same unit's matters; older ones are no help to anybody. */
const WORDS_DAYS = 180
const SENDER_SIMILARITY_MIN = 0.25
const UNIT_SIMILARITY_MIN = 0.5
const FOUND_MAX = 20
const PAIRS_SHOWN_MAX = 10

/** What a stored case may repeat, most alike first, as far as this officer may know of it. Nothing is merged by this. */
export async function duplicatesOf(deps: DuplicatesDeps, officer: Officer, code: string): Promise<Duplicate[]> {
  requireScope(officer, 'read')
  const current = await deps.cases.find(code, scopeOf(officer, deps.units))
  const seen = current === null ? null : seeCase(current, officer, deps.units)
  if (current === null || seen === null) throw new RefusedError('not_found')
  // Who reads no words can compare none.
  if (seen.sight.text !== 'full') throw new RefusedError('forbidden')
  return findDuplicates(deps, officer, current)
}

/** The same for a case that need not be stored yet. */
export async function findDuplicates(deps: DuplicatesDeps, officer: Officer, current: Case): Promise<Duplicate[]> {
  const { units } = deps
  const within = { sender: SENDER_DAYS * DAY_MS, words: WORDS_DAYS * DAY_MS }
  const found = await deps.findSimilar(current, scopeOf(officer, units), within)
  const pairs = wordPairs(current.title, current.content)
  const seesOwn = current.code === '' || seeCase(current, officer, units)?.sight.sender === true
  return found
    .flatMap((other) => {
      const seen = other.code === current.code ? null : seeCase(other, officer, units)
      if (seen === null || seen.sight.text !== 'full') return []
      return compare(current, pairs, { other, seen, seesSenders: seesOwn && seen.sight.sender }) ?? []
    })
    .sort((a, b) => b.similarity - a.similarity || (a.seen.current.code < b.seen.current.code ? -1 : 1))
    .slice(0, FOUND_MAX)
}

function compare(
  current: Case,
  pairs: ReadonlySet<string>,
  { other, seen, seesSenders }: { other: Case; seen: SeenCase; seesSenders: boolean },
): Duplicate | null {
  const { similarity, shared } = likeness(pairs, wordPairs(other.title, other.content))
  const isSoon = Math.abs(current.receivedAt - other.receivedAt) <= SENDER_DAYS * DAY_MS
  // That two cases are of one sender is itself something about the sender.
  const bySender =
    seesSenders && isSoon && similarity >= SENDER_SIMILARITY_MIN
      ? [
          ...(current.phone === other.phone ? (['samePhone'] as const) : []),
          ...(isSameSender(current, other) ? (['sameSender'] as const) : []),
        ]
      : []
  const byUnit = similarity >= UNIT_SIMILARITY_MIN && unitOf(current) === unitOf(other) ? (['sameUnit'] as const) : []
  const reasons = [...bySender, ...byUnit]
  if (reasons.length === 0) return null
  return {
    seen,
    reasons,
    similarity: Math.round(similarity * 100) / 100,
    sharedPairs: shared.slice(0, PAIRS_SHOWN_MAX),
    suggestion: bySender.length > 0 ? 'merge' : 'link',
  }
}

/** The same account; or the same whole name in the same commune, for a letter has no account. */
function isSameSender(one: Case, other: Case): boolean {
  if (one.citizenKey !== null && one.citizenKey === other.citizenKey) return true
  const name = fold(one.name)
  const isSameName = name.includes(' ') && name === fold(other.name)
  return isSameName && one.address.communeCode !== null && one.address.communeCode === other.address.communeCode
}

/** The unit that the matter is about: the one that leads, or the one that the sender thought of. */
function unitOf({ leadUnitCode, suggestedUnitCode, intakeUnitCode }: Case): string {
  return leadUnitCode ?? suggestedUnitCode ?? intakeUnitCode
}
