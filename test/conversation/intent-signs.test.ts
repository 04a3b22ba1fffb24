import { describe, expect, test } from 'vitest'
import { createIntents } from '../../src/conversation/intents.ts'
import { IntentRulesError, parseIntents } from '../../src/conversation/load-intents.ts'

const source = (signs: string, examples = 'examples: [có lửa rồi]\n    notExamples: [lửa]') => `
groups: {}
abbreviations: {chừ: giờ, đg: đang, ko: không}
negation: {before: [không], after: [], fillers: []}
politeBefore: []
politeAfter: []
commands: []
intents:
  - id: emergency
    signsNeeded: 3
    signs:
${signs}
    ${examples}
`

const SIGNS = `
      - {id: fire, kind: fire, weight: 2, main: true, words: [lửa]}
      - {id: bigFire, kind: fire, weight: 2.5, main: true, words: [lửa lớn]}
      - {id: now, weight: 1, words: [rồi, đang, giờ]}
      - {id: people, weight: 2, words: [người]}
      - {id: camp, weight: -2, words: [lửa trại]}
      - {id: long, weight: -1, minWords: 12}`

const read = (text: string, signs = SIGNS) => createIntents(parseIntents(source(signs), 'intents.yaml')).read(text)

describe('signs', () => {
  test.each([
    ['có lửa', 'other'],
    ['có lửa rồi', 'emergency'],
    ['co lua roi', 'emergency'],
    ['lửa trong nhà chừ', 'emergency'],
    ['đg có lửa', 'emergency'],
    ['lửa trại có người', 'other'],
    ['lửa trại có người rồi', 'emergency'],
  ])('%s: %s', (text, intent) => {
    expect(read(text).intent).toBe(intent)
  })

  test('say nothing without a main one among them', () => {
    expect(read('mọi người đang về rồi').intent).toBe('other')
  })

  test('of one kind count once, the heaviest', () => {
    expect(read('lửa, lửa lớn').intent).toBe('other')
    expect(read('lửa lớn rồi').matched).toEqual(['emergency/bigFire "lửa lớn" +2.5', 'emergency/now "rồi" +1'])
  })

  test('those against are told too', () => {
    expect(read('lửa trại có người rồi').matched).toContain('emergency/camp "lửa trại" -2')
  })

  test('weigh less in a long message', () => {
    const long = 'hôm nay trời đẹp cả làng ra sân chơi với nhau vui lắm thì thấy có lửa'
    expect(read(`${long} rồi`).intent).toBe('other')
    expect(read(`${long} rồi, có người`).intent).toBe('emergency')
  })

  test('more weight makes it surer', () => {
    expect(read('có lửa rồi, có người').score).toBeGreaterThan(read('có lửa rồi').score)
  })
})

describe('a short form', () => {
  test('is written out only where it is typed as it stands: "chu" is not "chừ"', () => {
    expect(read('lửa chú').intent).toBe('other')
    expect(read('lua chu').intent).toBe('other')
    expect(read('lửa chừ').intent).toBe('emergency')
  })
})

describe('faults of signs', () => {
  const faults = (signs: string, examples?: string) => {
    try {
      parseIntents(source(signs, examples), 'intents.yaml')
    } catch (error) {
      if (error instanceof IntentRulesError) return error.faults.join('\n')
      throw error
    }
    return ''
  }

  test('no main sign, no words, a name used twice, a broken pattern', () => {
    expect(faults('      - {id: now, weight: 1, words: [rồi]}')).toContain('phải có ít nhất một dấu hiệu chính')
    expect(faults('      - {id: fire, weight: 2, main: true}')).toContain('phải có "words" hoặc "minWords"')
    const fire = '      - {id: fire, weight: 3, main: true, words: [lửa]}'
    expect(faults(`${fire}\n${fire}`)).toContain('"fire" bị lặp lại')
    expect(faults("      - {id: fire, weight: 3, main: true, words: ['(lửa']}")).toContain('thiếu dấu ")"')
  })

  test('an intent needs rules or signs', () => {
    expect(faults('      []')).toContain('phải có "rules" hoặc "signs"')
  })
})
