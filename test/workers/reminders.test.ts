import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ReminderCounts } from '../../src/usecases/staff-ports.ts'
import { testDatabase } from '../support/database.ts'
import { openStaffHouse, remindHandful, type StaffHouse } from './staff-support.ts'

const { uri } = testDatabase()
let staff: StaffHouse

// Received on Monday 23 November 2026: C is due on Tuesday 15 December, updates on the 22nd and 29th.
beforeAll(async () => {
  staff = await openStaffHouse(uri)
})
afterEach(() => staff.clear())
afterAll(() => staff.close())

const notices = () => staff.house.database.collection<{ _id: string; login: string; digest: string }>('staffNotices')
const outbox = () => staff.house.database.collections.outbox

test('a reminder stands on the desks of those whom it is for, once, however often the day is run', async () => {
  const code = await staff.inHand()
  staff.setTime('2026-12-08T07:59')
  await staff.run()
  expect(await staff.desk('handler')).toEqual([])
  staff.setTime('2026-12-08T08:00')
  await staff.run()
  await staff.run({ owner: 'another' })
  expect(await staff.desk('handler')).toEqual(['answerDue 5'])
  expect(await staff.desk('coordinator')).toEqual(['answerDue 5'])
  expect(await staff.desk('head')).toEqual([])
  expect(await staff.desk('intake')).toEqual([])
  const [notice] = await staff.house.staffNotices.list('handler', { unreadOnly: true, after: null, limit: 10 })
  expect(notice).toMatchObject({ caseCode: code, digest: '2026-12-08', params: { due: '2026-12-15' }, readAt: null })
})

test('a later reminder takes the place of the one before and is unread again', async () => {
  await staff.inHand()
  staff.setTime('2026-12-08T08:00')
  await staff.run()
  expect(await staff.house.staffNotices.markRead('handler', 'all', staff.clock.now())).toBe(1)
  staff.setTime('2026-12-10T08:00')
  await staff.run()
  expect(await staff.desk('handler')).toEqual(['answerDue 3'])
  expect(await staff.house.staffNotices.countUnread('handler', 10)).toBe(1)
})

test('after days of downtime there is one message that says where it stands', async () => {
  await staff.inHand()
  staff.setTime('2026-12-07T09:00')
  await staff.run()
  staff.setTime('2026-12-11T16:00')
  await staff.run()
  expect(await staff.desk('handler')).toEqual(['answerDue 2'])
  expect(await notices().countDocuments({ login: 'handler' })).toBe(1)
})

test('three processes at once remind each person of each case once', async () => {
  for (let index = 0; index < 4; index++) await staff.inHand()
  staff.setTime('2026-12-16T08:00')
  let written = 0
  const counting = () => {
    const remindCases = staff.remindCases()
    return {
      ...remindCases,
      async remind(...asked: Parameters<typeof remindCases.remind>) {
        const counts = await remindCases.remind(...asked)
        written += counts.reminders
        return counts
      },
    }
  }
  await Promise.all(['one', 'two', 'three'].map((owner) => staff.run({ owner, handful: 2, remindCases: counting() })))
  // The handler, the coordinator, the unit's leader and the intake officer.
  expect(written).toBe(4 * 4)
  for (const login of ['handler', 'coordinator', 'head', 'intake']) {
    expect(await staff.desk(login)).toEqual(Array(4).fill('answerDue -1'))
  }
})

test('a run that dies in the middle is ended by another process: nobody twice, nobody forgotten', async () => {
  for (let index = 0; index < 4; index++) await staff.inHand()
  // The second update day has come: citizens are written to as well.
  staff.setTime('2026-12-29T08:00')
  const run = await staff.runs.begin('2026-12-29', 'dying', 50)
  if (run === null) throw new Error('the run cannot be begun')
  const first = await remindHandful(staff.remindCases(), run, { after: '', limit: 1, now: staff.clock.now() })
  await staff.runs.advance('2026-12-29', 'dying', 50, first.last ?? '', first.counts)
  // The second handful is written, and death comes before its cursor.
  const second = await remindHandful(staff.remindCases(), run, {
    after: first.last ?? '',
    limit: 1,
    now: staff.clock.now(),
  })
  expect(await staff.runs.isUnderWay()).toBe(true)
  await staff.run({ owner: 'heir', handful: 2 })
  await expect(staff.runs.advance('2026-12-29', 'dying', 50, '~', second.counts)).rejects.toThrow('another hand')

  expect(await staff.desk('handler')).toEqual([...Array(4).fill('answerDue -10'), ...Array(4).fill('updateMissed 0')])
  expect(await outbox().countDocuments({ 'notice.id': 'N7' })).toBe(4)
})

