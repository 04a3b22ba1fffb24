import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createNoticeReader } from '../../src/store/case-notices.ts'
import { createFieldCipher } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { workNoticeDocument } from '../../src/store/notice-documents.ts'
import { workItemOf } from '../../src/usecases/work-items.ts'
import { filedCase, NOW } from '../cases/fixtures.ts'
import { calendar } from '../cases/support.ts'
import { testDatabase } from '../support/database.ts'
import { noticeOf } from '../support/notices.ts'
import { testKeys } from '../support/road.ts'

const { uri } = testDatabase()
let database: Database

beforeAll(async () => {
  database = await openDatabase({ uri })
})
afterAll(() => database.close())

test('work that arose after the notice was read is not shown as a second notice', async () => {
  const current = { ...filedCase(), channel: 'letter' as const, citizenKey: null, email: 'a@example.vn' }
  const draft = noticeOf('N1', current)
  const id = randomBytes(10).toString('hex')
  const item = workItemOf(draft, current, { id, text: 'x', textVersion: 'v', now: NOW, calendar })
  const planned = workNoticeDocument(createFieldCipher(testKeys().dataKeys), {
    ...item,
    tryFirst: { draft, locale: 'vi', body: null },
  })
  await database.collections.notices.insertOne(planned)
  const told = await createNoticeReader(database, { ofCase: async () => [item] }).noticesOf(current.code)
  expect(told.map(({ notice, state }) => `${notice} ${state}`)).toEqual(['N1 planned'])
  const other = { ...item, id: 'of-nobody-but-a-person' }
  const both = await createNoticeReader(database, { ofCase: async () => [item, other] }).noticesOf(current.code)
  expect(both.map(({ notice, state }) => `${notice} ${state}`)).toEqual(['N1 planned', 'N1 workItem'])
})
