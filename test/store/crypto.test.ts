import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CipherError, createFieldCipher, createKeyedHash, parseDataKeys } from '../../src/store/crypto.ts'

const encoded = (byte: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => (byte * 31 + index * 7) & 255)).toString('base64')
const old = `k1:${encoded(1)}`
const next = `k2:${encoded(2)}`
const cipher = createFieldCipher(parseDataKeys(old))
const place = 'cases.phone/PAKN.20261123.0001'

describe('DATA_KEYS', () => {
  test('the first key writes, all are read', () => {
    expect(parseDataKeys(`${next}, ${old}`).map((key) => key.id)).toEqual(['k2', 'k1'])
  })

  test('base64url and missing padding are understood', () => {
    const url = randomBytes(32).toString('base64url')
    expect(parseDataKeys(`k1:${url}`)).toHaveLength(1)
  })

  test.each([
    ['nothing', ''],
    ['no id', encoded(1)],
    ['an id with a space', `k 1:${encoded(1)}`],
    ['an id that is too long', `${'k'.repeat(33)}:${encoded(1)}`],
    ['31 bytes', `k1:${randomBytes(31).toString('base64')}`],
    ['33 bytes', `k1:${randomBytes(33).toString('base64')}`],
    ['letters outside base64', `k1:${encoded(1).slice(0, -3)}!!=`],
    ['the same id twice', `${old},${old}`],
    ['a key of zeros', `k1:${Buffer.alloc(32).toString('base64')}`],
    ['a comma at the end', `${old},`],
  ])('%s is refused', (_name, text) => {
    expect(() => parseDataKeys(text)).toThrow(expect.objectContaining({ name: 'StartError', code: 'dataKeysInvalid' }))
  })

  test('every fault is named at once, in both languages, and no key is quoted', () => {
    const secret = randomBytes(31).toString('base64')
    try {
      parseDataKeys(`k1:${secret},nokey,${old},${old}`)
      expect.unreachable()
    } catch (error) {
      const { vi, en } = error as { vi: string; en: string }
      expect(en).toMatch(/key "k1".*entry 2.*entry 4/)
      expect(vi).toMatch(/khóa "k1".*mục 2.*mục 4/)
      expect(en + vi).not.toContain(secret)
      expect(en + vi).not.toContain(encoded(1))
    }
  })
})

describe('a field', () => {
  test('any text comes back as it was, lone surrogates as the replacement character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, context) => {
        expect(cipher.decryptText(cipher.encrypt(text, context), context)).toBe(text.toWellFormed())
      }),
    )
  })

  test('any bytes come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(cipher.decryptBytes(cipher.encrypt(bytes, place), place).equals(bytes)).toBe(true)
      }),
    )
  })

  test('a changed byte anywhere, and any shortening, is refused', () => {
    const sealed = cipher.encrypt('098 000 0000', place)
    for (let at = 0; at < sealed.length; at += 1) {
      for (const bit of [1, 128]) {
        const changed = Buffer.from(sealed)
        changed.writeUInt8(changed.readUInt8(at) ^ bit, at)
        expect(() => cipher.decryptText(changed, place)).toThrow(CipherError)
      }
      expect(() => cipher.decryptText(sealed.subarray(0, at), place)).toThrow(CipherError)
    }
    expect(() => cipher.decryptText(Buffer.concat([sealed, Buffer.from([0])]), place)).toThrow(CipherError)
  })

  test('a value cannot be read at another place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one.toWellFormed() !== other.toWellFormed())
        const sealed = cipher.encrypt('x', one)
        expect(() => cipher.decryptText(sealed, other)).toThrow(expect.objectContaining({ code: 'tampered' }))
      }),
    )
  })

  test('the same value is never written alike, and nothing of it shows', () => {
    const text = 'Y Hà, thôn 2'
    const written = new Set(Array.from({ length: 1000 }, () => cipher.encrypt(text, place).toString('base64')))
    expect(written.size).toBe(1000)
    expect(cipher.encrypt(text, place).includes(text)).toBe(false)
  })

  test('after a change of key old values are read and told apart', () => {
    const sealed = cipher.encrypt('x', place)
    const rotated = createFieldCipher(parseDataKeys(`${next},${old}`))
    expect(rotated.decryptText(sealed, place)).toBe('x')
    expect([rotated.keyIdOf(sealed), rotated.needsRotation(sealed)]).toEqual(['k1', true])
    const anew = rotated.encrypt('x', place)
    expect([rotated.keyIdOf(anew), rotated.needsRotation(anew)]).toEqual(['k2', false])
  })

  test('a value under a key that is not at hand names the key and nothing else', () => {
    const sealed = cipher.encrypt('x', place)
    const other = createFieldCipher(parseDataKeys(next))
    expect(() => other.decryptText(sealed, place)).toThrow(expect.objectContaining({ code: 'unknownKey', keyId: 'k1' }))
    const impostor = createFieldCipher(parseDataKeys(`k1:${encoded(9)}`))
    expect(() => impostor.decryptText(sealed, place)).toThrow(expect.objectContaining({ code: 'tampered' }))
  })

  test('anything else than a ciphertext is refused without a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => cipher.decryptBytes(bytes, place)).toThrow(CipherError)
      }),
    )
  })
})

describe('a keyed hash', () => {
  const hash = createKeyedHash(randomBytes(32))

  test('equal inputs agree, unequal inputs and unequal purposes do not', () => {
    expect(hash.phoneKey('+84980000000')).toBe(hash.phoneKey('+84980000000'))
    expect(hash.phoneKey('+84980000000')).not.toBe(hash.phoneKey('+84980000001'))
    expect(hash.phoneKey('123')).not.toBe(hash.citizenKey('123'))
    expect(hash.keyOf('otp', '123')).not.toBe(hash.keyOf('email', '123'))
  })

  test('it is safe in a URL and tells nothing without the secret', () => {
    expect(hash.citizenKey('1234567890123456789')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(createKeyedHash(randomBytes(32)).citizenKey('1')).not.toBe(hash.citizenKey('1'))
  })

  test('a short secret is refused', () => {
    expect(() => createKeyedHash(randomBytes(16))).toThrow('too short')
  })
})
