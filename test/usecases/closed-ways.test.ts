import { expect, test } from 'vitest'
import { closedBy, stillClosed } from '../../src/usecases/closed-ways.ts'
import { OUTSIDE_WAYS } from '../../src/usecases/notice-records.ts'
import type { SendResult } from '../../src/usecases/ports.ts'
import { zbsErrors } from '../../src/zalo/error-table.ts'
import { channelRefusal } from '../support/fake-channels.ts'

const DAY_MS = 86_400_000
const now = Date.parse('2026-11-23T10:00:00+07:00')
const daysOf = (way: (typeof OUTSIDE_WAYS)[number], result: SendResult) => {
  const closed = closedBy(way, result, now)
  return closed === null ? null : (closed.until - closed.since) / DAY_MS
}

test('of all numbers of the template API only those about the recipient close a way, and the wrong number longest', () => {
  const closing = Object.entries(zbsErrors).flatMap(([code, [errorClass]]) => {
    const days = daysOf('templateByPhone', channelRefusal(errorClass === 'auth' ? 'admin' : errorClass, code))
    return days === null ? [] : [[code, days]]
  })
  expect(Object.fromEntries(closing)).toEqual({
    '-108': 365,
    '-110': 30,
    '-114': 30,
    '-118': 30,
    '-119': 30,
    '-134': 30,
    '-139': 30,
    '-140': 30,
    '-141': 30,
  })
})

test('a reason of our own, an acceptance and another way close nothing', () => {
  expect(daysOf('templateByPhone', channelRefusal('user', 'noPhone'))).toBeNull()
  expect(daysOf('templateByPhone', { ok: true, messageId: 'm', sentAt: now })).toBeNull()
  expect(daysOf('sms', channelRefusal('user', '-108'))).toBeNull()
  expect(daysOf('email', channelRefusal('drop', '-108'))).toBeNull()
  expect(daysOf('templateByUser', channelRefusal('user', '-230'))).toBe(30)
  // By the id of a person there is no number that could be wrong.
  expect(daysOf('templateByUser', channelRefusal('drop', '-108'))).toBeNull()
})

test('what was said of a person ends when they do something; what was said of a number does not', () => {
  const ways = OUTSIDE_WAYS.slice(0, 2).map((way) => ({ way, code: '-118', since: now, until: now + DAY_MS }))
  const chat = (lastInteractionAt: number | null) => ({ lastInteractionAt, following: null, unreachable: null })
  const left = (at: number | null) => stillClosed(ways, chat(at)).map(({ way }) => way)
  expect(left(null)).toEqual(['templateByUser', 'templateByPhone'])
  expect(left(now - 1)).toEqual(['templateByUser', 'templateByPhone'])
  expect(left(now + 1)).toEqual(['templateByPhone'])
  expect(stillClosed(ways, null)).toHaveLength(2)
})
