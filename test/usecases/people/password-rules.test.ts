import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passwordFaults } from '../../../src/usecases/people/password-rules.ts'

const person = { login: 'q.hung', name: 'Trần Quốc Hùng' }
const faultOf = (password: string) => passwordFaults(password, person)[0]?.key ?? null

describe('a password', () => {
  test.each([
    ['', 'fault.tooShort'],
    ['mười một ký', 'fault.tooShort'],
    ['👍👍👍👍👍', 'fault.tooShort'],
    ['a'.repeat(201), 'fault.tooLong'],
    ['q.hung thích cá kho', 'fault.passwordHoldsName'],
    ['tôi là Trần Quốc Hùng', 'fault.passwordHoldsName'],
    ['HungQuocTran-1990', 'fault.passwordHoldsName'],
    ['matkhau123456', 'fault.passwordCommon'],
    ['Mật khẩu 2026!', 'fault.passwordCommon'],
    ['Password123456', 'fault.passwordCommon'],
    ['123456789012', 'fault.passwordCommon'],
    ['aaaaaaaaaaaaaaaa', 'fault.passwordCommon'],
    ['abababababababab', 'fault.passwordCommon'],
    ['abcdefghijklmnop', 'fault.passwordCommon'],
    ['zyxwvutsrqponml', 'fault.passwordCommon'],
    ['QuangNgai@2026', 'fault.passwordCommon'],
    ['admin@ubnd2026', 'fault.passwordCommon'],
    ['!!!!!!????****', 'fault.passwordCommon'],
  ])('%j is refused: %s', (password, key) => {
    expect(faultOf(password)).toBe(key)
  })

  test.each([
    'cá kho tộ ăn với cơm nóng',
    'thuyền-nan/chiều.mưa',
    'Tr0ub4dor&3xyz',
    'quốc lộ mười bốn rẽ trái',
    'kX9#vQ2mLp!z',
  ])('%j is taken', (password) => {
    expect(faultOf(password)).toBeNull()
  })

  test('is judged whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
        expect(passwordFaults(password, person).length).toBeLessThanOrEqual(1)
      }),
    )
  })
})
