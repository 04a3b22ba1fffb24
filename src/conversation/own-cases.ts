import type { CitizenAct, CitizenActName, Sentence, Stars } from './effects.ts'

/** Ways to go on with a case; `renew`: the matter is sent anew, as a case that refers to this one (R4-E2). */
export type CaseWay = CitizenActName | 'renew'

/** Why an act is not possible now, and what is possible instead. */
export type Denial = { why: Sentence; instead: readonly CaseWay[] }

/** A case of this citizen, as far as a conversation needs to know it. */
export type OwnCase = {
  code: string
  title: string
  /** The acts that are not possible now; what is not here is. */
  denials: Partial<Record<CitizenActName, Denial>>
  /** What the office has asked for and not got. */
  asked: { missing: string; replyBy: string } | null
  /** Until when the sender may rate or disagree (R). */
  disagreeBy: string | null
  /** When an answer would be due if the case were opened again today (T22). */
  answerByIfReopened: string | null
  stars: Stars | null
}

/** The cases of this citizen that have been looked up; a value, like everything that a turn is made of. */
export type OwnCases = {
  /** Null for a code that is no case of this citizen; undefined where it has not been looked up. */
  find(code: string): OwnCase | null | undefined
  /** Newest first; undefined where they have not been looked up. */
  all(): readonly OwnCase[] | undefined
  /** Judges an act, and gives the cases as they are after it. */
  take(code: string, act: CitizenAct): { ok: true; after: OwnCase; cases: OwnCases } | { ok: false; denial: Denial }
}

/**
 * A turn cannot go on without a look at filed cases. The caller looks them up and begins the turn anew with them: most turns
 * never ask.
 */
export class CasesNeeded extends Error {
  override readonly name = 'CasesNeeded'
  /** One case, or all of this citizen's. */
  readonly wanted: { code: string } | 'all'

  constructor(wanted: { code: string } | 'all') {
    super('a look at filed cases is needed')
    this.wanted = wanted
  }
}

/** What is known before anything was looked up. */
export const unknownCases: OwnCases = {
  find: () => undefined,
  all: () => undefined,
  take(code) {
    throw new CasesNeeded({ code })
  },
}
