import { describe, expect, test } from 'vitest'
import { ACT_NAMES, type ActName } from '../../src/cases/acts.ts'
import type { Actor, Case } from '../../src/cases/case.ts'
import { allowedActs } from '../../src/cases/decide.ts'
import { STATES, type State } from '../../src/cases/words.ts'
import {
  acts,
  caseIn,
  citizen,
  contextAt,
  decideNow,
  NOW,
  PARENT_CODE,
  people,
  refusalOf,
  stranger,
} from './fixtures.ts'

const ACTORS: Record<string, Actor> = { ...people, citizen, stranger }

/** Who answers for a case in each place; `x` people, the stranger, the auditor and the administrator never act. */
const OFFICE = 'io io2 ol ol2 p'
const UNIT = 'ac al al2'
const COORDINATING = 'acc alc'
const WITH_UNIT =
  'FORWARDED PROCESSING RETURNED_TO_INTAKE PENDING_PUBLICATION RETURNED_TO_AGENCY PUBLISHED ANSWERED_UNPUBLISHED'
const WITH_HANDLER = 'PROCESSING PENDING_PUBLICATION RETURNED_TO_AGENCY PUBLISHED ANSWERED_UNPUBLISHED'
const ALL = STATES.join(' ')

/**
 * The answers, written by hand from §4.2 and §7.2: act, states, persons who may take it there (`h` is the assigned handler,
 * `h2` another one of the unit). Acts that a second person must confirm stand here with their first person.
 */
const ANSWERS: readonly (readonly [ActName, string, string])[] = [
  ['refuse', 'PENDING_INTAKE RETURNED_TO_INTAKE', 'io io2 ol ol2'],
  ['requestSupplement', 'PENDING_INTAKE', 'io io2 ol ol2'],
  ['requestSupplement', 'PROCESSING', 'h ac'],
  ['supplement', 'AWAITING_SUPPLEMENT CLOSED_NO_SUPPLEMENT', 'citizen io io2'],
  ['closeNoSupplement', 'AWAITING_SUPPLEMENT', 'io io2'],
  ['forward', 'PENDING_INTAKE RETURNED_TO_INTAKE', 'io io2 ol ol2'],
  ['handleSelf', 'PENDING_INTAKE', 'io io2 ol ol2'],
  ['accept', 'FORWARDED', 'ac'],
  ['assign', 'PROCESSING RETURNED_TO_AGENCY', 'ac ol ol2'],
  ['returnToIntake', 'FORWARDED PROCESSING', UNIT],
  ['delegate', 'FORWARDED', 'ac'],
  ['submitAnswer', 'PROCESSING RETURNED_TO_AGENCY', `h ${UNIT} ol ol2`],
  ['returnToAgency', 'PENDING_PUBLICATION', 'p ol ol2'],
  ['publish', 'PENDING_PUBLICATION', 'p ol ol2'],
  ['answerUnpublished', 'PENDING_PUBLICATION', 'p ol ol2'],
  ['correctPublication', 'PUBLISHED', 'p ol ol2'],
  ['transferOut', 'PENDING_INTAKE FORWARDED RETURNED_TO_INTAKE', 'io io2 ol ol2'],
  ['withdraw', 'PENDING_INTAKE AWAITING_SUPPLEMENT FORWARDED PROCESSING RETURNED_TO_INTAKE', 'citizen io io2'],
  ['merge', 'PENDING_INTAKE FORWARDED PROCESSING', 'io io2'],
  ['unmerge', 'MERGED', 'ol ol2'],
  ['reopen', 'PUBLISHED ANSWERED_UNPUBLISHED', 'io io2'],
  ['reconsider', 'REFUSED', 'ol ol2'],
  ['disagree', 'PUBLISHED ANSWERED_UNPUBLISHED', 'citizen io io2'],
  ['rate', 'PUBLISHED ANSWERED_UNPUBLISHED', 'citizen io io2'],
  ['progressUpdate', 'FORWARDED PROCESSING RETURNED_TO_INTAKE RETURNED_TO_AGENCY', `${UNIT} ol ol2`],
  ['progressUpdate', 'PROCESSING RETURNED_TO_AGENCY', 'h'],
  ['note', ALL, OFFICE],
  ['note', WITH_UNIT, `${UNIT} ${COORDINATING}`],
  ['note', WITH_HANDLER, 'h'],
  ['messageCitizen', ALL, OFFICE],
  ['messageCitizen', WITH_UNIT, UNIT],
  ['messageCitizen', WITH_HANDLER, 'h'],
  ['askOpinion', 'FORWARDED PROCESSING RETURNED_TO_AGENCY', `${UNIT} io io2 ol ol2`],
  ['askOpinion', 'PROCESSING RETURNED_TO_AGENCY', 'h'],
  ['giveOpinion', 'FORWARDED PROCESSING RETURNED_TO_AGENCY', COORDINATING],
  // The unit may urge only units below it, so its own people are refused for the unit they name.
  ['urge', 'FORWARDED PROCESSING RETURNED_TO_AGENCY', 'io io2 ol ol2'],
  [
    'escalate',
    'PENDING_INTAKE FORWARDED PROCESSING RETURNED_TO_INTAKE RETURNED_TO_AGENCY PENDING_PUBLICATION',
    'io io2 ol ol2',
  ],
  ['escalate', 'FORWARDED PROCESSING RETURNED_TO_INTAKE RETURNED_TO_AGENCY PENDING_PUBLICATION', UNIT],
  ['link', ALL, 'io io2'],
  ['markDenunciation', ALL, 'io io2 ol ol2'],
  // Nothing waits for a second person, no decision is awaited, nothing is marked: see the tests of those acts.
  ['approveRefusal', '', ''],
  ['approveSupplement', '', ''],
  ['approveAnswer', '', ''],
  ['approveUnpublished', '', ''],
  ['approveCorrection', '', ''],
  ['declineApproval', '', ''],
  ['recordDecision', '', ''],
  ['clearDenunciation', '', ''],
]

