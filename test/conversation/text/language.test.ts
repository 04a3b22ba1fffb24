import fc from 'fast-check'
import { expect, test } from 'vitest'
import { looksVietnamese } from '../../../src/conversation/text/language.ts'

test.each([
  'Em nộp hồ sơ tách thửa ở xã Sa Thầy từ 12/9 tới giờ chưa có kết quả',
  'em nop ho so tach thua o xa sa thay tu 12/9 toi gio chua co ket qua, hoi thi cu bao cho',
  'EM NOP HO SO TACH THUA LAU ROI MA CHUA CO',
  'hs cua e nop lau r ma k ai tra loi j het tron',
  'duong hong nang ma ubnd k sua',
  'khongggg ai tra loiiii gi cho toi het',
  'Cổng dvc online error 500, login VNeID failed hoài không nộp được hồ sơ',
  'Y Hà ở làng Kroong Klah, Đăk Pxi, Kon Plông',
  'ok',
  'hello',
  'thank you',
  'https://example.vn/very/long/address/of/something',
  '0905 000 123',
  '😊👍',
  '',
])('Vietnamese, or too short to tell: %s', (text) => {
  expect(looksVietnamese(text)).toBe(true)
  expect(looksVietnamese(text.normalize('NFD'))).toBe(true)
})

test.each([
  'My application for a land title has been delayed for three months and nobody tells me why',
  'I want to complain about the man at the land office, he did not let me in',
  'My land in Đăk Hà has been taken without any compensation whatsoever',
  'Je voudrais déposer une plainte contre le service des impôts',
  'Wie kann ich meine Beschwerde einreichen, bitte helfen Sie mir',
  '您好我想投诉土地证办理太慢了请帮助我',
  'ສະບາຍດີ ຂ້ອຍຢາກຮ້ອງຮຽນ ກ່ຽວກັບ ທີ່ດິນ',
  'asdf qwer zxcv hjkl',
])('hardly a Vietnamese word: %s', (text) => expect(looksVietnamese(text)).toBe(false))

test('any text is judged without an exception and quickly', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof looksVietnamese(text) === 'boolean'))
  const started = performance.now()
  for (const unit of ['ạ', 'é', 'a ', 'word ', '@', 'ab', 'ạ b ', 'www.'])
    looksVietnamese(unit.repeat(Math.ceil(9000 / unit.length)))
  expect(performance.now() - started).toBeLessThan(500)
})
