import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minuteOfDay } from '../../src/cases/days.ts'
import {
  afterQuiet,
  mayChatNow,
  type PlannedChannels,
  type PlannedNotice,
  type PlanStep,
  plan,
} from '../../src/delivery/plan.ts'
import { loadDelivery } from '../../src/delivery/settings.ts'
import type { Bubble, ChatFacts, NoticeTry, OutsideWay } from '../../src/usecases/notice-records.ts'
import { OUTSIDE_WAYS } from '../../src/usecases/notice-records.ts'

const settings = await loadDelivery(fileURLToPath(new URL('../../data/delivery.yaml', import.meta.url)))
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Tuesday, ten in the morning. */
const NOON = Date.parse('2026-11-24T10:00:00+07:00')
const at = (time: string) => Date.parse(`2026-11-24T${time}:00+07:00`)
const NIGHT = { fromMinute: 21 * 60, toMinute: 7 * 60 }
const ALL_OPEN: Record<OutsideWay, string | null> = {
  templateByUser: null,
  templateByPhone: null,
  sms: null,
  email: null,
}
const NO_WAY: Record<OutsideWay, string | null> = {
  templateByUser: 'notSetUp',
  templateByPhone: 'notSetUp',
  sms: 'noPhone',
  email: 'noEmail',
}

const notice = (change: Partial<PlannedNotice> = {}): PlannedNotice => ({
  notice: 'N3',
  mandatory: true,
  needsPerson: true,
  isAnswer: false,
  createdAt: NOON,
  hasWords: true,
  bubbles: [],
  tries: [],
  ...change,
})
const channels = (change: Partial<PlannedChannels> = {}): PlannedChannels => ({
  hindrances: ALL_OPEN,
  quotaLeft: null,
  settings: { ...settings, alsoBy: [] },
  quietHours: NIGHT,
  ...change,
})
const chat = (change: Partial<ChatFacts> = {}): ChatFacts => ({
  lastInteractionAt: NOON - HOUR,
  following: true,
  unreachable: null,
  ...change,
})
const bubble = (change: Partial<Bubble> = {}): Bubble => ({
  id: 'b',
  state: 'accepted',
  isOpen: false,
  createdAt: NOON,
  acceptedAt: NOON,
  deliveredAt: null,
  seenAt: null,
  settledAt: null,
  tries: [],
  messageIds: ['m'],
  ...change,
})
const tried = (way: OutsideWay, change: Partial<NoticeTry> = {}): NoticeTry => ({
  way,
  reference: `r-${way}`,
  at: NOON,
  result: 'accepted',
  textVersion: 'v',
  ...change,
})
const refused = (change: Partial<Bubble> = {}) =>
  bubble({ state: 'unreachable', acceptedAt: null, settledAt: NOON, messageIds: [], ...change })
const words = (steps: readonly PlanStep[]) =>
  steps.map((one) => ('way' in one ? `${one.step} ${one.way}` : one.step)).join(', ')

const OUTSIDE = 'send templateByUser, send templateByPhone, send sms, send email, person'