test('a day that was begun and never ended does not make the next one say the same again', async () => {
  await staff.inHand()
  const second = await staff.inHand()
  staff.setTime('2026-12-08T08:00')
  const run = await staff.runs.begin('2026-12-08', 'dying', 50)
  if (run === null) throw new Error('the run cannot be begun')
  const { last, counts } = await remindHandful(staff.remindCases(), run, {
    after: '',
    limit: 1,
    now: staff.clock.now(),
  })
  await staff.runs.advance('2026-12-08', 'dying', 50, last ?? '', counts)
  staff.setTime('2026-12-09T08:00')
  await staff.run()
  const found = await staff.house.staffNotices.list('handler', { unreadOnly: false, after: null, limit: 10 })
  expect(found.map(({ digest, caseCode }) => [digest, caseCode === second])).toEqual([
    ['2026-12-09', true],
    ['2026-12-08', false],
  ])
})

describe('a clock that is wrong', () => {
  test('that goes back a day makes nothing twice', async () => {
    await staff.inHand()
    staff.setTime('2026-12-07T09:00')
    await staff.run()
    staff.setTime('2026-12-08T09:00')
    await staff.run()
    const before = await notices().find({}).toArray()
    staff.setTime('2026-12-07T10:00')
    await staff.run()
    staff.setTime('2026-12-08T10:00')
    await staff.run()
    expect(await notices().find({}).toArray()).toEqual(before)
  })

  test('that leaps a month ahead and comes back loses nothing of the days between', async () => {
    await staff.inHand()
    staff.setTime('2026-12-07T09:00')
    await staff.run()
    staff.setTime('2027-01-08T09:00')
    await staff.run()
    const heard: string[] = []
    for (const day of ['08', '09', '10', '11', '14', '15', '16']) {
      staff.setTime(`2026-12-${day}T09:00`)
      await staff.run()
      const [one] = (
        await staff.house.staffNotices.list('handler', { unreadOnly: false, after: null, limit: 10 })
      ).filter(({ kind, digest }) => kind === 'answerDue' && digest === `2026-12-${day}`)
      if (one !== undefined) heard.push(`${day}: ${one.params.left}`)
    }
    expect(heard).toEqual(['08: 5', '10: 3', '14: 1', '15: 0', '16: -1'])
  })

  test('that leaps ahead does not take a case’s reminders of that day away when the day truly comes', async () => {
    await staff.inHand()
    staff.setTime('2026-12-08T09:00')
    await staff.run()
    staff.setTime('2026-11-24T09:00')
    await staff.run()
    const late = await staff.inHand()
    staff.setTime('2026-12-08T09:00')
    await staff.run()
    const found = await staff.house.staffNotices.list('handler', { unreadOnly: false, after: null, limit: 10 })
    expect(found.map(({ caseCode, digest }) => [caseCode === late, digest])).toContainEqual([true, '2026-12-08'])
    expect(found).toHaveLength(2)
  })
})

describe('who is reminded', () => {
  test('the Office hears of what nobody in the unit can hear, and it is counted', async () => {
    await staff.inHand()
    for (const login of ['handler', 'coordinator', 'head']) await staff.house.people.disablePerson(login, Date.now())
    staff.setTime('2026-12-08T08:00')
    await staff.run()
    expect(await staff.desk('intake')).toEqual(['answerDue 5'])
    expect(await staff.desk('handler')).toEqual([])
    expect(staff.silent).toEqual(['QN-C23527 office'])
  })

  test('the leader of a unit hears where neither handler nor coordinator is left', async () => {
    await staff.inHand()
    for (const login of ['handler', 'coordinator']) await staff.house.people.disablePerson(login, Date.now())
    staff.setTime('2026-12-08T08:00')
    await staff.run()
    expect(await staff.desk('head')).toEqual(['answerDue 5'])
    expect(staff.silent).toEqual([])
  })

  test('of a suspected denunciation only those hear who may know of it', async () => {
    const code = await staff.inHand()
    await staff.act('leader', code, { act: 'markDenunciation', reason: 'Có dấu hiệu tố cáo.' })
    staff.setTime('2026-12-16T08:00')
    await staff.run()
    for (const login of ['handler', 'coordinator', 'head', 'publisher']) expect(await staff.desk(login)).toEqual([])
    expect(await staff.desk('intake')).toEqual(['answerDue -1'])
  })
})

