import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskEmail, maskPersonName, maskPhone } from '../../src/cases/mask.ts'

test.each([
  ['+84981234123', '098****123'],
  ['0981 234 123', '098****123'],
  ['+842603797799', '0260***799'],
  ['+842838295000', '028***000'],
  ['+14155550100', '***100'],
  ['113', '***'],
  ['', '***'],
])('phone %s → %s (R9-17)', (phone, masked) => expect(maskPhone(phone)).toBe(masked))

test.each([
  ['nam@example.vn', 'n***@example.vn'],
  ['a@example.vn', 'a***@example.vn'],
  ['@example.vn', '***'],
  ['nam', '***'],
])('e-mail %s → %s (R9-17)', (email, masked) => expect(maskEmail(email)).toBe(masked))

test.each([
  ['Y Hà', 'Y H**'],
  ['Nguyễn Văn An', 'Nguyễn V** A**'],
  ["Rơ Châm H'Blin", 'Rơ C** H**'],
  ['A  Ỡi', 'A Ỡ**'],
  ['A Ỡi'.normalize('NFD'), 'A Ỡ**'],
  ['Hoa', 'H**'],
  ['  ', ''],
])('name %s → %s (R6-4)', (name, masked) => expect(maskPersonName(name)).toBe(masked))

test('any text is masked without an exception, and no given name shows more than its first letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      maskPhone(text)
      maskEmail(text)
      for (const word of maskPersonName(`Y ${text}`).split(' ').slice(1)) expect(word).toMatch(/^.?\p{M}*\*\*$/su)
    }),
  )
})
