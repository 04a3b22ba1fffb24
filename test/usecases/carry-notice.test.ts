import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Case } from '../../src/cases/case.ts'
import { plan } from '../../src/delivery/plan.ts'
import { type DeliverySettings, loadDelivery } from '../../src/delivery/settings.ts'
import { openClosedWays } from '../../src/store/closed-ways.ts'
import { createFieldCipher, createKeyedHash, type FieldCipher } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { workNoticeDocument } from '../../src/store/notice-documents.ts'
import { createNoticeRecords } from '../../src/store/notice-records.ts'
import { createOutboxStore } from '../../src/store/outbox-store.ts'
import { createCarryNotice } from '../../src/usecases/carry-notice.ts'
import type { SendResult } from '../../src/usecases/ports.ts'
import type { WorkItem } from '../../src/usecases/work-items.ts'
import { workItemOf } from '../../src/usecases/work-items.ts'
import { filedCase, NOW } from '../cases/fixtures.ts'
import { calendar } from '../cases/support.ts'
import { testDatabase } from '../support/database.ts'
import { channelRefusal, createFakeChannels } from '../support/fake-channels.ts'
import { noticeOf } from '../support/notices.ts'
import { testKeys } from '../support/road.ts'
import { watchQueries, withoutIndex } from '../support/seen-queries.ts'

const HOUR_MS = 3_600_000
const shipped = await loadDelivery(fileURLToPath(new URL('../../data/delivery.yaml', import.meta.url)))
const oneWay = { ...shipped, alsoBy: [] }
const { uri } = testDatabase()
let database: Database
let cipher: FieldCipher
const hash = createKeyedHash(testKeys().hashSecret)

beforeAll(async () => {
  database = await openDatabase({ uri })
  cipher = createFieldCipher(testKeys().dataKeys)
})
afterAll(() => database.close())

/** One notice to a sender without Zalo, and what carries it; `crash` begins anew as another process would. */
async function noticeToCarry(
  change: Partial<Case> = {},
  newest: Partial<Case> = {},
  settings: DeliverySettings = oneWay,
) {
  const current: Case = { ...filedCase(), channel: 'letter', citizenKey: null, email: 'a@example.vn', ...change }
  const draft = noticeOf('N1', current)
  const id = randomBytes(10).toString('hex')
  const item = workItemOf(draft, current, { id, text: 'x', textVersion: 'v', now: NOW, calendar })
  const tryFirst = { draft, locale: 'vi' as const, body: null }
  await database.collections.notices.insertOne({
    ...workNoticeDocument(cipher, { ...item, tryFirst }),
    citizenKey: current.citizenKey,
  })
  const fake = createFakeChannels()
  const work = new Map<string, WorkItem>()
  let stored = current
  let chased = 0
  const records = createNoticeRecords({
    database,
    cipher,
    queueNotices: createOutboxStore({ database, cipher }).queueNotices,
  })
  const closedWays = await openClosedWays(database, hash)
  const { carry } = createCarryNotice({
    records,
    cases: {
      find: async () => stored,
      ofCitizen: async () => [{ ...stored, ...newest }],
      async storeMoves({ moves, workItems = [] }) {
        stored = moves[0]?.next ?? stored
        for (const one of workItems) work.set(one.id, one)
      },
    },
    workItems: { find: async (wanted) => work.get(wanted) ?? null },
    closedWays,
    channels: fake.channels,
    plan: (notice, citizen, hindrances, now) =>
      plan(notice, citizen, { hindrances, quotaLeft: null, settings, quietHours: null }, now),
    wording: {
      texts: { translate: (_locale, key) => key },
      publicUrl: 'https://pakn.example.vn',
      unitName: (code) => code,
      render: () => [{ body: { type: 'text', text: 'lời', buttons: [] } }],
    },
    textVersion: () => 'v',
    calendar: () => calendar,
    workingDays: { first: 2, chase: 1 },
    onSaid: () => undefined,
    onTried: () => undefined,
    onWork: ({ isOverdue }) => {
      if (isOverdue) chased += 1
    },
  })
  const read = async () => {
    const [record] = (await records.ofCase(current.code)).filter((one) => one.id === id)
    if (record === undefined) throw new Error('the record is gone')
    return record
  }
  return { fake, records, work, read, overdue: () => chased, carry: async (now: number) => carry(await read(), now) }
}

const ways = (tries: readonly { way: string; result: string }[]) => tries.map(({ way, result }) => `${way} ${result}`)

