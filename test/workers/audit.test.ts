import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/logger.ts'
import { openAuditStore } from '../../src/store/audit-store.ts'
import { createFieldCipher, parseDataKeys } from '../../src/store/crypto.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createAudit, verifyAudit } from '../../src/usecases/audit.ts'
import { startAuditKeeping } from '../../src/workers/audit.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const { uri } = testDatabase()
const now = Date.parse('2026-11-23T09:00:00+07:00')
const day = 86_400_000
let database: Database
beforeAll(async () => {
  database = await openDatabase({ uri })
})
afterAll(() => database.close())

test('lines that were kept long enough go, the others stay and prove themselves', async () => {
  const store = await openAuditStore(
    database,
    createFieldCipher(parseDataKeys(`k1:${randomBytes(32).toString('base64')}`)),
  )
  for (const age of [12, 11, 9, 0])
    await createAudit({ store, now: () => now - age * day }).record({ actor: 'lan', act: 'readCase' })
  const keeping = startAuditKeeping({
    store,
    days: 10,
    logger: createLogger({ level: 'silent' }),
    now: () => now,
    pollMs: 10,
  })
  await until('the old lines are gone', async () => (await store.list({ technicalOnly: false }, null, 10)).length === 2)
  await keeping.stop()
  expect(await verifyAudit(store, () => undefined)).toMatchObject({ lines: 2, faults: 0 })
})
