import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chatTextOf, createStaffZalo } from '../../src/delivery/staff-zalo.ts'
import { openHandoffs } from '../../src/store/handoffs.ts'
import { emailContext } from '../../src/store/people.ts'
import { createStaffStore } from '../../src/store/staff.ts'
import { openStaffDeliveries } from '../../src/store/staff-deliveries.ts'
import { createAnnounceHandoffs } from '../../src/usecases/announce-handoffs.ts'
import type { ChatLine, OutgoingBody, SendResult } from '../../src/usecases/ports.ts'
import { createStaffDirectory } from '../../src/usecases/staff-directory.ts'
import type { StaffChannel, StaffMember, StaffMessage, StaffStore } from '../../src/usecases/staff-ports.ts'
import { createWriteStaff } from '../../src/usecases/write-staff.ts'
import { testDatabase } from '../support/database.ts'
import { openTestConversation } from '../support/dialog.ts'
import { openStaffHouse, type StaffHouse } from './staff-support.ts'

const { uri } = testDatabase()
const hourMs = 3_600_000
let staff: StaffHouse
let store: StaffStore
let channels: StaffChannel[]
let write: (name: 'zalo' | 'email') => ReturnType<typeof createWriteStaff>
const chats: { userId: string; text: string }[] = []
const letters: StaffMessage[] = []
const tried: string[] = []
const outcomes: string[] = []
let answers: SendResult[] = []
let chatLines: ChatLine[] = []
let lastInteractionAt: number | null = 0
let isQuiet = false
let left: string | null = null
let hasCommands = true

const channelsOf = (person: StaffMember) =>
  channels
    .filter((one) => one.reaches(person))
    .slice(0, 1)
    .map(({ name }) => name)

beforeAll(async () => {
  staff = await openStaffHouse(uri)
  const { links, database, cipher } = staff.house
  store = createStaffStore({ database, cipher, links })
  const { texts } = await openTestConversation()
  const deliveries = await openStaffDeliveries(database)
  for (const _id of ['handler', 'intake']) {
    const email = cipher.encrypt(`${_id}@example.vn`, emailContext(_id))
    await database.collection<{ _id: string }>('people').updateOne({ _id }, { $set: { email } })
  }
  const chat = createStaffZalo({
    platform: {
      async send(userId: string, body: OutgoingBody) {
        if (body.type === 'text') tried.push(body.text)
        const result = answers.shift() ?? { ok: true, messageId: 'm', sentAt: 0 }
        if (result.ok && body.type === 'text') chats.push({ userId, text: body.text })
        return result
      },
      chat: async () => chatLines,
    },
    async chatOf(login) {
      const link = await links.find(login)
      const facts = { lastInteractionAt, following: true, unreachable: left === null ? null : { code: left, at: 0 } }
      return link === null ? null : { userId: link.userId, facts }
    },
    hasOtherWay: async (login) => (await store.emailOf(login)) !== null,
    now: staff.clock.now,
  })
  channels = [
    {
      name: 'zalo',
      newsEveryMs: 600_000,
      reaches: (person) => person.hasZalo,
      isQuiet: () => isQuiet,
      send: chat.send,
    },
    {
      name: 'email',
      newsEveryMs: 1_800_000,
      reaches: (person) => person.hasEmail,
      async send(message) {
        letters.push(message)
        return { ok: true }
      },
    },
  ]
  write = (name) => {
    const index = channels.findIndex((one) => one.name === name)
    return createWriteStaff({
      notices: staff.house.staffNotices,
      deliveries,
      staff: store,
      channel: channels[index] as StaffChannel,
      others: channels.slice(index + 1),
      texts,
      unitName: () => 'UBND xã Sa Thầy',
      publicUrl: 'https://pakn.example',
      hasCommands,
      owner: 'one',
      onOutcome: (outcome, { login, code }) => void outcomes.push([outcome, login, code].filter(Boolean).join(' ')),
    })
  }
})
beforeEach(async () => {
  for (const list of [chats, tried, letters, outcomes]) list.length = 0
  answers = []
  chatLines = []
  isQuiet = false
  left = null
  hasCommands = true
  await link('handler', 'QN-C23527')
  await link('head', 'QN-C23527')
  lastInteractionAt = staff.clock.now() - hourMs
})
afterEach(() => staff.clear())
afterAll(() => staff.close())

const link = (login: string, unitCode: string) =>
  staff.house.links.save({ login, unitCode, citizenKey: `key-${login}`, userId: `zalo-${login}`, linkedAt: 1 })
