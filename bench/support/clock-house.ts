import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { loadUnits } from '../../src/conversation/load-units.ts'
import { openLaw, readShippedLaw } from '../../src/open-law.ts'
import { createCaseStore, openCaseCollections } from '../../src/store/case-store.ts'
import { createFieldCipher, createKeyedHash, parseDataKeys } from '../../src/store/crypto.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createOutboxStore } from '../../src/store/outbox-store.ts'
import { openReminderRuns } from '../../src/store/reminder-runs.ts'
import { createStaffStore } from '../../src/store/staff.ts'
import { openStaffNoticeStore } from '../../src/store/staff-notices.ts'
import { createUnitDirectory } from '../../src/usecases/unit-directory.ts'

export type ClockHouse = Awaited<ReturnType<typeof openClockHouse>>

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Keys of a measurement: the same in each of its processes, and of no worth. */
const key = createHash('sha256').update('bench').digest()

/** Everything the daily run works on, at a moment of the service's time. */
export async function openClockHouse(uri: string, now: number) {
  const database = await openDatabase({ uri })
  const cipher = createFieldCipher(parseDataKeys(`bench:${key.toString('base64')}`))
  const hash = createKeyedHash(key)
  const law = await openLaw({ shipped: readShippedLaw(root), database, clock: { now: () => now } })
  const units = createUnitDirectory(await loadUnits(`${root}/data`))
  const collections = await openCaseCollections(database)
  const { queueNotices } = createOutboxStore({ database, cipher })
  const cases = createCaseStore({
    database,
    collections,
    cipher,
    hash,
    queueMessages: queueNotices,
    listDays: law.listDays,
  })
  return {
    database,
    cipher,
    hash,
    law,
    units,
    collections,
    cases,
    notices: await openStaffNoticeStore(database),
    runs: await openReminderRuns(database),
    staff: createStaffStore({ database, cipher }),
  }
}
