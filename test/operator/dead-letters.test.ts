import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createInboxStore } from '../../src/store/inbox-store.ts'
import { testDatabase } from '../support/database.ts'
import { runTool } from './support.ts'

const { uri } = testDatabase()
const dataKeys = `k1:${randomBytes(32).toString('base64')}`
const at = Date.parse('2026-11-23T09:12:00+07:00')
let database: Database

beforeAll(async () => {
  database = await openDatabase({ uri })
})
afterAll(() => database.close())

const pakn = (...args: string[]) => runTool(['dead-letters', ...args], { MONGODB_URI: uri, DATA_KEYS: dataKeys })

test('what was given up is listed without its words, and one of it can be handled again', async () => {
  expect(await pakn('list')).toMatchObject({ code: 0, out: '' })
  const inbox = createInboxStore({ database, cipher: createFieldCipher(parseDataKeys(dataKeys)) })
  const keys = ['user_send_text:1', 'user_send_text:2']
  for (const key of keys) {
    const raw = Buffer.from('{"message":{"text":"nội dung riêng"}}')
    await inbox.add({ key, citizenKey: 'c1', lane: 'turn', eventName: 'user_send_text', at, receivedAt: at, raw })
  }
  await inbox.bury(keys, at + 60_000, 'TypeError')
  const listed = await pakn('list')
  expect(listed.out.split('\n').sort()).toEqual(
    keys.map((key) => `${key}\tuser_send_text\tTypeError\t2026-11-23T09:12:00+07:00\t2026-11-23T09:13:00+07:00`),
  )
  expect((await pakn('replay', 'user_send_text:2')).code).toBe(0)
  expect((await pakn('list')).out).toMatch(/^user_send_text:1\t[^\n]*$/)
  expect(await inbox.oldestWaiting()).toBe(at)
  const again = await pakn('replay', 'user_send_text:2')
  expect(again).toMatchObject({ code: 1, out: '' })
  expect(again.err).toMatch(/Không có tin.*\n.*No event/)
  expect((await pakn('replay')).code).toBe(2)
})
