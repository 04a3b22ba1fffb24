import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ACT_NAMES } from '../../src/cases/acts.ts'
import { isNews, newsOf } from '../../src/cases/announce.ts'
import { TRANSITIONS } from '../../src/cases/transitions.ts'
import { startAnnouncing } from '../../src/workers/staff.ts'
import { caseIn } from '../cases/fixtures.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { forward, logger, openStaffHouse, type StaffHouse } from './staff-support.ts'

const { uri } = testDatabase()
let staff: StaffHouse

beforeAll(async () => {
  staff = await openStaffHouse(uri)
})
afterEach(() => staff.clear())
afterAll(() => staff.close())

const announceAll = () => staff.announce()(500, staff.clock.now())
const answer = {
  act: 'submitAnswer',
  form: 'corrected',
  answer: 'Ủy ban nhân dân xã đã kiểm tra và trả kết quả hồ sơ cho Ông/Bà. Xin lỗi vì chậm trễ.',
}

test('each step of a case reaches those whose turn it is, and nobody hears of the own act', async () => {
  const code = await staff.house.file()
  await announceAll()
  expect(await staff.desk('intake')).toEqual(['newCase'])
  await staff.act('intake', code, forward)
  await announceAll()
  expect(await staff.desk('coordinator')).toEqual(['forwarded'])
  await staff.act('coordinator', code, { act: 'accept', handler: 'handler' })
  await announceAll()
  expect(await staff.desk('handler')).toEqual(['assigned'])
  await staff.act('handler', code, answer)
  await announceAll()
  expect(await staff.desk('head')).toEqual(['approvalWaits'])
  await staff.act('head', code, { act: 'declineApproval', reason: 'Chưa nêu căn cứ.' })
  await staff.act('handler', code, answer)
  await staff.act('head', code, { act: 'approveAnswer' })
  await announceAll()
  expect(await staff.desk('handler')).toEqual(['approvalDeclined', 'assigned'])
  expect(await staff.desk('publisher')).toEqual(['toPublish'])
  await staff.act('publisher', code, { act: 'returnToAgency', reason: 'Câu trả lời chưa nêu thời hạn.' })
  await announceAll()
  expect(await staff.desk('handler')).toEqual(['answerReturned', 'approvalDeclined', 'assigned'])
  expect(await staff.desk('coordinator')).toEqual(['answerReturned', 'forwarded'])
  expect(await staff.desk('intake')).toEqual(['newCase'])
})

test('returns, urges, opinions and withdrawals are told, too', async () => {
  const code = await staff.inHand()
  await staff.act('leader', code, {
    act: 'urge',
    unitCode: 'QN-C23527',
    text: 'Đề nghị trả lời.',
    answerBy: '2026-12-01',
  })
  await staff.act('coordinator', code, { act: 'returnToIntake', reason: 'Không thuộc thẩm quyền của xã.' })
  await staff.act('intake', code, { act: 'withdraw', reason: 'Theo đơn của người gửi.' })
  await announceAll()
  expect(await staff.desk('head')).toEqual(['urged'])
  expect(await staff.desk('coordinator')).toEqual(['forwarded', 'urged', 'withdrawn'])
  expect(await staff.desk('intake')).toEqual(['newCase', 'returned'])
})

test('two processes and a repeated line make one notice, and a notice that was read stays read', async () => {
  const code = await staff.inHand()
  const lines = await staff.house.collections.newLines.find({}).toArray()
  expect(lines.length).toBeGreaterThan(0)
  await Promise.all([announceAll(), announceAll(), announceAll()])
  await staff.house.staffNotices.markRead('handler', 'all', staff.clock.now())
  await staff.house.collections.newLines.insertMany(lines)
  expect(await announceAll()).toEqual({ written: 0, isMore: false })
  expect(await staff.desk('handler')).toEqual(['assigned'])
  expect(await staff.house.staffNotices.countUnread('handler', 10)).toBe(0)
  expect(await staff.house.collections.newLines.countDocuments({})).toBe(0)
  expect(code).not.toBe('')
})

test('reminders that nobody has read are moot when the case moves on', async () => {
  const code = await staff.inHand()
  staff.setTime('2026-12-08T08:00')
  await announceAll()
  await staff.run()
  expect(await staff.house.staffNotices.countUnread('handler', 10)).toBe(1)
  await staff.act('handler', code, answer)
  await announceAll()
  expect(await staff.house.staffNotices.countUnread('handler', 10)).toBe(1)
  await staff.act('head', code, { act: 'approveAnswer' })
  await announceAll()
  expect(await staff.house.staffNotices.countUnread('handler', 10)).toBe(0)
})

test('of a suspected denunciation nobody hears who may not know of it', async () => {
  const code = await staff.house.file({ hints: ['denunciationSuspected'] })
  await announceAll()
  expect(await staff.desk('leader')).toEqual(['newCase'])
  expect(await staff.desk('intake')).toEqual([])
  expect(code).not.toBe('')
})

test('what lies long back is no news; a line that cannot be opened is reported and keeps nobody waiting', async () => {
  const code = await staff.house.file()
  staff.setTime('2026-12-05T10:00')
  expect((await announceAll()).written).toBe(0)
  const broken = await staff.house.file({ receivedAt: staff.clock.now() })
  await staff.house.file({ receivedAt: staff.clock.now() })
  await staff.house.collections.history.updateOne({ code: broken }, { $set: { sealed: Buffer.from('x') } })
  expect((await announceAll()).written).toBe(1)
  expect(staff.failed).toEqual([`${broken}#000001`])
  expect(code).not.toBe(broken)
})

test('a running process tells by itself', async () => {
  await staff.house.file()
  const announcing = startAnnouncing({ announce: staff.announce(), clock: staff.clock, logger, pollMs: 10 })
  await until('the intake knows', async () => (await staff.desk('intake')).length === 1)
  await announcing.stop()
})

describe('the rules of news', () => {
  test('every act that tells somebody is kept for telling', () => {
    const data = {
      leadUnitCode: 'QN-C1',
      unitCode: 'QN-C1',
      unitCodes: ['QN-C2'],
      handler: 'h',
      firstPerson: 'h',
      submitted: false,
      coordinatingUnitCodes: ['QN-C2'],
    }
    for (const act of [...ACT_NAMES, 'submit', 'handBack']) {
      const moves = TRANSITIONS.some((row) => (row.act === act || row.second?.act === act) && row.to !== 'same')
      const told = newsOf({ act, from: 'PROCESSING', to: 'PROCESSING', data }, caseIn('PROCESSING'))
      if (told.length > 0) expect([act, moves || isNews(act)]).toEqual([act, true])
    }
  })

  test('the second person is whoever may agree', () => {
    const waits = (act: string) =>
      newsOf({ act, from: 'PROCESSING', to: 'PROCESSING', data: { awaitsApproval: true } }, caseIn('PROCESSING'))
    expect(waits('submitAnswer')[0]?.audiences).toEqual([{ to: 'leaders', unitCode: 'QN-C1' }])
    for (const { act, second } of TRANSITIONS) {
      if (second !== undefined) expect([act, waits(act)[0]?.audiences.length]).toEqual([act, 1])
    }
  })
})
