import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeRecipient, type RecipientFacts } from '../../../src/cases/broadcasts/audience.ts'
import type { Segment } from '../../../src/cases/broadcasts/broadcast.ts'
import { ARTICLE_NIGHT, articleNotBefore, quietUntil } from '../../../src/cases/broadcasts/hours.ts'
import { minuteOfDay } from '../../../src/cases/days.ts'

const now = Date.parse('2026-11-23T09:00:00+07:00')
const HOUR_MS = 3_600_000
const everybody: Segment = { communeCodes: [], lastContactDays: null, ownCases: null }
const follower: RecipientFacts = {
  following: true,
  lastContactAt: now - HOUR_MS,
  isUnreachable: false,
  consent: null,
  busyUntil: null,
  communeCodes: null,
  ownCases: null,
}
const judge = (facts: Partial<RecipientFacts>, segment: Partial<Segment> = {}) => {
  const verdict = judgeRecipient({ ...follower, ...facts }, { ...everybody, ...segment }, now)
  return 'reason' in verdict ? `${verdict.to} ${verdict.reason}` : verdict.to
}

describe('who gets a direct message', () => {
  test.each<[string, Partial<RecipientFacts>, Partial<Segment>, string]>([
    ['a follower', {}, {}, 'send'],
    ['who said "stop"', { consent: false }, {}, 'skip optedOut'],
    ['who said "stop" and follows anew', { consent: false, following: true }, {}, 'skip optedOut'],
    ['who only ever wrote', { following: null }, {}, 'skip notOptedIn'],
    ['who only ever wrote, but asked for news', { following: null, consent: true }, {}, 'send'],
    ['who has unfollowed', { following: false, consent: true }, {}, 'skip unfollowed'],
    ['whom Zalo refused', { isUnreachable: true }, {}, 'skip unreachable'],
    ['the last moment of the window', { lastContactAt: now - 168 * HOUR_MS + 1 }, {}, 'send'],
    ['a moment after', { lastContactAt: now - 168 * HOUR_MS }, {}, 'skip windowClosed'],
    ['who never did anything', { lastContactAt: null }, {}, 'skip windowClosed'],
    ['who fills in a form', { busyUntil: now + 60_000 }, {}, 'defer busy'],
    ['who fills in a form and said "stop"', { busyUntil: now + 60_000, consent: false }, {}, 'skip optedOut'],
    ['another commune', { communeCodes: ['23530'] }, { communeCodes: ['23527'] }, 'ignore'],
    ['no known commune', { communeCodes: [] }, { communeCodes: ['23527'] }, 'ignore'],
    ['one of the communes', { communeCodes: ['23530', '23527'] }, { communeCodes: ['23527'] }, 'send'],
    ['contact too old for the segment', { lastContactAt: now - 49 * HOUR_MS }, { lastContactDays: 2 }, 'ignore'],
    ['contact fresh enough', { lastContactAt: now - 48 * HOUR_MS }, { lastContactDays: 2 }, 'send'],
    ['no open case', { ownCases: { all: 2, open: 0 } }, { ownCases: 'open' }, 'ignore'],
    ['an open case', { ownCases: { all: 2, open: 1 } }, { ownCases: 'open' }, 'send'],
    ['a case', { ownCases: { all: 1, open: 0 } }, { ownCases: 'any' }, 'send'],
    ['a case, and those without are meant', { ownCases: { all: 1, open: 0 } }, { ownCases: 'none' }, 'ignore'],
    ['no case, and those without are meant', { ownCases: { all: 0, open: 0 } }, { ownCases: 'none' }, 'send'],
  ])('%s', (_who, facts, segment, expected) => {
    expect(judge(facts, segment)).toBe(expected)
  })
})

describe('the night', () => {
  const quiet = { fromMinute: 21 * 60, toMinute: 7 * 60 }
  const at = (clock: string) => Date.parse(`2026-11-23T${clock}+07:00`)

  test.each([
    ['20:59:59', null],
    ['21:00:00', '2026-11-24T07:00:00+07:00'],
    ['23:59:59', '2026-11-24T07:00:00+07:00'],
    ['00:00:00', '2026-11-23T07:00:00+07:00'],
    ['06:59:59', '2026-11-23T07:00:00+07:00'],
    ['07:00:00', null],
  ])('at %s', (clock, ends) => {
    expect(quietUntil(quiet, at(clock))).toBe(ends === null ? null : Date.parse(ends))
  })

  test('an article waits for Zalo’s morning also where nothing is quiet here', () => {
    expect(articleNotBefore(null, at('22:00:00'))).toBe(Date.parse('2026-11-24T06:00:00+07:00'))
    expect(articleNotBefore(null, at('21:59:59'))).toBeNull()
    expect(articleNotBefore(quiet, at('05:00:00'))).toBe(at('07:00:00'))
  })

  test('whatever the hours are, the end of a quiet is not quiet and at most a day away', () => {
    const minute = fc.integer({ min: 0, max: 1_439 })
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 4e12 }), (fromMinute, toMinute, time) => {
        const end = quietUntil({ fromMinute, toMinute }, time)
        if (end === null) return
        expect(end).toBeGreaterThan(time)
        expect(end - time).toBeLessThanOrEqual(24 * HOUR_MS)
        expect(minuteOfDay(end)).toBe(toMinute)
        expect(quietUntil({ fromMinute, toMinute }, end)).toBeNull()
      }),
    )
    expect(quietUntil(ARTICLE_NIGHT, at('06:00:00'))).toBeNull()
  })
})