/** Situations as rule R5-1 to R5-3 and the platform's windows tell them, written down without a look at the planner. */
const SITUATIONS: {
  is: string
  notice?: Partial<PlannedNotice>
  citizen?: ChatFacts | null
  channels?: Partial<PlannedChannels>
  now?: number
  steps: string
  first?: number
}[] = [
  { is: 'wrote an hour ago', steps: `send chat, ${OUTSIDE}`, first: NOON },
  {
    is: 'wrote three days ago, quota unknown',
    citizen: chat({ lastInteractionAt: NOON - 3 * DAY }),
    steps: `send chat, ${OUTSIDE}`,
  },
  {
    is: 'wrote three days ago, quota left',
    citizen: chat({ lastInteractionAt: NOON - 3 * DAY }),
    channels: { quotaLeft: 1 },
    steps: `send chat, ${OUTSIDE}`,
  },
  {
    is: 'wrote three days ago, quota used up',
    citizen: chat({ lastInteractionAt: NOON - 3 * DAY }),
    channels: { quotaLeft: 0 },
    steps: OUTSIDE,
  },
  { is: 'wrote an hour ago, quota used up', channels: { quotaLeft: 0 }, steps: `send chat, ${OUTSIDE}` },
  { is: 'wrote eight days ago', citizen: chat({ lastInteractionAt: NOON - 8 * DAY }), steps: OUTSIDE, first: NOON },
  { is: 'wrote exactly seven days ago', citizen: chat({ lastInteractionAt: NOON - 7 * DAY }), steps: OUTSIDE },
  { is: 'blocked the account', citizen: chat({ unreachable: { code: '-217', at: NOON } }), steps: OUTSIDE },
  { is: 'unfollowed, window open', citizen: chat({ following: false }), steps: `send chat, ${OUTSIDE}` },
  { is: 'nothing is known of the window', citizen: chat({ lastInteractionAt: null }), steps: `send chat, ${OUTSIDE}` },
  { is: 'no Zalo at all', citizen: null, notice: { hasWords: false }, steps: OUTSIDE },
  {
    is: 'no way is set up and no Zalo',
    citizen: null,
    notice: { hasWords: false },
    channels: { hindrances: NO_WAY },
    steps: 'person',
    first: NOON,
  },
  {
    is: 'no way is set up and the window is closed',
    citizen: chat({ lastInteractionAt: NOON - 8 * DAY }),
    channels: { hindrances: NO_WAY },
    steps: 'person',
  },
  {
    is: 'only e-mail is there',
    citizen: null,
    channels: { hindrances: { ...NO_WAY, email: null } },
    steps: 'send email, person',
  },
  { is: 'just taken by Zalo', notice: { bubbles: [bubble()] }, steps: `await chat, ${OUTSIDE}`, first: NOON + DAY },
  {
    is: 'taken by Zalo a day ago, no receipt',
    notice: { bubbles: [bubble({ createdAt: NOON - DAY, acceptedAt: NOON - DAY })] },
    steps: OUTSIDE,
    first: NOON,
  },
  {
    is: 'waits in the outbox',
    notice: { bubbles: [bubble({ state: 'waiting', isOpen: true, acceptedAt: null })] },
    steps: `await chat, ${OUTSIDE}`,
  },
  {
    is: 'stuck in the outbox for a day',
    notice: { bubbles: [bubble({ state: 'waiting', isOpen: true, acceptedAt: null, createdAt: NOON - DAY })] },
    steps: OUTSIDE,
  },
  { is: 'outcome given up', notice: { bubbles: [bubble({ state: 'ambiguous', acceptedAt: null })] }, steps: OUTSIDE },
  {
    is: 'refused by Zalo',
    notice: { bubbles: [refused()] },
    citizen: chat({ unreachable: { code: '-230', at: NOON } }),
    steps: OUTSIDE,
  },
  {
    is: 'refused, and came back since',
    notice: { bubbles: [refused({ settledAt: NOON - 2 * HOUR })] },
    steps: `send chat, ${OUTSIDE}`,
  },
  {
    is: 'content refused for good, although they came back',
    notice: { bubbles: [refused({ state: 'failed', settledAt: NOON - 2 * HOUR })] },
    steps: OUTSIDE,
  },
  {
    is: 'template refused, phone left',
    citizen: null,
    notice: { tries: [tried('templateByUser', { result: 'failed', code: '-249' })] },
    steps: 'send templateByPhone, send sms, send email, person',
  },
  {
    is: 'template taken',
    citizen: null,
    notice: { tries: [tried('templateByUser')] },
    steps: 'await templateByUser, send templateByPhone, send sms, send email, person',
    first: NOON + 6 * HOUR,
  },
  {
    is: 'SMS of unknown outcome',
    citizen: null,
    notice: {
      tries: [
        tried('templateByUser', { result: 'failed' }),
        tried('templateByPhone', { result: 'failed' }),
        tried('sms', { result: 'unknown' }),
      ],
    },
    steps: 'await sms, send email, person',
  },
  {
    is: 'SMS of unknown outcome, long ago',
    citizen: null,
    notice: {
      tries: [
        tried('templateByUser', { result: 'failed' }),
        tried('templateByPhone', { result: 'failed' }),
        tried('sms', { result: 'sending', at: NOON - DAY }),
      ],
    },
    steps: 'send email, person',
  },
  {
    is: 'every way has failed',
    citizen: null,
    notice: { tries: OUTSIDE_WAYS.map((way) => tried(way, { result: 'failed' })) },
    steps: 'person',
    first: NOON,
  },
  {
    is: 'provider asks for patience',
    citizen: null,
    notice: { tries: [tried('templateByUser', { result: 'later', at: NOON + HOUR })] },
    steps: OUTSIDE,
    first: NOON + HOUR,
  },
  {
    is: 'provider asks for patience until tomorrow, which is longer than a proof may take',
    citizen: null,
    notice: { tries: [tried('templateByUser', { result: 'later', triedAt: NOON, at: NOON + 7 * HOUR })] },
    steps: OUTSIDE.replace('send templateByUser, ', ''),
    first: NOON,
  },
  {
    is: 'provider asked for that patience, and the time has come',
    citizen: null,
    notice: { tries: [tried('templateByUser', { result: 'later', triedAt: NOON - 7 * HOUR, at: NOON })] },
    steps: OUTSIDE.replace('send templateByUser, ', ''),
    first: NOON,
  },
  { is: 'SMS delivered', citizen: null, notice: { tries: [tried('sms', { result: 'delivered' })] }, steps: '' },
  {
    is: 'letter not bounced in time',
    citizen: null,
    notice: { tries: [tried('email', { at: NOON - 3 * DAY })] },
    steps: '',
  },
  { is: 'seen in the chat', notice: { bubbles: [bubble({ state: 'seen' })] }, steps: '' },
  { is: 'at eleven at night', now: at('23:00'), steps: `send chat, ${OUTSIDE}`, first: at('07:00') + DAY },
  { is: 'at half past six', now: at('06:30'), steps: `send chat, ${OUTSIDE}`, first: at('07:00') },
  { is: 'at nine in the evening sharp', now: at('21:00'), steps: `send chat, ${OUTSIDE}`, first: at('07:00') + DAY },
  { is: 'at seven sharp', now: at('07:00'), steps: `send chat, ${OUTSIDE}`, first: at('07:00') },
  {
    is: 'an answer to the citizen at night',
    notice: { isAnswer: true },
    now: at('23:00'),
    steps: `send chat, ${OUTSIDE}`,
    first: at('23:00'),
  },
  {
    is: 'window closes in the night',
    citizen: chat({ lastInteractionAt: at('23:30') - 7 * DAY }),
    now: at('22:00'),
    steps: OUTSIDE,
    first: at('07:00') + DAY,
  },
  {
    is: 'quiet hours are off',
    channels: { quietHours: null },
    now: at('23:00'),
    steps: `send chat, ${OUTSIDE}`,
    first: at('23:00'),
  },
  { is: 'not mandatory, window open', notice: { mandatory: false, needsPerson: false }, steps: 'send chat, drop' },
  {
    is: 'not mandatory, window closed',
    notice: { mandatory: false, needsPerson: false },
    citizen: chat({ lastInteractionAt: NOON - 8 * DAY }),
    steps: 'keep',
  },
  {
    is: 'not mandatory, little quota left',
    notice: { mandatory: false, needsPerson: false },
    citizen: chat({ lastInteractionAt: NOON - 3 * DAY }),
    channels: { quotaLeft: 100 },
    steps: 'keep',
  },
  {
    is: 'not mandatory and old',
    notice: { mandatory: false, needsPerson: false, createdAt: NOON - 14 * DAY },
    citizen: chat({ lastInteractionAt: NOON - 30 * DAY }),
    steps: 'drop',
  },
  {
    is: 'an officer’s own words, window closed, nothing set up',
    notice: { mandatory: false, needsPerson: true },
    citizen: chat({ lastInteractionAt: NOON - 8 * DAY }),
    channels: { hindrances: NO_WAY },
    steps: 'person',
  },
]

