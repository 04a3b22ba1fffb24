import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyOfJson } from '../../src/conversation/copy.ts'
import { remember } from '../../src/conversation/remember.ts'

test('a remembered function answers as the function itself, and keeps no more than it may', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e')), fc.integer({ min: 1, max: 3 }), (texts, max) => {
      const made: string[] = []
      const read = remember((text: string) => {
        made.push(text)
        return text === 'c' ? null : text.toUpperCase()
      }, max)
      const kept: string[] = []
      for (const text of texts) {
        const before = made.length
        expect(read(text)).toBe(text === 'c' ? null : text.toUpperCase())
        expect(made.length - before).toBe(kept.includes(text) ? 0 : 1)
        if (!kept.includes(text)) kept.push(text)
        if (kept.length > max) kept.shift()
      }
    }),
  )
})

test('a copy is equal to what was copied and shares nothing with it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const json = JSON.parse(JSON.stringify(value))
      const copy = copyOfJson(json)
      expect(copy).toEqual(json)
      change(copy)
      expect(json).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

function change(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) change(inner)
  Object.assign(value, { changed: true })
}
