import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codePointLength, excerpt, fold, showLiterally, toNfc } from '../../../src/conversation/text/normalise.ts'

const anything = fc.string({ unit: 'binary', maxLength: 200 })

describe('toNfc', () => {
  test('joins loose accents and replaces broken surrogates', () => {
    expect(toNfc('Sa Th\u0061\u0302\u0300y')).toBe('Sa Thầy')
    expect(toNfc('a\ud800b')).toBe('a\ufffdb')
  })
})

describe('fold', () => {
  test.each([
    ['Đắk  Glei', 'dak glei'],
    ['DAK GLEI', 'dak glei'],
    ["Rơ Châm H'Blin", 'ro cham h blin'],
    ['Rơ Châm HʼBlin', 'ro cham h blin'],
    ['¿PAKN.2026!', 'pakn 2026'],
    ['gử\u200bi', 'gui'],
    ['Ðăk Hà', 'dak ha'],
    ['1️⃣', '1'],
    ['０９０５', '0905'],
    ['😊 👍', ''],
    ['', ''],
  ])('%s → %s', (text, folded) => {
    expect(fold(text)).toBe(folded)
    expect(fold(text.normalize('NFD'))).toBe(folded)
  })

  test('folding twice changes nothing', () => {
    fc.assert(fc.property(anything, (text) => fold(fold(text)) === fold(text)))
  })

  test('accents and case never matter', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aáàảãạâấầăắđĐeêếiíoôốơớuưứyýHK ') }), (text) => {
        expect(fold(text.toUpperCase())).toBe(fold(text))
        expect(fold(text.normalize('NFD'))).toBe(fold(text))
      }),
    )
  })
})

describe('showLiterally', () => {
  test('keeps words, line breaks and emoji families', () => {
    expect(showLiterally('Dòng 1\nDòng 2 👩‍👩‍👧 ❤️')).toBe('Dòng 1\nDòng 2 👩‍👩‍👧 ❤️')
  })

  test('removes what could disguise the text', () => {
    expect(showLiterally('a\u202eb\u2066c\u200f\u0000d\u200be\u200df\ufeff')).toBe('abcdef')
    expect(showLiterally('x\r\ny\u2028z\tw')).toBe('x\ny\nz w')
    expect(showLiterally('\ud800')).toBe('\ufffd')
  })

  test('cuts a tower of accents down', () => {
    expect(showLiterally(`x${'\u0332'.repeat(500)}y`)).toBe(`x${'\u0332'.repeat(4)}y`)
  })

  test.each([
    ['[@4318072690155387264] giúp', '(@4318072690155387264) giúp'],
    ['[\u200b@1]', '(@1)'],
    ['[[@1]]', '[(@1)]'],
    ['[@1', '(@1'],
    ['[1] a@b.vn', '[1] a@b.vn'],
  ])('a mention addresses nobody: %s', (text, shown) => expect(showLiterally(text)).toBe(shown))

  test('is stable and leaves no mention, control or bidi character', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '[',
        '@',
        ']',
        '\u200b',
        '\u200d',
        '\u202e',
        '\ufe0f',
        '👩',
        'a',
        '\u0301',
        '\ud83d',
        '\n',
        '\u0000',
      ),
      maxLength: 60,
    })
    fc.assert(
      fc.property(fc.oneof(anything, nasty), (text) => {
        const shown = showLiterally(text)
        expect(showLiterally(shown)).toBe(shown)
        expect(shown).not.toMatch(/\[@|[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200e\u200f\u200b]/)
        expect(shown.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('codePointLength', () => {
  test('counts as the spread operator does', () => {
    expect(codePointLength('a😊ầ')).toBe(3)
    fc.assert(fc.property(anything, (text) => codePointLength(text) === [...text].length))
  })
})

describe('excerpt', () => {
  test('leaves a short text alone', () => {
    expect(excerpt('Sa Thầy', 7)).toBe('Sa Thầy')
    expect(excerpt('😊😊😊', 3)).toBe('😊😊😊')
  })

  test('cuts between words and without a dangling comma', () => {
    expect(excerpt('Em nộp hồ sơ tách thửa ở xã Sa Thầy', 20)).toBe('Em nộp hồ sơ tách…')
    expect(excerpt('Em nộp hồ sơ, tách thửa', 15)).toBe('Em nộp hồ sơ…')
  })

  test('cuts a word only when there is no space near', () => {
    expect(excerpt('a'.repeat(50), 10)).toBe(`${'a'.repeat(9)}…`)
  })

  test('never splits an emoji family or a loose accent', () => {
    expect(excerpt('ab👩‍👩‍👧cd', 5)).toBe('ab…')
    expect(excerpt('abo\u0302\u0301cd', 5)).toBe('ab…')
  })

  test('never exceeds the bound', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 50 }), (text, max) => {
        expect(codePointLength(excerpt(text, max))).toBeLessThanOrEqual(max)
      }),
    )
  })
})

test('long and hostile texts take no time', () => {
  const started = performance.now()
  for (const unit of ['[@', '\u200d', 'a\u0301', '\u0332', ' ', '.', '\ud800', '[', '👩\u200d', 'ạ']) {
    const text = unit.repeat(9000)
    fold(text)
    showLiterally(text)
    excerpt(text, 8000)
  }
  expect(performance.now() - started).toBeLessThan(5_000)
})