describe('the ways of a notice', () => {
  test.each(SITUATIONS)(
    '$is',
    ({ notice: about = {}, citizen = chat(), channels: ways = {}, now = NOON, steps, first }) => {
      const planned = plan(notice({ createdAt: now, ...about }), { chat: citizen }, channels(ways), now)
      expect(words(planned.steps)).toBe(steps)
      if (first !== undefined) expect(planned.steps[0]?.at).toBe(first)
    },
  )

  test('each way that is passed has its reason', () => {
    const planned = plan(
      notice(),
      { chat: chat({ unreachable: { code: '-217', at: NOON } }) },
      channels({ hindrances: NO_WAY }),
      NOON,
    )
    expect(planned.passed).toEqual([
      { way: 'chat', reason: 'blocked' },
      { way: 'templateByUser', reason: 'notSetUp' },
      { way: 'templateByPhone', reason: 'notSetUp' },
      { way: 'sms', reason: 'noPhone' },
      { way: 'email', reason: 'noEmail' },
    ])
  })

  test('a mandatory notice goes on both ways, whatever became of the chat, but each way once', () => {
    const both = channels({ settings })
    const fresh = plan(notice({ bubbles: [bubble({ state: 'seen' })] }), { chat: chat() }, both, NOON)
    expect(fresh.proof?.way).toBe('chat')
    expect(fresh.also.map(({ way }) => way)).toEqual(['sms', 'email'])
    const later = plan(notice({ tries: [tried('sms')] }), { chat: chat() }, both, NOON)
    expect(later.also.map(({ way }) => way)).toEqual(['email'])
    expect(plan(notice({ mandatory: false }), { chat: chat() }, both, NOON).also).toEqual([])
    // What no article orders by message and e-mail is told once (R5-2).
    for (const id of ['N3b', 'N4', 'N7', 'N10'])
      expect(plan(notice({ notice: id }), { chat: chat() }, both, NOON).also, id).toEqual([])
    for (const id of ['N1', 'N2'])
      expect(plan(notice({ notice: id }), { chat: chat() }, both, NOON).also).toHaveLength(2)
    const every = channels({ settings: { ...settings, alsoBy: ['sms'] } })
    expect(plan(notice({ notice: 'N7' }), { chat: chat() }, every, NOON).also.map(({ way }) => way)).toEqual(['sms'])
    expect(plan(notice(), { chat: chat() }, { ...both, hindrances: NO_WAY }, NOON).also).toEqual([])
    expect(plan(notice(), { chat: chat() }, both, at('23:00')).also[0]?.at).toBe(at('07:00') + DAY)
  })

  test('the transaction of an act says the same of the chat as the plan does', () => {
    for (const { notice: about = {}, citizen = chat(), channels: ways = {}, now = NOON } of SITUATIONS) {
      if (citizen === null || (about.bubbles ?? []).length > 0 || (about.tries ?? []).length > 0) continue
      const asked = notice({ createdAt: now, ...about })
      const [first] = plan(asked, { chat: citizen }, channels(ways), now).steps
      const isNow = first?.step === 'send' && first.way === 'chat' && first.at === now
      expect(mayChatNow(asked, citizen, channels(ways), now)).toBe(isNow || asked.isAnswer)
    }
  })
})

