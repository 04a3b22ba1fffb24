import type { ActName } from './acts.ts'
import { type Case, isEscalated } from './case.ts'
import { MATRIX } from './matrix.ts'
import type { Grant, Transition } from './transition.ts'
import { OPEN_STATES, STATES, type State } from './words.ts'

const INTAKE = MATRIX.intake
const INTAKE_OFFICER = MATRIX.onBehalf
const LEADER = MATRIX.overrule
const PUBLISHERS = MATRIX.release
const WRITERS = MATRIX.writeAnswer
const CONCERNED: readonly Grant[] = [...WRITERS, ...INTAKE_OFFICER, 'publisher:office']

const ANSWERED: readonly State[] = ['PUBLISHED', 'ANSWERED_UNPUBLISHED']
const IN_HAND: readonly State[] = ['FORWARDED', 'PROCESSING', 'RETURNED_TO_AGENCY']

const askedAtIntake = (current: Case) => current.supplements.at(-1)?.askedFrom === 'PENDING_INTAKE'
/** An escalated case is the leader's to forward (T8), a suspected denunciation the leader's to judge (§2.3). */
const needsLeader = (current: Case) => isEscalated(current) || current.denunciationSuspected

const REFUSAL_SECOND = { act: 'approveRefusal', who: LEADER, when: 'refusalNeedsApproval' } as const

