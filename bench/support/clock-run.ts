import { createLogger } from '../../src/logger.ts'
import { createRemindCases } from '../../src/usecases/remind-cases.ts'
import { createStaffDirectory } from '../../src/usecases/staff-directory.ts'
import { startReminders } from '../../src/workers/reminders.ts'
import { openClockHouse } from './clock-house.ts'

/** What a process of the daily run tells. */
export type FromClock =
  | { type: 'advanced'; cases: number }
  | { type: 'done'; seconds: number; megabytes: number; failed: number }

/** One process with nothing but the daily run in it: `uri now owner`. */
const [uri = '', moment = '', owner = ''] = process.argv.slice(2)
const now = Number(moment)
const house = await openClockHouse(uri, now)
let cases = 0
let failed = 0
const tell = (message: FromClock) => void process.send?.(message)
const startedAt = performance.now()
startReminders({
  runs: house.runs,
  calendar: house.law.calendar,
  owner,
  clock: { now: () => now },
  logger: createLogger({ level: 'error' }),
  pollMs: 50,
  leaseMs: 5_000,
  remindCases: createRemindCases({
    cases: house.cases,
    law: house.law,
    directory: createStaffDirectory({ store: house.staff, units: house.units }),
    notices: house.notices,
    describeWork: () => 'Đơn vị đang xử lý. Hiện chưa có thông tin mới; nơi xử lý đã được nhắc.',
    channelsOf: () => [],
    onFailure() {
      failed += 1
    },
    onSilent: () => undefined,
    renderNotice: ({ notice, caseCode }) => [{ body: { type: 'text', text: `${notice} ${caseCode}`, buttons: [] } }],
    textVersion: () => 'bench',
  }),
  onAdvance(counts) {
    cases += counts.cases
    tell({ type: 'advanced', cases })
  },
  onDone() {
    const seconds = (performance.now() - startedAt) / 1000
    tell({ type: 'done', seconds, megabytes: process.memoryUsage().rss / 1e6, failed })
  },
})
