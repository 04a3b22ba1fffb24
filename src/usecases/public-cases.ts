import type { Case } from '../cases/case.ts'
import { type PublicView, toPublicView } from '../cases/public-view.ts'
import { OPEN_STATES } from '../cases/words.ts'

/** Where a page of the published list begins: newest publication first; a code settles equal times. */
export type PublishedPosition = { publishedAt: number; code: string }

export type PublishedCases = {
  /** Newest publication first, strictly after `after`. */
  list(after: PublishedPosition | null, limit: number): Promise<Case[]>
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
      after: PublishedPosition | null,
      limit: number,
    ): Promise<{ items: PublishedCase[]; next: PublishedPosition | null }> {
      const items: PublishedCase[] = []
      let position = after
      // Cases that became secret after their publication leave gaps; a few more reads fill the page.
      for (let reads = 0; reads < readsMax; reads++) {
        const found = await deps.published.list(position, limit + 1)
        for (const current of found) {
          if (items.length === limit) return { items, next: position }
          const shown = show(current)
          if (shown !== null && isPublished(shown)) items.push(shown)
          position = { publishedAt: current.publication?.publishedAt ?? 0, code: current.code }
        }
        if (found.length <= limit) return { items, next: null }
      }
      return { items, next: position }
    },
  }
}

const readsMax = 10

function isPublished(view: PublicCase): view is PublishedCase {
  return view.published !== null
}
