import { describe, expect, test } from 'vitest'
import { createPasswordHasher, PASSWORD_COST } from '../../src/store/passwords.ts'

const cheap = { memoryKib: 8, passes: 1 }

describe('what is kept of a password', () => {
  test('is argon2id with the cost it was made with and a salt of its own', async () => {
    const hasher = createPasswordHasher()
    const kept = await hasher.hash('cá kho tộ')
    expect(kept).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$[\w-]{22}\$[\w-]{43}$/)
    expect(PASSWORD_COST.memoryKib).toBeGreaterThanOrEqual(19_456)
    expect(await hasher.verify('cá kho tộ', kept)).toEqual({ matches: true, isOutdated: false })
    expect(await hasher.hash('cá kho tộ')).not.toBe(kept)
  })

  test('matches the same words in either Unicode form and no others', async () => {
    const hasher = createPasswordHasher({ cost: cheap })
    const kept = await hasher.hash('cá kho tộ'.normalize('NFC'))
    expect((await hasher.verify('cá kho tộ'.normalize('NFD'), kept)).matches).toBe(true)
    for (const other of ['ca kho to', 'cá kho tộ ', '', 'CÁ KHO TỘ'])
      expect((await hasher.verify(other, kept)).matches).toBe(false)
  })

  test('of another cost still matches and is known as outdated', async () => {
    const kept = await createPasswordHasher({ cost: cheap }).hash('x')
    expect(await createPasswordHasher({ cost: { memoryKib: 16, passes: 1 } }).verify('x', kept)).toEqual({
      matches: true,
      isOutdated: true,
    })
  })

  test('where there is nothing to compare with, nothing matches', async () => {
    expect((await createPasswordHasher({ cost: cheap }).verify('x', null)).matches).toBe(false)
  })
})

test('no more run and wait than there is room for', async () => {
  const hasher = createPasswordHasher({ cost: cheap, atOnceMax: 1, waitingMax: 3 })
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => hasher.hash('x')))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  expect(await hasher.hash('x')).toMatch(/^\$argon2id/)
})