/** Every way a case can go (§4.2), and the acts that leave it where it is. `decide` knows no other. */
export const TRANSITIONS: readonly Transition[] = [
  {
    rule: 'T2',
    act: 'refuse',
    from: ['PENDING_INTAKE'],
    to: 'REFUSED',
    who: INTAKE,
    second: REFUSAL_SECOND,
    inTime: 'A',
    notices: ['N4'],
  },
  {
    rule: 'T12',
    act: 'refuse',
    from: ['RETURNED_TO_INTAKE'],
    to: 'REFUSED',
    who: INTAKE,
    second: REFUSAL_SECOND,
    notices: ['N4'],
  },
  {
    rule: 'T3',
    act: 'requestSupplement',
    from: ['PENDING_INTAKE'],
    to: 'AWAITING_SUPPLEMENT',
    who: INTAKE,
    clocks: ['pauseC'],
    inTime: 'B',
    notices: ['N2'],
  },
  {
    rule: 'T4',
    act: 'requestSupplement',
    from: ['PROCESSING'],
    to: 'AWAITING_SUPPLEMENT',
    who: ['handler:assigned', ...MATRIX.askCitizen],
    second: { act: 'approveSupplement', who: MATRIX.askCitizen, when: 'handlerAsks' },
    clocks: ['pauseC'],
    notices: ['N2'],
  },
  {
    rule: 'T5',
    act: 'supplement',
    from: ['AWAITING_SUPPLEMENT'],
    to: 'PENDING_INTAKE',
    only: askedAtIntake,
    who: ['citizen', ...INTAKE_OFFICER],
    clocks: ['resumeC', 'startB'],
    notices: ['N5'],
  },
  {
    rule: 'T5',
    act: 'supplement',
    from: ['AWAITING_SUPPLEMENT'],
    to: 'PROCESSING',
    who: ['citizen', ...INTAKE_OFFICER],
    clocks: ['resumeC'],
    notices: ['N5'],
  },
  {
    rule: 'T6',
    act: 'closeNoSupplement',
    from: ['AWAITING_SUPPLEMENT'],
    to: 'CLOSED_NO_SUPPLEMENT',
    who: INTAKE_OFFICER,
    notices: ['N8'],
  },
  {
    rule: 'T7',
    act: 'supplement',
    from: ['CLOSED_NO_SUPPLEMENT'],
    to: 'PENDING_INTAKE',
    who: ['citizen', ...INTAKE_OFFICER],
    clocks: ['resumeC', 'startB'],
    notices: ['N5'],
  },
  {
    rule: 'T8',
    act: 'forward',
    from: ['PENDING_INTAKE', 'RETURNED_TO_INTAKE'],
    to: 'FORWARDED',
    only: needsLeader,
    who: LEADER,
    clocks: ['startK'],
    inTime: 'B',
    notices: ['N6'],
  },
  {
    rule: 'T8',
    act: 'forward',
    from: ['PENDING_INTAKE'],
    to: 'FORWARDED',
    who: INTAKE,
    clocks: ['startK'],
    inTime: 'B',
    notices: ['N6'],
  },
  {
    rule: 'T12',
    act: 'forward',
    from: ['RETURNED_TO_INTAKE'],
    to: 'FORWARDED',
    who: INTAKE,
    clocks: ['startK'],
    notices: ['N6'],
  },
  {
    rule: 'T9',
    act: 'handleSelf',
    from: ['PENDING_INTAKE'],
    to: 'PROCESSING',
    only: needsLeader,
    who: LEADER,
    clocks: ['startK', 'stopK'],
    inTime: 'B',
    notices: ['N6'],
  },
  {
    rule: 'T9',
    act: 'handleSelf',
    from: ['PENDING_INTAKE'],
    to: 'PROCESSING',
    who: INTAKE,
    clocks: ['startK', 'stopK'],
    inTime: 'B',
    notices: ['N6'],
  },
  {
    rule: 'T10',
    act: 'accept',
    from: ['FORWARDED'],
    to: 'PROCESSING',
    who: MATRIX.acceptAtUnit,
    clocks: ['stopK'],
  },
  {
    rule: 'T11',
    act: 'returnToIntake',
    from: ['FORWARDED', 'PROCESSING'],
    to: 'RETURNED_TO_INTAKE',
    who: MATRIX.returnNotOurs,
  },
  {
    rule: 'T13',
    act: 'delegate',
    from: ['FORWARDED'],
    to: 'FORWARDED',
    who: MATRIX.acceptAtUnit,
    clocks: ['startK'],
  },
  {
    rule: 'T14',
    act: 'submitAnswer',
    from: ['PROCESSING', 'RETURNED_TO_AGENCY'],
    to: 'PENDING_PUBLICATION',
    who: WRITERS,
    second: { act: 'approveAnswer', who: MATRIX.approveAnswer, when: 'always' },
    clocks: ['startP'],
    inTime: 'C',
  },
  {
    rule: 'T15',
    act: 'returnToAgency',
    from: ['PENDING_PUBLICATION'],
    to: 'RETURNED_TO_AGENCY',
    who: PUBLISHERS,
    clocks: ['returnC'],
  },
  {
    rule: 'T16',
    act: 'publish',
    from: ['PENDING_PUBLICATION'],
    to: 'PUBLISHED',
    who: PUBLISHERS,
    clocks: ['startR'],
    inTime: 'P',
    notices: ['N3'],
  },
  {
    rule: 'T17',
    act: 'answerUnpublished',
    from: ['PENDING_PUBLICATION'],
    to: 'ANSWERED_UNPUBLISHED',
    who: PUBLISHERS,
    second: { act: 'approveUnpublished', who: LEADER, when: 'otherReason' },
    clocks: ['startR'],
    inTime: 'P',
    notices: ['N3b'],
  },
  {
    rule: 'T18',
    act: 'transferOut',
    from: ['PENDING_INTAKE', 'FORWARDED', 'RETURNED_TO_INTAKE'],
    to: 'TRANSFERRED_OUT',
    who: INTAKE,
    inTime: 'B',
    notices: ['N10'],
  },
  {
    rule: 'T19',
    act: 'withdraw',
    from: ['PENDING_INTAKE', 'AWAITING_SUPPLEMENT', 'FORWARDED', 'PROCESSING', 'RETURNED_TO_INTAKE'],
    to: 'WITHDRAWN',
    who: ['citizen', ...INTAKE_OFFICER],
    notices: ['N9'],
  },
  {
    rule: 'T20',
    act: 'merge',
    from: ['PENDING_INTAKE', 'FORWARDED', 'PROCESSING'],
    to: 'MERGED',
    who: INTAKE_OFFICER,
    notices: ['N11'],
  },
  { rule: 'T21', act: 'unmerge', from: ['MERGED'], to: 'PENDING_INTAKE', who: LEADER, notices: ['N6'] },
  {
    rule: 'T22',
    act: 'reopen',
    from: ANSWERED,
    to: 'PROCESSING',
    who: INTAKE_OFFICER,
    clocks: ['newC'],
    notices: ['N12'],
  },
  {
    rule: 'T23',
    act: 'reconsider',
    from: ['REFUSED'],
    to: 'PENDING_INTAKE',
    who: LEADER,
    clocks: ['newABC'],
    notices: ['N5'],
  },
  {
    rule: 'T24',
    act: 'correctPublication',
    from: ['PUBLISHED'],
    to: 'same',
    who: PUBLISHERS,
    second: { act: 'approveCorrection', who: LEADER, when: 'always' },
    notices: ['N3'],
  },

  // Acts that leave the state as it is.
  {
    rule: 'R7-12',
    act: 'assign',
    from: ['PROCESSING', 'RETURNED_TO_AGENCY'],
    to: 'same',
    who: MATRIX.assignHandler,
  },
  { rule: 'R4-E2', act: 'disagree', from: ANSWERED, to: 'same', who: ['citizen', ...INTAKE_OFFICER] },
  { rule: 'R4-R1', act: 'rate', from: ANSWERED, to: 'same', who: ['citizen', ...INTAKE_OFFICER] },
  {
    rule: 'U',
    act: 'progressUpdate',
    from: [...IN_HAND, 'RETURNED_TO_INTAKE'],
    to: 'same',
    who: WRITERS,
    notices: ['N7'],
  },
  {
    rule: 'R6-7',
    act: 'note',
    from: STATES,
    to: 'same',
    who: [...CONCERNED, ...MATRIX.giveOpinion],
  },
  { rule: 'R5-7', act: 'messageCitizen', from: STATES, to: 'same', who: CONCERNED, notices: ['message'] },
  { rule: 'R4-E1', act: 'askOpinion', from: IN_HAND, to: 'same', who: [...WRITERS, 'intakeOfficer:office'] },
  {
    rule: 'R4-E1',
    act: 'giveOpinion',
    from: IN_HAND,
    to: 'same',
    who: MATRIX.giveOpinion,
  },
  {
    rule: 'R4-E6',
    act: 'urge',
    from: IN_HAND,
    to: 'same',
    who: MATRIX.urge,
  },
  {
    rule: 'R4-E3',
    act: 'escalate',
    from: [
      'PENDING_INTAKE',
      'FORWARDED',
      'PROCESSING',
      'RETURNED_TO_INTAKE',
      'RETURNED_TO_AGENCY',
      'PENDING_PUBLICATION',
    ],
    to: 'same',
    who: MATRIX.escalate,
    notices: ['N12'],
  },
  { rule: 'R4-E5', act: 'recordDecision', from: OPEN_STATES, to: 'same', who: MATRIX.recordDecision },
  { rule: 'R4-M6', act: 'link', from: STATES, to: 'same', who: INTAKE_OFFICER },
  {
    rule: 'R2-30',
    act: 'markDenunciation',
    from: STATES,
    to: 'same',
    who: MATRIX.suspectDenunciation,
  },
  { rule: 'R2-30', act: 'clearDenunciation', from: STATES, to: 'same', who: LEADER },
]

/** The rows that this act itself may take. */
export function rowsOf(act: ActName): readonly Transition[] {
  return rowsByAct.get(act) ?? []
}

/** The rows whose second person takes this act. */
export function rowsOfSecond(act: ActName): readonly Transition[] {
  return rowsBySecondAct.get(act) ?? []
}

const rowsByAct = Map.groupBy(TRANSITIONS, (row) => row.act)
const rowsBySecondAct = Map.groupBy(TRANSITIONS, (row) => row.second?.act)