const anyTime = fc.integer({ min: NOON - 40 * DAY, max: NOON + 40 * DAY })
const anyQuiet = fc.option(fc.record({ fromMinute: fc.nat(1439), toMinute: fc.nat(1439) }), { nil: null })
const anyFacts = fc.record({
  lastInteractionAt: fc.option(anyTime, { nil: null }),
  following: fc.constantFrom(true, false, null),
  unreachable: fc.option(fc.record({ code: fc.constantFrom('-230', '-217', '-1'), at: anyTime }), { nil: null }),
})
const anyHindrances: fc.Arbitrary<Record<OutsideWay, string | null>> = fc.record({
  templateByUser: fc.constantFrom(null, 'x'),
  templateByPhone: fc.constantFrom(null, 'x'),
  sms: fc.constantFrom(null, 'x'),
  email: fc.constantFrom(null, 'x'),
})
const anyFate = fc.constantFrom('delivered', 'silence', 'refused', 'unknown', 'later', 'crash')

function isQuiet(quiet: { fromMinute: number; toMinute: number } | null, time: number): boolean {
  if (quiet === null || quiet.fromMinute === quiet.toMinute) return false
  const minute = minuteOfDay(time)
  return quiet.fromMinute < quiet.toMinute
    ? minute >= quiet.fromMinute && minute < quiet.toMinute
    : minute >= quiet.fromMinute || minute < quiet.toMinute
}

