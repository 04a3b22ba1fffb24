import type { ActName } from './acts.ts'
import type { Case, Role } from './case.ts'
import type { NoticeId, State } from './words.ts'

/**
 * In which cases a role may act: `office` = every case, for people of the Office; `ownOffice` = cases that the Office handles
 * itself; `directIntake` = cases that the actor's own unit took in (R7-3); `lead` and `coordinating` = cases of the unit or
 * its subordinates; `assigned` = the actor is the handler and of the unit that has the case; `tookIn` = cases that the actor took in
 * at the Office; `all` = every case; `unit` = no case at all, but what concerns the own unit and its subordinates (§7.2).
 */
export type Scope =
  | 'office'
  | 'ownOffice'
  | 'directIntake'
  | 'lead'
  | 'coordinating'
  | 'assigned'
  | 'tookIn'
  | 'all'
  | 'unit'
export type Grant = `${Role}:${Scope}` | 'citizen'

/**
 * What an act does to the stored events of the clocks (§4.3): `pauseC` the citizen's turn begins, `resumeC` it ends,
 * `returnC` the time at the Office is taken out, `newC` and `newABC` start anew, `startB` after a supplement at the intake,
 * `startK` arrival at a unit, `stopK` acceptance, `startP` a result exists, `startR` it reached the citizen.
 */
export type ClockEffect =
  | 'startB'
  | 'pauseC'
  | 'resumeC'
  | 'returnC'
  | 'newC'
  | 'newABC'
  | 'startK'
  | 'stopK'
  | 'startP'
  | 'startR'

export type Transition = {
  /** The row of §4.2, or another rule that gives the act. */
  rule: string
  act: ActName
  from: readonly State[]
  to: State | 'same'
  /** Only for cases of which this holds; of two rows for one state the first that holds counts. */
  only?: (current: Case) => boolean
  who: readonly Grant[]
  /** The second of two persons, never the same as the first. */
  second?: {
    act: ActName
    who: readonly Grant[]
    when: 'always' | 'refusalNeedsApproval' | 'handlerAsks' | 'otherReason'
  }
  clocks?: readonly ClockEffect[]
  /** The clock by which the act is in time; later it is allowed and marked late (R4-C4). */
  inTime?: 'A' | 'B' | 'C' | 'P'
  notices?: readonly NoticeId[]
}
