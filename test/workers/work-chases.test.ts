import supertest from 'supertest'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createWorkItemStore } from '../../src/store/work-items.ts'
import { type AnnounceWorkDeps, createAnnounceWork } from '../../src/usecases/announce-work.ts'
import { createHandBackWork } from '../../src/usecases/hand-back-cases.ts'
import { linkOfNotice, sentenceOfNotice } from '../../src/usecases/staff-desk.ts'
import { createStaffDirectory } from '../../src/usecases/staff-directory.ts'
import { startReminders } from '../../src/workers/reminders.ts'
import { law } from '../cases/support.ts'
import { testDatabase } from '../support/database.ts'
import { sentences } from '../support/sentences.ts'
import { logger, openStaffHouse, type StaffHouse } from './staff-support.ts'

const { uri } = testDatabase()
let staff: StaffHouse
let silent: string[] = []

beforeAll(async () => {
  staff = await openStaffHouse(uri)
})
afterEach(async () => {
  silent = []
  await staff.clear()
})
afterAll(() => staff.close())

/** A fresh one, as a process of its own has it. */
function announcer(change: Partial<AnnounceWorkDeps> = {}) {
  const { house, store } = staff
  return createAnnounceWork({
    work: createWorkItemStore(house.database, house.cipher),
    cases: house.cases,
    directory: createStaffDirectory({ store, units: house.units, freshMs: 0 }),
    units: house.units,
    staff: store,
    handBack: createHandBackWork({
      cases: house.cases,
      workItems: createWorkItemStore(house.database, house.cipher),
      now: staff.clock.now,
    }),
    notices: house.staffNotices,
    channelsOf: () => ['email'],
    calendar: law.calendar,
    everyDays: 1,
    onFailure: ({ error }) => {
      throw error
    },
    onSilent: ({ unitCode, isForNobody }) => void silent.push(`${unitCode} ${isForNobody ? 'nobody' : 'office'}`),
    ...change,
  })
}
const announce = (aheadMs?: number) => announcer()(100, staff.clock.now(), aheadMs)

