import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAddressLimit } from '../../src/http/address-limit.ts'

function limiter(perMinute: number, addressesMax?: number) {
  let at = 0
  const limit = createAddressLimit({
    perMinute,
    now: () => at,
    ...(addressesMax === undefined ? {} : { addressesMax }),
  })
  const pass = (ms: number) => {
    at += ms
  }
  return { limit, pass }
}

test('an address gets its allowance, then as much as comes back, and others are not held up by it', () => {
  const { limit, pass } = limiter(30)
  for (let index = 0; index < 30; index++) expect(limit('203.0.113.7').ok).toBe(true)
  expect(limit('203.0.113.7')).toEqual({ ok: false, retryAfterSeconds: 2 })
  expect(limit('203.0.113.8').ok).toBe(true)
  pass(2_000)
  expect(limit('203.0.113.7').ok).toBe(true)
  expect(limit('203.0.113.7').ok).toBe(false)
  pass(60_000)
  for (let index = 0; index < 30; index++) expect(limit('203.0.113.7').ok).toBe(true)
  expect(limit('203.0.113.7').ok).toBe(false)
})

test('asking on and on while refused does not push the end away', () => {
  const { limit, pass } = limiter(1)
  expect(limit('203.0.113.7').ok).toBe(true)
  for (let index = 0; index < 59; index++) {
    pass(1_000)
    expect(limit('203.0.113.7').ok).toBe(false)
  }
  pass(1_000)
  expect(limit('203.0.113.7').ok).toBe(true)
})

test('the addresses of one IPv6 network and both spellings of one IPv4 address count together', () => {
  const { limit } = limiter(1)
  expect(limit('2001:db8:1:2::1').ok).toBe(true)
  expect(limit('2001:db8:1:2:ffff::9').ok).toBe(false)
  expect(limit('2001:db8:1:3::1').ok).toBe(true)
  expect(limit('203.0.113.7').ok).toBe(true)
  expect(limit('::ffff:203.0.113.7').ok).toBe(false)
  expect(limit(undefined).ok).toBe(true)
  expect(limit('no address').ok).toBe(false)
})

test('only so many addresses are remembered', () => {
  const { limit } = limiter(1, 2)
  for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) expect(limit(address).ok).toBe(true)
  expect(limit('203.0.113.1').ok).toBe(true)
  expect(limit('203.0.113.3').ok).toBe(false)
})

test('whatever the clock shows, the whole allowance may be used at once and no more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1e10, noNaN: true }), (perMinute, at) => {
      const limit = createAddressLimit({ perMinute, now: () => at })
      for (let index = 0; index < perMinute; index++) expect(limit('203.0.113.7').ok).toBe(true)
      expect(limit('203.0.113.7').ok).toBe(false)
    }),
  )
})