/** Where each accepted act leads, by hand from §4.2; an act that is not here stays where it is. */
const LEADS_TO: Partial<Record<ActName, State>> = {
  requestSupplement: 'AWAITING_SUPPLEMENT',
  supplement: 'PENDING_INTAKE',
  closeNoSupplement: 'CLOSED_NO_SUPPLEMENT',
  forward: 'FORWARDED',
  handleSelf: 'PROCESSING',
  accept: 'PROCESSING',
  returnToIntake: 'RETURNED_TO_INTAKE',
  delegate: 'FORWARDED',
  returnToAgency: 'RETURNED_TO_AGENCY',
  publish: 'PUBLISHED',
  answerUnpublished: 'ANSWERED_UNPUBLISHED',
  transferOut: 'TRANSFERRED_OUT',
  withdraw: 'WITHDRAWN',
  merge: 'MERGED',
  unmerge: 'PENDING_INTAKE',
  reopen: 'PROCESSING',
  reconsider: 'PENDING_INTAKE',
}
/** First steps of two: the state waits for the second person. */
const WAITS: Record<string, string> = {
  refuse: 'io io2 ol ol2',
  submitAnswer: `h ${UNIT} ol ol2`,
  correctPublication: 'p ol ol2',
  requestSupplement: 'h',
}

const words = (text: string) => text.split(' ').filter((word) => word !== '')

function mayByHand(act: ActName, state: State, person: string): boolean {
  return ANSWERS.some(
    ([name, states, persons]) => name === act && words(states).includes(state) && words(persons).includes(person),
  )
}

function contentOf(current: Case): unknown {
  const { title, content, attachments, name, phone, code, draftId, receivedAt } = current
  return { title, content, attachments, name, phone, code, draftId, receivedAt }
}

test('the table written by hand knows every act', () => {
  expect([...new Set(ANSWERS.map(([act]) => act))].sort()).toEqual([...ACT_NAMES].sort())
})

describe.each(ACT_NAMES)('%s', (name) => {
  const tried = STATES.flatMap((state) =>
    Object.entries(ACTORS).map(([person, actor]) => {
      const before = caseIn(state)
      return { state, person, actor, before, decision: decideNow(before, acts[name], actor) }
    }),
  )

  test('is taken by exactly the right persons in exactly the right states', () => {
    const wrong = tried
      .filter(({ state, person, decision }) => decision.ok !== mayByHand(name, state, person))
      .map(({ state, person, decision }) => `${state} ${person}: ${refusalOf(decision)}`)
    expect(wrong).toEqual([])
  })

  test('leads where the rules say, one version on, with a line of history, and leaves the original words alone', () => {
    for (const { state, person, actor, before, decision } of tried) {
      expect(before).toEqual(caseIn(state))
      if (!decision.ok) continue
      const waits = words(WAITS[name] ?? '').includes(person)
      const leadsTo = LEADS_TO[name] ?? state
      const expected = waits ? state : leadsTo
      expect(decision.next.state, `${state} ${person}`).toBe(expected)
      expect(decision.next.pendingApproval?.by ?? null).toBe(waits ? person : null)
      expect(decision.next.version).toBe(before.version + 1)
      const by = actor.type === 'officer' ? person : 'citizen'
      expect(decision.entry).toMatchObject({ at: NOW, actor: by, act: name, from: state, to: expected })
      if (waits) expect(decision.notices).toEqual([])
      expect(contentOf(decision.next)).toEqual(contentOf(before))
    }
  })

  test('is offered as allowed to nobody who would be refused for who or when, and to everybody else', () => {
    for (const { state, person, actor, before, decision } of tried) {
      const context = contextAt(NOW, { otherCase: caseIn('PROCESSING', { code: PARENT_CODE }) })
      const offered = decision.ok ? allowedActs(before, actor, context) : decision.allowed
      expect(offered.includes(name), `${state} ${person}`).toBe(decision.ok || decision.code === 'invalid_fields')
    }
  })
})

test('a refusal says what would be allowed', () => {
  const decision = decideNow(caseIn('FORWARDED'), acts.refuse, people.io)
  expect(decision).toMatchObject({
    ok: false,
    code: 'illegal_act',
    key: 'refusal.wrongState',
    params: { state: 'FORWARDED', code: '' },
  })
  if (!decision.ok)
    expect(decision.allowed.sort()).toEqual([
      'askOpinion',
      'escalate',
      'link',
      'markDenunciation',
      'merge',
      'messageCitizen',
      'note',
      'transferOut',
      'urge',
      'withdraw',
    ])
})

test('somebody who may not know of a case learns nothing about it', () => {
  for (const actor of [stranger, people.acx, people.alx, people.h2, people.ad, people.iox]) {
    expect(decideNow(caseIn('PROCESSING'), acts.note, actor)).toMatchObject({
      ok: false,
      code: 'not_visible',
      allowed: [],
    })
  }
})

test('somebody who may read but not act is told so', () => {
  for (const actor of [people.au, people.dpo]) {
    expect(decideNow(caseIn('PROCESSING'), acts.note, actor)).toMatchObject({ ok: false, code: 'forbidden' })
  }
  expect(decideNow(caseIn('PENDING_PUBLICATION'), acts.publish, people.h)).toMatchObject({ code: 'forbidden' })
  expect(decideNow(caseIn('PROCESSING'), acts.refuse, people.ac)).toMatchObject({ code: 'forbidden' })
})
