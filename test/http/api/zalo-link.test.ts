import supertest from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Received } from '../../../src/conversation/received.ts'
import { zaloLinkCodeSchema, zaloLinkSchema } from '../../../src/http/api/zalo-link.ts'
import { withLinkCodes } from '../../../src/usecases/link-in-chat.ts'
import { readLinkWords } from '../../../src/usecases/officer-links.ts'
import type { RunTurn } from '../../../src/usecases/turn.ts'
import { testDatabase } from '../../support/database.ts'
import { openTestConversation } from '../../support/dialog.ts'
import { says } from '../../support/road.ts'
import { type House, openHouse } from './support.ts'

const { uri } = testDatabase()
let house: House
let chat: RunTurn
let now = 0
const tokens: Record<string, string> = {}
const heard: string[] = []

beforeAll(async () => {
  house = await openHouse(uri)
  tokens.handler = await house.tokenOf('handler', 'QN-C23527', 'handler')
  tokens.other = await house.tokenOf('other', 'QN-C23527', 'handler')
  const { texts } = await openTestConversation()
  const citizen: RunTurn = async ({ events, conversation }) => {
    heard.push(...events.flatMap((event) => (event.type === 'text' ? [event.text] : [])))
    return says(conversation, ...(events.length === 0 ? [] : ['câu trả lời cho người dân']))
  }
  chat = withLinkCodes(citizen, { links: house.officerLinks, texts, now: () => now, help: '#giup' })
})
beforeEach(async () => {
  now = Date.now()
  heard.length = 0
  for (const name of ['officerLinks', 'officerLinkCodes', 'signInTries']) {
    await house.database.collection(name).deleteMany({})
  }
})
afterAll(() => house.close())

const call = (method: 'get' | 'post' | 'delete', who: string) =>
  supertest(house.app)[method]('/api/v1/me/zalo-link').set('Authorization', `Bearer ${tokens[who]}`)

async function codeOf(who: string): Promise<string> {
  const answer = await call('post', who)
  expect(answer.status).toBe(201)
  return zaloLinkCodeSchema.parse(answer.body).words
}

async function linked(who: string): Promise<boolean> {
  return zaloLinkSchema.parse((await call('get', who)).body).isLinked
}

let events = 0
/** Says these words in the chat of a person; gives the answers. */
async function says_(person: string, ...words: string[]): Promise<string> {
  const given = words.map((text): Received => ({ id: `event-${events++}`, at: now, type: 'text', text }))
  return say(person, given)
}
async function say(person: string, given: Received[]): Promise<string> {
  const { messages } = await chat({
    citizenKey: `key-${person}`,
    userId: `zalo-${person}`,
    conversation: null,
    events: given,
    now,
    entropy: '00',
  })
  return messages.map(({ body }) => (body.type === 'text' ? body.text : '')).join('\n')
}

