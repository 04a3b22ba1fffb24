import { expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import type { NoticeRecord } from '../../src/usecases/notice-records.ts'
import { startNotices } from '../../src/workers/notices.ts'
import type { Partitions } from '../../src/workers/partitions.ts'
import { until } from '../support/until.ts'

const SHARES = 64

test('notices of the last share have their turn, however many of the first ones are always due again', async () => {
  const carried = new Set<number>()
  const owned = Array.from({ length: SHARES }, (_, share) => share)
  const partitions: Partitions = {
    owner: 'run',
    isOwned: () => true,
    owned: () => owned,
    isAlone: () => true,
    onGained: () => undefined,
    onLost: () => undefined,
    stop: async () => undefined,
  }
  const due = (share: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${share}-${index}`, partition: share, citizenKey: `${share}` }))
  const loop = startNotices({
    records: {
      // As the store answers: share after share, up to the limit.
      async due({ partitions: asked, limit }) {
        await new Promise((resolve) => setImmediate(resolve))
        const found = asked.flatMap((share) => due(share, share === 0 ? 300 : 1))
        return found.slice(0, limit) as unknown as NoticeRecord[]
      },
    },
    async carry({ partition }) {
      carried.add(partition)
    },
    partitions,
    clock: { now: () => 0 },
    logger: createLogger({ level: 'silent' }),
    onFailure: () => undefined,
    pollMs: 5,
  })
  try {
    await until('every share but those beside the busy one has its turn', () => carried.has(SHARES - 1))
    expect([...carried].filter((share) => share >= 8)).toHaveLength(SHARES - 8)
  } finally {
    await loop.stop()
  }
})
