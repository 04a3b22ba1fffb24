import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEmail } from '../../../src/conversation/text/email.ts'

describe('an address is read', () => {
  test.each([
    ['an.nguyen@gmail.com', 'an.nguyen@gmail.com'],
    ['An@GMAIL.COM', 'An@gmail.com'],
    ['mail em là an@gmail.com ạ', 'an@gmail.com'],
    ['email:an@gmail.com.', 'an@gmail.com'],
    ['<an@example.vn>', 'an@example.vn'],
    ['an+pakn@ubnd.quangngai.gov.vn', 'an+pakn@ubnd.quangngai.gov.vn'],
    ['ａｎ@gmail.com', 'an@gmail.com'],
    ['an@gmail.com, an@gmail.com', 'an@gmail.com'],
    ['an@yahoo.fr', 'an@yahoo.fr'],
    ['an@vnu.edu.vn', 'an@vnu.edu.vn'],
    ['an@me.com', 'an@me.com'],
    ['an@xyz.vn', 'an@xyz.vn'],
  ])('%s', (text, email) => expect(readEmail(text)).toEqual({ kind: 'ok', email }))
})

describe('a slip in a well-known domain is asked about, never corrected (R3-5)', () => {
  test.each([
    ['gmai.com', 'gmail.com'],
    ['gmail.con', 'gmail.com'],
    ['gmail.co', 'gmail.com'],
    ['gamil.com', 'gmail.com'],
    ['gmail.com.vn', 'gmail.com'],
    ['gmail.vn', 'gmail.com'],
    ['yaho.com', 'yahoo.com'],
    ['yahoo.con', 'yahoo.com'],
    ['yahoo.com.cn', 'yahoo.com.vn'],
    ['hotmial.com', 'hotmail.com'],
    ['outlok.com', 'outlook.com'],
    ['iclound.com', 'icloud.com'],
  ])('%s', (domain, meant) => {
    expect(readEmail(`an@${domain}`)).toEqual({ kind: 'confirm', email: `an@${domain}`, suggestion: `an@${meant}` })
  })
})

describe('what is wrong says so', () => {
  test.each([
    ['không có', { reason: 'noAt', understood: 'không có' }],
    ['an.gmail.com', { reason: 'noAt', understood: 'an.gmail.com' }],
    ['', { reason: 'noAt', understood: '' }],
    ['an @ gmail.com', { reason: 'spaces', understood: 'an @ gmail.com', suggestion: 'an@gmail.com' }],
    ['an @gmail . com', { reason: 'spaces', understood: 'an @gmail . com', suggestion: 'an@gmail.com' }],
    ['an@gmailcom', { reason: 'noDot', understood: 'an@gmailcom', suggestion: 'an@gmail.com' }],
    ['an@gmail', { reason: 'noDot', understood: 'an@gmail', suggestion: 'an@gmail.com' }],
    ['an@noibo', { reason: 'noDot', understood: 'an@noibo' }],
    ['ân@gmail.com', { reason: 'badCharacter', understood: 'ân@gmail.com' }],
    ['a..n@gmail.com', { reason: 'badCharacter', understood: 'a..n@gmail.com' }],
    ['a@b@gmail.com', { reason: 'badCharacter', understood: 'a@b@gmail.com' }],
    ['an@-x.vn', { reason: 'badCharacter', understood: 'an@-x.vn' }],
    ['an@10.0.0.1', { reason: 'badCharacter', understood: 'an@10.0.0.1' }],
    ['@gmail.com', { reason: 'incomplete', understood: '@gmail.com' }],
    ['an@', { reason: 'incomplete', understood: 'an@' }],
    ['an@gmail.com hoặc ha@gmail.com', { reason: 'several', understood: 'an@gmail.com hoặc ha@gmail.com' }],
  ])('%s', (text, expected) => expect(readEmail(text)).toEqual({ kind: 'wrong', ...expected }))

  test('254 characters are the limit', () => {
    const domain = `${'a'.repeat(60)}.`.repeat(4)
    expect(readEmail(`an@${domain}vn`).kind).toBe('ok')
    expect(readEmail(`anh.nguyen@${domain}vn`)).toMatchObject({ kind: 'wrong', reason: 'tooLong' })
  })
})

test('any text is read without an exception and quickly', () => {
  const pieces = fc.array(fc.constantFrom('an', '@', '.', ' ', 'gmail', 'com', 'ạ', '\ud800', '-', ','), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        pieces.map((parts) => parts.join('')),
      ),
      (text) => {
        const reading = readEmail(text)
        if (reading.kind === 'ok') expect(readEmail(reading.email)).toEqual(reading)
      },
    ),
  )
  const started = performance.now()
  for (const unit of ['a', '@', 'a@', 'a.', 'a@b ', ' ', '.', 'mail:', 'a@b.vn '])
    readEmail(unit.repeat(Math.ceil(9000 / unit.length)))
  expect(performance.now() - started).toBeLessThan(500)
})
