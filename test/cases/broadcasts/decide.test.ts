import { describe, expect, test } from 'vitest'
import { BROADCAST_ACTS, type BroadcastAct, type BroadcastActName } from '../../../src/cases/broadcasts/acts.ts'
import { BROADCAST_STATES, type Broadcast, type BroadcastState } from '../../../src/cases/broadcasts/broadcast.ts'
import {
  allowedBroadcastActs,
  type BroadcastActor,
  decideBroadcast,
  decideBySystem,
  newBroadcast,
} from '../../../src/cases/broadcasts/decide.ts'
import { readPlan } from '../../../src/cases/broadcasts/plan.ts'

const now = Date.parse('2026-11-23T09:00:00+07:00')
const input = { title: 'Nghỉ lễ', text: 'Trung tâm nghỉ ngày 24/11, làm việc lại ngày 25/11.', way: 'direct' }
const author: BroadcastActor = { login: 'thu', mayWrite: true, mayApprove: true }
const second: BroadcastActor = { login: 'hung', mayWrite: true, mayApprove: true }
const writer: BroadcastActor = { login: 'lan', mayWrite: true, mayApprove: false }
const nobody: BroadcastActor = { login: 'kiem', mayWrite: false, mayApprove: false }

function planOf(change: object = {}) {
  const reading = readPlan({ ...input, ...change }, { now, isCommune: () => true })
  if (!reading.ok) throw new Error(JSON.stringify(reading.faults))
  return reading.plan
}

function inState(state: BroadcastState, change: Partial<Broadcast> = {}): Broadcast {
  const fresh = newBroadcast({ id: '20261123-00000000', plan: planOf(), isDraft: false, by: 'thu', now })
  return { ...fresh, state, ...change }
}

const actOf = (act: BroadcastActName): BroadcastAct =>
  act === 'edit' ? { act, plan: input } : act === 'decline' ? { act, reason: 'Sai ngày' } : { act }

function outcome(current: Broadcast, act: BroadcastActName, actor: BroadcastActor): string {
  const decided = decideBroadcast(current, actOf(act), actor, { now, plan: act === 'edit' ? planOf() : null })
  return decided.ok ? decided.next.state : decided.code === 'forbidden' ? 'forbidden' : '–'
}

// Written from the issue, not from the code: what each act of a second person leads to.
const life: Record<BroadcastState, Partial<Record<BroadcastActName, BroadcastState>>> = {
  draft: { edit: 'draft', submit: 'waitingApproval', test: 'draft', stop: 'stopped' },
  waitingApproval: {
    edit: 'waitingApproval',
    approve: 'approved',
    decline: 'draft',
    test: 'waitingApproval',
    stop: 'stopped',
  },
  approved: { edit: 'waitingApproval', decline: 'draft', test: 'approved', start: 'running', stop: 'stopped' },
  scheduled: { edit: 'waitingApproval', decline: 'draft', test: 'scheduled', start: 'running', stop: 'stopped' },
  running: { test: 'running', pause: 'paused', stop: 'stopped' },
  paused: { test: 'paused', resume: 'running', stop: 'stopped' },
  done: {},
  stopped: {},
}

describe('the life of a broadcast', () => {
  const rows = BROADCAST_STATES.flatMap((state) => BROADCAST_ACTS.map((act) => [state, act] as const))

  test.each(rows)('%s: %s', (state, act) => {
    expect(outcome(inState(state), act, second)).toBe(life[state][act] ?? '–')
  })

  test.each(rows)('%s: %s is forbidden to somebody without the right', (state, act) => {
    expect(outcome(inState(state), act, nobody)).toBe('forbidden')
    expect(allowedBroadcastActs(inState(state), nobody)).toEqual([])
  })

  test.each(BROADCAST_STATES)('%s: what is said to be allowed is what is possible', (state) => {
    for (const actor of [author, second, writer]) {
      const possible = BROADCAST_ACTS.filter((act) => !['–', 'forbidden'].includes(outcome(inState(state), act, actor)))
      expect(allowedBroadcastActs(inState(state), actor)).toEqual(possible)
    }
  })

  test('a change counts the version and leaves a line with the person', () => {
    const before = inState('waitingApproval')
    const decided = decideBroadcast(before, { act: 'approve', note: 'Đã đọc' }, second, { now: now + 1, plan: null })
    if (!decided.ok) throw new Error('refused')
    expect(decided.next.version).toBe(before.version + 1)
    expect(decided.next.history.at(-1)).toEqual({ at: now + 1, by: 'hung', act: 'approve', note: 'Đã đọc' })
    expect(decided.next.approval).toEqual({ by: 'hung', at: now + 1 })
  })
})

describe('two persons', () => {
  test('nobody approves their own words, whatever roles they hold', () => {
    expect(outcome(inState('waitingApproval'), 'approve', author)).toBe('–')
    expect(outcome(inState('waitingApproval'), 'approve', second)).toBe('approved')
    expect(outcome(inState('waitingApproval'), 'approve', writer)).toBe('forbidden')
  })

  test('whoever has changed it is an author too, and what was approved before counts no more', () => {
    const approved = inState('approved', { approval: { by: 'hung', at: now } })
    const decided = decideBroadcast(approved, actOf('edit'), second, { now, plan: planOf({ title: 'Nghỉ lễ 24/11' }) })
    if (!decided.ok) throw new Error('refused')
    expect(decided.next).toMatchObject({ state: 'waitingApproval', approval: null, writtenBy: ['thu', 'hung'] })
    for (const one of [author, second]) expect(outcome(decided.next, 'approve', one)).toBe('–')
    expect(outcome(decided.next, 'approve', { ...second, login: 'mai' })).toBe('approved')
  })
})

