import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgeRecipient } from '../../src/cases/broadcasts/audience.ts'
import type { FeedStep } from '../../src/usecases/broadcast-ports.ts'
import { openBroadcastHouse, type Person } from '../support/broadcast-house.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
const now = Date.parse('2026-11-23T09:00:00+07:00')
let house: Awaited<ReturnType<typeof openBroadcastHouse>>
beforeAll(async () => {
  house = await openBroadcastHouse(uri)
})
afterAll(() => house.close())

/** What one process does before it dies, forgets, or is overtaken. */
type Move = { owner: 'one' | 'other'; limit: number; fate: 'lives' | 'dies' | 'busy' }

const moves = fc.array(
  fc.record<Move>({
    owner: fc.constantFrom('one', 'other'),
    limit: fc.integer({ min: 1, max: 7 }),
    fate: fc.constantFrom('lives', 'lives', 'dies', 'busy'),
  }),
  { maxLength: 12 },
)

test('however the steps are cut and whoever makes them, everybody has one line and at most one copy', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 24 }), moves, async (count, plan) => {
      await house.empty()
      const people = Array.from(
        { length: count },
        (_, index): Person => ({ id: `9${index}`, following: index % 5 !== 0 }),
      )
      if (count > 0) await house.addPeople(now, people)
      const { id, segment } = await house.addRunning(now)
      let isBusy = false
      const step = (owner: string, limit: number): FeedStep => ({
        id,
        owner,
        leaseMs: 0,
        limit,
        now,
        judge: (facts) => judgeRecipient({ ...facts, busyUntil: isBusy ? now : null }, segment, now - (isBusy ? 1 : 0)),
        asksForCases: false,
        bodyFor: () => ({ type: 'text', text: 'Nghỉ lễ', buttons: [] }),
      })
      for (const { owner, limit, fate } of plan) {
        isBusy = fate === 'busy'
        await house.runs.take(id, owner, 0)
        // Both may believe that it is theirs: only one of the two steps counts.
        const fed = await Promise.all([house.runs.feed(step(owner, limit)), house.runs.feed(step('late', limit))])
        expect(fed[1]?.outcome).toBe('lost')
        if (fate === 'dies') await dieInTheMiddle(step(owner, limit))
      }
      isBusy = false
      await house.runs.take(id, 'last', 0)
      for (;;) {
        const fed = await house.runs.feed(step('last', 5))
        if (fed.outcome === 'fed' && fed.isAtEnd && fed.nextDeferredAt === null) break
      }
      const copies = await house.database.collections.outbox.find({ broadcast: id }).toArray()
      const wanted = people.filter(({ following }) => following).map((person) => house.citizenKey(person.id))
      expect(copies.map(({ citizenKey }) => citizenKey).sort()).toEqual(wanted.sort())
      const { counts } = await house.store.report(id)
      expect([counts.total, counts.skipped]).toEqual([count, count - wanted.length])
    }),
    { numRuns: 12 },
  )
}, 30_000)

/** The transaction is left open as by a killed process, and ended by the server's side. */
async function dieInTheMiddle(step: FeedStep): Promise<void> {
  const failing = { ...step, bodyFor: () => raise() }
  await house.runs.feed(failing).catch(() => undefined)
}

function raise(): never {
  throw new Error('killed')
}
