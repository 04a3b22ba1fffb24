import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACT_NAMES, type ActName } from '../../src/cases/acts.ts'
import type { Actor, Case } from '../../src/cases/case.ts'
import { decide } from '../../src/cases/decide.ts'
import { appendEntry, FIRST_PREVIOUS_HASH, type HistoryEntry, verifyChain } from '../../src/cases/history.ts'
import { view } from '../../src/cases/rights.ts'
import { OPEN_STATES, STATES, type State } from '../../src/cases/words.ts'
import { acts, at, caseIn, citizen, contextAt, filedCase, PARENT_CODE, people, stranger, units } from './fixtures.ts'

const ACTORS: Actor[] = [...Object.values(people), citizen, stranger]
const DAY_MS = 86_400_000

/** The arrows of §4.2, written by hand. */
const ARROWS: Record<State, readonly State[]> = {
  PENDING_INTAKE: [
    'REFUSED',
    'AWAITING_SUPPLEMENT',
    'FORWARDED',
    'PROCESSING',
    'TRANSFERRED_OUT',
    'WITHDRAWN',
    'MERGED',
  ],
  AWAITING_SUPPLEMENT: ['PENDING_INTAKE', 'PROCESSING', 'CLOSED_NO_SUPPLEMENT', 'WITHDRAWN'],
  REFUSED: ['PENDING_INTAKE'],
  FORWARDED: ['PROCESSING', 'RETURNED_TO_INTAKE', 'FORWARDED', 'TRANSFERRED_OUT', 'WITHDRAWN', 'MERGED'],
  PROCESSING: ['AWAITING_SUPPLEMENT', 'RETURNED_TO_INTAKE', 'PENDING_PUBLICATION', 'WITHDRAWN', 'MERGED'],
  RETURNED_TO_INTAKE: ['FORWARDED', 'REFUSED', 'TRANSFERRED_OUT', 'WITHDRAWN'],
  PENDING_PUBLICATION: ['RETURNED_TO_AGENCY', 'PUBLISHED', 'ANSWERED_UNPUBLISHED'],
  RETURNED_TO_AGENCY: ['PENDING_PUBLICATION'],
  PUBLISHED: ['PROCESSING', 'PUBLISHED'],
  ANSWERED_UNPUBLISHED: ['PROCESSING'],
  TRANSFERRED_OUT: [],
  WITHDRAWN: [],
  MERGED: ['PENDING_INTAKE'],
  CLOSED_NO_SUPPLEMENT: ['PENDING_INTAKE'],
}

/** Acts by those who usually take them, so that a walk gets far; the rest of it is chance. */
const { io, ol, ol2, p, ac, h, al } = people
const USUAL: readonly (readonly [ActName, Actor])[] = [
  ['forward', io],
  ['handleSelf', ol],
  ['accept', ac],
  ['submitAnswer', h],
  ['approveAnswer', al],
  ['publish', p],
  ['answerUnpublished', p],
  ['approveUnpublished', ol],
  ['returnToAgency', p],
  ['returnToIntake', al],
  ['requestSupplement', ac],
  ['supplement', citizen],
  ['closeNoSupplement', io],
  ['reopen', io],
  ['disagree', citizen],
  ['correctPublication', ol],
  ['approveCorrection', ol2],
  ['refuse', io],
  ['approveRefusal', ol],
  ['reconsider', ol],
  ['unmerge', ol],
]

const move = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...USUAL) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...ACT_NAMES), fc.constantFrom(...ACTORS)) },
)
const moves = fc.array(fc.tuple(move, fc.integer({ min: 0, max: 4 })), { minLength: 40, maxLength: 150, size: 'max' })

test('however people act, a case keeps its words, its history and the law', () => {
  const reached = new Set<State>()
  fc.assert(
    fc.property(moves, (steps) => {
      const start = filedCase()
      const parent = caseIn('PROCESSING', { code: PARENT_CODE })
      let current: Case = start
      let now = at('2026-03-02', 9)
      const history: HistoryEntry[] = []
      for (const [[act, actor], days] of steps) {
        now += days * DAY_MS
        const fields = { ...acts[act], ...datesOf(act, now) } as (typeof acts)[typeof act]
        const seen = view(current, actor, units)
        const decision = decide(
          current,
          fields,
          actor,
          contextAt(now, {
            otherCase: { ...parent, children: [{ code: current.code, receivedAt: current.receivedAt }] },
          }),
        )
        if (!decision.ok) {
          expect(decision.code === 'not_visible').toBe(seen === 'none')
          continue
        }
        const { next } = decision
        if (next.state !== current.state) expect(ARROWS[current.state]).toContain(next.state)
        expect(next.version).toBe(current.version + 1)
        expect(wordsOf(next)).toEqual(wordsOf(start))
        expect(next.closedAt === null).toBe(OPEN_STATES.includes(next.state))
        expect(next.pauses.slice(0, -1).every((pause) => pause.to !== null)).toBe(true)
        expect(decision.clocks.paused).toBe(next.pauses.at(-1)?.to === null)
        if (next.state === 'PUBLISHED') {
          expect(next.publication).not.toBeNull()
          expect(next.answer?.writtenBy).not.toBe(next.publication?.publishedBy)
          expect(next.answer?.writtenBy).not.toBe(next.answer?.approvedBy)
        }
        if (next.state === 'REFUSED') expect(next.refusal?.approvedBy).not.toBe(next.refusal?.by)
        history.push(
          appendEntry(history.at(-1)?.hash ?? FIRST_PREVIOUS_HASH, history.length + 1, decision.entry, 'salt'),
        )
        reached.add(next.state)
        current = next
      }
      expect(verifyChain(JSON.parse(JSON.stringify(history)))).toEqual([])
    }),
    { numRuns: 150, seed: 20_261_123 },
  )
  // A walk that never leaves the intake would prove little.
  expect([...reached].sort()).toEqual([...STATES].sort())
}, 60_000)

function datesOf(act: string, now: number): object {
  const day = new Date(now + 7 * 3_600_000).toISOString().slice(0, 10)
  if (act === 'requestSupplement') return { replyBy: day }
  if (act === 'urge') return { answerBy: day }
  return act === 'transferOut' || act === 'recordDecision' ? { date: day } : {}
}

function wordsOf({ code, title, content, name, phone, address, attachments, receivedAt, citizenKey }: Case): unknown {
  return { code, title, content, name, phone, address, attachments, receivedAt, citizenKey }
}