describe('time', () => {
  const sendAt = now + 3_600_000

  test('an approved broadcast with a later time waits for it, and begins by itself', () => {
    const waiting = inState('waitingApproval', { sendAt })
    expect(outcome(waiting, 'approve', second)).toBe('scheduled')
    const scheduled = inState('scheduled', { sendAt })
    expect(decideBySystem(scheduled, { act: 'begin' }, sendAt - 1)).toBeNull()
    expect(decideBySystem(scheduled, { act: 'begin' }, sendAt)).toMatchObject({ state: 'running', startedAt: sendAt })
  })

  test('one whose time has passed waits for somebody to start it', () => {
    expect(outcome(inState('waitingApproval', { sendAt: now - 1 }), 'approve', second)).toBe('approved')
  })

  test.each(BROADCAST_STATES.filter((state) => state !== 'running'))('%s is not ended by the service', (state) => {
    expect(decideBySystem(inState(state), { act: 'finish' }, now)).toBeNull()
    expect(decideBySystem(inState(state), { act: 'halt', fault: 'zalo-224' }, now)).toBeNull()
  })

  test('what the service pauses by itself says why, until a person resumes it', () => {
    const halted = decideBySystem(inState('running'), { act: 'halt', fault: 'zalo-224' }, now)
    expect(halted).toMatchObject({ state: 'paused', fault: 'zalo-224' })
    if (halted === null) throw new Error('refused')
    const resumed = decideBroadcast(halted, { act: 'resume' }, second, { now, plan: null })
    expect(resumed).toMatchObject({ ok: true, next: { state: 'running', fault: null } })
  })
})

describe('an article that Zalo has refused', () => {
  const refused = { isRefused: true }
  const halted = (change: Partial<Broadcast> = {}) =>
    inState('paused', {
      way: 'article',
      startedAt: now - 1_000,
      approval: { by: 'hung', at: now - 2_000 },
      fault: 'zalo-210',
      ...change,
    })
  const edit = (current: Broadcast, plan: object, by = author) =>
    decideBroadcast(current, { act: 'edit', plan }, by, { now, plan: planOf(plan), article: refused })

  test('is mended, approved by a second person and started anew, and the words before stay on the record', () => {
    const current = halted()
    expect(allowedBroadcastActs(current, author, refused)).toEqual(['edit', 'test', 'stop'])
    const mended = edit(current, { way: 'article', title: 'Nghỉ lễ 24/11' }, writer)
    if (!mended.ok) throw new Error('refused')
    expect(mended.next).toMatchObject({
      state: 'waitingApproval',
      approval: null,
      fault: null,
      writtenBy: ['thu', 'lan'],
    })
    expect(mended.next.earlier).toEqual([expect.objectContaining({ title: 'Nghỉ lễ', by: 'lan', until: now })])
    expect(outcome(mended.next, 'approve', writer)).toBe('forbidden')
    expect(outcome(mended.next, 'approve', author)).toBe('–')
    const approved = decideBroadcast(mended.next, { act: 'approve' }, second, { now, plan: null })
    if (!approved.ok) throw new Error('refused')
    const started = decideBroadcast(approved.next, { act: 'start' }, second, { now: now + 5, plan: null })
    expect(started).toMatchObject({ ok: true, next: { state: 'running', startedAt: now + 5 } })
    expect(approved.next.history.slice(-2).map(({ by, act }) => `${by} ${act}`)).toEqual(['lan edit', 'hung approve'])
  })

  test('is not sent again as it is', () => {
    const again = decideBroadcast(halted(), { act: 'resume' }, second, { now, plan: null, article: refused })
    expect(again).toMatchObject({ ok: false, code: 'illegal_act', faults: [{ key: 'fault.broadcast.articleRefused' }] })
  })

  test('what was paused for another reason is not mended on its way', () => {
    const current = halted({ fault: 'zalo-224' })
    expect(allowedBroadcastActs(current, author)).not.toContain('edit')
    expect(outcome(current, 'edit', author)).toBe('–')
  })

  test('who gets a copy, and how, stays as it was approved for those who have theirs', () => {
    const current = halted({
      way: 'both',
      segment: { communeCodes: ['23527', '23530'], lastContactDays: 2, ownCases: null },
    })
    const segment = { communeCodes: ['23530', '23527'], lastContactDays: 2 }
    expect(edit(current, { way: 'both', segment })).toMatchObject({ ok: true })
    for (const [path, plan] of [
      ['plan.way', { way: 'article' }],
      ['plan.way', { way: 'direct', segment }],
      ['plan.segment', { way: 'both', segment: { ...segment, lastContactDays: 3 } }],
      ['plan.segment', { way: 'both', segment: { ...segment, communeCodes: ['23530'] } }],
    ] as const) {
      const decided = edit(current, plan)
      expect(decided).toMatchObject({ ok: false, code: 'illegal_act' })
      if (!decided.ok) expect(decided.faults.map((one) => one.path)).toContain(path)
    }
    // Also when it has gone back to a draft meanwhile.
    const draft = { ...current, state: 'draft' as const }
    expect(edit(draft, { way: 'article' })).toMatchObject({ ok: false })
  })
})
