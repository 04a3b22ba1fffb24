import { expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import type { ChannelReceipt } from '../../src/usecases/notice-channels.ts'
import { withPatience } from '../../src/workers/early-receipts.ts'
import { until } from '../support/until.ts'

const receipt: ChannelReceipt = { channel: 'sms', messageId: 'sms-1', state: 'delivered', at: 1 }
const logger = createLogger({ level: 'silent' })

test('a receipt that is faster than the answer to its send is looked for once more', async () => {
  const asked: ChannelReceipt[] = []
  const late: ChannelReceipt[] = []
  let isAnswered = false
  const onReceipt = withPatience(
    async (one) => {
      asked.push(one)
      return isAnswered ? 'stored' : 'unknown'
    },
    { onLate: (one) => void late.push(one), logger, askAgainMs: 20 },
  )
  expect(await onReceipt(receipt)).toBe('unknown')
  isAnswered = true
  await until('it is stored', () => late.length === 1)
  expect(asked).toEqual([receipt, receipt])
  expect(await onReceipt(receipt)).toBe('stored')
})

test('one that belongs to nothing is given up then, and a database that is away is told of to whoever asks', async () => {
  let asked = 0
  const onReceipt = withPatience(
    async () => {
      asked += 1
      if (asked === 3) throw new Error('the database is away')
      return 'unknown'
    },
    { onLate: () => expect.unreachable(), logger, askAgainMs: 5 },
  )
  await onReceipt(receipt)
  await until('it was asked again', () => asked === 2)
  await expect(onReceipt(receipt)).rejects.toThrow('away')
  expect(asked).toBe(3)
})
