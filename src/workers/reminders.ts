import type { Calendar } from '../cases/calendar.ts'
import type { Day } from '../cases/days.ts'
import { reminderDayAt, reminderTimeOf } from '../cases/reminder-days.ts'
import type { Logger } from '../logger.ts'
import type { Clock } from '../usecases/ports.ts'
import type { Handful, RemindCases } from '../usecases/remind-cases.ts'
import type { ReminderCounts, ReminderRun, ReminderRuns } from '../usecases/staff-ports.ts'
import { startLoop } from './loop.ts'

export type Reminders = {
  /** How long by service time the reminders of the day have been due without being done; 0 once they are. */
  lateMs(): number
  /** Resolves when the handful in hand is done. */
  stop(): Promise<void>
}

/**
 * The reminders of 08:00 of each working day (R4-C7), by service time, by one process at a time and once whatever dies: a run
 * that was cut off goes on at its cursor, days that nobody ran are said with the next one, as things stand then.
 */
export function startReminders(deps: {
  runs: ReminderRuns
  remindCases: RemindCases
  calendar(): Calendar
  owner: string
  clock: Clock
  logger: Logger
  /** @default 2000 */
  pollMs?: number
  /** @default 30000 */
  leaseMs?: number
  /** Cases at a time. @default 250 */
  handful?: number
  onAdvance?(counts: ReminderCounts): void
  /** What else belongs to this morning, said before its letters leave. */
  alsoSay?(now: number): Promise<unknown>
  onDone?(day: Day, counts: ReminderCounts): void
}): Reminders {
  const { runs, remindCases, owner, clock, logger } = deps
  const leaseMs = deps.leaseMs ?? 30_000
  const handful = deps.handful ?? 250
  let isStopping = false
  let lastDay: Day | null = null

  async function step(): Promise<void> {
    const day = reminderDayAt(clock.now(), deps.calendar())
    if (day === lastDay) return
    const run = await runs.begin(day, owner, leaseMs)
    if (run === null) {
      // Done, or in another hand that may yet fall.
      if (!(await runs.isUnderWay())) lastDay = day
      return
    }
    if (run.cursor === '') logger.info({ day, since: run.since }, 'reminders begin')
    else logger.info({ day, cursor: run.cursor }, 'reminders go on')
    await goOn(run)
    if (isStopping) return
    await deps.alsoSay?.(clock.now())
    const done = await runs.finish(day, owner, clock.now())
    lastDay = day
    logger.info({ day, ...done }, 'reminders done')
    deps.onDone?.(day, done)
  }

  /** While one handful is being written the next one is read and judged; the cursor follows in their order. */
  async function goOn(run: ReminderRun): Promise<void> {
    let before: Promise<void> = Promise.resolve()
    let seen: Promise<unknown> = before
    try {
      for (let after: string | null = run.cursor; after !== null && !isStopping; ) {
        const found: Handful = await remindCases.read(after, handful)
        const counts = remindCases.remind(run, found, clock.now())
        seen = counts.catch(() => undefined)
        await before
        before = counts.then((counted) => advance(run, found, counted))
        before.catch(() => undefined)
        after = found.isLast ? null : found.upTo
      }
      await before
    } finally {
      await seen
    }
  }

  async function advance(run: ReminderRun, { upTo }: Handful, counts: ReminderCounts): Promise<void> {
    await runs.advance(run.day, owner, leaseMs, upTo, counts)
    deps.onAdvance?.(counts)
  }

  const loop = startLoop({ step, pauseMs: deps.pollMs ?? 2_000, logger, name: 'reminders' })
  return {
    lateMs() {
      const day = reminderDayAt(clock.now(), deps.calendar())
      return day === lastDay ? 0 : Math.max(0, clock.now() - reminderTimeOf(day))
    },
    async stop() {
      isStopping = true
      await loop.stop()
    },
  }
}