const to = (login: string) => chats.filter(({ userId }) => userId === `zalo-${login}`).map(({ text }) => text)

async function newsFor(): Promise<string> {
  const code = await staff.inHand()
  await staff.announce({ directory: createStaffDirectory({ store, units: staff.house.units }), channelsOf })(
    100,
    staff.clock.now(),
  )
  return code
}

async function writeAll(at = Date.now()): Promise<void> {
  await write('zalo')(100, at)
  await write('email')(100, at)
}

describe('a linked officer', () => {
  test('is told in Zalo and nowhere else, with a link and nothing of the citizen', async () => {
    const code = await newsFor()
    await writeAll()
    expect(to('handler')).toHaveLength(1)
    expect(to('handler')[0]).toContain(`${code}: được phân công`)
    expect(to('handler')[0]).toContain(`https://pakn.example/staff/cases/${code}`)
    expect(to('handler')[0]).toContain(`gõ #xem ${code}`)
    expect(JSON.stringify(chats)).not.toMatch(/Y Hà|Chậm trả|0905|Thôn 2/)
    // The intake is not linked and gets a letter; the coordinator has neither and has the desk.
    expect(letters.map(({ login }) => login)).toEqual(['intake'])
    expect(await staff.desk('coordinator')).toEqual(['forwarded'])
  })

  test('is told of no commands where there are none', async () => {
    hasCommands = false
    await newsFor()
    await writeAll()
    expect(to('handler')).toHaveLength(1)
    expect(to('handler')[0]).not.toContain('gõ #')
  })

  test('gets what comes together as one message', async () => {
    await newsFor()
    const now = Date.now()
    await writeAll(now)
    await newsFor()
    await newsFor()
    await writeAll(now + 60_000)
    expect(to('handler')).toHaveLength(1)
    await writeAll(now + 11 * 60_000)
    expect(to('handler')).toHaveLength(2)
    expect(to('handler')[1]?.match(/được phân công/g)).toHaveLength(2)
    expect(to('handler')[1]).toContain('gõ #viec.')
  })

  test('is not woken at night', async () => {
    isQuiet = true
    await newsFor()
    await writeAll()
    expect(chats).toEqual([])
    isQuiet = false
    await writeAll()
    expect(to('handler')).toHaveLength(1)
  })

  test.each([
    ['after the free time of the chat', 49, 'windowClosed'],
    ['whom Zalo does not let write to', 1, '-230'],
    ['who has unfollowed the account', 1, 'unfollowed'],
  ])('%s gets a letter instead, once', async (_name, hours, code) => {
    lastInteractionAt = staff.clock.now() - hours * hourMs
    if (code === 'unfollowed') left = code
    if (code === '-230') answers = [{ ok: false, class: 'user', code }]
    await newsFor()
    await writeAll()
    await writeAll(Date.now() + hourMs)
    expect(to('handler')).toEqual([])
    expect(letters.filter(({ login }) => login === 'handler')).toHaveLength(1)
    expect(outcomes).toContain(`passedOn handler ${code}`)
  })

  test('without an address is written to as long as the chat is open at all', async () => {
    await staff.inHand()
    staff.setTime('2026-12-16T08:00')
    lastInteractionAt = staff.clock.now() - 6 * 24 * hourMs
    const directory = createStaffDirectory({ store, units: staff.house.units })
    await staff.run({ remindCases: staff.remindCases({ directory, channelsOf }) })
    await writeAll()
    expect(to('head')).toHaveLength(1)
    expect(letters.map(({ login }) => login)).toContain('handler')
  })

  test('whose link ended meanwhile is told the next way', async () => {
    await newsFor()
    await staff.house.links.end('handler')
    await writeAll()
    expect(to('handler')).toEqual([])
    expect(letters.map(({ login }) => login)).toContain('handler')
  })

  test('gets a message of unknown outcome once: it is looked for in the chat', async () => {
    await newsFor()
    const now = Date.now()
    answers = [{ ok: false, class: 'ambiguous', code: 'timeout' }]
    await write('zalo')(100, now)
    expect(outcomes).toContain('failed handler timeout')
    // The chat now shows what the first try sent after all.
    chatLines = [{ messageId: 'x', fromCitizen: false, at: Date.now(), type: 'text', text: tried[0] ?? '' }]
    await write('zalo')(100, now + 10 * 60_000)
    expect(tried).toHaveLength(1)
    expect(outcomes.at(-1)).toBe('sent handler')
    await write('zalo')(100, now + hourMs)
    expect(tried).toHaveLength(1)
  })
})

