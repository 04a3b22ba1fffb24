import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readBodyName,
  readPersonName,
  suggestTitleCase,
  titleCase,
} from '../../../src/conversation/text/person-name.ts'

describe('names of every people are kept as typed (R3-2)', () => {
  test.each([
    'Nguyễn Văn An',
    'A Thăng',
    'Y Hà',
    'Y Byă Niê',
    "Rơ Châm H'Blin",
    'Rơ Châm H’Blin',
    'U Minh',
    'A Ỡi',
    "Y'Lan",
    'Ka Să Y Nhân',
    'Nguyễn Thị Thanh-Hà',
    'Ng. V. An',
    'Jean-Pierre Dupont',
    'nguyen van an',
    'Nguyễn Văn A',
    'NGUYỄN VĂN AN',
    'Ông Văn Tấn',
    'Khổng Minh Tuấn',
    'khong minh tuan',
    'Em Văn Tên',
    'Lê Thị Em',
    'Đỗ Đã Đến',
    'Phương Thị Xa',
    'Siu H Lan',
    'R’ Com H’ Un',
  ])('%s', (name) => {
    expect(readPersonName(name)).toEqual({ kind: 'ok', name })
    expect(readPersonName(` ${name.normalize('NFD').replaceAll(' ', '  ')} ạ.`)).toEqual({ kind: 'ok', name })
  })

  test.each(['Nguyễn Văn Hủy', 'Nguyễn Thị Thôi', 'Trần Văn Gửi', 'Lê Thị Sửa', 'A Có', 'Y Không'])(
    'a name that holds a command word is a name: %s',
    (name) => expect(readPersonName(name)).toEqual({ kind: 'ok', name }),
  )
})

describe('a lead-in goes where a name remains', () => {
  test.each([
    ['tôi tên là Nguyễn Văn An', 'Nguyễn Văn An'],
    ['toi ten la nguyen van an', 'nguyen van an'],
    ['em tên Y Hà ạ', 'Y Hà'],
    ['tên: Y Hà', 'Y Hà'],
    ['tên:Y Hà', 'Y Hà'],
    ['mình là Trần Thị Hoa', 'Trần Thị Hoa'],
    ['Họ tên: Lê Văn Tám', 'Lê Văn Tám'],
    ['Ho va ten: A Thang', 'A Thang'],
    ['tên của tôi là Rơ Châm Bơ', 'Rơ Châm Bơ'],
    ['dạ em tên là Y Hà ạ', 'Y Hà'],
    ['da em ten nguyen van an a', 'nguyen van an'],
    ['da em ten nguyen van a', 'nguyen van a'],
    ['dạ Nguyễn Văn An', 'Nguyễn Văn An'],
    ['Ông Nguyễn Văn An', 'Nguyễn Văn An'],
    ['bà Y Hà', 'Y Hà'],
    ['"Nguyễn Văn An"', 'Nguyễn Văn An'],
    ['H`Blin Niê', "H'Blin Niê"],
  ])('%s', (text, name) => expect(readPersonName(text)).toEqual({ kind: 'ok', name }))
})

describe('a single word is asked about once', () => {
  test.each(['Hoa', 'Huy', 'Hồng', "H'Blin", 'tôi tên là Hoa'])('%s', (text) => {
    expect(readPersonName(text)).toMatchObject({ kind: 'confirm', reason: 'singleWord' })
  })
})

