import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { likeness, wordPairs } from '../../src/usecases/likeness.ts'

const text = fc
  .array(fc.constantFrom('ho', 'so', 'cap', 'đất', 'chậm', 'trả', 'xã'), { maxLength: 30 })
  .map((words) => words.join(' '))

describe('how alike two texts are', () => {
  test('is 1 for the same words whatever accents and signs, 0 for none in common', () => {
    const one = wordPairs('Chậm trả kết quả, hồ sơ đất đai.')
    expect(likeness(one, wordPairs('cham tra ket qua ho so dat dai'))).toMatchObject({ similarity: 1 })
    expect(likeness(one, wordPairs('Thái độ của cán bộ một cửa'))).toEqual({ similarity: 0, shared: [] })
    expect(likeness(new Set(), new Set()).similarity).toBe(0)
  })

  test('is the same either way, between 0 and 1, and shows pairs of both', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [left, right] = [wordPairs(one), wordPairs(other)]
        const { similarity, shared } = likeness(left, right)
        expect(likeness(right, left).similarity).toBe(similarity)
        expect(similarity).toBeGreaterThanOrEqual(0)
        expect(similarity).toBeLessThanOrEqual(1)
        expect(shared.every((pair) => left.has(pair) && right.has(pair))).toBe(true)
        expect(likeness(left, left).similarity).toBe(left.size === 0 ? 0 : 1)
      }),
    )
  })
})