const send = (who: string, path: string, body: object) =>
  supertest(staff.house.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${staff.tokens[who]}`).send(body)

/** A case of somebody without Zalo whom only a person can tell that it was received; due on Thursday 26 November. */
async function workOf(login = 'intake'): Promise<{ code: string; id: string }> {
  const { body } = await send(login, '/cases', {
    channel: 'letter',
    receivedAt: '2026-11-23T09:12:00+07:00',
    submitterType: 'citizen',
    name: 'Y Hà Niê',
    phone: '0905 000 012',
    address: 'Thôn 2, xã Sa Thầy',
    title: 'Chậm trả kết quả hồ sơ đất đai',
    content: 'Tôi nộp hồ sơ cấp sổ đất từ tháng 8 mà đến nay chưa được trả kết quả.',
  })
  const [item] = await createWorkItemStore(staff.house.database, staff.house.cipher).ofCase(body.code)
  if (item === undefined) throw new Error(JSON.stringify(body))
  return { code: body.code, id: item.id }
}
const linesOf = async (login: string) =>
  (await staff.house.staffNotices.list(login, { unreadOnly: true, after: null, limit: 100 })).filter(({ kind }) =>
    kind.startsWith('work'),
  )
const kindsOf = async (login: string) => (await linesOf(login)).map(({ kind, params }) => `${kind} ${params.left}`)

test('whoever has the work hears of it at once, and once among several processes', async () => {
  const { code, id } = await workOf()
  await Promise.all([announce(), announce(), announce()])
  await announce()
  expect(await kindsOf('intake')).toEqual(['workArose 2'])
  const [line] = await linesOf('intake')
  expect(line).toMatchObject({ caseCode: code, params: { due: '2026-11-26', notice: 'N1', work: id }, digest: null })
  expect(await staff.house.staffNotices.awaiting('email', 10)).toEqual(['intake'])
  expect(await kindsOf('leader')).toEqual([])
})

test('late work is chased at 08:00 of working days, once a day, and from the second time on with the leader', async () => {
  await workOf()
  await announce()
  for (const early of ['2026-11-26T23:00', '2026-11-27T07:30']) {
    staff.setTime(early)
    await announce()
    expect(await kindsOf('intake')).toEqual(['workArose 2'])
  }
  staff.setTime('2026-11-27T08:00')
  // With the reminders of the morning; whoever comes after them finds nothing left to say.
  await Promise.all([announce(120_000), announce(120_000)])
  staff.setTime('2026-11-27T10:00')
  await announce()
  expect((await kindsOf('intake')).sort()).toEqual(['workArose 2', 'workOverdue -1'])
  expect((await linesOf('intake')).map(({ digest }) => digest)).toContain('2026-11-27')
  expect(await kindsOf('leader')).toEqual([])
  // Saturday and Sunday are no days for it.
  staff.setTime('2026-11-28T09:00')
  await announce()
  expect(await kindsOf('leader')).toEqual([])
  staff.setTime('2026-11-30T08:05')
  await Promise.all([announce(), announce()])
  expect((await kindsOf('intake')).sort()).toEqual(['workArose 2', 'workOverdue -2'])
  expect(await kindsOf('leader')).toEqual(['workOverdue -2'])
})

test('what is chased in the morning is on the desks before the letters of the reminders leave', async () => {
  await workOf()
  staff.setTime('2026-11-27T08:00')
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen: unknown[] = []
  const reminders = startReminders({
    runs: staff.runs,
    remindCases: staff.remindCases(),
    calendar: law.calendar,
    owner: 'one',
    clock: staff.clock,
    logger,
    pollMs: 5,
    alsoSay: async () => {
      await announce(120_000)
      seen.push(await staff.runs.isUnderWay(), await kindsOf('intake'))
    },
    onDone: () => resolve(),
  })
  await promise
  await reminders.stop()
  expect(seen).toEqual([true, ['workOverdue -1']])
  expect(await staff.runs.isUnderWay()).toBe(false)
})

test('a process that dies between the desk and its own note says nothing twice', async () => {
  await workOf()
  const store = createWorkItemStore(staff.house.database, staff.house.cipher)
  const died = announcer({ work: { toTell: store.toTell, told: () => Promise.reject(new Error('killed')) } })
  await expect(died(100, staff.clock.now())).rejects.toThrow('killed')
  await staff.house.staffNotices.markRead('intake', 'all', staff.clock.now())
  await announce()
  expect(await kindsOf('intake')).toEqual([])
})

test('work that cannot be seen to keeps nobody else waiting, and is tried again', async () => {
  const [broken, whole] = [await workOf(), await workOf()]
  const failed: string[] = []
  const change: Partial<AnnounceWorkDeps> = {
    cases: {
      async find(code) {
        if (code === broken.code) throw new Error('cannot be opened')
        return staff.house.cases.find(code)
      },
    },
    onFailure: ({ id }) => void failed.push(id),
  }
  expect(await announcer(change)(2, staff.clock.now())).toEqual({ written: 1, isMore: false })
  expect(failed).toEqual([broken.id])
  expect((await linesOf('intake')).map(({ caseCode }) => caseCode)).toEqual([whole.code])
  await announce()
  expect(await kindsOf('intake')).toEqual(['workArose 2', 'workArose 2'])
})

test('work that is done is off the desk, and nobody is chased', async () => {
  const { id } = await workOf()
  await announce()
  const answer = await send('intake', `/work-items/${id}/done`, { how: 'phone', at: '2026-11-23T09:40:00+07:00' })
  expect(answer.status).toBe(200)
  await announce()
  expect(await kindsOf('intake')).toEqual([])
  expect(await staff.house.staffNotices.awaiting('email', 10)).toEqual([])
  staff.setTime('2026-11-30T09:00')
  expect(await announce()).toEqual({ written: 0, isMore: false })
})

test('an act on the case does not take the chase off the desk', async () => {
  const { code } = await workOf()
  staff.setTime('2026-11-27T08:05')
  await announce()
  await staff.house.staffNotices.settleReminders([code], staff.clock.now())
  expect(await kindsOf('intake')).toEqual(['workOverdue -1'])
})

test('whoever leaves leaves the work to the intake, which is told, and the history says so', async () => {
  staff.tokens.second = await staff.house.tokenOf('second', 'QN-VP', 'intakeOfficer')
  const { code, id } = await workOf('second')
  await announce()
  expect(await kindsOf('intake')).toEqual([])
  await staff.house.people.disablePerson('second', staff.clock.now())
  const store = createWorkItemStore(staff.house.database, staff.house.cipher)
  expect(await store.find(id)).toMatchObject({ assignee: null, state: 'open' })
  const history = await staff.house.cases.history(code)
  expect(history.at(-1)).toMatchObject({
    actor: 'system',
    act: 'workHandedBack',
    data: { rule: 'R7-12', workItemId: id, notice: 'N1', assigneeBefore: 'second', reason: 'accountEnded' },
  })
  await announce()
  expect(await kindsOf('intake')).toEqual(['workArose 2'])
  // Late at last: everybody who could take it over, once more.
  staff.setTime('2026-11-27T08:05')
  await announce()
  expect((await kindsOf('intake')).sort()).toEqual(['workArose 2', 'workOverdue -1'])
})

test('work that arises for somebody who had left before goes to the intake with its first step', async () => {
  staff.tokens.gone = await staff.house.tokenOf('gone', 'QN-VP', 'intakeOfficer')
  const { code, id } = await workOf('gone')
  // As it would be had it arisen only now.
  await staff.house.database
    .collection<{ _id: string }>('people')
    .updateOne({ _id: 'gone' }, { $set: { disabledAt: new Date() } })
  await announce()
  await announce()
  const store = createWorkItemStore(staff.house.database, staff.house.cipher)
  expect(await store.find(id)).toMatchObject({ assignee: null })
  expect(await kindsOf('intake')).toEqual(['workArose 2'])
  expect((await staff.house.cases.history(code)).filter(({ act }) => act === 'workHandedBack')).toHaveLength(1)
})

test('what is said names the case, the notice and the day, in both languages, and nobody', async () => {
  const { code } = await workOf()
  await announce()
  staff.setTime('2026-11-27T08:05')
  await announce()
  const words = (locale: 'vi' | 'en') => ({ texts: sentences(), locale, unitName: (unit: string) => unit })
  const lines = await linesOf('intake')
  const said = (kind: string, locale: 'vi' | 'en') =>
    lines.filter((line) => line.kind === kind).map((line) => sentenceOfNotice(line, words(locale)))
  expect(said('workArose', 'vi')).toEqual([
    `${code}: tin “Đã tiếp nhận” chưa đến được người gửi. Đề nghị gọi điện hoặc gửi công văn chậm nhất thứ Năm 26/11/2026, rồi ghi lại đã báo lúc nào, bằng cách nào.`,
  ])
  expect(said('workOverdue', 'vi')[0]).toContain('(quá hạn 1 ngày làm việc)')
  expect(said('workOverdue', 'en')[0]).toContain('has still not been told')
  expect(lines.map((line) => linkOfNotice(line, 'https://p.vn'))).toEqual(
    lines.map(() => `https://p.vn/staff/cases/${code}`),
  )
  expect(JSON.stringify(lines)).not.toMatch(/Niê|0905|Sa Thầy/)
})

test('where nobody is left it is an alert, once for each step', async () => {
  await workOf()
  await staff.house.database.collection('people').updateMany({}, { $set: { disabledAt: new Date() } })
  await announce()
  await announce()
  expect(silent).toEqual(['QN-VP nobody'])
})