describe('what citizens hear', () => {
  test('of an answer that is late: every five working days one update, kept in the history', async () => {
    const code = await staff.inHand()
    for (const day of ['2026-12-21', '2026-12-22', '2026-12-23', '2026-12-28', '2026-12-29']) {
      staff.setTime(`${day}T08:00`)
      await staff.run()
    }
    const sent = await outbox().find({ 'notice.id': 'N7' }).toArray()
    expect(sent).toHaveLength(2)
    expect(sent.every(({ notice }) => notice?.mandatory)).toBe(true)
    const lines = (await staff.house.cases.history(code)).filter(({ act }) => act === 'progressUpdate')
    expect(lines.map(({ actor, data }) => [actor, data?.due, data?.automatic])).toEqual([
      ['system', '2026-12-22', true],
      ['system', '2026-12-29', true],
    ])
    expect(await staff.desk('handler')).toEqual(['answerDue -10', 'updateMissed 0'])
  })

  test('nothing of the service where the unit has written', async () => {
    const code = await staff.inHand()
    staff.setTime('2026-12-18T10:00')
    await staff.act('handler', code, { act: 'progressUpdate', text: 'Đang đo đạc lại thửa đất.' })
    staff.setTime('2026-12-22T08:00')
    await staff.run()
    const sent = await outbox().find({ 'notice.id': 'N7' }).toArray()
    expect(sent).toHaveLength(1)
  })

  test('of a supplement that is missing: one reminder; the closing is proposed to the intake when the time is over', async () => {
    const code = await staff.house.file()
    const missing = 'Ảnh giấy biên nhận hồ sơ có mã hồ sơ'
    await staff.act('intake', code, { act: 'requestSupplement', missing, replyBy: '2026-12-01' })
    for (const day of ['2026-11-30', '2026-12-01', '2026-12-02', '2026-12-08']) {
      staff.setTime(`${day}T08:00`)
      await staff.run()
    }
    expect(await outbox().countDocuments({ 'notice.id': 'N8' })).toBe(1)
    expect(await staff.desk('intake')).toEqual([])
    staff.setTime('2026-12-09T08:00')
    await staff.run()
    expect(await staff.desk('intake')).toEqual(['closingProposed -1'])
    await staff.act('intake', code, { act: 'closeNoSupplement' })
  })

  test('an act that comes at the same moment is not lost, and the update goes out on the case as it has become', async () => {
    const codes = [await staff.inHand(), await staff.inHand()]
    staff.setTime('2026-12-22T08:00')
    let interfered = false
    const { cases } = staff.house
    const remindCases = staff.remindCases({
      cases: {
        ...cases,
        async storeMoves(asked) {
          if (!interfered) {
            interfered = true
            await staff.act('handler', codes[0] ?? '', { act: 'note', text: 'Đã gọi cho người gửi.' })
            await staff.act('handler', codes[1] ?? '', { act: 'progressUpdate', text: 'Đang đo đạc lại.' })
          }
          await cases.storeMoves(asked)
        },
      },
    })
    await staff.run({ remindCases })
    const acts = await Promise.all(
      codes.map(async (code) => (await cases.history(code)).slice(3).map(({ act }) => act)),
    )
    expect(acts).toEqual([['note', 'progressUpdate'], ['progressUpdate']])
    expect(await outbox().countDocuments({ 'notice.id': 'N7' })).toBe(2)
    expect(staff.failed).toEqual([])
  })
})

test('a case that cannot be opened is reported and keeps nobody waiting', async () => {
  const broken = await staff.inHand()
  await staff.inHand()
  await staff.house.collections.cases.updateOne({ _id: broken }, { $set: { sealed: Buffer.from('broken') } })
  staff.setTime('2026-12-08T08:00')
  let total: ReminderCounts | null = null
  const run = await staff.runs.begin('2026-12-08', 'one', 1_000)
  if (run !== null) {
    const { counts } = await remindHandful(staff.remindCases(), run, { after: '', limit: 10, now: staff.clock.now() })
    await staff.runs.advance('2026-12-08', 'one', 1_000, '~', counts)
    total = await staff.runs.finish('2026-12-08', 'one', staff.clock.now())
  }
  expect(total).toEqual({ cases: 2, reminders: 2, citizens: 0, nobody: 0, failed: 1 })
  expect(staff.failed).toEqual([broken])
})

test('open cases are found by an index that knows no others', async () => {
  await staff.inHand()
  const closed = await staff.house.file()
  await staff.act('intake', closed, { act: 'withdraw', reason: 'Theo đơn.' })
  const { cases } = staff.house.collections
  expect(await cases.countDocuments({ open: true })).toBe(1)
  const plan = JSON.stringify(
    await cases
      .find({ open: true, _id: { $gt: '' } })
      .sort({ _id: 1 })
      .explain('executionStats'),
  )
  expect(plan).toContain('"indexName":"open"')
  expect(plan).not.toContain('"stage":"SORT"')
})
