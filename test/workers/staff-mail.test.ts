import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emailContext } from '../../src/store/people.ts'
import { openStaffDeliveries } from '../../src/store/staff-deliveries.ts'
import type { StaffMessage, StaffSendResult } from '../../src/usecases/staff-ports.ts'
import { createWriteStaff, type WriteStaffDeps } from '../../src/usecases/write-staff.ts'
import { startStaffWriting } from '../../src/workers/staff.ts'
import { testDatabase } from '../support/database.ts'
import { openTestConversation } from '../support/dialog.ts'
import { until } from '../support/until.ts'
import { logger, openStaffHouse, remindHandful, type StaffHouse } from './staff-support.ts'

const { uri } = testDatabase()
let staff: StaffHouse
let write: (change?: Partial<WriteStaffDeps>) => ReturnType<typeof createWriteStaff>
const sent: StaffMessage[] = []
const outcomes: string[] = []
let answers: StaffSendResult[] = []
const minuteMs = 60_000

beforeAll(async () => {
  staff = await openStaffHouse(uri)
  const { texts } = await openTestConversation()
  const deliveries = await openStaffDeliveries(staff.house.database)
  // Everybody but the coordinator has an address.
  const people = staff.house.database.collection<{ _id: string }>('people')
  for (const _id of ['handler', 'head', 'intake', 'leader']) {
    const email = staff.house.cipher.encrypt(`${_id}@example.vn`, emailContext(_id))
    await people.updateOne({ _id }, { $set: { email } })
  }
  write = (change = {}) =>
    createWriteStaff({
      notices: staff.house.staffNotices,
      deliveries,
      staff: staff.store,
      channel: {
        name: 'email',
        newsEveryMs: 30 * minuteMs,
        reaches: (person) => person.hasEmail,
        async send(message) {
          sent.push(message)
          return answers.shift() ?? { ok: true }
        },
      },
      texts,
      unitName: () => 'UBND xã Sa Thầy',
      publicUrl: 'https://pakn.example',
      hasCommands: true,
      owner: 'one',
      onOutcome: (outcome, { login, code }) => void outcomes.push([outcome, login, code].filter(Boolean).join(' ')),
      ...change,
    })
})
beforeEach(() => {
  sent.length = 0
  outcomes.length = 0
  answers = []
})
afterEach(() => staff.clear())
afterAll(() => staff.close())

async function reminded(count: number): Promise<string[]> {
  const codes: string[] = []
  for (let index = 0; index < count; index++) codes.push(await staff.inHand())
  // What led here is no news any more.
  await staff.house.collections.newLines.deleteMany({})
  staff.setTime('2026-12-16T08:00')
  await staff.run()
  return codes
}
const to = (login: string) => sent.filter((message) => message.login === login)

describe('one letter for each person and run', () => {
  test('holds everything, the late first, with a link each and nothing of the citizen', async () => {
    const codes = await reminded(2)
    await write()(100, Date.now())
    expect(sent.map(({ login }) => login).sort()).toEqual(['handler', 'head', 'intake'])
    const [letter] = to('handler')
    expect(letter?.subject).toMatch(/^Nhắc việc .*16\/12\/2026: 2 phản ánh, kiến nghị$/)
    expect(letter?.lines.map(({ heading }) => heading)).toEqual(['Đã quá hạn'])
    expect(letter?.lines[0]?.items.map(({ link }) => link)).toEqual(
      codes.toSorted().map((code) => `https://pakn.example/staff/cases/${code}`),
    )
    expect(letter?.lines[0]?.items[0]?.text).toMatch(/UBND xã Sa Thầy cần trả lời .* \(quá hạn 1 ngày làm việc\)/)
    expect(JSON.stringify(sent)).not.toMatch(/Y Hà|Chậm trả|0905|Thôn 2/)
  })

  test('goes to the address that is kept, which is opened for that alone', async () => {
    expect(await staff.store.emailOf('handler')).toBe('handler@example.vn')
    expect(await staff.store.emailOf('coordinator')).toBeNull()
  })

  test('is written once, by whichever process', async () => {
    await reminded(1)
    await Promise.all([write()(100, Date.now()), write({ owner: 'two' })(100, Date.now())])
    await write()(100, Date.now())
    expect(to('handler')).toHaveLength(1)
    expect(await staff.house.staffNotices.awaiting('email', 100)).toEqual([])
  })

  test('waits until the run has ended', async () => {
    await staff.inHand()
    staff.setTime('2026-12-16T08:00')
    const run = await staff.runs.begin('2026-12-16', 'dying', 50)
    if (run === null) throw new Error('the run cannot be begun')
    await remindHandful(staff.remindCases(), run, { after: '', limit: 10, now: staff.clock.now() })
    const writing = startStaffWriting({ write: write(), runs: staff.runs, logger, name: 'letters', pollMs: 5 })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(sent).toEqual([])
    await staff.run({ owner: 'heir' })
    await until('the letters are out', () => to('handler').length === 1)
    await writing.stop()
  })
})

