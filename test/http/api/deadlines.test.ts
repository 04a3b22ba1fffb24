import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deadlinesSchema } from '../../../src/http/api/deadlines.ts'
import { AFTER_HOURS_ROWS, PUBLISH_ROWS, SUPPLEMENT_ROWS, TRANSFER_ROW, WORKED_ROWS } from '../../cases/worked-rows.ts'
import { testDatabase } from '../../support/database.ts'
import { type House, openHouse, receivedAt } from './support.ts'

const { uri } = testDatabase()
let house: House
let token: string

beforeAll(async () => {
  house = await openHouse(uri)
  token = await house.tokenOf('handler', 'QN-C23527', 'handler')
})
afterAll(() => house.close())

type Query = Record<string, string | string[]>

const ask = (query: Query | string) =>
  supertest(house.app).get('/api/v1/deadlines').query(query).set('Authorization', `Bearer ${token}`)

async function deadlines(query: Query | string) {
  const { status, body, text } = await ask(query)
  expect(status, text).toBe(200)
  return deadlinesSchema.strict().parse(body)
}

const withTime = (day: string, time = '09:12') => `${day}T${time}:00+07:00`

describe('the worked rows of the rules', () => {
  test.each(WORKED_ROWS)(
    'received %s: A %s, B %s, C %s, updates %s and %s',
    async (received, a, b, c, first, second) => {
      for (const at of [received, withTime(received), withTime(received, '23:59')]) {
        expect((await deadlines({ receivedAt: at })).clocks).toMatchObject({
          receivedDate: received,
          refuseBy: a,
          supplementBy: b,
          forwardBy: b,
          answerBy: c,
          progressUpdatesBy: [first, second],
          firstProgressUpdateBy: first,
          publishBy: null,
          paused: false,
          provisional: false,
        })
      }
    },
  )

  test.each(AFTER_HOURS_ROWS)(
    'received at %s: C is %s on the same day, %s on the next',
    async (received, same, next) => {
      const asked = { receivedAt: withTime(received.slice(0, 10), received.slice(11)) }
      expect((await deadlines(asked)).clocks.answerBy).toBe(same)
      expect((await deadlines({ ...asked, afterHours: 'same-day' })).clocks.answerBy).toBe(same)
      expect((await deadlines({ ...asked, afterHours: 'next-working-day' })).clocks.answerBy).toBe(next)
    },
  )

  test.each(PUBLISH_ROWS)('a result entered on %s is posted by %s', async (entered, postBy) => {
    expect((await deadlines({ receivedAt: entered, resultAt: withTime(entered) })).clocks.publishBy).toBe(postBy)
  })

  test.each(SUPPLEMENT_ROWS)('received %s (C %s), asked %s after %s days, came %s: C %s or %s', async (...row) => {
    const [received, before, asked, used, came, resumed, restarted] = row
    expect((await deadlines({ receivedAt: received })).clocks.answerBy).toBe(before)
    const pause = `${asked}/${came}`
    expect(await deadlines({ receivedAt: received, pause })).toMatchObject({
      clocks: { answerBy: resumed, answerByOtherPolicy: restarted },
      usedWorkingDays: used,
    })
    const restart = await deadlines({ receivedAt: received, pause, supplementClock: 'restart' })
    expect(restart).toMatchObject({ clocks: { answerBy: restarted }, usedWorkingDays: used })
  })

  test('a case passed on by a ministry is counted from the transfer', async () => {
    const [sent, there, transferredAt, refuseBy, forwardBy, answerBy] = TRANSFER_ROW
    expect((await deadlines({ receivedAt: sent })).clocks.answerBy).toBe(there)
    const { clocks } = await deadlines({ receivedAt: sent, transferredAt })
    expect(clocks).toMatchObject({ receivedDate: sent, refuseBy, forwardBy, answerBy })
  })
})

test('a case and the calculator say the same', async () => {
  const intake = await house.tokenOf('intake', 'QN-VP', 'intakeOfficer')
  const code = await house.file()
  const { body } = await supertest(house.app).get(`/api/v1/cases/${code}`).set('Authorization', `Bearer ${intake}`)
  const { clocks, ruleSet } = await deadlines({ receivedAt: new Date(receivedAt).toISOString() })
  expect(clocks).toEqual(body.clocks)
  expect(ruleSet).toEqual({ id: body.ruleSet, version: '1', verified: false })
})

