import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCourierStore } from '../../src/store/webhook-deliveries.ts'
import { openWebhookCollections } from '../../src/store/webhook-documents.ts'
import { isWanted } from '../../src/usecases/case-events.ts'
import { type House, openHouse } from '../http/api/support.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
let house: House

beforeAll(async () => {
  house = await openHouse(uri, dataKeys)
})
afterAll(() => house.close())

const env = { MONGODB_URI: uri, DATA_KEYS: dataKeys, WEBHOOK_HOSTS: 'example.gov.vn,127.0.0.1:4000' }
const pakn = (...args: string[]) => runTool(['webhook', ...args], env)
const url = 'https://lgsp.example.gov.vn/pakn'

async function added(...args: string[]): Promise<{ id: string; secret: string }> {
  const ran = await pakn('add', '--url', url, ...args)
  expect(ran.code).toBe(0)
  const [id = '', secret = ''] = ran.out.split('\t')
  return { id, secret }
}

describe('webhook', () => {
  test('add prints the id and the secret, and nobody sees the secret again', async () => {
    const { id, secret } = await added('--act', 'submit', '--act', 'forward', '--unit', 'QN-C23527')
    expect(secret).toMatch(/^paknwh_[\w-]{43}$/)
    const listed = await pakn('list')
    expect(listed.out).toBe([id, url, 'active', '-', '-', '0', '0', 'submit,forward', 'QN-C23527'].join('\t'))
    expect(listed.out + listed.err).not.toContain(secret)
    expect(await house.webhooks.find('operator', id)).toMatchObject({ createdBy: null })
    expect((await pakn('remove', id)).code).toBe(0)
    expect((await pakn('list')).out).toBe('')
  })

  test.each([
    [['--url', 'https://elsewhere.vn/'], /url: .*WEBHOOK_HOSTS.* \/ .*WEBHOOK_HOSTS/],
    [['--url', 'http://lgsp.example.gov.vn/'], /url: .*https.* \/ .*https/],
    [['--url', url, '--act', 'fly'], /acts\.0: /],
    [['--url', url, '--unit', 'QN-NONE'], /unitCodes\.0: Không có đơn vị.* \/ /],
  ])('add %j is refused with a sentence for each fault', async (args, sentence) => {
    const ran = await pakn('add', ...args)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(sentence)
  })

  test('plain http goes to a named origin, and in production to none', async () => {
    const ran = await pakn('add', '--url', 'http://127.0.0.1:4000/pakn')
    expect(ran.code).toBe(0)
    await pakn('remove', ran.out.split('\t')[0] ?? '')
  })

  test('pause, resume and remove say what they did, and refuse what is not there', async () => {
    const { id } = await added()
    expect(await pakn('pause', id)).toMatchObject({ code: 0, out: '' })
    expect((await pakn('list')).out).toContain(`${url}\tpaused\t`)
    expect((await pakn('resume', id)).code).toBe(0)
    expect((await pakn('list')).out).toContain(`${url}\tactive\t`)
    expect((await pakn('remove', id)).err).toMatch(/Đã xóa.*Removed/)
    for (const command of ['pause', 'resume', 'remove', 'dead', 'replay']) {
      const ran = await pakn(command, id)
      expect(ran).toMatchObject({ code: 1, out: '' })
      expect(ran.err).toMatch(/Không có webhook.*\n.*No webhook/)
      expect((await pakn(command)).code).toBe(2)
    }
  })

  test('dead lists what was given up, replay sends it again', async () => {
    const { id } = await added()
    const codes = [await house.file(), await house.file()]
    const collections = await openWebhookCollections(house.database)
    const { database, cipher, units } = house
    const store = createCourierStore({ database, collections, cipher, onUnreadable: () => undefined })
    await store.dispatch(100, (filter, event) => isWanted(filter, event, units), Date.now())
    const at = Date.parse('2026-11-26T09:00:00+07:00')
    await store.giveUp(id, Date.now() + 1_000, { at, outcome: 'timeout' })
    const filedAt = (await house.cases.history(codes[0] ?? ''))[0]?.at
    expect((await pakn('dead', id)).out.split('\n')).toEqual(
      codes.map((code) => [`${code}.v1`, 'submit', filedAt, '1', 'timeout', '2026-11-26T09:00:00+07:00'].join('\t')),
    )
    expect((await pakn('replay', id, `${codes[0]}.v1`)).out).toBe('1')
    const again = await pakn('replay', id, `${codes[0]}.v1`)
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toMatch(/eventId: .* \/ /)
    expect((await pakn('replay', id)).out).toBe('1')
    expect((await pakn('dead', id)).out).toBe('')
    expect(await house.webhooks.find('operator', id)).toMatchObject({ waiting: 2, dead: 0 })
  })
})
