import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  findPersonalData,
  PERSONAL_DATA_PLACEHOLDERS,
  removePersonalData,
} from '../../../src/conversation/text/personal-data.ts'

/** "kind:text" of each finding, and proof that the offsets point at it. */
function found(text: string): string[] {
  return findPersonalData(text).map((finding) => {
    expect(text.slice(finding.start, finding.end)).toBe(finding.text)
    return `${finding.kind}:${finding.text}`
  })
}

describe('personal data is found (R3-8b)', () => {
  test.each<[string, string[]]>([
    ['gọi em 0905 000 123 nhé', ['phone:0905 000 123']],
    ['sđt 0260.3797.799', ['phone:0260.3797.799']],
    ['+84 905 000 123', ['phone:+84 905 000 123']],
    ['zalo 84905000123', ['phone:84905000123']],
    ['O9O5 OOO 123', ['phone:O9O5 OOO 123']],
    ['số cũ 0168 900 0123', ['phone:0168 900 0123']],
    ['số lạ 0521234567', ['phone:0521234567']],
    ['sđt 905 000 123', ['phone:905 000 123']],
    ['09.05.00.01.23', ['phone:09.05.00.01.23']],
    ['0905000123/0914111222', ['phone:0905000123', 'phone:0914111222']],
    ['0905000123 0914111222', ['phone:0905000123', 'phone:0914111222']],
    ['nộp 12/9/2026 0905000123', ['phone:0905000123']],
    ['cccd 062123456789', ['idNumber:062123456789']],
    ['062 123 456 789', ['idNumber:062 123 456 789']],
    ['cmnd số 233123456', ['idNumber:233123456']],
    ['CMND: 233 123 456', ['idNumber:233 123 456']],
    ['233123456', ['idNumber:233123456']],
    ['hồ sơ của em 0905000123', ['phone:0905000123']],
    ['cmnd 233 123 456 0905000123', ['idNumber:233 123 456', 'phone:0905000123']],
    ['sổ bhxh 6212345678', ['idNumber:6212345678']],
    ['stk 0123456789 vietcombank', ['account:0123456789']],
    ['tài khoản của em là 101 234 5678', ['account:101 234 5678']],
    ['thẻ 4111 1111 1111 1111', ['account:4111 1111 1111 1111']],
    ['4111111111111111', ['account:4111111111111111']],
    ['a.n@gmail.com và 0905000123@gmail.com.', ['email:a.n@gmail.com', 'email:0905000123@gmail.com']],
    ['tôi ở số nhà 12/3 thôn 2', ['houseNumber:số nhà 12/3']],
    ['so nha 45A', ['houseNumber:so nha 45A']],
    ['ở số 45 đường Trần Phú', ['houseNumber:số 45']],
    ['ông Nguyễn Văn An đòi thêm tiền', ['personName:Nguyễn Văn An']],
    ['chị Hoa bộ phận một cửa', ['personName:Hoa']],
    ['Anh Tuấn bảo chờ', ['personName:Tuấn']],
    ['chị Y Byă Niê và anh A Thăng', ['personName:Y Byă Niê', 'personName:A Thăng']],
    ["cô Rơ Châm H'Blin", ["personName:Rơ Châm H'Blin"]],
    ['bà Y Hà Thôn 2', ['personName:Y Hà']],
    ['ông An UBND xã', ['personName:An']],
    ['ông phó chủ tịch Trần Văn Bình', ['personName:Trần Văn Bình']],
    ['anh cán bộ địa chính tên Hoàng', ['personName:Hoàng']],
    ['ông chủ tịch xã Nguyễn Văn An', ['personName:Nguyễn Văn An']],
    ['ong nguyen van an va ba tran thi hoa', ['personName:nguyen van an', 'personName:tran thi hoa']],
    ['BÀ NGUYỄN THỊ HOA', ['personName:NGUYỄN THỊ HOA']],
    ['tôi tên là Nguyễn Văn An, ở thôn 2', ['personName:Nguyễn Văn An']],
    ['Cô Giáo Hoa', ['personName:Hoa']],
    ['anh Giao', ['personName:Giao']],
    ['cháu là Trần Thị Hoa', ['personName:Trần Thị Hoa']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected))
})

describe('what belongs to nobody is left alone', () => {
  test.each([
    'ông/bà chủ tịch xã',
    'Ông/Bà',
    'Kính gửi Ông/Bà Chủ tịch UBND xã Sa Thầy',
    'ông chủ tịch xã Sa Thầy',
    'ÔNG CHỦ TỊCH XÃ ĐÒI TIỀN',
    'chào anh Chị',
    'bà con nhân dân, anh em',
    'Bà Nội tôi mất, cần giấy khai tử',
    'Chú ý: Hồ sơ',
    'quốc lộ 14, km 1567+200, biển số 82A-123.45',
    'GCN số CB 123456, 7h30-11h30 13h30-17h00',
    'Chi cục Thuế, chi nhánh Kon Tum',
    'người Ba Na ở Ba Tơ',
    'co quan Nguyen Nghiem',
    '281 Bà Triệu',
    'đường Bà Triệu, tỉnh Bà Rịa',
    'nộp 1.500.000 đồng',
    'nộp 150.000.000',
    '1500000 dong, 123456789 đ, 250000000 VNĐ',
    'hồ sơ 000.00.12.H34-221123-0001',
    'ho so so H34.12-221123-0001',
    'mã hồ sơ 123456789',
    'Quyết định 31/2021/QĐ-TTg năm 2021, văn bản 2476/VP-TTHCC',
    'ngày 12/09/2026, 12-09-2026, 2026-09-12',
    'từ 07-08-2026 12 giờ',
    'từ năm 2019 2020 2021',
    'PAKN.20261123.0001',
    'mst 0301234567',
    'thửa đất số 123, tờ bản đồ số 45, diện tích 1234,5 m2',
    'gọi 1022 hoặc 113',
    '',
  ])('%s', (text) => expect(found(text)).toEqual([]))
})

describe('removal', () => {
  test('puts a word in the place of each piece and keeps the rest', () => {
    const text = 'Ông Nguyễn Văn An, sđt 0905 000 123, mail an@gmail.com, số nhà 12, cccd 062123456789, stk 12345678.'
    expect(removePersonalData(text, findPersonalData(text))).toBe(
      'Ông [đã ẩn tên], sđt [đã ẩn số điện thoại], mail [đã ẩn email], [đã ẩn số nhà], cccd [đã ẩn số giấy tờ], stk [đã ẩn số tài khoản].',
    )
  })

  test('takes other placeholders', () => {
    const text = '0905000123'
    const placeholders = { ...PERSONAL_DATA_PLACEHOLDERS, phone: '[phone hidden]' }
    expect(removePersonalData(text, findPersonalData(text), placeholders)).toBe('[phone hidden]')
  })

  test('ignores findings that do not fit the text', () => {
    expect(removePersonalData('abc', [{ kind: 'phone', start: 1, end: 9, text: '' }])).toBe('abc')
    expect(removePersonalData('abc', [{ kind: 'phone', start: 2, end: 1, text: '' }])).toBe('abc')
  })

  const pieces = fc.constantFrom(
    ...[
      '0905000123',
      '0905 000 123',
      '+84 905 000 123',
      '062123456789',
      '233123456',
      '233 123 456',
      '905 000 124',
      '02603797799',
    ],
    ...[
      '12',
      '2026',
      '0',
      '1.500.000',
      'đồng',
      '12/9/2026',
      'sđt',
      'cmnd',
      'stk',
      'hồ sơ',
      'ông An',
      'số nhà 12',
      'O9O5 OOO 123',
      '@',
      'a@b.vn',
    ],
  )
  const gaps = fc.constantFrom(' ', ' ', '.', '-', ', ', '/', '\n', '')
  const soup = fc
    .array(fc.tuple(pieces, gaps), { maxLength: 10 })
    .map((parts) => parts.map(([piece, gap]) => piece + gap).join(''))

  test('leaves no phone and no identity number to be found', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const findings = findPersonalData(text)
        const left = findPersonalData(removePersonalData(text, findings)).filter(
          ({ kind }) => kind === 'phone' || kind === 'idNumber',
        )
        expect(left).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  test('findings are in order, apart from each other, and point at their text', () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        let end = 0
        for (const finding of findPersonalData(text)) {
          expect(finding.start).toBeGreaterThanOrEqual(end)
          expect(finding.end).toBeGreaterThan(finding.start)
          expect(text.slice(finding.start, finding.end)).toBe(finding.text)
          end = finding.end
        }
      }),
    )
  })
})

test('long and hostile texts take no time', () => {
  const units = [
    '0 ',
    '1 ',
    '1.',
    'a@',
    'a',
    'ông A ',
    'a.b@',
    '0905000123 ',
    '12/',
    '123456789 ',
    'số nhà 1',
    '-',
    '\ud800',
    'A ',
    'tên ',
    '20261123.',
    'H34-',
    '1,5 ',
  ]
  for (const unit of units) {
    const text = unit.repeat(Math.ceil(9000 / unit.length))
    const started = performance.now()
    removePersonalData(text, findPersonalData(text))
    expect(performance.now() - started, unit).toBeLessThan(300)
  }
})
