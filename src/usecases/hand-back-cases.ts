import type { HandBackReason } from '../cases/hand-back.ts'
import { handBack, handBackWork } from '../cases/hand-back.ts'
import type { CaseStore } from './case-ports.ts'
import type { HandingBack, PeopleStore } from './people/ports.ts'
import type { WorkItem, WorkItems } from './work-items.ts'

const AT_ONCE_MAX = 100
const TRIES_MAX = 20

export type HandBackDeps = {
  cases: Pick<CaseStore, 'find' | 'openCodesOfHandler' | 'storeMoves'>
  workItems: Pick<WorkItems, 'openOf' | 'find'>
  people: Pick<PeopleStore, 'handingBack' | 'handedBack' | 'endExpired'>
  now(): number
}

export type HandBackCases = ReturnType<typeof createHandBackCases>

/**
 * Relieves people who are not there any more of their open cases and of the senders whom they had to tell (R7-12): one line of
 * history for each, in its own transaction. What a process leaves undone stands in the store, and is done by whoever looks next; nothing is done twice.
 */
export function createHandBackCases(deps: HandBackDeps) {
  const { cases, people, workItems } = deps
  const handBackWorkOf = createHandBackWork(deps)

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

  async function relieveOfWork({ login, reason }: HandingBack): Promise<void> {
    for (let after: string | null = null; ; ) {
      const found: WorkItem[] = await workItems.openOf(login, after, AT_ONCE_MAX)
      for (const item of found) await handBackWorkOf(item, login, reason)
      if (found.length < AT_ONCE_MAX) return
      after = found.at(-1)?.id ?? null
    }
  }

  async function relieve(work: HandingBack): Promise<number> {
    let handed = 0
    await relieveOfWork(work)
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

/**
 * Takes the work of telling a sender from somebody who is not there any more: it waits for anybody at the intake from now on, who is
 * told of it. Nothing happens where it is done or somebody else's by now.
 */
export function createHandBackWork(deps: Pick<HandBackDeps, 'cases' | 'workItems' | 'now'>) {
  const { cases, workItems } = deps

  return async (found: Pick<WorkItem, 'id' | 'caseCode'>, login: string, reason: HandBackReason): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      const item = await workItems.find(found.id)
      const current = await cases.find(found.caseCode)
      if (item === null || current === null || item.state === 'done' || item.assignee !== login) return
      const now = deps.now()
      const move = { ...handBackWork(current, item, login, reason, now), sameDueDay: true as const }
      const reassigned = { id: item.id, assigneeBefore: login, at: now }
      try {
        return await cases.storeMoves({ moves: [move], messages: [], mark: null, reassigned, now })
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'version_conflict' || attempt === TRIES_MAX) throw error
      }
    }
  }
}
