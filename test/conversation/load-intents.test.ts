import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkIntents } from '../../src/conversation/check-intents.ts'
import { compilePattern, PatternError } from '../../src/conversation/intent-pattern.ts'
import { readWords } from '../../src/conversation/intent-words.ts'
import { IntentRulesError, loadIntents, parseIntents } from '../../src/conversation/load-intents.ts'
import { createKeyIndex } from '../../src/conversation/place-words.ts'

let source: string

beforeAll(async () => {
  source = await readFile('data/intents.yaml', 'utf8')
})

function faults(text: string): readonly string[] {
  try {
    parseIntents(text, 'intents.yaml')
  } catch (error) {
    if (error instanceof IntentRulesError) return error.faults
    throw error
  }
  return []
}

const lineOf = (text: string, words: string) => text.slice(0, text.indexOf(words)).split('\n').length

describe('loading', () => {
  test('the shipped rules understand all their examples', async () => {
    expect(checkIntents(await loadIntents('data/intents.yaml'))).toEqual([])
  })

  test('broken patterns are all named, with their lines', () => {
    const broken = source.replace('- hỏa hoạn', '- (hỏa hoạn').replace('- khiếu kiện', '- <khongCo> kiện')
    const found = faults(broken)
    expect(found).toHaveLength(2)
    expect(found[0]).toContain(`intents.yaml:${lineOf(broken, '(hỏa hoạn')}:`)
    expect(found[1]).toContain('không có nhóm <khongCo>')
  })

  test('an example that is understood as something else is a fault, and says what was understood', () => {
    const broken = source.replace('- hủy quyết định thu hồi đất', '- cảm ơn nhiều nhé')
    const [fault = ''] = faults(broken).filter((one) => one.includes('cảm ơn nhiều nhé'))
    expect(fault).toContain('được hiểu là thanks')
  })

  test('unknown keys, unknown intents and scores out of range are faults with a line', () => {
    const broken = source.replace('score: 0.95', 'score: 7').replace('- id: judicial', '- id: judical')
    const found = faults(broken)
    expect(found.length).toBeGreaterThanOrEqual(2)
    for (const fault of found) expect(fault).toMatch(/^intents\.yaml:\d+: intents\.\d+/)
  })

  test('YAML that cannot be read names the line', () => {
    expect(faults('groups:\n  a: [b\nintents: x')[0]).toMatch(/^intents\.yaml:\d+: /)
  })
})

describe('patterns', () => {
  const groups = new Map([['paper', ['hồ sơ', 'sổ đỏ']]])
  const vocabulary = { words: createKeyIndex<string>([]), abbreviations: new Map<string, readonly string[]>() }
  const says = (pattern: string, text: string) => {
    const { matchAt } = compilePattern(pattern, groups)
    const read = readWords(text, vocabulary)
    return read.words.some((_, at) => matchAt(read, at) >= 0)
  }

  test.each([
    ['chậm trả', 'xã chậm trả lắm', true],
    ['chậm trả', 'xa cham tra lam', true],
    ['chậm trả', 'chăm trả', false],
    ['khiếu nại', 'khiêu nại', true],
    ['cháy nhà', 'chạy nhà', false],
    ['cháy nhà', 'chay nha', true],
    ['tố cáo', 'nhà to cao đẹp quá', false],
    ['(chậm|trễ) hẹn', 'xã trễ hẹn', true],
    ['[đang] cháy nhà', 'cháy nhà', true],
    ['<paper> *2 chưa', 'sổ đỏ của tôi chưa', true],
    ['<paper> *1 chưa', 'sổ đỏ của tôi chưa', false],
    ['hồ sơ * chưa', 'hồ sơ. Chưa', false],
    ['{6-15} tuổi', 'em 14 tuổi', true],
    ['{6-15} tuổi', 'em 16 tuổi', false],
    ['!cháy', 'chay', false],
    ['^ kết quả $', 'dạ kết quả ạ', true],
    ['^ kết quả $', 'kết quả đo đạc', false],
  ])('%s in "%s": %s', (pattern, text, expected) => {
    expect(says(pattern, text)).toBe(expected)
  })

  test.each(['', '(a|)', '(a', 'a|b', '<nobody>', '{x-y}', '* a', '[a]', '!'])('"%s" is refused', (pattern) => {
    expect(() => compilePattern(pattern, groups)).toThrow(PatternError)
  })

  test('a group that holds itself is refused', () => {
    expect(() => compilePattern('<a>', new Map([['a', ['b <a>']]]))).toThrow('chứa chính nó')
  })
})
