import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCaseCode, isCaseCode, normaliseNationalCode, readCaseCode } from '../../src/cases/code.ts'

const options = { prefix: 'PAKN', nowDay: '2026-11-23' }

describe('formatCaseCode', () => {
  test('writes at least four digits (R3-15)', () => {
    expect(formatCaseCode({ prefix: 'PAKN', day: '2020-08-12', number: 12 })).toBe('PAKN.20200812.0012')
    expect(formatCaseCode({ prefix: 'PAKN', day: '2020-08-12', number: 12345 })).toBe('PAKN.20200812.12345')
  })
})

describe('isCaseCode', () => {
  test.each(['PAKN.20200812.0012', 'PAKN.20200812.12345', 'QNG1.20260101.0001'])('accepts %s', (text) =>
    expect(isCaseCode(text)).toBe(true),
  )
  test.each([
    'pakn.20200812.0012',
    'PAKN.20200812.12',
    'PAKN.20200812.0012 ',
    '.20200812.0012',
    '',
    'PAKN.20200812.0012\n',
  ])('refuses %j', (text) => expect(isCaseCode(text)).toBe(false))
  test('refuses another prefix', () => expect(isCaseCode('QNG.20200812.0012', 'PAKN')).toBe(false))
})

describe('a code is found in every spelling (R3-16)', () => {
  test.each([
    ['pakn 20200812 0012', 'PAKN.20200812.0012'],
    ['PAKN-20200812-0012', 'PAKN.20200812.0012'],
    ['PAKN.20200812.0012', 'PAKN.20200812.0012'],
    ['20200812.12', 'PAKN.20200812.0012'],
    ['20200812 0012', 'PAKN.20200812.0012'],
    ['20200812 12', 'PAKN.20200812.0012'],
    ['2O2OO812.OO12', 'PAKN.20200812.0012'],
    ['PAKN 20261123 OO1O', 'PAKN.20261123.0010'],
    ['pakn20261123.1', 'PAKN.20261123.0001'],
    ['PAKN202611230001', 'PAKN.20261123.0001'],
    ['202611230001', 'PAKN.20261123.0001'],
    ['pakn 2026 11 23 1', 'PAKN.20261123.0001'],
    ['ＰＡＫＮ．２０２６１１２３．０００１', 'PAKN.20261123.0001'],
    ['mã pakn 20261123 0001 ạ', 'PAKN.20261123.0001'],
    ['xem giup pakn 20261123 0001ok?', 'PAKN.20261123.0001'],
    ['kết quả của 20261123-0001 tới đâu rồi', 'PAKN.20261123.0001'],
    ['PAKN.20261123.10000', 'PAKN.20261123.10000'],
    ['pakn 20269999 1, pakn 20261123 2', 'PAKN.20261123.0002'],
  ])('%s', (text, code) => expect(readCaseCode(text, options)).toEqual({ code }))
})

describe('a code of the national system', () => {
  test('has one spelling, whatever it looks like', () => {
    for (const typed of ['pakn 20260812 12', 'PAKN-20260812-0012', 'PAKN.20260812.0012 ', 'PAKN.2O260812.12']) {
      expect(normaliseNationalCode(typed), typed).toBe('PAKN.20260812.0012')
    }
    expect(normaliseNationalCode(' h40.26 - 000317 ')).toBe('H40.26-000317')
  })

  test('is no word, no day that is none and no sentence', () => {
    for (const typed of ['', 'abc', 'không có', 'PAKN.20261399.0012', 'mã 12; mã 13', '-12345', 'x'.repeat(80)]) {
      expect(normaliseNationalCode(typed), typed).toBeNull()
    }
  })

  test('is stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'pakn2026081 .-_O/xé') }), (typed) => {
        const code = normaliseNationalCode(typed)
        if (code !== null) expect(normaliseNationalCode(code)).toBe(code)
      }),
    )
  })
})

describe('other numbers are not codes', () => {
  test.each([
    '0905000123',
    '0905 000 123',
    'sđt 0905.000.123',
    '+84 905 000 123',
    '20261123',
    'ngày 20261123 10 giờ',
    '12/9/2026',
    '12-09-2026 0905000123',
    '20260812 0905000123',
    '062026112312',
    '20261399.1',
    '20261123.0',
    '202612240001',
    '20261224.1',
    '20200812.12.13',
    'pakn',
    'pakn 0012',
    '000.00.12.H34-221123-0001',
    '31/2021/QĐ-TTg',
    '',
  ])('%s', (text) => expect(readCaseCode(text, options)).toBeNull())
})

test('what is formatted is read back, in any spelling', () => {
  const day = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2026-11-23'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
  const separator = fc.constantFrom('.', '-', ' ', '_', ' - ')
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 1, max: 999_999 }),
      separator,
      fc.boolean(),
      fc.boolean(),
      (aDay, number, gap, lower, letterO) => {
        const code = formatCaseCode({ prefix: 'PAKN', day: aDay, number })
        expect(isCaseCode(code, 'PAKN')).toBe(true)
        const typed = code.replaceAll('.', gap).replaceAll('0', letterO ? 'O' : '0')
        expect(readCaseCode(`mã ${lower ? typed.toLowerCase() : typed} ạ`, options)).toEqual({ code })
      },
    ),
  )
})

test('any text is read without an exception and quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = readCaseCode(text, options)
      expect(found === null || isCaseCode(found.code)).toBe(true)
    }),
  )
  const started = performance.now()
  for (const unit of ['pakn', 'pakn 2', '20261123', '2', '20261123.', 'o', '20261123 1 '])
    readCaseCode(unit.repeat(9000), options)
  expect(performance.now() - started).toBeLessThan(500)
})
