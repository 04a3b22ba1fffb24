import type { Case } from '../../src/cases/case.ts'
import { createCitizenCases } from '../../src/usecases/citizen-cases.ts'
import type { Texts } from '../../src/usecases/ports.ts'
import { createNoticeRenderer } from '../../src/usecases/render-notice.ts'
import type { CaseReader } from '../../src/usecases/run-turn.ts'
import type { TurnOutput } from '../../src/usecases/turn.ts'
import { units } from '../cases/fixtures.ts'
import { law } from '../cases/support.ts'

export const plainFacts = {
  unitName: (code: string) => code,
  answerBy: () => null,
  publicUrl: 'https://pakn.example.vn',
}

/** What a turn needs around filed cases: the real rules and the real words of notices. */
export function caseParts(texts: Texts) {
  return {
    facts: plainFacts,
    citizenCases: createCitizenCases({ law, units }),
    notices: createNoticeRenderer({ texts, facts: plainFacts }),
  }
}

/** Filed cases in memory, changed as a turn's transaction would change them. */
export function createCaseDrawer(cases: Case[] = []) {
  const drawer = new Map(cases.map((current) => [current.code, current]))
  let looks = 0
  const reader: CaseReader = {
    byCode: async (code) => {
      looks += 1
      return drawer.get(code) ?? null
    },
    findNational: async () => null,
    byDraft: async (draftId) => [...drawer.values()].find((current) => current.draftId === draftId) ?? null,
    ofCitizen: async (citizenKey, limit) => {
      looks += 1
      return [...drawer.values()]
        .filter((current) => current.citizenKey === citizenKey)
        .sort((a, b) => b.receivedAt - a.receivedAt)
        .slice(0, limit)
    },
  }
  return {
    reader,
    get: (code: string) => drawer.get(code),
    put: (current: Case) => void drawer.set(current.code, current),
    /** How often anything was read. */
    looks: () => looks,
    store({ moves }: TurnOutput): void {
      for (const { next } of moves) {
        const before = drawer.get(next.code)
        if (before?.version !== next.version - 1) throw new Error(`${next.code} is not the one that was read`)
        drawer.set(next.code, next)
      }
    },
  }
}
