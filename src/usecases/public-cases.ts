import type { Case } from '../cases/case.ts'
import { type PublicView, toPublicView } from '../cases/public-view.ts'
import { type Field, OPEN_STATES } from '../cases/words.ts'
import { publicName, publishedWords } from './search-words.ts'

/** What the published list is narrowed by (R6-9); everything that is given has to be true of each case in it. */
export type PublishedFilter = {
  /** The unit that answered. */
  unitCode?: string
  field?: Field
  /** A whole name as `exactName` has it. */
  name?: string
  /** Folded words that all occur in what is published. */
  words?: readonly string[]
  /** Moments of publication, the second one excluded. */
  from?: number
  before?: number
}

/** Where a page of the published list begins, newest publication first (see `publicationOrder`). */
export type PublishedPosition = number

export type PublishedCases = {
  /**
   * Candidates, newest publication first, strictly after `after`: words may meet where their keys do. Fewer than `limit` with a `next`
   * mean that a page's share of work is done.
   */
  list(
    filter: PublishedFilter,
    after: PublishedPosition | null,
    limit: number,
  ): Promise<{ found: { current: Case; at: PublishedPosition }[]; next: PublishedPosition | null }>
}

/** What anybody may read of a case (R3-17), with the names and days that follow from it. */
export type PublicCase = PublicView & {
  unitName: string
  /** The unit that answered, where the answer is published. */
  answeredByName: string | null
  isOpen: boolean
  /** The due day of the answer and whether it has passed; null while the clock stands still or nothing is due. */
  answerBy: { day: string; isPast: boolean } | null
}

export type PublishedCase = PublicCase & { published: NonNullable<PublicView['published']> }

export type ReadPublicCasesDeps = {
  cases: { find(code: string): Promise<Case | null>; findNational(code: string): Promise<Case | null> }
  published: PublishedCases
  unitName(code: string): string
  answerBy(current: Case): { day: string; isPast: boolean } | null
}

export type ReadPublicCases = ReturnType<typeof createReadPublicCases>

/** What the public pages read. A case that nobody outside may know of is answered as one that is not there (R2-30). */
export function createReadPublicCases(deps: ReadPublicCasesDeps) {
  async function find(code: string): Promise<PublicCase | null> {
    const current = await deps.cases.find(code)
    return current === null ? null : show(current)
  }

  function show(current: Case): PublicCase | null {
    const view = toPublicView(current)
    if (view === null) return null
    const isOpen = OPEN_STATES.includes(view.state)
    const answeredBy = view.published?.unitCode ?? null
    return {
      ...view,
      unitName: deps.unitName(view.unitCode),
      answeredByName: answeredBy === null ? null : deps.unitName(answeredBy),
      isOpen,
      answerBy: isOpen ? deps.answerBy(current) : null,
    }
  }

  return {
    find,

    /**
     * The case of this code and the case to which the national system gave it, which may be another one, for both systems write
     * their codes alike (R3-15); none, one or two.
     */
    async lookUp(code: string): Promise<PublicCase[]> {
      const found = await Promise.all([deps.cases.find(code), deps.cases.findNational(code)])
      const cases = found.filter((current) => current !== null)
      const different = [...new Map(cases.map((current) => [current.code, current])).values()]
      return different.flatMap((current) => show(current) ?? [])
    },

    async findPublished(code: string): Promise<PublishedCase | null> {
      const found = await find(code)
      return found !== null && isPublished(found) ? found : null
    },

    /** One page of what was published, newest first; `next` is where the following one begins. */
    async latest(
      filter: PublishedFilter,
      after: PublishedPosition | null,
      limit: number,
    ): Promise<{ items: PublishedCase[]; next: PublishedPosition | null }> {
      const items: PublishedCase[] = []
      let position = after
      // Words that meet in one key leave gaps; a few more steps fill the page.
      for (let step = 0; step < STEPS_MAX; step++) {
        const wanted = limit + 1 - items.length
        const { found, next } = await deps.published.list(filter, position, wanted)
        for (const { current, at } of found) {
          const shown = isWhatWasAsked(current, filter) ? show(current) : null
          const isShown = shown !== null && isPublished(shown)
          if (isShown && items.length === limit) return { items, next: position }
          if (isShown) items.push(shown)
          position = at
        }
        position = next
        if (next === null || found.length < wanted) break
      }
      return { items, next: position }
    },
  }
}

const STEPS_MAX = 4

function isWhatWasAsked(current: Case, { name, words = [] }: PublishedFilter): boolean {
  if (current.publication === null) return false
  if (name !== undefined && publicName(current) !== name) return false
  if (words.length === 0) return true
  const found = publishedWords(current.publication)
  return words.every((word) => found.has(word))
}

function isPublished(view: PublicCase): view is PublishedCase {
  return view.published !== null
}