describe('a notice on its ways', () => {
  test('told in two ways it still takes the ways in their order: no SMS proves it before its template was tried', async () => {
    const { fake, read, carry } = await noticeToCarry({}, {}, shipped)
    await carry(NOW)
    expect(ways((await read()).tries)).toEqual(['templateByPhone accepted', 'sms accepted', 'email accepted'])
    expect(fake.sent.map(({ channel }) => channel)).toEqual(['template', 'sms', 'email'])
    const once = await noticeToCarry()
    await once.carry(NOW)
    expect(once.fake.sent.map(({ channel }) => channel)).toEqual(['template'])
  })

  test('what each class of answer means for the next way', async () => {
    for (const [errorClass, result, goesOn] of [
      ['user', 'failed', true],
      ['drop', 'failed', true],
      ['admin', 'failed', true],
      ['retry', 'later', false],
      ['wait', 'later', false],
      ['ambiguous', 'unknown', false],
    ] as const) {
      const { fake, read, carry } = await noticeToCarry()
      fake.hindered.template = 'noTemplate'
      fake.answers.sms = () => channelRefusal(errorClass, 'x1')
      await carry(NOW)
      const { tries, state } = await read()
      expect([errorClass, ...ways(tries)]).toEqual([errorClass, `sms ${result}`, ...(goesOn ? ['email accepted'] : [])])
      expect(state).toBe(goesOn ? 'accepted' : 'planned')
    }
  })

  test('a process that dies while a message leaves never makes it leave twice', async () => {
    const { fake, read, carry } = await noticeToCarry()
    fake.hindered.template = 'noTemplate'
    let left = 0
    fake.answers.sms = () => {
      left += 1
      return new Promise<SendResult>(() => undefined)
    }
    void carry(NOW)
    for (let waited = 0; left === 0 && waited < 500; waited++) await new Promise((resolve) => setTimeout(resolve, 5))
    // Another process finds it as the first one left it.
    await carry(NOW + 2 * 60_000)
    await carry(NOW + HOUR_MS)
    expect(left).toBe(1)
    expect(ways((await read()).tries)).toEqual(['sms sending'])
    await carry(NOW + 7 * HOUR_MS)
    expect(left).toBe(1)
    expect(ways((await read()).tries)).toEqual(['sms sending', 'email accepted'])
  })

  test('a receipt proves what nobody knew any more', async () => {
    const { fake, records, read, carry } = await noticeToCarry()
    fake.hindered.template = 'noTemplate'
    fake.answers.sms = () => channelRefusal('ambiguous', 'timeout')
    await carry(NOW)
    const reference = (await read()).tries[0]?.reference ?? ''
    expect(await records.receipt({ reference }, { result: 'delivered', at: NOW + 1_000 })).toBe(true)
    await carry(NOW + 2_000)
    expect(await read()).toMatchObject({ state: 'delivered', lookAt: null })
    // Whatever comes late changes nothing.
    expect(await records.receipt({ reference }, { result: 'failed', at: NOW + 3_000 })).toBe(false)
    expect(await records.receipt({ reference: 'foreign' }, { result: 'delivered', at: NOW })).toBe(false)
    expect(fake.sent).toEqual([])
  })

  describe('what the platform repeats of a template', () => {
    const citizenKey = randomBytes(8).toString('hex')
    const at = NOW - HOUR_MS

    async function tried(
      result: 'sending' | 'unknown',
      sentAt: number,
      way: 'templateByUser' | 'sms' = 'templateByUser',
    ) {
      const house = await noticeToCarry({ citizenKey })
      const record = await house.read()
      const one = { way, reference: `${record.id}-0`, at: sentAt, result, textVersion: 'v' }
      await house.records.store({ ...record, tries: [one], lookAt: NOW + 6 * HOUR_MS })
      return house
    }

    test('names the try of unknown outcome that is nearest to it, and its receipts prove that', async () => {
      const [first, second] = [await tried('unknown', at), await tried('sending', at + 5 * 60_000)]
      const echo = { citizenKey, messageId: randomBytes(8).toString('hex'), at: at + 5 * 60_000 + 2_000, now: NOW }
      expect(await second.records.templateEcho(echo)).toBe(true)
      expect(await second.read()).toMatchObject({
        lookAt: 0,
        tries: [{ result: 'accepted', messageId: echo.messageId, at: at + 5 * 60_000 }],
      })
      expect(ways((await first.read()).tries)).toEqual(['templateByUser unknown'])
      // The same again belongs to the same message.
      expect(await second.records.templateEcho(echo)).toBe(true)
      expect(ways((await first.read()).tries)).toEqual(['templateByUser unknown'])
      const said = { result: 'delivered' as const, at: NOW }
      expect(await second.records.receipt({ messageId: echo.messageId }, said)).toBe(true)
      await second.carry(NOW)
      expect(await second.read()).toMatchObject({ state: 'delivered' })
    })

    test('waits for a send whose answer may still come, for it may be its echo', async () => {
      const doubtful = await tried('unknown', NOW - 60_000)
      const leaving = await tried('sending', NOW - 1_000)
      const echo = { citizenKey, messageId: randomBytes(8).toString('hex'), at: NOW, now: NOW }
      expect(await doubtful.records.templateEcho(echo)).toBe(false)
      const { id } = await leaving.read()
      await leaving.records.answered(id, `${id}-0`, { at: NOW, result: 'accepted', messageId: echo.messageId })
      expect(await doubtful.records.templateEcho(echo)).toBe(true)
      expect(ways((await doubtful.read()).tries)).toEqual(['templateByUser unknown'])
    })

    test('says nothing of other citizens, other ways, other times and a try whose answer may still come', async () => {
      const echo = { citizenKey: 'x', messageId: 'strange', at: NOW, now: NOW }
      const house = await tried('sending', NOW - 1_000)
      await tried('unknown', NOW - HOUR_MS / 2)
      await tried('unknown', NOW, 'sms')
      expect(await house.records.templateEcho(echo)).toBe(false)
      expect(await house.records.templateEcho({ ...echo, citizenKey })).toBe(false)
      expect(await house.records.templateEcho({ ...echo, citizenKey, messageId: '' })).toBe(false)
    })

    test('and every receipt is found by an index', async () => {
      const { records } = await tried('unknown', NOW)
      const { db } = database.connection
      if (db === undefined) throw new Error('there is no connection')
      const seen = await watchQueries(db, async () => {
        await records.templateEcho({ citizenKey, messageId: 'm', at: 0, now: NOW })
        for (const found of [{ messageId: 'm' }, { reference: 'r' }]) {
          for (const result of ['delivered', 'seen', 'failed'] as const)
            await records.receipt(found, { result, at: NOW })
        }
      })
      expect(seen.length).toBeGreaterThan(7)
      expect(withoutIndex(seen, 0)).toEqual([])
    })
  })

  test('a number that Zalo calls wrong is not tried again until the sender changes it, and stands nowhere in clear', async () => {
    const phone = '+84905000777'
    const templates = async (now: number, change: Partial<Case>, newest: Partial<Case> = {}) => {
      const { fake, carry, read } = await noticeToCarry(change, newest)
      fake.answers.template = () => channelRefusal('drop', '-108')
      await carry(now)
      const { tries } = await read()
      expect(ways(tries).at(-1)).toBe('sms accepted')
      return tries.filter(({ way }) => way === 'templateByPhone').length
    }
    expect(await templates(NOW, { phone })).toBe(1)
    expect(await templates(NOW + HOUR_MS, { phone })).toBe(0)
    expect(await templates(NOW + 364 * 24 * HOUR_MS, { phone })).toBe(0)
    expect(await templates(NOW + 366 * 24 * HOUR_MS, { phone })).toBe(1)
    // Who has given another number since is tried on that one.
    const citizenKey = randomBytes(8).toString('hex')
    expect(await templates(NOW + HOUR_MS, { phone, citizenKey }, { phone: '+84905000778' })).toBe(1)
    const kept = await database.collection('closedWays').find({}).toArray()
    expect(kept).toHaveLength(2)
    expect(JSON.stringify(kept)).not.toContain('905000777')
  })

  test('a quota that is used up says nothing of the number', async () => {
    const phone = '+84905000779'
    for (const expected of [1, 1]) {
      const { fake, carry, read } = await noticeToCarry({ phone })
      fake.answers.template = () => channelRefusal('admin', '-115')
      await carry(NOW)
      expect((await read()).tries.filter(({ way }) => way === 'templateByPhone')).toHaveLength(expected)
    }
  })

  test.each([
    ['templateByUser', 'templateByPhone'],
    ['templateByPhone', 'templateByUser'],
  ] as const)('what was taken as %s is not sent as %s: both are seen in one chat', async (taken, other) => {
    const { fake, records, read, carry } = await noticeToCarry({ citizenKey: 'none' })
    const record = await read()
    const one = { way: taken, reference: 'r', at: NOW, result: 'accepted' as const, textVersion: 'v' }
    await records.store({ ...record, tries: [one], lookAt: NOW })
    await carry(NOW + 7 * HOUR_MS)
    expect(fake.sent.map(({ channel }) => channel)).toEqual(['sms'])
    expect(ways((await read()).tries)).not.toContain(other)
  })

  describe('words that wait in the chat when a template is sent', () => {
    async function waitingInChat(state: 'waiting' | 'sending' | 'ambiguous') {
      const house = await noticeToCarry({ citizenKey: randomBytes(8).toString('hex') })
      const record = await house.read()
      const bubble = `${record.id}.1`
      await database.collections.outbox.insertOne({
        _id: bubble,
        citizenKey: record.citizenKey ?? '',
        partition: 0,
        sequence: 1,
        priority: 2,
        state,
        open: true,
        owner: null,
        messageIds: [],
        partsAccepted: 0,
        tries: [],
        settleTries: 0,
        retryAt: new Date(0),
        createdAt: new Date(NOW),
      })
      await house.records.store({ ...record, bubbles: [bubble], lookAt: NOW })
      const outbox = createOutboxStore({ database, cipher })
      const inChat = async () => (await house.records.bubbles([bubble])).get(bubble)
      return { ...house, inChat, mayLeave: () => outbox.claim(bubble, 'run', NOW) }
    }

    test.each(['waiting', 'ambiguous'] as const)('are taken back while %s', async (state) => {
      const { fake, carry, inChat, mayLeave } = await waitingInChat(state)
      await carry(NOW + HOUR_MS)
      expect(fake.sent).toEqual([])
      await carry(NOW + 25 * HOUR_MS)
      expect(fake.sent.map(({ channel }) => channel)).toEqual(['template'])
      expect(await inChat()).toMatchObject({ isOpen: false, state: state === 'waiting' ? 'withdrawn' : 'ambiguous' })
      expect(await mayLeave()).toBe(false)
    })

    test('hold the template back while they are leaving', async () => {
      const { fake, read, carry, inChat } = await waitingInChat('sending')
      await carry(NOW + 25 * HOUR_MS)
      expect(fake.sent).toEqual([])
      expect((await read()).lookAt).toBe(NOW + 25 * HOUR_MS + 60_000)
      expect(await inChat()).toMatchObject({ isOpen: true, state: 'sending' })
    })
  })

  test('two processes at once send once, and make one work item', async () => {
    const { fake, work, read, carry } = await noticeToCarry({ email: null })
    fake.hindered.template = 'noTemplate'
    await Promise.all([carry(NOW), carry(NOW), carry(NOW)])
    expect(fake.sent).toHaveLength(1)
    await Promise.all([carry(NOW + 7 * HOUR_MS), carry(NOW + 7 * HOUR_MS)])
    expect(work.size).toBe(1)
    expect(await read()).toMatchObject({ state: 'workItem', workItem: [...work.keys()][0] })
  })

  test('who has changed their number since is told on the new one', async () => {
    const { fake, carry } = await noticeToCarry({ citizenKey: 'somebody' }, { phone: '+84905999888' })
    fake.hindered.template = 'noTemplate'
    await carry(NOW)
    expect(fake.sent.map(({ address }) => address.phone)).toEqual(['+84905999888'])
  })

  test('a person who is overdue is chased, even where a way has opened since', async () => {
    const { fake, read, carry, overdue } = await noticeToCarry({ email: null })
    fake.hindered.template = 'noTemplate'
    fake.hindered.sms = 'noBalance'
    await carry(NOW)
    expect((await read()).state).toBe('workItem')
    delete fake.hindered.sms
    const dueAt = (await read()).lookAt ?? 0
    await carry(dueAt)
    expect(overdue()).toBe(1)
    expect((await read()).lookAt).toBeGreaterThan(dueAt)
    await carry((await read()).lookAt ?? 0)
    expect(overdue()).toBe(2)
    expect(fake.sent).toEqual([])
  })

  test('a bounced letter ends with a person', async () => {
    const { fake, records, read, carry } = await noticeToCarry()
    fake.hindered.template = 'noTemplate'
    fake.hindered.sms = 'noPhone'
    await carry(NOW)
    const messageId = (await read()).tries[0]?.messageId ?? ''
    expect(await records.receipt({ messageId }, { result: 'failed', at: NOW + HOUR_MS, code: '550' })).toBe(true)
    await carry(NOW + HOUR_MS)
    const record = await read()
    expect(record.state).toBe('workItem')
    expect(record.tries[0]).toMatchObject({ result: 'failed', code: '550' })
  })
})
