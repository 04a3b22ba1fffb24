import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPhone, readPhone } from '../../../src/conversation/text/phone.ts'

describe('a mobile number is read', () => {
  test.each([
    '0905000123',
    '0905 000 123',
    '0905.000.123',
    '0905-000-123',
    '0905,000,123',
    '(0905) 000 123',
    '09 05 00 01 23',
    '0 9 0 5 0 0 0 1 2 3',
    '0905\u00a0000\u00a0123',
    '+84905000123',
    '+84 (0)905 000 123',
    '0084 905 000 123',
    '84905000123',
    'O9O5 OOO 123',
    '０９０５０００１２３',
    'sdt em 0905 000 123 ạ',
    'so dt: 0905.000.123',
    'sdt0905000123',
    'thôn 2 0905000123',
    'em sinh 12-9-1980 0905000123',
    'cmnd 312345678, sdt 0905000123',
    '0905000123, gọi giờ hành chính',
    '0905000123 hoặc +84 905 000 123',
  ])('%s', (text) => {
    expect(readPhone(text)).toEqual({
      kind: 'ok',
      e164: '+84905000123',
      national: '0905000123',
      shown: '0905 000 123',
      type: 'mobile',
    })
  })
})

describe('a fixed number is read', () => {
  test.each([
    ['02603797799', '+842603797799', '0260 3 797 799'],
    ['(0260) 3.797.799', '+842603797799', '0260 3 797 799'],
    ['84 260 3797799', '+842603797799', '0260 3 797 799'],
    ['0260-3797799 máy lẻ 12', '+842603797799', '0260 3 797 799'],
    ['0255 3 822 822', '+842553822822', '0255 3 822 822'],
    ['028 3829 5000', '+842838295000', '028 3829 5000'],
  ])('%s', (text, e164, shown) => {
    expect(readPhone(text)).toMatchObject({ kind: 'ok', type: 'fixed', e164, shown })
  })
})

describe('a doubtful number becomes a question', () => {
  test.each([
    ['0168 900 0123', '0389000123', 'oldElevenDigit', '0168 900 0123'],
    ['+841209000123', '0709000123', 'oldElevenDigit', '0120 900 0123'],
    ['01999000123', '0599000123', 'oldElevenDigit', '0199 900 0123'],
    ['905 000 123', '0905000123', 'zeroAdded', '905000123'],
    ['2603797799', '02603797799', 'zeroAdded', '2603797799'],
  ])('%s', (text, national, reason, from) => {
    expect(readPhone(text)).toMatchObject({ kind: 'confirm', national, reason, from })
  })

  test('an unknown range is never refused', () => {
    expect(readPhone('0521 234 567')).toEqual({
      kind: 'confirm',
      e164: '+84521234567',
      national: '0521234567',
      shown: '0521 234 567',
      reason: 'unknownRange',
    })
  })
})

describe('what is wrong says what was understood', () => {
  test.each([
    ['0905 000 12', { reason: 'tooShort', understood: '0905 000 12', digitsMissing: 1 }],
    ['sđt 0260 379 779 ạ', { reason: 'tooShort', understood: '0260 379 779', digitsMissing: 1 }],
    ['0905', { reason: 'tooShort', understood: '0905', digitsMissing: 6 }],
    ['0905 000 1234', { reason: 'tooLong', understood: '0905 000 1234' }],
    ['062123456789', { reason: 'tooLong', understood: '062123456789' }],
    ['hôm qua', { reason: 'noNumber', understood: 'hôm qua' }],
    ['2', { reason: 'noNumber', understood: '2' }],
    ['', { reason: 'noNumber', understood: '' }],
    ['113', { reason: 'shortNumber', understood: '113' }],
    ['1022', { reason: 'shortNumber', understood: '1022' }],
    ['1900 1234', { reason: 'shortNumber', understood: '1900 1234' }],
    ['18001096', { reason: 'shortNumber', understood: '18001096' }],
    ['3797799', { reason: 'areaCodeMissing', understood: '3797799' }],
    ['+1 415 555 0100', { reason: 'foreign', understood: '+1 415 555 0100' }],
    ['0105 000 123', { reason: 'unknownNumber', understood: '0105 000 123' }],
    ['0161 234 5678', { reason: 'unknownNumber', understood: '0161 234 5678' }],
    ['0905000123/0914111222', { reason: 'several', understood: '0905000123/0914111222' }],
    ['0905000123 0914 111 222', { reason: 'several', understood: '0905000123 0914 111 222' }],
    ['0905000123, 091411122', { reason: 'several', understood: '0905000123, 091411122' }],
  ])('%s', (text, expected) => expect(readPhone(text)).toEqual({ kind: 'wrong', ...expected }))

  test('a long text is quoted in brief', () => {
    const reading = readPhone(`tôi không nhớ ${'rất dài '.repeat(500)}`)
    expect(reading.kind === 'wrong' && reading.understood.length).toBeLessThanOrEqual(40)
  })
})

test('a valid number is the same number in any spacing and with any country code', () => {
  const mobile = fc
    .tuple(
      fc.constantFrom('032', '086', '096', '081', '091', '070', '090', '056', '092', '059', '087'),
      fc.integer({ min: 0, max: 9_999_999 }),
    )
    .map(([prefix, rest]) => prefix + String(rest).padStart(7, '0'))
  const fixed = fc
    .tuple(fc.constantFrom('0260', '0255'), fc.integer({ min: 2_000_000, max: 8_999_999 }))
    .map(([area, rest]) => `${area}${rest}`)
  const separators = fc.array(fc.constantFrom('', '', '', ' ', '.', '-', '\u00a0', ' - '), {
    minLength: 14,
    maxLength: 14,
  })
  const country = fc.constantFrom('0', '+84', '0084', '84', '+84 0')
  const around = fc.constantFrom(['', ''], ['sdt: ', ' ạ'], ['goi em ', ', cam on'], ['đt', '.'])
  fc.assert(
    fc.property(fc.oneof(mobile, fixed), separators, country, around, (national, gaps, code, [before, after]) => {
      const spaced = [...national.slice(1)].map((digit, index) => (gaps[index] ?? '') + digit).join('')
      expect(readPhone(before + code + spaced + after)).toMatchObject({
        kind: 'ok',
        national,
        e164: `+84${national.slice(1)}`,
      })
      expect(readPhone(formatPhone(`+84${national.slice(1)}`))).toMatchObject({ kind: 'ok', national })
    }),
  )
})

test('formatPhone leaves what is no Vietnamese number as it is', () => {
  expect(formatPhone('+14155550100')).toBe('+14155550100')
  expect(formatPhone('+842603797799')).toBe('0260 3 797 799')
})

test('any text is read without an exception and quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(['ok', 'confirm', 'wrong']).toContain(readPhone(text).kind)
    }),
  )
  const started = performance.now()
  for (const unit of [
    '0',
    '0 ',
    '0905 ',
    '+',
    'O0',
    '1,',
    ' -',
    'oo ',
    '0905000123 ',
    '(0',
    '0905000123 x ',
    '\ud800',
  ]) {
    readPhone(unit.repeat(Math.ceil(9000 / unit.length)))
  }
  expect(performance.now() - started).toBeLessThan(500)
})
