import supertest from 'supertest'
import { createLogger } from '../../src/logger.ts'
import { createNewLines } from '../../src/store/new-lines.ts'
import { openReminderRuns } from '../../src/store/reminder-runs.ts'
import { createStaffStore } from '../../src/store/staff.ts'
import { type AnnounceActsDeps, createAnnounceActs } from '../../src/usecases/announce-acts.ts'
import { createRemindCases, type RemindCases, type RemindCasesDeps } from '../../src/usecases/remind-cases.ts'
import { createStaffDirectory } from '../../src/usecases/staff-directory.ts'
import type { ReminderCounts, ReminderRun } from '../../src/usecases/staff-ports.ts'
import { startReminders } from '../../src/workers/reminders.ts'
import { law } from '../cases/support.ts'
import { type House, openHouse } from '../http/api/support.ts'

export const logger = createLogger({ level: 'silent' })

/** A house with people of the Office and of one commune, and what reminds and tells them. */
export async function openStaffHouse(uri: string) {
  const house = await openHouse(uri)
  const tokens: Record<string, string> = {
    intake: await house.tokenOf('intake', 'QN-VP', 'intakeOfficer'),
    leader: await house.tokenOf('leader', 'QN-VP', 'officeLeader'),
    publisher: await house.tokenOf('publisher', 'QN-VP', 'publisher'),
    coordinator: await house.tokenOf('coordinator', 'QN-C23527', 'agencyCoordinator'),
    handler: await house.tokenOf('handler', 'QN-C23527', 'handler'),
    head: await house.tokenOf('head', 'QN-C23527', 'agencyLeader'),
  }
  const runs = await openReminderRuns(house.database)
  const store = createStaffStore(house)
  const silent: string[] = []
  const failed: string[] = []
  let now = 0

  /** A fresh one, as a process of its own has it: it remembers nobody. */
  function remindCases(change: Partial<RemindCasesDeps> = {}) {
    return createRemindCases({
      cases: house.cases,
      law,
      directory: createStaffDirectory({ store, units: house.units }),
      notices: house.staffNotices,
      describeWork: () => 'Hiện chưa có kết quả.',
      channelsOf: (person) => (person.hasEmail ? ['email'] : []),
      onFailure: ({ code }) => void failed.push(code),
      onSilent: ({ unitCode, isForNobody }) => void silent.push(`${unitCode} ${isForNobody ? 'nobody' : 'office'}`),
      renderNotice: (notice) => [{ body: { type: 'text', text: `${notice.notice} ${notice.caseCode}`, buttons: [] } }],
      textVersion: () => 'v1',
      ...change,
    })
  }

  const announce = (change: Partial<AnnounceActsDeps> = {}) =>
    createAnnounceActs({
      lines: createNewLines(house),
      directory: createStaffDirectory({ store, units: house.units }),
      notices: house.staffNotices,
      channelsOf: (person) => (person.hasEmail ? ['email'] : []),
      onFailure: ({ line }) => void failed.push(line),
      ...change,
    })

  const staff = {
    house,
    tokens,
    runs,
    store,
    silent,
    failed,
    remindCases,
    announce,
    clock: { now: () => now },
    /** Half a minute after this time in Vietnam, such as `2026-12-08T08:00`. */
    setTime(text: string) {
      now = Date.parse(`${text}:30+07:00`)
      house.setNow(now)
    },
    /** Runs the reminders of the day as a process does, until the run is done. */
    async run(change: { remindCases?: ReturnType<typeof remindCases>; owner?: string; handful?: number } = {}) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const reminders = startReminders({
        runs,
        remindCases: change.remindCases ?? remindCases(),
        calendar: law.calendar,
        owner: change.owner ?? 'one',
        clock: { now: () => now },
        logger,
        pollMs: 5,
        leaseMs: 200,
        handful: change.handful ?? 250,
        onDone: () => resolve(),
      })
      // A run that was done before is seen by its lateness.
      const poll = setInterval(() => reminders.lateMs() === 0 && resolve(), 5)
      await promise
      clearInterval(poll)
      await reminders.stop()
    },
    async act(login: string, code: string, body: { act: string; [field: string]: unknown }) {
      const version = (await house.cases.find(code))?.version ?? 0
      const answer = await supertest(house.app)
        .post(`/api/v1/cases/${code}/acts`)
        .set('Authorization', `Bearer ${tokens[login]}`)
        .set('If-Match', `"${version}"`)
        .send(body)
      if (answer.status !== 200) throw new Error(`${body.act}: ${answer.status} ${answer.text}`)
    },
    /** `kind left` of everything on a desk, unread first. */
    async desk(login: string): Promise<string[]> {
      const found = await house.staffNotices.list(login, { unreadOnly: false, after: null, limit: 100 })
      return found.map(({ kind, params }) => [kind, params.left].filter((part) => part !== undefined).join(' ')).sort()
    },
    async inHand(): Promise<string> {
      const code = await house.file()
      await staff.act('intake', code, forward)
      await staff.act('coordinator', code, { act: 'accept', handler: 'handler' })
      return code
    },
    /** Everything gone but the people, who all work again. */
    async clear() {
      for (const { name } of await house.database.connection.listCollections()) {
        if (!['people', 'apiTokens', 'keyring'].includes(name)) await house.database.collection(name).deleteMany({})
      }
      await house.database.collection('people').updateMany({}, { $set: { disabledAt: null } })
      await house.database.collection('apiTokens').updateMany({}, { $set: { revokedAt: null } })
      silent.length = 0
      failed.length = 0
      staff.setTime('2026-11-23T10:00')
    },
    close: () => house.close(),
  }
  staff.setTime('2026-11-23T10:00')
  return staff
}

export type StaffHouse = Awaited<ReturnType<typeof openStaffHouse>>
export type { House }

export const forward = {
  act: 'forward',
  contentKind: 'conduct',
  field: 'land',
  leadUnitCode: 'QN-C23527',
  note: 'Đề nghị xã xem xét.',
}

/** One handful of a run, from its reading to what it wrote; `last` is null behind the last one. */
export async function remindHandful(
  remindCases: RemindCases,
  run: ReminderRun,
  asked: { after: string; limit: number; now: number },
): Promise<{ last: string | null; counts: ReminderCounts }> {
  const found = await remindCases.read(asked.after, asked.limit)
  const counts = await remindCases.remind(run, found, asked.now)
  return { last: found.isLast ? null : found.upTo, counts }
}
