import type { Day } from './days.ts'

/** Every number and switch of the law that may change, dated; a case keeps the set under which it was received (R0-1). */
export type RuleSet = {
  id: string
  name: string
  version: string
  validFrom: Day
  validTo: Day | null
  /** False until a person has compared the values with the text of the document (R0-1). */
  verified: boolean
  workingDays: {
    /** A */ refuse: number
    /** B */ forward: number
    /** C */ answer: number
    /** U */ progressUpdate: number
    /** P */ publish: number
    /** Q */ supplement: number
    supplementReminder: number
    /** K */ acknowledge: number
    /** O */ opinion: number
    /** R */ disagree: number
    /** E */ decision: number
    /** How long a coordinator may say "not ours" after the case has arrived (T11). */
    returnToIntake: number
    /** From how many days left a case is shown as due soon. */
    dueSoon: number
  }
  /** How long after the closing a supplement still reopens the case, in calendar days (T7). */
  lateSupplementDays: number
  supplementClock: 'pause-resume' | 'restart'
  afterHoursPolicy: 'same-day' | 'next-working-day'
  /** `HH:MM`, from when `next-working-day` counts a receipt as of the next working day (R10-9). */
  officeClosesAt: string
  /** T4: how often the handling unit may ask the citizen for more. */
  unitSupplementsMax: number
  /** T2: a second person of the Office approves a refusal. */
  refusalNeedsApproval: boolean
  /** The documents from which the values were taken. */
  sources: readonly string[]
}

/** The rule set in force on this day; the newest start wins where two overlap. Undefined before the first. */
export function ruleSetOn(ruleSets: readonly RuleSet[], day: Day): RuleSet | undefined {
  return ruleSets
    .filter((ruleSet) => ruleSet.validFrom <= day && (ruleSet.validTo === null || day <= ruleSet.validTo))
    .sort((a, b) => (a.validFrom < b.validFrom ? 1 : -1))[0]
}