describe('whatever becomes of each way', () => {
  test('the end of the quiet hours lies outside of them, and never before', () => {
    fc.assert(
      fc.property(anyQuiet, anyTime, (quiet, time) => {
        const after = afterQuiet(quiet, time)
        expect(after).toBeGreaterThanOrEqual(time)
        expect(after - time).toBeLessThan(DAY)
        expect(isQuiet(quiet, after)).toBe(false)
        if (!isQuiet(quiet, time)) expect(after).toBe(time)
      }),
    )
  })

  test('a mandatory notice ends with a proof or a person, no way carries it twice, and nothing leaves at night', () => {
    fc.assert(
      fc.property(
        fc.option(anyFacts, { nil: null }),
        anyHindrances,
        anyQuiet,
        anyTime,
        fc.array(anyFate, { minLength: 40, maxLength: 40 }),
        fc.option(fc.nat(600), { nil: null }),
        (facts, hindrances, quietHours, start, fates, quotaLeft) => {
          const ways = { settings, hindrances, quietHours, quotaLeft }
          const bubbles: Bubble[] = []
          const tries: NoticeTry[] = []
          const left: string[] = []
          let now = start
          for (let step = 0; step < 250; step++) {
            const asked = notice({ createdAt: start, hasWords: facts !== null, bubbles, tries })
            const planned = plan(asked, { chat: facts }, ways, now)
            const due = planned.also.find((one) => one.at <= now) ?? planned.steps[0]
            if (planned.proof !== null && planned.also.length === 0) return
            if (due === undefined || due.at > now) {
              const times = [...planned.also, ...planned.steps.slice(0, 1)].map((one) => one.at)
              const next = Math.min(...times)
              expect(next).toBeGreaterThan(now)
              now = next
              continue
            }
            if (due.step === 'person') {
              expect(planned.proof).toBeNull()
              return
            }
            if (due.step !== 'send') throw new Error(`a mandatory notice must not end with ${due.step}`)
            expect(isQuiet(quietHours, now)).toBe(false)
            const fate = fates[step % fates.length]
            if (due.way === 'chat') {
              left.push('chat')
              bubbles.push(bubbleOf(fate, now, bubbles.length))
            } else {
              const last = tries.findLast(({ way }) => way === due.way)
              if (last === undefined || last.result !== 'later') left.push(due.way)
              tries.push(tryOf(due.way, fate, now))
            }
            expect(new Set(left).size).toBe(left.length)
          }
          throw new Error('it never ends')
        },
      ),
      {
        numRuns: 300,
        examples: [[null, ALL_OPEN, NIGHT, NOON, Array.from({ length: 40 }, () => 'later' as const), null]],
      },
    )
  })
})

function bubbleOf(fate: string | undefined, now: number, index: number): Bubble {
  const common = { id: `b${index}`, createdAt: now }
  if (fate === 'delivered') return bubble({ ...common, state: 'delivered', deliveredAt: now })
  if (fate === 'silence') return bubble({ ...common, acceptedAt: now })
  if (fate === 'refused') return refused({ ...common, state: 'failed', settledAt: now })
  return bubble({
    ...common,
    state: fate === 'later' ? 'waiting' : 'ambiguous',
    isOpen: fate === 'later',
    acceptedAt: null,
  })
}

function tryOf(way: OutsideWay, fate: string | undefined, now: number): NoticeTry {
  if (fate === 'delivered') return tried(way, { at: now, result: 'delivered' })
  if (fate === 'silence') return tried(way, { at: now })
  if (fate === 'refused') return tried(way, { at: now, result: 'failed' })
  if (fate === 'later') return tried(way, { at: now + HOUR, result: 'later' })
  return tried(way, { at: now, result: fate === 'crash' ? 'sending' : 'unknown' })
}
