import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunTurn } from '../../src/usecases/turn.ts'
import { testDatabase } from '../support/database.ts'
import { createFakePlatform, refusal } from '../support/fake-platform.ts'
import { postEvent, type Road, says, startRoad, testAccount, testKeys } from '../support/road.ts'
import { until } from '../support/until.ts'
import { type ZaloEvent, zaloEvents } from '../support/zalo-events.ts'

const { uri } = testDatabase()
const events = zaloEvents(testAccount)
let runs = 0

type Step =
  | { type: 'write'; citizen: number; by: number }
  | { type: 'repeat'; back: number; by: number }
  | { type: 'crash'; which: number }
  | { type: 'restart'; which: number }
  | { type: 'meddle'; citizen: number }
  | { type: 'refuse'; class: 'retry' | 'ambiguous'; delivers: boolean }
  | { type: 'pause'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('write' as const), citizen: fc.nat(2), by: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('repeat' as const), back: fc.nat(5), by: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), which: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), which: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('meddle' as const), citizen: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('refuse' as const),
      class: fc.constantFrom('retry' as const, 'ambiguous' as const),
      delivers: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
)

/** Keeps every word, and says each in a bubble of its own. */
const remember: RunTurn = async ({ conversation, events: given }) => {
  const words = given.flatMap((event) => (event.type === 'text' ? [event.text] : []))
  const output = says([...((conversation ?? []) as string[]), ...words], ...words)
  for (const { body } of output.messages) if (body.type === 'text') body.buttons = [{ title: 'Thôi', payload: '#thoi' }]
  return output
}

test('whatever dies, repeats or gets in the way, every event that was answered with 200 has its effects once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      runs += 1
      const fake = createFakePlatform()
      const citizens = [0, 1, 2].map((index) => String(7_730_000_000_000_000_000n + BigInt(runs * 10 + index)))
      const expected = new Map<string, string[]>(citizens.map((userId) => [userId, []]))
      const posted: ZaloEvent[] = []
      const roads: (Road | undefined)[] = []
      const start = async (which: number) => {
        roads[which] = await startRoad({
          uri,
          account: testAccount,
          keys: testKeys(),
          platform: fake.platform,
          runTurn: remember,
          leaseMs: 600,
          processId: `model-${runs}-${which}`,
          isHeir: true,
          sender: { retryFirstMs: 10, retryMaxMs: 40, settleAfterMs: 30, lingerMs: 20, pollMs: 20 },
          inbox: { pollMs: 20 },
        })
      }
      await start(0)
      try {
        let at = Date.now()
        for (const one of steps) {
          const alive = roads.filter((road) => road !== undefined)
          switch (one.type) {
            case 'write': {
              const userId = citizens[one.citizen] ?? ''
              at += 1
              const event = events.userSendsText(userId, `w${at}`, { at })
              const road = alive[one.by % Math.max(1, alive.length)]
              if (road === undefined || (await postEvent(road.webhookUrl, event).catch(() => 0)) !== 200) break
              posted.push(event)
              expected.get(userId)?.push(`w${at}`)
              break
            }
            case 'repeat': {
              const event = posted.at(-1 - one.back)
              const road = alive[one.by % Math.max(1, alive.length)]
              if (event !== undefined && road !== undefined) expect(await postEvent(road.webhookUrl, event)).toBe(200)
              break
            }
            case 'crash':
              await roads[one.which]?.crash()
              roads[one.which] = undefined
              break
            case 'restart':
              if (roads[one.which] === undefined) await start(one.which)
              break
            case 'meddle': {
              const road = alive[0]
              const citizenKey = road?.citizenKey(citizens[one.citizen] ?? '')
              if (citizenKey === undefined) break
              await road?.database.collections.conversations.updateOne({ _id: citizenKey }, { $inc: { version: 1 } })
              break
            }
            case 'refuse': {
              let isFirst = true
              fake.answer = () => {
                if (!isFirst) return undefined
                isFirst = false
                return refusal(one.class, 'x', { delivers: one.class === 'ambiguous' && one.delivers })
              }
              break
            }
            case 'pause':
              await new Promise((resolve) => setTimeout(resolve, one.ms))
          }
        }
        if (roads[0] === undefined) await start(0)
        const last = roads[0]
        await until(
          'all is done',
          async () => {
            const waiting = await last?.database.collections.inbox.countDocuments({ state: 'waiting' })
            return waiting === 0 && (await last?.outboxStore.backlog())?.waiting === 0
          },
          30_000,
        )
        for (const userId of citizens) {
          const citizenKey = last?.citizenKey(userId) ?? ''
          const state = (await last?.turnStore.load([citizenKey]))?.get(citizenKey)?.state ?? []
          expect(state).toEqual(expected.get(userId))
          expect(fake.textsTo(userId)).toEqual(expected.get(userId))
        }
      } finally {
        for (const road of roads) await road?.stop()
      }
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 8), endOnFailure: false },
  )
}, 120_000)