describe('an officer links the own Zalo account', () => {
  test('by typing the code, whatever else is said beside it stays a word of a citizen', async () => {
    const words = await codeOf('handler')
    expect(await linked('handler')).toBe(false)
    const answer = await says_('a', 'đèn đường hỏng', ` ${words.toLowerCase().replace('-', ' ')} `)
    expect(answer).toMatch(/liên kết với tài khoản cán bộ "handler".*Gõ #giup để xem các lệnh/)
    expect(answer).toMatch(/câu trả lời cho người dân/)
    expect(heard).toEqual(['đèn đường hỏng'])
    expect(await linked('handler')).toBe(true)
    expect(await house.links.find('handler')).toMatchObject({ userId: 'zalo-a', unitCode: 'QN-C23527' })
    const stored = await house.database.collection('officerLinks').findOne({})
    expect(JSON.stringify(stored)).not.toContain('zalo-a')
    const code = await house.database.collection('officerLinkCodes').findOne({})
    expect(JSON.stringify(code)).not.toContain(words.replace('LK ', '').replace('-', ''))
  })

  test('with each code once, and the same answer when the turn is done again', async () => {
    const text = await codeOf('handler')
    const event: Received = { id: 'twice', at: now, type: 'text', text }
    expect(await say('a', [event])).toMatch(/"handler"/)
    expect(await say('a', [event])).toMatch(/"handler"/)
    expect(await says_('b', text)).toMatch(/không đúng hoặc đã hết hạn/)
    expect((await house.links.find('handler'))?.citizenKey).toBe('key-a')
  })

  test('within ten minutes, with the last code only, and not by guessing', async () => {
    const first = await codeOf('handler')
    const second = await codeOf('handler')
    expect(await says_('a', first)).toMatch(/không đúng/)
    now += 11 * 60_000
    expect(await says_('a', second)).toMatch(/không đúng/)
    now -= 11 * 60_000
    for (let guess = 0; guess < 5; guess++) await says_('a', `LK AAAA-BBB${guess}`)
    expect(await says_('a', second)).toMatch(/nhiều lần/)
    expect(await linked('handler')).toBe(false)
    expect(await says_('b', second)).toMatch(/"handler"/)
  })

  test('a Zalo account belongs to one officer, the one who linked it last', async () => {
    await says_('a', await codeOf('handler'))
    await says_('a', await codeOf('other'))
    expect([await linked('handler'), await linked('other')]).toEqual([false, true])
  })

  test('and ends it in the chat or in the desk', async () => {
    await says_('a', await codeOf('handler'))
    expect(await says_('a', 'lk hủy')).toMatch(/Đã bỏ liên kết .*"handler"/)
    expect(await says_('a', 'LK HUY')).toMatch(/chưa liên kết/)
    await says_('a', await codeOf('handler'))
    const ended = await call('delete', 'handler')
    expect(zaloLinkSchema.parse(ended.body).isLinked).toBe(false)
    expect((await call('delete', 'handler')).status).toBe(200)
    expect(await house.links.find('handler')).toBeNull()
  })

  test('and loses it with the unit or the account, and codes that were given out with them', async () => {
    tokens.mover = await house.tokenOf('mover', 'QN-C23527', 'handler')
    const open = await codeOf('mover')
    await says_('a', await codeOf('mover'))
    expect(await linked('mover')).toBe(true)
    await says_('b', open)
    await codeOf('mover')
    await house.people.movePerson('mover', { unitCode: 'QN-VP', roles: ['intakeOfficer'] }, Date.now())
    expect(await house.links.find('mover')).toBeNull()
    expect(await house.database.collection('officerLinkCodes').countDocuments({})).toBe(0)
    const asked = await house.officerLinks.askFor('mover', now)
    expect(await says_('a', asked.words)).toMatch(/"mover"/)
    const waiting = await house.officerLinks.askFor('mover', now)
    await house.people.disablePerson('mover', Date.now())
    expect(await house.links.find('mover')).toBeNull()
    expect(await says_('c', waiting.words)).toMatch(/không đúng/)
    await expect(house.officerLinks.askFor('mover', now)).rejects.toMatchObject({ code: 'person_unknown' })
  })

  test('everything of it stands in the audit log', async () => {
    await says_('a', await codeOf('handler'))
    await call('delete', 'handler')
    const acts = await house.database.collection('audit').find({ act: /^zalo/ }).sort({ _id: -1 }).limit(3).toArray()
    expect(acts.map(({ act }) => act).toSorted()).toEqual(['zaloLinkAsked', 'zaloLinked', 'zaloUnlinked'])
  })

  test('a token that may only read gives no code', async () => {
    const { token } = await house.people.addToken('handler', { name: 'r', days: 1, scopes: ['read'] }, Date.now())
    tokens.reader = token
    expect((await call('post', 'reader')).status).toBe(403)
    expect((await call('delete', 'reader')).status).toBe(403)
    expect((await call('get', 'reader')).status).toBe(200)
  })
})

test.each([
  ['LK 7KQ4-9ZPM', { code: '7KQ49ZPM' }],
  ['#lk7kq49zpm', { code: '7KQ49ZPM' }],
  ['lk: 7KQ4 9ZPM', { code: '7KQ49ZPM' }],
  ['LK HỦY', 'end'],
  ['lk huy', 'end'],
  ['LK', null],
  ['Lk 12', null],
  ['Tôi ở LK 7KQ4-9ZPM', null],
  ['LKW 7KQ4-9ZPM', null],
])('%s means %j', (text, meaning) => {
  expect(readLinkWords(text)).toEqual(meaning)
})
