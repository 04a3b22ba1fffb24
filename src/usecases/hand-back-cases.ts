import type { HandBackReason } from '../cases/hand-back.ts'
import { handBack } from '../cases/hand-back.ts'
import type { CaseStore } from './case-ports.ts'
import type { HandingBack, PeopleStore } from './people/ports.ts'

const AT_ONCE_MAX = 100
const TRIES_MAX = 20

export type HandBackDeps = {
  cases: Pick<CaseStore, 'find' | 'openCodesOfHandler' | 'storeMoves'>
  people: Pick<PeopleStore, 'handingBack' | 'handedBack' | 'endExpired'>
  now(): number
}

export type HandBackCases = ReturnType<typeof createHandBackCases>

/**
 * Relieves people who are not there any more of their open cases (R7-12): one line of history per case, each its own
 * transaction. What a process leaves undone stands in the store, and is done by whoever looks next; nothing is done twice.
 */
export function createHandBackCases(deps: HandBackDeps) {
  const { cases, people } = deps

  /** Tries again where somebody else changes the case at the same moment. */
  async function takeFrom(login: string, code: string, reason: HandBackReason): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const current = await cases.find(code)
      const change = current === null ? null : handBack(current, login, reason, deps.now())
      if (change === null) return false
      try {
        const move = { ...change, sameDueDay: true as const }
        await cases.storeMoves({ moves: [move], messages: [], mark: null, now: deps.now() })
        return true
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === TRIES_MAX) throw error
      }
    }
  }

  async function relieve(work: HandingBack): Promise<number> {
    let handed = 0
    let after: string | null = null
    for (;;) {
      const codes: string[] = await cases.openCodesOfHandler(work.login, after, AT_ONCE_MAX)
      for (const code of codes) if (await takeFrom(work.login, code, work.reason)) handed += 1
      if (codes.length < AT_ONCE_MAX) break
      after = codes.at(-1) ?? null
    }
    await people.handedBack(work)
    return handed
  }

  return {
    /** Everything that is left to do, for everybody; gives how many cases were handed back. */
    async resume(): Promise<number> {
      let handed = 0
      for (;;) {
        const works = await people.handingBack({ limit: AT_ONCE_MAX })
        for (const work of works) handed += await relieve(work)
        if (works.length < AT_ONCE_MAX) return handed
      }
    },

    /** One person's; null work is done already. */
    async of(login: string): Promise<number> {
      const [own] = await people.handingBack({ login, limit: 1 })
      return own === undefined ? 0 : relieve(own)
    },

    /** Ends the accounts whose last day has passed; their cases are handed back by `resume`. */
    async endExpired(today: string): Promise<number> {
      let ended = 0
      for (;;) {
        const count = await people.endExpired(today, deps.now(), AT_ONCE_MAX)
        ended += count
        if (count < AT_ONCE_MAX) return ended
      }
    },
  }
}
