import type { Calendar } from './cases/calendar.ts'
import type { Case } from './cases/case.ts'
import type { NoticeDraft } from './cases/notices.ts'
import type { Config } from './config.ts'
import { mayChatNow, plan } from './delivery/plan.ts'
import type { DeliverySettings } from './delivery/settings.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Closers, Stores } from './open-stores.ts'
import { createNoticeRecords } from './store/notice-records.ts'
import type { createOutboxStore, MayChat } from './store/outbox-store.ts'
import { createWorkItemStore } from './store/work-items.ts'
import { type CarryDeps, createCarryNotice } from './usecases/carry-notice.ts'
import type { ClosedWays } from './usecases/closed-ways.ts'
import type { NoticeChannel, OnReceipt } from './usecases/notice-channels.ts'
import type { WordingDeps } from './usecases/notice-message.ts'
import type { Clock } from './usecases/ports.ts'
import type { CitizenPlace } from './usecases/road.ts'
import { startNotices } from './workers/notices.ts'
import type { Partitions } from './workers/partitions.ts'

/** Judges inside the transaction of an act whether its notice may go into the chat at once. */
export function chatJudge(
  settings: DeliverySettings,
  quietHours: Config['quietHours'],
  quotaLeft: () => number | null,
): MayChat {
  return ({ notice, priority }, facts, now) => {
    if (notice === undefined) return true
    const asked = {
      mandatory: notice.mandatory,
      needsPerson: notice.mandatory || notice.id === 'message',
      isAnswer: priority === 1,
    }
    return mayChatNow(asked, facts, { settings, quietHours, quotaLeft: quotaLeft() }, now)
  }
}

export type OpenNoticeRecords = CarryDeps['records']

/** The records of notices, and the way of a receipt to the one that it belongs to. */
export function openNoticeRecords(
  { database, keyring }: Stores,
  { queueNotices }: ReturnType<typeof createOutboxStore>,
): { records: OpenNoticeRecords; onReceipt: OnReceipt } {
  const records = createNoticeRecords({ database, cipher: keyring.fields, queueNotices })
  return {
    records,
    async onReceipt({ messageId, reference, state, at, code }) {
      const said = { result: state, at, ...(code === undefined ? {} : { code }) }
      const isKnown =
        (reference !== undefined && (await records.receipt({ reference }, said))) ||
        (messageId !== undefined && (await records.receipt({ messageId }, said)))
      return isKnown ? 'stored' : 'unknown'
    },
  }
}

/** Carries notices on their ways to their proof or to a person; everything runs when this resolves. */
export function openNotices(deps: {
  config: Config
  stores: Stores
  settings: DeliverySettings
  records: OpenNoticeRecords
  closedWays: ClosedWays
  channels: readonly NoticeChannel[]
  cases: CarryDeps['cases']
  wording: WordingDeps
  textVersion(notice: NoticeDraft, current?: Case): string
  calendar(): Calendar
  quotaLeft(): number | null
  partitions: Partitions
  onSaid(place: CitizenPlace): void
  clock: Clock
  metrics: Metrics
  logger: Logger
  closers: Closers
}) {
  const { config, settings, records, channels, clock, metrics } = deps
  const { database, keyring } = deps.stores
  const logger = deps.logger.child({ part: 'notices' })
  const { quietHours } = config
  const { carry } = createCarryNotice({
    records,
    cases: deps.cases,
    workItems: createWorkItemStore(database, keyring.fields),
    closedWays: deps.closedWays,
    channels,
    plan: (notice, citizen, hindrances, now) =>
      plan(notice, citizen, { hindrances, quotaLeft: deps.quotaLeft(), settings, quietHours }, now),
    wording: deps.wording,
    textVersion: deps.textVersion,
    calendar: deps.calendar,
    workingDays: { first: settings.workItem.workingDays, chase: settings.workItem.chaseWorkingDays },
    onSaid: deps.onSaid,
    onTried({ record, caseCode, notice, way, result, code }) {
      metrics.noticeTries.inc({ way, result })
      if (result !== 'accepted')
        logger.warn({ record, code: caseCode, notice, way, result, answer: code }, 'a notice did not go this way')
    },
    onWork({ record, caseCode, notice, isOverdue, reason }) {
      metrics.noticeWork.inc({ what: isOverdue ? 'overdue' : 'new' })
      const facts = { record, code: caseCode, notice, reason }
      if (isOverdue) logger.error(facts, 'a person has not told the sender in time')
      else logger.warn(facts, 'a notice reached nobody: a person has to tell the sender')
    },
  })
  const loop = startNotices({
    records,
    carry,
    partitions: deps.partitions,
    clock,
    logger,
    onFailure: () => metrics.noticeFaults.inc(),
  })
  deps.closers.add('notices', () => loop.stop())

  return {
    /** Figures that are read only when somebody asks for them. */
    async collect() {
      const { oldestAt, count } = await records.notInformedSince()
      metrics.noticesNotInformed.set(count)
      metrics.noticesOldestSeconds.set(oldestAt === null ? 0 : Math.max(0, (clock.now() - oldestAt) / 1_000))
    },
  }
}