test('an open pause stops C; what was used, and the years that were used, are said', async () => {
  const answer = await deadlines({
    receivedAt: withTime('2026-11-23'),
    pause: [`${withTime('2026-11-25')}/${withTime('2026-11-27')}`, `${withTime('2026-12-01')}/`],
  })
  expect(answer).toMatchObject({
    clocks: { paused: true, answerBy: null, progressUpdatesBy: [], supplementReplyBy: '2026-12-15' },
    usedWorkingDays: 3,
    calendarVersions: { 2026: '2026.1' },
    ruleSet: { id: 'qd29-2026', verified: false },
  })
})

test('a plus sign that was not encoded is one all the same', async () => {
  const { clocks } = await deadlines('receivedAt=2026-11-23T00:30:00+07:00')
  expect(clocks.receivedDate).toBe('2026-11-23')
})

test('years beyond what is known are provisional', async () => {
  const { clocks, calendarVersions } = await deadlines({ receivedAt: '2031-12-20' })
  expect(clocks.provisional).toBe(true)
  expect(calendarVersions).toEqual({ 2031: 'provisional', 2032: 'provisional' })
})

test('a rule set is found by the day of receipt or by its name', async () => {
  expect((await deadlines({ receivedAt: '2026-07-19' })).ruleSet.id).toBe('qd31-2021')
  expect((await deadlines({ receivedAt: '2026-07-20' })).ruleSet.id).toBe('qd29-2026')
  expect((await deadlines({ receivedAt: '2026-07-20', ruleSet: 'qd31-2021' })).ruleSet).toMatchObject({
    verified: true,
  })
  expect((await deadlines({ receivedAt: '2019-07-20', ruleSet: 'qd31-2021' })).clocks.provisional).toBe(true)
})

const ok = { receivedAt: '2026-03-02' }
const refused: [string, Query | string, string[]][] = [
  ['nothing asked', {}, ['receivedAt']],
  ['an unreadable receipt', { receivedAt: 'hôm qua' }, ['receivedAt']],
  ['a day that is none', { receivedAt: '2026-02-30' }, ['receivedAt']],
  ['a time without its offset', { receivedAt: '2026-03-02T08:00:00' }, ['receivedAt']],
  ['a slip of the pen', { receivedAt: '20226-03-02' }, ['receivedAt']],
  ['a year before all of this', { receivedAt: '1926-03-02', ruleSet: 'qd31-2021' }, ['receivedAt']],
  ['a receipt given twice', 'receivedAt=2026-03-02&receivedAt=2026-03-03', ['receivedAt']],
  ['a receipt before any rule set', { receivedAt: '2021-12-08' }, ['receivedAt']],
  ['an unknown rule set', { ...ok, ruleSet: 'qd99' }, ['ruleSet']],
  ['unknown policies', { ...ok, afterHours: 'never', supplementClock: 'stop' }, ['afterHours', 'supplementClock']],
  ['an unknown parameter', { ...ok, colour: 'red' }, ['colour']],
  ['a pause that ends before it begins', { ...ok, pause: '2026-03-12/2026-03-05' }, ['pause']],
  ['a pause before the receipt', { ...ok, pause: '2026-02-12/2026-03-05' }, ['pause']],
  ['a pause before the transfer', { ...ok, transferredAt: '2026-03-05', pause: '2026-03-04/2026-03-06' }, ['pause']],
  ['half a pause', { ...ok, pause: '/2026-03-05' }, ['pause']],
  ['a pause of three', { ...ok, pause: '2026-03-03/2026-03-04/2026-03-05' }, ['pause']],
  ['overlapping pauses', { ...ok, pause: ['2026-03-03/2026-03-06', '2026-03-05/2026-03-09'] }, ['pause.1']],
  ['a pause after an open one', { ...ok, pause: ['2026-03-05/2026-03-09', '2026-03-03/'] }, ['pause.0']],
  ['a transfer before the receipt', { ...ok, transferredAt: '2026-03-01' }, ['transferredAt']],
  ['a result before the receipt', { ...ok, resultAt: '2026-03-01' }, ['resultAt']],
  ['a result while waiting', { ...ok, pause: '2026-03-03/', resultAt: '2026-03-04' }, ['resultAt']],
  ['several at once', { receivedAt: 'x', pause: 'y', resultAt: 'z' }, ['pause', 'receivedAt', 'resultAt']],
]
test.each(refused)('%s is refused, naming the field', async (_what, query, paths) => {
  const { status, text } = await ask(query)
  const { code, errors } = JSON.parse(text)
  expect([status, code]).toEqual([422, 'invalid_fields'])
  expect(errors.map((error: { path: string }) => error.path)).toEqual(paths)
})

test('only who is signed in may ask', async () => {
  expect((await supertest(house.app).get('/api/v1/deadlines').query(ok)).status).toBe(401)
})
