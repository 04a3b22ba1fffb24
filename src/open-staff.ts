import { randomUUID } from 'node:crypto'
import type { Config } from './config.ts'
import { createStaffMailer } from './delivery/staff-mail.ts'
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
import { createAnnounceActs } from './usecases/announce-acts.ts'
import type { CaseStore } from './usecases/case-ports.ts'
import type { MoveCaseDeps } from './usecases/move-case.ts'
import type { Clock, Texts } from './usecases/ports.ts'
import { createRemindCases } from './usecases/remind-cases.ts'
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
  cases: CaseStore & OpenCases
  collections: CaseCollections
  moveCase: Pick<MoveCaseDeps, 'units' | 'renderNotice' | 'textVersion'>
  law: OpenLaw
  clock: Clock
  texts: Texts
  unitName(code: string): string
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { config, clock, metrics, closers, texts, unitName } = deps
  const { database, keyring } = deps.stores
  const logger = deps.logger.child({ part: 'staff' })
  const notices = await openStaffNoticeStore(database)
  const runs = await openReminderRuns(database)
  const deliveries = await openStaffDeliveries(database)
  const staff = createStaffStore({ database, cipher: keyring.fields })
  const directory = createStaffDirectory({ store: staff, units: deps.moveCase.units })
  const channels = openChannels(config, staff, closers)
  const channelsOf = (person: StaffMember) => channels.filter((one) => one.reaches(person)).map(({ name }) => name)
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

  function startWriting(channel: StaffChannel): Loop {
    const write = createWriteStaff({
      notices,
      deliveries,
      staff,
      channel,
      texts,
      unitName,
      publicUrl: config.http.publicUrl,
      owner,
      onOutcome(outcome, { login, code }) {
        metrics.staffMessages.inc({ channel: channel.name, outcome })
        if (outcome !== 'sent')
          logger.warn({ channel: channel.name, login, code, outcome }, 'an officer was not reached')
      },
    })
    const name = `letters by ${channel.name}`
    const writing = startStaffWriting({ write, runs, logger, name })
    closers.add(name, () => writing.stop())
    return writing
  }

  function start(): { collect(): void } {
    const writings = channels.map(startWriting)
    const announcing = startAnnouncing({
      announce,
      clock,
      logger,
      onWritten: (count) => metrics.staffNews.inc(count),
    })
    closers.add('announcing', () => announcing.stop())
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
      onDone() {
        for (const writing of writings) writing.wake()
      },
    })
    closers.add('reminders', () => reminders.stop())
    return { collect: () => metrics.remindersLateSeconds.set(reminders.lateMs() / 1_000) }
  }

  return { desk: createStaffDesk({ store: notices, publicUrl: config.http.publicUrl }), start }
}

/** E-mail where it is configured; the desk needs no channel. */
function openChannels(config: Config, staff: StaffStore, closers: Closers): StaffChannel[] {
  if (config.mail === null) return []
  const mailer = createStaffMailer(config.mail)
  closers.add('mail', () => mailer.close())
  return [
    {
      name: 'email',
      reaches: (person) => person.hasEmail,
      async send(message) {
        const address = await staff.emailOf(message.login)
        return address === null ? { ok: false, class: 'drop', code: 'noAddress' } : mailer.send(address, message)
      },
    },
  ]
}
