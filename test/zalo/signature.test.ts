import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSignatureCheck, timestampOf } from '../../src/zalo/signature.ts'
import { signedEvent, zaloEvents } from '../support/zalo-events.ts'

const appId = '2087416339520788115'
const secretKey = 'oa-secret-for-tests'
const sample = Buffer.from(`{"event_name":"follow","app_id":"${appId}","timestamp":"1790658123456"}`)
const sampleMac = '8248bf3d5254e7778f007fe6dd229468be863f930b79450cd7d380389e357f2e'
const check = createSignatureCheck({ appId, secretKeys: [secretKey] })

describe('the signature of an event', () => {
  test.each([
    ['with its prefix', `mac=${sampleMac}`],
    ['bare', sampleMac],
    ['in capitals', `mac=${sampleMac.toUpperCase()}`],
    ['with blanks around', ` mac=${sampleMac} `],
  ])('is accepted %s', (_name, header) => {
    expect(check(sample, timestampOf(sample), header)).toBe('valid')
  })

  test.each([
    ['absent', undefined, 'missing'],
    ['empty', '', 'missing'],
    ['blank', '  ', 'missing'],
    ['too short', `mac=${sampleMac.slice(1)}`, 'wrong'],
    ['too long', `mac=${sampleMac}0`, 'wrong'],
    ['not hexadecimal', `mac=${'z'.repeat(64)}`, 'wrong'],
    ['of another body', `mac=${'0'.repeat(64)}`, 'wrong'],
    ['twice', `mac=mac=${sampleMac}`, 'wrong'],
  ])('is refused when %s', (_name, header, verdict) => {
    expect(check(sample, timestampOf(sample), header)).toBe(verdict)
  })

  test('is refused when one byte of the body, the time or the app differs', () => {
    const other = Buffer.from(sample.toString().replace('follow', 'fellow'))
    expect(check(other, timestampOf(other), sampleMac)).toBe('wrong')
    expect(check(sample, '1790658123457', sampleMac)).toBe('wrong')
    expect(createSignatureCheck({ appId: '1', secretKeys: [secretKey] })(sample, timestampOf(sample), sampleMac)).toBe(
      'wrong',
    )
  })

  test('with the key before is told apart while a renewed key spreads', () => {
    const both = createSignatureCheck({ appId, secretKeys: ['renewed-key', secretKey] })
    expect(both(sample, timestampOf(sample), sampleMac)).toBe('validByPrevious')
    const event = signedEvent({ timestamp: '1' }, { appId, secretKey: 'renewed-key' })
    expect(both(Buffer.from(event.body), '1', event.headers['X-ZEvent-Signature'])).toBe('valid')
  })

  test('an empty key never counts as a key', () => {
    const mac = createHash('sha256').update(`${appId}{}`).digest('hex')
    expect(createSignatureCheck({ appId, secretKeys: [secretKey, ''] })(Buffer.from('{}'), '', mac)).toBe('wrong')
  })

  test('is over the exact bytes: odd escapes, gaps and words outside ASCII hold', () => {
    const events = zaloEvents({ appId, oaId: '4318072690155387264' })
    const event = events.userSendsText('7719402268835146093', 'Đèn đường hỏng / ngõ 12 🙏')
    for (const odd of [false, true]) {
      const { body, headers } = signedEvent(event, { appId, secretKey }, { odd })
      const raw = Buffer.from(body)
      expect(JSON.parse(body)).toEqual(event)
      expect(check(raw, timestampOf(raw), headers['X-ZEvent-Signature'])).toBe('valid')
      const again = Buffer.from(JSON.stringify(JSON.parse(body)))
      expect(check(again, timestampOf(again), headers['X-ZEvent-Signature'])).toBe(odd ? 'wrong' : 'valid')
    }
  })

  test('holds over bytes that are not UTF-8', () => {
    const raw = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
    const mac = createHash('sha256').update(appId).update(raw).update(secretKey).digest('hex')
    expect(check(raw, timestampOf(raw), mac)).toBe('valid')
  })
})

describe('the timestamp that is signed', () => {
  test.each([
    ['text', '{"timestamp":"1790658123456"}', '1790658123456'],
    ['text with escapes', '{"timestamp":"\\u0031790"}', '1790'],
    ['a number, as its digits', '{"timestamp": 1790658123456}', '1790658123456'],
    ['a number past 2^53', '{"timestamp":99999999999999999999}', '99999999999999999999'],
    ['a number with a fraction', '{"timestamp":1790658123456.0}', '1790658123456.0'],
    ['a number with an exponent', '{"timestamp":1.79e12}', '1.79e12'],
    ['the last of two', '{"timestamp":"1","timestamp":"2"}', '2'],
    ['only at the top', '{"message":{"timestamp":"1"}}', ''],
    ['absent', '{}', ''],
    ['null', '{"timestamp":null}', ''],
    ['an object', '{"timestamp":{"timestamp":"1"}}', ''],
    ['in a list', '[{"timestamp":"1"}]', ''],
    ['in no JSON', 'timestamp=1', ''],
    ['in nothing', '', ''],
  ])('is read from %s', (_name, body, expected) => {
    expect(timestampOf(Buffer.from(body))).toBe(expected)
  })

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof timestampOf(Buffer.from(bytes)) === 'string'),
    )
    expect(timestampOf(Buffer.from(`{"timestamp":1,"a":${'['.repeat(200_000)}`))).toBe('')
    expect(timestampOf(Buffer.from(`{"timestamp":1,"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toMatch(/^1?$/)
  })
})
