import { describe, expect, test } from 'vitest'
import { openWindows } from '../../src/delivery/windows.ts'
import { oaErrors } from '../../src/zalo/error-table.ts'

const HOUR = 3_600_000
const NOW = Date.parse('2026-11-24T10:00:00+07:00')
const facts = (hoursAgo: number | null, unreachable: { code: string; at: number } | null = null) => ({
  lastInteractionAt: hoursAgo === null ? null : NOW - hoursAgo * HOUR,
  following: null,
  unreachable,
})

describe('the windows of a citizen', () => {
  test.each([
    [0, { isOpen: true, isFree: true }],
    [47.9, { isOpen: true, isFree: true }],
    [48, { isOpen: true, isFree: false }],
    [167.9, { isOpen: true, isFree: false }],
    [168, { isOpen: false, reason: 'windowClosed', since: NOW }],
    [500, { isOpen: false, reason: 'windowClosed', since: NOW - 332 * HOUR }],
    [null, { isOpen: true, isFree: false, freeUntil: null }],
  ])('%s hours after the last contact', (hoursAgo, expected) => {
    expect(openWindows(facts(hoursAgo), NOW)).toMatchObject(expected)
  })

  test('the platform’s answer outweighs what we counted, with its reason and since when', () => {
    const since = NOW - HOUR
    const reasonOf = (code: string) => openWindows(facts(1, { code, at: since }), NOW)
    expect(reasonOf('-217')).toEqual({ isOpen: false, reason: 'blocked', since, code: '-217' })
    expect(reasonOf('-227')).toMatchObject({ reason: 'away' })
    expect(reasonOf('-213')).toMatchObject({ reason: 'neverMet' })
    expect(reasonOf('-999')).toMatchObject({ reason: 'refused' })
    // Everything by which the platform says that this citizen cannot be reached has a reason of its own.
    const ofCitizen = Object.entries(oaErrors).filter(([, [errorClass]]) => errorClass === 'user')
    expect(ofCitizen.length).toBeGreaterThan(5)
    for (const [code] of ofCitizen) expect([code, reasonOf(code)]).not.toMatchObject([code, { reason: 'refused' }])
  })
})
