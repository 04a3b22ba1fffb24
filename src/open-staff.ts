import { randomUUID } from 'node:crypto'
import { dayOf, minuteOfDay } from './cases/days.ts'
import { CHASE_AFTER_MS } from './cases/work-chases.ts'
import type { Config } from './config.ts'
import { createStaffMailer } from './delivery/staff-mail.ts'
import { createStaffZalo } from './delivery/staff-zalo.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { OpenLaw } from './open-law.ts'
import type { Closers, Stores } from './open-stores.ts'
import type { CaseCollections } from './store/case-documents.ts'
import { createNewLines } from './store/new-lines.ts'
import { openReminderRuns } from './store/reminder-runs.ts'
import { createStaffStore } from './store/staff.ts'
import { openStaffDeliveries } from './store/staff-deliveries.ts'
import { openStaffNoticeStore } from './store/staff-notices.ts'
import { createWorkItemStore } from './store/work-items.ts'
import { createAnnounceActs } from './usecases/announce-acts.ts'
import { createAnnounceHandoffs, type Handoffs } from './usecases/announce-handoffs.ts'
import { createAnnounceWork } from './usecases/announce-work.ts'
import type { CaseStore } from './usecases/case-ports.ts'
import { createAnnounceDataRequests, type DataRequests } from './usecases/data-requests.ts'
import { createHandBackWork } from './usecases/hand-back-cases.ts'
import type { MoveCaseDeps } from './usecases/move-case.ts'
import type { NoticeRecords } from './usecases/notice-records.ts'
import type { OfficerLinkStore } from './usecases/officer-links.ts'
import type { Clock, MessagingPlatform, Texts } from './usecases/ports.ts'
import { createRemindCases } from './usecases/remind-cases.ts'
import type { CaseReader } from './usecases/run-turn.ts'
import { createStaffDesk } from './usecases/staff-desk.ts'
import { createStaffDirectory } from './usecases/staff-directory.ts'
import type { OpenCases, StaffChannel, StaffMember, StaffStore } from './usecases/staff-ports.ts'
import { describeWork } from './usecases/work-state.ts'
import { createWriteStaff } from './usecases/write-staff.ts'
import type { Loop } from './workers/loop.ts'
import { startReminders } from './workers/reminders.ts'
import { startAnnouncing, startStaffWriting } from './workers/staff.ts'

