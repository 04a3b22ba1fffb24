import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { openEarlyReceipts } from '../../src/store/early-receipts.ts'
import { createEarlyReceipts } from '../../src/usecases/early-receipts.ts'
import type { ChannelReceipt } from '../../src/usecases/notice-channels.ts'
import { testDatabase } from '../support/database.ts'

const { uri } = testDatabase()
let database: Database
beforeAll(async () => {
  database = await openDatabase({ uri })
})
afterAll(() => database.close())

const AT = Date.parse('2026-11-23T10:00:00+07:00')
let messages = 0

/** A provider's message whose answer comes when the test says so; `begin` stands for a process of its own. */
async function sent() {
  messages += 1
  const messageId = `sms-${messages}`
  const proofs: ChannelReceipt[] = []
  let isAnswered = false
  let lateTakes = 0
  const store = await openEarlyReceipts(database)
  const begin = (between: () => Promise<void> = async () => undefined) =>
    createEarlyReceipts({
      store: {
        take: store.take,
        async keep(receipt) {
          await between()
          await store.keep(receipt)
        },
      },
      async onReceipt(receipt) {
        if (!isAnswered || receipt.messageId !== messageId) return 'unknown'
        proofs.push(receipt)
        return 'stored'
      },
      async answered() {
        isAnswered = true
      },
      onTakenUp: () => {
        lateTakes += 1
      },
    })
  const answer = (process = begin()) =>
    process.answered('notice', 'reference', { at: AT, result: 'accepted', messageId })
  const receive = (state: 'delivered' | 'failed' = 'delivered', process = begin()) =>
    process.onReceipt({ channel: 'sms', messageId, state, at: AT, ...(state === 'failed' ? { code: 'x' } : {}) })
  return { begin, answer, receive, states: () => proofs.map(({ state }) => state), takes: () => lateTakes }
}

test('a receipt that is faster than the answer is taken up by it, though the process that heard it is gone', async () => {
  const { receive, answer, states, takes } = await sent()
  expect(await receive()).toBe('unknown')
  expect(states()).toEqual([])
  await answer()
  expect(states()).toEqual(['delivered'])
  expect(takes()).toBe(1)
  // Once.
  await answer()
  expect(states()).toEqual(['delivered'])
})

test('one that comes in the same moment as the answer finds its try by itself', async () => {
  const { begin, answer, receive, states } = await sent()
  expect(
    await receive(
      'delivered',
      begin(() => answer()),
    ),
  ).toBe('stored')
  expect(states()).toEqual(['delivered'])
})

test('what was delivered stays delivered, whatever came in which order; what belongs to nothing harms nothing', async () => {
  for (const order of [
    ['failed', 'delivered', 'failed'],
    ['delivered', 'failed'],
  ] as const) {
    const { receive, answer, states } = await sent()
    for (const state of order) await receive(state)
    await answer()
    expect(states()).toEqual(['delivered'])
  }
  const { begin, answer, states } = await sent()
  const strange = { channel: 'sms' as const, messageId: 'strange', state: 'delivered' as const, at: AT }
  expect(await begin().onReceipt(strange)).toBe('unknown')
  expect(await begin().onReceipt({ channel: 'sms', reference: 'strange', state: 'delivered', at: AT })).toBe('unknown')
  await answer()
  expect(states()).toEqual([])
})