describe('what is no name is refused', () => {
  test.each([
    'không',
    'ko có',
    'k',
    'khong co',
    'không muốn nói',
    'khong cho biet',
    'hủy',
    'huy',
    'Hủy',
    'thôi',
    'quay lại',
    'bỏ qua',
    'tên ai?',
    'ten ai',
    'để làm gì',
    'tại sao phải ghi tên',
    '0905000123',
    'Nguyễn Văn An 2',
    'Nguyễn Văn An, thôn 2',
    'Y Hà 😊',
    'https://example.vn',
    'facebook.com',
    'a@example.vn',
    'em chào anh chị',
    'em nộp hồ sơ ở xã Sa Thầy chưa có kết quả',
    'hồ sơ đất đai',
    'alo alo',
    'gửi đi',
    'dạ vâng ạ',
    'số điện thoại',
    'của tôi',
    'xã Sa Thầy',
    'thôn Kon Rờ Bàng',
    'xa sa thay',
    'mẹ em là Y Hà',
    'vợ tôi tên Hoa',
    'Иван Петров',
    '阮文安',
    '...',
    '',
    '   ',
  ])('%s', (text) => expect(readPersonName(text)).toMatchObject({ kind: 'wrong', reason: 'notAName' }))

  test('the length is bounded (R3-2)', () => {
    expect(readPersonName('A')).toMatchObject({ kind: 'wrong', reason: 'tooShort' })
    expect(readPersonName(`Y ${'a'.repeat(98)}`).kind).toBe('ok')
    expect(readPersonName(`Y ${'a'.repeat(99)}`)).toMatchObject({ kind: 'wrong', reason: 'tooLong' })
  })

  test('what was understood is quoted in brief', () => {
    const reading = readPersonName('không '.repeat(1000))
    expect(reading.kind === 'wrong' && reading.understood.length).toBeLessThanOrEqual(60)
  })
})

describe('names of bodies (R3-2)', () => {
  test.each([
    'Công ty TNHH MTV 1-5',
    'HTX nông nghiệp Sa Thầy (HTX-ST)',
    'Hội "Chữ thập đỏ" & Cứu trợ, chi nhánh 2/3',
    'Công ty TNHH Không Gian Xanh',
  ])('%s', (name) => expect(readBodyName(name)).toEqual({ kind: 'ok', name }))

  test('a lead-in goes', () => {
    expect(readBodyName('tên công ty là Công ty ABC')).toEqual({ kind: 'ok', name: 'Công ty ABC' })
  })

  test('a single word is asked about', () => expect(readBodyName('VNPT')).toMatchObject({ kind: 'confirm' }))

  test.each(['không', 'hủy', '123', 'công ty gì?', 'https://example.vn', '', 'Công ty 😊'])('refuses %s', (text) =>
    expect(readBodyName(text)).toMatchObject({ kind: 'wrong', reason: 'notAName' }),
  )

  test('the length is bounded', () => {
    expect(readBodyName(`Công ty ${'a'.repeat(193)}`)).toMatchObject({ kind: 'wrong', reason: 'tooLong' })
  })
})

describe('title case', () => {
  test.each([
    ["rơ châm h'blin", "Rơ Châm H'Blin"],
    ['rơ châm h’blin', 'Rơ Châm H’Blin'],
    ['ĐẶNG THỊ Ỡ', 'Đặng Thị Ỡ'],
    ['y byă niê', 'Y Byă Niê'],
    ['ng. v. an', 'Ng. V. An'],
  ])('%s → %s', (name, titled) => {
    expect(titleCase(name)).toBe(titled)
    expect(titleCase(name.normalize('NFD'))).toBe(titled)
    expect(suggestTitleCase(name)).toBe(titled)
  })

  test.each(['Y Hà', 'Nguyễn văn An', 'A'])('is not offered for %s', (name) =>
    expect(suggestTitleCase(name)).toBeNull(),
  )
})

test('any text is read without an exception and quickly, and a name read is read again as itself', () => {
  const words = fc.constantFrom(
    'tên',
    'là',
    'ông',
    'Nguyễn',
    'Y',
    'a',
    "H'",
    'ạ',
    '.',
    ':',
    'không',
    'em',
    '\u0301',
    '\ud800',
    '"',
  )
  const sentence = fc.array(words, { maxLength: 8 }).map((parts) => parts.join(' '))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), sentence), (text) => {
      expect(['ok', 'confirm', 'wrong']).toContain(readBodyName(text).kind)
      const reading = readPersonName(text)
      if (reading.kind !== 'wrong') expect(reading.name.length).toBeGreaterThan(1)
    }),
  )
  const started = performance.now()
  for (const unit of ['tên ', 'a', ' ạ', '. ', '"', 'là:', "'", 'em tên là ', '\u0301']) {
    readPersonName(unit.repeat(Math.ceil(9000 / unit.length)))
    readBodyName(unit.repeat(Math.ceil(9000 / unit.length)))
  }
  expect(performance.now() - started).toBeLessThan(5_000)
})