/** What officers are told: the desk, the clocks' daily reminders, news of acts, and letters beside the desk. */
export async function openStaff(deps: {
  config: Config
  stores: Stores
  cases: CaseStore & OpenCases & Pick<CaseReader, 'ofCitizen'>
  collections: CaseCollections
  moveCase: Pick<MoveCaseDeps, 'units' | 'renderNotice' | 'textVersion' | 'hasWay'>
  law: OpenLaw
  clock: Clock
  texts: Texts
  unitName(code: string): string
  /** Officers' own Zalo accounts. */
  links: OfficerLinkStore
  handoffs: Handoffs
  dataRequests: DataRequests
  chatFacts: NoticeRecords['chatFacts']
  /** Working days between two chases of work that is late. */
  chaseWorkingDays: number
  platform: MessagingPlatform
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { config, clock, metrics, closers, texts, unitName } = deps
  const { database, keyring } = deps.stores
  const logger = deps.logger.child({ part: 'staff' })
  const [notices, runs, deliveries] = await Promise.all([
    openStaffNoticeStore(database),
    openReminderRuns(database),
    openStaffDeliveries(database),
  ])
  const staff = createStaffStore({ database, cipher: keyring.fields, links: deps.links })
  const directory = createStaffDirectory({ store: staff, units: deps.moveCase.units })
  const channels = openChannels({ ...deps, staff })
  // One way beside the desk; what it cannot carry goes the next one.
  const channelsOf = (person: StaffMember) =>
    channels
      .filter((one) => one.reaches(person))
      .slice(0, 1)
      .map(({ name }) => name)
  const owner = randomUUID()

  const remindCases = createRemindCases({
    ...deps.moveCase,
    cases: deps.cases,
    law: deps.law,
    directory,
    notices,
    describeWork: (current) => describeWork(current, { texts, unitName }, { isUnitSilent: true }),
    channelsOf,
    onFailure({ code, error }) {
      logger.error({ err: error, code }, 'a case could not be seen to by the clocks')
    },
    onSilent({ unitCode, caseCode, isForNobody }) {
      metrics.remindersForNobody.inc({ got: isForNobody ? 'nobody' : 'office' })
      logger[isForNobody ? 'error' : 'warn']({ unitCode, code: caseCode }, 'a unit has nobody to remind')
    },
  })
  const announce = createAnnounceActs({
    lines: createNewLines({ collections: deps.collections, cipher: keyring.fields }),
    directory,
    notices,
    channelsOf,
    onFailure: ({ line }) => logger.error({ line }, 'a line of history could not be told'),
  })

  const announceHandoffs = createAnnounceHandoffs({
    handoffs: deps.handoffs,
    casesOf: deps.cases.ofCitizen,
    directory,
    notices,
    channelsOf,
  })

  const announceDataRequests = createAnnounceDataRequests({
    requests: deps.dataRequests,
    directory,
    notices,
    channelsOf,
    onNobody: (id) =>
      logger.error({ request: id }, 'nobody holds the role dataProtectionOfficer: a wish about personal data waits'),
  })

  const workItems = createWorkItemStore(database, keyring.fields)
  await workItems.catchUp()
  const announceWork = createAnnounceWork({
    work: workItems,
    cases: deps.cases,
    directory,
    units: deps.moveCase.units,
    staff,
    handBack: createHandBackWork({ cases: deps.cases, workItems, now: clock.now }),
    notices,
    channelsOf,
    calendar: deps.law.calendar,
    everyDays: deps.chaseWorkingDays,
    onFailure({ id, caseCode, error }) {
      metrics.reminderFaults.inc()
      logger.error({ err: error, work: id, code: caseCode }, 'work of telling a sender could not be seen to')
    },
    onSilent({ id, caseCode, unitCode, isForNobody }) {
      metrics.remindersForNobody.inc({ got: isForNobody ? 'nobody' : 'office' })
      const facts = { work: id, code: caseCode, unitCode }
      if (isForNobody) logger.error(facts, 'a sender has to be told and nobody is there to do it')
      else logger.warn(facts, 'a sender has to be told and the unit has nobody: the Office was told')
    },
  })

  function startWriting(channel: StaffChannel, index: number): Loop {
    const write = createWriteStaff({
      notices,
      deliveries,
      staff,
      channel,
      others: channels.slice(index + 1),
      texts,
      unitName,
      publicUrl: config.http.publicUrl,
      hasCommands: config.officerCommands,
      owner,
      onOutcome(outcome, { login, code }) {
        metrics.staffMessages.inc({ channel: channel.name, outcome })
        if (outcome === 'failed' || outcome === 'givenUp')
          logger.warn({ channel: channel.name, login, code, outcome }, 'an officer was not reached')
      },
    })
    const name = `letters by ${channel.name}`
    const writing = startStaffWriting({ write, runs, logger, name })
    closers.add(name, () => writing.stop())
    return writing
  }

  function start(): { collect(): Promise<void> } {
    const writings = channels.map(startWriting)
    const announcing = startAnnouncing({
      announce,
      clock,
      logger,
      onWritten: (count) => metrics.staffNews.inc(count),
    })
    closers.add('announcing', () => announcing.stop())
    const waiting = startAnnouncing({
      announce: announceHandoffs,
      clock,
      logger,
      pollMs: HANDOFFS_POLL_MS,
      name: 'announcing who waits',
      onWritten: (count) => metrics.staffNews.inc(count),
    })
    closers.add('announcing who waits', () => waiting.stop())
    const wishes = startAnnouncing({
      announce: announceDataRequests,
      clock,
      logger,
      pollMs: REQUESTS_POLL_MS,
      name: 'announcing data requests',
      onWritten: (count) => metrics.staffNews.inc(count),
    })
    closers.add('announcing data requests', () => wishes.stop())
    const work = startAnnouncing({
      announce: announceWork,
      clock,
      logger,
      pollMs: WORK_POLL_MS,
      name: 'announcing work',
      onWritten: (count) => metrics.staffNews.inc(count),
    })
    closers.add('announcing work', () => work.stop())
    const reminders = startReminders({
      runs,
      remindCases,
      calendar: deps.law.calendar,
      owner,
      clock,
      logger,
      onAdvance(counts) {
        metrics.reminders.inc(counts.reminders)
        metrics.clockNotices.inc(counts.citizens)
        metrics.reminderFaults.inc(counts.failed)
      },
      // In the letters of the morning, not in others just behind them.
      alsoSay: (now) =>
        announceWork(WORK_AT_ONCE, now, CHASE_AFTER_MS).catch((error: unknown) =>
          // They are said a little later then, in letters of their own.
          logger.warn({ err: error }, 'the chases of the morning wait'),
        ),
      onDone() {
        for (const writing of writings) writing.wake()
      },
    })
    closers.add('reminders', () => reminders.stop())
    return {
      async collect() {
        metrics.remindersLateSeconds.set(reminders.lateMs() / 1_000)
        const { open, late } = await deps.dataRequests.waiting(dayOf(clock.now()), HANDOFFS_COUNTED_MAX)
        metrics.dataRequests.set({ state: 'open' }, open)
        metrics.dataRequests.set({ state: 'late' }, late)
        metrics.handoffsWaiting.set(await deps.handoffs.waiting(HANDOFFS_COUNTED_MAX))
      },
    }
  }

  return { desk: createStaffDesk({ store: notices, publicUrl: config.http.publicUrl }), start }
}

const MINUTE_MS = 60_000
const HANDOFFS_POLL_MS = 3_000
const REQUESTS_POLL_MS = 15_000
const WORK_POLL_MS = 3_000
const WORK_AT_ONCE = 1_000
const HANDOFFS_COUNTED_MAX = 10_000

/** The own chat of whoever has linked it, then e-mail where it is configured; the desk needs no channel. */
function openChannels(deps: {
  config: Config
  staff: StaffStore
  chatFacts: NoticeRecords['chatFacts']
  links: OfficerLinkStore
  platform: MessagingPlatform
  clock: Clock
  closers: Closers
}): StaffChannel[] {
  const { config, staff, clock } = deps
  const mail = config.mail === null ? null : createStaffMailer(config.mail)
  if (mail !== null) deps.closers.add('mail', () => mail.close())
  const chat = createStaffZalo({
    platform: deps.platform,
    async chatOf(login) {
      const link = await deps.links.find(login)
      if (link === null) return null
      const chat = await deps.chatFacts(link.citizenKey)
      return chat === null ? null : { userId: link.userId, facts: chat.facts }
    },
    hasOtherWay: async (login) => mail !== null && (await staff.emailOf(login)) !== null,
    now: clock.now,
  })
  const zalo: StaffChannel = {
    name: 'zalo',
    newsEveryMs: 10 * MINUTE_MS,
    reaches: (person) => person.hasZalo,
    isQuiet: () => isWithin(config.quietHours, minuteOfDay(clock.now())),
    send: chat.send,
  }
  if (mail === null) return [zalo]
  return [
    zalo,
    {
      name: 'email',
      newsEveryMs: 30 * MINUTE_MS,
      reaches: (person) => person.hasEmail,
      async send(message) {
        const address = await staff.emailOf(message.login)
        return address === null ? { ok: false, class: 'drop', code: 'noAddress' } : mail.send(address, message)
      },
    },
  ]
}

/** `from` may be later than `to`: then the time goes over midnight. */
function isWithin(hours: Config['quietHours'], minute: number): boolean {
  if (hours === null) return false
  const { fromMinute, toMinute } = hours
  return fromMinute <= toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
}
