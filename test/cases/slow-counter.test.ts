import fc from 'fast-check'
import { expect, test } from 'vitest'
import { computeClocks } from '../../src/cases/clocks.ts'
import { countSlowly, nextDay, type SlowCase } from './slow-counter.ts'
import { calendar, qd31 } from './support.ts'

const minutes = fc.integer({ min: 0, max: 1439 })
const gap = fc.integer({ min: 0, max: 20 })

/** A case of 2022 to 2026 with up to three supplements, from outside or not, by both policies of both kinds. */
const anyCase: fc.Arbitrary<SlowCase> = fc
  .record({
    offset: fc.integer({ min: 0, max: 1_780 }),
    minute: minutes,
    transfer: fc.option(fc.record({ after: gap, minute: minutes }), { freq: 2 }),
    pauses: fc.array(fc.record({ wait: gap, length: gap }), { maxLength: 3 }),
    isLastOpen: fc.boolean(),
    result: fc.option(gap),
    afterHours: fc.constantFrom('same-day' as const, 'next-working-day' as const),
    supplementClock: fc.constantFrom('pause-resume' as const, 'restart' as const),
  })
  .map(({ offset, minute, transfer, pauses, isLastOpen, result, afterHours, supplementClock }) => {
    const received = { day: nextDay('2022-01-01', offset), minute }
    const transferred =
      transfer === null ? null : { day: nextDay(received.day, transfer.after), minute: transfer.minute }
    let last = (transferred ?? received).day
    const asked = pauses.map(({ wait, length }, index) => {
      const begins = nextDay(last, wait)
      last = nextDay(begins, length)
      return { asked: begins, answered: isLastOpen && index === pauses.length - 1 ? null : last }
    })
    return {
      received,
      transferred,
      pauses: asked,
      result: result === null ? null : nextDay(last, result),
      afterHours,
      supplementClock,
    }
  })

const at = (day: string, minute: number) => Date.parse(`${day}T00:00:00+07:00`) + minute * 60_000

test('a slow counter that shares no code agrees on ten thousand random cases', () => {
  fc.assert(
    fc.property(anyCase, (one) => {
      const { received, transferred } = one
      const clocks = computeClocks(
        {
          receivedAt: at(received.day, received.minute),
          transferredAt: transferred === null ? null : at(transferred.day, transferred.minute),
          pauses: one.pauses.map(({ asked, answered }) => ({
            kind: 'supplement',
            from: at(asked, 600),
            to: answered === null ? null : at(answered, 900),
          })),
          resultAt: one.result === null ? null : at(one.result, 1_000),
        },
        { ...qd31, afterHoursPolicy: one.afterHours, supplementClock: one.supplementClock },
        calendar,
      )
      const { used, ...slow } = countSlowly(one)
      expect(clocks).toMatchObject({ ...slow, usedWorkingDays: used, paused: slow.answerBy === null })
    }),
    { numRuns: 10_000, seed: 20_261_123 },
  )
}, 60_000)

test('a supplement never brings the due day forward, and waiting for it longer never does either', () => {
  fc.assert(
    fc.property(anyCase, gap, (one, longer) => {
      const [pause] = one.pauses
      if (pause === undefined || pause.answered === null) return
      const answerBy = (to: string | null) =>
        countedBy({ ...one, pauses: to === null ? [] : [{ asked: pause.asked, answered: to }] })
      const without = answerBy(null) ?? ''
      const with_ = answerBy(pause.answered) ?? ''
      expect(with_ >= without).toBe(true)
      expect((answerBy(nextDay(pause.answered, longer)) ?? '') >= with_).toBe(true)
    }),
  )
})

function countedBy(one: SlowCase): string | null {
  return computeClocks(
    {
      receivedAt: at(one.received.day, one.received.minute),
      pauses: one.pauses.map(({ asked, answered }) => ({
        kind: 'supplement',
        from: at(asked, 600),
        to: answered === null ? null : at(answered, 900),
      })),
    },
    { ...qd31, afterHoursPolicy: one.afterHours, supplementClock: one.supplementClock },
    calendar,
  ).answerBy
}