describe('the words in the chat', () => {
  const item = (number: number) => ({
    text: `PAKN.${number}: được phân công cho anh/chị xử lý.`,
    link: `https://p/${number}`,
  })
  const message = (count: number): StaffMessage => ({
    login: 'handler',
    subject: 'Việc mới',
    lines: [{ heading: 'Việc mới', items: Array.from({ length: count }, (_, index) => item(index)) }],
    closing: 'Hết.',
    reference: 'r',
    more: (left) => `… và ${left} việc khác.`,
    isRepeat: false,
  })

  test('hold all there is room for, and say how many more there are', () => {
    expect(chatTextOf(message(2))).toContain('PAKN.1:')
    const long = chatTextOf(message(200))
    expect([...long].length).toBeLessThanOrEqual(2_000)
    const shown = long.match(/PAKN\./g)?.length ?? 0
    expect(shown).toBeGreaterThan(20)
    expect(long).toContain(`… và ${200 - shown} việc khác.`)
  })
})

describe('somebody who waits for a person in the chat', () => {
  test('is told of to the intake of the Office, once, without a word of who it is', async () => {
    await link('intake', 'QN-VP')
    const handoffs = await openHandoffs(staff.house.database)
    const since = staff.clock.now()
    const waiting = (citizenKey: string, at = since) => ({ _id: citizenKey, since: new Date(at), untold: true })
    await staff.house.database
      .collection<ReturnType<typeof waiting>>('handoffs')
      .insertMany([waiting('one'), waiting('two'), waiting('long ago', since - 3 * 24 * hourMs)])
    const announce = createAnnounceHandoffs({
      handoffs,
      casesOf: async () => [],
      directory: createStaffDirectory({ store, units: staff.house.units }),
      notices: staff.house.staffNotices,
      channelsOf,
    })
    expect(await announce(100, since)).toEqual({ written: 2, isMore: false })
    expect(await announce(100, since)).toEqual({ written: 0, isMore: false })
    expect(await staff.desk('intake')).toEqual(['handoffWaits', 'handoffWaits'])
    await writeAll()
    expect(to('intake')).toHaveLength(1)
    expect(to('intake')[0]).toContain('Có người dân đang chờ cán bộ trực trong cuộc trò chuyện Zalo. (2)')
    expect(to('intake')[0]).toContain('https://pakn.example/staff\n')
    expect(to('intake')[0]).not.toContain('gõ #')
    expect(await handoffs.waiting(10)).toBe(3)
  })

  test('is told of by the case that they are likely to ask about, and by none that may not be known of', async () => {
    await link('intake', 'QN-VP')
    const handoffs = await openHandoffs(staff.house.database)
    const since = staff.clock.now()
    await staff.house.database.collection<{ _id: string; since: Date; untold: true }>('handoffs').deleteMany({})
    await staff.house.database
      .collection<{ _id: string; since: Date; untold: true }>('handoffs')
      .insertMany(['has-one', 'has-secret'].map((_id) => ({ _id, since: new Date(since), untold: true })))
    const code = await staff.house.file({}, 'has-one')
    await staff.house.file({ hints: ['denunciationSuspected'] }, 'has-one')
    const secret = await staff.house.file({ hints: ['denunciationSuspected'] }, 'has-secret')
    const announce = createAnnounceHandoffs({
      handoffs,
      casesOf: staff.house.cases.ofCitizen,
      directory: createStaffDirectory({ store, units: staff.house.units }),
      notices: staff.house.staffNotices,
      channelsOf,
    })
    expect(await announce(100, since)).toEqual({ written: 2, isMore: false })
    await writeAll()
    const [told = ''] = to('intake')
    expect(told).toContain(`${code}: người gửi đang chờ cán bộ trực`)
    expect(told).toContain(`https://pakn.example/staff/cases/${code}`)
    expect(told).toContain(`gõ #tl ${code} rồi nội dung`)
    expect(told).not.toContain(secret)
    expect(told).toContain('Có người dân đang chờ cán bộ trực trong cuộc trò chuyện Zalo.\n')
    // The next one does not wait as long as other news, and is not written for each of many alone.
    const again = { _id: 'has-one', since: new Date(since + 1_000), untold: true as const }
    await staff.house.database.collection<typeof again>('handoffs').replaceOne({ _id: 'has-one' }, again)
    await announce(100, since)
    const at = Date.now()
    await writeAll(at + 30_000)
    expect(to('intake')).toHaveLength(1)
    await writeAll(at + 90_000)
    expect(to('intake')).toHaveLength(2)
  })
})