describe('news', () => {
  test('are gathered for half an hour after a letter; a reminder does not wait', async () => {
    const now = Date.now()
    await staff.house.file()
    await staff.announce()(100, staff.clock.now())
    await write()(100, now)
    expect(to('intake').map(({ subject }) => subject)).toEqual(['Việc mới: 1 phản ánh, kiến nghị'])
    await staff.house.file()
    await staff.house.file()
    await staff.announce()(100, staff.clock.now())
    await write()(100, now + 10 * minuteMs)
    expect(to('intake')).toHaveLength(1)
    await write()(100, now + 31 * minuteMs)
    expect(to('intake')[1]?.lines[0]?.items).toHaveLength(2)
    staff.setTime('2026-11-30T08:00')
    await staff.run()
    await write()(100, now + 32 * minuteMs)
    expect(to('intake')).toHaveLength(3)
  })
})

describe('a letter that does not go out', () => {
  const refused: StaffSendResult = { ok: false, class: 'retry', code: '451' }

  test('is tried again after a growing pause, whole and under the same reference', async () => {
    const now = Date.now()
    await reminded(1)
    answers = Array<StaffSendResult>(3).fill(refused)
    await write()(100, now)
    expect(outcomes.toSorted()).toEqual(['failed handler 451', 'failed head 451', 'failed intake 451'])
    await write()(100, now + minuteMs)
    expect(to('handler')).toHaveLength(1)
    await write()(100, now + 3 * minuteMs)
    expect(to('handler')).toHaveLength(2)
    const [first, second] = to('handler')
    expect({ ...second, more: null, isRepeat: false }).toEqual({ ...first, more: null })
    expect(second?.isRepeat).toBe(true)
    expect(outcomes).toContain('sent handler')
  })

  test('is given up after eight tries, or at once where the address is refused; the desk still has it', async () => {
    await reminded(1)
    let now = Date.now()
    for (let tries = 0; tries < 8; tries++) {
      answers = Array<StaffSendResult>(3).fill(refused)
      await write()(100, now)
      now += 5 * 60 * minuteMs
    }
    expect(outcomes.filter((one) => one === 'failed handler 451')).toHaveLength(7)
    expect(outcomes).toContain('givenUp handler 451')
    await write()(100, now)
    expect(to('handler')).toHaveLength(8)
    expect(await staff.desk('handler')).toEqual(['answerDue -1'])

    staff.setTime('2026-12-17T08:00')
    await staff.run()
    answers = Array<StaffSendResult>(3).fill({ ok: false, class: 'drop', code: '550' })
    await write()(100, now)
    expect(outcomes).toContain('givenUp handler 550')
  })

  test('and a reminder that was renewed meanwhile still goes out', async () => {
    await reminded(1)
    const now = Date.now()
    await write({
      channel: {
        name: 'email',
        newsEveryMs: 30 * minuteMs,
        reaches: () => true,
        async send(message) {
          if (sent.length === 0) {
            staff.setTime('2026-12-17T08:00')
            await staff.run()
          }
          sent.push(message)
          return { ok: true }
        },
      },
    })(100, now)
    expect(await staff.house.staffNotices.awaiting('email', 100)).toContain(sent[0]?.login)
    await write()(100, now)
    expect(to(sent[0]?.login ?? '')).toHaveLength(2)
  })

  test('nobody writes to who has left, and nothing waits for them', async () => {
    await reminded(1)
    await staff.house.database
      .collection<{ _id: string }>('people')
      .updateOne({ _id: 'handler' }, { $set: { disabledAt: new Date() } })
    await write()(100, Date.now())
    expect(to('handler')).toEqual([])
    expect(await staff.house.staffNotices.awaiting('email', 100)).toEqual([])
  })
})
